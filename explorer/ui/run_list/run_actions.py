"""What can be done with a run of the list."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RunAction:
    """One thing that can be done with a run; ``icon`` puts it among the buttons too."""

    name: str
    text: str
    tip: str
    icon: str = ""
    key: str = ""


ACTIONS = (
    RunAction("open", "Open", "Open in the active pane, or in a new one if there is room", "eye"),
    RunAction("open_beside", "Open in a new pane", "Open beside all other panes", "plus"),
    RunAction("further", "Train further", "Train for more epochs, or finish a stopped run", "play"),
    RunAction("settings", "Use these settings", "Fill the form with the settings of this run", "settings"),
    RunAction("rename", "Rename…", "Rename the run", key="F2"),
    RunAction("folder", "Show folder", "Open the folder in the file manager"),
    RunAction("copy", "Copy as command", "Copy the command that trains this run"),
    RunAction("remove", "Remove…", "Delete the run folder, after asking", "close", "Del"),
)
