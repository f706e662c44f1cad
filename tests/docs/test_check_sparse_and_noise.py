"""The script's PSNRs and activity of a sparse code are those of the program, on small models in memory."""

import importlib
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.config import DataConfig
from explorer.data import catalog as datasets
from explorer.data.corruption import Corruption
from explorer.latent.metrics.codes.sparse_activity import measure_activity
from explorer.latent.metrics.decoder import restoration
from explorer.latent.metrics.measure import Evaluated
from explorer.latent.metrics.sample_values import error_over_samples
from explorer.latent.steps import at_once
from explorer.models.catalog import build, family, resolve

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


@pytest.fixture(scope="module")
def scripts():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES)
        pytest.importorskip("onnxruntime")
        yield {name: importlib.import_module(name) for name in ("check_codes", "check_decoder", "check_figures")}


def test_the_ratios_of_a_denoising_model(scripts, capsys):
    digits = datasets.load(DataConfig(source="digits"))
    config = resolve(family("ae").config_type(latent_dim=3, hidden_widths=(8,)), digits.description)
    model = build(config, digits.description, torch.Generator().manual_seed(1)).eval()
    rows = digits.splits.test
    evaluated = Evaluated(model, digits, rows, 0, Corruption("gaussian", 0.4))
    figures = dict(at_once(restoration.measure.run(evaluated, {})))

    class InMemory(scripts["check_decoder"].Model):
        def __init__(self):
            self.encoder = object()

        @torch.inference_mode()
        def restore(self, x):
            given = torch.from_numpy(x.astype(np.float32)).reshape(len(x), *digits.description.shape)
            return model.decode(model.encode(given).mean).mean.numpy().reshape(len(x), -1)

    x = digits.model_inputs(rows).reshape(len(rows), -1).astype(float)
    found = list(scripts["check_decoder"]._of_noise(InMemory(), x, 0.4))
    assert {one.name for one in found} == {
        *("psnr_corrupted", "psnr_corrupted_error", "psnr_restored", "psnr_restored_error")
    }
    assert scripts["check_figures"].compare(found, figures) == []
    wrong = {**figures, "psnr_restored_error": 1.5 * figures["psnr_restored_error"]}
    assert scripts["check_figures"].compare(found, wrong) == ["psnr_restored_error"]
    capsys.readouterr()


def test_the_activity_of_a_sparse_code(scripts):
    module, rng = scripts["check_codes"], np.random.default_rng(0)
    codes = module.Codes.__new__(module.Codes)
    codes.mean = np.maximum(rng.normal(size=(30, 4)), 0)
    codes.mean[:, 2] = 0
    codes.log_variance = codes.labels = None
    found = {one.name: one.value for one in module.figures_of_codes(codes, prior=False, active_above=0.0)}
    activity = measure_activity(codes.mean, 0.0)
    assert found["active_fraction"] == pytest.approx(activity.fraction)
    assert found["active_fraction_error"] == pytest.approx(error_over_samples(activity.fractions))
    assert found["dead_units"] == len(activity.dead) == 1 and "anisotropy" not in found
