"""PCA and SVD against scikit-learn; the linear autoencoder against PCA; tied weights."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from model_cases import build, config_of, description, draw
from scipy.linalg import subspace_angles
from scipy.sparse import csr_array
from sklearn.decomposition import PCA, TruncatedSVD

from explorer.config import ConfigError, TrainConfig
from explorer.data.assemble import assemble
from explorer.data.dataset import Dataset
from explorer.models import catalog
from explorer.models.latent_model import Batch, LatentModel
from explorer.models.layers import Transposed
from explorer.models.linear import linear_fit
from explorer.models.linear.linear_autoencoder import KNOWN_DIRECTIONS, LinearAutoencoder
from explorer.models.linear.linear_projection import LinearProjection
from explorer.models.linear_parts import ANGLE, EXCESS, Linear
from explorer.training.batches import Batches
from explorer.training.optimizer import learning_rate


def rows_of(dataset: Dataset) -> np.ndarray:
    index = dataset.splits.train
    return dataset.model_inputs(index).reshape(len(index), -1).astype(np.float64)


def fitted(family: str, dataset: Dataset, **settings: Any) -> LatentModel:
    config = catalog.resolve(config_of(family, **settings), dataset.description)
    model = catalog.build(config, dataset.description, torch.Generator().manual_seed(0))
    model.fit(dataset, dataset.splits.train)
    return model


def made_up(samples: np.ndarray, **settings: Any) -> Dataset:
    from explorer.config import DataConfig

    return assemble(DataConfig(), name="made up", kind="vector", samples=samples.astype(np.float32), **settings)


@torch.no_grad()
def mse_of(model: LatentModel, dataset: Dataset) -> float:
    x = torch.from_numpy(dataset.model_inputs(dataset.splits.train)).double()
    model = model.double()
    return float((model.decode(model.encode(x).mean).mean - x).square().flatten(1).sum(1).mean())


@pytest.mark.parametrize("latent_dim", [1, 2, 20, 64])
def test_pca_equals_scikit_learns(digits: Dataset, latent_dim: int) -> None:
    model, rows = fitted("pca", digits, latent_dim=latent_dim), rows_of(digits)
    reference = PCA(latent_dim, svd_solver="full").fit(rows)
    x = torch.from_numpy(digits.model_inputs(digits.splits.test))
    z = model.encode(x).mean
    expected = reference.transform(x.flatten(1).numpy().astype(np.float64))
    signs = np.sign((model.components.numpy() * reference.components_).sum(1))
    # Constant pixels make the last directions arbitrary among themselves.
    known = reference.explained_variance_ > 1e-6
    assert np.abs(z.numpy() * signs - expected)[:, known].max() < 1e-5
    assert np.abs(model.components.numpy() * signs[:, None] - reference.components_)[known].max() < 1e-5
    restored = reference.inverse_transform(expected)
    assert np.abs(model.decode(z).mean.flatten(1).numpy() - restored).max() < 1e-5
    assert np.allclose(model.shares[:latent_dim], reference.explained_variance_ratio_, atol=1e-6)
    assert bool(model.exact)


def test_svd_equals_scikit_learns(digits: Dataset) -> None:
    model, rows = fitted("svd", digits, latent_dim=5), rows_of(digits)
    reference = TruncatedSVD(5, algorithm="arpack", random_state=1).fit(rows)
    signs = np.sign((model.components.numpy() * reference.components_).sum(1))
    assert np.abs(model.components.numpy() * signs[:, None] - reference.components_).max() < 1e-5
    singular = np.linalg.svd(rows, compute_uv=False)
    assert np.allclose(model.shares[:20], (singular**2 / (singular**2).sum())[:20], atol=1e-6)
    assert not model.mean.any()


@pytest.mark.parametrize("latent_dim", [4, 5])
def test_svd_of_every_direction_is_exact(latent_dim: int) -> None:
    dataset = made_up(np.random.default_rng(0).normal(size=(60, 5)) * [3, 1, 0.2, 5, 2] + 1)
    assert mse_of(fitted("svd", dataset, latent_dim=5), dataset) < 1e-9
    assert fitted("svd", dataset, latent_dim=latent_dim).shares.sum() == pytest.approx(1)


def test_no_linear_code_loses_less_than_pcas(digits: Dataset) -> None:
    rows = rows_of(digits)
    best = mse_of(fitted("pca", digits), digits)
    assert best == pytest.approx(
        rows.var(0).sum() - PCA(2).fit(rows).explained_variance_.sum() * (1 - 1 / len(rows)), 1e-5
    )
    assert best < mse_of(fitted("svd", digits), digits)


def test_the_gaussian_likelihood_has_its_sigma(digits: Dataset) -> None:
    model = fitted("pca", digits, sigma=0.3)
    x = torch.from_numpy(digits.model_inputs(digits.splits.test))
    mse = (model.decode(model.encode(x).mean).mean - x).square().flatten(1).sum(1).mean()
    expected = mse / (2 * 0.09) + 64 * (0.5 * math.log(2 * math.pi) + math.log(0.3))
    losses = model.losses(Batch(x, x, torch.zeros(len(x), 2)))
    assert losses.total.item() == pytest.approx(expected.item(), rel=1e-5)


@pytest.mark.parametrize("family", ["pca", "svd", "linear-ae"])
def test_constant_features_and_few_samples(family: str) -> None:
    samples = np.random.default_rng(0).normal(size=(12, 30))
    samples[:, 4:9] = 7.0
    model = fitted(family, made_up(samples), latent_dim=3)
    parts = model.linear_parts()
    assert np.isfinite(parts.components).all() and 0 < parts.explained_variance_ratio.sum() < 1 + 1e-6


@pytest.mark.parametrize("family", ["pca", "svd", "linear-ae"])
def test_a_single_feature_has_one_direction(family: str) -> None:
    dataset = made_up(np.random.default_rng(0).normal(size=(40, 1)) * 3 + 1)
    model = fitted(family, dataset, latent_dim=1)
    assert model.linear_parts().explained_variance_ratio.tolist() == pytest.approx([1])
    if family != "linear-ae":  # that one has yet to learn it
        assert mse_of(model, dataset) < 1e-9


@pytest.mark.parametrize("family", ["pca", "svd", "linear-ae"])
def test_what_cannot_be_fitted_is_refused_in_words(family: str) -> None:
    few = made_up(np.random.default_rng(0).normal(size=(8, 30)))
    with pytest.raises(ConfigError, match="has 6 training samples, which span at most 6 directions"):
        fitted(family, few, latent_dim=7)
    with pytest.raises(ConfigError, match=r"samples of made up have 30\s+values"):
        fitted(family, few, latent_dim=31)
    flat = made_up(np.full((20, 3), 4.0))
    with pytest.raises(ConfigError, match="samples are equal"):
        fitted(family, flat, latent_dim=2)
    text = replace(description((5,)), kind="text")
    with pytest.raises(ConfigError, match="is text: use lsi"):
        catalog.resolve(config_of(family), text)


@pytest.mark.parametrize("family", ["pca", "linear-ae"])
def test_a_large_sparse_matrix_is_refused_before_it_is_made_dense(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear_fit, "MAX_DENSE", 1000)
    dataset = made_up(csr_array(np.eye(40, 30, dtype=np.float32)))
    config = config_of(family, latent_dim=2)
    with pytest.raises(ConfigError, match=r"needs all values of the sparse matrix at once .*data\.max_features = 2000"):
        catalog.family(family).model_type.check_samples(config, dataset, dataset.splits.train)


def test_many_samples_use_the_randomized_solver_and_say_so(digits: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = fitted("pca", digits)
    monkeypatch.setattr(linear_fit, "MAX_EXACT", 1e6)
    for family in ("pca", "svd"):
        model = fitted(family, digits)
        assert isinstance(model, LinearProjection) and not model.linear_parts().exact
    close = fitted("pca", digits)
    angles = subspace_angles(exact.components.numpy().T, close.components.numpy().T)
    assert np.degrees(angles.max()) < 0.5


def test_a_closed_form_comes_back_from_its_checkpoint(digits: Dataset) -> None:
    model = fitted("pca", digits, latent_dim=3)
    again = catalog.restore(model.config, digits.description, model.state_dict())
    x = torch.from_numpy(digits.model_inputs(digits.splits.test))
    assert torch.equal(again.encode(x).mean, model.encode(x).mean)
    assert isinstance(again, Linear) and not list(model.parameters()) and not model.trained_by_steps


# The linear autoencoder


def trained(model: LatentModel, dataset: Dataset, config: TrainConfig) -> LatentModel:
    """Train as the loop does: Adam, its learning rate by the schedule."""
    batches = Batches(dataset, config, model.noise_shape, torch.device("cpu"))
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    for step in range(config.epochs * batches.steps_per_epoch):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(config, step, batches.steps_per_epoch)
        loss = model.losses(batches.batch(step)).total
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


@pytest.fixture(scope="module")
def defaults(digits: Dataset) -> Iterator[LinearAutoencoder]:
    """Return a linear autoencoder trained from its family's defaults."""
    family = catalog.family("linear-ae")
    train = replace(family.train, epochs=family.epochs_for(len(digits.splits.train)))
    model = trained(fitted("linear-ae", digits), digits, train)
    assert isinstance(model, LinearAutoencoder)
    yield model


