"""The attribute that changes along a direction: by rank correlation, and named only where it is clear."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from explorer.data.dataset import Column
from explorer.latent.directions.factor_directions import CHANCE, MAX_SAMPLES, clear_from, compared_rows, factor_changes
from explorer.latent.steps import at_once


def test_the_value_is_spearmans_with_ties_and_missing_values() -> None:
    rng = np.random.default_rng(0)
    codes = rng.standard_normal((400, 3)).astype(np.float32)
    width = np.round(np.exp(-codes[:, 1] + 0.3 * rng.standard_normal(400)), 1)
    width[::7] = np.nan
    glasses = (codes[:, 2] > 0).astype(np.int64)
    glasses[:5] = -1
    columns = {
        "width": Column("width", width),
        "glasses": Column("glasses", glasses, ("no", "yes")),
        "style": Column("style", rng.integers(0, 4, 400), ("a", "b", "c", "d")),
        "constant": Column("constant", np.ones(400)),
    }
    none, moved, worn = at_once(factor_changes(codes, columns))
    known = np.isfinite(width)
    assert none is None
    assert moved is not None and (moved.name, moved.samples) == ("width", known.sum())
    assert moved.correlation == pytest.approx(spearmanr(codes[known, 1], width[known]).statistic)
    assert moved.words == f"width, ρ = −{abs(moved.correlation):.2f}"
    assert worn is not None and (worn.name, worn.samples) == ("glasses", 395)
    assert worn.correlation == pytest.approx(spearmanr(codes[5:, 2], glasses[5:]).statistic)


@pytest.mark.parametrize("count", [10, 15, 30])
def test_permuted_attributes_are_named_in_less_than_one_of_a_hundred_tables(count: int) -> None:
    rng = np.random.default_rng(count)
    named, tables = 0, 300
    codes = rng.standard_normal((count, 5))
    values = rng.standard_exponential((count, 4))
    for _ in range(tables):
        order = rng.permutation(count)
        columns = {str(index): Column(str(index), values[order, index]) for index in range(4)}
        named += any(found is not None for found in at_once(factor_changes(codes, columns)))
    # The 99.9 % quantile of a binomial distribution with the stated probability.
    assert named <= CHANCE * tables + 3.1 * np.sqrt(CHANCE * tables)


def test_a_weak_relation_is_not_named_however_many_samples_there_are() -> None:
    rng = np.random.default_rng(0)
    codes = rng.standard_normal((MAX_SAMPLES, 1))
    weak = 0.4 * codes[:, 0] + rng.standard_normal(MAX_SAMPLES)
    assert at_once(factor_changes(codes, {"weak": Column("weak", weak)})) == (None,)
    assert clear_from(MAX_SAMPLES, 1) == 0.5 and clear_from(20, 20) > 0.5 and clear_from(9, 1) == np.inf


def test_without_columns_or_samples_nothing_is_named() -> None:
    assert at_once(factor_changes(np.zeros((0, 2)), {"a": Column("a", np.zeros(0))})) == (None, None)
    assert at_once(factor_changes(np.zeros((50, 2)), {})) == (None, None)


def test_of_many_samples_a_fixed_subset_is_compared() -> None:
    rows = compared_rows(70_000)
    assert len(np.unique(rows)) == MAX_SAMPLES and np.array_equal(rows, compared_rows(70_000))
    assert np.array_equal(compared_rows(12), np.arange(12))
