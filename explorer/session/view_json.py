"""Views as plain JSON values, as session files contain them: written, read, upgraded and checked.

Format 1 had paths with two ends; `view_from_json` reads it, too. Pydantic checks types and limits; this
module checks that fields do not contradict each other.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from explorer.config import ConfigError, value_error_text
from explorer.session.view import View, with_distinct_copies
from explorer.session.view_parts import Blend

FORMAT_VERSION = 2
_VIEW = TypeAdapter(View)
WEIGHT_ERROR = 1e-6
"""Largest rounding error of the sum of the weights of a blend, which is 1."""


def view_to_json(view: View) -> dict[str, Any]:
    """Return the View as plain JSON values."""
    return {"format": FORMAT_VERSION, "view": _VIEW.dump_python(view, mode="json")}


def view_from_json(value: Mapping[str, Any]) -> View:
    """Rebuild a View from the values of `view_to_json`.

    Raises
    ------
    ConfigError
        If the format is another one, or the View is inconsistent.
    """
    if not isinstance(value, Mapping) or value.get("format") not in (1, FORMAT_VERSION):
        raise ConfigError(f"this is not a session of format {FORMAT_VERSION}, or 1")
    content = value.get("view")
    try:
        view = _VIEW.validate_python(_with_waypoints(content) if value["format"] == 1 else content)
    except ValidationError as error:
        first = error.errors()[0]
        # The path to the wrong value, such as "view.panes.0.axes".
        field = ".".join(["view", *map(str, first["loc"])])
        raise ConfigError(f"this session is inconsistent: {field}: {value_error_text(first)}") from error
    if problem := _problem_of(view):
        raise ConfigError(f"this session is inconsistent: {problem}")
    return replace(view, panes=with_distinct_copies(view.panes))


def _with_waypoints(content: object) -> object:
    """Return the values of a View of format 1, whose path has two ends and other names for its methods."""
    path = content.get("path") if isinstance(content, Mapping) else None
    if not isinstance(content, Mapping) or not isinstance(path, Mapping):
        return content
    kept = {name: path[name] for name in ("run", "t") if name in path}
    ends = [path[name] for name in ("start", "end") if path.get(name) is not None]
    method = "spherical" if path.get("method") == "slerp" else "straight"
    return {**content, "path": {**kept, "waypoints": ends, "method": method}}


def _problem_of(view: View) -> str:
    """Return which fields of a View contradict each other, or "" if none do."""
    if view.active >= max(1, len(view.panes)):
        return f"pane {view.active} of {len(view.panes)} is active"
    for axes in (pane.axes for pane in view.panes):
        if axes is not None and axes[0] == axes[1]:
            return f"a pane has z{axes[0] + 1} on both axes"
    for name, points in (
        ("path", view.path.waypoints if view.path else ()),
        *(("blend", blend.pins) for blend in _blends(view)),
    ):
        if len({len(point.z) for point in points}) > 1:
            return f"its {name} has codes of different dimensions"
    for blend in _blends(view):
        if len(blend.weights) != len(blend.pins) or abs(sum(blend.weights) - 1) > WEIGHT_ERROR:
            return "the weights of a blend do not add up to 1"
    names = [(group.data, group.name) for group in view.groups]
    return "two groups have the same name" if len(set(names)) < len(names) else ""


def _blends(view: View) -> list[Blend]:
    return [*([view.blend] if view.blend else []), *(kept.blend for kept in view.kept_blends)]
