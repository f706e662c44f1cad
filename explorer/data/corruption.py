"""Corrupts samples for denoising: the encoder sees noise or masks, and the loss compares with the clean sample.

Denoising follows Vincent et al. 2008 (Extracting and composing robust features with denoising autoencoders), filling in
hidden regions Pathak et al. 2016 (arXiv 1604.07379), and hidden patches He et al. 2022 (arXiv 2111.06377).

All kinds work on model values: pictures ``(n, C, H, W)`` in [0, 1] and standardized vectors ``(n, F)``. Hidden values
become `HIDDEN`, in all channels of a pixel together. Noise is not clipped, so that its standard deviation is exactly
the level. Random numbers are drawn on the CPU, so that a seed has the same effect on every device.

A new kind is a function below `_noise` or `_mask` here, and its name in `explorer.config.run_config.CorruptionName`;
training, window and command line offer it from there.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from explorer.config import ConfigError, TrainConfig, suggestion
from explorer.data.dataset import Description

HIDDEN = 0.0
"""The value of hidden pixels and features: black in pictures, the mean of standardized features."""
PICTURE_EXTREMES = (0.0, 1.0)
VECTOR_EXTREMES = (-2.0, 2.0)
"""Values of pepper and salt in vectors, in standard deviations."""
_BLOCK_ROUNDS = 48
"""Maximum number of rectangles per sample."""
_LARGEST_BLOCK = 0.25
_SMALLEST_BLOCK = 0.03
"""Limits of a rectangle's area as a share of the picture."""

Noise = Callable[[Tensor, float, Generator], Tensor]
Mask = Callable[[tuple[int, int, int], float, Generator], Tensor]


@dataclass(frozen=True)
class CorruptionKind:
    """One way to corrupt a sample.

    Attributes
    ----------
    level_means
        What a level in [0, 1] stands for, with its unit; for labels and tooltips.
    hides
        Whether it hides pixels or features, for which `corrupt_and_mask` returns a mask.
    suits_text
        Whether it applies to text, whose terms have neither neighbours nor a highest value.
    """

    name: str
    summary: str
    level_means: str
    apply: Callable[[Tensor, float, Generator], tuple[Tensor, Tensor | None]]
    hides: bool
    suits_text: bool


KINDS: dict[str, CorruptionKind] = {}
"""All kinds by their name in `explorer.config.TrainConfig`."""


@dataclass(frozen=True)
class Corruption:
    """A kind of corruption and its level."""

    kind: str = "none"
    level: float = 0.0

    @classmethod
    def of_training(cls, config: TrainConfig) -> "Corruption":
        """Return the corruption of a training."""
        return cls(config.corruption, config.corruption_level)

    @property
    def changes(self) -> bool:
        """Whether the corruption changes a sample at all."""
        return self.kind != "none" and self.level > 0


def corrupt(x: Tensor, kind: str, level: float, generator: Generator) -> Tensor:
    """Return corrupted copies of samples.

    Parameters
    ----------
    x
        Model values ``(n, C, H, W)`` or ``(n, F)``.
    kind
        One of `KINDS`.
    level
        In [0, 1]; see `CorruptionKind.level_means`.
    generator
        A CPU generator.

    Raises
    ------
    ConfigError
        If the kind is unknown.
    """
    return corrupt_and_mask(x, kind, level, generator)[0]


def corrupt_and_mask(x: Tensor, kind: str, level: float, generator: Generator) -> tuple[Tensor, Tensor | None]:
    """Return corrupted copies, as `corrupt` does, and a mask of the hidden values: bool like ``x``, or None."""
    return named_kind(kind).apply(x, level, generator)


def named_kind(name: str) -> CorruptionKind:
    """Return the kind with this name.

    Raises
    ------
    ConfigError
        If the name is unknown; the message lists the choices.
    """
    if name not in KINDS:
        raise ConfigError(f"unknown corruption {name!r}: {suggestion(name, KINDS)}")
    return KINDS[name]


def check_corruption(name: str, description: Description) -> None:
    """Check that a kind of corruption applies to the data.

    Raises
    ------
    ConfigError
        If the data is text and the kind needs neighbours or a highest value; the message lists those that apply.
    """
    if description.kind == "text" and not named_kind(name).suits_text:
        choices = ", ".join(kind.name for kind in KINDS.values() if kind.suits_text)
        raise ConfigError(
            f"corruption {name!r}: the terms of {description.name} have no neighbours and no highest value; "
            f"choose from {choices}"
        )


def kinds_for(description: Description) -> tuple[CorruptionKind, ...]:
    """Return the kinds of corruption that apply to the data."""
    return tuple(kind for kind in KINDS.values() if kind.suits_text or description.kind != "text")


def _noise(name: str, summary: str, level_means: str, *, suits_text: bool) -> Callable[[Noise], Noise]:
    """Register a kind that changes values."""

    def enter(noise: Noise) -> Noise:
        def apply(x: Tensor, level: float, generator: Generator) -> tuple[Tensor, None]:
            return noise(x, level, generator), None

        KINDS[name] = CorruptionKind(name, summary, level_means, apply, hides=False, suits_text=suits_text)
        return noise

    return enter