def test_from_its_defaults_it_loses_two_per_cent_more_than_pca_at_most(
    digits: Dataset, defaults: LinearAutoencoder
) -> None:
    rows = rows_of(digits)
    reference = PCA(2).fit(rows)
    least = np.square(rows - reference.inverse_transform(reference.transform(rows))).sum(1).mean()
    assert least <= mse_of(defaults, digits) * (1 + 1e-6) <= 1.02 * least


@pytest.mark.parametrize("tied", [False, True])
def test_full_batch_it_converges_to_pcas_plane(digits: Dataset, tied: bool) -> None:
    config = TrainConfig(epochs=1500, batch_size=4096, learning_rate=2e-2, learning_rate_schedule="cosine")
    model = trained(fitted("linear-ae", digits, tied=tied), digits, config)
    assert isinstance(model, LinearAutoencoder)
    plane = PCA(2).fit(rows_of(digits)).components_.T
    angle = np.degrees(subspace_angles(model.decoder.weight.detach().double().numpy(), plane).max())
    assert angle < 2
    assert model.observe()[ANGLE] == pytest.approx(angle, abs=0.01)


def test_what_it_observes_is_what_is_measured(digits: Dataset, defaults: LinearAutoencoder) -> None:
    rows = rows_of(digits)
    reference = PCA(2).fit(rows)
    least = np.square(rows - reference.inverse_transform(reference.transform(rows))).sum(1).mean()
    fresh = fitted("linear-ae", digits, latent_dim=2)
    for model in (fresh, defaults):
        figures = model.observe()
        angles = subspace_angles(model.components.detach().double().numpy().T, reference.components_.T)
        assert figures[ANGLE] == pytest.approx(np.degrees(angles.max()), abs=1e-3)
        assert figures[EXCESS] == pytest.approx(100 * (mse_of(model, digits) / least - 1), rel=1e-3, abs=1e-3)
        model.float()


