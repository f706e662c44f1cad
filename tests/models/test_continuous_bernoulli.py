"""The continuous Bernoulli against torch.distributions, plain integration and its own draws, in float64."""

import numpy as np
import pytest
import scipy.integrate
import scipy.stats
import torch
from model_cases import build, draw
from torch import distributions

from explorer.models.likelihoods.continuous_bernoulli import ContinuousBernoulli

F64 = torch.float64
LOGITS = torch.tensor([-300.0, -40.0, -8.0, -1.0, -0.21, -0.19, -1e-3, 0.0, 1e-9, 0.05, 0.199, 0.201, 2.0, 30.0, 200.0])


def far_from_half(logits: torch.Tensor) -> torch.Tensor:
    """Choose where torch's own formula is exact: near λ = 0.5 it is a shorter series, far from it λ is 0 or 1."""
    return logits[(logits.abs() > 0.2) & (logits.abs() < 15)]


def test_it_is_the_one_of_torch() -> None:
    logits = far_from_half(torch.linspace(-14, 14, 113, dtype=F64))[:, None]
    x = draw((len(logits), 1), 3, F64)
    wanted = distributions.ContinuousBernoulli(logits=logits)
    torch.testing.assert_close(ContinuousBernoulli(logits).log_prob(x), wanted.log_prob(x)[:, 0], rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(ContinuousBernoulli(logits).mean, wanted.mean, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("logit", [-6.0, -0.3, -0.2, -0.1, -1e-4, 0.0, 1e-7, 0.15, 0.2, 0.25, 9.0])
def test_it_is_a_density_whose_mean_is_its_own(logit: float) -> None:
    likelihood = ContinuousBernoulli(torch.tensor([[logit]], dtype=F64))

    def density(x: float) -> float:
        return float(likelihood.log_prob(torch.tensor([[x]], dtype=F64)).exp())

    assert scipy.integrate.quad(density, 0, 1)[0] == pytest.approx(1, abs=2e-10)
    mean = scipy.integrate.quad(lambda x: x * density(x), 0, 1)[0]
    assert likelihood.mean.item() == pytest.approx(mean, abs=2e-10)
    if abs(logit) > 1:
        assert abs(likelihood.mean.item() - torch.sigmoid(likelihood.logits).item()) > 0.05, "the mean is not λ"


def test_values_and_gradients_are_finite_everywhere() -> None:
    logits = LOGITS[:, None].clone().requires_grad_()
    x = torch.linspace(0, 1, len(LOGITS))[:, None]
    likelihood = ContinuousBernoulli(logits)
    (gradient,) = torch.autograd.grad(likelihood.log_prob(x).sum() + likelihood.mean.sum(), logits)
    for values in (likelihood.log_prob(x), likelihood.mean, gradient, likelihood.sample(torch.Generator())):
        assert torch.isfinite(values).all()
    assert ((likelihood.mean > 0) & (likelihood.mean < 1)).all()


def test_the_gradient_of_the_log_density_is_the_value_less_the_mean() -> None:
    logits = LOGITS[LOGITS.abs() < 100].double()[:, None].requires_grad_()
    x = draw(tuple(logits.shape), 5, F64)
    likelihood = ContinuousBernoulli(logits)
    (gradient,) = torch.autograd.grad(likelihood.log_prob(x).sum(), logits)
    torch.testing.assert_close(gradient, x - likelihood.mean.detach(), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("logit", [-5.0, 0.0, 1e-4, 0.15, 3.0])
def test_draws_follow_their_distribution(logit: float) -> None:
    likelihood = ContinuousBernoulli(torch.full((20_000, 1), logit, dtype=F64))
    values = likelihood.sample(torch.Generator().manual_seed(0)).squeeze(1).numpy()

    def cumulative(x: np.ndarray) -> np.ndarray:
        return np.expm1(logit * x) / np.expm1(logit) if logit else x

    assert scipy.stats.kstest(values, cumulative).pvalue > 0.01


@pytest.mark.parametrize("family", ["ae", "vae"])
def test_a_family_decodes_to_it(family: str) -> None:
    model = build(family, (1, 3, 4), likelihood="continuous bernoulli", hidden_widths=(5,))
    decoded = model.decode(torch.zeros(2, 2))
    assert isinstance(decoded, ContinuousBernoulli)
    assert not {"sigma"} & set(model.observe())
