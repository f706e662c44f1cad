"""The window: its panels, its menus, and what each action does."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSize, Qt, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMainWindow, QMenu, QSplitter, QVBoxLayout, QWidget

from explorer.jobs.command_line import command_line
from explorer.session import View
from explorer.training.devices import choose_device, device_title, training_threads
from explorer.ui.about import AboutDialog
from explorer.ui.actions import Actions
from explorer.ui.curves.curves_panel import CurvesPanel
from explorer.ui.decode.decode_panel import DecodePanel
from explorer.ui.decode.selection_strip import SelectionStrip
from explorer.ui.experiment.experiment_panel import ExperimentPanel
from explorer.ui.experiment.notice import NoticeBar
from explorer.ui.experiment.run_list import RunList
from explorer.ui.keys_dialog import KeysDialog
from explorer.ui.logs import LogView, log_file
from explorer.ui.named import named
from explorer.ui.path.path_panel import PathPanel
from explorer.ui.plane.legend import LegendBar
from explorer.ui.plane.planes import PlanesArea
from explorer.ui.saving import ask_path
from explorer.ui.selection_file import save_selection_in_view
from explorer.ui.session_files import SUFFIX, SessionFiles, is_session
from explorer.ui.settings import last_session_file, settings
from explorer.ui.shell import BOTTOM, LEFT, RIGHT, Shell, ShellParts
from explorer.ui.style_sheet import GAP
from explorer.ui.theme import ThemeSource
from explorer.ui.toolbar import Toolbar
from explorer.ui.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_SIZE = QSize(1440, 900)
LEAST_SIZE = QSize(640, 400)
MENUS = (
    ("File", "open_data open_run - open_session save_session save_session_as - save - quit"),
    ("Edit", "undo redo - copy_command"),
    (
        "View",
        "fit - overlays points - theme larger smaller normal_size - "
        "planes_only show_left show_right show_bottom reset_layout",
    ),
    ("Hand", "mode_probe mode_pan mode_select mode_path - random"),
    ("Run", "train pause stop"),
    ("Help", "show_keys show_log - about"),
)
"""Each menu's actions and submenus by name; "-" is a separator."""
SUBMENUS = {
    "save": (
        "Save what is seen",
        "save_plane save_decode save_strip save_path_gif save_curves - save_curves_csv save_selection_csv",
    ),
    "overlays": ("Overlays", "overlay_prior_rings overlay_posterior overlay_labels"),
    "points": ("Points", "points_larger points_smaller points_denser points_fainter"),
    "theme": ("Light and dark", "theme_system theme_light theme_dark"),
}
SIDE_ACTIONS = {LEFT: "show_left", RIGHT: "show_right", BOTTOM: "show_bottom"}


