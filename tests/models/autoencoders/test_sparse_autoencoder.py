"""Sparse codes: at most k active, the penalties against closed forms, what is refused and warned of."""

import dataclasses
import math
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given, settings
from model_cases import build, config_of, description, draw

from explorer.config import ConfigError, RunConfig, TrainConfig
from explorer.data.dataset import Dataset
from explorer.latent.evaluation.evaluate import evaluate
from explorer.latent.metrics.codes.sparse_activity import activity_of, measure_activity
from explorer.models import catalog
from explorer.models.latent_model import Batch
from explorer.models.sparse_code import SparseCode, keep_largest, kl_to_target


def step(x: torch.Tensor, epoch: float = math.inf) -> Batch:
    return Batch(x, x, torch.full((len(x), 1), torch.nan), epoch=epoch)


@settings(max_examples=40, deadline=None)
@given(
    k=st.integers(1, 30),
    width=st.integers(1, 30),
    hidden=st.lists(st.integers(1, 6), max_size=2),
    activation=st.sampled_from(["auto", "identity", "relu", "tanh"]),
)
def test_top_k_has_at_most_k_active(k: int, width: int, hidden: list[int], activation: str) -> None:
    k = min(k, width)
    config: dict[str, Any] = {"latent_dim": width, "active_units": k, "hidden_widths": hidden}
    model = build("sparse-ae", (1, 3, 3), sparsity="top-k", code_activation=activation, **config)
    code = model.encode(draw((7, 1, 3, 3))).mean
    assert code.shape == (7, width)
    assert ((code != 0).sum(1) <= k).all()


@given(st.lists(st.lists(st.integers(-3, 3), min_size=6, max_size=6), min_size=1, max_size=5), st.integers(1, 6))
def test_the_largest_are_kept_and_ties_do_not_add_more(rows: list[list[int]], k: int) -> None:
    code = torch.tensor(rows, dtype=torch.float64)
    kept = keep_largest(code, k)
    for before, after in zip(code.tolist(), kept.tolist(), strict=True):
        assert sorted(v for v in after if v) == sorted(v for v in sorted(before)[-k:] if v)
        assert all(a in (0, b) for a, b in zip(after, before, strict=True))


def test_all_units_may_be_used_at_first_and_fewer_in_each_epoch() -> None:
    model = build("sparse-ae", (1, 3, 3), sparsity="top-k", latent_dim=20, active_units=4, active_units_after=8)
    assert [model.units_at(epoch) for epoch in (0, 2, 4, 8, 9, math.inf)] == [20, 16, 12, 4, 4, 4]
    x = draw((5, 1, 3, 3))
    assert model.losses(step(x, 0.0)).total.item() != model.losses(step(x)).total.item()
    known = -model.decode(model.encode(x).mean).log_prob(x).mean()
    assert model.losses(step(x)).total.item() == pytest.approx(known.item())
    at_once = build("sparse-ae", (1, 3, 3), sparsity="top-k", latent_dim=20, active_units=4, active_units_after=0)
    assert at_once.units_at(0) == 4


def test_the_kl_to_a_target_is_that_of_two_bernoullis() -> None:
    found = kl_to_target(torch.tensor([0.02, 0.05, 0.4, 0.99], dtype=torch.float64), 0.05)
    wanted = [scipy.stats.entropy([0.05, 0.95], [rho, 1 - rho]) for rho in (0.02, 0.05, 0.4, 0.99)]
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-15)


def test_a_unit_that_is_off_to_the_last_bit_costs_no_infinity() -> None:
    dead = torch.zeros(3, requires_grad=True)
    loss = kl_to_target(dead, 0.05).sum()
    loss.backward()
    assert torch.isfinite(loss) and dead.grad is not None and torch.isfinite(dead.grad).all()


@pytest.mark.parametrize("sparsity", ["l1", "kl"])
def test_the_loss_is_reconstruction_and_weighted_sparsity(sparsity: str) -> None:
    model = build("sparse-ae", (1, 3, 3), sparsity=sparsity, latent_dim=12, sparsity_weight=0.7, target=0.1).double()
    x = draw((6, 1, 3, 3), dtype=torch.float64)
    losses = model.losses(step(x))
    code = model.encode(x).mean.detach().numpy()
    if sparsity == "l1":
        columns = np.linalg.norm(model.decoder[0].weight.detach().numpy(), axis=0)
        wanted = (np.abs(code) * columns).sum(1).mean()
        assert (code >= 0).all()
    else:
        on = code.mean(0)
        wanted = sum(scipy.stats.entropy([0.1, 0.9], [rho, 1 - rho]) for rho in on)
        assert ((code > 0) & (code < 1)).all()
    assert losses.terms["sparsity"].item() == pytest.approx(wanted, rel=1e-12)
    assert losses.total.item() == pytest.approx(losses.terms["reconstruction"].item() + 0.7 * wanted, rel=1e-12)


