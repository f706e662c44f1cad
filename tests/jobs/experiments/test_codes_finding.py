"""The sentence below the head of a pane follows from the codes that the pane shows."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from explorer.config import MODEL_CONFIGS, RunConfig
from explorer.config import replace as changed
from explorer.jobs.experiments.codes_finding import (
    codes_finding,
    measure_codes,
    prior_reach,
    wants_finding,
)
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.codes.neighbours import Neighbours
from explorer.latent.information.discrete import BITS
from explorer.latent.plane.projection import axes_projection
from explorer.models.latent_model import Capabilities
from explorer.runs.run_group import RunGroup

VAE = Capabilities(encoder=True, prior=True, stochastic_posterior=True)
AE = Capabilities(encoder=True, prior=False, stochastic_posterior=False)
MIXTURE = Capabilities(encoder=True, prior=True, stochastic_posterior=True, learned_prior=True)


def codes(spread: float, sigma: float | None, *, latent_dim: int = 2, step: int = 100, **more: Any) -> PlaneCodes:
    """Return codes of 2,000 samples as of a normal with this standard deviation."""
    mean = spread * np.random.default_rng(0).normal(size=(2000, latent_dim)).astype(np.float32)
    log_variance = None if sigma is None else np.full_like(mean, 2 * np.log(sigma))
    index = np.arange(len(mean))
    given: dict[str, Any] = {"labels": None, "split": None, "reconstruction": None, "columns": {}} | more
    return PlaneCodes(
        step, index, mean, log_variance, neighbours=Neighbours(mean), projection=axes_projection(latent_dim), **given
    )


@pytest.mark.parametrize(
    ("spread", "sigma", "beginning"),
    [
        (0.001, 1.0, "Every posterior is the prior: KL is 0.000 nats"),
        (0.15, 1.0, "Every posterior is almost the prior: KL is 0.02"),
        (4.0, 0.004, "The posteriors have shrunk to points: mean σ is 0.004, codes reach ±1"),
        (1.0, 0.07, "The codes fill the prior, and mean σ is 0.07"),
        (0.5, 0.87, "Together, the posteriors fill the prior: mean σ is 0.87"),
        (3.0, 0.1, "The codes reach ±8.3, beyond the prior, and mean σ is 0.10"),
        (0.3, 0.2, "The codes cover only part of the prior, and mean σ is 0.20"),
        (0.001, 0.5, "All posteriors are almost the same, but not the prior: KL is 0.64 nats"),
    ],
)
def test_each_state_of_a_vae_has_its_sentence(spread: float, sigma: float, beginning: str) -> None:
    found = codes_finding(codes(spread, sigma), VAE)
    assert found[0].startswith(beginning)
    assert [len(form) for form in found] == sorted(map(len, found), reverse=True), "the longest form comes first"
    assert all(not form.endswith(".") for form in found)


def test_the_kl_is_in_the_unit() -> None:
    assert codes_finding(codes(0.001, 0.5), VAE, BITS)[0].endswith("KL is 0.92 bits")


@pytest.mark.parametrize("latent_dim", [1, 2, 10])
def test_the_sentences_hold_in_any_number_of_dimensions(latent_dim: int) -> None:
    assert codes_finding(codes(1.0, 0.1, latent_dim=latent_dim), VAE)[0].startswith("The codes fill the prior")
    assert codes_finding(codes(1e-3, 1.0, latent_dim=latent_dim), VAE)[0].startswith("Every posterior is the prior")


def test_only_codes_that_need_more_room_than_the_prior_reach_beyond_it() -> None:
    plane = codes(0.3, 0.9)
    shifted = codes_finding(replace(plane, mean=plane.mean + np.float32([0.6, 0.0])), VAE)
    assert shifted[0].startswith("The codes are off the centre of the prior") and "beyond" not in shifted[0]
    wide = codes_finding(codes(0.3, 1.6), VAE)
    assert wide[0].startswith("Together, the posteriors are wider than the prior: mean σ is 1.60")
    # 99 % of the draws of N(0, I) are within ±2.81 in two dimensions.
    assert prior_reach(2) == pytest.approx(2.806, abs=0.001) and prior_reach(1) == pytest.approx(2.576, abs=0.001)


def test_an_autoencoder_has_neither_prior_nor_sigma() -> None:
    found = codes_finding(codes(7.0, None), AE)
    assert found[0].startswith("No prior and no σ: each x has one code, and codes reach ±19")


def test_a_learned_prior_is_not_compared_with_a_standard_normal() -> None:
    assert codes_finding(codes(3.0, 0.2), MIXTURE) == ()
    assert codes_finding(codes(3.0, 0.001), MIXTURE)[0].startswith("The posteriors have shrunk")


def test_nothing_is_said_where_nothing_can_be_said() -> None:
    assert codes_finding(None, VAE) == ()
    assert codes_finding(codes(1.0, 0.1, step=0), VAE) == (), "before training there is no result"
    assert codes_finding(codes(1.0, None, drawn=True), VAE) == (), "draws from the prior are no codes"
    assert codes_finding(codes(float("nan"), 0.1), VAE) == ()


def test_the_kl_is_that_of_the_definition_also_with_full_covariances() -> None:
    dice = np.random.default_rng(1)
    factor = np.tril(dice.normal(size=(2000, 2, 2))).astype(np.float32)
    factor[:, [0, 1], [0, 1]] = np.abs(factor[:, [0, 1], [0, 1]]) + 0.1
    covariance = factor @ factor.transpose(0, 2, 1)
    given = codes(0.8, 0.3, scale_tril=factor)
    log_variance = np.log(np.diagonal(covariance, axis1=1, axis2=2))
    given = PlaneCodes(**{**vars(given), "log_variance": log_variance.astype(np.float32)})
    trace = np.trace(covariance, axis1=1, axis2=2)
    expected = 0.5 * (trace + (given.mean**2).sum(1) - 2 - np.linalg.slogdet(covariance)[1]).mean()
    measures = measure_codes(given)
    assert measures is not None and measures.kl == pytest.approx(expected, rel=1e-4)


def test_runs_without_a_term_have_the_sentence_with_and_without_an_experiment() -> None:
    config = RunConfig(model=MODEL_CONFIGS["vae"]())
    by_hand = changed(config, model=changed(config.model, beta=0.0))
    assert wants_finding(by_hand, None) and not wants_finding(config, None)
    assert wants_finding(config, RunGroup("a", "ablation", "both", 2, 3))
