"""How fast decodes change, against closed forms and autograd."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from known_models import LinearModel, dataset_of, evaluated, measured

from explorer.config import MODEL_CONFIGS
from explorer.latent.metrics.decoder.smoothness import DIRECTIONS, _values, rows_at
from explorer.latent.metrics.decoder.smoothness import measure as smoothness
from explorer.latent.metrics.sample_values import error_over_samples
from explorer.models import catalog
from explorer.models.latent_model import Capabilities, NotDefined

SAMPLES = np.random.default_rng(0).normal(size=(30, 3)) * (1.0, 2.0, 0.5)


def test_a_linear_decoder_has_one_slope_everywhere():
    decoder = np.random.default_rng(1).normal(size=(3, 3))
    found = measured(smoothness, LinearModel(np.eye(3), decoder), dataset_of(SAMPLES))
    assert found["smoothness"] == pytest.approx(np.linalg.norm(decoder * SAMPLES.std(axis=0)), rel=1e-5)
    # The slope is the same for all samples, but not their spread.
    columns = np.square(decoder * SAMPLES.std(axis=0)).sum(axis=0) / found["smoothness"]
    relative = np.square((SAMPLES - SAMPLES.mean(axis=0)) / SAMPLES.std(axis=0)) / 2
    error = (relative @ columns).std(ddof=1) / len(SAMPLES) ** 0.5
    assert found["smoothness_error"] == pytest.approx(error, rel=1e-4)


def test_wider_codes_decoded_slower_are_as_smooth():
    wide = LinearModel(10 * np.eye(3), 0.1 * np.eye(3))
    plain = LinearModel(np.eye(3), np.eye(3))
    found = [measured(smoothness, model, dataset_of(SAMPLES))["smoothness"] for model in (wide, plain)]
    assert found[0] == pytest.approx(found[1], rel=1e-5)


@pytest.mark.parametrize(("family", "settings"), [("vae", {}), ("ae", {"network": "convolutional"})])
def test_networks_agree_with_autograd(family, settings, digits):
    config = catalog.resolve(MODEL_CONFIGS[family](latent_dim=3, **settings), digits.description)
    model = catalog.build(config, digits.description, torch.Generator().manual_seed(0)).eval()
    few = replace(digits, splits=replace(digits.splits, test=digits.splits.test[:12]))
    found = measured(smoothness, model, few)
    codes = torch.from_numpy(evaluated(model, few).means.copy())
    spread, norms = codes.double().std(0, correction=0), []
    for code in codes:
        jacobian = torch.autograd.functional.jacobian(lambda z: model.decode(z[None]).mean.flatten(), code)
        norms.append((jacobian.double() * spread).square().sum().sqrt().item())
    assert found["smoothness"] == pytest.approx(np.mean(norms), rel=1e-4)
    assert found["smoothness_error"] > 0


def test_its_error_is_how_far_other_samples_are_off(digits):
    config = catalog.resolve(MODEL_CONFIGS["vae"](latent_dim=2), digits.description)
    model = catalog.build(config, digits.description, torch.Generator().manual_seed(0)).eval()
    for parameter in model.parameters():
        parameter.data *= 3  # so that the decoder is not nearly linear
    found = []
    for seed in range(60):
        chosen = np.random.default_rng(seed).choice(len(digits), 100, replace=False)
        found.append(measured(smoothness, model, replace(digits, splits=replace(digits.splits, test=chosen))))
    spread = np.std([each["smoothness"] for each in found], ddof=1)
    assert np.mean([each["smoothness_error"] for each in found]) == pytest.approx(spread, rel=0.25)


def test_the_error_of_a_difference_includes_the_spread_of_samples_that_are_not_measured():
    """Two models differ only by effects of the spread, of 2,000 samples; the norms are those of 200 samples."""
    rng = np.random.default_rng(0)
    rows, norms = np.sort(rng.choice(2000, 200, replace=False)), 5 + rng.normal(size=200)
    one, other = rng.normal(size=(2, 2000))
    difference = _values(norms, one, rows) - _values(norms, other, rows)
    assert difference.mean() == pytest.approx(0, abs=1e-12)
    assert error_over_samples(difference) == pytest.approx(error_over_samples(one - other), rel=0.15)


def test_it_is_bounded_in_samples_times_dimensions():
    def taken(count, dim):
        model, samples = LinearModel(np.zeros((dim, 1)), np.zeros((1, dim))), dataset_of(np.zeros((count, 1)))
        return len(rows_at(evaluated(model, samples)))

    assert (taken(300, 2), taken(100, 2), taken(300, 128), taken(300, 4096)) == (256, 100, DIRECTIONS // 128, 16)


def test_it_works_within_inference_mode_too():
    model = LinearModel(np.eye(3), np.eye(3))
    with torch.inference_mode():
        found = measured(smoothness, model, dataset_of(SAMPLES))
    assert found["smoothness"] == pytest.approx(np.linalg.norm(SAMPLES.std(axis=0)), rel=1e-5)


def test_missing_requirements_are_named():
    model = LinearModel(np.eye(3), np.eye(3))
    assert "no spread" in measured(smoothness, model, dataset_of(SAMPLES[:1]))["smoothness"].why
    model.capabilities = Capabilities(True, True, False, differentiable=False)
    assert "cannot differentiate" in measured(smoothness, model, dataset_of(SAMPLES))["smoothness"].why


def test_a_decode_without_a_mean_or_a_derivative_says_so():
    def refusing(error):
        model = LinearModel(np.eye(3), np.eye(3))

        def decode(z, condition=None):
            raise error

        model.decode = decode
        return measured(smoothness, model, dataset_of(SAMPLES))["smoothness"].why

    assert refusing(NotDefined("its decode is a ranking")) == "its decode is a ranking"
    assert "cannot differentiate" in refusing(NotImplementedError("derivative for aten::sort is not implemented"))


def test_a_decode_that_is_cut_from_its_codes_has_no_slope():
    model = LinearModel(np.eye(3), np.eye(3))
    decode = model.decode
    model.decode = lambda z, condition=None: decode(z.detach())
    assert "cannot differentiate" in measured(smoothness, model, dataset_of(SAMPLES))["smoothness"].why


def test_a_decoder_that_ignores_its_codes_has_slope_zero():
    assert measured(smoothness, LinearModel(np.eye(3), np.zeros((3, 3))), dataset_of(SAMPLES))["smoothness"] == 0
