"""The round trip through decoder and encoder, on models with known errors."""

import numpy as np
import pytest
import torch
from known_models import LinearModel, dataset_of, measured

from explorer.api import train_new_run
from explorer.latent.metrics.decoder.round_trip import DRAWS, SEED
from explorer.latent.metrics.decoder.round_trip import measure as round_trip
from explorer.models.latent_model import Capabilities, NotDefined

TURN = np.array([[2.0, 1.0], [0.5, 3.0]])
SAMPLES = dataset_of(np.random.default_rng(0).normal(size=(20, 2)))


@pytest.mark.parametrize("sigma", [None, 0.5])
def test_an_encoder_that_inverts_the_decoder_finds_every_code(sigma):
    found = measured(round_trip, LinearModel(np.linalg.inv(TURN), TURN, sigma), SAMPLES)
    assert found["round_trip"] == pytest.approx(0, abs=1e-5)
    assert found["round_trip_error"] == pytest.approx(0, abs=1e-6)


def test_the_error_of_a_shrinking_encoder_is_the_shrinkage():
    found = measured(round_trip, LinearModel(0.25 * np.linalg.inv(TURN), TURN, 0.5), SAMPLES)
    lengths = torch.randn(DRAWS, 2, generator=torch.Generator().manual_seed(SEED)).norm(dim=1).double().numpy()
    assert found["round_trip"] == pytest.approx(0.75 * lengths.mean(), rel=1e-5)
    assert found["round_trip_error"] == pytest.approx(0.75 * lengths.std(ddof=1) / DRAWS**0.5, rel=1e-4)
    assert found["round_trip"] == pytest.approx(0.75 * np.sqrt(np.pi / 2), abs=4 * found["round_trip_error"])


def test_missing_requirements_are_named():
    model = LinearModel(np.eye(2), np.eye(2))
    text = dataset_of(np.eye(2), kind="text")
    assert "the decode cannot be encoded" in measured(round_trip, model, text)["round_trip"].why
    model.capabilities = Capabilities(encoder=True, prior=False, stochastic_posterior=False)
    assert "no prior" in measured(round_trip, model, SAMPLES)["round_trip"].why


def test_an_encoder_of_given_samples_alone_says_so():
    model = LinearModel(np.eye(2), np.eye(2))
    encode = model.encode

    def known(x, condition=None):
        if len(x) != 20:
            raise NotDefined("only the given samples have codes")
        return encode(x, condition)

    model.encode = known
    assert measured(round_trip, model, SAMPLES)["round_trip_error"].why == "only the given samples have codes"


def test_a_conditional_model_and_pictures_have_one(tmp_path):
    settings = {"epochs": 2, "threads": 1, "hidden_widths": (16,)}
    run = train_new_run(out=tmp_path / "conditional", model="conditional-vae", data="digits", device="cpu", **settings)
    figures = run.evaluate(importance_samples=0)
    assert 0 < figures.round_trip < 5 and 0 < figures.round_trip_error < 0.1 and figures.smoothness > 0
