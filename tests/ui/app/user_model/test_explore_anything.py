"""Models of other shapes in the window: a forward alone, codes without a decoder, codes that are maps."""

from typing import Any

import numpy as np
import pytest
import torch
from pytestqt.qtbot import QtBot
from sklearn.datasets import load_digits
from torch import nn
from window_cases import named

import explorer
from explorer.config import ConfigError
from explorer.jobs.user_model.user_run import UserRun
from explorer.jobs.user_model.user_samples import UserModelSpec
from explorer.ui.app.main_window import MainWindow
from explorer.ui.decode.panel.run_block import RunHead

WAIT = 20_000
PICTURES = (load_digits().images[:200] / 16).astype(np.float32)
LABELS = load_digits().target[:200]


class ForwardVae(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.front, self.decoder = nn.Linear(64, 4), nn.Sequential(nn.Linear(2, 64), nn.Sigmoid())

    def forward(self, x: torch.Tensor) -> Any:
        mu, logvar = self.front(x.flatten(1)).chunk(2, dim=1)
        return self.decoder(mu + torch.randn_like(mu) * (0.5 * logvar).exp()), mu, logvar


class MapsAutoencoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.Conv2d(1, 2, 4, 4), nn.ConvTranspose2d(2, 1, 4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.decoder(self.encoder(x))


def open_model(window: MainWindow, model: Any, qtbot: QtBot) -> str:
    torch.manual_seed(0)
    user_run = UserRun(UserModelSpec(model=model() if callable(model) else model, samples=PICTURES, labels=LABELS))
    window.start([], user_run.open())
    qtbot.waitUntil(lambda: window.state.store.runs[user_run.key].plane is not None, timeout=WAIT)
    return user_run.key


def decode_at_code_of(window: MainWindow, key: str, sample: int, qtbot: QtBot) -> Any:
    plane, controller = window.state.store.runs[key].plane, window.decode.controller
    assert plane is not None
    window.state.probing.probe_point(key, tuple(map(float, plane.mean[sample])))
    qtbot.waitUntil(lambda: controller.decoded.of(key) is not None, timeout=WAIT)
    return controller.decoded.of(key)


def test_a_forward_alone_has_posteriors_and_decodes(window: MainWindow, qtbot: QtBot) -> None:
    key = open_model(window, ForwardVae, qtbot)
    run = window.state.store.runs[key]
    assert run.name == "ForwardVae" and run.capabilities.stochastic_posterior
    assert decode_at_code_of(window, key, 3, qtbot).picture.shape == (1, 8, 8)
    # It states no likelihood, so that no bound comes; the reconstruction does not wait for one.
    window.state.probing.probe_sample(key, 3)
    head = named(window.decode, "run_head_1", RunHead)
    qtbot.waitUntil(lambda: head.figure.startswith("reconstruction") and "…" not in head.figure)


def test_codes_without_a_decoder_show_the_nearest_sample(window: MainWindow, qtbot: QtBot) -> None:
    codes = PICTURES.reshape(200, 64)[:, 20:22]
    key = open_model(window, codes, qtbot)
    assert not window.state.store.runs[key].capabilities.decoder
    window.state.probing.probe_point(key, tuple(map(float, codes[3])))
    decode = window.decode.controller
    qtbot.waitUntil(lambda: decode.decoded.nearest is not None, timeout=WAIT)
    nearest = decode.decoded.nearest
    assert nearest is not None
    np.testing.assert_array_equal(codes[nearest.sample], codes[3])
    assert "no decoder" in dict(decode.decoded.absent)[key]


def test_codes_of_maps_have_their_shape(window: MainWindow, qtbot: QtBot) -> None:
    key = open_model(window, MapsAutoencoder, qtbot)
    run = window.state.store.runs[key]
    assert run.latent_shape == (2, 2, 2) and run.latent_dim == 8
    assert decode_at_code_of(window, key, 3, qtbot).picture.shape == (1, 8, 8)


@pytest.mark.parametrize(
    ("given", "keywords", "message"),
    [
        ((), {"samples": PICTURES}, "pass a model, as in explorer.explore"),
        ((ForwardVae(), PICTURES), {"samples": PICTURES}, "given twice"),
        ((ForwardVae(), PICTURES, LABELS, 3), {}, "one model, its data and its labels"),
        ((ForwardVae(),), {}, "give the data too"),
        (((len, len),), {}, "pass the data that the model encodes"),
        ((None,), {}, "the model is None"),
        ((PICTURES, ForwardVae()), {}, "the model comes first"),
        (("vae.pt", PICTURES), {}, "latent-explorer import vae.pt"),
        ((ForwardVae(), PICTURES), {"decode": len}, "either a model"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(given: Any, keywords: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        explorer.explore(*given, **keywords, block=False)
