"""Interpolates between codes, and measures the length of a decoded path."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.config import ConfigError
from explorer.data.dataset import Description

Codes = NDArray[np.float64]


def lerp(start: ArrayLike, end: ArrayLike, t: ArrayLike) -> Codes:
    """Interpolate linearly: (1 − t)·start + t·end.

    Parameters
    ----------
    start, end
        ``(latent_dim,)``.
    t
        Positions from 0 to 1, ``(steps,)`` or one number.

    Returns
    -------
    Codes ``(steps, latent_dim)``, or ``(latent_dim,)`` for one number.
    """
    a, b = np.asarray(start, np.float64), np.asarray(end, np.float64)
    t = np.asarray(t, np.float64)[..., None]
    result: Codes = (1 - t) * a + t * b
    return result


def slerp(start: ArrayLike, end: ArrayLike, t: ArrayLike) -> Codes:
    """Interpolate along a great circle around the origin (Shoemake 1985), with the length changing linearly.

    Codes of equal length keep their length on the whole path, like typical draws from a standard normal. Opposite codes
    have no unique great circle; the path then goes through a fixed perpendicular direction. For a code at the origin,
    and for one latent dimension, the result is that of `lerp`.

    Parameters and returns are those of `lerp`.
    """
    a, b = np.asarray(start, np.float64), np.asarray(end, np.float64)
    length_a, length_b = np.linalg.norm(a), np.linalg.norm(b)
    if length_a == 0 or length_b == 0 or a.size == 1:
        return lerp(a, b, t)
    t = np.asarray(t, np.float64)[..., None]
    from_unit, to_unit = a / length_a, b / length_b
    # 2·atan2 is accurate for nearly equal and nearly opposite directions, where arccos loses digits.
    angle = 2 * np.arctan2(np.linalg.norm(to_unit - from_unit), np.linalg.norm(to_unit + from_unit))
    across = _perpendicular(from_unit, to_unit)  # spans the circle's plane together with from_unit
    direction = np.cos(t * angle) * from_unit + np.sin(t * angle) * across
    result: Codes = ((1 - t) * length_a + t * length_b) * direction
    return result


METHODS: dict[str, Callable[[ArrayLike, ArrayLike, ArrayLike], Codes]] = {"lerp": lerp, "slerp": slerp}


def path(start: ArrayLike, end: ArrayLike, steps: int = 16, method: str = "lerp") -> NDArray[np.float32]:
    """Return codes ``(steps, latent_dim)``, equally spaced in t from ``start`` to ``end``, both included exactly.

    Raises
    ------
    ConfigError
        If the method is unknown, or there are fewer than two steps.
    """
    if method not in METHODS:
        raise ConfigError(f"unknown method {method!r}: choose from {', '.join(METHODS)}")
    if steps < 2:
        raise ConfigError(f"steps = {steps}: a path needs at least 2, for its two ends")
    codes = METHODS[method](start, end, np.linspace(0, 1, steps)).astype(np.float32)
    # Rounding must not move the ends, which are codes of samples.
    codes[0], codes[-1] = start, end
    return codes


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
    flat = np.asarray(decodes, np.float64).reshape(len(decodes), -1)
    value = float(np.linalg.norm(np.diff(flat, axis=0), axis=1).sum())
    if description.kind == "image":
        # Grey levels from 0 to 255 would give lengths of thousands, which compare with nothing.
        low, high = description.value_range
        return Length(value / ((high - low) or 1.0), "L2 over pixel values from 0 to 1")
    if description.kind == "text":
        return Length(value, "L2 over p(context|z)" if description.of_words else "L2 over the terms' weights")
    return Length(value, "L2 over features in their own units")


def _perpendicular(unit: Codes, other: Codes) -> Codes:
    """Return the unit vector perpendicular to ``unit`` towards ``other``, or a fixed one if the two are parallel."""
    rest = other - (other @ unit) * unit
    if np.linalg.norm(rest) < 1e-12:
        rest = np.zeros_like(unit)
        rest[np.argmin(np.abs(unit))] = 1.0
        rest -= (rest @ unit) * unit
    # Orthogonalise twice: if the rest is small, the rounding error of the first subtraction is not.
    rest = rest / np.linalg.norm(rest)
    rest -= (rest @ unit) * unit
    result: Codes = rest / np.linalg.norm(rest)
    return result
