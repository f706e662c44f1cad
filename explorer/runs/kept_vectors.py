"""Attribute vectors that the user keeps with a run, in ``vectors.json``; one vector per file when exported.

The file is in the run's folder, and moves and goes with it. Included runs are read-only: their vectors are in the
folder `explorer.runs.run_note.NOTES` beside the user's runs, as their notes are. Every value that is read is checked.
"""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from explorer.config import ConfigError
from explorer.data.reading.limits import RUN_JSON_BYTES
from explorer.runs.files import RunError, read_json, replace_json
from explorer.runs.run_note import NOTES

FILE = "vectors.json"
FORMAT = "latent-explorer vector"
VERSION = 1
MAX_VECTORS = 500
MAX_LETTERS, MAX_SEARCH = 80, 10_000
"""Maximum length of a name, and of the text of a search."""


@dataclass(frozen=True)
class KeptGroup:
    """One group of a kept vector.

    Attributes
    ----------
    count
        Number of samples that the vector was made from.
    search
        The text that finds the samples; "" if they were chosen by other means.
    samples
        Their indices in the data set; empty if ``search`` finds them.
    """

    name: str
    count: int
    search: str = ""
    samples: tuple[int, ...] = ()


@dataclass(frozen=True)
class KeptVector:
    """An attribute vector with the groups, data and weights that it was made from.

    Attributes
    ----------
    values
        latent_dim finite numbers.
    by
        Column of the units that were left out and resampled; "" for single samples.
    run
        Name of the run.
    data
        Fingerprint of the data.
    step, weights
        Step and checksum of the checkpoint; the checksum is "" if there was no checkpoint of the weights.
    figures
        Figures of certainty by name: ``length``, ``right``, ``tested``, ``right_share``, ``median_angle``,
        ``wide_angle``, ``agreement``; those that are not defined are missing.
    made
        Date and time in ISO 8601.
    """

    name: str
    values: tuple[float, ...]
    plus: KeptGroup
    minus: KeptGroup
    by: str = ""
    run: str = ""
    data: str = ""
    step: int = 0
    weights: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    made: str = ""

    def difference(self, data: str, step: int, weights: str) -> str:
        """Return a sentence on the difference from the present data and weights; "" if they are the same."""
        if self.data != data:
            return f"{self.name!r} was made from other data, so it may mean something else here."
        # The checksum is exact; two trainings may have the same step.
        same = self.weights == weights if self.weights and weights else self.step == step
        if same:
            return ""
        return (
            f"{self.name!r} was made with other weights (step {self.step:,}), so it may mean something else here; "
            "make it again from its groups."
        )


def vectors_file(run: Path, folder: Path, *, read_only: bool) -> Path:
    """Return where the vectors of a run are; ``folder`` is that of the user's runs."""
    return folder / NOTES / "vectors" / f"{run.name}.json" if read_only else run / FILE


def read_vectors(path: Path, latent_dim: int) -> tuple[KeptVector, ...]:
    """Read the vectors of a run; those that are not valid are left out, and all if the file cannot be read."""
    try:
        value = _read(path)
    except ConfigError:
        return ()
    found = value.get("vectors") if isinstance(value, dict) else None
    # By name, as names are unique; a later one wins.
    vectors: dict[str, KeptVector] = {}
    for one in found[:MAX_VECTORS] if isinstance(found, list) else ():
        try:
            vector = vector_from_json(one, latent_dim)
        # One damaged vector must not hide the others.
        except ConfigError:
            continue
        vectors[vector.name] = vector
    return tuple(vectors.values())


def write_vectors(path: Path, vectors: Sequence[KeptVector]) -> None:
    """Write the vectors of a run; without any, remove the file.

    Raises
    ------
    RunError
        If the file cannot be written.
    """
    try:
        if not vectors:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_json(path, {"version": VERSION, "vectors": [asdict(one) for one in vectors]})
    except OSError as error:
        raise RunError(f"{path}: the vectors cannot be saved ({error.strerror})") from error