def _mask(name: str, summary: str, *, suits_text: bool) -> Callable[[Mask], Mask]:
    """Register a kind that hides pixels: its function takes a shape (n, H, W) and returns a bool mask of that shape.

    A vector counts as a picture with one row.
    """

    def enter(mask: Mask) -> Mask:
        def apply(x: Tensor, level: float, generator: Generator) -> tuple[Tensor, Tensor]:
            is_picture = x.dim() == 4
            height, width = x.shape[-2:] if is_picture else (1, x.shape[-1])
            pixels = mask((len(x), height, width), level, generator).to(x.device)  # (n, H, W)
            hidden = (pixels[:, None] if is_picture else pixels[:, 0]).expand_as(x)
            return x.masked_fill(hidden, HIDDEN), hidden  # both of x's shape

        KINDS[name] = CorruptionKind(name, summary, "share that is hidden", apply, hides=True, suits_text=suits_text)
        return mask

    return enter


@_noise("none", "Nothing is changed.", "", suits_text=True)
def _nothing(x: Tensor, level: float, generator: Generator) -> Tensor:
    return x


@_noise("gaussian", "Adds normal noise to every value.", "standard deviation, in model values", suits_text=True)
def _gaussian(x: Tensor, level: float, generator: Generator) -> Tensor:
    return x + level * _normal(x, generator)


@_noise(
    "salt and pepper",
    "Sets values to the lowest or the highest: 0 or 1 in pictures, ±2 standard deviations elsewhere.",
    "share of the values that change",
    suits_text=False,
)
def _salt_and_pepper(x: Tensor, level: float, generator: Generator) -> Tensor:
    low, high = PICTURE_EXTREMES if x.dim() == 4 else VECTOR_EXTREMES
    chance = torch.rand(x.shape, generator=generator).to(x.device)  # below level/2: low; below level: high
    return x.masked_fill(chance < level / 2, low).masked_fill_((chance >= level / 2) & (chance < level), high)


@_noise("speckle", "Multiplies every value by 1 + normal noise.", "standard deviation of the factor", suits_text=True)
def _speckle(x: Tensor, level: float, generator: Generator) -> Tensor:
    return x + x * level * _normal(x, generator)


@_mask("blocks", "Hides random rectangles; in vectors, runs of neighbouring values.", suits_text=False)
def _blocks(shape: tuple[int, int, int], level: float, generator: Generator) -> Tensor:
    """Return a mask that hides about the share ``level`` by random rectangles.

    1. Find the samples whose hidden share is still below the level.
    2. Draw a rectangle for each, with an area of at most what is missing and an aspect ratio from 1:2 to 2:1.
    3. Repeat until no sample needs one, or for `_BLOCK_ROUNDS` rounds.

    Levels above 0.9 may be missed by up to 0.1, as rectangles rarely hit the last gaps.
    """
    count, height, width = shape
    if level >= 1:
        return torch.ones(shape, dtype=torch.bool)
    hidden = torch.zeros(shape, dtype=torch.bool)
    rows, columns = torch.arange(height)[None, :, None], torch.arange(width)[None, None, :]
    for _ in range(_BLOCK_ROUNDS):
        missing = level - hidden.float().mean((1, 2))  # (n,), as a share
        wanted = missing > 0.5 / (height * width)
        if not wanted.any():
            break
        # Drawn for all samples, so that the numbers of a sample do not depend on when the others are done.
        area, aspect, down, across = torch.rand((4, count), generator=generator)
        area = (missing * (0.5 + 0.5 * area)).clamp(_SMALLEST_BLOCK, _LARGEST_BLOCK) * height * width  # in pixels, (n,)
        area = torch.minimum(area, missing * height * width)
        tall = (area * height / width * 4 ** (aspect - 0.5)).sqrt().round().clamp(1, height)
        wide = (area / tall).round().clamp(1, width)
        top, left = (down * (height - tall + 1)).floor(), (across * (width - wide + 1)).floor()
        in_rows = (rows >= top[:, None, None]) & (rows < (top + tall)[:, None, None])  # (n, H, 1)
        in_columns = (columns >= left[:, None, None]) & (columns < (left + wide)[:, None, None])
        hidden |= in_rows & in_columns & wanted[:, None, None]
    return hidden


@_mask("pixels", "Hides single pixels, features or terms.", suits_text=True)
def _pixels(shape: tuple[int, int, int], level: float, generator: Generator) -> Tensor:
    return torch.rand(shape, generator=generator) < level


@_mask(
    "half plane",
    "Hides everything beyond a line: one side of the picture (for half of the samples) or a part cut off at a random "
    "angle; in vectors, one end.",
    suits_text=False,
)
def _half_plane(shape: tuple[int, int, int], level: float, generator: Generator) -> Tensor:
    """Return a mask that hides the share ``level`` of the pixels, those farthest in a random direction."""
    count, height, width = shape
    chance, free, side = torch.rand((3, count), generator=generator)
    sides = 4 if height > 1 else 2
    turn = (side * sides).floor() / sides
    angle = 2 * math.pi * torch.where((chance < 0.5) & (height > 1), free, turn)
    # Rounded, so that all pixels of a row or a column are at exactly the same distance.
    across, down = angle.cos().mul(1e4).round(), angle.sin().mul(1e4).round()
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    distance = across[:, None] * columns.flatten() + down[:, None] * rows.flatten()  # (n, H·W)
    wanted = round(level * height * width)
    if wanted == 0:
        return torch.zeros(shape, dtype=torch.bool)
    edge = distance.kthvalue(height * width - wanted + 1, dim=1, keepdim=True).values  # (n, 1)
    return (distance >= edge).reshape(shape)


def _normal(x: Tensor, generator: Generator) -> Tensor:
    return torch.randn(x.shape, generator=generator, dtype=x.dtype).to(x.device)
