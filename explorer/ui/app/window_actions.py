"""Connects the window's actions to the methods that carry them out."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from explorer.jobs.runs.settings import command_line
from explorer.training.devices import choose_device, device_title, training_threads
from explorer.ui.actions.menus import SUBMENUS
from explorer.ui.app.main_window import MainWindow
from explorer.ui.app.session_files import SUFFIX
from explorer.ui.comparison.comparison_table import save_comparison_in_view
from explorer.ui.dialogs.help_dialogs import AboutDialog, KeysDialog
from explorer.ui.dialogs.import_dialog import FILTER
from explorer.ui.dialogs.logs import LogView, log_file
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.saving import ask_path

if TYPE_CHECKING:
    from collections.abc import Callable


class WindowActions(QObject):
    """Connects the window's actions to its parts, and carries out those that belong to no part."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._state = window, window.state
        window.notice.log_wanted.connect(self.show_log)
        for name, slot in self._slots().items():
            window.actions_.on(name, slot)
        for names, shared in (
            ("mode_probe mode_pan mode_select mode_path", self._set_mode),
            (SUBMENUS["points"][1], self._set_points),
            (SUBMENUS["theme"][1], self._set_theme),
        ):
            # One slot for a group: it reads from the actions which one is checked or was triggered.
            for name in names.split():
                window.actions_.on(name, shared)

    def _slots(self) -> "dict[str, Callable[..., object]]":
        return {
            "open_data": self._open_data,
            "open_run": self._open_run,
            "import_weights": self._import_weights,
            "open_session": self._open_session,
            "save_session": self._save_session,
            "save_session_as": self._save_session_as,
            "quit": self._window.close,
            "undo": self._undo,
            "redo": self._redo,
            "copy_command": self._copy_command,
            # Methods of the parts where they fit; methods of this class where an action needs a dialog or the session.
            "fit": self._window.planes.fit,
            "random": self._window.planes.random_z,
            "corruption": self._window.show_corruption,
            "compare_table": self._window.show_comparison,
            "show_differences": self._window.differences.want,
            "save_comparison": self._save_comparison,
            "larger": self._window.themes.larger,
            "smaller": self._window.themes.smaller,
            "normal_size": self._window.themes.reset_scale,
            "planes_only": self._window.show_planes_only,
            "reset_layout": self._window.shell.reset,
            "train": self._window.experiment.train,
            "pause": self._window.experiment.pause_or_resume,
            "stop": self._window.experiment.stop,
            "ablation": self._ablation,
            "ladder": self._ladder,
            "save_loss_report": self._window.loss.save_report,
            "show_log": self.show_log,
            "show_keys": self._show_keys,
            "show_hints": self._window.hints.begin_again,
            "about": self._about,
            "save_plane": self._window.planes.save_picture,
            "save_decode": self._window.decode.save_picture,
            "save_strip": self._window.path.save_strip,
            "save_path_gif": self._window.path.save_gif,
            "save_curves": self._window.curves.save_picture,
            "save_curves_csv": self._window.curves.save_csv,
            "save_selection_csv": self._window.selection.save_csv,
        }

    @Slot()
    def _open_data(self) -> None:
        self._window.experiment.open_data()

    @Slot()
    def _open_run(self) -> None:
        folder = QFileDialog.getExistingDirectory(self._window, "Open run", str(self._state.folders.folder))
        if folder:
            self._state.opener.open(Path(folder))

    @Slot()
    def _import_weights(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._window, "Import weights", "", FILTER)
        if name:
            self._window.import_weights(Path(name))

    @Slot()
    def _open_session(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._window, "Open session", "", f"Sessions (*{SUFFIX})")
        if name:
            self._window.session_files.open(Path(name))

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
        self._state.session.undo()

    @Slot()
    def _redo(self) -> None:
        self._state.session.redo()

    @Slot()
    def _copy_command(self) -> None:
        run = self._state.store.runs.get(self._state.session.view.active_run or "")
        if run is not None:
            # With the run's own device: another one may give other numbers.
            QGuiApplication.clipboard().setText(command_line(run.config, run.path, run.machine.device))

    @Slot()
    def _set_mode(self) -> None:
        modes = ("probe", "pan", "select", "path")
        self._state.session.set_silent(
            mode=next(mode for mode in modes if self._window.actions_[f"mode_{mode}"].isChecked())
        )

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
    def _about(self) -> None:
        AboutDialog(
            device_title(str(choose_device(self._state.trainings.device)), training_threads()), self._window
        ).exec()


def main_window(state: AppState, themes: ThemeSource) -> MainWindow:
    """Return the main window with its actions connected."""
    window = MainWindow(state, themes)
    # A child of the window, so no reference is needed.
    WindowActions(window)
    return window
