"""The list of runs, on disk and open, with the actions on each.

1. The keys come from the runs folder (newest first), then open runs from elsewhere.
2. `_fill` rebuilds the items only if the keys have changed; otherwise each item's values are updated.
3. A `RunEntry` turns what is known of a run into name, status, details, tooltip and allowed actions.
4. `RunDelegate` draws the item from its roles.
5. Actions go to the services (opener, trainings, folders); their signals bring the list up to date.
"""

from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.jobs.runs.run_summary import RunSummary
from explorer.jobs.runs.settings import command_line
from explorer.session import View
from explorer.ui.run_list.run_delegate import DETAILS, HAS_WARNING, SHOWN, STATUS, RunDelegate
from explorer.ui.run_list.run_entry import ACTIONS, RemoveQuestion, RunAction, RunEntry
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity

MANY = 8
"""Number of runs above which the filter is shown."""
_KEY = int(Qt.ItemDataRole.UserRole)


class RunList(QFrame):
    """Runs on disk and open runs, newest first.

    Signals
    -------
    settings_wanted : RunConfig
        Show the settings of a run in the form.
    """

    settings_wanted = Signal(object)

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "runs_panel", accessible="Runs")
        self._themes = themes
        self._folders, self._store, self._diagnoses = state.folders, state.store, state.diagnoses
        self._session, self._trainings, self._opener = state.session, state.trainings, state.opener
        self._filling = False  # True while the program changes items, so that itemChanged means an edit by the user
        self._filter = set_identity(
            QLineEdit(placeholderText="Filter", clearButtonEnabled=True),
            "run_filter",
            "Filter runs by name, model or data",
        )
        self._list = set_identity(QListWidget(), "run_list", "The runs on disk, newest first", "Runs")
        self._empty = set_identity(
            QLabel("No runs yet. Train one with the form above.", wordWrap=True), "run_list_empty"
        )
        self._empty.setProperty("role", "muted")
        self._actions = {action.name: self._action(action) for action in ACTIONS}
        self._buttons = {action.name: self._button(action) for action in ACTIONS if action.icon}
        self._prepare_list()
        self._arrange()
        self._connect()
        self._apply_theme()
        self._fill()

    def _action(self, spec: RunAction) -> QAction:
        action = QAction(spec.text, self, toolTip=spec.tip, statusTip=spec.tip)
        action.setObjectName(f"run_{spec.name}")
        if spec.key:
            action.setShortcut(QKeySequence(spec.key))
            # WidgetShortcut: Del and F2 act on a run only while the list has the focus.
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        return action

    def _button(self, spec: RunAction) -> QToolButton:
        button = set_identity(QToolButton(), f"run_{spec.name}_button", spec.tip, spec.text)
        button.clicked.connect(self._actions[spec.name].trigger)
        return button

    def _prepare_list(self) -> None:
        view = self._list
        view.setItemDelegate(RunDelegate(self._themes, view))
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        # Uniform sizes spare a size hint per item on each layout.
        view.setUniformItemSizes(True)
        # Ignored vertically: the list takes the space that is left, and scrolls.
        view.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        view.addActions(list(self._actions.values()))

    def _arrange(self) -> None:
        head = QLabel("Runs")
        head.setProperty("role", "head")
        buttons = FlowLayout(spacing=2)
        for button in self._buttons.values():
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 8, 8)
        layout.setSpacing(4)
        layout.addWidget(head)
        layout.addWidget(self._filter)
        layout.addWidget(self._empty)
        layout.addWidget(self._list, 1)
        layout.addLayout(buttons)

    def _connect(self) -> None:
        handlers = {
            "open": self._on_open,
            "open_beside": self._on_open_beside,
            "further": self._on_further,
            "settings": self._on_settings,
            "rename": self._on_rename,
            "folder": self._on_folder,
            "copy": self._on_copy,
            "remove": self._on_remove,
        }
        for name, handler in handlers.items():
            self._actions[name].triggered.connect(handler)
        self._list.itemActivated.connect(self._on_open)
        self._list.itemChanged.connect(self._on_edited)
        self._list.currentItemChanged.connect(self._show_actions)
        self._list.customContextMenuRequested.connect(self._show_menu)
        self._filter.textChanged.connect(self._apply_filter)
        self._folders.listed_changed.connect(self._fill)
        for signal in (self._store.opened, self._store.closed):
            signal.connect(self._fill)
        self._store.details_changed.connect(self._on_run_changed)
        self._diagnoses.changed.connect(self._on_run_changed)
        self._session.listen(self.show_view)
        self._themes.changed.connect(self._apply_theme)

    def sizeHint(self) -> QSize:
        """Return the height of about half a dozen runs, in pixels."""
        return QSize(super().sizeHint().width(), 20 * self.fontMetrics().lineSpacing())

    def show_view(self, old: View, new: View) -> None:
        """Mark the runs that are in a pane."""
        if old.panes != new.panes:
            for row in range(self._list.count()):
                self._draw_item(self._list.item(row))
        if old.active_run != new.active_run:
            self._show_active()

    def _show_active(self) -> None:
        """Scroll the active run into view."""
        active = self._session.view.active_run
        for row in range(self._list.count()):
            if self._list.item(row).data(_KEY) == active:
                self._list.scrollToItem(self._list.item(row))

    # What is listed

    def _runs(self) -> dict[str, RunSummary | None]:
        """Return the listed runs by key, then open runs from other folders."""
        runs: dict[str, RunSummary | None] = {run.key: run for run in self._folders.listed}
        return runs | {key: None for key in self._store.runs if key not in runs}

    @Slot()
    def _fill(self) -> None:
        """List the runs; items of the same runs stay, and only their values change."""
        keys = list(self._runs())
        shown = [self._list.item(row).data(_KEY) for row in range(self._list.count())]
        if keys != shown:
            # clear() loses the current item, and with it what the keyboard acts on.
            chosen = self._chosen_key()
            self._list.clear()
            for key in keys:
                item = QListWidgetItem()
                item.setData(_KEY, key)
                self._list.addItem(item)
                if key == chosen:
                    self._list.setCurrentItem(item)
            self._show_active()
        for row in range(self._list.count()):
            self._draw_item(self._list.item(row))
        self._empty.setVisible(not keys)
        self._filter.setVisible(len(keys) > MANY or bool(self._filter.text()))
        self._apply_filter()
        self._show_actions()

    @Slot(str)
    def _on_run_changed(self, key: str) -> None:
        for row in range(self._list.count()):
            item = self._list.item(row)
            if item.data(_KEY) == key:
                self._draw_item(item)
                if item is self._list.currentItem():
                    self._show_actions()

    def _draw_item(self, item: QListWidgetItem) -> None:
        key = item.data(_KEY)
        entry = self._entry(key)
        values = {
            int(Qt.ItemDataRole.DisplayRole): entry.name,
            STATUS: entry.status,
            DETAILS: entry.details,
            SHOWN: any(pane.run == key for pane in self._session.view.panes),
            HAS_WARNING: entry.has_warning,
            int(Qt.ItemDataRole.ToolTipRole): entry.tip,
        }
        self._filling = True
        # Each setData repaints the item and tells screen readers; most values stay the same.
        for role, value in values.items():
            if item.data(role) != value:
                item.setData(role, value)
        spoken = f"{values[int(Qt.ItemDataRole.DisplayRole)]}, {values[DETAILS]}, {values[STATUS]}"
        if item.data(Qt.ItemDataRole.AccessibleTextRole) != spoken:
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
        self._filling = False

    def _entry(self, key: str) -> RunEntry:
        notices = self._diagnoses.of(key).notices
        return RunEntry(key, self._runs().get(key), self._store.runs.get(key), self._trainings.control(key), notices)

    @Slot()
    def _apply_filter(self) -> None:
        wanted = self._filter.text().strip().lower()
        for row in range(self._list.count()):
            item = self._list.item(row)
            words = f"{item.text()} {item.data(DETAILS)} {item.data(STATUS)}".lower()
            item.setHidden(bool(wanted) and wanted not in words)

    # What can be done

    def _chosen_key(self) -> str | None:
        item = self._list.currentItem()
        return None if item is None else str(item.data(_KEY))

    def _chosen(self) -> RunEntry | None:
        key = self._chosen_key()
        return None if key is None else self._entry(key)

    @Slot()
    def _show_actions(self) -> None:
        entry = self._chosen()
        allowed = {} if entry is None else entry.allows()
        is_finished = entry is not None and entry.status == "finished"
        self._actions["further"].setText("Train further" if is_finished else "Resume")
        for name, action in self._actions.items():
            action.setEnabled(allowed.get(name, False))
            tip = self._tip(name, entry)
            action.setToolTip(tip)
            if name in self._buttons:
                self._buttons[name].setEnabled(allowed.get(name, False))
                self._buttons[name].setToolTip(tip)

    def _tip(self, name: str, entry: RunEntry | None) -> str:
        """Return what an action does, or why it is not possible for a model in memory."""
        if entry is not None and entry.why_not and not entry.allows().get(name, False):
            return entry.why_not
        return next(spec.tip for spec in ACTIONS if spec.name == name)

    @Slot(QPoint)
    def _show_menu(self, position: QPoint) -> None:
        # A click on the empty part of the list means no run.
        if self._list.itemAt(position) is None:
            return
        menu = QMenu(self)
        # A menu without an owner would stay in memory after each right click.
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        menu.addActions(list(self._actions.values()))
        menu.popup(self._list.viewport().mapToGlobal(position))

    @Slot()
    def _on_open(self) -> None:
        """Open the run as the second plane, or instead of the active one if there are two."""
        if (key := self._chosen_key()) is not None and self._actions["open"].isEnabled():
            view = self._session.view
            self._opener.open(Path(key), pane=view.active if len(view.panes) > 1 else None)

    @Slot()
    def _on_open_beside(self) -> None:
        if (key := self._chosen_key()) is not None:
            self._opener.open(Path(key))

    @Slot()
    def _on_further(self) -> None:
        if (entry := self._chosen()) is not None:
            # Twice the epochs: as many again as it has been trained for.
            self._trainings.train_further(entry.key, 2 * entry.epochs if entry.status == "finished" else None)

    @Slot()
    def _on_settings(self) -> None:
        if (entry := self._chosen()) is not None and entry.config is not None:
            self.settings_wanted.emit(entry.config)

    @Slot()
    def _on_rename(self) -> None:
        item = self._list.currentItem()
        if item is not None:
            # setFlags emits itemChanged, which is not an edit.
            self._filling = True
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            self._filling = False
            self._list.editItem(item)

    @Slot(QListWidgetItem)
    def _on_edited(self, item: QListWidgetItem) -> None:
        if self._filling:
            return
        key, name = str(item.data(_KEY)), item.text().strip()
        # Draw the old name first: if renaming fails, the list shows the truth.
        self._draw_item(item)
        if name and name != Path(key).name:
            self._folders.rename(key, name)

    @Slot()
    def _on_folder(self) -> None:
        if (key := self._chosen_key()) is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(key))

    @Slot()
    def _on_copy(self) -> None:
        if (entry := self._chosen()) is not None and entry.config is not None:
            QGuiApplication.clipboard().setText(command_line(entry.config, Path(entry.key), entry.device))

    @Slot()
    def _on_remove(self) -> None:
        if (key := self._chosen_key()) is not None:
            # open(), not exec(): the event loop continues, so that trainings keep reporting.
            self._question = RemoveQuestion(key, self)
            self._question.accepted.connect(self._on_remove_agreed)
            self._question.open()

    @Slot()
    def _on_remove_agreed(self) -> None:
        self._folders.remove(self._question.key)

    @Slot()
    def _apply_theme(self) -> None:
        pixels = round(16 * self._themes.scale)
        for spec in ACTIONS:
            if spec.icon:
                drawn = icon(spec.icon, self._themes.theme)
                self._actions[spec.name].setIcon(drawn)
                self._buttons[spec.name].setIcon(drawn)
                self._buttons[spec.name].setIconSize(QSize(pixels, pixels))
        self._list.setMinimumHeight(3 * self._list.fontMetrics().lineSpacing())
        # The delegate's height depends on the font; cached item sizes must be computed again.
        self._list.scheduleDelayedItemsLayout()
