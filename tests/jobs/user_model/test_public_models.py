"""Conformance: models in the shapes of public repositories open in one line, and encode and decode as they do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from public_models import (
    CODE,
    PIXELS,
    SIDE,
    ColourAutoencoder,
    Conditional,
    ConvAutoencoder,
    ConvVae,
    DistributionVae,
    DrawnVae,
    ExamplesVae,
    ForwardOnly,
    HeadsVae,
    KlAutoencoder,
    NamedTupleVae,
    NamelessVae,
    PlainAutoencoder,
    PythaeDecoder,
    PythaeEncoder,
    PythaeVae,
    Scripted,
    SequenceAutoencoder,
    SigmaVae,
    Trainer,
    VectorQuantized,
    keras_like,
)
from sklearn.datasets import load_digits
from sklearn.decomposition import NMF, PCA
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from explorer.config import ConfigError
from explorer.data.dataset import DataError
from explorer.jobs.user_model.user_run import UserRun
from explorer.jobs.user_model.user_samples import UserModelSpec

X: NDArray[np.float32] = (load_digits().data / 16).astype(np.float32)[:60]
FLAT = torch.from_numpy(X)
MAPS = FLAT.view(-1, 1, SIDE, SIDE)
COLOURS = torch.cat([MAPS, 1 - MAPS, MAPS / 2], dim=1)
Encode = Callable[[Any], Any]


@dataclass(frozen=True)
class Case:
    """A model, the data that it is opened with, and its own codes and decodes of them.

    ``encode`` returns the mean and, if there is one, the log-variance.
    """

    make: Callable[[], Any]
    data: Any
    encode: Callable[[Any], Any]
    decode: Callable[[Any, Any], Any]
    maps: tuple[int, int, int] | None = None


def flat(model: Any) -> Any:
    return model.encode(FLAT)


def fitted(estimator: Any) -> Callable[[], Any]:
    return lambda: estimator.fit(X)


SKLEARN = {"encode": lambda m: m.transform(X), "decode": lambda m, z: m.inverse_transform(z)}

CASES = {
    "pytorch/examples, pictures with channel": Case(ExamplesVae, MAPS, flat, lambda m, z: m.decode(z)),
    "PyTorch-VAE, pictures without channel": Case(
        ConvVae, FLAT.view(-1, SIDE, SIDE), lambda m: m.encode(MAPS), lambda m, z: m.decode(z)
    ),
    "pythae": Case(
        PythaeVae,
        MAPS,
        lambda m: tuple(m.encoder(MAPS).values()),
        lambda m, z: m.decoder(z)["reconstruction"],
    ),
    "Lightning module with a network in it": Case(
        Trainer, FLAT, lambda m: m.vae.encode(FLAT), lambda m, z: m.vae.decode(z)
    ),
    "(z, mu, logvar)": Case(DrawnVae, FLAT, lambda m: m.encode(FLAT)[1:], lambda m, z: m.decode(z)),
    "torch.distributions": Case(
        DistributionVae, MAPS, lambda m: m.net.encode(FLAT), lambda m, z: m.net.decode(z)
    ),
    "forward (σ, mean, recon)": Case(
        ForwardOnly,
        MAPS,
        lambda m: (m.posterior(MAPS)[0], 2 * m.posterior(MAPS)[1].log()),
        lambda m, z: torch.sigmoid(m.decoder(z)),
    ),
    "forward without names": Case(NamelessVae, MAPS, lambda m: m.split(FLAT), lambda m, z: m.render(z)),
    "encoder and decoder": Case(PlainAutoencoder, MAPS, lambda m: m.encoder(FLAT), lambda m, z: m.decoder(z)),
    "convolutions on flat rows": Case(
        ConvAutoencoder, X, lambda m: m.enc(MAPS), lambda m, z: torch.sigmoid(m.dec(z)), (2, 4, 4)
    ),
    "pair of modules": Case(
        lambda: (PythaeEncoder(), PythaeDecoder()),
        MAPS,
        lambda m: tuple(m[0](MAPS).values()),
        lambda m, z: m[1](z)["reconstruction"],
    ),
    "pair of functions": Case(
        lambda: (lambda x: x @ FLAT.T[:, :CODE], lambda z: z @ FLAT[:CODE]),
        MAPS,
        lambda m: m[0](FLAT),
        lambda m, z: m[1](z),
    ),
    "AutoencoderKL": Case(
        KlAutoencoder,
        MAPS,
        lambda m: (m.encode(MAPS)["latent_dist"].mean, m.encode(MAPS)["latent_dist"].logvar),
        lambda m, z: m.decode(z)["sample"],
        (4, 4, 4),
    ),
    "named tuples, σ, tuple of decode": Case(
        NamedTupleVae,
        FLAT,
        lambda m: (m.encode(FLAT).mu, 2 * m.encode(FLAT).sigma.log()),
        lambda m, z: m.decode(z)[1],
    ),
    "VQ-VAE": Case(VectorQuantized, MAPS, lambda m: m.encode(MAPS)[0], lambda m, z: m.decode(z), (2, 2, 2)),
    "conditional with optional class": Case(
        Conditional, MAPS, lambda m: m.encode(FLAT), lambda m, z: m.decode(z)
    ),
    "bfloat16": Case(
        lambda: PlainAutoencoder().bfloat16(),
        X,
        lambda m: m.encoder(FLAT.bfloat16()).float(),
        lambda m, z: m.decoder(z.bfloat16()).float(),
    ),
    "float64": Case(
        lambda: PlainAutoencoder().double(),
        X,
        lambda m: m.encoder(FLAT.double()).float(),
        lambda m, z: m.decoder(z.double()).float(),
    ),
    "torch.jit.script": Case(lambda: torch.jit.script(Scripted()), FLAT, flat, lambda m, z: m.decode(z)),
    "torch.compile": Case(
        lambda: torch.compile(ExamplesVae()),
        FLAT,
        lambda m: m._orig_mod.encode(FLAT),
        lambda m, z: m._orig_mod.decode(z),
    ),
    "heads between encoder and decoder": Case(
        HeadsVae,
        MAPS,
        lambda m: (m.fc_mu(m.encoder(FLAT)), m.fc_log_var(m.encoder(FLAT))),
        lambda m, z: m.decoder(z),
    ),
    "encode (mu, σ), as its forward shows": Case(
        SigmaVae, MAPS, lambda m: (m.encode(FLAT)[0], 2 * m.encode(FLAT)[1].log()), lambda m, z: m.decode(z)
    ),
    "recurrent": Case(SequenceAutoencoder, MAPS, lambda m: m.encode(MAPS[:, 0]), lambda m, z: m.decode(z)),
    "channels last for convolutions": Case(
        ColourAutoencoder, COLOURS.permute(0, 2, 3, 1).numpy(), lambda m: m.encoder(COLOURS), lambda m, z: m.decoder(z),
        (2, 2, 2),
    ),
    "Keras-like": Case(
        keras_like, X.reshape(-1, SIDE, SIDE, 1), lambda m: tuple(m.encoder(X)[:2]), lambda m, z: m.decoder(z)
    ),
    "PCA": Case(fitted(PCA(CODE)), X.reshape(-1, SIDE, SIDE), **SKLEARN),
    "NMF": Case(fitted(NMF(CODE, init="nndsvda", max_iter=500)), X, **SKLEARN),
    "Pipeline": Case(fitted(make_pipeline(StandardScaler(), PCA(CODE))), X, **SKLEARN),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@torch.no_grad()
def test_a_model_opens_in_one_line_and_computes_as_its_own_program(name: str) -> None:
    case = CASES[name]
    torch.manual_seed(0)
    model = case.make()
    for module in model if isinstance(model, tuple) else (model,):
        if isinstance(module, nn.Module):
            module.eval()
    opened = UserRun(UserModelSpec(model=model, samples=case.data)).open()
    dataset, loaded = opened.run.dataset, opened.loaded
    assert dataset is not None and loaded is not None
    expected = case.encode(model)
    mean, *spread = expected if isinstance(expected, tuple | list) else (expected,)
    rows = np.arange(len(X))
    posterior = loaded.model.encode(torch.from_numpy(dataset.model_inputs(rows)))
    tolerance = 5e-2 if name == "bfloat16" else 1e-4
    np.testing.assert_allclose(posterior.mean, as_rows(mean), atol=tolerance)
    assert (posterior.log_variance is not None) == bool(spread)
    if posterior.log_variance is not None:
        np.testing.assert_allclose(posterior.log_variance, as_rows(spread[0]), atol=tolerance)
    decoded = dataset.description.transform.invert(loaded.model.decode(posterior.mean).mean.numpy())
    own = case.decode(model, mean)
    np.testing.assert_allclose(as_rows(decoded), as_rows(own), atol=tolerance)
    assert loaded.model.latent_shape == case.maps
    assert opened.problem == ""


def as_rows(values: Any) -> NDArray[np.float32]:
    array = np.asarray(values, np.float32)
    return array.reshape(len(array), -1)


class EncoderOnly(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encode, self.head = nn.Linear(PIXELS, CODE), nn.Linear(CODE, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.encode(x))


class NeedsClass(Conditional):
    def encode(self, x: torch.Tensor, c: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        return super().encode(x, c)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            lambda: EncoderOnly(),
            r"EncoderOnly cannot be found \(it has encode, forward, head\); write explorer.explore",
        ),
        (lambda: NeedsClass(), r"takes more than the samples .*codes=model.encode\(data, labels\)"),
        (lambda: ExamplesVae, r"ExamplesVae is a class; pass an object of it"),
        (lambda: ExamplesVae().state_dict(), r"model.load_state_dict"),
        (lambda: ExamplesVae().to("meta"), "on the meta device"),
        (lambda: MLPRegressor(), r"it has predict"),
        (lambda: lambda x: x, "it is a function"),
        (lambda: 3, "int cannot be found"),
        (lambda: "my-vae.pt", "is neither the folder of a run nor a model"),
        (lambda: PCA(CODE), "NotFittedError"),
    ],
)
def test_a_model_without_both_is_refused_with_the_line_to_write(model: Callable[[], Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message) as raised:
        UserRun(UserModelSpec(model=model(), samples=X))
    assert "\n" not in str(raised.value)


class ForwardOnly(nn.Module):
    """A VAE without methods, whose units saturate at values of 0 to 255."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.heads, self.last = nn.Linear(64, 16), nn.Linear(16, 4), nn.Linear(2, 64)
        for layer in (self.first, self.heads, self.last):
            layer.weight.data.mul_(4)

    def forward(self, x: torch.Tensor) -> Any:
        mean, log_variance = self.heads(torch.relu(self.first(x.view(-1, 64)))).chunk(2, 1)
        z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        return torch.sigmoid(self.last(z)), mean, log_variance


