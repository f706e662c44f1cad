"""Moving along a path: z at t, and the changes of the View. No Qt."""

from dataclasses import replace
from typing import Any

from explorer.latent.plane.interpolation import METHODS
from explorer.latent.plane.interpolation import path as codes_on_path
from explorer.session import Path, PathEnd, Probe, View

METHOD_WORDS = {"lerp": "straight", "slerp": "spherical"}


def code_at(path: Path, t: float) -> tuple[float, ...] | None:
    """Return z at t, ``(latent_dim,)`` floats; None while the path has only one end."""
    if path.end is None:
        return None
    return tuple(METHODS[path.method](path.start.z, path.end.z, t).tolist())


def codes_along(path: Path, steps: int) -> tuple[tuple[float, ...], ...]:
    """Return ``steps`` codes at even steps of t, both ends included; () while the path has only one end."""
    if path.end is None:
        return ()
    return tuple(map(tuple, codes_on_path(path.start.z, path.end.z, steps, path.method).tolist()))


def moved(view: View, t: float) -> dict[str, Any]:
    """Return the changes of the View for a new t: the path, and the probe if it follows."""
    path = view.path
    if path is None:
        return {}
    t = min(max(t, 0.0), 1.0)
    changes: dict[str, Any] = {"path": replace(path, t=t)}
    z = code_at(path, t)
    if view.probe_follows_path and z is not None:
        changes["probe"] = Probe(path.run, z)
    return changes


def swapped(path: Path) -> Path:
    """Return the path with its ends swapped; t stays at the same point of latent space."""
    return path if path.end is None else replace(path, start=path.end, end=path.start, t=1.0 - path.t)


def with_start(path: Path | None, run: str, start: PathEnd) -> Path:
    """Return a path with another A; in another run it is a new path."""
    # B is a code of the old run, and means nothing in another one.
    return Path(run, start) if path is None or path.run != run else replace(path, start=start)
