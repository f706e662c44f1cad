"""The trustworthiness of codes, against scikit-learn's."""

from dataclasses import replace

import numpy as np
import pytest
from known_models import LinearModel, dataset_of, evaluated, measured
from sklearn import manifold

from explorer.latent.metrics.codes.trustworthiness import MAX_SAMPLES, measure, trustworthiness

RNG = np.random.default_rng(0)
SAMPLES = RNG.standard_normal((150, 5)).astype(np.float32)


@pytest.mark.parametrize("neighbours", [1, 5, 10])
@pytest.mark.parametrize("dim", [1, 2, 4])
def test_it_is_that_of_scikit_learn(dim, neighbours) -> None:
    codes = SAMPLES[:, :dim] + 0.3 * RNG.standard_normal((len(SAMPLES), dim)).astype(np.float32)
    assert trustworthiness(SAMPLES, codes, neighbours).value == pytest.approx(
        manifold.trustworthiness(SAMPLES, codes, n_neighbors=neighbours), abs=1e-12
    )


def test_codes_that_are_the_samples_have_one_and_random_codes_a_half() -> None:
    assert trustworthiness(SAMPLES, SAMPLES).value == 1
    random = RNG.standard_normal((len(SAMPLES), 2)).astype(np.float32)
    found = trustworthiness(SAMPLES, random)
    assert found.value == pytest.approx(0.5, abs=4 * found.error)


def test_equal_samples_share_the_lowest_rank() -> None:
    samples = np.repeat(SAMPLES[:3], 20, axis=0)  # 20 of a kind, 19 of them nearest to each
    assert trustworthiness(samples, samples).value == 1


def test_its_values_are_those_of_a_jackknife() -> None:
    samples, codes = SAMPLES[:50], SAMPLES[:50, :2] + 0.5 * RNG.standard_normal((50, 2)).astype(np.float32)
    found = trustworthiness(samples, codes)
    without = [
        trustworthiness(np.delete(samples, row, axis=0), np.delete(codes, row, axis=0)).value for row in range(50)
    ]
    assert found.values == pytest.approx(50 * found.value - 49 * np.array(without), abs=1e-9)


def test_its_error_is_how_far_other_samples_are_off() -> None:
    draws = np.random.default_rng(1).standard_normal((80, 300, 4)).astype(np.float32)
    found = [trustworthiness(samples, samples[:, :2]) for samples in draws]
    true = np.std([each.value for each in found])
    assert 0.9 * true < np.sqrt(np.mean([each.error**2 for each in found])) < 1.3 * true


def test_a_model_has_it_of_its_posteriors_means() -> None:
    model, data = LinearModel(np.eye(5)[:2], np.eye(5)[:, :2], sigma=0.1), dataset_of(SAMPLES)
    found, expected = measured(measure, model, data), trustworthiness(SAMPLES, evaluated(model, data).means)
    assert (found["trustworthiness"], found["trustworthiness_error"]) == (expected.value, expected.error)


def test_of_many_samples_a_fixed_choice_is_taken() -> None:
    values = RNG.standard_normal((MAX_SAMPLES + 50, 3)).astype(np.float32)
    model = LinearModel(np.eye(3)[:2], np.eye(3)[:, :2])
    rows = np.sort(np.random.default_rng(6).choice(len(values), MAX_SAMPLES, replace=False))
    expected = trustworthiness(values[rows], values[rows][:, :2]).value
    assert measured(measure, model, dataset_of(values))["trustworthiness"] == pytest.approx(expected, abs=1e-12)


def test_where_it_is_not_defined_it_says_why() -> None:
    model = LinearModel(np.eye(5)[:2], np.eye(5)[:, :2])
    few = measured(measure, model, dataset_of(SAMPLES[:29]))
    assert few["trustworthiness"].why == "29 samples are too few for 10 neighbours each; at least 30 are needed"
    broken = replace(dataset_of(SAMPLES), samples=np.full_like(SAMPLES, np.nan))
    assert "not finite" in measured(measure, model, broken)["trustworthiness_error"].why
