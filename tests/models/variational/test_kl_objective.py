"""The KL in the loss: schedules, free bits, capacity; the defaults equal the plain ELBO to the bit."""

import math
from typing import Any

import pytest
import torch
from model_cases import build, draw
from torch.nn import functional

from explorer.config import MODEL_CONFIGS, RunConfig, config_from_json, config_to_json
from explorer.models.latent_model import Batch, Losses
from explorer.models.variational.kl_objective import KlObjectiveConfig, ramp
from explorer.models.variational.vae import Vae

SHAPE = (1, 3, 4)


def losses(epoch: float = math.inf, **settings: Any) -> Losses:
    model = build("vae", SHAPE, **{"hidden_widths": (6,), "latent_dim": 3, "likelihood": "bernoulli"} | settings)
    x, noise = draw((7, *SHAPE)), draw((7, 3), 2) - 0.5
    return model.losses(Batch(x, x, noise, epoch=epoch))


def extra(found: Losses) -> float:
    return (found.total - found.terms["reconstruction"]).item()


def test_the_defaults_are_the_plain_elbo_to_the_bit() -> None:
    model = build("vae", SHAPE, hidden_widths=(6,), beta=2.5)
    assert isinstance(model, Vae)
    x, noise = draw((7, *SHAPE)), draw((7, 2), 2) - 0.5
    mean, log_variance = model.encoder(x).chunk(2, dim=1)
    log_variance = 12.0 * torch.tanh(log_variance / 12.0)
    logits = model.decoder(mean + (0.5 * log_variance).exp() * noise)
    reconstruction = functional.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1).mean()
    kl = (0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)).mean(0)
    for epoch in (0.0, 3.5, math.inf):
        found = model.losses(Batch(x, x, noise, epoch=epoch))
        assert torch.equal(found.total, reconstruction + 2.5 * kl.sum())
        assert found.kl_per_dimension is not None and torch.equal(found.kl_per_dimension, kl)
        assert set(found.terms) == {"reconstruction", "kl"}


def test_a_ramp_rises_linearly_and_is_whole_at_its_end() -> None:
    assert [ramp(epoch, 8) for epoch in (0, 2, 8, 9, math.inf)] == [0, 0.25, 1, 1, 1]
    assert ramp(0, 0) == 1


@pytest.mark.parametrize(("epoch", "share"), [(0, 0.0), (2.5, 0.25), (10, 1.0), (25, 1.0), (math.inf, 1.0)])
def test_the_kl_warms_up_and_its_term_stays_unweighted(epoch: float, share: float) -> None:
    found = losses(epoch, beta=4.0, kl_warm_up=10)
    assert found.terms["kl"].item() == losses().terms["kl"].item() > 0
    assert extra(found) == pytest.approx(4.0 * share * found.terms["kl"].item(), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize(("epoch", "goal"), [(0, 0.0), (5, 3.0), (10, 6.0), (math.inf, 6.0)])
def test_the_capacity_grows_and_holds_the_kl_at_it(epoch: float, goal: float) -> None:
    found = losses(epoch, kl_objective="capacity", capacity=6.0, capacity_epochs=10.0, gamma=30.0)
    assert extra(found) == pytest.approx(30 * abs(found.terms["kl"].item() - goal), rel=1e-4)


@pytest.mark.parametrize("floor", [0.0, 0.02, 0.2, 5.0])
def test_free_bits_are_a_floor_for_each_dimension(floor: float) -> None:
    found = losses(kl_objective="free bits", free_bits=floor, beta=2.0)
    parts = found.kl_per_dimension
    assert parts is not None and found.terms["kl"].item() == pytest.approx(parts.sum().item(), rel=1e-6)
    assert extra(found) == pytest.approx(2 * sum(max(floor, part) for part in parts.tolist()), rel=1e-4)


def test_below_its_free_bits_a_dimension_has_no_gradient_of_the_kl() -> None:
    model = build("vae", SHAPE, hidden_widths=(6,), kl_objective="free bits", free_bits=50.0)
    x, noise = draw((7, *SHAPE)), draw((7, 2), 2) - 0.5
    found = model.losses(Batch(x, x, noise))
    weights = list(model.parameters())
    whole = torch.autograd.grad(found.total, weights, retain_graph=True)
    alone = torch.autograd.grad(found.terms["reconstruction"], weights)
    assert all(torch.equal(one, two) for one, two in zip(whole, alone, strict=True))


def test_where_the_kl_has_no_dimensions_they_are_one_group() -> None:
    model = build("mixture-vae", SHAPE, hidden_widths=(6,), latent_dim=3, kl_objective="free bits", free_bits=4.0)
    x, noise = draw((7, *SHAPE)), draw((7, 3), 2) - 0.5
    found = model.losses(Batch(x, x, noise))
    assert found.kl_per_dimension is None and found.terms["kl"].item() < 12
    assert extra(found) == pytest.approx(12, rel=1e-5)


def test_the_reconstruction_has_a_weight_and_its_term_stays_unweighted() -> None:
    plain, half = losses(beta=0.5), losses(beta=0.5, reconstruction_weight=0.5)
    assert half.terms["reconstruction"].item() == plain.terms["reconstruction"].item()
    assert half.total.item() == pytest.approx(0.5 * (plain.terms["reconstruction"] + plain.terms["kl"]).item())


def test_by_the_kl_alone_the_decoder_has_no_gradient() -> None:
    model = build("vae", SHAPE, hidden_widths=(6,), reconstruction_weight=0)
    x, noise = draw((7, *SHAPE)), draw((7, 2), 2) - 0.5
    found = model.losses(Batch(x, x, noise))
    assert torch.equal(found.total, found.terms["kl"])
    found.total.backward()
    assert isinstance(model, Vae)
    assert all(weight.grad is None or not weight.grad.any() for weight in model.decoder.parameters())
    assert all(weight.grad is not None and weight.grad.any() for weight in model.encoder.parameters())


@pytest.mark.parametrize("family", ["vae", "conditional-vae", "mixture-vae", "vamp-vae"])
def test_every_family_of_this_objective_can_leave_the_reconstruction_out(family: str) -> None:
    assert issubclass(MODEL_CONFIGS[family], KlObjectiveConfig)


def test_a_config_that_was_saved_before_the_weight_was_there_has_it_at_one() -> None:
    saved = config_to_json(RunConfig(model=MODEL_CONFIGS["vae"]()))
    assert saved["model"].pop("reconstruction_weight") == 1
    model = config_from_json(saved).model
    assert isinstance(model, KlObjectiveConfig) and model.reconstruction_weight == 1
