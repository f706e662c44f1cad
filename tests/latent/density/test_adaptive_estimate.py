"""Adaptive importance sampling against the exact log p(x) of linear Gaussian models, with good and bad encoders."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from linear_gaussian import LinearGaussianCase, LinearGaussianVae

import explorer.models  # noqa: F401  (fills the families)
from explorer.data.dataset import Dataset
from explorer.latent.density import adaptive_sampling
from explorer.latent.density.adaptive_estimate import AdaptiveEstimate, Precision, adaptive_estimate
from explorer.latent.density.adaptive_sampling import DrawPool, adapt, draw_round, next_proposal
from explorer.latent.density.proposal import Proposal, draw_codes, error_of_log_mean, first_proposal, larger_width
from explorer.latent.inputs import in_double, inputs_of
from explorer.latent.steps import at_once
from explorer.models.latent_model import NotDefined, Posterior
from explorer.models.priors import StandardNormal

QUICK = Precision(error=0.03, least=256, most=2048)


def estimate(model: LinearGaussianVae, data: Dataset, sample: int, precision: Precision = QUICK) -> AdaptiveEstimate:
    given = inputs_of(model, data, np.array([sample]))
    return at_once(adaptive_estimate(model, given, (1, sample), precision, 2048))


@pytest.mark.parametrize(("shift", "width"), [(0, 1), (3, 0.3), (0, 3), (6, 0.1)])
def test_it_is_right_wherever_q_lies_within_the_stated_error(shift: float, width: float) -> None:
    """In eight dimensions, draws of a q that is shifted by 6 σ would practically never hit the posterior."""
    case = LinearGaussianCase.of(8, 12)
    data, model = case.samples(10, 1), case.model(shift, width)
    found = [estimate(model, data, sample) for sample in range(len(data))]
    errors = np.array([np.hypot(one.error, one.correction) for one in found])
    off = np.array([one.log_likelihood for one in found]) - case.log_likelihood(data)
    assert errors.max() < 0.06
    assert np.sum(np.abs(off) > 2 * errors) <= 2
    assert abs(off.mean()) < 3 * np.sqrt(np.square(errors).sum()) / len(off)


def test_the_number_of_draws_follows_the_wanted_error() -> None:
    case = LinearGaussianCase.of(3, 5)
    model, data = case.model(1, 0.5), case.samples(1, 2)
    coarse, fine = (estimate(model, data, 0, Precision(error, 64, 10**6)) for error in (0.04, 0.005))
    assert coarse.draws < fine.draws and fine.draws & (fine.draws - 1) == 0
    assert fine.error == pytest.approx(0.005, rel=0.5)
    assert estimate(model, data, 0, Precision(1e-9, 64, 500)).draws == 500


def test_an_exact_q_needs_the_fewest_draws() -> None:
    case = LinearGaussianCase.of(3, 5)
    found = estimate(case.model(), case.samples(1, 2), 0, Precision(1.0, 128, 4096))
    assert (found.draws, found.decodes) == (128, 128 + 256)
    assert found.effective_draws > 30


def test_a_code_that_is_not_finite_has_no_estimate() -> None:
    case = LinearGaussianCase.of(3, 5)
    data = case.samples(2, 0)
    data.samples[1] = np.nan
    with pytest.raises(NotDefined, match="not finite"):
        estimate(case.model(), data, 1)


def test_weights_have_the_density_of_the_whole_mixture() -> None:
    """The mean of f/m over stratified draws is 1 for every part f: the balance heuristic is unbiased."""
    q = Posterior(torch.tensor([[1.0, -2.0]]).double(), torch.tensor([[-1.0, 0.5]]).double())
    proposal = first_proposal(q, 40_000)
    assert proposal.strata == (20_000, 10_000, 10_000) and proposal.draws == 40_000
    z = at_once(draw_codes(proposal, StandardNormal(2), [np.random.default_rng(0)]))
    log_prior = -0.5 * (z.double().square().sum(-1) + 2 * np.log(2 * np.pi))
    density = proposal.log_density(z, log_prior)
    wide = replace(q, log_variance=q.log_variance + 2 * np.log(larger_width(2)))
    for part in (q.log_prob(z[0].double()), wide.log_prob(z[0].double()), log_prior[0]):
        assert (part - density[0]).exp().mean() == pytest.approx(1, abs=0.02)


def test_a_full_covariance_is_drawn_and_weighted_like_its_density() -> None:
    tril = torch.tensor([[[0.5, 0.0], [0.8, 0.3]]]).double()
    q = Posterior(torch.zeros(1, 2).double(), tril.square().sum(-1).log(), tril)
    proposal = Proposal((q,), ((1000, 0),), 0)
    z = at_once(draw_codes(proposal, StandardNormal(2), [np.random.default_rng(0)]))
    assert torch.cov(z[0].double().T) == pytest.approx((tril[0] @ tril[0].T).numpy(), abs=0.1)
    found = proposal.log_density(z, torch.zeros(1, 1000).double())
    assert found[0].numpy() == pytest.approx(q.log_prob(z[0].double()).numpy(), abs=1e-9)


def test_the_error_counts_the_variance_within_the_parts_alone() -> None:
    weights = np.repeat([1.0, 5.0], 10)
    assert error_of_log_mean(weights, (10, 10)) == 0
    assert error_of_log_mean(weights, (20,)) == pytest.approx(np.std(weights, ddof=1) / np.sqrt(20) / weights.mean())


def test_the_error_of_single_draws_is_that_of_all_draws_or_unknown() -> None:
    weights = np.array([1.0, 2.0, 4.0])
    assert error_of_log_mean(weights, (1, 2)) == error_of_log_mean(weights, (3,)) > 0
    assert error_of_log_mean(weights[:1], (1,)) == np.inf


def test_flattened_weights_have_the_effective_number_asked_for() -> None:
    logs = torch.from_numpy(np.random.default_rng(0).normal(size=(3, 200)) * [[0.1], [3.0], [50.0]])
    power = adaptive_sampling._power(logs, 40.0)
    shares = adaptive_sampling._shares(power[:, None] * logs)
    effective = 1 / shares.square().sum(1)
    assert power[0] == 1 and effective[0] > 40
    assert effective[1:].numpy() == pytest.approx([40, 40], rel=0.01)


def test_the_pool_has_the_density_of_all_mixtures_together() -> None:
    """Densities that are kept from round to round equal those computed from the start."""
    case = LinearGaussianCase.of(3, 5)
    data, model = case.samples(2, 5), case.model(1, 0.5)
    given, rngs = inputs_of(model, data, np.arange(2)), [np.random.default_rng(seed) for seed in (0, 1)]
    q, pool, gaussian = in_double(model.encode(given.x)), DrawPool(), None
    for draws in (40, 60, 80):
        one = at_once(draw_round(model, given, next_proposal(q, gaussian, draws), rngs, 50))
        pool = at_once(pool.added(one, 2))
        gaussian = adapt(pool, 10).gaussian
    assert [one.proposal.draws for one in pool.rounds] == [60, 80]
    z, log_prior, joint = (
        torch.cat([getattr(one, name) for one in pool.rounds], 1) for name in ("z", "log_prior", "joint")
    )
    parts = [one.proposal.log_density(z, log_prior) + np.log(one.proposal.draws / 140) for one in pool.rounds]
    direct = joint - torch.logsumexp(torch.stack(parts), 0)
    assert pool.log_weights.numpy() == pytest.approx(direct.numpy(), abs=1e-9)


def test_many_dimensions_have_a_diagonal_gaussian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adaptive_sampling, "MAX_CORRELATED", 2)
    case = LinearGaussianCase.of(3, 5)
    model, data = case.model(1, 0.5), case.samples(1, 2)
    found = estimate(model, data, 0)
    assert abs(found.log_likelihood - case.log_likelihood(data)) < 3 * found.error < 0.2
