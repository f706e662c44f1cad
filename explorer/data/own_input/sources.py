"""Inputs of the user as plain, hashable values, which can be fitted to the data of any run."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import DataError

LEVELS = 65_535
"""The highest level of `PictureSource.pixels`; it keeps 8 and 16 bits exactly."""


@dataclass(frozen=True)
class PictureSource:
    """A picture: a drawing, a file, or the contents of the clipboard.

    Attributes
    ----------
    pixels
        Levels from 0 to 65,535 as uint16 in the byte order of the machine, ``(C, H, W)`` in C order; C is 1 or 3.
    notes, warnings
        Changes made when it was opened, and possible faults, one sentence each.
    """

    pixels: bytes = field(repr=False)
    shape: tuple[int, int, int]
    name: str = "picture"
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def shares(self) -> NDArray[np.float32]:
        """The pixels from 0 to 1, ``(C, H, W)``."""
        # Kept as bytes: requests must be hashable to be compared with earlier ones.
        levels = np.frombuffer(self.pixels, np.uint16).reshape(self.shape)
        return levels.astype(np.float32) / np.float32(LEVELS)


@dataclass(frozen=True)
class RowSource:
    """A row of a table: names of columns with their values as text.

    ``missing`` and ``missing_value`` say how absent values are filled, as in `explorer.config.DataConfig`.
    """

    cells: tuple[tuple[str, str], ...]
    missing: str = "mean"
    missing_value: float = 0.0
    name: str = "row"


@dataclass(frozen=True)
class NumbersSource:
    """Numbers without names: a signal, or all features of a vector in order; NaN is a missing value."""

    values: tuple[float, ...] = field(repr=False)
    name: str = "numbers"


@dataclass(frozen=True)
class TextSource:
    """A text, or a word of a vocabulary."""

    text: str = field(repr=False)
    name: str = "text"


InputSource = PictureSource | RowSource | NumbersSource | TextSource


def row_source(text: str, missing: str = "mean", missing_value: float = 0.0) -> RowSource | NumbersSource:
    """Return the values in a text such as "width=3,colour=red", or numbers without names such as "0.1,2,-3".

    Quotes protect commas: ``colour="red, dark"``.

    Raises
    ------
    DataError
        If a part is neither a value with its name nor a number.
    """
    cells = _cells(text)
    # One equals sign is enough to mean names; quoted ones are protected and do not count.
    if not any("=" in cell for cell in cells):
        return NumbersSource(tuple(_number(cell, text) for cell in cells))
    pairs = []
    for cell in cells:
        name, sign, value = (_restored(part) for part in cell.partition("="))
        if not sign or not name:
            raise DataError(f"row {text!r}: {_restored(cell)!r} has no name; write NAME=VALUE, separated by commas")
        pairs.append((name, value))
    return RowSource(tuple(pairs), missing, missing_value)


def numbers_source(text: str, name: str = "numbers") -> NumbersSource:
    """Return numbers that are separated by commas, semicolons or white space.

    Raises
    ------
    DataError
        If there are none, or one is not a number.
    """
    words = text.replace(",", " ").replace(";", " ").split()
    if not words:
        raise DataError(f"{name}: contains no numbers")
    return NumbersSource(tuple(_number(word, name) for word in words), name)


_PROTECTED = str.maketrans({",": "\0", "=": "\1"})
_RESTORED = str.maketrans({"\0": ",", "\1": "="})


def _cells(text: str) -> list[str]:
    """Return the parts between commas; those within quotes are replaced, and the quotes are left out."""
    # Characters that stand for protected ones must not be in the text itself.
    pieces = " ".join(text.split()).translate(_RESTORED).split('"')
    if len(pieces) % 2 == 0:
        raise DataError(f"row {text!r}: a quotation mark is not closed")
    pieces[1::2] = [piece.translate(_PROTECTED) for piece in pieces[1::2]]
    return [cell.strip() for cell in "".join(pieces).split(",")]


def _restored(part: str) -> str:
    return part.translate(_RESTORED).strip()


def _number(word: str, where: str) -> float:
    if word in ("", "?"):
        return float("nan")
    try:
        # The typographic minus sign, which the program writes itself.
        return float(word.replace("\u2212", "-"))
    except ValueError as error:
        raise DataError(f"{where}: {word!r} is not a number; write numbers, or NAME=VALUE for the columns") from error
