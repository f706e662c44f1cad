"""``figures.json`` of a run: the figures of its weights, each set with the weights and the data that it belongs to."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from explorer.data.reading.limits import RUN_JSON_BYTES
from explorer.runs.files import read_json, replace_json

FILE_NAME = "figures.json"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class FiguresKey:
    """The weights, data and settings that figures belong to; figures of anything else are outdated.

    Attributes
    ----------
    split, importance_samples
        The split of the data, and K of the estimate of log p(x).
    step, weights
        Step and checksum of the checkpoint.
    data
        Fingerprint of the data.
    figures_version
        Version of the definitions of the figures.
    """

    split: str
    importance_samples: int
    step: int
    weights: str
    data: str
    figures_version: int

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Rebuild the value from JSON, checking the type of each field.

        Raises
        ------
        ValueError
            If a field is missing or has another type.
        """
        parts = {name: value.get(name) for name in cls.__dataclass_fields__}
        for name, about in cls.__dataclass_fields__.items():
            if type(parts[name]) is not about.type:  # exact types: bool is an int, and 1.0 is not a step
                raise ValueError(f"{name} is {parts[name]!r}")
        return cls(**parts)  # type: ignore[arg-type]

    def is_of_same_weights(self, other: Self) -> bool:
        """Return whether the two differ in nothing but the split or K."""
        return self.weights == other.weights and self.step == other.step and self.is_of_same_data(other)

    def is_of_same_data(self, other: Self) -> bool:
        """Return whether the two are of the same data by the same definitions."""
        return (self.data, self.figures_version) == (other.data, other.figures_version)


@dataclass(frozen=True)
class FiguresEntry:
    """One set of figures as plain JSON values, with what it was measured of and when (ISO 8601)."""

    of: FiguresKey
    measured: str
    figures: Mapping[str, Any]


def read_entries(path: Path) -> tuple[FiguresEntry, ...]:
    """Read the entries of a file; a damaged file or one of another format has none."""
    # An error would stop a run from opening for figures that can simply be computed again.
    try:
        value = read_json(path, RUN_JSON_BYTES)
        if not isinstance(value, Mapping) or value.get("format") != FORMAT_VERSION:
            return ()
        return tuple(_entry(entry) for entry in value["entries"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return ()


def write_entry(path: Path, entry: FiguresEntry, weights: Collection[str]) -> None:
    """Add an entry to a file, replacing the one of the same key and removing those that nobody can ask for again.

    Parameters
    ----------
    weights
        Checksums of the weights that the run has; entries of others, or of other data, are removed.

    Raises
    ------
    OSError
        If the file cannot be written; ``path`` is then unchanged.
    """
    kept = [old for old in read_entries(path) if old.of.is_of_same_data(entry.of) and old.of.weights in weights]
    kept = [old for old in kept if old.of != entry.of]
    replace_json(path, {"format": FORMAT_VERSION, "entries": [_json(one) for one in _in_order([*kept, entry])]})


def _in_order(entries: Iterable[FiguresEntry]) -> list[FiguresEntry]:
    return sorted(entries, key=lambda entry: (entry.of.step, entry.of.split, entry.of.importance_samples))


def _entry(value: Mapping[str, Any]) -> FiguresEntry:
    figures = value["figures"]
    if not isinstance(figures, Mapping):
        raise ValueError("figures must be a JSON object")
    return FiguresEntry(FiguresKey.from_json(value["of"]), str(value["measured"]), figures)


def _json(entry: FiguresEntry) -> dict[str, Any]:
    return {"of": asdict(entry.of), "measured": entry.measured, "figures": dict(entry.figures)}
