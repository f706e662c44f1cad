"""The posteriors' width and the difference of the decodes, on constructions whose figures are known."""

import math
from dataclasses import replace

import numpy as np
import pytest
from known_models import LinearModel, dataset_of, figures_of, measured
from scipy.spatial.distance import pdist

from explorer.latent.metrics.codes.posterior_width import measure as posterior_width
from explorer.latent.metrics.decoder.decode_difference import measure as decode_difference
from explorer.latent.metrics.decoder.squared_error import measure as squared_error
from explorer.latent.metrics.measure import CHUNK, Absent

VALUES = np.random.default_rng(3).normal(size=(300, 4)).astype(np.float32) * [1, 2, 3, 4]
KEEP_TWO = np.eye(4, dtype=np.float32)[:2]  # (2, 4)


def test_the_width_is_the_mean_sigma_and_stands_beside_the_mean_spread() -> None:
    found = measured(posterior_width, LinearModel(KEEP_TWO, KEEP_TWO.T, sigma=0.05), dataset_of(VALUES))
    assert found["posterior_sigma"] == pytest.approx(0.05, rel=1e-6)
    assert found["sigma_over_spread"] == pytest.approx(0.05 / VALUES[:, :2].std(axis=0).mean(), rel=1e-5)


def test_where_all_codes_are_one_there_is_no_spread() -> None:
    model = LinearModel(0 * KEEP_TWO, KEEP_TWO.T, sigma=1.0, offset=0.3)
    found = measured(posterior_width, model, dataset_of(VALUES))
    assert found["posterior_sigma"] == pytest.approx(1)
    assert isinstance(found["sigma_over_spread"], Absent) and "no spread" in found["sigma_over_spread"].why


def test_a_point_has_no_width() -> None:
    found = measured(posterior_width, LinearModel(KEEP_TWO, KEEP_TWO.T), dataset_of(VALUES))
    assert all("returns a point" in value.why for value in found.values()) and len(found) == 4


def test_the_errors_are_how_far_other_samples_are_off() -> None:
    """A squared error, a root of a mean square and a ratio of means, of samples from one distribution."""
    model, found = LinearModel(0.5 * KEEP_TWO, KEEP_TWO.T, sigma=0.5), []
    for seed in range(80):
        data = dataset_of(np.random.default_rng(seed).gamma(2, size=(200, 4)))
        parts = [measured(measure, model, data) for measure in (squared_error, decode_difference, posterior_width)]
        found.append({name: value for part in parts for name, value in part.items()})
    for name in ("mse", "decode_difference", "sigma_over_spread"):
        spread = np.std([each[name] for each in found], ddof=1)
        assert np.mean([each[f"{name}_error"] for each in found]) == pytest.approx(spread, rel=0.25)
        assert found[0][f"{name}_by_sample"].values.mean() == pytest.approx(found[0][name], rel=1e-2)


@pytest.mark.parametrize("copies", [1, 1 + CHUNK // 300])
def test_decodes_differ_by_the_root_mean_square_over_all_pairs(copies: int) -> None:
    values = np.concatenate([VALUES] * copies) + 1000  # far from 0, where plain sums of squares lose their digits
    model = LinearModel(KEEP_TWO, 0.5 * KEEP_TWO.T)
    found = measured(decode_difference, model, dataset_of(values))["decode_difference"]
    pairs = pdist(0.5 * values[:, :2].astype(np.float64), "sqeuclidean") / 4  # per value: two of the four stay 0
    assert found == pytest.approx(math.sqrt(pairs.mean()), rel=1e-5)


def test_a_decoder_that_ignores_z_makes_no_difference() -> None:
    assert figures_of(LinearModel(KEEP_TWO, 0 * KEEP_TWO.T), VALUES).decode_difference == 0


@pytest.mark.parametrize(
    ("values", "decoder", "why"),
    [(VALUES[:1], KEEP_TWO.T, "one sample"), (VALUES, np.nan * KEEP_TWO.T, "not finite")],
)
def test_where_there_is_no_difference_to_measure(values: np.ndarray, decoder: np.ndarray, why: str) -> None:
    found = measured(decode_difference, LinearModel(KEEP_TWO, decoder), dataset_of(values))
    assert all(isinstance(value, Absent) and why in value.why for value in found.values())


def test_codes_that_are_not_finite_have_no_width() -> None:
    data = replace(dataset_of(VALUES), samples=np.full_like(VALUES, np.nan))
    found = measured(posterior_width, LinearModel(KEEP_TWO, KEEP_TWO.T, sigma=1.0), data)
    assert all("not finite" in value.why for value in found.values())
