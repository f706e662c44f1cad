"""The text of one layer, such as ``conv 32 kernel=4 stride=2``: the name of its kind, numbers and options.

A text is data: it is split at blanks, and nothing in it is evaluated.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from explorer.config import ConfigError, suggestion

if TYPE_CHECKING:
    from torch import nn

Shape = tuple[int, ...]
Sides = tuple[int, int]

MAX_COUNT = 2**20
"""Maximum number of units or channels of a layer, and of a kernel's side."""


@dataclass(frozen=True)
class LayerSyntax:
    """What a kind of layer takes, and the function that makes one.

    Attributes
    ----------
    make
        Returns the layer, and the shape of what it returns for one sample.
    example
        A text of the kind, for messages.
    numbers
        Smallest and largest number of values after the name.
    options
        The names of what may be written as ``name=value``; those in ``needed`` must be.
    rank
        Number of sides of the shape that must arrive: 1 for numbers, 3 for a picture, 0 for any.
    """

    make: "Callable[[LayerText, Shape], tuple[nn.Module, Shape]]"
    example: str
    numbers: tuple[int, int] = (0, 0)
    options: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    rank: int = 0


@dataclass(frozen=True)
class LayerText:
    """The text of a layer, split into its parts; ``where`` begins the messages about it."""

    name: str
    where: str
    kind: LayerSyntax
    numbers: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)

    def error(self, problem: str, *, example: bool = True) -> ConfigError:
        """Return the error about this text."""
        return ConfigError(
            f"{self.where}: {problem}" + (f"; write for example {self.kind.example!r}" if example else "")
        )

    def count(self, position: int = 0) -> int:
        """Return a number after the name, a whole one from 1."""
        return self._whole(self.numbers[position], "the number")

    def real(self, position: int, default: float = 0.0) -> float:
        """Return a number after the name."""
        return self._real(self.numbers[position]) if position < len(self.numbers) else default

    def decimal(self, name: str, default: float) -> float:
        """Return the number of an option."""
        return self._real(self.options[name]) if name in self.options else default

    def sides(self, name: str, default: Sides, *, least: int = 1) -> Sides:
        """Return the height and width of an option: ``3`` is 3x3."""
        return self.pair(self.options[name], name, least=least) if name in self.options else default

    def pair(self, text: str, name: str, *, least: int = 1) -> Sides:
        """Return a height and width, from ``3`` or ``3x5``."""
        # Height before width, as in torch.
        parts = [self._whole(part, name, least=least) for part in text.split("x")]
        if len(parts) > 2:
            raise self.error(f"{name} = {text} is neither one number nor a height and a width such as 3x5")
        return parts[0], parts[-1]

    def shape(self, text: str) -> Shape:
        """Return channels, height and width, from ``64x7x7``."""
        parts = tuple(self._whole(part, "a side") for part in text.split("x"))
        if len(parts) != 3:
            raise self.error(f"{text} must be channels, height and width")
        return parts

    @property
    def bias(self) -> bool:
        """Whether the layer has a bias."""
        text = self.options.get("bias", "true")
        if text not in ("true", "false"):
            raise self.error(f"bias = {text} must be true or false")
        return text == "true"

    def _whole(self, text: str, name: str, *, least: int = 1) -> int:
        # int() also takes signs, blanks and underscores, and numbers of any length.
        if not re.fullmatch(r"[0-9]{1,8}", text) or not least <= int(text) <= MAX_COUNT:
            raise self.error(f"{name} = {text} must be a whole number from {least} to {MAX_COUNT:,}")
        return int(text)

    def _real(self, text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise self.error(f"{text} must be a number")
        return number


def read_layer(text: str, where: str, kinds: Mapping[str, LayerSyntax]) -> LayerText:
    """Return the text of a layer split into its parts, checked by what its kind takes.

    Raises
    ------
    ConfigError
        If the kind is unknown, or numbers or options are; the message begins with ``where``.
    """
    # A text without words is an unknown layer, too.
    name, *parts = text.split() or [""]
    if name not in kinds:
        raise ConfigError(f"{where}: no such layer; {suggestion(name, kinds)}")
    numbers = tuple(part for part in parts if "=" not in part)
    pairs = [part.partition("=") for part in parts if "=" in part]
    options = {key: value for key, _, value in pairs}
    read = LayerText(name, where, kinds[name], numbers, options)
    kind = read.kind
    if unknown := [key for key in options if key not in kind.options]:
        known = f", only {', '.join(kind.options)}" if kind.options else ""
        raise read.error(f"{name} has no option {unknown[0]}{known}")
    # The dictionary has kept the last one only.
    if len(options) < len(pairs):
        raise read.error("an option is given twice")
    least, most = kind.numbers
    if not least <= len(numbers) <= most:
        wanted = str(least) if least == most else f"{least} or {most}"
        raise read.error(f"{name} takes {wanted} number{'' if wanted == '1' else 's'}, not {len(numbers)}")
    if missing := [key for key in kind.needed if key not in options]:
        raise read.error(f"{missing[0]} is missing")
    return read


def words(shape: Shape) -> str:
    """Return a shape as text: ``"32 × 14 × 14"``."""
    return " × ".join(f"{side:,}" for side in shape)