def test_beyond_the_known_directions_its_error_is_nearly_right() -> None:
    scales = np.concatenate([np.linspace(5, 1, KNOWN_DIRECTIONS), np.full(40, 0.3)])
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(104, 104)))[0]
    dataset = made_up(np.random.default_rng(0).normal(size=(2000, 104)) * scales @ turn, scaling="standardize together")
    model = fitted("linear-ae", dataset, latent_dim=3)
    assert isinstance(model, LinearAutoencoder)
    parts, total = model.linear_parts(), rows_of(dataset).var(0).sum()
    assert (1 - parts.kept) * total == pytest.approx(mse_of(model, dataset), rel=1e-3)


def test_a_code_that_keeps_everything_has_no_excess() -> None:
    dataset = made_up(np.random.default_rng(0).normal(size=(50, 3)))
    figures = fitted("linear-ae", dataset, latent_dim=3).observe()
    assert EXCESS not in figures and figures[ANGLE] == pytest.approx(0, abs=1e-4)


def test_its_parts_show_beside_pcas(digits: Dataset, defaults: LinearAutoencoder) -> None:
    parts = defaults.linear_parts()
    assert parts.reference is not None and parts.mean is not None
    assert parts.components.shape == parts.reference.shape == (2, 1, 8, 8)
    best = PCA(2).fit(rows_of(digits))
    signs = np.sign((parts.reference.reshape(2, -1) * best.components_).sum(1))
    assert np.allclose(parts.reference.reshape(2, -1) * signs[:, None], best.components_, atol=1e-5)
    assert parts.kept == pytest.approx(best.explained_variance_ratio_.sum(), abs=5e-3)
    assert parts.angle == pytest.approx(defaults.observe()[ANGLE])