def test_l1_does_not_fall_where_the_code_shrinks_and_the_decoder_grows() -> None:
    model = build("sparse-ae", (1, 3, 3), latent_dim=12).double()
    x = draw((6, 1, 3, 3), dtype=torch.float64)
    before = model.losses(step(x))
    with torch.no_grad():
        model.encoder[-1].weight.mul_(0.01)
        model.encoder[-1].bias.mul_(0.01)
        model.decoder[0].weight.mul_(100)
    after = model.losses(step(x))
    for name in ("reconstruction", "sparsity"):
        assert after.terms[name].item() == pytest.approx(before.terms[name].item(), rel=1e-9)


@pytest.mark.parametrize("family", ["sparse-ae", "ae", "denoising-ae", "residual-ae", "vae"])
def test_a_code_may_have_1024_numbers(family: str) -> None:
    assert build(family, (1, 8, 8), latent_dim=1024).encode(draw((2, 1, 8, 8))).mean.shape == (2, 1024)
    with pytest.raises(ValueError, match="latent_dim"):
        config_of(family, latent_dim=1025)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sparsity": "kl", "code_activation": "relu"}, "model.code_activation = relu: the KL to a target"),
        ({"sparsity": "top-k", "active_units": 9, "latent_dim": 8}, "model.active_units = 9: the code has 8 units"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        catalog.resolve(config_of("sparse-ae", **changes), description((1, 4, 4)))


@pytest.mark.parametrize(
    ("family", "changes", "warned"),
    [
        ("overcomplete-ae", {}, True),
        ("overcomplete-ae", {"sparsity": "l1"}, False),
        ("sparse-ae", {}, False),
        ("sparse-ae", {"sparsity": "none"}, True),
        ("sparse-ae", {"sparsity_weight": 0}, True),
        ("sparse-ae", {"sparsity": "top-k", "active_units": 128}, True),
    ],
)
def test_a_wide_code_without_a_constraint_gives_a_warning(family: str, changes: dict[str, Any], warned: bool) -> None:
    model = config_of(family, **changes)
    assert bool(catalog.warnings(RunConfig(model=model), description((1, 4, 4)))) == warned
    noisy = dataclasses.replace(RunConfig(model=model), train=TrainConfig(corruption="pixels", corruption_level=0.3))
    assert not catalog.warnings(noisy, description((1, 4, 4)))


def test_active_share_and_dead_units_are_counted() -> None:
    codes = np.array([[0, 2, 0, -1], [0, 0, 0.4, 3], [0, 1, 0, 0.2]], np.float32)
    activity = measure_activity(codes, 0.0)
    np.testing.assert_allclose(activity.share, [0, 2 / 3, 1 / 3, 1])
    assert activity.fraction == pytest.approx(6 / 12) and activity.dead == (0,) and activity.samples == 3
    assert measure_activity(codes, 0.5).dead == (0, 2)


def test_the_figures_of_a_sparse_code(digits: Dataset) -> None:
    config = catalog.resolve(
        config_of("sparse-ae", latent_dim=40, sparsity="top-k", active_units=5), digits.description
    )
    model = catalog.build(config, digits.description, torch.Generator().manual_seed(0))
    assert isinstance(config, SparseCode)
    figures = evaluate(model, digits)
    index = digits.splits.test
    with torch.inference_mode():
        codes = model.encode(torch.from_numpy(digits.model_inputs(index))).mean.numpy()
    assert figures.active_fraction == pytest.approx((codes != 0).mean())
    assert figures.active_fraction <= 5 / 40
    assert figures.dead_units == int((codes == 0).all(0).sum())


def test_a_family_without_sparse_code_says_so(digits: Dataset) -> None:
    config = catalog.resolve(config_of("ae"), digits.description)
    assert activity_of(config, np.zeros((3, 2), np.float32)) is None
    figures = evaluate(catalog.build(config, digits.description, torch.Generator().manual_seed(0)), digits)
    assert figures.active_fraction is None and figures.dead_units is None
    assert figures.not_defined["dead_units"] == figures.not_defined["active_fraction"]
    assert "no sparse code" in figures.not_defined["dead_units"]


def test_a_narrow_code_is_said_not_to_be_overcomplete() -> None:
    model = catalog.family("overcomplete-ae").config_type(latent_dim=128)
    (message,) = catalog.warnings(RunConfig(model=model), description((1, 28, 28)))
    assert "not overcomplete" in message and "784" in message
    assert "copy" in catalog.warnings(RunConfig(model=model), description((1, 8, 8)))[0]
