"""Converts the description of a data set to JSON and back, as ``run.json`` stores it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from explorer.data.dataset import Axis, Description, Transform


def description_to_json(description: Description) -> dict[str, Any]:
    """Return a description as plain JSON values."""
    axis = description.axis
    return {
        "name": description.name,
        "kind": description.kind,
        "shape": list(description.shape),
        "unit_range": description.unit_range,
        "value_range": list(description.value_range),
        "class_names": list(description.class_names),
        "feature_names": list(description.feature_names),
        "axis": axis and {"name": axis.name, "unit": axis.unit, "values": axis.values.tolist()},
        "transform": {
            "offset": np.asarray(description.transform.offset, np.float32).tolist(),
            "scale": np.asarray(description.transform.scale, np.float32).tolist(),
        },
        "fingerprint": description.fingerprint,
        "sample_names": list(description.sample_names),
    }


def description_from_json(value: Mapping[str, Any]) -> Description:
    """Rebuild a description.

    Raises
    ------
    ValueError
        If a field is missing or malformed.
    """
    try:
        axis = value["axis"]
        shape = tuple(int(size) for size in value["shape"])
        known = value["kind"] in {"image", "vector", "text"}
        # A damaged shape would make the model that is built from it enormous.
        if not known or not shape or not all(0 < size <= 2**24 for size in shape):
            raise ValueError(f"kind {value['kind']!r} with shape {shape}")
        low, high = value["value_range"]
        return Description(
            name=str(value["name"]),
            kind=value["kind"],
            shape=shape,
            transform=_transform_from_json(value["transform"], shape),
            unit_range=bool(value["unit_range"]),
            value_range=(float(low), float(high)),
            class_names=tuple(map(str, value["class_names"])),
            feature_names=tuple(map(str, value["feature_names"])),
            axis=axis and Axis(str(axis["name"]), str(axis["unit"]), np.array(axis["values"], float)),
            fingerprint=str(value["fingerprint"]),
            sample_names=tuple(map(str, value.get("sample_names", ()))),  # older runs do not have the field
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"the data set's description has no usable {error}") from error


def _transform_from_json(value: Mapping[str, Any], shape: tuple[int, ...]) -> Transform:
    # Numbers beyond float32 become infinity, which the check below reports.
    with np.errstate(over="ignore"):
        offset, scale = (np.array(value[name], np.float32) for name in ("offset", "scale"))
    for numbers in (offset, scale):
        if numbers.shape not in ((), shape):
            raise ValueError(f"the data set's transform has shape {numbers.shape} for samples of shape {shape}")
    if not np.isfinite(offset).all() or not np.isfinite(scale).all() or np.any(scale <= 0):
        raise ValueError("the data set's transform is not finite and positive")
    return Transform(offset, scale)
