"""The report of an import: what was understood, what was changed or left out and why, and what can be chosen.

Readers write it through `LoadContext.notes` while they read, `explorer.data.catalog.load` attaches it to the data set.
The window, ``inspect`` and ``train`` show the same lines.
"""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Role = Literal["feature", "category", "label", "attribute", "name", "split", "group", "axis", "ignored"]
"""What a column is used for. A category is a feature of words that becomes one column of 0 and 1 per word."""

MAX_ITEMS = 1000
"""Maximum number of items that `LeftOut` lists; its count is of all."""


@dataclass(frozen=True)
class LeftOut:
    """Items that were not used: ``count`` of ``what``, the reason, and which they are (at most `MAX_ITEMS`)."""

    what: str
    why: str
    count: int
    items: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """One line: "2 rows: missing values (row 17, row 301)"."""
        named = some(self.items, 5, total=self.count) if self.items else ""
        return f"{self.count:,} {self.what}: {self.why}" + (f" ({named})" if named else "")


@dataclass(frozen=True)
class ColumnUse:
    """A column, what it contains ("whole numbers, 0 to 9"), its role, and why it has that role."""

    name: str
    contents: str
    role: Role
    why: str = ""


@dataclass(frozen=True)
class Offer:
    """A choice worth making: the setting, its value as ``--set`` takes it, and a sentence that says what it does."""

    setting: str
    value: str
    text: str

    @property
    def assignment(self) -> str:
        """The choice as an option of the command line."""
        return f"--set {shlex.quote(f'data.{self.setting}={self.value}')}"


@dataclass(frozen=True)
class ImportReport:
    """What became of a file or folder.

    Attributes
    ----------
    format
        The format in words.
    understood, changed, warnings
        One line each: what was recognized; what was converted, filled or scaled; what may harm a training.
    columns
        The columns of a table or the arrays with one value per sample.
    settings
        Names of the `explorer.config.DataConfig` fields that apply.
    choices
        Names to choose from, by field name: columns, arrays, sheets.
    partial
        Which part of the data was read, if not all: "the first 1,000 rows".
    """

    format: str = ""
    understood: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    warnings: tuple[str, ...] = ()
    columns: tuple[ColumnUse, ...] = ()
    offers: tuple[Offer, ...] = ()
    settings: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    partial: str = ""


class Notes:
    """Collects an `ImportReport` during one import; a repeated line is kept once."""

    def __init__(self) -> None:
        self.format = ""
        self._lines: dict[str, dict[str, None]] = {"understood": {}, "changed": {}, "warnings": {}}
        self._left_out: list[LeftOut] = []
        self._columns: dict[str, ColumnUse] = {}
        self._offers: dict[tuple[str, str], Offer] = {}
        self._settings: dict[str, None] = {}
        self._choices: dict[str, tuple[str, ...]] = {}
        self._partial = ""

    def understood(self, text: str) -> None:
        """Note what was recognized."""
        self._lines["understood"][text] = None

    def changed(self, text: str) -> None:
        """Note a conversion: values that are not as they are in the file."""
        self._lines["changed"][text] = None

    def warn(self, text: str) -> None:
        """Note what may harm a training or a picture."""
        self._lines["warnings"][text] = None

    def left_out(self, what: str, why: str, items: Iterable[str] = (), count: int | None = None) -> None:
        """Note items that are not used; ``count`` only if ``items`` does not name them all."""
        listed = list(items)
        number = len(listed) if count is None else count
        if number:
            self._left_out.append(LeftOut(what, why, number, tuple(listed[:MAX_ITEMS])))

    def column(self, name: str, contents: str, role: Role, why: str = "") -> None:
        """Note a column and its role."""
        self._columns[name] = ColumnUse(name, contents, role, why)

    def offer(self, setting: str, value: str, text: str) -> None:
        """Note a choice worth making."""
        self._offers[setting, value] = Offer(setting, value, text)

    def applies(self, *settings: str) -> None:
        """Note the names of settings that apply to the format."""
        self._settings.update(dict.fromkeys(settings))

    def choices(self, setting: str, names: Iterable[str]) -> None:
        """Note the names that a setting can be chosen from; the setting applies."""
        self._choices[setting] = tuple(names)
        self.applies(setting)

    def partial(self, text: str) -> None:
        """Note that only a part of the data was read."""
        self._partial = text

    def report(self) -> ImportReport:
        """Return the report so far."""
        return ImportReport(
            format=self.format,
            **{kind: tuple(lines) for kind, lines in self._lines.items()},
            left_out=tuple(self._left_out),
            columns=tuple(self._columns.values()),
            offers=tuple(self._offers.values()),
            settings=tuple(self._settings),
            choices=MappingProxyType(dict(self._choices)),
            partial=self._partial,
        )


def some(names: Iterable[str], most: int = 8, total: int | None = None) -> str:
    """Return the first names, and how many more there are: "a, b and 3 more"."""
    listed = list(names)
    more = (len(listed) if total is None else total) - min(len(listed), most)
    return ", ".join(listed[:most]) + (f" and {more:,} more" if more > 0 else "")


def rows_text(rows: Iterable[int]) -> list[str]:
    """Return names of rows, counted from 1 as in a spreadsheet without its header."""
    return [f"row {int(row) + 1}" for row in rows]


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: "1 picture", "1,200 pictures"."""
    return f"{number:,} {noun(number, one, many)}"


def noun(number: int, one: str, many: str = "") -> str:
    """Return the singular or the plural of a noun; ``many`` is the plural if it is not formed by "s"."""
    return one if number == 1 else many or f"{one}s"
