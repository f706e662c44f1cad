"""The actions on the chosen run of the list, in its menus and by keys, and the choice of the list's order."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QDesktopServices, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from explorer.jobs.runs.settings import command_line
from explorer.ui.run_list.run_entry import ACTIONS, RunAction, RunEntry
from explorer.ui.run_list.run_order import SORTS, Sort
from explorer.ui.run_list.weights_menu import TITLE, WeightsMenu
from explorer.ui.services.app_state import AppState
from explorer.ui.services.run_folders import suggested_name
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import Theme
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.run_dialogs import EpochsDialog, NoteDialog, RemoveQuestion
from explorer.ui.widgets.settings import settings


class RunActions(QObject):
    """Acts on the run that ``chosen`` returns; `refresh` says which actions are possible for it.

    Signals
    -------
    settings_wanted : RunConfig
        Show the settings of a run in the form.
    rename_wanted
        Edit the name of the chosen run.
    """

    settings_wanted = Signal(object)
    rename_wanted = Signal()

    def __init__(self, state: AppState, chosen: Callable[[], RunEntry | None], parent: QWidget) -> None:
        super().__init__(parent)
        self._parent, self._chosen = parent, chosen
        self._folders, self._store, self._session = state.folders, state.store, state.session
        self._trainings, self._opener = state.trainings, state.opener
        self.by_name = {action.name: self._action(action) for action in ACTIONS}
        self.menu = set_identity(QMenu(parent), "run_actions_menu", accessible="Actions on the chosen run")
        self.menu.setToolTipsVisible(True)
        self.menu.addActions(list(self.by_name.values()))
        weights = set_identity(QMenu(TITLE, self.menu), "run_weights_menu", accessible="Weights of the chosen run")
        self.menu.insertMenu(self.by_name["settings"], weights)
        WeightsMenu(weights, state.weights, self._chosen_key)
        handlers = {
            "open": self.open,
            "open_beside": self._open_beside,
            "further": self._train_further,
            "again": self._train_again,
            "cpu": self._resume_on_cpu,
            "settings": self._use_settings,
            "star": self._star,
            "note": self._edit_note,
            "rename": self.rename_wanted,
            "folder": self._show_folder,
            "copy": self._copy,
            "remove": self._remove,
        }
        for name, handler in handlers.items():
            self.by_name[name].triggered.connect(handler)

    def apply_theme(self, theme: Theme) -> None:
        """Draw the icons."""
        for spec in ACTIONS:
            if spec.icon:
                self.by_name[spec.name].setIcon(icon(spec.icon, theme))

    def refresh(self) -> None:
        """Enable what is possible for the chosen run."""
        entry = self._chosen()
        allowed = {} if entry is None else entry.allows()
        is_finished = entry is not None and entry.status == "finished"
        self.by_name["further"].setText("Train further…" if is_finished else "Resume")
        self.by_name["star"].setText("Remove star" if entry is not None and entry.note.starred else "Star")
        self.by_name["cpu"].setVisible(allowed.get("cpu", False))
        for spec in ACTIONS:
            possible = allowed.get(spec.name, False)
            # A model in memory says why few actions apply to it.
            why_not = entry.why_not if entry is not None and not possible else ""
            self.by_name[spec.name].setEnabled(possible)
            self.by_name[spec.name].setToolTip(why_not or spec.tip)

    def _chosen_key(self) -> str:
        entry = self._chosen()
        return "" if entry is None else entry.key

    @Slot()
    def open(self) -> None:
        """Open the run as the second plane, or instead of the active one if there are two."""
        if (entry := self._chosen()) is not None and self.by_name["open"].isEnabled():
            view = self._session.view
            self._opener.open_by_user(Path(entry.key), pane=view.active if len(view.panes) > 1 else None)

    @Slot()
    def _open_beside(self) -> None:
        if (entry := self._chosen()) is not None:
            self._opener.open_by_user(Path(entry.key))

    @Slot()
    def _train_further(self) -> None:
        if (entry := self._chosen()) is None:
            return
        if entry.status == "finished":
            further = partial(self._trainings.train_further, entry.key)
            EpochsDialog(entry.title, round(entry.epochs_done), entry.epochs, further, self._parent).open()
        else:  # to the end that was planned
            self._trainings.train_further(entry.key)

    @Slot()
    def _train_again(self) -> None:
        if (entry := self._chosen()) is not None and (config := entry.config) is not None:
            taken = {run.name for run in self._folders.listed} | {run.name for run in self._store.runs.values()}
            name = suggested_name(config.data, config.model.family, self._folders.folder, taken)
            self._trainings.train(config, name)

    @Slot()
    def _resume_on_cpu(self) -> None:
        if (entry := self._chosen()) is not None:
            self._trainings.train_further(entry.key, device="cpu")

    @Slot()
    def _use_settings(self) -> None:
        if (entry := self._chosen()) is not None and entry.config is not None:
            self.settings_wanted.emit(entry.config)

    @Slot()
    def _star(self) -> None:
        if (entry := self._chosen()) is not None:
            self._folders.set_note(entry.key, replace(entry.note, starred=not entry.note.starred))

    @Slot()
    def _edit_note(self) -> None:
        if (entry := self._chosen()) is not None:
            NoteDialog(entry.title, entry.note, partial(self._folders.set_note, entry.key), self._parent).open()

    @Slot()
    def _show_folder(self) -> None:
        if (entry := self._chosen()) is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(entry.key))

    @Slot()
    def _copy(self) -> None:
        if (entry := self._chosen()) is not None and entry.config is not None:
            QGuiApplication.clipboard().setText(command_line(entry.config, Path(entry.key), entry.device))

    @Slot()
    def _remove(self) -> None:
        if (entry := self._chosen()) is not None:
            # open(), not exec(): the event loop continues, so that trainings keep reporting.
            self._question = RemoveQuestion(entry.key, self._parent)
            self._question.accepted.connect(self._on_remove_agreed)
            self._question.open()

    @Slot()
    def _on_remove_agreed(self) -> None:
        self._folders.remove(self._question.key)

    def _action(self, spec: RunAction) -> QAction:
        action = QAction(spec.text, self, toolTip=spec.tip, statusTip=spec.tip)
        action.setObjectName(f"run_{spec.name}")
        if spec.key:
            action.setShortcut(QKeySequence(spec.key))
            # WidgetShortcut: keys such as Del act on a run only while the list has the focus.
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        return action


SORT_KEY, FOLDED_KEY = "runs/sort", "runs/folded"
"""Keys in the settings file: how the list is sorted, and the experiments that are folded."""


class SortButton(QToolButton):
    """Shows and changes the order of the list, which is remembered.

    Signals
    -------
    sort_changed
        ``sort`` changed.
    """

    sort_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "run_sort", "Choose the order of the list", "Order of the runs")
        wanted = settings().value(SORT_KEY)
        self.sort: Sort = next((sort for sort in SORTS if sort == wanted), "newest")
        menu = set_identity(QMenu(self), "run_sort_menu", accessible="Order of the runs")
        menu.setToolTipsVisible(True)
        self._choices = QActionGroup(self)
        for sort, (text, tip) in SORTS.items():
            action = QAction(text, self, checkable=True, toolTip=tip)
            action.setObjectName(f"run_sort_{sort}")
            action.setData(sort)
            self._choices.addAction(action)
            menu.addAction(action)
        self.setMenu(menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._choices.triggered.connect(self._choose)
        self._show_sort()

    def apply_theme(self, theme: Theme, scale: float) -> None:
        """Set colour and size: quieter than the heading beside it."""
        side, right = round(3 * scale), round(20 * scale)
        self.setStyleSheet(
            f"QToolButton {{ color: {theme.muted}; font-size: {round(12 * scale)}px;"
            f" padding: {side}px {right}px {side}px {2 * side}px; }}"
        )

    @Slot(QAction)
    def _choose(self, action: QAction) -> None:
        self.sort = action.data()
        settings().setValue(SORT_KEY, self.sort)
        self._show_sort()
        self.sort_changed.emit()

    def _show_sort(self) -> None:
        self.setText(SORTS[self.sort][0])
        for action in self._choices.actions():
            action.setChecked(action.data() == self.sort)


def recalled_folds() -> frozenset[str]:
    """Return the identities of the experiments that were folded."""
    folded = settings().value(FOLDED_KEY, [])
    # QSettings returns a list of one string as a string.
    known = [folded] if isinstance(folded, str) else folded if isinstance(folded, list) else []
    return frozenset(map(str, known))
