"""Going along a path: the place at t, and what changes in the View as t does. No Qt."""

from dataclasses import replace
from typing import Any

from explorer.latent.plane.interpolation import METHODS, path
from explorer.session import Path, PathEnd, Probe, View

METHOD_WORDS = {"lerp": "straight", "slerp": "spherical"}


def place_at(way: Path, t: float) -> tuple[float, ...] | None:
    """Return z at t, ``latent_dim`` numbers; None while the path has one end only."""
    if way.end is None:
        return None
    return tuple(METHODS[way.method](way.start.z, way.end.z, t).tolist())


def places(way: Path, steps: int) -> tuple[tuple[float, ...], ...]:
    """Return ``steps`` places evenly spaced in t, both ends included; none while the path has one end only."""
    if way.end is None:
        return ()
    return tuple(map(tuple, path(way.start.z, way.end.z, steps, way.method).tolist()))


def moved(view: View, t: float) -> dict[str, Any]:
    """Return what changes in the View when t does: the path, and the probe where it follows."""
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
    """Return the way back; the place of t stays where it is."""
    return way if way.end is None else replace(way, start=way.end, end=way.start, t=1.0 - way.t)


def with_start(way: Path | None, run: str, start: PathEnd) -> Path:
    """Return a path with another A; in another run it begins anew."""
    return Path(run, start) if way is None or way.run != run else replace(way, start=start)
