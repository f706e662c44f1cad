"""The actions on a run of the list, as data. No Qt."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RunAction:
    """One action on a run; with an ``icon`` it is also a button below the list, ``key`` is its shortcut."""

    name: str
    text: str
    tip: str
    icon: str = ""
    key: str = ""


ACTIONS = (
    RunAction("open", "Open", "Show it: beside the other plane, or in place of the active one", "eye"),
    RunAction("open_beside", "Open in a new pane", "Show it beside all planes in view", "plus"),
    RunAction("further", "Train further", "Train it for more epochs, or to its end if it was stopped", "play"),
    RunAction("settings", "Take its settings", "Show its settings in the form, for the next run", "settings"),
    RunAction("rename", "Rename…", "Give it another name", key="F2"),
    RunAction("folder", "Show folder", "Show its folder in the file manager"),
    RunAction("copy", "Copy as command", "Copy the command line that trains the same run"),
    RunAction("remove", "Remove…", "Delete its folder, after asking", "close", "Del"),
)
