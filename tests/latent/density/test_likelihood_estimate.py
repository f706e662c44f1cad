"""The estimate of log p(x) by a few draws: reproducible, whatever the batches; too low on average."""

import numpy as np
import pytest
import torch
from known_models import figures_of
from linear_gaussian import LinearGaussianCase, LinearGaussianVae
from model_cases import build

import explorer.models  # noqa: F401  (fills the families)
from explorer.data.dataset import Dataset
from explorer.latent.density import likelihood_estimate
from explorer.latent.density.likelihood_estimate import (
    estimate_log_likelihood,
    parts_of_estimate,
    weight_parts,
    why_not_defined,
)
from explorer.latent.inputs import inputs_of
from explorer.latent.steps import at_once
from explorer.models.latent_model import NotDefined
from explorer.models.likelihoods.gaussian import Gaussian

CASE = LinearGaussianCase.of(3, 6)


def estimate(model: LinearGaussianVae, data: Dataset, draws: int, seed: int = 1) -> np.ndarray:
    return at_once(estimate_log_likelihood(model, data, data.splits.test, draws, seed))


def test_many_draws_have_the_exact_value() -> None:
    data = CASE.samples(20, 0)
    for shift, width in ((0, 1), (1, 0.5), (0, 2)):
        assert estimate(CASE.model(shift, width), data, 4000) == pytest.approx(CASE.log_likelihood(data), abs=0.1)


def test_few_draws_are_too_low_on_average_but_less_than_those_of_q_alone() -> None:
    data, model = CASE.samples(100, 1), CASE.model(2, 0.5)
    exact = CASE.log_likelihood(data).mean()
    noise = torch.from_numpy(np.random.default_rng(0).standard_normal((100, 64, 3)).astype(np.float32))
    log_likelihood, log_prior, log_q = weight_parts(model, inputs_of(model, data, data.splits.test), noise)
    of_q = (log_likelihood + log_prior - log_q).logsumexp(1).mean().item() - np.log(64)
    assert of_q < exact - 0.5
    assert exact - 0.2 < estimate(model, data, 64).mean() < exact


@pytest.mark.parametrize("rows", [1, 7, 10_000])
def test_chunks_do_not_change_the_estimate(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    data, model = CASE.samples(9, 2), CASE.model(1, 0.5)
    whole = estimate(model, data, 20)
    monkeypatch.setattr(likelihood_estimate, "ROWS", rows)
    monkeypatch.setattr(likelihood_estimate, "CHUNK", 4)
    assert estimate(model, data, 20) == pytest.approx(whole, rel=1e-5)
    work = estimate_log_likelihood(model, data, data.splits.test, 20, 1)
    assert sum(work) == parts_of_estimate(9, 20, 3)


def test_fewer_samples_are_the_first_ones_and_another_seed_draws_anew() -> None:
    data, model = CASE.samples(9, 2), CASE.model(1, 0.5)
    whole = estimate(model, data, 20)
    few = at_once(estimate_log_likelihood(model, data, data.splits.test[:4], 20, 1))
    assert few == pytest.approx(whole[:4], rel=1e-6)
    assert np.abs(estimate(model, data, 20, seed=1001) - whole).min() > 0


@pytest.mark.parametrize("draws", [1, 2, 3])
def test_very_few_draws_have_an_estimate(draws: int) -> None:
    """No Gaussian is adapted to them: one draw has no width, and the true posterior needs no more."""
    data = CASE.samples(5, 3)
    assert np.isfinite(estimate(CASE.model(1, 0.5), data, draws)).all()
    assert estimate(CASE.model(), data, draws) == pytest.approx(CASE.log_likelihood(data), abs=1e-3)


def test_a_sample_without_positive_weights_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    data, model = CASE.samples(3, 4), CASE.model()
    decode = model.decode
    monkeypatch.setattr(model, "decode", lambda z, condition=None: Gaussian(decode(z).mean * np.nan, 1.0))
    with pytest.raises(NotDefined, match="no draw of sample 0 has a positive weight"):
        estimate(model, data, 8)


def test_chunks_of_many_dimensions_have_fewer_samples() -> None:
    assert [likelihood_estimate._chunk(64, latent) for latent in (2, 32, 64, 128)] == [64, 64, 16, 4]
    assert likelihood_estimate._chunk(1, 2) == 64 and likelihood_estimate._chunk(10**6, 1024) == 1


def test_an_autoencoder_has_no_estimate() -> None:
    assert "no prior" in why_not_defined(build("ae", (4,), hidden_widths=()))


def test_figures_that_were_not_requested_say_so() -> None:
    values = figures_of(CASE.model(), CASE.samples(10, 0).samples).to_json()
    for name in ("log_likelihood", "log_likelihood_error", "monte_carlo_error", "gap", "gap_error"):
        assert values[name] is None
        assert "not asked for" in values["not_defined"][name]
    assert (values["importance_samples"], values["accurate_samples"]) == (0, 0)
