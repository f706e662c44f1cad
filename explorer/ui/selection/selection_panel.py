"""The selection: searches and named groups, its summary, and its samples page by page.

1. `SearchField` and `GroupList` say what to select; `SelectionEditor` changes the session.
2. `SelectionSummary` and `SelectionSamples` ask the models about the selection and draw the answers.
3. In a narrow panel the groups are in a menu; the summary is hidden if there is little room.
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt, Slot
from PySide6.QtGui import QAction, QContextMenuEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from explorer.jobs.plane.selection_edits import class_title, samples_of_class, why_no_group
from explorer.jobs.runs.open_run import OpenRun
from explorer.session import View
from explorer.ui.selection.group_dialog import GroupDialog, neighbours_dialog
from explorer.ui.selection.group_list import GroupList
from explorer.ui.selection.search_field import SearchField
from explorer.ui.selection.selection_editor import SelectionEditor
from explorer.ui.selection.selection_samples import SelectionSamples
from explorer.ui.selection.selection_saver import SelectionSaver
from explorer.ui.selection.selection_summary import SelectionSummary
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import compact_button, tool_button
from explorer.ui.widgets.flow import pad_panel
from explorer.ui.widgets.identity import enable, set_identity
from explorer.ui.widgets.labels import cut_text

MIN_GROUPS, MIN_SUMMARY, MIN_SUMMARY_HEIGHT = 860, 460, 130
"""Width for the list of groups, and width and height for the summary, in pixels at text scale 1."""
GROUPS_WIDTH, GROUPS_SHARE, SUMMARY_WIDTH = 220, 0.26, 190
"""Smallest width of the groups and its share of the panel's, and width of the summary, in pixels at text scale 1."""
NO_GROUPS = "No groups yet. Name a selection, or make a group from a class or from the probe's neighbours."
NO_PROBE = "Click a point on a plane first"
GAP = 8
"""Pixels between the hits of the search and the pages."""
MAX_CLASSES, MAX_CHARACTERS = 40, 50
"""Maximum number of classes in a menu, and of characters of an entry."""


