"""Saving the comparison of the runs in view as a table."""

from PySide6.QtWidgets import QWidget

from explorer.export.comparison import save_comparison
from explorer.ui.comparison.in_view import comparison_in_view, keys_in_view
from explorer.ui.services.app_state import AppState
from explorer.ui.widgets.saving import ask_path

KINDS = {"csv": "CSV table", "md": "Markdown table"}


def save_comparison_in_view(state: AppState, parent: QWidget, *, all_settings: bool = False) -> None:
    """Ask for a file, and write the comparison of the runs in view to it in the background."""
    if not keys_in_view(state):
        state.messages.notify("Nothing to compare yet: open a run first")
        return
    path = ask_path(parent, "Save comparison", "comparison.csv", KINDS)
    if path is not None:
        found = comparison_in_view(state)
        state.tasks.save(path, lambda _: save_comparison(path, found, all_settings=all_settings))
