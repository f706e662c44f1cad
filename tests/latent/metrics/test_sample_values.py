"""Values of samples: errors over samples, paired differences, and the file."""

import math

import numpy as np
import pytest

from explorer.latent.metrics.measure import figure_of_samples
from explorer.latent.metrics.sample_values import KEPT, SampleValues, error_over_samples, pseudo_values
from explorer.latent.steps import Absent


def test_the_error_of_a_difference_is_that_of_its_spread_over_fresh_samples() -> None:
    rng = np.random.default_rng(0)
    stated, found = [], []
    for _ in range(300):
        hard = rng.normal(0, 2, 400)
        one, other = hard + rng.normal(0, 0.2, 400), hard + rng.normal(0.1, 0.3, 400)
        error = SampleValues.of(one).error_of_difference(SampleValues.of(other))
        assert error is not None
        stated.append(error)
        found.append((one - other).mean())
    assert np.mean(stated) == pytest.approx(np.std(found), rel=0.12)


def test_a_choice_of_many_values_stands_for_all() -> None:
    rng = np.random.default_rng(1)
    one, other = rng.normal(0, 1, (2, 20 * KEPT))
    kept = SampleValues.of(one)
    assert len(kept.values) == KEPT and kept.count == 20 * KEPT
    error = kept.error_of_difference(SampleValues.of(other))
    assert error == pytest.approx(error_over_samples(one - other), rel=0.1)


def test_only_the_same_samples_are_paired() -> None:
    values = np.arange(10.0)
    assert SampleValues.of(values).error_of_difference(SampleValues.of(values)) == 0
    assert SampleValues.of(values, np.arange(1, 11)).error_of_difference(SampleValues.of(values)) is None
    assert SampleValues.of(values[:9]).error_of_difference(SampleValues.of(values)) is None
    assert SampleValues.of(values[:1]).error_of_difference(SampleValues.of(values[:1])) is None


@pytest.mark.parametrize("damage", [math.nan, math.inf, -1e300])
def test_a_value_that_is_not_finite_leaves_the_figure_undefined(damage: float) -> None:
    values = np.append(np.arange(5.0), damage)
    found = figure_of_samples("mse", 2.0, values)
    assert set(found) == {"mse", "mse_error"}
    assert all(isinstance(absent, Absent) and "1 of 6 values are not finite" in absent.why for absent in found.values())


def test_pseudo_values_of_a_mean_are_its_terms() -> None:
    values = np.random.default_rng(2).normal(size=50)
    without = (values.sum() - values) / 49
    np.testing.assert_allclose(pseudo_values(values.mean(), without), values)


def test_values_survive_the_file() -> None:
    kept = SampleValues.of(np.random.default_rng(3).normal(1e4, 1e-1, 30))
    again = SampleValues.from_json(kept.to_json())
    assert (again.count, again.rows) == (kept.count, kept.rows)
    np.testing.assert_allclose(again.values, kept.values, rtol=1e-5)


@pytest.mark.parametrize(
    "changed",
    [
        *({"values": "1 2"}, {"values": "1 nan 3"}, {"values": "1 2 1e99"}, {"values": "1 2 x"}, {"values": 3}),
        *({"values": [1, 2, 3]}, {"values": "1 " * 10_000}, {"count": "3"}, {"count": 10**400}, {"count": True}),
        *({"count": 0, "values": ""}, {"rows": None}),
    ],
)
def test_damaged_values_are_refused(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        SampleValues.from_json({**SampleValues.of(np.arange(3.0)).to_json(), **changed})


@pytest.mark.parametrize("value", [None, [], "1 2 3", 7])
def test_values_that_are_no_mapping_are_refused(value: object) -> None:
    with pytest.raises(ValueError):
        SampleValues.from_json(value)
