"""A path with its curves, as planes, film strip and slider show it; plain numpy, so that dragging needs no model."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.latent.paths.curves import Curve, curve
from explorer.latent.paths.path_answer import PathAnswer
from explorer.latent.steps import Absent
from explorer.session import Method, Path

VERTICES = 97
"""Vertices of a line on a plane, besides its waypoints: curves bend, and so does a straight line that is projected."""


@dataclass(frozen=True, eq=False)
class DrawnPath:
    """A path in one run.

    Attributes
    ----------
    path
        The path, with the codes of its samples in this run.
    curves
        The curve of each row, by ``path.method`` and ``path.second``; empty while there is only one waypoint.
    awaited
        For each curve, whether it is a straight placeholder for a curve that is still being computed.
    straight
        The straight line that the curves are compared with; None if one of them is straight.
    """

    path: Path
    curves: tuple[Curve, ...] = ()
    awaited: tuple[bool, ...] = ()
    straight: Curve | None = None

    def code_at(self, t: float, row: int = 0) -> tuple[float, ...] | None:
        """Return z at t of a row, ``(latent_dim,)`` floats; None while the path has no such curve."""
        return tuple(self.curves[row].at(t).tolist()) if row < len(self.curves) else None

    def codes_at(self, t: NDArray[np.float64], row: int = 0) -> tuple[tuple[float, ...], ...]:
        """Return z at several t of a row as tuples, which questions hold."""
        return tuple(map(tuple, self.curves[row].at(t).tolist())) if row < len(self.curves) else ()


def methods_of(path: Path) -> tuple[Method, ...]:
    """Return the methods of the rows, each once."""
    return (path.method,) if path.second in (None, path.method) else (path.method, path.second)


def drawn_path(path: Path, answer: PathAnswer | None) -> DrawnPath:
    """Return a path with its curves; geodesics and equal decoded steps need the answer of the model."""
    if not path.is_whole:
        return DrawnPath(path)
    methods = methods_of(path)
    codes = np.array([place.z for place in path.waypoints], np.float64)  # (k, latent_dim)
    rows = () if answer is None else answer.rows
    # By method, as a new path may have its rows in another order than the last answer.
    known = {row.method: row.curve for row in rows if not isinstance(row, Absent)}
    curves = [known.get(method) or curve(codes, _without_model(method), closed=path.closed) for method in methods]
    awaited = tuple(_needs_model(path, method) and answer is None for method in methods)
    # Not drawn twice.
    straight = None if "straight" in methods else curve(codes, "straight", closed=path.closed)
    return DrawnPath(path, tuple(curves), awaited, straight)


def needs_model(path: Path) -> bool:
    """Return whether a curve of the path depends on the decoder: a geodesic, or equal steps of what is decoded."""
    return path.is_whole and any(_needs_model(path, method) for method in methods_of(path))


def line_positions(knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return t at the vertices of a line ``(m,)``: at equal steps, and at the waypoints, which it must hit."""
    return np.union1d(np.linspace(0, 1, VERTICES), knots)


def _needs_model(path: Path, method: Method) -> bool:
    return method == "geodesic" or path.spacing == "decoded"


def _without_model(method: Method) -> Method:
    return "straight" if method == "geodesic" else method
