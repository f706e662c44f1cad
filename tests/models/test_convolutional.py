"""Residual blocks and the families built of them: shapes, the initial identity, a deep linear network."""

import dataclasses
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from model_cases import build, config_of, description, draw

from explorer.config import ConfigError, RunConfig, TrainConfig, replace
from explorer.models import catalog
from explorer.models.latent_model import Batch
from explorer.models.layers import ResidualBlock, initialise

SMALL: dict[str, Any] = {"network": "residual", "channels": (3, 4), "hidden_widths": (5,), "blocks": 2}


@settings(max_examples=30, deadline=None)
@given(
    family=st.sampled_from(("ae", "vae")),
    shape=st.tuples(st.integers(1, 3), st.integers(1, 30), st.integers(1, 30)),
    stride=st.integers(1, 3),
    blocks=st.integers(1, 3),
)
def test_a_residual_network_gives_any_picture_size_back(
    family: str, shape: tuple[int, int, int], stride: int, blocks: int
) -> None:
    model = build(family, shape, **SMALL | {"stride": stride, "blocks": blocks})
    x = draw((2, *shape))
    likelihood = model.decode(model.encode(x).mean)
    assert likelihood.mean.shape == x.shape
    assert torch.isfinite(model.losses(Batch(x, x, torch.zeros(2, 2))).total)


def test_a_residual_block_begins_as_the_identity_and_adds_what_it_learns() -> None:
    block = ResidualBlock(3, torch.nn.ReLU)
    initialise(block, torch.Generator().manual_seed(0))
    x = draw((2, 3, 5, 4)) - 0.5
    assert torch.equal(block(x), x)
    torch.nn.init.normal_(block.branch[3].weight, generator=torch.Generator().manual_seed(1))
    first, second = block.branch[1], block.branch[3]
    wanted = x + second(torch.relu(first(torch.relu(x))))
    torch.testing.assert_close(block(x), wanted)
    assert not torch.equal(block(x), x)


def test_residual_blocks_have_no_state_but_their_weights() -> None:
    model = build("residual-ae", (1, 16, 16), channels=(3, 4), hidden_widths=(5,))
    assert not list(model.buffers())
    x = draw((6, 1, 16, 16))
    assert torch.equal(model.train().encode(x).mean, model.eval().encode(x).mean)
    torch.testing.assert_close(model.encode(x[:1]).mean, model.encode(x).mean[:1])


@pytest.mark.parametrize(
    ("side", "channels"), [(8, (32, 64)), (28, (16, 32, 64)), (64, (8, 16, 32, 64)), (1, (32, 64))]
)
def test_a_residual_autoencoder_is_as_deep_as_its_pictures_are_large(side: int, channels: tuple[int, ...]) -> None:
    model = build("residual-ae", (1, side, side))
    assert model.config.channels == channels  # type: ignore[attr-defined]
    strided = [layer.out_channels for layer in model.encoder if isinstance(layer, torch.nn.Conv2d)]
    assert tuple(strided) == channels
    given = catalog.resolve(config_of("residual-ae", channels=(5,)), description((1, side, side)))
    assert given.channels == (5,)  # type: ignore[attr-defined]