def with_vector(vectors: Sequence[KeptVector], vector: KeptVector) -> tuple[KeptVector, ...]:
    """Return the vectors with one more, which replaces the one of the same name.

    Raises
    ------
    ConfigError
        If its name is not valid, or there are too many vectors.
    """
    _name(vector.name, "name")
    kept = {one.name: one for one in vectors} | {vector.name: vector}
    if len(kept) > MAX_VECTORS:
        raise ConfigError(f"a run keeps at most {MAX_VECTORS} vectors; remove some first")
    return tuple(kept.values())


def export_vector(path: Path, vector: KeptVector) -> None:
    """Write one vector as JSON, for another run or another program."""
    replace_json(path, {"format": FORMAT, "version": VERSION, **asdict(vector)})


def import_vector(path: Path, latent_dim: int) -> KeptVector:
    """Read one vector that was exported.

    Raises
    ------
    ConfigError
        If the file is not such a vector, is damaged, or has another number of dimensions.
    """
    # A link chosen by the user may lead anywhere.
    value = _read(Path(os.path.realpath(path)))
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise ConfigError(f"{path}: not an exported vector; write one with --export")
    try:
        return vector_from_json(value, latent_dim)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def vector_from_json(value: Any, latent_dim: int) -> KeptVector:
    """Return a vector from plain JSON values.

    Raises
    ------
    ConfigError
        If a field is missing, has another type, or is not finite, or the number of dimensions differs.
    """
    if not isinstance(value, dict):
        raise ConfigError("a vector must be an object")
    # Checked before use, since the file may come from anyone.
    numbers = value.get("values")
    if not isinstance(numbers, list) or not all(_is_number(one) for one in numbers):
        raise ConfigError("values must be a list of finite numbers")
    if len(numbers) != latent_dim:
        raise ConfigError(f"the vector has {len(numbers)} numbers; the codes of this run have {latent_dim}")
    figures = value.get("figures", {})
    if not isinstance(figures, dict) or not all(_is_number(one) for one in figures.values()):
        raise ConfigError("figures must be finite numbers by name")
    texts = {key: _text(value.get(key, ""), key) for key in ("by", "run", "data", "weights", "made")}
    return KeptVector(
        _name(value.get("name"), "name"),
        tuple(float(one) for one in numbers),
        _group(value.get("plus"), "plus"),
        _group(value.get("minus"), "minus"),
        step=_count(value.get("step", 0), "step"),
        figures={str(key)[:MAX_LETTERS]: float(one) for key, one in figures.items()},
        **texts,
    )


def _group(value: Any, key: str) -> KeptGroup:
    if not isinstance(value, dict):
        raise ConfigError(f"{key} must be a group with a name and a count")
    samples = value.get("samples", [])
    if not isinstance(samples, list):
        raise ConfigError(f"{key}.samples must be a list of sample indices")
    return KeptGroup(
        _name(value.get("name"), f"{key}.name"),
        _count(value.get("count"), f"{key}.count"),
        _text(value.get("search", ""), f"{key}.search", MAX_SEARCH),
        tuple(_count(one, f"{key}.samples") for one in samples),
    )


def _read(path: Path) -> Any:
    try:
        return read_json(path, RUN_JSON_BYTES)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except RunError as error:
        raise ConfigError(str(error)) from error
    except ValueError as error:
        raise ConfigError(f"{path}: not JSON") from error


def _is_number(value: Any) -> bool:
    # Exact types: True is an int, too. An int may be too large for a float.
    return type(value) in (int, float) and abs(value) < 1e300 and math.isfinite(value)


def _count(value: Any, key: str) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise ConfigError(f"{key} must be a whole number from 0")
    return value


def _text(value: Any, key: str, letters: int = MAX_SEARCH) -> str:
    if not isinstance(value, str) or len(value) > letters:
        raise ConfigError(f"{key} must be a text of at most {letters} letters")
    return value


def _name(value: Any, key: str) -> str:
    name = _text(value, key, MAX_LETTERS)
    if not name.strip() or not name.isprintable():
        raise ConfigError(f"{key} must have letters, and no control characters")
    return name
