"""Mixture prior and VampPrior against torch.distributions.MixtureSameFamily, in float64."""

from typing import Any

import numpy as np
import pytest
import scipy.stats
import torch
from model_cases import build, draw
from torch import distributions

from explorer.config import DataConfig
from explorer.data import catalog as datasets
from explorer.models.latent_model import Batch, LatentModel, Posterior
from explorer.models.priors import GaussianMixture, components_of
from explorer.models.variational.mixture_vae import MixtureVae
from explorer.models.variational.vamp_vae import VampVae

F64 = torch.float64
SHAPE = (1, 3, 4)
SMALL: dict[str, Any] = {"hidden_widths": (6,), "latent_dim": 3}
FAMILIES = [
    pytest.param("mixture-vae", {"components": 4}, id="mixture"),
    pytest.param("mixture-vae", {"components": 1}, id="one component"),
    pytest.param("vamp-vae", {"pseudo_inputs": 5}, id="vamp"),
    pytest.param("vamp-vae", {"pseudo_inputs": 5, "covariance": "full"}, id="vamp, full"),
]


def stirred(family: str, settings: dict[str, Any]) -> LatentModel:
    """Build a model whose prior's weights, means and variances all differ."""
    model = build(family, SHAPE, **SMALL, **settings).double()
    with torch.no_grad():
        for number, weight in enumerate(model.parameters()):
            weight += 0.2 * (draw(tuple(weight.shape), number, F64) - 0.5)
    return model


def mixture_of(model: LatentModel) -> GaussianMixture:
    assert isinstance(model.prior, GaussianMixture)
    return model.prior


def reference(prior: GaussianMixture) -> distributions.MixtureSameFamily:
    gaussians = prior.gaussians
    if gaussians.scale_tril is not None:
        parts: distributions.Distribution = distributions.MultivariateNormal(
            gaussians.mean, scale_tril=gaussians.scale_tril
        )
    else:
        assert gaussians.log_variance is not None
        parts = distributions.Independent(distributions.Normal(gaussians.mean, (0.5 * gaussians.log_variance).exp()), 1)
    return distributions.MixtureSameFamily(distributions.Categorical(logits=prior.log_weights), parts)


@pytest.mark.parametrize(("family", "settings"), FAMILIES)
def test_the_log_density_is_the_one_of_torch(family: str, settings: dict[str, Any]) -> None:
    prior = mixture_of(stirred(family, settings))
    z = 6 * draw((50, 3), 9, F64) - 3
    torch.testing.assert_close(prior.log_prob(z), reference(prior).log_prob(z), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("family", "settings"), FAMILIES)
