"""The list of runs, on disk and open, with the actions on each.

1. The runs come from the runs folder (newest first), then open runs from elsewhere; each becomes a `RunEntry`, which
   turns what is known of it into texts and allowed actions.
2. `rows_of` orders them: runs in training first, then experiments under headings and single runs in the chosen order.
3. `_fill` turns each row into values by role and gives them to the `RunListModel`, which tells the view of changes.
4. `RunDelegate` draws a row from these values; a run that trains gets a `TrainingRow` with its buttons.
5. Actions go to the services (opener, trainings, folders); their signals bring the list up to date.
"""

from collections.abc import Mapping
from itertools import count

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.jobs.runs.run_summary import RunSummary
from explorer.session import View
from explorer.ui.run_list.run_actions import FOLDED_KEY, RunActions, SortButton, recalled_folds
from explorer.ui.run_list.run_delegate import ROW, RunDelegate
from explorer.ui.run_list.run_entry import RunEntry
from explorer.ui.run_list.run_model import (
    COUNT,
    DETAILS,
    FOLDED,
    HAS_WARNING,
    KEY,
    LOSS,
    MARK,
    NAME,
    SHOWN,
    SPOKEN,
    STARRED,
    STATUS,
    TIP,
    TITLE,
    TRAINS,
    RowValues,
    RunListModel,
)
from explorer.ui.run_list.run_order import GROUP, ListRow, rows_of
from explorer.ui.run_list.training_row import TrainingRow
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.settings import settings

MANY = 8
"""Number of runs above which the filter is shown."""


