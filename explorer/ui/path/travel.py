"""Moving along a path: z at t, and the changes of the View. No Qt."""

from dataclasses import replace
from typing import Any

from explorer.latent.plane.interpolation import METHODS, path
from explorer.session import Path, PathEnd, Probe, View

METHOD_WORDS = {"lerp": "straight", "slerp": "spherical"}


def place_at(way: Path, t: float) -> tuple[float, ...] | None:
    """Return z at t, ``(latent_dim,)`` floats; None while the path has only one end."""
    if way.end is None:
        return None
    return tuple(METHODS[way.method](way.start.z, way.end.z, t).tolist())


def places(way: Path, steps: int) -> tuple[tuple[float, ...], ...]:
    """Return ``steps`` codes at even steps of t, both ends included; () while the path has only one end."""
    if way.end is None:
        return ()
    return tuple(map(tuple, path(way.start.z, way.end.z, steps, way.method).tolist()))


def moved(view: View, t: float) -> dict[str, Any]:
    """Return the changes of the View for a new t: the path, and the probe if it follows."""
    way = view.path
    if way is None:
        return {}
    t = min(max(t, 0.0), 1.0)
    changes: dict[str, Any] = {"path": replace(way, t=t)}
    place = place_at(way, t)
    if view.probe_follows_path and place is not None:
        changes["probe"] = Probe(way.run, place)
    return changes


def swapped(way: Path) -> Path:
    """Return the path with its ends swapped; t stays at the same point of latent space."""
    return way if way.end is None else replace(way, start=way.end, end=way.start, t=1.0 - way.t)


def with_start(way: Path | None, run: str, start: PathEnd) -> Path:
    """Return a path with another A; in another run it is a new path."""
    # B is a code of the old run, and means nothing in another one.
    return Path(run, start) if way is None or way.run != run else replace(way, start=start)