def test_the_loss_is_the_sum_of_its_terms_with_the_kl_estimated_at_the_draw(
    family: str, settings: dict[str, Any]
) -> None:
    model = stirred(family, settings)
    x, noise = draw((7, *SHAPE), 1, F64), draw((7, 3), 2, F64) - 0.5
    found, posterior = model.losses(Batch(x, x, noise)), model.encode(x)
    z = posterior.sample(noise)
    if posterior.scale_tril is None:
        assert posterior.log_variance is not None
        q = distributions.Normal(posterior.mean, (0.5 * posterior.log_variance).exp()).log_prob(z).sum(1)
    else:
        q = distributions.MultivariateNormal(posterior.mean, scale_tril=posterior.scale_tril).log_prob(z)
    kl = (q - reference(mixture_of(model)).log_prob(z)).mean()
    torch.testing.assert_close(found.terms["kl"], kl, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(found.total, found.terms["reconstruction"] + kl, rtol=1e-9, atol=1e-9)
    assert found.kl_per_dimension is None
    found.total.backward()
    assert all(weight.grad is not None and torch.isfinite(weight.grad).all() for weight in model.parameters())


def test_the_estimated_kl_is_right_on_average() -> None:
    posterior = Posterior(torch.tensor([[0.5, -1.0]]).double(), torch.tensor([[-1.0, 0.3]]).double())
    prior = GaussianMixture(
        torch.zeros(1).double(), Posterior(torch.ones(1, 2).double(), torch.full((1, 2), 0.4).double())
    )
    q, p = (
        distributions.Independent(distributions.Normal(one.mean, (0.5 * one.log_variance).exp()), 1)
        for one in (posterior, prior.gaussians)
        if one.log_variance is not None
    )
    many = posterior.rows(torch.zeros(40_000, dtype=torch.int64))
    z = many.sample(torch.randn(40_000, 2, generator=torch.Generator().manual_seed(0), dtype=F64))
    ratios = many.log_prob(z) - prior.log_prob(z)
    error = ratios.std() / 200
    assert abs(ratios.mean() - distributions.kl_divergence(q, p)) < 4 * error


@pytest.mark.parametrize(("family", "settings"), FAMILIES)
def test_draws_follow_the_prior(family: str, settings: dict[str, Any]) -> None:
    prior = mixture_of(stirred(family, settings))
    with torch.no_grad():
        ours = prior.sample(20_000, torch.Generator().manual_seed(1)).numpy()
        torch.manual_seed(2)
        theirs = reference(prior).sample((20_000,)).numpy()
    direction = np.array([0.6, -0.5, 0.8])
    assert scipy.stats.ks_2samp(ours @ direction, theirs @ direction).pvalue > 0.01
    again = prior.sample(20_000, torch.Generator().manual_seed(1)).detach().numpy()
    np.testing.assert_array_equal(ours, again)


@pytest.mark.parametrize(("family", "settings"), FAMILIES)
def test_components_are_the_gaussians_heaviest_first(family: str, settings: dict[str, Any]) -> None:
    model = stirred(family, settings)
    found, wanted = components_of(model), reference(mixture_of(model))
    assert found is not None
    assert found.weights.sum() == pytest.approx(1, abs=1e-6) and (np.diff(found.weights) <= 0).all()
    assert found.means.shape == (len(found.weights), 3) and found.covariances.shape == (len(found.weights), 3, 3)
    mean = found.weights @ found.means
    np.testing.assert_allclose(mean, wanted.mean.detach(), atol=1e-5)
    second = np.einsum("k,kij->ij", found.weights, found.covariances + found.means[:, :, None] * found.means[:, None])
    np.testing.assert_allclose(np.diag(second) - mean**2, wanted.variance.detach(), atol=1e-4)


def test_models_without_a_mixture_have_no_components() -> None:
    assert components_of(build("vae", SHAPE, **SMALL)) is None
    assert components_of(build("ae", SHAPE, **SMALL)) is None


def test_a_mixture_begins_equal_and_scattered() -> None:
    model = build("mixture-vae", (6,), components=300, latent_dim=2, hidden_widths=())
    assert isinstance(model, MixtureVae)
    gaussians = model.prior.gaussians
    assert gaussians.log_variance is not None
    np.testing.assert_allclose(model.prior.log_weights.detach().exp(), 1 / 300, rtol=1e-5)
    np.testing.assert_allclose((0.5 * gaussians.log_variance).exp().detach(), 0.7, rtol=1e-5)
    assert gaussians.mean.std().item() == pytest.approx(2, rel=0.1)


def test_the_vamp_prior_is_the_mixture_of_the_encodings_of_its_pseudo_inputs() -> None:
    digits = datasets.load(DataConfig(source="digits"))
    train = digits.splits.train[:200]
    model = build("vamp-vae", (1, 8, 8), pseudo_inputs=20, hidden_widths=(6,))
    assert isinstance(model, VampVae)
    model.fit(digits, train)
    pseudo = model.pseudo.values.detach()
    inputs = torch.from_numpy(digits.model_inputs(train))
    found = [int((inputs == one).flatten(1).all(1).nonzero()[0, 0]) for one in pseudo]
    assert len(set(found)) == 20, "pseudo-inputs begin as different training samples"
    assert digits.labels is not None
    assert len(set(digits.labels[train[found]].tolist())) == 10, "of every class"
    posterior = model.encode(inputs[found])
    assert posterior.log_variance is not None
    parts = distributions.Independent(distributions.Normal(posterior.mean, (0.5 * posterior.log_variance).exp()), 1)
    wanted = distributions.MixtureSameFamily(distributions.Categorical(logits=torch.zeros(20)), parts)
    z = 4 * draw((30, 2)) - 2
    torch.testing.assert_close(model.prior.log_prob(z), wanted.log_prob(z), rtol=1e-5, atol=1e-5)


def test_pseudo_inputs_stay_within_the_range_of_the_data() -> None:
    model = build("vamp-vae", SHAPE, pseudo_inputs=5, **SMALL)
    assert isinstance(model, VampVae)
    with torch.no_grad():
        model.pseudo.values.copy_(10 * draw((5, *SHAPE)) - 5)
    assert model.pseudo().min() >= 0 and model.pseudo().max() <= 1


def test_more_pseudo_inputs_than_samples_come_twice() -> None:
    digits = datasets.load(DataConfig(source="digits"))
    model = build("vamp-vae", (1, 8, 8), pseudo_inputs=7, hidden_widths=(6,))
    assert isinstance(model, VampVae)
    model.fit(digits, digits.splits.train[:3])
    assert len(torch.unique(model.pseudo.values.flatten(1), dim=0)) == 3
