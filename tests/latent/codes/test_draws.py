"""Random codes: from the prior, from a mixture, from the range of the codes, or unit by unit."""

import numpy as np
import pytest

from explorer.latent.codes.draws import CodeSource
from explorer.models.latent_model import Capabilities
from explorer.models.priors import PriorComponents

WITH_PRIOR = Capabilities(encoder=True, prior=True, stochastic_posterior=True)
WITHOUT = Capabilities(encoder=True, prior=False, stochastic_posterior=False)
LEARNED = Capabilities(encoder=True, prior=True, stochastic_posterior=True, learned_prior=True)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_draws_of_a_normal_prior_are_standard_normal() -> None:
    z = CodeSource(2, WITH_PRIOR).draw(20_000, rng())
    assert z.dtype == np.float32
    assert z.mean(0) == pytest.approx([0, 0], abs=0.03) and np.cov(z.T) == pytest.approx(np.eye(2), abs=0.04)


def test_draws_of_a_mixture_have_its_weights_means_and_spreads() -> None:
    means = np.array([[-5.0, 0.0], [5.0, 1.0]], np.float32)
    spread = np.array([[[0.04, 0.0], [0.0, 0.01]]] * 2, np.float32)
    source = CodeSource(2, LEARNED, components=PriorComponents(np.array([0.25, 0.75], np.float32), means, spread))
    drawn = source.draw(4000, rng())
    right = drawn[:, 0] > 0
    assert right.mean() == pytest.approx(0.75, abs=0.03)
    assert drawn[right].mean(axis=0) == pytest.approx(means[1], abs=0.02)
    assert drawn[right].std(axis=0) == pytest.approx([0.2, 0.1], abs=0.02)
    assert source.words == "draws from its learned prior" and source.is_known
    assert not CodeSource(2, LEARNED).is_known


def test_without_a_prior_draws_are_even_over_the_range_of_the_codes() -> None:
    codes = rng().uniform([-1, 10], [1, 30], (5000, 2)).astype(np.float32)
    source = CodeSource(2, WITHOUT, codes)
    drawn = source.draw(8000, rng())
    low, high = source.range.T
    assert (drawn >= low).all() and (drawn <= high).all()
    share = (drawn - low) / (high - low)
    assert np.histogram(share[:, 1], bins=4, range=(0, 1))[0] == pytest.approx([2000] * 4, rel=0.1)
    assert source.words.startswith("no prior")


def test_units_of_a_sparse_code_are_active_as_often_as_for_samples() -> None:
    codes = np.where(rng().random((4000, 3)) < [0.05, 0.5, 0.95], 1.0, 0.0).astype(np.float32)
    drawn = CodeSource(3, WITHOUT, codes, sparse=True).draw(8000, rng())
    assert (drawn > 0).mean(0) == pytest.approx([0.05, 0.5, 0.95], abs=0.02)


def test_codes_that_are_not_finite_do_not_reach_the_range() -> None:
    codes = np.array([[0.0], [1.0], [np.nan], [np.inf]], np.float32)
    assert np.isfinite(CodeSource(1, WITHOUT, codes).range).all()
    assert CodeSource(1, WITHOUT, codes[2:]).range.tolist() == [[-4, 4]]
