"""The menu of a class in the legend: select its samples, or make a group of them."""

from functools import partial

from PySide6.QtWidgets import QMenu, QWidget

from explorer.jobs.plane.selection_edits import samples_of_class
from explorer.latent.groups.members import SetOperation
from explorer.ui.selection.selection_editor import SelectionEditor
from explorer.ui.services.app_state import AppState
from explorer.ui.widgets.identity import enable, set_identity

NO_SAMPLES = "There are no samples of this class to select"
NO_SELECTION = "Nothing is selected"
ENTRIES: tuple[tuple[str, SetOperation], ...] = (
    ("Select class", "replace"),
    ("Add to the selection", "add"),
    ("Remove from the selection", "remove"),
    ("Keep only this class selected", "intersect"),
)


def class_menu(state: AppState, key: int, parent: QWidget) -> QMenu:
    """Return the menu of a class or category, by its key in the legend; it deletes itself when it closes."""
    editor = SelectionEditor(state)
    menu = set_identity(QMenu(parent), "class_menu", accessible="Class")
    menu.setToolTipsVisible(True)
    # A new menu for each click, as the entries depend on the class. Without this, it would live as long as the plane.
    menu.aboutToHide.connect(menu.deleteLater)
    view = state.session.view
    why = "" if len(samples_of_class(editor.run, view, key)) else NO_SAMPLES
    for text, operation in ENTRIES:
        action = menu.addAction(text)
        action.triggered.connect(partial(editor.select_class, key, operation))
        # With an empty selection, removing and intersecting have no effect.
        needs_selection = operation in ("remove", "intersect") and not view.selection
        enable(action, why or (NO_SELECTION if needs_selection else ""))
    menu.addSeparator()
    group = menu.addAction("New group from this class")
    group.triggered.connect(partial(editor.keep_class, key))
    enable(group, why)
    return menu
