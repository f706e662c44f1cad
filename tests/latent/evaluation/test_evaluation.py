from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors import safe_open
from scipy.sparse import csr_array
from sklearn.neighbors import KNeighborsClassifier

from explorer.config import MODEL_CONFIGS, RunConfig
from explorer.data import catalog
from explorer.data.dataset import DataError, Dataset, Description, Splits
from explorer.data.transform import Transform
from explorer.jobs.runs.kept_figures import evaluate_run
from explorer.jobs.runs.settings import build_config
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.latent.codes.embedding import embed
from explorer.latent.evaluation.catalog import FIGURES
from explorer.latent.evaluation.evaluate import evaluate
from explorer.latent.metrics.codes.knn_accuracy import knn_accuracy
from explorer.latent.metrics.codes.overlap import overlap_matrix
from explorer.models import catalog as catalog_of_models
from explorer.models.latent_model import Capabilities, LatentModel, NotDefined
from explorer.runs.run_directory import open_run

SMALL = {"train.epochs": "4", "train.threads": "1", "model.hidden_widths": "24,12"}


def trained(path, model, **more):
    for _ in run_training(new_run(build_config(model, SMALL | more), path, device="cpu")):
        pass
    return path


@pytest.fixture(scope="module")
def digits():
    return catalog.load(RunConfig().data)


@pytest.fixture(scope="module")
def vae(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("runs") / "vae", "vae", **{"train.learning_rate": "1e-2"})


@pytest.fixture(scope="module")
def gaussian(tmp_path_factory):
    settings = {"model.likelihood": "gaussian", "model.sigma": "0.3", "model.latent_dim": "3"}
    return trained(tmp_path_factory.mktemp("runs") / "gaussian", "vae", **settings)


@pytest.fixture(scope="module")
def autoencoder(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("runs") / "ae", "ae")


def numpy_network(path, name):
    """Return a dense network of the newest checkpoint as a float64 numpy function of its tensors."""
    newest = sorted(path.glob("step-*.safetensors"))[-1]
    with safe_open(newest, framework="numpy") as file:
        keys = [key for key in file.keys() if key.startswith(f"weights/{name}.")]  # noqa: SIM118
        tensors = {key: file.get_tensor(key).astype(np.float64) for key in keys}
    layers = sorted({key.rsplit(".", 1)[0] for key in keys}, key=lambda key: int(key.rsplit(".", 1)[1]))

    def network(x):
        for index, layer in enumerate(layers):
            x = x @ tensors[f"{layer}.weight"].T + tensors[f"{layer}.bias"]
            if index < len(layers) - 1:
                x = np.maximum(x, 0)
        return x

    return network


def bernoulli(logits, x):
    return (np.logaddexp(0, logits) - x * logits).sum(1)


def gaussian_cost(mean, x, sigma=0.3):
    return (0.5 * ((x - mean) / sigma) ** 2 + 0.5 * np.log(2 * np.pi) + np.log(sigma)).sum(1)


def recomputed(path, digits, latent_dim, cost, decode_mean):
    """Return the documented evaluation, computed in float64 from the weights file alone."""
    encoder, decoder = numpy_network(path, "encoder"), numpy_network(path, "decoder")
    x = digits.samples[digits.splits.test].reshape(-1, 64).astype(np.float64) / 16
    mean, raw = np.split(encoder(x), 2, axis=1)
    log_variance = 12 * np.tanh(raw / 12)
    rng = np.random.default_rng(0)
    costs = []
    for _ in range(16):
        z = mean + np.exp(0.5 * log_variance) * rng.standard_normal((len(x), latent_dim))
        costs.append(cost(decoder(z), x).mean())
    kl = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(1).mean()
    mse = ((decode_mean(decoder(mean)) - x) ** 2).sum(1).mean()
    return np.mean(costs), kl, mse


@pytest.mark.parametrize("split", ["test"])
def test_a_float64_recomputation_agrees(vae, digits, split):
    model, _ = open_run(vae).load_model()
    figures = evaluate(model, digits, split)
    reconstruction, kl, mse = recomputed(vae, digits, 2, bernoulli, lambda logits: 1 / (1 + np.exp(-logits)))
    assert figures.reconstruction == pytest.approx(reconstruction, rel=1e-5)
    assert figures.kl == pytest.approx(kl, rel=1e-5)
    assert figures.elbo == pytest.approx(-(reconstruction + kl), rel=1e-5)
    assert figures.mse == pytest.approx(mse, rel=1e-5)
    assert figures.samples == len(digits.splits.test)


