"""Corruption of samples: noise and masks for the encoder, while the decode is compared with the clean sample.

Noise to be taken away is Vincent et al. 2008 (Extracting and composing robust features with denoising autoencoders);
regions to be filled in are Pathak et al. 2016 (arXiv 1604.07379) and, by random patches, He et al. 2022
(arXiv 2111.06377).

All kinds work on model values: pictures ``(n, C, H, W)`` in [0, 1], vectors ``(n, F)`` standardised. What is hidden
becomes `HIDDEN`, for all channels of a pixel together. Noise is not clipped: its standard deviation is the level's.
Every random number is drawn on the CPU, so that a seed means the same on every device.

A new kind is a function below `_noise` or `_mask` here, and its name in `explorer.config.train_config.CorruptionName`;
training, window and command line offer it from there.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from explorer.config import ConfigError, TrainConfig
from explorer.data.dataset import Description

HIDDEN = 0.0
"""What a hidden value becomes: black in pictures, the mean in standardised features."""
PICTURE_EXTREMES = (0.0, 1.0)
VECTOR_EXTREMES = (-2.0, 2.0)
"""Salt and pepper in vectors: two standard deviations to either side."""
_BLOCK_ROUNDS = 48
_LARGEST_BLOCK = 0.25
_SMALLEST_BLOCK = 0.03

Noise = Callable[[Tensor, float, Generator], Tensor]
Mask = Callable[[tuple[int, int, int], float, Generator], Tensor]


@dataclass(frozen=True)
class CorruptionKind:
    """One way to corrupt a sample.

    Attributes
    ----------
    level_means
        What a level in [0, 1] is, with its unit: for labels and tooltips.
    hides
        Whether it hides positions, of which `corrupt_and_mask` returns a mask.
    suits_text
        Whether it means something for a text, whose terms have neither neighbours nor a highest value.
    """

    name: str
    summary: str
    level_means: str
    apply: Callable[[Tensor, float, Generator], tuple[Tensor, Tensor | None]]
    hides: bool
    suits_text: bool


KINDS: dict[str, CorruptionKind] = {}
"""Every kind by the name that `explorer.config.TrainConfig` knows."""


@dataclass(frozen=True)
class Corruption:
    """A kind at a level, as a training is set to."""

    kind: str = "none"
    level: float = 0.0

    @classmethod
    def of_training(cls, config: TrainConfig) -> "Corruption":
        """Return what a training does to each sample before the encoder sees it."""
        return cls(config.corruption, config.corruption_level)

    @property
    def changes(self) -> bool:
        """Whether anything is done to a sample at all."""
        return self.kind != "none" and self.level > 0


def corrupt(x: Tensor, kind: str, level: float, generator: Generator) -> Tensor:
    """Return samples as an encoder is to see them; ``x`` is left as it is.

    Parameters
    ----------
    x
        ``(n, C, H, W)`` or ``(n, F)`` model values.
    kind
        One of `KINDS`.
    level
        In [0, 1]; what it means is the kind's `CorruptionKind.level_means`.
    generator
        On the CPU.

    Raises
    ------
    ConfigError
        For an unknown kind.
    """
    return corrupt_and_mask(x, kind, level, generator)[0]


def corrupt_and_mask(x: Tensor, kind: str, level: float, generator: Generator) -> tuple[Tensor, Tensor | None]:
    """Return what `corrupt` does and which values are hidden: bool of ``x``'s shape, or None where nothing is."""
    return named_kind(kind).apply(x, level, generator)


def named_kind(name: str) -> CorruptionKind:
    """Return a kind by name.

    Raises
    ------
    ConfigError
        For an unknown name, listing the choices.
    """
    if name not in KINDS:
        raise ConfigError(f"unknown corruption {name!r}: choose from {', '.join(KINDS)}")
    return KINDS[name]


def check_corruption(name: str, description: Description) -> None:
    """Check that a kind means something for the data.

    Raises
    ------
    ConfigError
        For blocks, half planes, salt and pepper of a text, naming those that do.
    """
    if description.kind == "text" and not named_kind(name).suits_text:
        choices = ", ".join(kind.name for kind in KINDS.values() if kind.suits_text)
        raise ConfigError(
            f"corruption {name!r}: the terms of {description.name} have no neighbours and no highest value; "
            f"choose from {choices}"
        )


def kinds_for(description: Description) -> tuple[CorruptionKind, ...]:
    """Return the kinds that mean something for the data."""
    return tuple(kind for kind in KINDS.values() if kind.suits_text or description.kind != "text")


def _noise(name: str, summary: str, level_means: str, *, suits_text: bool) -> Callable[[Noise], Noise]:
    """Declare a kind that changes values."""

    def enter(noise: Noise) -> Noise:
        def apply(x: Tensor, level: float, generator: Generator) -> tuple[Tensor, None]:
            return noise(x, level, generator), None

        KINDS[name] = CorruptionKind(name, summary, level_means, apply, hides=False, suits_text=suits_text)
        return noise

    return enter


