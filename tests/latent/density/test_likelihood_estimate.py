"""The estimate of log p(x) against the exact marginal of a linear Gaussian model, and against numpy."""

import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch
from torch import nn

import explorer.models  # noqa: F401  (fills the families)
from explorer.config import MODEL_CONFIGS
from explorer.data.dataset import Dataset, Description, Splits
from explorer.data.transform import Transform
from explorer.latent.density import likelihood_estimate
from explorer.latent.density.likelihood_estimate import LikelihoodEstimate, estimate_log_likelihood
from explorer.latent.evaluation.evaluate import evaluate
from explorer.models import catalog
from explorer.models.latent_model import LatentModel, NotDefined

FEATURES, LATENT, SIGMA = 6, 2, 0.7


def linear_vae() -> LatentModel:
    """A VAE without hidden layers: p(x|z) = N(Wz + b, σ²I), its posterior is exact except for its variance."""
    config = MODEL_CONFIGS["vae"](hidden_widths=(), latent_dim=LATENT, likelihood="gaussian", sigma=SIGMA)
    model = catalog.build(config, description(), torch.Generator().manual_seed(3))
    decoder, encoder = linear(model.decoder), linear(model.encoder)
    rng = np.random.default_rng(4)
    weight = np.linalg.qr(rng.normal(size=(FEATURES, LATENT)))[0] * [1.5, 0.6]  # orthogonal: the posterior is diagonal
    bias = rng.normal(size=FEATURES)
    precision = np.eye(LATENT) + weight.T @ weight / SIGMA**2
    gain = np.linalg.solve(precision, weight.T) / SIGMA**2
    log_variance = -np.log(np.diag(precision)) + 0.3
    raw = 12 * np.arctanh(log_variance / 12)  # log σ² is bounded by 12·tanh
    with torch.no_grad():
        decoder.weight.copy_(torch.tensor(weight))
        decoder.bias.copy_(torch.tensor(bias))
        encoder.weight.copy_(torch.tensor(np.vstack([gain, np.zeros((LATENT, FEATURES))])))
        encoder.bias.copy_(torch.tensor(np.concatenate([-gain @ bias, raw])))
    return model


def linear(network: nn.Module) -> nn.Linear:
    (layer,) = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
    return layer


def description() -> Description:
    transform = Transform(np.float32(0), np.float32(1))
    return Description("made up", "vector", (FEATURES,), transform, unit_range=False, value_range=(-9.0, 9.0))


def dataset(model: LatentModel, count: int) -> Dataset:
    """Draw samples of the model's marginal."""
    mean, covariance = marginal(model)
    samples = np.random.default_rng(5).multivariate_normal(mean, covariance, count).astype(np.float32)
    none = np.empty(0, np.int64)
    return Dataset(description(), samples, Splits(none, none, np.arange(count)))


def marginal(model: LatentModel) -> tuple[np.ndarray, np.ndarray]:
    decoder = linear(model.decoder)
    weight, bias = (part.detach().double().numpy() for part in (decoder.weight, decoder.bias))
    return bias, weight @ weight.T + SIGMA**2 * np.eye(FEATURES)


def exact(model: LatentModel, samples: np.ndarray) -> np.ndarray:
    mean, covariance = marginal(model)
    return scipy.stats.multivariate_normal(mean, covariance).logpdf(samples)


def estimate(model: LatentModel, data: Dataset, draws: int) -> LikelihoodEstimate:
    work = estimate_log_likelihood(model, data, data.splits.test, draws)
    reports = []
    while True:
        try:
            reports.append(next(work))
        except StopIteration as stop:
            assert [done for done, _ in reports] == list(range(1, reports[-1][1] + 1))
            return stop.value


def test_a_linear_gaussian_model_has_the_exact_marginal() -> None:
    model = linear_vae()
    data = dataset(model, 200)
    found, wanted = estimate(model, data, 500), exact(model, data.samples)
    assert found.mean == pytest.approx(wanted.mean(), abs=min(0.05, 3 * found.monte_carlo_error))
    assert abs(found.mean - wanted.mean()) < found.standard_error
    assert found.monte_carlo_error < 0.01
    assert np.abs(found.log_likelihood - wanted).max() < 0.2
    assert found.standard_error == pytest.approx(scipy.stats.sem(found.log_likelihood))


