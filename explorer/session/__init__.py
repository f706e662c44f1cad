"""The state of the screen: a frozen View, and the Session that replaces it and keeps undo and redo."""

from explorer.session.session import UNDO_STEPS, Listener, Session
from explorer.session.view import (
    FIRST_OVERLAYS,
    MAX_PANES,
    CurvesAxis,
    Mode,
    Pane,
    Path,
    PathEnd,
    Probe,
    View,
    view_from_json,
)

__all__ = [
    "FIRST_OVERLAYS",
    "MAX_PANES",
    "UNDO_STEPS",
    "CurvesAxis",
    "Listener",
    "Mode",
    "Pane",
    "Path",
    "PathEnd",
    "Probe",
    "Session",
    "View",
    "view_from_json",
]
