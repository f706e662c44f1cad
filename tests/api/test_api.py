import numpy as np
import pytest
import torch

import explorer
from explorer.config import ConfigError, RunConfig
from explorer.data.dataset import DataError
from explorer.runs.files import RunError
from explorer.runs.run_directory import open_run

FAST = {"epochs": 1, "threads": 1, "hidden_widths": (16,), "device": "cpu"}


@pytest.fixture(scope="module")
def vae(tmp_path_factory):
    steps = []
    run = explorer.train(
        out=tmp_path_factory.mktemp("runs") / "vae",
        latent_dim=3,
        on_progress=lambda event: steps.append(event.step),
        **FAST,
    )
    assert steps[-1] == run.step > 0
    return run


def test_a_loaded_run_describes_itself(vae):
    again = explorer.load(vae.path)
    assert again.config.model.latent_dim == again.latent_dim == 3
    assert again.description.shape == (1, 8, 8)
    assert again.latents.mean.shape == (1797, 3)
    assert len(again.history.curve("validation", "kl")[0]) > 0
    assert "vae of digits" in repr(again)


def test_encode_and_decode_are_the_model(vae, digits):
    samples = digits.samples[:5]
    mean, log_variance = vae.encode(samples)
    model, _ = open_run(vae.path).load_model()
    posterior = model.encode(torch.from_numpy(samples.astype(np.float32) / 16))
    np.testing.assert_allclose(mean, posterior.mean, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(log_variance, posterior.log_variance, rtol=1e-5, atol=1e-6)
    decoded = vae.decode(mean)
    np.testing.assert_allclose(decoded, model.decode(posterior.mean).mean * 16, rtol=1e-4, atol=1e-4)
    assert decoded.dtype == np.float32 and decoded.max() <= 16
    np.testing.assert_allclose(vae.decode(mean[0]), decoded[0], rtol=1e-5)
    assert vae.decode(np.zeros((2, 4, 3))).shape == (2, 4, 1, 8, 8)
    np.testing.assert_allclose(vae.code_of(2), mean[2], rtol=1e-5, atol=1e-6)


def test_wrong_shapes_are_refused(vae):
    with pytest.raises(DataError, match=r"encodes \(n, 1, 8, 8\)"):
        vae.encode(np.zeros((2, 64)))
    with pytest.raises(ConfigError, match="3 numbers"):
        vae.decode([0.0, 1.0])
    with pytest.raises(DataError, match="no sample 5000"):
        vae.code_of(5000)


def test_samples_are_seeded(vae):
    np.testing.assert_array_equal(vae.sample(4, seed=1), vae.sample(4, seed=1))
    assert not np.array_equal(vae.sample(4, seed=1), vae.sample(4, seed=2))
    assert vae.sample(4).shape == (4, 1, 8, 8)


def test_evaluate_and_codes(vae, digits):
    assert vae.evaluate().samples == len(digits.splits.test)
    codes = vae.encode_dataset()
    np.testing.assert_allclose(codes.mean, vae.latents.mean, atol=1e-5)
    assert (codes.split[digits.splits.test] == "test").all()


def test_an_autoencoder_has_no_prior(tmp_path):
    run = explorer.train(out=tmp_path / "ae", model="ae", **FAST)
    assert run.encode(np.zeros((1, 1, 8, 8), np.uint8))[1] is None
    with pytest.raises(ConfigError, match="no prior"):
        run.sample(1)


def test_invalid_arguments_are_refused(tmp_path, vae):
    with pytest.raises(ConfigError, match="not both"):
        explorer.train(RunConfig(), out=tmp_path / "x", beta=3)
    with pytest.raises(ConfigError, match="no such setting"):
        explorer.train(out=tmp_path / "x", betta=3)
    with pytest.raises(RunError, match="already exists"):
        explorer.train(out=vae.path, **FAST)
    with pytest.raises(RunError, match="not a run;"):
        explorer.load(tmp_path / "nowhere")
