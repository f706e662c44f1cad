"""Changes of a path's waypoints; each returns a changed path."""

from dataclasses import replace

from explorer.session import MAX_WAYPOINTS, Path, Waypoint

MIN_LOOP = 3
"""Minimum number of waypoints of a path that a click on A closes into a loop."""


def is_full(path: Path) -> bool:
    """Return whether no further waypoint can be added."""
    return len(path.waypoints) >= MAX_WAYPOINTS


def with_waypoint(path: Path, index: int, place: Waypoint) -> Path:
    """Return the path with another place as waypoint ``index``."""
    return replace(path, waypoints=(*path.waypoints[:index], place, *path.waypoints[index + 1 :]))


def with_inserted(path: Path, index: int, place: Waypoint) -> Path:
    """Return the path with a new waypoint before waypoint ``index``, or at the end."""
    return path if is_full(path) else replace(path, waypoints=(*path.waypoints[:index], place, *path.waypoints[index:]))


def with_added(path: Path, place: Waypoint) -> Path:
    """Return the path with a new waypoint at the end."""
    return with_inserted(path, len(path.waypoints), place)


def without_waypoint(path: Path, index: int) -> Path | None:
    """Return the path without waypoint ``index``; None if no waypoint is left."""
    rest = (*path.waypoints[:index], *path.waypoints[index + 1 :])
    # A loop needs at least two waypoints.
    return replace(path, waypoints=rest, closed=path.closed and len(rest) > 1) if rest else None


def with_moved(path: Path, index: int, to: int) -> Path:
    """Return the path with waypoint ``index`` at position ``to`` of the order."""
    rest = [*path.waypoints[:index], *path.waypoints[index + 1 :]]
    # ``to`` counts without the moved waypoint.
    rest.insert(to, path.waypoints[index])
    return replace(path, waypoints=tuple(rest))


def reversed_path(path: Path) -> Path:
    """Return the path in the opposite direction; t stays at the same point of latent space."""
    if not path.is_whole:
        return path
    # A loop still begins at A.
    first, *rest = path.waypoints
    places = (first, *reversed(rest)) if path.closed else tuple(reversed(path.waypoints))
    return replace(path, waypoints=places, t=1.0 - path.t)


def same_settings(path: Path, old: Path | None) -> Path:
    """Return a new path with the steps, methods, spacing and metric of an older one."""
    if old is None:
        return path
    return replace(path, steps=old.steps, method=old.method, second=old.second, spacing=old.spacing, metric=old.metric)
