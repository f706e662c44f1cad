"""The true posterior and log p(x) against closed forms, plain grids and long importance sampling."""

from typing import Any

import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch
from known_models import LinearModel, dataset_of

import explorer.models  # noqa: F401  (fills the families)
from explorer.api import load_run
from explorer.assets import shipped_runs
from explorer.config import MODEL_CONFIGS
from explorer.data.dataset import DataError, Dataset, Description, Splits
from explorer.data.transform import Transform
from explorer.latent.bound.sample_bound import SampleBound, bound_of_sample, why_no_bound
from explorer.latent.bound.true_posterior import JOINT, densities_of, grid_decodes
from explorer.latent.inputs import inputs_of
from explorer.latent.steps import at_once
from explorer.models import catalog
from explorer.models.latent_model import LatentModel, NotDefined
from explorer.runs.run_directory import open_run

DECODER = np.array([[1.4, 0.2], [-0.3, 0.9], [0.5, 0.5], [0.0, -1.1]])
X = np.array([0.8, -1.2, 0.3, 0.4])


def linear(sigma: float | None, decoder: Any = DECODER) -> LinearModel:
    """A model whose q has the true posterior's mean, but not its covariance."""
    decoder = np.asarray(decoder, float)
    gain = np.linalg.solve(np.eye(decoder.shape[1]) + decoder.T @ decoder, decoder.T)
    return LinearModel(gain, decoder, sigma)


def exact(decoder: Any = DECODER, x: Any = X) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the true posterior's mean and covariance, and log p(x)."""
    decoder = np.asarray(decoder, float)
    covariance = np.linalg.inv(np.eye(decoder.shape[1]) + decoder.T @ decoder)
    evidence = scipy.stats.multivariate_normal(np.zeros(len(decoder)), decoder @ decoder.T + np.eye(len(decoder)))
    return covariance @ decoder.T @ np.asarray(x), covariance, float(evidence.logpdf(x))


def bound(model: LatentModel, values: Any = X, sample: int = 0, **options: Any) -> SampleBound:
    data = values if isinstance(values, Dataset) else dataset_of(np.atleast_2d(values))
    return at_once(bound_of_sample(model, data, sample, **options))


def divergence(sigma: float, covariance: np.ndarray) -> float:
    """Return KL(N(m, σ²I) ‖ N(m, C))."""
    dim = len(covariance)
    trace = sigma**2 * np.trace(np.linalg.inv(covariance))
    return float(0.5 * (trace - dim + np.log(np.linalg.det(covariance)) - 2 * dim * np.log(sigma)))


@pytest.mark.parametrize("sigma", [0.02, 0.3, 1.0])
def test_a_linear_gaussian_model_has_its_closed_form(sigma: float) -> None:
    mean, covariance, evidence = exact()
    found = bound(linear(sigma))
    assert found.method == "grid"
    assert found.log_likelihood == pytest.approx(evidence, abs=0.003)
    assert abs(found.log_likelihood - evidence) < found.error < 0.05
    assert found.posterior is not None
    assert found.posterior.mean == pytest.approx(mean, abs=0.003)
    assert found.posterior.covariance == pytest.approx(covariance, abs=0.003)
    assert found.gap == pytest.approx(divergence(sigma, covariance), abs=0.01)


def test_one_dimension_likewise() -> None:
    decoder, x = [[2.0], [-30.0]], [1.1, 20.0]
    mean, covariance, evidence = exact(decoder, x)
    found = bound(linear(0.05, decoder), x)
    assert found.log_likelihood == pytest.approx(evidence, abs=0.003)
    assert found.posterior is not None
    assert found.posterior.mean == pytest.approx(mean, abs=1e-3)
    assert found.posterior.covariance == pytest.approx(covariance, rel=0.02)
    assert found.gap == pytest.approx(divergence(0.05, covariance), abs=0.02)


