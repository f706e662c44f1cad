"""The main window: creates and connects its panels, and stores its layout.

1. The panels are created, each with the shared state; they do not know each other.
2. `Shell` arranges them; the toolbar goes above it.
3. `_connect` joins the signals of panels that concern other panels.
4. `_recall` restores geometry and layout of the last start. `start` then opens runs.
5. `closeEvent` stores both again, and ends all threads before Qt destroys the widgets.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMargins, QSize, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QMainWindow, QStyle, QVBoxLayout, QWidget

from explorer.config import ConfigError
from explorer.jobs.experiments.loss_group import has_runs
from explorer.jobs.runs.open_run import OpenedRun
from explorer.models.weight_import.weight_files import is_weights
from explorer.runs.weights_choice import WeightsChoice
from explorer.session import Pane, View, guarded
from explorer.training.devices import choose_device, device_title, training_threads
from explorer.ui.actions.actions import Actions
from explorer.ui.actions.menus import OverlayActions
from explorer.ui.actions.probe_actions import ProbeActions
from explorer.ui.app.first_start import FirstStart
from explorer.ui.app.hint_card import HintCard
from explorer.ui.app.left_column import LeftColumn
from explorer.ui.app.lower_row import LowerRow
from explorer.ui.app.pane_actions import PaneActions
from explorer.ui.app.reading_order import next_in_order
from explorer.ui.app.session_files import SUFFIX, SessionFiles, is_session
from explorer.ui.app.shell import BOTTOM, LEFT, RIGHT, Shell, ShellParts
from explorer.ui.app.toolbar import Toolbar
from explorer.ui.app.window_dialogs import WindowDialogs
from explorer.ui.blend.blend_panel import BlendPanel
from explorer.ui.components.components_panel import ComponentsPanel
from explorer.ui.curves.curves_panel import CurvesPanel
from explorer.ui.decode.panel.decode_panel import DecodePanel
from explorer.ui.draws.draws_panel import DrawsPanel
from explorer.ui.experiment.experiment_panel import ExperimentPanel
from explorer.ui.loss.loss_panel import LossPanel
from explorer.ui.own_input.own_input_opener import OwnInputOpener
from explorer.ui.path.path_panel import PathPanel
from explorer.ui.plane.pane.planes import PlanesArea
from explorer.ui.run_list.run_list import RunList
from explorer.ui.selection.selection_panel import SelectionPanel
from explorer.ui.services.app_state import AppState
from explorer.ui.state.panes import is_shown
from explorer.ui.status.status_line import StatusLine
from explorer.ui.tabs.tab_page import Tab
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.traverse.traverse_panel import TraversePanel
from explorer.ui.vectors.vectors_panel import VectorsPanel
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.settings import last_session_file, settings
from explorer.ui.widgets.windows import recall_geometry, remember_geometry

# Size of the first start, limited to the screen; and minimum size, for half of a small one.
FIRST_SIZE = QSize(1440, 900)
MIN_SIZE = QSize(640, 400)
FIRST_RUNS = 2
"""Number of included runs that are open at the first start; the others are in the list."""
SIDE_ACTIONS = {LEFT: "show_left", RIGHT: "show_right", BOTTOM: "show_bottom"}


class MainWindow(QMainWindow):
    """Creates the parts and connects them. Parts take what they need from the state and do not know each other.

    Signals
    -------
    closed
        Everything is saved and all threads have ended.
    """

    closed = Signal()

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "main_window", accessible="Latent Explorer").setToolTip("")
        self.state, self.themes = state, themes
        # With an underscore, since QWidget has a method `actions`.
        self.actions_ = Actions(themes, self)
        self.session_files, self._first_start = SessionFiles(state, self), FirstStart(state, self)
        self.experiment, self.run_list = ExperimentPanel(state, themes), RunList(state, themes)
        self.planes, self.status = PlanesArea(state, themes), StatusLine(state, themes)
        self.legend, self.replay = self.status.legend, self.status.replay
        self.notice, self.differences = self.status.messages, self.status.sentence
        self.decode, self.curves = DecodePanel(state, themes), CurvesPanel(state, themes)
        self.path, self.selection = PathPanel(state, themes), SelectionPanel(state, themes)
        self.traverse, self.blend = TraversePanel(state, themes), BlendPanel(state, themes)
        self.vectors = VectorsPanel(state, themes)
        self.components, self.loss = ComponentsPanel(state, themes), LossPanel(state, themes)
        self.draws, self.hints = DrawsPanel(state, themes), HintCard(state, themes)
        self.toolbar = Toolbar(state, self.actions_, themes)
        self.lower_row = LowerRow(state, self.actions_, self.curves, self._tabs(), themes)
        self.dialogs, self.own_input = WindowDialogs(state, themes, self), OwnInputOpener(state, themes, self)
        self.shell = Shell(self._parts(), state.session, themes)
        self._build()
        self._pane_actions = PaneActions(state, self.actions_, self)
        self._overlay_actions = OverlayActions(state, self.actions_, self)
        self._probe_actions = ProbeActions(state, self.actions_, self)
        self._connect()
        # After all connections: recalling the layout emits signals that check actions.
        self._recall()
        state.session.listen(self.show_view)
        self.show_view(View(), state.session.view)

    def start(
        self,
        paths: list[Path],
        user_model: OpenedRun | None = None,
        weights: Mapping[Path, WeightsChoice] | None = None,
    ) -> None:
        """Open what the caller asked for, else the last session, else the included runs."""
        if user_model is not None:
            self.state.opener.take_user_model(user_model)
        if paths or user_model is not None:
            for path in paths:
                self.open_path(path, weights=(weights or {}).get(path))
        elif not self.session_files.restore(last_session_file()):
            # All panes at once, so that the window is laid out only once.
            first = self.state.folders.shipped[:FIRST_RUNS]
            panes = tuple(Pane(str(path)) for path in first)
            self.state.opener.open_view(View(panes=panes, active=max(0, len(panes) - 1)))
            self._first_start.begin()
        # Tasks run in order: the runs are opened before the folder is listed and the data is loaded.
        self.state.folders.read()
        self.state.data.choose(self.state.data.config)

    def open_path(self, path: Path, *, step: str = "", weights: WeightsChoice | None = None) -> None:
        """Open a path: a run, a session, weights, a folder of runs, or data for the next run.

        With the name of a ``step``, opening a run can be undone. ``weights`` are those of the run to use.
        """
        if (path / "run.json").is_file():
            self.state.opener.open(path, step=step, weights=weights)
        # A run's folder contains files of all these kinds, so it is checked first.
        elif is_session(path):
            self.session_files.open(path)
        elif is_weights(path):
            self.import_weights(path)
        elif has_runs(path):
            self.state.opener.open_group(path)
        else:
            self.experiment.open_data(path)

    def import_weights(self, path: Path) -> None:
        """Show the dialog that imports a file of weights with the form's settings."""
        try:
            config = self.experiment.config
        except ConfigError as error:
            self.state.messages.notify(str(error))
            return
        self.dialogs.import_weights(path, config)

    def show_view(self, old: View, new: View) -> None:
        """Update the actions that depend on the View, and bring tabs to the front that it needs."""
        self.actions_[f"mode_{new.mode}"].setChecked(True)
        if old.active_run != new.active_run:
            self._title()
        active = self.state.store.runs.get(new.active_run or "")
        # A live model of the user's program has no folder, which both need.
        for name in ("copy_command", "export_model"):
            self.actions_[name].setEnabled(new.active_run is not None and (active is None or not active.is_user_model))
        self.actions_[f"select_{new.select_by}"].setChecked(True)
        for name in ("save_selection_csv", "select_none", "name_selection"):
            self.actions_[name].setEnabled(bool(new.selection))
        # An opened session sets its own tab.
        opened = bool(new.tab) and (old.tab, old.panes) != (new.tab, new.panes)
        if opened:
            return
        # Only when a selection begins: the user may have chosen another tab since.
        if new.selection and not old.selection:
            self.lower_row.show_tab(self.selection)
        elif new.path is not None and old.path is None:
            self.lower_row.show_tab(self.path)
        elif new.blend is not None and old.blend is None:
            self.lower_row.show_tab(self.blend)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Move the focus in reading order; Qt's order is that of creation."""
        widget = next_in_order(self, self.focusWidget(), forward=forward)
        if widget is None:
            return False
        widget.setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Shrink enlarged tabs on Esc, unless the focused widget uses the key."""
        if event.key() == Qt.Key.Key_Escape and self.lower_row.size_shown == "enlarged":
            self.lower_row.shrink()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Store layout and session, stop and save trainings, end all threads."""
        # Closing may take seconds; a click meanwhile would reach a half-closed window.
        self.setEnabled(False)
        keep_session = partial(self.session_files.keep, last_session_file())
        # The line of differences also asks by a timer.
        parts = (self._remember, keep_session, self.dialogs.close, self.own_input.close, self.differences.stop)
        # Whatever one of them raises, the trainings are saved and the threads end: else the process would go on.
        for part in (*parts, self.state.lifetime.close):
            guarded(part)
        super().closeEvent(event)
        self.closed.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files and folders, and pictures for the decode column."""
        data = event.mimeData()
        if data.hasImage() or any(url.isLocalFile() for url in data.urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Encode what is dropped on the decode column; open other files and folders."""
        # Copy, never move: after a move, a file manager deletes the file.
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        # A picture file may be a sample: if it is dropped on the decode column, encode it.
        if self.own_input.take_drop(event, self.decode):
            return
        for url in event.mimeData().urls():
            if url.isLocalFile():
                path = Path(url.toLocalFile())
                self.open_path(path, step=f"open {path.name}")

    def _parts(self) -> ShellParts:
        return ShellParts(
            LeftColumn(self.experiment, self.run_list, self.hints, self.themes),
            self.planes,
            self.status,
            self.decode,
            self.lower_row,
        )

    def _tabs(self) -> tuple[Tab, ...]:
        """Return the tabs of the lower row after the curves, from left to right."""
        return (
            Tab("path", "Path", self.path),
            Tab("traverse", "Traverse", self.traverse),
            Tab("blend", "Blend", self.blend),
            Tab("vectors", "Vectors", self.vectors),
            Tab("samples", "Samples", self.draws),
            Tab("selection", "Selection", self.selection),
            Tab("components", "Components", self.components),
            Tab("loss", "Loss", self.loss),
        )

    def _build(self) -> None:
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.toolbar)
        column.addWidget(self.shell, 1)
        self.setCentralWidget(centre)
        self.setAcceptDrops(True)
        self.setMinimumSize(MIN_SIZE)
        self._title()

    def _connect(self) -> None:
        for name in SIDE_ACTIONS.values():
            self.actions_.on(name, self._set_sides)
        self.toolbar.compare_wanted.connect(self._compare)
        self.components.offered_changed.connect(self._offer_components)
        self.loss.offered_changed.connect(self._offer_loss)
        self.shell.sides_changed.connect(self._show_sides)
        self.draws.enlarge_wanted.connect(self.dialogs.show_draws)
        self.blend.find_wanted.connect(self.actions_["find_sample"].trigger)
        self.state.counterfactuals.wanted.connect(self.dialogs.show_counterfactual)
        self.decode.pictures.main.view.more_actions = (self.actions_["pin"], self.actions_["counterfactual"])
        self.status.table_wanted.connect(self.dialogs.show_comparison)
        self.run_list.settings_wanted.connect(self.experiment.take_settings)
        self.state.diagnoses.settings_wanted.connect(self.experiment.take_settings)
        self.session_files.path_changed.connect(self._title)
        self.state.store.opened.connect(self._title)
        self.state.trainings.device_changed.connect(self._show_device)
        # Whoever starts a training wants to see its curves.
        self.state.trainings.began.connect(self._show_curves)
        self._show_sides()
        self._show_device()
        self._offer_components(self.components.offered)
        self._offer_loss(self.loss.offered)

    def _recall(self) -> None:
        # The available size of a screen includes the window's frame, whose height Qt knows only once it is shown.
        frame = QMargins(0, 0, 0, 2 * self.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight))
        self.resize(FIRST_SIZE.boundedTo(self.screen().availableSize().shrunkBy(frame)))
        recall_geometry(self, "window")
        self.shell.recall()
        self.actions_[f"theme_{self.themes.mode}"].setChecked(True)
        self.actions_["show_differences"].setChecked(self.differences.wanted)

    def _remember(self) -> None:
        remember_geometry(self, "window")
        store = settings()
        store.setValue("window/theme", self.themes.mode)
        store.setValue("window/scale", self.themes.scale)
        self.shell.remember()

    @Slot()
    def _title(self) -> None:
        run = self.state.store.runs.get(self.state.session.view.active_run or "")
        data = run.description.name if run is not None else ""
        name = self.session_files.path.name.removesuffix(SUFFIX) if self.session_files.path else ""
        self.setWindowTitle(" · ".join(part for part in ("Latent Explorer", data, name) if part))

    @Slot(str)
    def _compare(self, key: str) -> None:
        if is_shown(self.state.session, key):
            self.state.panes.close_run(key)
        else:
            self.state.opener.open(Path(key), step=f"compare with {Path(key).name}")

    @Slot()
    def _set_sides(self) -> None:
        for side, name in SIDE_ACTIONS.items():
            # Only the side whose action was used: the others may be folded for lack of room, not by choice.
            if self.sender() is self.actions_[name]:
                self.shell.want(side, self.actions_[name].isChecked())

    @Slot(bool)
    def show_planes_only(self, only: bool) -> None:
        """Show only planes and decode panel, in full screen; or everything."""
        self.shell.set_planes_only(only)
        # Shortcuts still work: the actions belong to the window too.
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
        self.lower_row.show_tab(self.curves)

    @Slot(bool)
    def _offer_components(self, offered: bool) -> None:
        self.lower_row.offer_tab(self.components, offered)
        if offered:
            self._suggest_tab(self.components)

    @Slot(str)
    def _offer_loss(self, title: str) -> None:
        self.actions_["save_loss_report"].setEnabled(bool(title))
        self.lower_row.offer_tab(self.loss, bool(title), title)
        if title:
            self._suggest_tab(self.loss)

    def _suggest_tab(self, page: QWidget) -> None:
        """Bring a new tab to the front if the current one is empty."""
        view = self.state.session.view
        if not view.selection and view.path is None and view.tab in ("", "path", "selection"):
            self.lower_row.show_tab(page)

    @Slot()
    def _show_device(self) -> None:
        self.toolbar.set_device(device_title(str(choose_device(self.state.trainings.device)), training_threads()))
