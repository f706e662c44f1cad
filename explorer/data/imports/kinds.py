"""Finds out what the features of a table are: numbers, yes or no, counts, categories or angles.

The kind decides the scale and the likelihood of a feature (`explorer.data.scaling`, `explorer.models.networks`). The
rules, in this order:

1. A kind that the config names, or that the reader knows: the words of a category, counts of a single-cell matrix.
2. A sparse matrix of whole numbers of 0 and more has counts.
3. A feature with both 0 and 1 and nothing else is yes or no, unless all features have one range in common, or it counts
   something rare among other counts: a gene that is read once in a few cells.
4. All others are numbers.

Counts that were not asked for are counts only if no logarithm and no scaling is: these make numbers of them.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.config.value_text import items_text
from explorer.data.dataset import DataError, FeatureKind, dense
from explorer.data.imports.column_facts import feature_title
from explorer.data.imports.counts import are_counts
from explorer.data.imports.found import Found
from explorer.data.report import Notes, counted, some
from explorer.data.scaling import period_of

SETTINGS = ("number_columns", "count_columns", "angle_columns", "angle_period")
"""The settings that choose kinds."""
ALL = "*"
# Only offered, never taken: a column "direction" may also have the numbers of four directions.
_ANGLE = re.compile(r"(^|[^a-z])(angle|azimuth|bearing|direction|heading|hue)s?($|[^a-z])")


@dataclass(frozen=True)
class Kinds:
    """The kind of each feature, ``(F,)``, and the sizes of the categories; both empty if all features are numbers."""

    kinds: tuple[FeatureKind, ...] = ()
    category_sizes: tuple[int, ...] = ()


def feature_kinds(found: Found, config: DataConfig, notes: Notes, *, one_range: bool) -> Kinds:
    """Return the kinds of the features of vectors, and write them into the report.

    Parameters
    ----------
    one_range
        Whether all values have one range in common, as the bytes of pictures do.

    Raises
    ------
    DataError
        If the config names a feature that does not exist, or counts that are no whole numbers of 0 and more.
    """
    features = found.samples.shape[1]
    notes.applies(*SETTINGS)
    tags = list(found.feature_kinds) or [""] * features
    chosen = _chosen(found, config, tags)
    binary = _binary_features(found.samples)
    is_whole = _are_counts(found.samples)
    is_sparse = hasattr(found.samples, "tocsc") and is_whole and not binary.all()
    among_counts = is_sparse or are_counts(found.samples)
    # Scaled or logarithmic counts are fractions, which no distribution of counts fits.
    may_count = is_whole and not config.log1p and config.scaling in ("auto", "none")
    kinds: list[FeatureKind] = []
    for index, tag in enumerate(tags):
        is_yes_no = binary[index] and not one_range and not among_counts and tag != "count"
        guessed: FeatureKind = "yes/no" if is_yes_no else "number"
        if may_count and (is_sparse or tag == "count"):
            guessed = "count"
        known = "category" if tag.startswith("category") else "" if tag == "count" else tag
        kinds.append(chosen.get(index) or cast("FeatureKind", known or guessed))
    # Bitmaps: all pixels are 0 or 1, and in the range that they share, 0 to 1.
    if one_range and binary.all() and {*kinds} == {"number"} and not chosen:
        kinds = ["yes/no"] * features
    _offer(found, kinds, notes)
    if {*kinds} == {"number"}:
        return Kinds()
    sizes = tuple(len(list(group)) for tag, group in groupby(_categories(tags, kinds)) if tag)
    _say(found, config, kinds, sizes, notes)
    return Kinds(tuple(kinds), sizes)


def _categories(tags: Sequence[str], kinds: Sequence[FeatureKind]) -> list[str]:
    return [tag if kind == "category" else "" for tag, kind in zip(tags, kinds, strict=True)]


def _chosen(found: Found, config: DataConfig, tags: Sequence[str]) -> dict[int, FeatureKind]:
    """Return the kinds that the config names, by the index of the feature."""
    chosen: dict[int, FeatureKind] = {}
    # Numbers come last, as number_columns takes back what the others say.
    wanted: tuple[tuple[FeatureKind, str, tuple[str, ...]], ...] = (
        ("count", "count_columns", config.count_columns),
        ("angle", "angle_columns", config.angle_columns),
        ("number", "number_columns", config.number_columns),
    )
    indices = {str(name): index for index, name in enumerate(found.feature_names)}
    for kind, setting, names in wanted:
        for name in names:
            if name != ALL and name not in indices:
                known = some(indices, 40) if indices else "the features have no names; use * for all"
                raise DataError(f"{found.where}: data.{setting}: there is no feature {name!r} ({known})")
            # The features of a category belong together: * does not mean them.
            own = [index for index, tag in enumerate(tags) if not tag.startswith("category")]
            chosen |= dict.fromkeys(own if name == ALL else [indices[name]], kind)
    counts = [index for index, kind in chosen.items() if kind == "count"]
    # All at once first, since most tables are right; only then the column to name is searched.
    if counts and not _are_counts(found.samples[:, counts]):
        for index in counts:
            _check_counts(found, index)
    return chosen


def _check_counts(found: Found, index: int) -> None:
    values = dense(found.samples[:, [index]])[:, 0]
    wrong = np.flatnonzero((values < 0) | (values % 1 != 0))
    if len(wrong):
        name = feature_title(found.feature_names, index)
        raise DataError(
            f"{found.where}: {name} has no counts: row {wrong[0] + 1} is {values[wrong[0]]:g}, and counts are whole "
            "numbers of 0 and more; leave it out of data.count_columns"
        )


def _are_counts(samples: Any) -> bool:
    values = samples.data if hasattr(samples, "tocsc") else samples
    return bool(values.size == 0 or (values.min() >= 0 and not np.any(np.asarray(values) % 1)))


def _binary_features(samples: Any) -> NDArray[np.bool_]:
    """Return which features have both 0 and 1, and nothing else."""
    if hasattr(samples, "tocsc"):
        highest = samples.max(axis=0)
        ones = np.ravel(dense(highest)) == 1
        total, count = np.ravel(samples.sum(axis=0)), samples.shape[0]
        # All values are 0 or 1 if their sum is the number of values that are not 0.
        filled = np.ravel((samples != 0).sum(axis=0))
        result: NDArray[np.bool_] = ones & (total == filled) & (filled < count)
        return result
    first = samples[: 1 << 10]  # most features are ruled out by few rows
    possible = ((first == 0) | (first == 1)).all(axis=0)
    for index in np.flatnonzero(possible):
        values = samples[:, index]
        possible[index] = bool(((values == 0) | (values == 1)).all() and values.min() < values.max())
    return np.asarray(possible, bool)


def _say(found: Found, config: DataConfig, kinds: Sequence[FeatureKind], sizes: Sequence[int], notes: Notes) -> None:
    names = [feature_title(found.feature_names, index) for index in range(len(kinds))]
    of = {kind: [names[n] for n, each in enumerate(kinds) if each == kind] for kind in dict.fromkeys(kinds)}
    if yes_no := of.get("yes/no"):
        notes.understood(f"{counted(len(yes_no), 'yes/no column')} of 0 and 1, not scaled: {some(yes_no, 5)}")
        notes.offer("number_columns", ALL, "treat columns of 0 and 1 as numbers, and scale them")
    if sizes:
        notes.understood(f"{counted(len(sizes), 'category', 'categories')} of {some(map(str, sizes))} words")
    if counts := of.get("count"):
        notes.understood(
            f"{counted(len(counts), 'column')} of counts (whole numbers from 0 up), not scaled: {some(counts, 5)}"
        )
        if not config.count_columns:
            notes.offer("log1p", "true", "take log(1 + x) of the counts, and use a Gaussian likelihood")
    if angles := of.get("angle"):
        values = dense(found.samples[:, [n for n, each in enumerate(kinds) if each == "angle"]])
        period = period_of(values, config.angle_period)
        unit = "radians" if math.isclose(period, 2 * math.pi, rel_tol=1e-4) else f"units with a full turn of {period:g}"
        notes.understood(
            f"{counted(len(angles), 'column')} of angles in {'degrees' if period == 360 else unit}: {some(angles, 5)}"
        )
        notes.changed("angles are given to the model in radians")


def _offer(found: Found, kinds: Sequence[FeatureKind], notes: Notes) -> None:
    """Offer kinds that are not taken without being asked for: whole numbers may be counts, some names are of angles."""
    numbers = [index for index, kind in enumerate(kinds) if kind == "number"]
    if numbers and isinstance(found.samples, np.ndarray) and _are_counts(found.samples[:, numbers]):
        text = "treat whole numbers as counts, with a likelihood of counts, if they count something"
        notes.offer("count_columns", ALL if len(numbers) == len(kinds) else _listed(found, numbers), text)
    named = [
        index
        for index in numbers
        if len(found.feature_names) and _ANGLE.search(str(found.feature_names[index]).lower())
    ]
    if named:
        notes.offer("angle_columns", _listed(found, named), "treat directions as angles, so that 360° equals 0°")


def _listed(found: Found, indices: Sequence[int]) -> str:
    return items_text(found.feature_names[index] for index in indices)
