"""Autoencoder and VAE: shapes for every size, losses against closed forms, gradients against finite differences."""

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given, settings
from model_cases import build, config_of, description, draw

from explorer.config import ConfigError
from explorer.models import catalog
from explorer.models.latent_model import Batch
from explorer.models.posterior import LOG_VARIANCE_BOUND

DENSE: dict[str, Any] = {"hidden_widths": (7, 5)}
CONVOLUTIONAL: dict[str, Any] = {"network": "convolutional", "channels": (3, 4), "hidden_widths": (6,)}
FAMILIES = ("ae", "vae")


@settings(max_examples=60)
@given(
    family=st.sampled_from(FAMILIES),
    shape=st.tuples(st.integers(1, 4), st.integers(1, 40), st.integers(1, 40)),
    channels=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    stride=st.integers(1, 3),
    widths=st.lists(st.integers(1, 6), max_size=2),
    latent_dim=st.integers(1, 64),
)
def test_any_picture_size_comes_out_as_it_went_in(
    family: str, shape: tuple[int, int, int], channels: list[int], stride: int, widths: list[int], latent_dim: int
) -> None:
    _check_shapes(
        family, shape, latent_dim, network="convolutional", channels=channels, stride=stride, hidden_widths=widths
    )


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 5, 7), (1, 28, 28), (1, 17, 31), (3, 32, 32)])
def test_named_picture_sizes(family: str, stride: int, shape: tuple[int, ...]) -> None:
    _check_shapes(family, shape, 2, network="convolutional", channels=(3, 4, 5), stride=stride, hidden_widths=(6,))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("latent_dim", [1, 64])
@pytest.mark.parametrize("shape", [(1,), (13,), (2, 3, 4)])
@pytest.mark.parametrize("widths", [(), (5,), (8, 4, 3)])
def test_dense_networks_take_vectors_and_pictures(
    family: str, latent_dim: int, shape: tuple[int, ...], widths: tuple[int, ...]
) -> None:
    _check_shapes(family, shape, latent_dim, hidden_widths=widths)


def _check_shapes(family: str, shape: tuple[int, ...], latent_dim: int, **config: Any) -> None:
    model = build(family, shape, latent_dim=latent_dim, **config)
    x = draw((3, *shape))
    posterior = model.encode(x)
    assert posterior.mean.shape == (3, latent_dim)
    assert (posterior.log_variance is not None) == model.capabilities.stochastic_posterior
    likelihood = model.decode(posterior.mean)
    assert likelihood.mean.shape == x.shape
    assert likelihood.log_prob(x).shape == (3,)
    assert likelihood.sample(torch.Generator().manual_seed(0)).shape == x.shape
    assert torch.isfinite(model.losses(Batch(x, x, torch.zeros(3, latent_dim))).total)


@pytest.mark.parametrize("code", ["identity", "tanh", "softplus"])
@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_the_vae_loss_is_the_negative_elbo(likelihood: str, code: str) -> None:
    shape, beta, sigma = (2, 3, 4), 2.5, 0.3
    model = build("vae", shape, likelihood=likelihood, sigma=sigma, beta=beta, code_activation=code, **DENSE).double()
    x, noise = draw((5, *shape), dtype=torch.float64), draw((5, 2), 2, torch.float64) - 0.5
    raw = model.encoder(x).detach().numpy()
    activation = {"identity": lambda v: v, "tanh": np.tanh, "softplus": lambda v: np.log1p(np.exp(v))}[code]
    mean = activation(raw[:, :2])
    log_variance = LOG_VARIANCE_BOUND * np.tanh(raw[:, 2:] / LOG_VARIANCE_BOUND)
    z = mean + np.exp(0.5 * log_variance) * noise.numpy()
    y = model.decoder(torch.from_numpy(z)).detach().numpy()
    if likelihood == "bernoulli":
        p = 1 / (1 + np.exp(-y))
        densities = x.numpy() * np.log(p) + (1 - x.numpy()) * np.log(1 - p)
    else:
        densities = scipy.stats.norm(y, sigma).logpdf(x.numpy())
    kl = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance)
    reconstruction = -densities.sum((1, 2, 3)).mean()
    losses = model.losses(Batch(x, x, noise))
    assert losses.terms["reconstruction"].item() == pytest.approx(reconstruction, rel=1e-12)
    assert losses.terms["kl"].item() == pytest.approx(kl.sum(1).mean(), rel=1e-12)
    assert losses.total.item() == pytest.approx(reconstruction + beta * kl.sum(1).mean(), rel=1e-12)
    np.testing.assert_allclose(losses.kl_per_dimension.detach(), kl.mean(0), rtol=1e-12)


