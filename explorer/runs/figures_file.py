"""``figures.json`` of a run: what was measured of its weights, each entry with what it was measured of."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from explorer.runs.files import replace_json

FILE_NAME = "figures.json"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class MeasuredOf:
    """What figures were measured of, and how: figures of anything else are stale.

    Attributes
    ----------
    split, importance_samples
        The split of the data, and K of log p(x).
    step, weights
        The checkpoint's step and checksum.
    data
        The data's fingerprint.
    figures_version
        Of the figures' definitions.
    """

    split: str
    importance_samples: int
    step: int
    weights: str
    data: str
    figures_version: int

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read it, each part checked to be of its type.

        Raises
        ------
        ValueError
            Where a part is missing or of another type.
        """
        parts = {name: value.get(name) for name in cls.__dataclass_fields__}
        for name, about in cls.__dataclass_fields__.items():
            if type(parts[name]) is not about.type:
                raise ValueError(f"{name} is {parts[name]!r}")
        return cls(**parts)  # type: ignore[arg-type]

    def is_of_same_weights(self, other: Self) -> bool:
        """Whether only the split or K differ."""
        return self == replace(other, split=self.split, importance_samples=self.importance_samples)


@dataclass(frozen=True)
class FiguresEntry:
    """One measurement: of what, when (ISO 8601), and the figures as plain JSON values."""

    of: MeasuredOf
    measured: str
    figures: Mapping[str, Any]


def read_entries(path: Path) -> tuple[FiguresEntry, ...]:
    """Read a file of entries; a damaged one, or one of another format, has none, as all of it can be measured anew."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(value, Mapping) or value.get("format") != FORMAT_VERSION:
            return ()
        return tuple(_entry(entry) for entry in value["entries"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return ()


def write_entry(path: Path, entry: FiguresEntry) -> None:
    """Add an entry to a file, in place of one of the same split and K; those of other weights are dropped.

    Raises
    ------
    OSError
        When it cannot be written; ``path`` is then as before.
    """
    kept = [old for old in read_entries(path) if old.of.is_of_same_weights(entry.of) and old.of != entry.of]
    replace_json(path, {"format": FORMAT_VERSION, "entries": [_json(one) for one in _in_order([*kept, entry])]})


def _in_order(entries: Iterable[FiguresEntry]) -> list[FiguresEntry]:
    return sorted(entries, key=lambda entry: (entry.of.split, entry.of.importance_samples))


def _entry(value: Mapping[str, Any]) -> FiguresEntry:
    figures = value["figures"]
    if not isinstance(figures, Mapping):
        raise ValueError("figures are no object")
    return FiguresEntry(MeasuredOf.from_json(value["of"]), str(value["measured"]), figures)


def _json(entry: FiguresEntry) -> dict[str, Any]:
    return {"of": asdict(entry.of), "measured": entry.measured, "figures": dict(entry.figures)}