def test_a_gaussian_likelihood_agrees_and_has_no_floor(gaussian, digits):
    model, _ = open_run(gaussian).load_model()
    figures = evaluate(model, digits)
    reconstruction, kl, mse = recomputed(gaussian, digits, 3, gaussian_cost, lambda mean: mean)
    assert figures.reconstruction == pytest.approx(reconstruction, rel=1e-5)
    assert figures.kl == pytest.approx(kl, rel=1e-5)
    assert figures.mse == pytest.approx(mse, rel=1e-5)
    assert figures.binary_entropy is None
    assert "Bernoulli" in figures.not_defined["binary_entropy"]
    assert figures.note == ""


def test_chunks_do_not_change_the_figures(vae, digits, monkeypatch):
    model, _ = open_run(vae).load_model()
    whole = evaluate(model, digits)
    monkeypatch.setattr("explorer.latent.metrics.measure.CHUNK", 37)
    assert evaluate(model, digits).elbo == pytest.approx(whole.elbo, rel=1e-6)


def test_the_floor_of_grey_pixels(vae, digits):
    model, _ = open_run(vae).load_model()
    figures = evaluate(model, digits)
    x = digits.samples[digits.splits.test].astype(np.float64) / 16
    inner = x[(x > 0) & (x < 1)]
    floor = -(inner * np.log(inner) + (1 - inner) * np.log(1 - inner)).sum() / len(digits.splits.test)
    assert figures.binary_entropy == pytest.approx(floor, rel=1e-6)
    assert figures.reconstruction > figures.binary_entropy
    assert "not a log-density" in figures.note


def test_an_autoencoder_has_no_kl(autoencoder, digits):
    model, _ = open_run(autoencoder).load_model()
    values = evaluate(model, digits).to_json()
    assert values["kl"] is None and values["elbo"] is None and values["active_units"] is None
    of_log_p = {"log_likelihood", "log_likelihood_error", "monte_carlo_error", "gap"}
    assert set(values["not_defined"]) >= {"kl", "elbo", "active_units"} | of_log_p
    assert all(values["not_defined"].values())
    assert values["reconstruction"] > 0 and 0 <= values["knn_accuracy"] <= 1


class NoEncoder(LatentModel):
    """A model that only generates."""

    capabilities = Capabilities(encoder=False, prior=True, stochastic_posterior=False)

    def encode(self, x, condition=None):
        raise NotDefined("a generator has no encoder")

    def decode(self, z, condition=None):
        raise AssertionError("this is never called")

    def losses(self, batch):
        raise AssertionError("this is never called")


def test_without_an_encoder_every_figure_says_why(digits):
    values = evaluate(NoEncoder(), digits).to_json()
    for figure in FIGURES:
        assert values[figure.name] is None
        assert "no encoder" in values["not_defined"][figure.name]
    assert values["samples"] == len(digits.splits.test)


class NotComparable:
    """A likelihood that ranks instead of giving values."""

    def __init__(self, likelihood):
        self._likelihood = likelihood

    @property
    def mean(self):
        raise NotDefined("its decode is a ranking")

    def log_prob(self, x):
        raise NotDefined("its loss compares pairs")


def test_a_family_may_define_neither_reconstruction_nor_mse(vae, digits):
    model, _ = open_run(vae).load_model()
    decode = model.decode
    model.decode = lambda z, condition=None: NotComparable(decode(z))
    figures = evaluate(model, digits)
    assert (figures.reconstruction, figures.mse, figures.elbo, figures.log_likelihood) == (None,) * 4
    assert figures.not_defined["mse"] == "its decode is a ranking"
    assert figures.not_defined["reconstruction"] == "its loss compares pairs"
    # One sentence with the cause, and no chain of what depends on what.
    assert figures.not_defined["elbo"] == figures.not_defined["log_likelihood"] == "its loss compares pairs"
    assert figures.kl > 0 and figures.knn_accuracy > 0.2


class SomePrior:
    """The standard normal without a closed form."""

    def __init__(self, prior):
        self.log_prob, self.sample = prior.log_prob, prior.sample


def test_a_prior_without_closed_form_has_its_kl_from_the_draws(vae, digits, monkeypatch):
    model, _ = open_run(vae).load_model()
    closed, prior = evaluate(model, digits), SomePrior(model.prior)
    monkeypatch.setattr(type(model), "prior", prior)
    assert evaluate(model, digits).kl == pytest.approx(closed.kl, abs=0.1)
    assert evaluate(model, digits).kl != closed.kl