def test_the_autoencoder_loss_is_its_reconstruction_and_needs_no_noise() -> None:
    model = build("ae", (6,), sigma=0.5, **DENSE).double()
    x = draw((4, 6), dtype=torch.float64)
    y = model.decoder(model.encoder(x)).detach().numpy()
    losses = model.losses(Batch(x, x, torch.full((4, 2), torch.nan)))
    assert losses.total.item() == pytest.approx(-scipy.stats.norm(y, 0.5).logpdf(x.numpy()).sum(1).mean(), rel=1e-12)
    assert set(losses.terms) == {"reconstruction"}
    assert losses.kl_per_dimension is None


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
@pytest.mark.parametrize(("shape", "config"), [((2, 3, 4), DENSE), ((1, 5, 7), CONVOLUTIONAL)])
def test_gradients_are_those_of_finite_differences(
    family: str, likelihood: str, shape: tuple[int, ...], config: dict[str, Any]
) -> None:
    model = build(family, shape, likelihood=likelihood, activation="tanh", **config).double()
    x, noise = draw((2, *shape), dtype=torch.float64), draw((2, 2), 2, torch.float64)
    names, weights = zip(*model.named_parameters(), strict=True)

    def total(*values: torch.Tensor) -> torch.Tensor:
        called = torch.func.functional_call(
            _Total(model), {f"model.{n}": v for n, v in zip(names, values, strict=True)}, (x, noise)
        )
        assert isinstance(called, torch.Tensor)
        return called

    # A random direction through all weights at once: fast, and it misses no wrong entry.
    assert torch.autograd.gradcheck(total, weights, fast_mode=True)


class _Total(torch.nn.Module):
    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        total: torch.Tensor = self.model.losses(Batch(x, x, noise)).total
        return total


def test_the_log_variance_is_bounded_and_its_loss_finite() -> None:
    model = build("vae", (4,), hidden_widths=())
    with torch.no_grad():
        model.encoder[-1].weight.fill_(1e6)
    for sign in (1, -1):
        x = torch.full((2, 4), float(sign))
        log_variance = model.encode(x).log_variance
        assert log_variance is not None
        assert log_variance.abs().max() <= LOG_VARIANCE_BOUND
        assert torch.isfinite(model.encode(x).log_variance.exp()).all()
    with torch.no_grad():
        model.encoder[-1].weight.fill_(1.0)
    x = torch.ones(2, 4)
    model.encode(x).log_variance.sum().backward()
    assert model.encoder[-1].weight.grad.abs().sum() > 0


def test_under_autocast_the_densities_are_computed_in_float32() -> None:
    model, x = build("vae", (1, 6, 6), **DENSE), draw((4, 1, 6, 6))
    exact = model.losses(Batch(x, x, torch.zeros(4, 2)))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        posterior = model.encode(x)
        assert posterior.mean.dtype == torch.float32
        assert model.decode(posterior.mean).mean.dtype == torch.float32
        rough = model.losses(Batch(x, x, torch.zeros(4, 2)))
    assert rough.total.dtype == torch.float32
    assert rough.total.item() == pytest.approx(exact.total.item(), rel=1e-2)


def test_weights_depend_on_their_seed_alone() -> None:
    first = build("vae", (1, 8, 8), **CONVOLUTIONAL).state_dict()
    torch.rand(3)
    second = build("vae", (1, 8, 8), **CONVOLUTIONAL).state_dict()
    other = build("vae", (1, 8, 8), seed=1, **CONVOLUTIONAL).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not any(torch.equal(first[name], other[name]) for name in first)


