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
    if view.active >= max(1, len(view.panes)):
        raise ConfigError(f"no session that holds together: pane {view.active} of {len(view.panes)} is active")
    return replace(view, panes=told_apart(view.panes))