def test_residual_weights_depend_on_their_seed_alone_and_are_restored() -> None:
    first, second = (build("residual-ae", (1, 8, 8), channels=(3,), hidden_widths=(4,)) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    about = description((1, 8, 8))
    again = catalog.restore(first.config, about, {name: tensor.clone() for name, tensor in first.state_dict().items()})
    x = draw((3, 1, 8, 8))
    assert torch.equal(again.encode(x).mean, first.encode(x).mean)


@pytest.mark.parametrize(
    ("family", "shape"), [("ae", (5,)), ("shallow-ae", (5,)), ("conv-ae", (1, 9, 7)), ("residual-ae", (1, 9, 7))]
)
def test_with_the_identity_as_activation_the_whole_network_is_linear(family: str, shape: tuple[int, ...]) -> None:
    config: dict[str, Any] = {"activation": "identity", "likelihood": "gaussian"}
    if "ae" != family != "shallow-ae":
        config["channels"] = (3, 4)
    model = build(family, shape, **config).double()
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.3, generator=torch.Generator().manual_seed(weight.numel()))
    a, b = draw((4, *shape), 1, torch.float64), draw((4, *shape), 2, torch.float64)

    def whole(x: torch.Tensor) -> torch.Tensor:
        return model.decode(model.encode(x).mean).mean

    nothing = whole(torch.zeros_like(a))
    torch.testing.assert_close(whole(2 * a - 3 * b) - nothing, 2 * (whole(a) - nothing) - 3 * (whole(b) - nothing))


def test_a_residual_autoencoder_learns_pictures_of_64_by_64() -> None:
    model = build("residual-ae", (1, 64, 64), channels=(4, 8, 8), hidden_widths=(16,), latent_dim=2)
    rows = torch.linspace(0, 1, 64)
    points = torch.rand(32, 2, generator=torch.Generator().manual_seed(0))
    x = torch.exp(
        -40 * ((rows[None, :, None] - points[:, :1, None]) ** 2 + (rows[None, None] - points[:, 1:, None]) ** 2)
    )
    x = x[:, None]
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    step = Batch(x, x, torch.zeros(32, 2))
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        loss = model.losses(step).total
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.4 * losses[0]
    branches = [block.branch[3].weight for block in model.modules() if isinstance(block, ResidualBlock)]
    assert len(branches) == 6 and all(weight.abs().max() > 0 for weight in branches)


@pytest.mark.parametrize("family", ["conv-ae", "residual-ae"])
def test_convolutions_refuse_what_is_no_picture(family: str) -> None:
    with pytest.raises(ConfigError, match="needs pictures; made up has vectors: use dense, or pictures such as digits"):
        catalog.resolve(config_of(family), description((9,)))


def test_the_shallow_autoencoder_has_one_hidden_layer() -> None:
    model = build("shallow-ae", (1, 4, 4), hidden_widths=(7,))
    linear = [layer for layer in model.modules() if isinstance(layer, torch.nn.Linear)]
    assert [(layer.in_features, layer.out_features) for layer in linear] == [(16, 7), (7, 2), (2, 7), (7, 16)]
    with pytest.raises(ConfigError, match="hidden_widths"):
        replace(model.config, hidden_widths=(7, 5))


@pytest.mark.parametrize("family", ["ae", "shallow-ae", "conv-ae"])
@pytest.mark.parametrize(
    ("latent_dim", "train", "warned"),
    [
        (15, TrainConfig(), False),
        (16, TrainConfig(), True),
        (16, TrainConfig(corruption="gaussian", corruption_level=0.2), False),
        (16, TrainConfig(corruption="gaussian", corruption_level=0.0), True),
    ],
)
def test_a_code_as_wide_as_its_input_is_warned_of(
    family: str, latent_dim: int, train: TrainConfig, warned: bool
) -> None:
    config = dataclasses.replace(RunConfig(), model=config_of(family, latent_dim=latent_dim), train=train)
    words = catalog.warnings(config, description((1, 4, 4)))
    assert bool(words) == warned
    assert all("can copy its input" in sentence and "16" in sentence for sentence in words)


def test_families_are_listed_by_group_in_the_lectures_order() -> None:
    listed = catalog.families()
    known = [catalog.GROUPS.index(family.group) for family in listed if family.group in catalog.GROUPS]
    assert known == sorted(known)
    names = [family.name for family in listed]
    assert names.index("shallow-ae") < names.index("ae") < names.index("conv-ae") < names.index("residual-ae")
    assert names.index("residual-ae") < names.index("overcomplete-ae") < names.index("sparse-ae") < names.index("vae")
    assert np.all([family.summary.endswith(".") for family in listed])
