"""Corruption: the documented shares and moments of each kind, and unchanged clean samples."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from explorer.config import ConfigError, DataConfig, TrainConfig, describe_fields
from explorer.data import catalog
from explorer.data.corruption import HIDDEN, KINDS, Corruption, check_corruption, corrupt, corrupt_and_mask, kinds_for
from explorer.data.dataset import Description
from explorer.data.transform import Transform

SHAPES = [(200, 1, 28, 28), (200, 3, 9, 7), (200, 40)]
MASKS = [name for name, kind in KINDS.items() if kind.hides]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def samples(shape: tuple[int, ...]) -> Tensor:
    """Return values without an exact 0, so that hidden values can be recognized."""
    return 0.1 + 0.9 * torch.rand(shape, generator=seeded(7))


def text_description() -> Description:
    scale = Transform(np.zeros((), np.float32), np.ones((), np.float32))
    return Description("topics", "text", (40,), scale, False, (0.0, 1.0))


def test_the_training_config_knows_every_kind() -> None:
    field = next(field for field in describe_fields(TrainConfig) if field.name == "corruption")
    assert set(field.choices) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_seed_determines_it_and_the_clean_samples_stay(kind: str, shape: tuple[int, ...]) -> None:
    x = samples(shape)
    before = x.clone()
    first, second = corrupt(x, kind, 0.4, seeded(3)), corrupt(x, kind, 0.4, seeded(3))
    assert torch.equal(x, before)
    assert torch.equal(first, second)
    assert first.shape == x.shape
    assert first.dtype == x.dtype
    assert torch.equal(first, x) == (kind == "none")
    assert kind == "none" or not torch.equal(first, corrupt(x, kind, 0.4, seeded(4)))


@pytest.mark.parametrize("kind", KINDS)
def test_level_0_changes_nothing(kind: str) -> None:
    x = samples((5, 1, 8, 8))
    assert torch.equal(corrupt(x, kind, 0.0, seeded()), x)


@pytest.mark.parametrize("kind", MASKS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("level", [0.1, 0.25, 0.5, 0.8, 1.0])
def test_masks_hide_about_the_share_and_all_channels_together(kind: str, shape: tuple[int, ...], level: float) -> None:
    x = samples(shape)
    hidden_x, mask = corrupt_and_mask(x, kind, level, seeded())
    assert mask is not None
    assert torch.equal(hidden_x[mask], torch.full_like(hidden_x[mask], HIDDEN))
    assert torch.equal(hidden_x[~mask], x[~mask])
    assert mask.float().mean().item() == pytest.approx(level, abs=0.06)
    if x.dim() == 4:
        assert torch.equal(mask, mask[:, :1].expand_as(mask))


@pytest.mark.parametrize("level", [0.1, 0.4, 0.7])
def test_the_share_of_blocks_and_half_planes_holds_for_each_sample(level: float) -> None:
    for kind, off in (("blocks", 0.08), ("half plane", 0.05)):
        _, mask = corrupt_and_mask(samples((100, 1, 28, 28)), kind, level, seeded())
        assert mask is not None
        assert (mask.float().mean((1, 2, 3)) - level).abs().max().item() < off


def test_gaussian_noise_has_the_level_as_its_standard_deviation_and_is_not_clipped() -> None:
    x = samples((100, 1, 28, 28))
    noise = corrupt(x, "gaussian", 0.4, seeded()) - x
    assert noise.std().item() == pytest.approx(0.4, rel=0.01)
    assert noise.mean().item() == pytest.approx(0.0, abs=0.005)
    assert (x + noise).max().item() > 1.5


def test_speckle_grows_with_the_value() -> None:
    x = torch.cat([torch.full((1, 1, 100, 100), 0.2), torch.full((1, 1, 100, 100), 0.8)])
    off = (corrupt(x, "speckle", 0.3, seeded()) - x).std((1, 2, 3))
    assert off.tolist() == pytest.approx([0.2 * 0.3, 0.8 * 0.3], rel=0.03)


@pytest.mark.parametrize(("shape", "extremes"), [((50, 1, 28, 28), (0.0, 1.0)), ((500, 64), (-2.0, 2.0))])
def test_salt_and_pepper_hits_the_share_half_of_it_each(shape: tuple[int, ...], extremes: tuple[float, float]) -> None:
    x = 0.1 + 0.8 * torch.rand(shape, generator=seeded(7))
    y = corrupt(x, "salt and pepper", 0.3, seeded())
    assert (y == extremes[0]).float().mean().item() == pytest.approx(0.15, abs=0.01)
    assert (y == extremes[1]).float().mean().item() == pytest.approx(0.15, abs=0.01)
    untouched = (y != extremes[0]) & (y != extremes[1])
    assert torch.equal(y[untouched], x[untouched])


def test_half_planes_come_from_each_side_and_across() -> None:
    _, mask = corrupt_and_mask(torch.ones(400, 1, 12, 12), "half plane", 0.5, seeded())
    assert mask is not None
    sides = torch.zeros(4, 12, 12, dtype=torch.bool)
    sides[0, :6], sides[1, 6:], sides[2, :, :6], sides[3, :, 6:] = True, True, True, True
    is_side = (mask[:, 0, None] == sides).all((2, 3))
    assert (is_side.sum(0) > 20).all()
    assert is_side.any(1).float().mean().item() == pytest.approx(0.5, abs=0.08)


def test_a_vectors_blocks_are_runs_and_its_half_is_one_end() -> None:
    _, half = corrupt_and_mask(torch.ones(50, 20), "half plane", 0.25, seeded())
    _, runs = corrupt_and_mask(torch.ones(50, 20), "blocks", 0.15, seeded())
    assert half is not None
    assert runs is not None
    ends = torch.zeros(2, 20, dtype=torch.bool)
    ends[0, :5], ends[1, 15:] = True, True
    assert (half[:, None] == ends).all(2).any(1).all()
    assert (half[:, None] == ends).all(2).any(0).all()
    starts = (runs[:, 1:] & ~runs[:, :-1]).sum(1) + runs[:, 0]
    assert starts.max().item() <= 2


@given(
    st.sampled_from(sorted(KINDS)),
    st.floats(0, 1),
    st.one_of(
        st.tuples(st.integers(0, 3), st.integers(1, 2), st.integers(1, 9), st.integers(1, 9)),
        st.tuples(st.integers(0, 3), st.integers(1, 9)),
    ),
    st.integers(0, 2**31),
)
def test_random_shapes_and_levels_are_accepted(kind: str, level: float, shape: tuple[int, ...], seed: int) -> None:
    y, mask = corrupt_and_mask(samples(shape), kind, level, seeded(seed))
    assert y.shape == shape
    assert torch.isfinite(y).all()
    assert (mask is not None) == KINDS[kind].hides
    assert mask is None or mask.shape == shape


def test_corruptions_that_do_not_apply_to_text_are_refused_in_one_sentence() -> None:
    text, digits = text_description(), catalog.load(DataConfig(source="digits")).description
    with pytest.raises(ConfigError, match=r"corruption 'blocks': the terms of topics .* none, gaussian"):
        check_corruption("blocks", text)
    check_corruption("pixels", text)
    for kind in KINDS:
        check_corruption(kind, digits)
    assert {kind.name for kind in kinds_for(text)} == {"none", "gaussian", "speckle", "pixels"}
    assert len(kinds_for(digits)) == len(KINDS)


def test_an_unknown_kind_lists_the_choices() -> None:
    with pytest.raises(ConfigError, match=r"unknown corruption 'rain': choose from none, gaussian"):
        corrupt(torch.ones(1, 2), "rain", 0.1, seeded())


def test_a_corruption_of_level_0_changes_nothing() -> None:
    assert Corruption("blocks", 0.2).changes
    assert not Corruption("blocks", 0.0).changes
    assert not Corruption().changes
