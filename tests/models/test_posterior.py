"""Posteriors of full covariance against torch.distributions, in float64."""

import numpy as np
import pytest
import torch
from model_cases import build, config_of, description, draw
from torch import distributions

from explorer.config import ConfigError
from explorer.models import catalog
from explorer.models.latent_model import Batch, Posterior
from explorer.models.posterior import LOG_VARIANCE_BOUND
from explorer.models.priors import StandardNormal, mean_kl

F64 = torch.float64


@pytest.fixture(params=[1, 2, 5])
def posterior(request: pytest.FixtureRequest) -> Posterior:
    model = build("vae", (6,), covariance="full", latent_dim=request.param, hidden_widths=(7,)).double()
    return model.encode(4 * draw((9, 6), 3, F64) - 2)


def reference(posterior: Posterior) -> distributions.MultivariateNormal:
    return distributions.MultivariateNormal(posterior.mean, scale_tril=posterior.scale_tril)


def test_its_density_draws_and_marginals_are_those_of_torch(posterior: Posterior) -> None:
    wanted, noise = reference(posterior), draw(tuple(posterior.mean.shape), 4, F64) - 0.5
    z = posterior.sample(noise)
    torch.testing.assert_close(posterior.log_prob(z), wanted.log_prob(z), rtol=1e-10, atol=1e-10)
    assert posterior.scale_tril is not None and posterior.log_variance is not None
    whitened = torch.linalg.solve(posterior.scale_tril, (z - posterior.mean)[..., None]).squeeze(-1)
    torch.testing.assert_close(whitened, noise, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(posterior.log_variance.exp(), wanted.variance, rtol=1e-12, atol=0)


def test_its_kl_is_the_one_of_torch(posterior: Posterior) -> None:
    dim = posterior.mean.shape[1]
    prior = distributions.MultivariateNormal(torch.zeros(dim, dtype=F64), torch.eye(dim, dtype=F64))
    parts = StandardNormal(dim).kl_per_dimension(posterior)
    torch.testing.assert_close(
        parts.sum(1), distributions.kl_divergence(reference(posterior), prior), rtol=1e-10, atol=1e-12
    )
    alone = StandardNormal(dim).kl_per_dimension(Posterior(posterior.mean, posterior.log_variance))
    assert (parts >= alone - 1e-12).all(), "what the dimensions tell of each other is never negative"


def test_a_diagonal_one_written_as_full_is_the_diagonal_one() -> None:
    mean, log_variance = draw((4, 3), 1, F64), draw((4, 3), 2, F64)
    diagonal = Posterior(mean, log_variance)
    full = Posterior(mean, log_variance, torch.diag_embed((0.5 * log_variance).exp()))
    noise = draw((4, 3), 5, F64)
    torch.testing.assert_close(full.sample(noise), diagonal.sample(noise))
    torch.testing.assert_close(full.log_prob(noise), diagonal.log_prob(noise))
    torch.testing.assert_close(mean_kl(full, StandardNormal(3), noise), mean_kl(diagonal, StandardNormal(3), noise))


def test_rows_keep_their_covariance(posterior: Posterior) -> None:
    some = posterior.rows(torch.tensor([4, 4, 0]))
    assert posterior.scale_tril is not None and some.scale_tril is not None
    assert torch.equal(some.scale_tril, posterior.scale_tril[[4, 4, 0]])


def test_the_scale_given_what_comes_before_is_bounded() -> None:
    model = build("vae", (6,), covariance="full", latent_dim=3, hidden_widths=())
    found = model.encode(1e6 * (draw((5, 6)) - 0.5))
    assert found.scale_tril is not None
    scales = 2 * found.scale_tril.diagonal(dim1=-2, dim2=-1).log()
    assert scales.abs().max() <= LOG_VARIANCE_BOUND + 1e-4 and torch.isfinite(found.scale_tril).all()


def test_a_vae_with_it_has_the_negative_elbo_as_its_loss() -> None:
    model = build("vae", (6,), covariance="full", latent_dim=3, hidden_widths=(7,), likelihood="gaussian").double()
    x, noise = draw((5, 6), 1, F64), draw((5, 3), 2, F64)
    posterior = model.encode(x)
    prior = distributions.MultivariateNormal(torch.zeros(3, dtype=F64), torch.eye(3, dtype=F64))
    kl = distributions.kl_divergence(reference(posterior), prior).mean()
    decoded = model.decode(posterior.mean + torch.einsum("nij,nj->ni", posterior.scale_tril, noise)).mean
    reconstruction = -distributions.Normal(decoded, 1.0).log_prob(x).sum(1).mean()
    found = model.losses(Batch(x, x, noise))
    np.testing.assert_allclose(found.total.item(), (reconstruction + kl).item(), rtol=1e-10)


def test_many_dimensions_are_refused_in_plain_words() -> None:
    with pytest.raises(ConfigError, match="full allows up to 16 latent dimensions, not 17: use diagonal"):
        catalog.resolve(config_of("vae", covariance="full", latent_dim=17), description((6,)))
