"""The menu of a pane: its run, its axes, and actions on both."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMenu, QWidget

from explorer.jobs.runs.open_run import OpenRun
from explorer.session import Pane
from explorer.ui.run_list.weights_menu import TITLE, choose_weights, fill_weights_menu
from explorer.ui.services.app_state import AppState
from explorer.ui.services.run_folders import IN_MEMORY
from explorer.ui.state.panes import NO_ROOM, is_full
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.run_dialogs import EpochsDialog

MAX_LISTED = 64
"""Maximum number of axes in one menu; more are divided into menus of their own."""


class PaneMenu(QMenu):
    """Rebuilds its entries whenever it opens. ``pane`` is the index of its pane, from 0.

    Entries carry a command as data, ``"name:value"``, which `_on_triggered` executes: closures in connections would
    keep the pane alive.
    """

    def __init__(self, state: AppState, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._store, self._diagnoses = state.session, state.store, state.diagnoses
        self._trainings, self._folders, self._opener = state.trainings, state.folders, state.opener
        self._live_planes, self._pane_verbs, self._weights = state.planes, state.panes, state.weights
        self.pane = 0
        set_identity(self, "pane_menu", accessible="This pane")
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._fill)
        self.triggered.connect(self._on_triggered)

    @property
    def _shown(self) -> Pane | None:
        panes = self._session.view.panes
        return panes[self.pane] if self.pane < len(panes) else None

    @property
    def _run(self) -> OpenRun | None:
        return self._store.runs.get(self._shown.run) if self._shown is not None else None

    @Slot()
    def _fill(self) -> None:
        self.clear()
        self._fill_runs(self.addMenu("Show another run here"))
        run = self._run
        if run is not None:
            if run.latent_dim > 2:
                self._fill_axes(self.addMenu("What the plane shows"), run.latent_dim)
            self._add(self, "Fit", "fit").setToolTip("Show 99 % of the codes (or double-click the plane)")
            self._add(self, "Save plane as picture…", "save").setToolTip("Save it with its legend as PNG, SVG or PDF")
            weights = set_identity(QMenu(TITLE, self), "pane_weights_menu", accessible="Weights of this run")
            fill_weights_menu(weights, self._weights, run.key)
            self.addMenu(weights)
            figures = self._add(self, "Figures of the test split…", "figures")
            figures.setToolTip("Show ELBO, log p(x), their gap and all other figures")
            self.addSeparator()
            back = self._add(self, "Dismissed notices", "notices")
            back.setToolTip("Show dismissed notices of this run again")
            back.setEnabled(self._diagnoses.hides_any(run.key))
            self._fill_training(run)
            settings = self._add(self, "Use these settings", "settings")
            rename = self._add(self, "Rename…", "rename")
            if run.is_user_model:
                settings.setEnabled(False)
                settings.setToolTip(IN_MEMORY)
            if run.read_only or run.key in self._trainings.running:
                rename.setEnabled(False)
                rename.setToolTip(
                    IN_MEMORY if run.is_user_model else "Included runs and runs in training cannot be renamed"
                )
            self.addSeparator()
        self._fill_panes()

    def _fill_panes(self) -> None:
        """Add the entries for the pane's relation to the others."""
        view = self._session.view
        several = len(view.panes) > 1
        duplicate = self._add(self, "Duplicate pane", "duplicate")
        full = is_full(self._session)
        duplicate.setEnabled(not full)
        duplicate.setToolTip(NO_ROOM if full else "Show the same run in a second pane, for example with other axes")
        swap = self.addMenu("Swap with")
        for index, other in enumerate(view.panes):
            if index != self.pane:
                self._add(swap, f"{index + 1}: {Path(other.run).name}", f"swap:{index}").setToolTip(other.run)
        swap.setEnabled(several)
        enlarged = view.enlarged and view.active == self.pane
        self._add(self, "Restore panes" if enlarged else "Maximize pane", "enlarge").setEnabled(several)
        self._add(self, "Close pane", "close")

    def _fill_runs(self, menu: QMenu) -> None:
        shown = {pane.run for pane in self._session.view.panes}
        # A dict instead of a set: open runs first, then the newest on disk.
        found = dict.fromkeys([*self._store.runs, *map(str, self._folders.listed_paths())])
        for key in found:
            if key not in shown:
                self._add(menu, Path(key).name, f"run:{key}").setToolTip(key)
        if menu.isEmpty():
            menu.addAction("No other runs yet; train one with the form").setEnabled(False)

    def _fill_axes(self, menu: QMenu, latent_dim: int) -> None:
        axes = self._shown.axes if self._shown is not None else None
        self._check(self._add(menu, "Principal components of the codes (PCA)", "axes:"), axes is None)
        self._add(menu, "Refit to the current codes", "refit").setEnabled(axes is None)
        menu.addSeparator()
        now = axes or (0, 1)
        for index, title in enumerate(("Across", "Up")):
            one = menu.addMenu(title)
            for first in range(0, latent_dim, MAX_LISTED):
                part = range(first, min(first + MAX_LISTED, latent_dim))
                listed = one if latent_dim <= MAX_LISTED else one.addMenu(f"z{part[0] + 1} to z{part[-1] + 1}")
                for axis in part:
                    if axis != now[1 - index]:
                        chosen = (axis, now[1]) if index == 0 else (now[0], axis)
                        action = self._add(listed, f"z{axis + 1}", f"axes:{chosen[0]},{chosen[1]}")
                        self._check(action, axes is not None and axis == now[index])

    def _fill_training(self, run: OpenRun) -> None:
        finished = run.status == "finished"
        action = self._add(self, "Train further…" if finished else "Resume", "further" if finished else "resume")
        possible = not run.read_only and run.key not in self._trainings.running and run.trained_by_steps
        action.setEnabled(possible and run.status != "failed")
        if run.is_user_model:
            action.setToolTip(IN_MEMORY)

    def _add(self, menu: QMenu, text: str, what: str) -> QAction:
        action = menu.addAction(text)
        action.setData(what)
        return action

    def _check(self, action: QAction, checked: bool) -> None:
        action.setCheckable(True)
        action.setChecked(checked)

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        what, _, value = str(action.data() or "").partition(":")
        shown = self._shown
        if shown is None or choose_weights(action, self._weights, shown.run):
            return
        match what:
            case "run":
                self._opener.open_by_user(Path(value), pane=self.pane)
            case "axes":
                self._set_axes(shown, tuple(int(axis) for axis in value.split(",")) if value else None)
            case "refit":
                self._live_planes.refit(shown.run)
            case "resume":
                self._trainings.train_further(shown.run)
            case "further":
                run = self._store.runs[shown.run]
                further = partial(self._trainings.train_further, run.key)
                done, planned = round(run.history.last_epoch), run.config.train.epochs
                EpochsDialog(run.name, done, planned, further, self.parentWidget()).open()
            case "settings":
                self._diagnoses.want_settings_of(shown.run)
            case "notices":
                self._diagnoses.restore(shown.run)
            case "rename":
                self._rename(shown.run)
            case "duplicate":
                self._pane_verbs.duplicate(self.pane)
            case "swap":
                self._pane_verbs.swap(self.pane, int(value))
            case "enlarge":
                self._pane_verbs.enlarge(self.pane)
            case "close":
                self._pane_verbs.close(self.pane)

    def _set_axes(self, shown: Pane, axes: tuple[int, ...] | None) -> None:
        panes = self._session.view.panes
        chosen = None if axes is None else (axes[0], axes[1])
        changed = (*panes[: self.pane], replace(shown, axes=chosen), *panes[self.pane + 1 :])
        self._session.set(panes=changed)

    def _rename(self, key: str) -> None:
        name = Path(key).name
        text, accepted = QInputDialog.getText(
            self.parentWidget(), "Rename run", "New name", QLineEdit.EchoMode.Normal, name
        )
        if accepted and text.strip() and text.strip() != name:
            self._folders.rename(key, text.strip())