class MainWindow(QMainWindow):
    """Puts the parts together; every part talks to the workbench, none to another."""

    def __init__(self, bench: Workbench, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "main_window", accessible="Latent Explorer").setToolTip("")
        self.bench, self.themes = bench, themes
        self.actions_ = Actions(themes, self)
        self.session_files = SessionFiles(bench, self)
        self.experiment, self.run_list = ExperimentPanel(bench, themes), RunList(bench, themes)
        self.planes, self.legend = PlanesArea(bench, themes), LegendBar(bench, themes)
        self.decode, self.curves = DecodePanel(bench, themes), CurvesPanel(bench, themes)
        self.path, self.selection = PathPanel(bench, themes), SelectionStrip(bench, themes)
        self.toolbar = Toolbar(bench, self.actions_, themes)
        self.notice = NoticeBar(bench, themes)
        self.shell = Shell(self._parts(), themes)
        self._build()
        self._connect()
        self._recall()
        bench.session.listen(self.show_view)
        self.show_view(View(), bench.session.view)

    def start(self, paths: list[Path]) -> None:
        """Show what was asked for; else what was last on screen; else the two runs that ship."""
        if paths:
            for path in paths:
                self.open_path(path)
        elif not self.session_files.restore(last_session_file()):
            for path in self.bench.shipped:
                self.bench.open_run(path)
        # After the runs: what is asked first is there first.
        self.bench.list_runs()
        self.bench.choose_data(self.bench.data_config)

    def open_path(self, path: Path) -> None:
        """Open whatever a path is: a run, a session, or data for the next run."""
        if (path / "run.json").is_file():
            self.bench.open_run(path)
        elif is_session(path):
            self.session_files.open(path)
        else:
            self.experiment.open_data(path)

    def show_view(self, old: View, new: View) -> None:
        """Check the actions that say how things are."""
        self.actions_[f"mode_{new.mode}"].setChecked(True)
        for name in ("prior_rings", "posterior", "labels"):
            self.actions_[f"overlay_{name}"].setChecked(name in new.overlays)
        self.actions_["undo"].setEnabled(self.bench.session.can_undo)
        self.actions_["redo"].setEnabled(self.bench.session.can_redo)
        self.actions_["copy_command"].setEnabled(new.active_run is not None)
        self.actions_["save_selection_csv"].setEnabled(bool(new.selection))
        if new.selection and not old.selection:
            self.shell.show_tab(self.selection)
        elif new.path is not None and old.path is None:
            self.shell.show_tab(self.path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Save what trains, remember what is on screen, end every thread."""
        self._remember()
        self.session_files.keep(last_session_file())
        self.setEnabled(False)
        self.bench.close()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        for url in event.mimeData().urls():
            if url.isLocalFile():
                self.open_path(Path(url.toLocalFile()))

    def _parts(self) -> ShellParts:
        left = QSplitter(Qt.Orientation.Vertical)
        left.setChildrenCollapsible(False)
        left.setHandleWidth(GAP)
        for widget in (self.experiment, self.run_list):
            left.addWidget(widget)
        left.setStretchFactor(0, 2)
        left.setStretchFactor(1, 1)
        left.setSizes([600, 250])
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.planes, 1)
        column.addWidget(self.legend)
        below = (("Path", self.path), ("Selection", self.selection))
        return ShellParts(left, middle, self.decode, self.curves, below)

    def _build(self) -> None:
        for title, names in MENUS:
            self._fill(self.menuBar().addMenu(title), names)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.toolbar, self.notice):
            column.addWidget(widget)
        column.addWidget(self.shell, 1)
        self.setCentralWidget(centre)
        self.setAcceptDrops(True)
        self.setMinimumSize(LEAST_SIZE)
        self._title()

    def _fill(self, menu: QMenu, names: str) -> None:
        menu.setToolTipsVisible(True)
        for name in names.split():
            if name == "-":
                menu.addSeparator()
            elif name in SUBMENUS:
                title, inner = SUBMENUS[name]
                self._fill(menu.addMenu(title), inner)
            else:
                menu.addAction(self.actions_[name])

    def _connect(self) -> None:
        does: dict[str, Callable[..., object]] = {
            "open_data": self._open_data,
            "open_run": self._open_run,
            "open_session": self._open_session,
            "save_session": self._save_session,
            "save_session_as": self._save_session_as,
            "quit": self.close,
            "undo": self._undo,
            "redo": self._redo,
            "copy_command": self._copy_command,
            "fit": self.planes.fit,
            "random": self.planes.random_z,
            "larger": self.themes.larger,
            "smaller": self.themes.smaller,
            "normal_size": self.themes.reset_scale,
            "planes_only": self._planes_only,
            "reset_layout": self.shell.reset,
            "train": self.experiment.train,
            "pause": self.experiment.pause_or_resume,
            "stop": self.experiment.bar.stop,
            "show_log": self._show_log,
            "show_keys": self._show_keys,
            "about": self._about,
            "save_plane": self.planes.save_picture,
            "save_decode": self.decode.save_picture,
            "save_strip": self.path.save_strip,
            "save_path_gif": self.path.save_gif,
            "save_curves": self.curves.save_picture,
            "save_curves_csv": self.curves.save_csv,
            "save_selection_csv": self._save_selection,
        }
        for name, slot in does.items():
            self.actions_.on(name, slot)
        for name in ("mode_probe", "mode_pan", "mode_select", "mode_path"):
            self.actions_.on(name, self._set_mode)
        for name in SUBMENUS["overlays"][1].split():
            self.actions_.on(name, self._set_overlays)
        for name in SUBMENUS["points"][1].split():
            self.actions_.on(name, self._set_points)
        for name in SUBMENUS["theme"][1].split():
            self.actions_.on(name, self._set_theme)
        for name in SIDE_ACTIONS.values():
            self.actions_.on(name, self._set_sides)
        self.toolbar.compare_wanted.connect(self._compare)
        self.shell.sides_changed.connect(self._show_sides)
        self.notice.log_wanted.connect(self._show_log)
        self.run_list.settings_wanted.connect(self.experiment.take_settings)
        self.bench.settings_wanted.connect(self.experiment.take_settings)
        self.session_files.path_changed.connect(self._title)
        self.bench.data_changed.connect(self._title)
        self.bench.device_changed.connect(self._show_device)
        self.bench.run_opened.connect(self._show_curves)
        self._show_sides()
        self._show_device()

    def _recall(self) -> None:
        store = settings()
        self.resize(FIRST_SIZE.boundedTo(self.screen().availableSize()))
        geometry = store.value("window/geometry")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        self.shell.recall()
        self.actions_[f"theme_{self.themes.mode}"].setChecked(True)

    def _remember(self) -> None:
        store = settings()
        store.setValue("window/geometry", self.saveGeometry())
        store.setValue("window/theme", self.themes.mode)
        store.setValue("window/scale", self.themes.scale)
        self.shell.remember()

    @Slot()
    def _title(self) -> None:
        data = self.bench.dataset.name if self.bench.dataset is not None else ""
        name = self.session_files.path.name.removesuffix(SUFFIX) if self.session_files.path else ""
        self.setWindowTitle(" · ".join(part for part in ("Latent Explorer", data, name) if part))

    @Slot()
    def _open_data(self) -> None:
        self.experiment.open_data()

    @Slot()
    def _save_selection(self) -> None:
        path = ask_path(self, "Save selection", "selection.csv", {"csv": "Table"})
        if path is not None:
            save_selection_in_view(self.bench, path)

    @Slot()
    def _open_run(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Open run", str(self.bench.runs_folder))
        if folder:
            self.bench.open_run(Path(folder))

    @Slot(str)
    def _compare(self, key: str) -> None:
        shown = [pane.run for pane in self.bench.session.view.panes]
        if key in shown:
            self.bench.close_pane(shown.index(key))
        else:
            self.bench.open_run(Path(key))

    @Slot()
    def _open_session(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Open session", "", f"Sessions (*{SUFFIX})")
        if name:
            self.session_files.open(Path(name))

    @Slot()
    def _save_session(self) -> None:
        if self.session_files.path is None:
            self._save_session_as()
        else:
            self.session_files.save(self.session_files.path)

    @Slot()
    def _save_session_as(self) -> None:
        path = ask_path(self, "Save session", f"latent{SUFFIX}", {SUFFIX.removeprefix("."): "Session"})
        if path is not None:
            self.session_files.save(path)

    @Slot()
    def _undo(self) -> None:
        self.bench.session.undo()

    @Slot()
    def _redo(self) -> None:
        self.bench.session.redo()

    @Slot()
    def _copy_command(self) -> None:
        run = self.bench.runs.get(self.bench.session.view.active_run or "")
        if run is not None:
            QGuiApplication.clipboard().setText(command_line(run.config, run.path, run.machine.device))

    @Slot()
    def _set_mode(self) -> None:
        modes = ("probe", "pan", "select", "path")
        self.bench.session.adjust(mode=next(mode for mode in modes if self.actions_[f"mode_{mode}"].isChecked()))

    @Slot()
    def _set_overlays(self) -> None:
        names = ("prior_rings", "posterior", "labels")
        on = frozenset(name for name in names if self.actions_[f"overlay_{name}"].isChecked())
        self.bench.session.update(overlays=on)

    @Slot()
    def _set_points(self) -> None:
        view, name = self.bench.session.view, self.sender().objectName().removeprefix("action_points_")
        size = view.point_size * {"larger": 1.25, "smaller": 0.8}.get(name, 1.0)
        opacity = view.point_opacity * {"denser": 1.25, "fainter": 0.8}.get(name, 1.0)
        self.bench.session.adjust(point_size=min(max(size, 0.25), 6.0), point_opacity=min(max(opacity, 0.1), 3.0))

    @Slot()
    def _set_theme(self) -> None:
        for mode in ("system", "light", "dark"):
            if self.actions_[f"theme_{mode}"].isChecked():
                self.themes.set_mode(mode)

    @Slot()
    def _set_sides(self) -> None:
        for side, name in SIDE_ACTIONS.items():
            if self.sender() is self.actions_[name]:
                self.shell.want(side, self.actions_[name].isChecked())

    @Slot(bool)
    def _planes_only(self, only: bool) -> None:
        self.shell.set_planes_only(only)
        self.menuBar().setVisible(not only)
        self.toolbar.setVisible(not only)
        full = Qt.WindowState.WindowFullScreen
        self.setWindowState(self.windowState() | full if only else self.windowState() & ~full)

    @Slot()
    def _show_sides(self) -> None:
        for side, name in SIDE_ACTIONS.items():
            self.actions_[name].setChecked(self.shell.is_shown(side))
        self.actions_["planes_only"].setChecked(self.shell.planes_only)

    @Slot(str)
    def _show_curves(self, key: str) -> None:
        if key in self.bench.training:
            self.shell.show_tab(self.curves)

    @Slot()
    def _show_device(self) -> None:
        self.toolbar.set_device(device_title(str(choose_device(self.bench.device)), training_threads()))

    @Slot()
    def _show_log(self) -> None:
        LogView(log_file(), self).exec()

    @Slot()
    def _show_keys(self) -> None:
        KeysDialog(self.actions_, self).exec()

    @Slot()
    def _about(self) -> None:
        AboutDialog(device_title(str(choose_device(self.bench.device)), training_threads()), self).exec()
