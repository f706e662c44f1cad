"""Converts a View to plain JSON values and back, with every value checked on reading."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from explorer.config import ConfigError
from explorer.session.view import View
from explorer.session.view_changes import with_distinct_copies

FORMAT_VERSION = 1
_VIEW = TypeAdapter(View)


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
    if not isinstance(value, Mapping) or value.get("format") != FORMAT_VERSION:
        raise ConfigError(f"this is not a session of format {FORMAT_VERSION}")
    try:
        view = _VIEW.validate_python(value.get("view"))
    except ValidationError as error:
        first = error.errors()[0]
        # The path to the wrong value, such as "view.panes.0.axes".
        field = ".".join(["view", *map(str, first["loc"])])
        raise ConfigError(f"this session is inconsistent: {field}: {first['msg']}") from error
    if problem := _problem_of(view):
        raise ConfigError(f"this session is inconsistent: {problem}")
    return replace(view, panes=with_distinct_copies(view.panes))


def _problem_of(view: View) -> str:
    """Return which fields of a View contradict each other, or "" if none do."""
    if view.active >= max(1, len(view.panes)):
        return f"pane {view.active} of {len(view.panes)} is active"
    for axes in (pane.axes for pane in view.panes):
        if axes is not None and axes[0] == axes[1]:
            return f"a pane has z{axes[0] + 1} on both axes"
    if view.path is not None and view.path.end is not None:
        sizes = len(view.path.start.z), len(view.path.end.z)
        if sizes[0] != sizes[1]:
            return f"its path starts in {sizes[0]} dimensions and ends in {sizes[1]}"
    return ""
