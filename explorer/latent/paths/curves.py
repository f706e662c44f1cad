"""Curves through waypoints as chains of codes: straight, spherical, or a spline.

`Curve.at` needs neither torch nor a model, so that a slider can move along a curve at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.config import ConfigError, suggestion

Codes = NDArray[np.float64]
DRAWN = ("straight", "spherical", "spline")
"""The methods that need no model; "geodesic" is in `explorer.latent.paths.geodesic`."""
BENDS = 64
"""Number of straight pieces between two waypoints of a curve that bends."""


@dataclass(frozen=True, eq=False)
class Curve:
    """A curve through latent space as a chain of codes, which are joined by straight lines.

    Attributes
    ----------
    codes
        The chain, ``(m, latent_dim)``; waypoints are among its codes, unchanged.
    t
        Position of each code from 0 to 1, ``(m,)``, never decreasing. Equal steps of t have equal latent length, or
        equal decoded length after `explorer.latent.paths.spacing.spaced_by_decodes`.
    rows
        Rows of the waypoints in ``codes``, ``(k,)``; a closed curve ends with its first waypoint.
    """

    codes: Codes
    t: NDArray[np.float64]
    rows: NDArray[np.int64]

    @property
    def knots(self) -> NDArray[np.float64]:
        """Positions of the waypoints, ``(k,)``: from 0 to 1."""
        return self.t[self.rows]

    @property
    def length(self) -> float:
        """The length in latent units."""
        return float(np.linalg.norm(np.diff(self.codes, axis=0), axis=1).sum())

    def at(self, t: ArrayLike) -> Codes:
        """Return the codes at positions t from 0 to 1: ``(..., latent_dim)`` for t of any shape."""
        wanted = np.clip(np.asarray(t, np.float64), 0.0, 1.0)
        before = np.clip(np.searchsorted(self.t, wanted, side="right") - 1, 0, len(self.t) - 2)
        width = self.t[before + 1] - self.t[before]
        share = np.where(width > 0, (wanted - self.t[before]) / np.where(width > 0, width, 1.0), 0.0)[..., None]
        # Exact at both ends of a piece, so that waypoints are hit to the bit.
        between = (1 - share) * self.codes[before] + share * self.codes[before + 1]
        found: Codes = np.where(share == 0, self.codes[before], np.where(share == 1, self.codes[before + 1], between))
        return found

    def resampled(self, steps: int) -> Codes:
        """Return the codes at ``steps`` equal steps of t, both ends included: ``(steps + 1, latent_dim)``."""
        return self.at(np.linspace(0, 1, steps + 1))

    @property
    def pieces(self) -> list[Codes]:
        """The chains from each waypoint to the next, waypoints included."""
        return [self.codes[start : end + 1] for start, end in zip(self.rows[:-1], self.rows[1:], strict=True)]


def curve(waypoints: ArrayLike, method: str = "straight", *, closed: bool = False) -> Curve:
    """Return the curve through waypoints in equal steps of latent length.

    Parameters
    ----------
    waypoints
        ``(k, latent_dim)``, at least two, which may repeat.
    method
        ``"straight"``; ``"spherical"``: from each waypoint to the next by `slerp`; or ``"spline"``: a centripetal
        Catmull-Rom spline, which makes neither loops nor cusps between waypoints (Yuksel, Schaefer and Keyser 2011,
        "Parameterization and applications of Catmull-Rom curves").
    closed
        Whether the last waypoint is joined to the first.

    Raises
    ------
    ConfigError
        If the method is unknown, or there are fewer than two waypoints.
    """
    points = through(waypoints, closed=closed)
    if method not in DRAWN:
        raise ConfigError(f"unknown method {method!r}: {suggestion(method, DRAWN)}")
    # A spline through two waypoints is the straight line.
    if method == "spline" and len(points) > 2:
        return joined(_spline(points, closed=closed))
    # Each piece for itself: spherical paths bend at waypoints, as straight ones do.
    ends = list(pairwise(points))
    if method == "spherical":
        return joined([_with_ends(slerp(a, b, np.linspace(0, 1, BENDS + 1)), a, b) for a, b in ends])
    return joined([np.stack([a, b]) for a, b in ends])


def slerp(start: ArrayLike, end: ArrayLike, t: ArrayLike) -> Codes:
    """Interpolate along a great circle around the origin (Shoemake 1985), with the length changing linearly.

    Codes of equal length keep their length on the whole path, like typical draws from a standard normal. Opposite codes
    have no unique great circle; the path then goes through a fixed perpendicular direction. For a code at the origin,
    and for one latent dimension, the result is linear: (1 − t)·start + t·end.

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
    length_a, length_b = np.linalg.norm(a), np.linalg.norm(b)
    result: Codes
    if length_a == 0 or length_b == 0 or a.size == 1:
        result = (1 - t) * a + t * b
        return result
    from_unit, to_unit = a / length_a, b / length_b
    # 2·atan2 is accurate for nearly equal and nearly opposite directions, where arccos loses digits.
    angle = 2 * np.arctan2(np.linalg.norm(to_unit - from_unit), np.linalg.norm(to_unit + from_unit))
    across = _perpendicular(from_unit, to_unit)  # spans the circle's plane together with from_unit
    direction = np.cos(t * angle) * from_unit + np.sin(t * angle) * across
    result = ((1 - t) * length_a + t * length_b) * direction
    return result


