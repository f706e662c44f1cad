"""Points out what may harm a training: values far out, constant features, samples that are all equal, lone classes."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Dataset, Description
from explorer.data.far_out import MAX_ROWS, FarFeature, power_text, shared_range
from explorer.data.imports.column_facts import feature_title as title_of
from explorer.data.report import Notes, some

_MARK = re.compile(
    r"-?9{2,}(\.9+)?|-999\.25|-32768|-2\.14748e\+09|1e\+(20|30|35|36|37)|9\.96921e\+36|-1e\+34|-3\.4e\+38"
)
"""Numbers that often mean a missing value: nines, and those of well logs, whole numbers, netCDF and grids of maps."""
MIN_GAP = 0.5
"""Such a number is pointed out if it lies this many ranges of the other values away from them."""
SMALL_MARK = 500.0
"""A number below this is a mark only if it occurs twice: 99 may be a value."""


def point_out(dataset: Dataset, notes: Notes) -> None:
    """Write doubts about the samples into the report."""
    samples = dataset.samples
    if not isinstance(samples, np.ndarray):
        return
    values = samples.reshape(len(samples), -1)
    # Often transparent pictures on a ground of their own colour.
    if len(values) > 1 and (values == values[0]).all():
        notes.warn("all samples are equal, so there is nothing to learn; check the file, or the background of pictures")
        return
    if dataset.description.kind != "vector":
        return
    # Features without names are often pixels, of which those at the border are constant.
    constant = np.flatnonzero((values == values[0]).all(axis=0))
    if len(constant) and dataset.description.feature_names:
        names = [dataset.description.feature_names[index] for index in constant]
        one = len(names) == 1
        notes.warn(
            f"{len(names)} {'feature has' if one else 'features have'} the same value in all rows: {some(names, 5)}"
        )
    _point_out_marks(values, dataset.description, notes)
    _point_out_unseen(dataset, notes)
    for text in far_out_lines(dataset.description):
        notes.warn(text)
    if any(one.is_rare for one in dataset.description.far_out):
        notes.offer("scaling", "range", "scale all features by their common range")


def _point_out_unseen(dataset: Dataset, notes: Notes) -> None:
    """Point out words of categories that the training split does not have: the model cannot learn them."""
    kinds = dataset.description.feature_kinds
    words = np.array([index for index, kind in enumerate(kinds) if kind == "category"], np.intp)
    unseen = words[~dataset.samples[dataset.splits.train][:, words].any(axis=0)]
    if len(unseen):
        names = [feature_title(dataset.description, index) for index in unseen]
        one = "word of a category does" if len(unseen) == 1 else "words of categories do"
        notes.warn(f"{len(unseen):,} {one} not occur in the training split: {some(names, 5)}")


def _point_out_marks(values: NDArray[Any], description: Description, notes: Notes) -> None:
    """Point out numbers like -9999 that probably mean a missing value, and offer to take them so."""
    found: dict[str, list[str]] = {}
    # Within the range that all features share, as pixels do, the values are right.
    shared = shared_range(values[:: max(1, len(values) // MAX_ROWS)]) or (0.0, 0.0)
    for extreme in (values.min(axis=0), values.max(axis=0)):
        for feature in np.flatnonzero((extreme < shared[0]) | (extreme > shared[1])).tolist():
            mark = f"{extreme[feature]:g}"
            if _MARK.fullmatch(mark) and (count := _count_apart(values[:, feature], extreme[feature])):
                found.setdefault(mark, []).append(f"{feature_title(description, feature)}: {count:,}")
    for mark, where in found.items():
        notes.warn(f"{mark} is far from all other values ({some(where, 4)}); it may stand for a missing value")
        notes.offer("missing_marks", mark, f"treat {mark} as missing")


def _count_apart(values: NDArray[Any], extreme: float) -> int:
    """Return how often the highest or lowest value occurs; 0 if it is not apart from the others."""
    # Exact: a mark is one number, written in the same way in each row.
    others = values[values != extreme]
    count = len(values) - len(others)
    if len(others) == 0 or (count == 1 and abs(extreme) < SMALL_MARK):
        return 0
    low, high = float(others.min()), float(others.max())
    gap = max(low - float(extreme), float(extreme) - high)
    # A feature with one other value, such as 0, has no range to compare with.
    return count if high > low and gap > MIN_GAP * (high - low) else 0


def far_out_lines(description: Description, most: int = 5) -> list[str]:
    """Return a sentence for each feature with values far out, the worst first, and one for all that are only rare."""
    wrong = [one for one in description.far_out if not one.is_rare]
    lines = []
    for one in wrong[:most]:
        values = "value" if one.count == 1 else "values"
        which = [f"{title}: {value:g}" for title, value in zip(row_titles(description, one), one.values, strict=True)]
        lines.append(
            f"{feature_title(description, one.feature)} has {one.count:,} {values} far out, up to "
            f"{power_text(one.distance)} times the spread of the others ({some(which, 3, total=one.count)})"
        )
    rare = [one for one in description.far_out if one.is_rare]
    return lines + ([f"{rare_text(rare)}; choose another scaling (data.scaling = range or together)"] if rare else [])


def rare_text(rare: Sequence[FarFeature]) -> str:
    """Return what is wrong with features of one range that are standardized one by one."""
    worst = max(rare, key=lambda one: one.distance)
    return (
        "all features share one range, but each is standardized by itself: values that are rare in the training split "
        f"reach {power_text(worst.distance)} standard deviations"
    )


def row_titles(description: Description, one: FarFeature) -> list[str]:
    """Return the names of the samples, or of their rows in the file."""
    if description.sample_names:
        return [description.sample_title(sample) for sample in one.samples]
    return [f"row {row}" for row in one.rows]


def feature_title(description: Description, feature: int) -> str:
    """Return the name of a feature, or "feature" with its number."""
    return title_of(description.feature_names, feature)