# Tied weights


@pytest.mark.parametrize(
    ("family", "settings"),
    [("ae", {"hidden_widths": (7, 5)}), ("ae", {"hidden_widths": ()}), ("linear-ae", {})],
)
def test_tied_weights_stay_transposes_after_training(family: str, settings: dict[str, Any], digits: Dataset) -> None:
    model = fitted(family, digits, tied=True, **settings)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    trained(model, digits, TrainConfig(epochs=2))
    there = [layer for layer in model.encoder.modules() if isinstance(layer, torch.nn.Linear)]
    back = [layer for layer in model.decoder.modules() if isinstance(layer, Transposed)]
    assert len(there) == len(back) == len(settings.get("hidden_widths", ())) + 1
    for layer, mirror in zip(there, reversed(back), strict=True):
        assert torch.equal(mirror.weight, layer.weight.T)
        assert mirror.bias.shape == (layer.in_features,)
    moved = [name for name, value in model.state_dict().items() if not torch.equal(value, before[name])]
    assert any(name.startswith("encoder") for name in moved) and any(name.startswith("decoder") for name in moved)
    assert not any("decoder" in name and "weight" in name for name in before), "the weights are kept once"


def test_a_tied_decoder_is_the_encoders_mirror_image() -> None:
    model = build("ae", (13,), hidden_widths=(7, 5), activation="tanh", tied=True, latent_dim=3)
    first, second, third = (layer for layer in model.encoder if isinstance(layer, torch.nn.Linear))
    back = [layer for layer in model.decoder if isinstance(layer, Transposed)]
    z = draw((4, 3)) - 0.5
    hidden = torch.tanh(z @ third.weight + back[0].bias)
    hidden = torch.tanh(hidden @ second.weight + back[1].bias)
    assert torch.allclose(model.decode(z).mean, hidden @ first.weight + back[2].bias, atol=1e-6)


def test_a_tied_model_comes_back_from_its_checkpoint_and_trains_on() -> None:
    model = build("ae", (1, 4, 4), tied=True, hidden_widths=(6,))
    again = catalog.restore(model.config, description((1, 4, 4)), model.state_dict())
    x = draw((5, 1, 4, 4))
    assert torch.equal(again.decode(again.encode(x).mean).mean, model.decode(model.encode(x).mean).mean)
    again.losses(Batch(x, x, torch.zeros(5, 2))).total.backward()
    assert all(weight.grad is not None for weight in again.parameters())
    assert len(list(again.parameters())) == 6


def test_convolutions_cannot_be_tied() -> None:
    with pytest.raises(ConfigError, match=r"model\.tied needs dense layers, but model\.network is convolutional"):
        build("ae", (1, 8, 8), tied=True, network="convolutional")