class RunList(QFrame):
    """Runs on disk and open runs.

    Signals
    -------
    settings_wanted : RunConfig
        Show the settings of a run in the form.
    """

    settings_wanted = Signal(object)

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "runs_panel", accessible="Runs")
        self._themes, self._state, self._marks, self._units = themes, state, state.marks, state.units
        self._folders, self._store, self._diagnoses = state.folders, state.store, state.diagnoses
        self._session, self._trainings, self._opener = state.session, state.trainings, state.opener
        self._folded = recalled_folds()
        self._rows: list[ListRow] = []
        self._awaits_active = False
        self._training_rows: dict[str, TrainingRow] = {}
        self._filter = set_identity(
            QLineEdit(placeholderText="Filter", clearButtonEnabled=True),
            "run_filter",
            "Filter runs by name, model, data, tag or note",
        )
        self._model = RunListModel(self)
        self._list = set_identity(QListView(), "run_list", "The runs on disk; double-click opens one", "Runs")
        self._empty = set_identity(
            QLabel("No runs yet. Train one with the form above.", wordWrap=True), "run_list_empty"
        )
        self._empty.setProperty("role", "muted")
        self._actions = RunActions(state, self._chosen, self)
        self._sort_button = SortButton()
        self._more_button = set_identity(QToolButton(), "run_menu", "Actions on the chosen run", "Actions")
        self._prepare_list()
        self._arrange()
        self._connect()
        self._apply_theme()
        self._fill()

    def _prepare_list(self) -> None:
        view = self._list
        view.setModel(self._model)
        view.setItemDelegate(RunDelegate(self._themes, view))
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        # Ignored vertically: the list takes the space that is left, and scrolls.
        view.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        view.addActions(self._actions.menu.actions())

    def _arrange(self) -> None:
        head = QLabel("Runs")
        head.setProperty("role", "head")
        self._top = QHBoxLayout()
        self._top.addWidget(head)
        self._top.addStretch(1)
        self._more_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more_button.setMenu(self._actions.menu)
        for button in (self._sort_button, self._more_button):
            self._top.addWidget(button)
        self._more_button.setText("⋯")
        self._padded = QVBoxLayout()
        for widget in (self._filter, self._empty):
            self._padded.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(2)
        layout.addLayout(self._top)
        layout.addLayout(self._padded)
        layout.addWidget(self._list, 1)

    def _connect(self) -> None:
        self._actions.settings_wanted.connect(self.settings_wanted)
        self._actions.rename_wanted.connect(self._on_rename)
        self._sort_button.sort_changed.connect(self._fill)
        self._model.renamed.connect(self._folders.rename)
        self._list.activated.connect(self._on_activated)
        self._list.clicked.connect(self._on_clicked)
        self._list.itemDelegate().closeEditor.connect(self._on_editor_closed)
        self._list.selectionModel().currentChanged.connect(self._actions.refresh)
        self._list.customContextMenuRequested.connect(self._show_menu)
        self._filter.textChanged.connect(self._fill)
        self._folders.listed_changed.connect(self._fill)
        for signal in (self._store.opened, self._store.closed, self._trainings.state_changed):
            signal.connect(self._fill)
        self._store.details_changed.connect(self._on_run_changed)
        self._diagnoses.changed.connect(self._on_run_changed)
        self._trainings.progress.connect(self._on_progress)
        self._marks.changed.connect(self._fill)
        self._units.changed.connect(self._fill)
        self._session.listen(self.show_view)
        self._themes.changed.connect(self._apply_theme)

    def sizeHint(self) -> QSize:
        """Return the height of half a dozen runs, in pixels."""
        return QSize(super().sizeHint().width(), self.height_of(6))

    def height_of(self, rows: int) -> int:
        """Return the height in pixels for this many rows in view."""
        row = round(ROW * self._themes.scale)
        # The list's own minimum height is one row.
        return self.minimumSizeHint().height() + (rows - 1) * row

    def show_view(self, old: View, new: View) -> None:
        """Mark the runs that are in a pane, and choose the active one."""
        if old.panes != new.panes:
            self._fill()
        if old.active_run != new.active_run:
            self._show_active()

    def _show_active(self) -> None:
        """Choose the active run and scroll it into view, unless the user is at work in the list."""
        index = self._model.index_of(self._session.view.active_run or "")
        # A run of another folder is listed only once it is open.
        self._awaits_active = not index.isValid()
        if index.isValid():
            if not self._list.hasFocus():
                self._list.setCurrentIndex(index)
            self._list.scrollTo(index)

    # What is listed

    def _entries(self) -> list[RunEntry]:
        """Return the listed runs, then open runs from other folders."""
        listed: dict[str, RunSummary | None] = {run.key: run for run in self._folders.listed}
        runs = listed | {key: None for key in self._store.runs if key not in listed}
        return [self._entry_of(key, summary) for key, summary in runs.items()]

    def _entry_of(self, key: str, summary: RunSummary | None) -> RunEntry:
        notices = self._diagnoses.of(key).notices
        return RunEntry(key, summary, self._store.runs.get(key), self._trainings.state(key), notices, self._units.unit)

    def _entry(self, key: str) -> RunEntry:
        summary = next((run for run in self._folders.listed if run.key == key), None)
        return self._entry_of(key, summary)

    @Slot()
    def _fill(self) -> None:
        """List the runs; the view keeps what it knows of rows that stay."""
        entries = self._entries()
        # A filter finds runs under folded headings, too.
        folded = frozenset() if self._filter.text().strip() else self._folded
        rows = rows_of(entries, self._sort_button.sort, folded, self._trainings.running)
        known = {entry.key: entry for entry in entries}
        current = self._list.currentIndex().data(KEY)
        if current is not None and current not in (row.key for row in rows):
            # The view would make the next row current, and Del would then delete a run that nobody chose.
            self._list.selectionModel().clear()
            current = None
        self._rows = rows
        is_changed = self._model.show_rows([self._values(row, known) for row in rows])
        self._place_training_rows(known)
        self._empty.setVisible(not entries and self._folders.is_read)
        self._filter.setVisible(len(entries) > MANY or bool(self._filter.text()))
        self._apply_filter(known)
        # The rows above the active run may be others now.
        if is_changed and (self._awaits_active or current in (None, self._session.view.active_run)):
            self._show_active()
        self._actions.refresh()

    def _place_training_rows(self, known: Mapping[str, RunEntry]) -> None:
        """Place a `TrainingRow` over each run that trains, and remove those of trainings that have ended."""
        training = [row.key for row in self._rows if row.trains]
        for key in self._training_rows.keys() - set(training):
            del self._training_rows[key]
            index = self._model.index_of(key)
            # The view has deleted the widgets of rows that are no longer listed.
            if index.isValid():
                self._list.setIndexWidget(index, None)  # type: ignore[arg-type]  # Qt takes None
        for key in training:
            if key not in self._training_rows:
                taken = {row.number for row in self._training_rows.values()}
                number = next(number for number in count(1) if number not in taken)
                row = TrainingRow(self._state, self._themes, key, known[key].title, number)
                self._training_rows[key] = row
                self._list.setIndexWidget(self._model.index_of(key), row)
        for row in self._training_rows.values():
            row.refresh()

    @Slot(str, object)
    def _on_progress(self, key: str, event: object) -> None:
        if key in self._training_rows:
            self._training_rows[key].refresh()

    @Slot(str)
    def _on_run_changed(self, key: str) -> None:
        for position, row in enumerate(self._rows):
            if row.key == key:
                self._model.set_values(position, self._run_values(row, self._entry(key)))
        if key == self._chosen_key():
            self._actions.refresh()

    def _values(self, row: ListRow, known: Mapping[str, RunEntry]) -> RowValues:
        return self._heading_values(row) if row.title else self._run_values(row, known[row.key])

    def _run_values(self, row: ListRow, entry: RunEntry) -> RowValues:
        # In an experiment the family is the same for nearly all, and the title says where it is not.
        details = entry.details.partition(", ")[2] if row.in_group else entry.details
        if self._sort_button.sort == "data" and entry.data:
            details = f"{entry.data}, {details}"
        status = entry.status if entry.status not in ("finished", "stopped") else ""
        title = entry.title if row.in_group or row.trains else entry.name
        parts = (title, details, entry.loss_text, status, "starred" if entry.note.starred else "")
        return {
            KEY: row.key,
            NAME: entry.name,
            TITLE: title,
            STATUS: status,
            DETAILS: details,
            LOSS: entry.loss_text,
            MARK: self._marks.of(entry.key),
            SHOWN: any(pane.run == entry.key for pane in self._session.view.panes),
            HAS_WARNING: entry.has_warning,
            STARRED: entry.note.starred,
            TRAINS: row.trains,
            TIP: entry.tip,
            SPOKEN: ", ".join(part for part in parts if part),
        }

    def _heading_values(self, row: ListRow) -> RowValues:
        folded = row.key.removeprefix(GROUP) in self._folded
        return {
            KEY: row.key,
            NAME: row.title,
            TITLE: row.title,
            COUNT: row.count,
            FOLDED: folded,
            TIP: "Show the runs of this experiment" if folded else "Hide these runs",
            SPOKEN: f"{row.title}, {row.count} runs, {'folded' if folded else 'unfolded'}",
        }

    def _apply_filter(self, known: Mapping[str, RunEntry]) -> None:
        """Hide the rows without the words of the filter; ``known`` are the entries of all runs by their keys."""
        wanted = self._filter.text().strip().lower()
        heading, found = -1, False  # the last heading, and whether it has the words
        for position, row in enumerate(self._rows):
            if row.title:
                heading, found = position, wanted in row.title.lower()
                self._list.setRowHidden(position, not found)
                continue
            # A run in training is always shown: its row has the buttons to pause and to stop it.
            matches = row.key in self._trainings.running or wanted in known[row.key].words
            self._list.setRowHidden(position, not matches and not (row.in_group and found))
            if matches and row.in_group:
                self._list.setRowHidden(heading, False)

    # Order and folds

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        if index.data(COUNT) is not None:
            self._fold(index.data(KEY))

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        # A click on a heading has folded it already; Enter arrives here alone.
        if index.data(COUNT) is None:
            self._actions.open()
        elif QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton:
            self._fold(index.data(KEY))

    def _fold(self, key: str) -> None:
        """Fold the runs of an experiment under its heading, or unfold them."""
        self._folded ^= {key.removeprefix(GROUP)}
        settings().setValue(FOLDED_KEY, sorted(self._folded))
        self._fill()

    # What can be done

    def _chosen_key(self) -> str | None:
        """Return the chosen run; None on a heading."""
        index = self._list.currentIndex()
        return None if not index.isValid() or index.data(COUNT) is not None else str(index.data(KEY))

    def _chosen(self) -> RunEntry | None:
        key = self._chosen_key()
        return None if key is None else self._entry(key)

    @Slot(QPoint)
    def _show_menu(self, position: QPoint) -> None:
        # A click on the empty part of the list means no run.
        if self._list.indexAt(position).isValid() and self._chosen_key() is not None:
            self._actions.menu.popup(self._list.viewport().mapToGlobal(position))

    @Slot()
    def _on_rename(self) -> None:
        key = self._chosen_key()
        if key is not None:
            self._model.set_editable(key)
            self._list.edit(self._list.currentIndex())

    @Slot()
    def _on_editor_closed(self) -> None:
        self._model.set_editable("")

    @Slot()
    def _apply_theme(self) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        self._actions.apply_theme(theme)
        self._top.setContentsMargins(round(12 * scale), 0, round(4 * scale), 0)
        self._padded.setContentsMargins(round(12 * scale), 0, round(10 * scale), 0)
        self._sort_button.apply_theme(theme, scale)
        self._more_button.setStyleSheet(
            f"QToolButton {{ padding: {round(3 * scale)}px {round(6 * scale)}px; }}"
            "QToolButton::menu-indicator { image: none; width: 0; }"
        )
        # Rows reach from edge to edge of their card.
        self._list.setStyleSheet(
            "QListView::item { padding: 0; border-radius: 0; }"
            f"QListView::item:hover:!selected {{ background: {theme.raised}; }}"
            f"QListView:focus {{ border: 1px solid {theme.accent}; border-radius: {round(6 * scale)}px; }}"
        )
        for row in self._training_rows.values():
            row.apply_theme()
        self._list.setMinimumHeight(round(ROW * scale))
        # The delegate's height depends on the scale; cached item sizes must be computed again.
        self._list.scheduleDelayedItemsLayout()
