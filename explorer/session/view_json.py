"""A View to and from plain JSON values, checked on the way in."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from explorer.config import ConfigError
from explorer.session.view import View
from explorer.session.view_changes import told_apart

FORMAT_VERSION = 1
_VIEW = TypeAdapter(View)


def view_to_json(view: View) -> dict[str, Any]:
    """Return a View as plain JSON values."""
    return {"format": FORMAT_VERSION, "view": _VIEW.dump_python(view, mode="json")}


def view_from_json(value: Mapping[str, Any]) -> View:
    """Read a View from what `view_to_json` gave.

    Raises
    ------
    ConfigError
        For another format or a View that does not hold together.
    """
    if not isinstance(value, Mapping) or value.get("format") != FORMAT_VERSION:
        raise ConfigError(f"no session of format {FORMAT_VERSION}")
    try:
        view = _VIEW.validate_python(value.get("view"))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(["view", *map(str, first["loc"])])
        raise ConfigError(f"no session that holds together: {place}: {first['msg']}") from error
    if problem := _problem_of(view):
        raise ConfigError(f"no session that holds together: {problem}")
    return replace(view, panes=told_apart(view.panes))


def _problem_of(view: View) -> str:
    """Say which parts of a View do not fit each other, each being within its own limits; "" where all do."""
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
