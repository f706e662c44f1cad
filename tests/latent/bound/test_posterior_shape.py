"""The picture of a true posterior: its box, its density, and contours that enclose their share."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from known_models import dataset_of
from test_true_posterior import DECODER, X, exact, linear

from explorer.latent.bound.sample_bound import (
    SampleBound,
    bound_of_sample,
    error_words,
    intractable_words,
    method_words,
)
from explorer.latent.bound.true_posterior import SIGMAS, PosteriorShape, mass_within, shape_of
from explorer.latent.steps import at_once


def bound_of(decoder: np.ndarray = DECODER, x: np.ndarray = X, sigma: float = 0.3, draws: int = 500) -> SampleBound:
    return at_once(bound_of_sample(linear(sigma, decoder), dataset_of([x]), 0, draws))


def shape(decoder: np.ndarray = DECODER, x: np.ndarray = X) -> PosteriorShape:
    found = bound_of(decoder, x).posterior
    assert found is not None
    return shape_of(found)


def test_the_outlines_of_a_gaussian_are_its_ellipses() -> None:
    mean, covariance, _ = exact()
    found = shape()
    for sigma, lines in zip(SIGMAS, found.outlines, strict=True):
        (line,) = lines
        offset = line - mean
        distances = np.sqrt(np.einsum("ni,ij,nj->n", offset, np.linalg.inv(covariance), offset))
        assert distances == pytest.approx(sigma, abs=0.12)


def test_the_density_is_the_gaussians() -> None:
    mean, covariance, _ = exact()
    found = shape()
    wanted = scipy.stats.multivariate_normal(mean, covariance)
    points = np.stack(np.meshgrid(*found.axes), -1)
    assert found.density == pytest.approx(wanted.pdf(points) / wanted.pdf(mean), abs=0.02)
    assert (found.low < mean).all() and (found.high > mean).all()


def test_one_dimension_has_intervals() -> None:
    decoder, x = np.array([[2.0], [1.0]]), np.array([1.1, 2.0])
    mean, covariance, _ = exact(decoder, x)
    found = shape(decoder, x)
    assert found.density.ndim == 1
    for sigma, intervals in zip(SIGMAS, found.outlines, strict=True):
        (ends,) = intervals
        assert ends[:, 0] == pytest.approx(mean + np.array([-sigma, sigma]) * np.sqrt(covariance[0, 0]), abs=0.03)


def test_shares_are_those_of_a_gaussian() -> None:
    assert mass_within(1, 1) == pytest.approx(0.6827, abs=1e-4)
    assert mass_within(2, 2) == pytest.approx(0.8647, abs=1e-4)


def test_words_say_how_it_was_found_and_how_sure_it_is() -> None:
    assert "difference from a grid half as fine" in error_words(bound_of())
    assert "refined where p(z|x) is large" in method_words(bound_of())
    more = bound_of(np.random.default_rng(1).normal(size=(6, 3)), np.ones(6))
    assert "200^3 = 8.0e+06 decodes, so p(x) is intractable" in method_words(more)
    assert "sampling error" in error_words(more)
    assert "more than 10^308" in intractable_words(4096)
    assert "bias" not in error_words(more), "a correction far below the error is not mentioned"
    narrow = replace(more, effective_draws=12.0, draws=4096, error=0.5, correction=0.12)
    assert "12 of 4,096 draws are effective" in error_words(narrow)
    assert "corrected by 0.12 nats for the bias" in error_words(narrow)
    assert "log p(x) is probably higher" in error_words(narrow)