def test_the_gap_is_the_divergence_from_the_true_posterior() -> None:
    """KL between Gaussians of equal mean, whose log-variance is 0.3 too high in each dimension."""
    model = linear_vae()
    found = estimate(model, dataset(model, 200), 500)
    assert found.gap == pytest.approx(LATENT * 0.5 * (np.exp(0.3) - 1 - 0.3), abs=0.01)
    assert (found.log_likelihood >= found.elbo).all()


def test_the_error_of_few_draws_is_what_other_noise_shows(monkeypatch) -> None:
    model = linear_vae()
    data = dataset(model, 40)
    found, means = estimate(model, data, 50), []
    for seed in range(60):
        monkeypatch.setattr(likelihood_estimate, "NOISE_SEED", seed + 100)
        means.append(estimate(model, data, 50).mean)
    assert found.monte_carlo_error == pytest.approx(np.std(means), rel=0.4)


def test_the_documented_noise_gives_the_same_in_numpy() -> None:
    model = linear_vae()
    data = dataset(model, 3)
    weight, bias = linear(model.encoder).weight.detach().double().numpy(), linear(model.encoder).bias.detach().numpy()
    parameters = data.samples.astype(np.float64) @ weight.T + bias
    mean, sigma = parameters[:, :LATENT], np.exp(6 * np.tanh(parameters[:, LATENT:] / 12))
    outwards = linear(model.decoder)
    for i, x in enumerate(data.samples):
        z = mean[i] + sigma[i] * np.random.default_rng((1, i)).standard_normal((20, LATENT))
        decoded = z @ outwards.weight.detach().double().numpy().T + outwards.bias.detach().double().numpy()
        normal = scipy.stats.norm.logpdf
        logs = (
            normal(x, decoded, SIGMA).sum(1) + normal(z).sum(1) - normal(z, mean[i], sigma[i]).sum(1)
        )  # fmt: skip
        found = estimate(model, data, 20)
        assert found.log_likelihood[i] == pytest.approx(scipy.special.logsumexp(logs) - np.log(20), rel=1e-5)
        assert found.elbo[i] == pytest.approx(logs.mean(), rel=1e-5)
        shares = np.exp(logs - logs.max())
        wanted = shares.std(ddof=1) / np.sqrt(20) / shares.mean()
        assert found.sample_errors[i] == pytest.approx(wanted, rel=1e-3)


@pytest.mark.parametrize("rows", [1, 7, 30, 10_000])
def test_chunks_do_not_change_the_estimate(monkeypatch, rows: int) -> None:
    model = linear_vae()
    data = dataset(model, 5)
    whole = estimate(model, data, 20)
    monkeypatch.setattr(likelihood_estimate, "ROWS", rows)
    parted = estimate(model, data, 20)
    assert parted.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-5)
    assert parted.elbo == pytest.approx(whole.elbo, rel=1e-5)


def test_one_draw_has_no_standard_error() -> None:
    model = linear_vae()
    found = estimate(model, dataset(model, 4), 1)
    assert np.isnan(found.monte_carlo_error)
    assert found.gap == pytest.approx(0)


def test_an_autoencoder_has_no_estimate() -> None:
    config = MODEL_CONFIGS["ae"](hidden_widths=(), latent_dim=LATENT, likelihood="gaussian")
    model = catalog.build(config, description(), torch.Generator().manual_seed(3))
    with pytest.raises(NotDefined, match="no prior"):
        estimate(model, dataset(linear_vae(), 4), 5)


def test_the_figures_have_it_beside_the_elbo() -> None:
    model = linear_vae()
    data = dataset(model, 60)
    figures = evaluate(model, data, importance_samples=50)
    found = estimate(model, data, 50)
    assert figures.log_likelihood == found.mean
    assert (figures.log_likelihood_error, figures.monte_carlo_error) == (found.standard_error, found.monte_carlo_error)
    assert figures.importance_samples == 50
    assert figures.elbo is not None
    assert figures.elbo == pytest.approx(found.elbo.mean(), abs=0.1)
    assert figures.gap == figures.log_likelihood - figures.elbo


def test_figures_that_were_not_requested_say_so() -> None:
    model = linear_vae()
    values = evaluate(model, dataset(model, 10), importance_samples=0).to_json()
    for name in ("log_likelihood", "log_likelihood_error", "monte_carlo_error", "gap"):
        assert values[name] is None
        assert "not asked for" in values["not_defined"][name]
