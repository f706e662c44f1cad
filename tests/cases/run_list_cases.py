"""Access to the rows of the list of runs as the window shows it."""

from PySide6.QtCore import QModelIndex, QObject
from PySide6.QtWidgets import QListView
from window_cases import named


def list_view(parent: QObject) -> QListView:
    """Return the list of runs below ``parent``."""
    return named(parent, "run_list", QListView)


def listed(parent: QObject) -> list[QModelIndex]:
    """Return the rows that no filter hides, in order."""
    view = list_view(parent)
    return [view.model().index(row, 0) for row in range(view.model().rowCount()) if not view.isRowHidden(row)]


def listed_names(parent: QObject) -> list[str]:
    """Return the names of the rows that no filter hides, in order."""
    return [str(index.data()) for index in listed(parent)]


def run_row(parent: QObject, name: str) -> QModelIndex:
    """Return the row of a run, or of the heading of an experiment, by its name."""
    found = [index for index in listed(parent) if index.data() == name]
    assert found, f"{name} is not among {listed_names(parent)}"
    return found[0]
