"""The importance-weighted bound against float64 and the single-sample bound."""

import math

import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch
from model_cases import build, draw

from explorer.models.latent_model import Batch
from explorer.models.variational.iwae import Iwae

SMALL = {"hidden_widths": (9,), "latent_dim": 3}


def iwae(samples: int) -> Iwae:
    model = build("iwae", (1, 4, 5), samples=samples, **SMALL)
    assert isinstance(model, Iwae)
    return model


def noise(model: Iwae, count: int, seed: int = 5) -> torch.Tensor:
    return torch.randn(count, *model.noise_shape, generator=torch.Generator().manual_seed(seed))


def test_the_bound_of_one_draw_is_the_single_sample_bound() -> None:
    model, x = iwae(1), draw((6, 1, 4, 5)).round()
    epsilon = noise(model, 6)
    losses = model.losses(Batch(x, x, epsilon))
    posterior = model.encode(x)
    q = torch.distributions.Normal(posterior.mean, (0.5 * posterior.log_variance).exp())
    z = posterior.mean + q.scale * epsilon[:, 0]
    prior = torch.distributions.Normal(0.0, 1.0)
    expected = -(model.decode(z).log_prob(x) + prior.log_prob(z).sum(1) - q.log_prob(z).sum(1)).mean()
    assert losses.total.item() == pytest.approx(expected.item(), rel=1e-5)


def test_the_bound_agrees_with_float64() -> None:
    model, x = iwae(7), draw((5, 1, 4, 5))
    epsilon = noise(model, 5)
    posterior = model.encode(x)
    mean, sigma = posterior.mean.detach().double().numpy(), (0.5 * posterior.log_variance).exp().detach().numpy()
    weights = np.zeros((5, 7))
    for sample in range(5):
        for k in range(7):
            z = mean[sample] + sigma[sample] * epsilon[sample, k].double().numpy()
            logits = model.decoder(torch.tensor(z, dtype=torch.float32)[None]).detach().double().numpy().ravel()
            pixels = x[sample].double().numpy().ravel()
            likelihood = (pixels * logits - np.logaddexp(0, logits)).sum()
            ratio = scipy.stats.norm.logpdf(z).sum() - scipy.stats.norm.logpdf(z, mean[sample], sigma[sample]).sum()
            weights[sample, k] = likelihood + ratio
    expected = (scipy.special.logsumexp(weights, axis=1) - math.log(7)).mean()
    losses = model.losses(Batch(x, x, epsilon))
    assert losses.total.item() == pytest.approx(-expected, rel=1e-5)
    assert losses.terms["bound"].item() == pytest.approx(expected, rel=1e-5)


def test_the_bound_rises_with_the_draws() -> None:
    """The same weights give a higher bound for every k, by more than the error of 4,000 draws of it."""
    x = draw((8, 1, 4, 5)).round()
    weights = iwae(1).state_dict()
    bounds = []
    for samples in (1, 2, 8, 64):
        model = iwae(samples)
        model.load_state_dict(weights)
        for parameter in model.encoder.parameters():
            parameter.data.mul_(3)  # a posterior far from the prior, so that the bound is loose
        with torch.no_grad():
            many = x.repeat(500, 1, 1, 1)
            bounds.append(-model.losses(Batch(many, many, noise(model, len(many)))).total.item())
    assert np.diff(bounds).min() > 0.02
    assert sorted(bounds) == bounds


def test_what_is_learned_from_is_the_gradient_of_the_bound() -> None:
    model, x = iwae(3).double(), draw((4, 1, 4, 5), dtype=torch.float64)
    epsilon = noise(model, 4).double()
    weight = model.decoder[0].weight
    model.losses(Batch(x, x, epsilon)).total.backward()
    assert weight.grad is not None
    step, values = 1e-6, []
    for sign in (1, -1):
        with torch.no_grad():
            weight[0, 0] += sign * step
            values.append(model.losses(Batch(x, x, epsilon)).total.item())
            weight[0, 0] -= sign * step
    assert weight.grad[0, 0].item() == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-4)


def test_the_kl_is_that_of_the_posterior() -> None:
    model, x = iwae(4), draw((5, 1, 4, 5))
    losses = model.losses(Batch(x, x, noise(model, 5)))
    assert losses.kl_per_dimension is not None
    assert losses.kl_per_dimension.shape == (3,)
    assert losses.terms["kl"].item() == pytest.approx(losses.kl_per_dimension.sum().item())