def test_the_parts_add_up_and_each_is_its_closed_form() -> None:
    sigma = 0.3
    mean, _, _ = exact()
    found = bound(linear(sigma))
    residual = X - DECODER @ mean
    expected = 0.5 * (residual @ residual + sigma**2 * np.trace(DECODER.T @ DECODER) + 4 * np.log(2 * np.pi))
    assert found.reconstruction == pytest.approx(expected, abs=0.01)
    assert found.kl == pytest.approx(0.5 * (mean @ mean + 2 * (sigma**2 - 1 - 2 * np.log(sigma))), abs=0.01)
    assert found.elbo == -found.reconstruction - found.kl
    assert found.posterior is not None
    assert found.posterior.gap == pytest.approx(found.gap, abs=0.003)


def test_more_dimensions_are_sampled_and_say_what_a_grid_would_take() -> None:
    decoder = np.random.default_rng(1).normal(size=(6, 3))
    x = np.random.default_rng(2).normal(size=6)
    _, covariance, evidence = exact(decoder, x)
    sigma = float(np.sqrt(np.linalg.eigvalsh(covariance)[-1]))
    found = bound(linear(sigma, decoder), x, draws=20_000)
    assert (found.method, found.posterior) == ("importance sampling", None)
    assert found.draws is not None
    assert 20_000 <= found.draws < found.decodes
    assert abs(found.log_likelihood - evidence) < 3 * found.error < 0.02
    assert found.effective_draws is not None
    assert 5000 < found.effective_draws < found.draws
    assert found.kl is not None
    assert found.gap == pytest.approx(divergence(sigma, covariance), abs=0.1)
    assert grid_decodes(3) == 8e6
    assert grid_decodes(64) == pytest.approx(1.8e147, rel=0.03)
    assert grid_decodes(4096) == np.inf
    assert found.to_json()["plain_grid_decodes"] == 8e6


def test_a_point_has_a_true_posterior_but_no_bound() -> None:
    mean, _, evidence = exact()
    found = bound(linear(None))
    assert found.log_likelihood == pytest.approx(evidence, abs=0.003)
    assert found.posterior is not None
    assert found.posterior.mean == pytest.approx(mean, abs=0.003)
    assert (found.elbo, found.gap, found.kl) == (None, None, None)
    assert set(found.to_json()["not_defined"]) == {"elbo", "gap", "kl", "reconstruction"}


def test_codes_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(NotDefined, match="not finite"):
        bound(linear(0.3), np.full(4, np.nan))


def test_a_sample_that_is_not_there_is_refused() -> None:
    with pytest.raises(DataError, match="no sample 5; its samples are 0 to 0"):
        bound(linear(0.3), sample=5)


def test_density_levels_enclose_their_share() -> None:
    """Of a Gaussian in two dimensions, the ellipses at 1 and 2 σ hold 39.3 % and 86.5 %."""
    _, covariance, _ = exact()
    found = bound(linear(0.3)).posterior
    assert found is not None
    peak = -np.log(2 * np.pi) - 0.5 * np.linalg.slogdet(covariance)[1]
    for sigma in (1, 2):
        assert found.log_level(1 - np.exp(-(sigma**2) / 2)) == pytest.approx(peak - sigma**2 / 2, abs=0.06)


# Families

SHAPE = (4,)


def family(name: str, **settings: Any) -> tuple[LatentModel, Dataset]:
    """A family with weights as they begin, but larger, on made-up samples of two classes."""
    values = np.random.default_rng(3).random((12, *SHAPE)).astype(np.float32)
    about = Description(
        "made up", "vector", SHAPE, Transform(np.float32(0), np.float32(1)), True, (0.0, 1.0), ("a", "b")
    )
    every, none = np.arange(12), np.empty(0, np.int64)
    data = Dataset(about, values, Splits(every, none, none), labels=np.arange(12) % 2)
    widths = {} if name == "gan" else {"hidden_widths": (16,)}
    config = MODEL_CONFIGS[name](latent_dim=2, **widths, **settings)
    model = catalog.build(catalog.resolve(config, about), about, torch.Generator().manual_seed(0))
    model.fit(data, every)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim == 2 and weight.shape != values.shape:
                weight.mul_(2.0)
    return model.eval(), data


