"""The decoded length of a path, and the unit of decoded distances."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description


@dataclass(frozen=True)
class Length:
    """The length of a path and its unit."""

    value: float
    unit: str


def decoded_length(decodes: NDArray[Any], description: Description) -> Length:
    """Return the sum of the Euclidean distances between consecutive decodes, of pictures in pixel values from 0 to 1.

    Parameters
    ----------
    decodes
        ``(steps, *shape)`` in the samples' own units.
    """
    one, unit = unit_of_distances(description)
    flat = np.asarray(decodes, np.float64).reshape(len(decodes), -1)
    return Length(float(np.linalg.norm(np.diff(flat, axis=0), axis=1).sum()) / one, unit)


def unit_of_distances(description: Description) -> tuple[float, str]:
    """Return the Euclidean distance in the samples' own units that counts as 1, and the name of this unit."""
    if description.kind == "image":
        # Grey levels from 0 to 255 would give lengths of thousands, which compare with nothing.
        low, high = description.value_range
        return float(high - low) or 1.0, "L2 over pixel values from 0 to 1"
    # Terms have weights without a unit; decodes of words are probabilities.
    if description.kind == "text":
        return 1.0, "L2 over p(context|z)" if description.of_words else "L2 over the terms' weights"
    return 1.0, "L2 over features in their own units"
