"""The comparison of a blend in lines of text and as JSON, for figures and the command line."""

from typing import Any

from explorer.data.dataset import Description
from explorer.latent.blends.blend import LATENT_UNITS, BlendComparison, NearestSample
from explorer.latent.steps import Absent


def comparison_lines(comparison: BlendComparison, description: Description) -> tuple[tuple[str, str], ...]:
    """Return the names and values of the comparisons of a blend; an undefined value is replaced by the reason."""
    length, error, nearest = comparison.distance, comparison.off_manifold, comparison.nearest
    lines = [
        ("distance to average", _absent(length) if isinstance(length, Absent) else f"{length.value:.3g} {length.unit}"),
        ("off-manifold error", _absent(error) if isinstance(error, Absent) else f"{error:.3g} latent units"),
        ("nearest real", _absent(nearest) if isinstance(nearest, Absent) else nearest_text(nearest, description)),
    ]
    if comparison.average_note:
        lines.append(("average", comparison.average_note))
    return tuple(lines)


def nearest_text(nearest: NearestSample, description: Description) -> str:
    """Return the nearest sample in words: whether it is pinned, its name, class, split, and distance."""
    name = description.class_name(nearest.class_index)
    parts = [
        f"pinned: {nearest.pinned_as}" if nearest.pinned_as else "",
        description.sample_title(nearest.sample),
        f"class {name}" if name else "",
        nearest.split,
        f"{nearest.distance:.3g} {nearest.unit}{' away' if nearest.unit == LATENT_UNITS else ' from the decode'}",
        "" if isinstance(nearest.near_data, Absent) else "near data" if nearest.near_data else "far from data",
    ]
    # Unknown parts are left out instead of written as unknown: the line is short.
    return " · ".join(part for part in parts if part)


def comparison_json(comparison: BlendComparison, description: Description) -> dict[str, Any]:
    """Return the comparison as plain JSON values, without pictures; the reasons for None are in "not_defined"."""
    length, error, nearest = comparison.distance, comparison.off_manifold, comparison.nearest
    values: dict[str, Any] = {
        "distance_to_average": None if isinstance(length, Absent) else length.value,
        "distance_unit": None if isinstance(length, Absent) else length.unit,
        "averaged_decodes": list(comparison.averaged_decodes),
        "off_manifold_error": None if isinstance(error, Absent) else error,
        "nearest": None if isinstance(nearest, Absent) else _nearest_json(nearest, description),
    }
    # The reason is kept apart, so that each value has one type.
    given = {"distance_to_average": length, "off_manifold_error": error, "nearest": nearest}
    return {**values, "not_defined": {name: one.why for name, one in given.items() if isinstance(one, Absent)}}


def _nearest_json(nearest: NearestSample, description: Description) -> dict[str, Any]:
    return {
        "sample": nearest.sample,
        "distance": nearest.distance,
        "unit": nearest.unit,
        "pinned_as": nearest.pinned_as or None,
        "near_data": nearest.near_data if isinstance(nearest.near_data, bool) else None,
        "class": description.class_name(nearest.class_index) or None,
        "split": nearest.split or None,
    }


def _absent(value: Absent) -> str:
    return f"not defined: {value.why}"
