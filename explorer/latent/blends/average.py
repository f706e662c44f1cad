"""The plain average of samples, which a blend of their codes is compared with; and the distance between both.

Each kind of feature has its own average, so that the average can be compared with a decode, the mean of p(x|z):

- Numbers, pixels, signals and counts: Σ wᵢ xᵢ. Of yes/no columns this is the share of "yes".
- Categories: the share of each word among the samples whose word is known.
- Angles: the direction of Σ wᵢ (cos xᵢ, sin xᵢ), as the mean of 350° and 10° is 0° (Mardia and Jupp 2000, section 2.2).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.latent.paths.decoded_length import Length, decoded_length
from explorer.latent.steps import Absent

SHORTEST = 1e-9
"""Length of a mean direction below which the directions cancel out and it is not defined."""
OF_WORDS = "the samples are words, whose values are only their positions in the vocabulary"
OF_TEXTS = "decodes of texts cannot be compared with samples"


def average_of(
    samples: NDArray[Any], weights: NDArray[np.float64], description: Description
) -> NDArray[np.float32] | Absent:
    """Return the weighted average ``(*shape)`` of samples ``(n, *shape)`` in their own units.

    An angle whose directions cancel out is NaN, and a category that no sample knows is 0 throughout.

    Parameters
    ----------
    weights
        ``(n,)``, greater than 0, with sum 1.
    """
    if description.of_words:
        return Absent(OF_WORDS)
    values = np.asarray(samples, np.float64)
    average = np.asarray(np.tensordot(weights, values, axes=1), np.float64)
    for columns in _categories(description):
        # A sample with an unknown word has zeros there, and must not make all shares smaller.
        known = weights @ (values[:, columns].sum(axis=1) > 0)
        average[columns] /= known if known > 0 else 1.0
    for feature, period, signed in _angles(description):
        average[feature] = _mean_angle(values[:, feature], weights, period, signed)
    return average.astype(np.float32)


def distance_between(
    decode: NDArray[np.float32], average: NDArray[np.float32] | Absent, description: Description
) -> Length | Absent:
    """Return the Euclidean distance from a decode to an average, in the units of `decoded_length`."""
    if isinstance(average, Absent):
        return average
    if description.kind == "text":
        return Absent(OF_TEXTS)
    other = np.array(average, np.float64)
    for feature, period, _ in _angles(description):
        # Shift the average angle by whole turns, so that it is as near as possible to the decoded angle.
        other[feature] += period * np.round((decode[feature] - other[feature]) / period)
    found = decoded_length(np.stack([np.asarray(decode, np.float64), other]), description)
    return found if np.isfinite(found.value) else Absent("the blend or the average has values that are not finite")


def _categories(description: Description) -> list[slice]:
    """Return the features of each category of a table."""
    features = [index for index, kind in enumerate(description.feature_kinds) if kind == "category"]
    starts = np.cumsum([0, *description.category_sizes])
    # Features of a category follow each other, and categories are in the order of their features.
    return [
        slice(features[start], features[start] + size)
        for start, size in zip(starts, description.category_sizes, strict=False)
    ]


def _angles(description: Description) -> list[tuple[int, float, bool]]:
    """Return the features that are angles: each with a full turn in its own unit, and whether angles are negative."""
    features = [index for index, kind in enumerate(description.feature_kinds) if kind == "angle"]
    offsets, scales = (
        np.broadcast_to(values, description.shape)
        for values in (description.transform.offset, description.transform.scale)
    )
    # Model values of angles are radians; angles from 0 to 360° are counted from 180°, those from −180° to 180° from 0.
    return [(feature, float(2 * np.pi * scales[feature]), bool(offsets[feature] == 0)) for feature in features]


def _mean_angle(values: NDArray[np.float64], weights: NDArray[np.float64], period: float, signed: bool) -> float:
    """Return the mean direction; NaN if the directions cancel out."""
    # As points on the unit circle, whose mean does not depend on where angles begin.
    mean = complex(weights @ np.exp(2j * np.pi * values / period))
    if abs(mean) < SHORTEST:
        return float("nan")
    turn = float(np.angle(mean)) / (2 * np.pi) * period
    return turn if signed else turn % period
