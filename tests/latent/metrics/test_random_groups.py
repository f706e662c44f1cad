"""Values of random groups: their mean is the figure, and their spread the error within divisions."""

import numpy as np
import pytest

from explorer.latent.metrics.random_groups import values_of_groups
from explorer.latent.metrics.sample_values import SampleValues, error_over_samples


@pytest.mark.parametrize("shape", [(16, 2), (24, 3), (2, 16)])
def test_the_values_have_the_figure_as_mean_and_as_many_as_degrees_of_freedom(shape):
    divisions, count = shape
    values = values_of_groups(5.0, np.random.default_rng(0).normal(size=shape))
    assert values.mean() == pytest.approx(5) and len(values) == divisions * (count - 1)


@pytest.mark.parametrize("shape", [(16, 2), (8, 3)])
def test_the_error_is_that_of_the_mean_of_groups(shape):
    """Groups of independent divisions vary by 1, so their mean varies by 1/√m."""
    rng, count = np.random.default_rng(0), shape[1]
    errors = [error_over_samples(values_of_groups(0.0, rng.normal(3, 1, shape))) for _ in range(500)]
    assert np.mean(np.square(errors)) == pytest.approx(1 / count, rel=0.06)


def test_runs_are_compared_by_the_differences_of_their_groups():
    rng = np.random.default_rng(1)
    shared, noise = rng.normal(0, 1, (50, 2)), rng.normal(0, 0.1, (2, 50, 2))
    one, other = (SampleValues.of(values_of_groups(0.0, shared + part)) for part in noise)
    assert one.error_of_difference(other) == pytest.approx(0.1 * 2**0.5 / 2**0.5, rel=0.15)