def test_pictures_of_0_to_255_are_tried_as_0_to_1() -> None:
    torch.manual_seed(0)
    digits = [Image.fromarray((255 * row.reshape(8, 8)).astype(np.uint8)) for row in np.random.rand(40, 64)]
    run = UserRun(UserModelSpec(model=ForwardOnly(), samples=digits)).open().run
    assert run.latent_dim == 2 and run.description.value_range == (0.0, 1.0)


@pytest.mark.parametrize(
    ("samples", "labels", "message"),
    [
        (np.zeros((9, 50), np.float32), None, r"forward fails on samples of shape \(5, 50\): RuntimeError: shape"),
        (np.full((9, 64), np.nan, np.float32), None, "the samples contain NaN or infinity"),
        (pd.DataFrame(np.zeros((9, 64))).assign(digit=1), "digits", "no such column; did you mean 'digit'"),
        (pd.DataFrame(np.zeros((9, 64))), "species", r"the columns are 0, 1, .*, 9 and 54 more; name one"),
        (np.zeros((9, 64)), "species", "the data has no columns; give one label per sample"),
    ],
)
def test_data_that_does_not_fit_is_named(samples: Any, labels: Any, message: str) -> None:
    with pytest.raises((ConfigError, DataError), match=message) as raised:
        UserRun(UserModelSpec(model=ForwardOnly(), samples=samples, labels=labels))
    assert "\n" not in str(raised.value)