@pytest.mark.parametrize("model", ["vae", "ae"])
def test_sparse_samples_are_evaluated_like_dense_ones(model):
    rng = np.random.default_rng(2)
    values = (rng.random((60, 12)) * (rng.random((60, 12)) < 0.3)).astype(np.float32)
    transform = Transform(np.float32(0), np.float32(1))
    about = Description("made up", "vector", (12,), transform, unit_range=True, value_range=(0.0, 1.0))
    order = np.arange(60)
    dense = Dataset(about, values, Splits(order[20:], order[:10], order[10:20]))
    config = MODEL_CONFIGS[model](hidden_widths=(5,), likelihood="gaussian")
    network = catalog_of_models.build(config, about, torch.Generator().manual_seed(0))
    sparse = replace(dense, samples=csr_array(values))
    assert evaluate(network, sparse).to_json() == evaluate(network, dense).to_json()
    aims = evaluate(network, replace(sparse, targets=csr_array(values * 2)))
    assert aims.mse is None and "not the sample" in aims.not_defined["mse"]
    assert aims.reconstruction != evaluate(network, dense).reconstruction


def test_neighbours_agree_with_brute_force(vae, digits):
    encoder = numpy_network(vae, "encoder")
    x = digits.samples.reshape(-1, 64) / 16
    codes = encoder(x)[:, :2].astype(np.float32)
    train, test = digits.splits.train, digits.splits.test
    distances = ((codes[test][:, None].astype(np.float64) - codes[train][None]) ** 2).sum(-1)
    nearest = digits.labels[train][np.argsort(distances, axis=1, kind="stable")[:, :10]]
    votes = np.array([np.bincount(row, minlength=10).argmax() for row in nearest])
    model, _ = open_run(vae).load_model()
    assert evaluate(model, digits).knn_accuracy == pytest.approx((votes == digits.labels[test]).mean(), abs=1e-9)


def test_unknown_classes_are_left_out():
    rng = np.random.default_rng(1)
    codes, labels = rng.normal(size=(60, 2)).astype(np.float32), rng.integers(-1, 3, 60)
    kept = labels >= 0
    reference = KNeighborsClassifier(10).fit(codes[:40][kept[:40]], labels[:40][kept[:40]])
    expected = reference.score(codes[40:][kept[40:]], labels[40:][kept[40:]])
    assert knn_accuracy(codes[:40], labels[:40], codes[40:], labels[40:]) == pytest.approx(expected)


@pytest.mark.parametrize(("labels", "why"), [(None, "no labels"), (0, "one class")])
def test_accuracy_needs_classes(vae, digits, labels, why):
    model, _ = open_run(vae).load_model()
    poorer = replace(digits, labels=None if labels is None else np.zeros(len(digits), np.int64))
    figures = evaluate(model, poorer)
    assert figures.knn_accuracy is None
    assert why in figures.not_defined["knn_accuracy"]


def test_an_empty_or_unknown_split_is_refused(vae, digits):
    model, _ = open_run(vae).load_model()
    empty = replace(digits, splits=replace(digits.splits, test=np.empty(0, np.int64)))
    with pytest.raises(DataError, match="test split is empty"):
        evaluate(model, empty)
    with pytest.raises(DataError, match="unknown split"):
        evaluate(model, digits, "best")


def test_a_run_is_evaluated_with_its_own_data(vae, digits):
    work = evaluate_run(vae)
    reports = []
    while True:
        try:
            reports.append(next(work))
        except StopIteration as stop:
            result = stop.value
            break
    assert reports[-1][0] == reports[-1][1]
    values = result.to_json()
    assert values["run"] == "vae" and values["step"] == open_run(vae).state.step
    assert values["split"] == "test"
    assert values["elbo"] == -(values["reconstruction"] + values["kl"])


def test_errors_over_the_draws_are_their_spread(vae, digits):
    """Sixteen costs, recomputed from the weights file, have the reported spread."""
    model, _ = open_run(vae).load_model()
    figures = evaluate(model, digits)
    encoder, decoder = numpy_network(vae, "encoder"), numpy_network(vae, "decoder")
    x = digits.samples[digits.splits.test].reshape(-1, 64).astype(np.float64) / 16
    mean, raw = np.split(encoder(x), 2, axis=1)
    rng = np.random.default_rng(0)
    costs = [
        bernoulli(decoder(mean + np.exp(6 * np.tanh(raw / 12)) * rng.standard_normal(mean.shape)), x).mean()
        for _ in range(16)
    ]
    assert figures.reconstruction_error == pytest.approx(np.std(costs, ddof=1) / 4, rel=1e-3)
    assert figures.elbo_error == pytest.approx(figures.reconstruction_error)
    assert "closed form" in figures.not_defined["kl_error"]


def test_the_matrix_of_the_overlap_is_that_of_its_function(vae, digits):
    model, _ = open_run(vae).load_model()
    figures, test = evaluate(model, digits), digits.splits.test
    shares = overlap_matrix(embed(model, digits, test).mean, digits.labels[test], 10)
    assert np.array_equal(figures.overlap_matrix, shares)
    counts = np.bincount(digits.labels[test], minlength=10) / len(test)
    assert counts @ (1 - np.diag(shares)) == pytest.approx(figures.overlap)