def test_initial_weights_are_spread_as_torchs_own() -> None:
    ours = dict(build("ae", (1, 40, 40), hidden_widths=(300,)).named_parameters())
    layer = torch.nn.Linear(1600, 300)
    for found, wanted in ((ours["encoder.1.weight"], layer.weight), (ours["encoder.1.bias"], layer.bias)):
        assert found.abs().max().item() <= 1 / 40
        assert found.std().item() == pytest.approx(wanted.std().item(), rel=0.15)


@pytest.mark.parametrize(
    ("family", "shape", "settings_", "message"),
    [
        ("vae", (9,), {"network": "convolutional"}, "model.network = convolutional needs pictures"),
        ("ae", (9,), {"likelihood": "bernoulli"}, "model.likelihood = bernoulli needs values in"),
        ("ae", (9,), {"hidden_widths": (5, 0)}, "model.hidden_widths = 5,0: each must be between 1 and 16384"),
        ("ae", (9,), {"hidden_widths": (16_385,)}, "model.hidden_widths = 16385"),
        ("vae", (1, 9, 9), {"network": "convolutional", "channels": (0,)}, "model.channels = 0"),
        ("vae", (3, 1024, 1024), {"hidden_widths": (16_384,)}, "million weights"),
        ("vae", (3, 2**30, 2**30), {"hidden_widths": (16_384,)}, "sizes|million weights"),
        ("vae", (2**40, 2**40), {}, "sizes"),
    ],
)
def test_settings_that_do_not_fit_the_data_are_refused(
    family: str, shape: tuple[int, ...], settings_: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        catalog.resolve(config_of(family, **settings_), description(shape))
    assert "\n" not in str(caught.value)


def test_auto_likelihood_follows_the_data() -> None:
    likelihoods = [
        catalog.resolve(config_of("vae"), description(shape, unit_range=unit)).likelihood  # type: ignore[attr-defined]
        for shape, unit in (((1, 4, 4), True), ((1, 4, 4), False), ((4,), False))
    ]
    assert likelihoods == ["bernoulli", "gaussian", "gaussian"]


@pytest.mark.parametrize("family", FAMILIES)
def test_restored_models_are_equal(family: str) -> None:
    model = build(family, (1, 5, 5), **DENSE)
    weights = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    again = catalog.restore(model.config, description((1, 5, 5)), weights)
    x = draw((3, 1, 5, 5))
    assert torch.equal(again.encode(x).mean, model.encode(x).mean)
    assert all(parameter.requires_grad for parameter in again.parameters())


def _weights() -> dict[str, torch.Tensor]:
    return dict(build("vae", (4,), **DENSE).state_dict())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"decoder.0.bias": torch.zeros(9)},
            r"tensor decoder.0.bias is float32 \(9,\) in the file, but float32 \(5,\) according to the config",
        ),
        ({"decoder.0.bias": torch.zeros(5, dtype=torch.int64)}, r"is int64 \(5,\)"),
        ({"extra": torch.zeros(1)}, r"tensor extra is float32 \(1,\) in the file, but absent according to the config"),
    ],
)
def test_weights_that_do_not_fit_are_refused(change: dict[str, torch.Tensor], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        catalog.restore(config_of("vae", likelihood="gaussian", **DENSE), description((4,)), _weights() | change)


def test_missing_weights_are_refused() -> None:
    weights = _weights()
    del weights["encoder.1.weight"]
    with pytest.raises(ConfigError, match=r"encoder.1.weight is absent"):
        catalog.restore(config_of("vae", likelihood="gaussian", **DENSE), description((4,)), weights)


@pytest.mark.parametrize("shape", [(4096, 4096, 4096), (2**40,), (2**40, 2**40)])
def test_a_config_that_asks_for_gigantic_sizes_is_refused_without_memory(shape: tuple[int, ...]) -> None:
    config = config_of("vae", hidden_widths=(16_384,) * 16)
    with pytest.raises(ConfigError):
        catalog.restore(config, description(shape), _weights())


def test_an_unknown_family_lists_the_choices() -> None:
    with pytest.raises(ConfigError, match="unknown model 'diffusion': choose from adversarial-ae, ae, "):
        catalog.family("diffusion")
