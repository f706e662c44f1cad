"""The state of the screen: a frozen View, and the Session that replaces it and keeps undo and redo."""

from explorer.session.guard import guarded
from explorer.session.session import UNDO_STEPS, Listener, Session
from explorer.session.view import FIRST_OVERLAYS, View
from explorer.session.view_json import view_from_json
from explorer.session.view_parts import (
    MAX_PANES,
    MAX_PINS,
    MAX_SEARCH,
    MAX_WAYPOINTS,
    THE_PROBE,
    Arithmetic,
    Blend,
    CurvesAxis,
    Group,
    KeptBlend,
    Method,
    Mode,
    Pane,
    Path,
    Probe,
    Sheet,
    Traversal,
    Waypoint,
)

__all__ = [
    "FIRST_OVERLAYS",
    "MAX_PANES",
    "MAX_PINS",
    "MAX_SEARCH",
    "MAX_WAYPOINTS",
    "THE_PROBE",
    "UNDO_STEPS",
    "Arithmetic",
    "Blend",
    "CurvesAxis",
    "Group",
    "KeptBlend",
    "Listener",
    "Method",
    "Mode",
    "Pane",
    "Path",
    "Probe",
    "Session",
    "Sheet",
    "Traversal",
    "View",
    "Waypoint",
    "guarded",
    "view_from_json",
]