class SelectionPanel(QFrame):
    """Shows the selection and the groups of the active run's data."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes, self._state = themes, state
        self._session, self._store = state.session, state.store
        self.editor = SelectionEditor(state)
        self.saver = SelectionSaver(state, themes, self)
        self.setProperty("panel", "true")
        set_identity(self, "selection_view", accessible="Selected samples")
        self._build()
        self.search.chosen.connect(self._on_found)
        self.samples.menu_wanted.connect(self._open_menu)
        self.groups.kept_changed.connect(self._show_head)
        self._name.clicked.connect(self.name_selection)
        for menu in (self._groups_menu, self._new_menu):
            menu.aboutToShow.connect(partial(self._fill_groups, menu))
        themes.changed.connect(self._apply_theme)
        for signal in (state.store.opened, state.store.closed):
            signal.connect(self._show_head)
        state.session.listen(self.show_view)
        self._apply_theme()
        self._show_head()

    def show_view(self, old: View, new: View) -> None:
        """Count the selected samples."""
        if (old.selection, old.active, old.panes, old.groups) != (new.selection, new.active, new.panes, new.groups):
            self._show_head()

    def export_actions(self) -> list[QAction]:
        """Return the actions that save the selection."""
        return self.saver.actions

    @Slot()
    def save_csv(self) -> None:
        """Ask for a file, then save the selected samples as a table."""
        self.saver.save_csv()

    @Slot()
    def select_all(self) -> None:
        """Select all samples that the legend shows."""
        self.editor.select_all()

    @Slot()
    def invert(self) -> None:
        """Invert the selection."""
        self.editor.invert()

    @Slot()
    def clear(self) -> None:
        """Select nothing."""
        self.editor.clear()

    @Slot()
    def name_selection(self) -> None:
        """Ask for a name, and keep the selection as a group."""
        selection = self._session.view.selection
        if problem := why_no_group(self._session.view, selection):
            self._state.messages.notify(problem)
            return
        # Only a suggestion.
        origin, name = self._origin()
        GroupDialog(self.editor, self._state, selection, origin, name, self.window()).open()

    @Slot()
    def name_neighbours(self) -> None:
        """Ask for a number or a radius and a name, and keep the samples near the probe as a group."""
        probe, run = self._session.view.probe, self.editor.run
        if probe is None or run is None or run.key != probe.run:
            self._state.messages.notify(self._why_no_neighbours())
            return
        neighbours_dialog(self.editor, self._state, run, probe, self.window()).open()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu of the selection."""
        self._open_menu(-1, event.globalPos())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the parts that fit."""
        super().resizeEvent(event)
        self._fit()

    # Words

    @Slot()
    def _show_head(self) -> None:
        view = self._session.view
        count = len(view.selection)
        self._head.setText(f"{count:,} selected" if count else "Selection")
        why = why_no_group(view, view.selection)
        self._name.setEnabled(not why)
        self._name.setToolTip(why or "Keep the selected samples as a group with a name")
        self._empty.setVisible(not self.editor.groups)
        self.groups.setVisible(bool(self.editor.groups))
        has_run = self.editor.run is not None
        for button in (self._groups_button, self._new):
            button.setEnabled(has_run)
        self._fit()

    def _origin(self) -> tuple[str, str]:
        """Return where the selection comes from, and a name for it: a search, a class, or drawn by the user."""
        view, run = self._session.view, self.editor.run
        # Test the search first: its text is more specific than the name of a class with the same samples.
        if len(self.search.samples) and tuple(np.sort(self.search.samples).tolist()) == view.selection:
            return f"search: {self.search.text}", self.search.text
        # Compare the samples: the session does not record how they were selected.
        for key, title in self._classes(run):
            if tuple(samples_of_class(run, view, key).tolist()) == view.selection:
                return title, title
        return "selection", "selection"

    def _classes(self, run: OpenRun | None) -> list[tuple[int, str]]:
        """Return the classes of the legend that a menu offers, with their titles."""
        keys = range(0 if run is None else min(MAX_CLASSES, self._class_count(run)))
        named = ((key, class_title(run, self._session.view, key)) for key in keys)
        return [(key, title) for key, title in named if title]

    def _class_count(self, run: OpenRun) -> int:
        by = self._session.view.colour_by
        column = None if run.plane is None else run.plane.columns.get(by.removeprefix("column:"))
        return len(column.categories if column is not None and column.categories else run.description.class_names)

    def _why_no_neighbours(self) -> str:
        probe, run = self._session.view.probe, self.editor.run
        if probe is None or run is None:
            return NO_PROBE
        return "" if run.key == probe.run else f"The probe is in another run than {run.name}: {NO_PROBE.lower()} of it"

    @Slot(object, str, str)
    def _on_found(self, samples: NDArray[np.int64], operation: str, text: str) -> None:
        self.editor.select(samples, operation, f"select {text}" if len(text) <= 40 else "select by a search")  # type: ignore[arg-type]
        # An empty answer clears the selection, which would look like an error without a message.
        if not len(samples):
            self._state.messages.remark("No samples found")

    # Menus

    @Slot(int, QPoint)
    def _open_menu(self, sample: int, at: QPoint) -> None:
        """Open the menu of a sample of the selection, or of the whole (-1)."""
        menu = set_identity(QMenu(self), "selection_menu", accessible="Selection")
        menu.setToolTipsVisible(True)
        # A new menu for each click, as its entries depend on the sample.
        menu.aboutToHide.connect(menu.deleteLater)
        if sample >= 0:
            self._fill_sample(menu, sample)
            menu.addSeparator()
        self._fill_selection(menu)
        menu.addSeparator()
        menu.addActions(self.saver.actions)
        menu.popup(at)

    def _fill_sample(self, menu: QMenu, sample: int) -> None:
        run = self.editor.run
        title = f"sample {sample}" if run is None else run.description.sample_title(sample)
        why = "" if self.editor.waypoint_of(sample) is not None else "The active run has no code of this sample"
        for text, slot in (
            (f"Follow {title}", partial(self._follow, sample)),
            ("Pin for a blend", partial(self.editor.pin, sample)),
            ("Add to the path", partial(self.editor.add_waypoint, sample)),
        ):
            action = menu.addAction(text)
            enable(action, why)
            action.triggered.connect(slot)
        menu.addAction("Remove from the selection").triggered.connect(partial(self.editor.select, (sample,), "remove"))

    def _fill_selection(self, menu: QMenu) -> None:
        view = self._session.view
        why = why_no_group(view, view.selection)
        uses = [
            (f"Use as group {letter} in Vectors", partial(self._use_in_vectors, side))
            for side, letter in (("plus", "A"), ("minus", "B"))
        ]
        pin = ("Pin for a blend", self.editor.pin_selection)
        for text, slot in (("Name this selection…", self.name_selection), pin, *uses):
            action = menu.addAction(text)
            enable(action, why)
            action.triggered.connect(slot)
        menu.addSeparator()
        menu.addAction("Invert selection").triggered.connect(self.invert)
        clear = menu.addAction("Clear selection")
        clear.setEnabled(bool(view.selection))
        clear.triggered.connect(self.clear)

    @Slot()
    def _fill_groups(self, menu: QMenu) -> None:
        """Fill the menu of groups: in a narrow panel the groups themselves, too."""
        menu.clear()
        if menu is self._groups_menu:
            for group in self.editor.groups:
                inner = menu.addMenu(
                    f"{cut_text(group.name, MAX_CHARACTERS).replace('&', '&&')} ({len(group.samples):,})"
                )
                self.groups.fill_menu(inner, group.name)
            menu.addSeparator()
        named = menu.addAction("Name this selection…")
        named.triggered.connect(self.name_selection)
        enable(named, why_no_group(self._session.view, self._session.view.selection))
        classes = menu.addMenu("New group from a class")
        classes.setToolTipsVisible(True)
        for key, title in self._classes(self.editor.run):
            # Cut long names: a menu grows with its longest entry, even beyond the screen.
            entry = classes.addAction(cut_text(title, MAX_CHARACTERS).replace("&", "&&"))
            entry.setToolTip(title)
            entry.triggered.connect(partial(self.editor.keep_class, key))
        classes.menuAction().setEnabled(not classes.isEmpty())
        near = menu.addAction("New group of the probe's neighbours…")
        near.triggered.connect(self.name_neighbours)
        enable(near, self._why_no_neighbours())
        found = menu.addAction("New group from the search")
        found.triggered.connect(self._keep_found)
        enable(found, "" if len(self.search.samples) else "Search first: the group will have the samples found")

    @Slot()
    def _keep_found(self) -> None:
        text = self.search.text
        self.editor.keep_group(text, self.search.samples, f"search: {text}")

    def _follow(self, sample: int) -> None:
        run = self.editor.run
        if run is not None:
            self._state.probing.probe_sample(run.key, sample)

    def _use_in_vectors(self, side: str) -> None:
        origin, name = self._origin()
        self.editor.use_selection_in_vectors(side, name, origin)

    # Construction and appearance

    def _build(self) -> None:
        state, themes = self._state, self._themes
        self._head = set_identity(QLabel(), "selection_head", accessible="Number of selected samples")
        self._head.setProperty("role", "head")
        self._name = tool_button("selection_name", "Name…", "")
        self._groups_button, self._groups_menu = self._menu_button("selection_groups", "Groups")
        self._new, self._new_menu = self._menu_button("selection_new_group", "New group")
        self.search = SearchField(state, themes)
        self.groups = GroupList(state, self.editor, themes)
        self.summary, self.samples = SelectionSummary(state, themes), SelectionSamples(state, themes)
        self._empty = set_identity(QLabel(NO_GROUPS, wordWrap=True), "groups_words", accessible="About groups")
        self._empty.setProperty("role", "muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        head = QHBoxLayout()
        head.addWidget(self._head)
        head.addWidget(self.search, 1)
        head.addSpacing(GAP)
        head.addWidget(self.samples.pager)
        head.addWidget(self._name)
        head.addWidget(self._groups_button)
        self._kept = set_identity(QWidget(), "groups_column", accessible="Groups of samples")
        kept_head = QHBoxLayout()
        title = QLabel("Groups")
        title.setProperty("role", "head")
        kept_head.addWidget(title, 1)
        kept_head.addWidget(self._new)
        kept = QVBoxLayout(self._kept)
        kept.setContentsMargins(0, 0, 0, 0)
        kept.setSpacing(2)
        kept.addLayout(kept_head)
        kept.addWidget(self._empty, 1)
        kept.addWidget(self.groups, 1)
        self._body = QHBoxLayout()
        self._body.addWidget(self._kept)
        self._body.addWidget(self.summary)
        self._body.addWidget(self.samples, 1)
        self._column = QVBoxLayout(self)
        self._column.addLayout(head)
        self._column.addLayout(self._body, 1)

    def _menu_button(self, name: str, text: str) -> tuple[QToolButton, QMenu]:
        button = tool_button(name, text, "Select named groups of samples, and make new ones")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = set_identity(QMenu(button), f"{name}_menu", accessible=text)
        menu.setToolTipsVisible(True)
        button.setMenu(menu)
        return button, menu

    def _fit(self) -> None:
        """Show the list of groups and the summary if both have room beside the samples."""
        scale, width = self._themes.scale, self.width()
        wide = width >= MIN_GROUPS * scale
        self._kept.setVisible(wide)
        self._groups_button.setVisible(not wide)
        self._name.setVisible(wide)  # otherwise the entry in the menu of groups is used
        self.samples.pager.show_slider(wide)
        self._kept.setFixedWidth(round(max(GROUPS_WIDTH * scale, GROUPS_SHARE * width)))
        room = width >= MIN_SUMMARY * scale and self.height() >= MIN_SUMMARY_HEIGHT * scale
        # Without a selection, the hint on how to select gets this width.
        self.summary.setVisible(room and bool(self._session.view.selection))
        self.summary.setFixedWidth(round(SUMMARY_WIDTH * scale))

    @Slot()
    def _apply_theme(self) -> None:
        margin = pad_panel(self._column, self._themes.scale)
        self._body.setSpacing(round(1.4 * margin))
        for button in (self._name, self._groups_button, self._new):
            button.setStyleSheet(
                compact_button(self._themes) + f"QToolButton[popupMode='2'] {{ padding-right: {2 * margin}px; }}"
            )
        self._fit()