def _mask(name: str, summary: str, *, suits_text: bool) -> Callable[[Mask], Mask]:
    """Declare a kind that hides positions: given (n, H, W), a vector being one row, it returns which are hidden."""

    def enter(mask: Mask) -> Mask:
        def apply(x: Tensor, level: float, generator: Generator) -> tuple[Tensor, Tensor]:
            is_picture = x.dim() == 4
            height, width = x.shape[-2:] if is_picture else (1, x.shape[-1])
            places = mask((len(x), height, width), level, generator).to(x.device)
            hidden = (places[:, None] if is_picture else places[:, 0]).expand_as(x)
            return x.masked_fill(hidden, HIDDEN), hidden

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
    "share of the values that is hit",
    suits_text=False,
)
def _salt_and_pepper(x: Tensor, level: float, generator: Generator) -> Tensor:
    low, high = PICTURE_EXTREMES if x.dim() == 4 else VECTOR_EXTREMES
    chance = torch.rand(x.shape, generator=generator).to(x.device)
    return x.masked_fill(chance < level / 2, low).masked_fill_((chance >= level / 2) & (chance < level), high)


@_noise("speckle", "Multiplies every value by 1 + normal noise.", "standard deviation of the factor", suits_text=True)
def _speckle(x: Tensor, level: float, generator: Generator) -> Tensor:
    return x + x * level * _normal(x, generator)


@_mask("blocks", "Hides random rectangles; in vectors, runs of neighbouring values.", suits_text=False)
def _blocks(shape: tuple[int, int, int], level: float, generator: Generator) -> Tensor:
    """Add rectangles to each sample until about the share is hidden, none larger than what is still to hide.

    Above nine tenths some of it stays in sight, up to a tenth: what is left between rectangles is rarely hit.
    """
    count, height, width = shape
    if level >= 1:
        return torch.ones(shape, dtype=torch.bool)
    hidden = torch.zeros(shape, dtype=torch.bool)
    rows, columns = torch.arange(height)[None, :, None], torch.arange(width)[None, None, :]
    for _ in range(_BLOCK_ROUNDS):
        missing = level - hidden.float().mean((1, 2))
        wanted = missing > 0.5 / (height * width)
        if not wanted.any():
            break
        area, aspect, down, across = torch.rand((4, count), generator=generator)
        area = (missing * (0.5 + 0.5 * area)).clamp(_SMALLEST_BLOCK, _LARGEST_BLOCK) * height * width
        area = torch.minimum(area, missing * height * width)
        tall = (area * height / width * 4 ** (aspect - 0.5)).sqrt().round().clamp(1, height)
        wide = (area / tall).round().clamp(1, width)
        top, left = (down * (height - tall + 1)).floor(), (across * (width - wide + 1)).floor()
        in_rows = (rows >= top[:, None, None]) & (rows < (top + tall)[:, None, None])
        in_columns = (columns >= left[:, None, None]) & (columns < (left + wide)[:, None, None])
        hidden |= in_rows & in_columns & wanted[:, None, None]
    return hidden


@_mask("pixels", "Hides single pixels, values or terms.", suits_text=True)
def _pixels(shape: tuple[int, int, int], level: float, generator: Generator) -> Tensor:
    return torch.rand(shape, generator=generator) < level


@_mask(
    "half plane",
    "Hides what lies beyond a line: from a side of the picture (one in two), or across it at any angle; one end of a "
    "vector.",
    suits_text=False,
)
def _half_plane(shape: tuple[int, int, int], level: float, generator: Generator) -> Tensor:
    """Hide the places that lie furthest in a random direction, so many that their share is the level."""
    count, height, width = shape
    chance, free, side = torch.rand((3, count), generator=generator)
    sides = 4 if height > 1 else 2
    turn = (side * sides).floor() / sides
    angle = 2 * math.pi * torch.where((chance < 0.5) & (height > 1), free, turn)
    # Rounded, so that a whole row or column lies at one distance.
    across, down = angle.cos().mul(1e4).round(), angle.sin().mul(1e4).round()
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    distance = across[:, None] * columns.flatten() + down[:, None] * rows.flatten()
    wanted = round(level * height * width)
    if wanted == 0:
        return torch.zeros(shape, dtype=torch.bool)
    edge = distance.kthvalue(height * width - wanted + 1, dim=1, keepdim=True).values
    return (distance >= edge).reshape(shape)


def _normal(x: Tensor, generator: Generator) -> Tensor:
    return torch.randn(x.shape, generator=generator, dtype=x.dtype).to(x.device)