def through(waypoints: ArrayLike, *, closed: bool) -> Codes:
    """Return waypoints ``(k, latent_dim)`` in float64; those of a closed curve end with the first.

    Raises
    ------
    ConfigError
        If there are fewer than two, or a number is not finite.
    """
    points = np.asarray(waypoints, np.float64)
    if points.ndim != 2 or len(points) < 2:
        raise ConfigError("a path needs at least two waypoints")
    if not np.isfinite(points).all():
        raise ConfigError("a waypoint of the path has a number that is not finite")
    return np.concatenate([points, points[:1]]) if closed else points


def joined(pieces: Sequence[Codes]) -> Curve:
    """Return the curve of chains ``(m, latent_dim)`` of which each begins where the one before it ends."""
    codes = np.concatenate([pieces[0][:1], *(piece[1:] for piece in pieces)])
    rows = np.cumsum([0, *(len(piece) - 1 for piece in pieces)])
    return Curve(codes, by_length(np.linalg.norm(np.diff(codes, axis=0), axis=1)), rows)


def by_length(lengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return positions from 0 to 1 ``(m,)`` of points between which there are ``lengths`` ``(m - 1,)``."""
    so_far = np.concatenate([[0.0], np.cumsum(lengths)])
    # All points are equal; positions must rise all the same.
    if not so_far[-1] > 0:
        return np.linspace(0, 1, len(so_far))
    # Divided by their own sum, so that the last position is exactly 1.
    t: NDArray[np.float64] = so_far / so_far[-1]
    return t


def _with_ends(codes: Codes, start: Codes, end: Codes) -> Codes:
    # Rounding must not move the ends, which are codes of samples.
    codes[0], codes[-1] = start, end
    return codes


def _spline(points: Codes, *, closed: bool) -> list[Codes]:
    """Return the pieces of a centripetal Catmull-Rom spline in its Hermite form."""
    # The parameter grows by the square root of the distance; points that repeat have no piece of their own.
    gaps = np.sqrt(np.linalg.norm(np.diff(points, axis=0), axis=1))
    moving = np.flatnonzero(gaps > 0)
    pieces = [np.stack([a, b]) for a, b in pairwise(points)]
    if len(moving) < 2:
        return pieces
    widths = gaps[moving]
    slopes = (points[moving + 1] - points[moving]) / widths[:, None]
    tangents = _tangents(slopes, widths, closed=closed)
    share = np.linspace(0, 1, BENDS + 1)[:, None]
    for place, row in enumerate(moving):
        a, b, width = points[row], points[row + 1], widths[place]
        bend = (1 - share) * (tangents[place] - slopes[place]) - share * (tangents[place + 1] - slopes[place])
        codes = (1 - share) * a + share * b + width * share * (1 - share) * bend
        pieces[row] = _with_ends(codes, a, b)
    return pieces


def _tangents(slopes: Codes, widths: NDArray[np.float64], *, closed: bool) -> Codes:
    """Return the derivatives at the waypoints, ``(pieces + 1, latent_dim)``."""
    # An open curve begins and ends in the direction of its first and last piece, a closed one has no end.
    before = np.concatenate([slopes[-1:] if closed else slopes[:1], slopes])
    after = np.concatenate([slopes, slopes[:1] if closed else slopes[-1:]])
    wide_before = np.concatenate([widths[-1:] if closed else widths[:1], widths])[:, None]
    wide_after = np.concatenate([widths, widths[:1] if closed else widths[-1:]])[:, None]
    found: Codes = (wide_after * before + wide_before * after) / (wide_before + wide_after)
    return found


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