@pytest.mark.parametrize("name", ["vae", "mixture-vae", "vamp-vae", "conditional-vae", "iwae", "adversarial-ae"])
def test_a_plain_grid_gives_the_same(name: str) -> None:
    settings = {"pseudo_inputs": 5} if name == "vamp-vae" else {}
    model, data = family(name, likelihood="gaussian", sigma=0.2, **settings)
    axis = np.linspace(-12, 12, 601)
    points = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    for sample in (0, 3):
        given = inputs_of(model, data, np.array([sample]))
        joint = np.concatenate(
            [densities_of(model, given, None, part)[:, JOINT] for part in np.array_split(points, 20)]
        )
        wanted = scipy.special.logsumexp(joint) + 2 * np.log(axis[1] - axis[0])
        assert bound(model, data, sample).log_likelihood == pytest.approx(wanted, abs=0.02)


def test_a_conditional_model_is_conditioned_on_the_samples_class() -> None:
    model, data = family("conditional-vae", likelihood="gaussian", sigma=0.2)
    other = Dataset(data.description, data.samples, data.splits, labels=1 - data.labels)
    assert bound(model, data).log_likelihood != pytest.approx(bound(model, other).log_likelihood, abs=0.05)


@pytest.mark.parametrize(("name", "why"), [("ae", "no prior"), ("gan", "one sample")])
def test_a_model_without_p_of_x_reports_why(name: str, why: str) -> None:
    model, _ = family(name)
    assert why in why_no_bound(model)


def test_grey_values_under_a_bernoulli_are_said_to_be_no_density() -> None:
    model, data = family("vae", likelihood="bernoulli")
    assert "not a log-density" in bound(model, data).note
    model, data = family("vae", likelihood="gaussian")
    assert bound(model, data).note == ""


# The shipped VAE


def long_importance_sampling(model: LatentModel, data: Dataset, sample: int, draws: int) -> tuple[float, float]:
    """Return log p(x) and its error by draws of ½ q(z|x) + ½ p(z), whose weights are never far apart."""
    given = inputs_of(model, data, np.array([sample]))
    with torch.inference_mode():
        q = model.encode(given.x, given.condition)
    rng, half = np.random.default_rng(11), draws // 2
    mean, sigma = q.mean.double().numpy(), (0.5 * q.log_variance).exp().double().numpy()
    z = np.concatenate([mean + sigma * rng.standard_normal((half, 2)), rng.standard_normal((half, 2))])
    log_q = scipy.stats.norm.logpdf(z, mean, sigma).sum(1)
    log_prior = scipy.stats.norm.logpdf(z).sum(1)
    joint = np.concatenate([densities_of(model, given, None, part)[:, JOINT] for part in np.array_split(z, 10)])
    logs = joint - np.logaddexp(log_q, log_prior) + np.log(2)
    weights = np.exp(logs - logs.max())
    return logs.max() + np.log(weights.mean()), weights.std() / weights.mean() / np.sqrt(draws)


def test_the_shipped_vae_against_a_finer_grid_and_long_sampling() -> None:
    """Sample 2 has a second mode, which q misses by 9 nats."""
    run = load_run(next(path for path in shipped_runs() if path.name == "digits-vae"))
    model, data = open_run(run.path).load_model()[0], run.dataset()
    for sample in (0, 1, 2, 17, 555, 1000):
        found = bound(model, data, sample)
        given = inputs_of(model, data, np.array([sample]))
        assert found.posterior is not None
        finer = found.posterior.grid.twice_as_fine(lambda z, given=given: densities_of(model, given, None, z), JOINT)
        assert abs(found.log_likelihood - finer) < 0.01
        assert found.error < 0.01
        sampled, error = long_importance_sampling(model, data, sample, 40_000)
        assert abs(found.log_likelihood - sampled) < 3 * error + found.error
        assert error < 0.05
        assert found.gap is not None
        assert found.gap >= 0
        if sample == 2:
            assert found.gap > 9
