"""Points out what may harm a training: values far out, constant features, samples that are all equal, lone classes."""

from collections.abc import Sequence

import numpy as np

from explorer.data.dataset import Dataset, Description
from explorer.data.far_out import FarFeature, power_text
from explorer.data.report import Notes, some

SENTINELS = (-9999.0, -999.0, -99.0, 9999.0, 99999.0, -99999.0)
"""Numbers that often mean a missing value, if they lie outside the other values of a feature."""


def point_out(dataset: Dataset, notes: Notes) -> None:
    """Write doubts about the samples into the report."""
    samples = dataset.samples
    if not isinstance(samples, np.ndarray):
        return
    values = samples.reshape(len(samples), -1)
    if len(values) > 1 and (values == values[0]).all():
        notes.warn("all samples are equal: there is nothing to learn; look at the file, or at transparency of pictures")
        return
    if dataset.description.kind != "vector":
        return
    constant = np.flatnonzero((values == values[0]).all(axis=0))
    if len(constant) and dataset.description.feature_names:
        names = [dataset.description.feature_names[index] for index in constant]
        one = len(names) == 1
        notes.warn(f"{len(names)} {'feature has' if one else 'features have'} one value in all rows: {some(names, 5)}")
    for text in far_out_lines(dataset.description):
        notes.warn(text)
    if any(one.is_rare for one in dataset.description.far_out):
        notes.offer("scaling", "range", "scale all features by their common range")


def far_out_lines(description: Description, most: int = 5) -> list[str]:
    """Return a sentence for each feature with values far out, the worst first, and one for all that are only rare."""
    wrong = [one for one in description.far_out if not one.is_rare]
    lines = []
    for one in wrong[:most]:
        mark = one.values[0]
        advice = f"; if {mark:g} means missing, set data.missing_marks" if mark in SENTINELS else ""
        values = "value" if one.count == 1 else "values"
        which = [f"{title}: {value:g}" for title, value in zip(row_titles(description, one), one.values, strict=True)]
        lines.append(
            f"{feature_title(description, one.feature)} has {one.count:,} {values} far out, up to "
            f"{power_text(one.distance)} times the spread of the others ({some(which, 3, total=one.count)}){advice}"
        )
    rare = [one for one in description.far_out if one.is_rare]
    return lines + ([f"{rare_text(rare)}; choose another scaling (data.scaling = range or together)"] if rare else [])


def rare_text(rare: Sequence[FarFeature]) -> str:
    """Return what is wrong with features of one range that are standardized one by one."""
    worst = max(rare, key=lambda one: one.distance)
    return (
        "the features share one range but each is standardized by itself, so that a value that is rare in the training "
        f"split is up to {power_text(worst.distance)} standard deviations out"
    )


def row_titles(description: Description, one: FarFeature) -> list[str]:
    """Return the names of the samples, or of their rows in the file."""
    if description.sample_names:
        return [description.sample_title(sample) for sample in one.samples]
    return [f"row {row}" for row in one.rows]


def feature_title(description: Description, feature: int) -> str:
    """Return the name of a feature, or "feature" with its index."""
    names = description.feature_names
    return names[feature] if feature < len(names) else f"feature {feature}"
