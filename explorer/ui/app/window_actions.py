"""Connects the window's actions to the methods that carry them out."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMenu

from explorer.assets import AssetError, site_start
from explorer.jobs.runs.export_run import EXPORT_FILES, export_run
from explorer.jobs.runs.settings import command_line
from explorer.latent.information.discrete import UNITS
from explorer.runs.weights_choice import FINAL
from explorer.session import View
from explorer.training.devices import choose_device, device_title, training_threads
from explorer.ui.actions.menus import SUBMENUS
from explorer.ui.app.main_window import MainWindow
from explorer.ui.app.see_it import SeeIt
from explorer.ui.app.session_files import SUFFIX
from explorer.ui.comparison.comparison_table import save_comparison_in_view
from explorer.ui.dialogs.guide_window import GuideWindow
from explorer.ui.dialogs.help_dialogs import AboutDialog, GlossaryWindow, KeysDialog
from explorer.ui.dialogs.import_dialog import FILTER
from explorer.ui.dialogs.logs import LogView, log_file
from explorer.ui.experiment.data_picker import forget_data, recent_data_entries
from explorer.ui.run_list.weights_menu import WeightsMenu
from explorer.ui.selection.find_sample import FindSample
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.why_mark import cards_of
from explorer.ui.widgets.identity import enable
from explorer.ui.widgets.menus import RecentEntry, RecentMenu
from explorer.ui.widgets.saving import ask_file, ask_folder, ask_path
from explorer.ui.widgets.settings import forget_paths, recent_paths, remember_path
from explorer.ui.widgets.windows import bring_to_front

if TYPE_CHECKING:
    from collections.abc import Callable

NO_SITE = "It is not built here: run make docs"


class WindowActions(QObject):
    """Connects the window's actions to its parts, and carries out those that belong to no part."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._state = window, window.state
        # Made when first needed, and kept: they stay open next to the window, with their page and search.
        self._guide: GuideWindow | None = None
        self._glossary: GlossaryWindow | None = None
        self._finder: FindSample | None = None
        self._see_it = SeeIt(window)
        cards_of(window, window.themes).connect_see_it(self._see_it.actions())
        window.status.log_wanted.connect(self.show_log)
        for name, slot in self._slots().items():
            window.actions_.on(name, slot)
        enable(window.actions_["show_site"], "" if site_start() is not None else NO_SITE)
        for names, shared in (
            ("mode_probe mode_pan mode_select mode_path", self._set_mode),
            (SUBMENUS["shape"][1], self._set_shape),
            (SUBMENUS["points"][1], self._set_points),
            (SUBMENUS["theme"][1], self._set_theme),
            (SUBMENUS["unit"][1], self._set_unit),
        ):
            # One slot for a group: it reads from the actions which one is checked or was triggered.
            for name in names.split():
                window.actions_.on(name, shared)
        # Esc has other meanings on a plane: the action takes it away from them only where it is the way out.
        window.actions_["planes_only"].toggled.connect(window.actions_["show_everything"].setEnabled)
        window.actions_["show_everything"].setEnabled(window.shell.planes_only)
        self._add_filled_menus()
        # The Information window can change it as well. Connected after the parts whose numbers an open card repeats.
        self._state.units.changed.connect(self._show_unit)
        self._show_unit()
        self._state.session.listen(self.show_view)
        self.show_view(View(), self._state.session.view)

    def _add_filled_menus(self) -> None:
        """Fill the submenus of recently used data, runs and sessions, and that of weights; note what is used."""
        window, state = self._window, self._state
        for name, entries, choose, clear in (
            ("recent_data", recent_data_entries, window.experiment.data.choose, forget_data),
            ("recent_runs", self._recent_runs, state.opener.open_by_user, partial(forget_paths, "runs")),
            ("recent_sessions", _recent_sessions, window.session_files.open, partial(forget_paths, "sessions")),
        ):
            menu = window.findChild(QMenu, f"menu_{name}")
            assert isinstance(menu, QMenu), name
            RecentMenu(menu, entries, choose, clear)
        weights = window.findChild(QMenu, "menu_weights")
        assert isinstance(weights, QMenu)
        WeightsMenu(weights, state.weights, lambda: state.session.view.active_run or "")
        state.store.opened.connect(self._remember_run)
        window.session_files.path_changed.connect(self._remember_session)

    def _recent_runs(self) -> list[RecentEntry]:
        shown = {pane.run for pane in self._state.session.view.panes}
        runs = [path for path in recent_paths("runs") if (path / "run.json").is_file() and str(path) not in shown]
        return [(path.name, str(path), path) for path in runs]

    @Slot(str)
    def _remember_run(self, key: str) -> None:
        if not self._state.store.runs[key].is_user_model:
            remember_path("runs", Path(key))

    @Slot()
    def _remember_session(self) -> None:
        if self._window.session_files.path is not None:
            remember_path("sessions", self._window.session_files.path)

    def show_view(self, old: View, new: View) -> None:
        """Enable undo and redo, and name what they do."""
        session = self._state.session
        for name, step in (("undo", session.undo_name), ("redo", session.redo_name)):
            self._window.actions_.name_step(name, step)

    def _slots(self) -> "dict[str, Callable[..., object]]":
        return {
            "open_data": self._open_data,
            "open_run": self._open_run,
            "import_weights": self._import_weights,
            "export_model": self._export_model,
            "open_session": self._open_session,
            "save_session": self._save_session,
            "save_session_as": self._save_session_as,
            "quit": self._window.close,
            "undo": self._undo,
            "redo": self._redo,
            "find_sample": self._find_sample,
            "copy_command": self._copy_command,
            # Methods of the parts where they fit; methods of this class where an action needs a dialog or the session.
            "fit": self._window.planes.fit,
            "random": self._window.planes.random_z,
            "draws": self._window.dialogs.show_draws,
            "own_input": self._window.own_input.show,
            "paste_input": self._window.own_input.paste,
            "corruption": self._window.dialogs.show_corruption,
            "information": self._window.dialogs.show_information,
            "compare_table": self._window.dialogs.show_comparison,
            "show_differences": self._window.differences.want,
            "save_comparison": self._save_comparison,
            "larger": self._window.themes.larger,
            "smaller": self._window.themes.smaller,
            "normal_size": self._window.themes.reset_scale,
            "planes_only": self._show_planes_only,
            "show_everything": self._show_everything,
            "reset_layout": self._reset_layout,
            "train": self._window.experiment.train,
            "pause": self._window.experiment.pause_or_resume,
            "stop": self._window.experiment.stop,
            "ablation": self._ablation,
            "ladder": self._ladder,
            "save_loss_report": self._window.loss.save_report,
            "show_log": self.show_log,
            "show_keys": self._show_keys,
            "show_guide": self._show_guide,
            "show_site": self._show_site,
            "show_glossary": self._show_glossary,
            "show_hints": self._window.hints.begin_again,
            "about": self._about,
            "save_plane": self._window.planes.save_picture,
            "save_decode": self._window.decode.save_picture,
            "save_strip": self._window.path.save_strip,
            "save_path_gif": self._window.path.save_gif,
            "save_curves": self._window.curves.save_picture,
            "save_curves_csv": self._window.curves.save_csv,
            "save_selection_csv": self._window.selection.save_csv,
            "select_all": self._window.selection.select_all,
            "select_invert": self._window.selection.invert,
            "select_none": self._window.selection.clear,
            "name_selection": self._window.selection.name_selection,
            "name_neighbours": self._window.selection.name_neighbours,
        }

    @Slot()
    def _open_data(self) -> None:
        self._window.experiment.open_data()

    @Slot()
    def _open_run(self) -> None:
        folder = ask_folder(self._window, "Open run", "runs", str(self._state.folders.folder))
        if folder is not None:
            self._state.opener.open_by_user(folder)

    @Slot()
    def _import_weights(self) -> None:
        path = ask_file(self._window, "Import weights", "weights", FILTER)
        if path is not None:
            self._window.import_weights(path)

    @Slot()
    def _export_model(self) -> None:
        run = self._state.store.runs.get(self._state.session.view.active_run or "")
        path = None if run is None else ask_path(self._window, "Export model", f"{run.name}.onnx", EXPORT_FILES)
        if run is not None and path is not None:
            folder, weights = run.path, FINAL if run.used is None else run.used.choice
            self._state.tasks.save(path, lambda _: export_run(folder, path, weights))

    @Slot()
    def _open_session(self) -> None:
        path = ask_file(self._window, "Open session", "sessions", f"Sessions (*{SUFFIX})")
        if path is not None:
            self._window.session_files.open(path)

    @Slot()
    def _save_session(self) -> None:
        if self._window.session_files.path is None:
            self._save_session_as()
        else:
            self._window.session_files.save(self._window.session_files.path)

    @Slot()
    def _save_session_as(self) -> None:
        path = ask_path(self._window, "Save session", f"latent{SUFFIX}", {SUFFIX.removeprefix("."): "Session"})
        if path is not None:
            self._window.session_files.save(path)

    @Slot()
    def _save_comparison(self) -> None:
        save_comparison_in_view(self._state, self._window)

    @Slot()
    def _undo(self) -> None:
        name = self._state.session.undo_name
        self._state.session.undo()
        self._state.messages.remark(f"Undone: {name}")

    @Slot()
    def _redo(self) -> None:
        name = self._state.session.redo_name
        self._state.session.redo()
        self._state.messages.remark(f"Redone: {name}")

    @Slot(bool)
    def _show_planes_only(self, only: bool) -> None:
        self._window.show_planes_only(only)
        # The second remark replaces the first, which is no longer true.
        self._state.messages.remark("F11 or Esc shows everything again" if only else "Everything is shown again")

    @Slot()
    def _show_everything(self) -> None:
        self._window.actions_["planes_only"].trigger()

    @Slot()
    def _find_sample(self) -> None:
        window = self._window
        self._finder = self._finder or FindSample(self._state, window.planes.show_sample, window)
        bring_to_front(self._finder)

    @Slot()
    def _copy_command(self) -> None:
        run = self._state.store.runs.get(self._state.session.view.active_run or "")
        if run is not None:
            # With the run's own device: another one may give other numbers.
            self._state.messages.copy_command(command_line(run.config, run.path, run.machine.device))

    @Slot()
    def _set_mode(self) -> None:
        modes = ("probe", "pan", "select", "path")
        self._state.session.set_silent(
            mode=next(mode for mode in modes if self._window.actions_[f"mode_{mode}"].isChecked())
        )

    @Slot()
    def _set_shape(self) -> None:
        lasso = self._window.actions_["select_lasso"].isChecked()
        # Switch to the select mode, so that the chosen shape can be drawn at once.
        self._state.session.set_silent(select_by="lasso" if lasso else "box", mode="select")

    @Slot()
    def _set_points(self) -> None:
        # The sender's object name says which of the four actions it was.
        view, name = self._state.session.view, self.sender().objectName().removeprefix("action_points_")
        size = view.point_size * {"larger": 1.25, "smaller": 0.8}.get(name, 1.0)
        opacity = view.point_opacity * {"denser": 1.25, "fainter": 0.8}.get(name, 1.0)
        # Beyond these limits points vanish or cover the plane.
        self._state.session.set_silent(point_size=min(max(size, 0.25), 6.0), point_opacity=min(max(opacity, 0.1), 3.0))

    @Slot()
    def _set_theme(self) -> None:
        for mode in ("system", "light", "dark"):
            if self._window.actions_[f"theme_{mode}"].isChecked():
                self._window.themes.set_mode(mode)

    @Slot()
    def _set_unit(self) -> None:
        chosen = next(unit for unit in UNITS.values() if self._window.actions_[f"unit_{unit.name}"].isChecked())
        self._state.units.set_unit(chosen)

    @Slot()
    def _show_unit(self) -> None:
        self._window.actions_[f"unit_{self._state.units.unit.name}"].setChecked(True)
        cards_of(self._window, self._window.themes).refresh()

    @Slot()
    def _ablation(self) -> None:
        self._window.experiment.begin_ablation()

    @Slot()
    def _ladder(self) -> None:
        self._window.experiment.begin_ladder()

    @Slot()
    def show_log(self) -> None:
        """Show the log."""
        LogView(log_file(), self._window).exec()

    @Slot()
    def _show_keys(self) -> None:
        KeysDialog(self._window.actions_, self._window).exec()

    @Slot()
    def _reset_layout(self) -> None:
        self._window.shell.reset()
        self._window.decode.frame.reset_folds()

    @Slot()
    def _show_guide(self) -> None:
        try:
            self._guide = self._guide or GuideWindow(self._window.themes, self._window)
        except AssetError as error:
            self._state.messages.notify(str(error))
            return
        bring_to_front(self._guide)

    @Slot()
    def _show_site(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(site_start())))

    @Slot()
    def _show_glossary(self) -> None:
        window = self._window
        self._glossary = self._glossary or GlossaryWindow(window.themes, cards_of(window, window.themes), window)
        bring_to_front(self._glossary)

    @Slot()
    def _about(self) -> None:
        AboutDialog(
            device_title(str(choose_device(self._state.trainings.device)), training_threads()), self._window
        ).exec()


def _recent_sessions() -> list[RecentEntry]:
    return [(path.name.removesuffix(SUFFIX), str(path), path) for path in recent_paths("sessions")]


def main_window(state: AppState, themes: ThemeSource) -> MainWindow:
    """Return the main window with its actions connected."""
    window = MainWindow(state, themes)
    # A child of the window, so no reference is needed.
    WindowActions(window)
    return window
