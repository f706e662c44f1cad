"""Starts the window.

1. torch is imported before PySide6.
2. `refuse_too_many` and `refuse_broken_qt` stop with one sentence before anything is shown.
3. `keep_log` installs the log and the hooks for uncaught exceptions, before any code of the window runs.
4. `start_application` creates the Qt application, or stops with one sentence without a screen.
5. `build_window` reads theme and text size from the settings, starts the state with its threads and builds the window.
6. The window is shown, then opens its runs; slow parts of torch and the readers of files are loaded in the background.
"""

from explorer.training.optimizer import warm_up  # torch must be imported before PySide6, or it crashes on Windows

import sys
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QTimer, qVersion
from PySide6.QtWidgets import QApplication

from explorer.assets import runs_folder, shipped_runs
from explorer.config import ConfigError, DataConfig
from explorer.data.formats import format_titles
from explorer.end_signals import end_signals
from explorer.jobs.runs.open_run import OpenedRun
from explorer.runs.files import RunError
from explorer.runs.run_directory import open_run
from explorer.runs.weights_choice import WeightsChoice
from explorer.session import MAX_PANES
from explorer.ui.theme.icons import app_icon
from explorer.ui.experiment.data_picker import chosen_data
from explorer.ui.dialogs.logs import keep_log, log_file, start_trace, uncaught
from explorer.ui.app.main_window import MainWindow
from explorer.ui.app.screen import screen_needed
from explorer.ui.app.window_actions import main_window
from explorer.ui.widgets.settings import APPLICATION, settings
from explorer.ui.theme.theme import MODES, SCALES, Mode, ThemeSource
from explorer.ui.services.app_state import start_state

SWITCH_SECONDS = 0.0005
"""Interval at which a computing thread yields to the window's thread; Python's default of 5 ms is felt in a drag."""

BEAT_MILLISECONDS = 200
"""Interval at which the window looks for signals: Python handles them only between bytecodes."""


def run(
    paths: list[Path], user_model: OpenedRun | None = None, weights: Mapping[Path, WeightsChoice] | None = None
) -> int:
    """Open the window with runs, sessions or data, or a user model; return the exit status after it is closed.

    Raises
    ------
    ConfigError
        For more runs than there are panes.
    SystemExit
        If Qt's version does not work with this Python, or there is no screen.
    """
    # Before the window is built: the interruption of a slot would be lost, and its threads would go on without it.
    with end_signals(lambda number: None) as received:
        window = open_window(paths, user_model, weights)
        # Closing the window saves session and trainings. A handler could run in the middle of any slot, a timer cannot.
        beat = QTimer(window, interval=BEAT_MILLISECONDS)
        beat.timeout.connect(lambda: window.close() if received else None)
        beat.start()
        status = QApplication.exec()
        delete_closed()
    return status


def open_window(
    paths: list[Path], user_model: OpenedRun | None = None, weights: Mapping[Path, WeightsChoice] | None = None
) -> MainWindow:
    """Open the window and return it; after it is closed, it is deleted with all that belongs to it.

    Parameters
    ----------
    weights
        Which weights of the runs among ``paths`` are used; by default the final ones.

    Raises
    ------
    ConfigError
        For more runs than there are panes.
    SystemExit
        As `run`.
    """
    refuse_too_many(paths, user_model)
    refuse_broken_qt()
    keep_log(log_file())
    app = start_application()
    window = build_window(app)
    if (trace := start_trace(app, window.state.session)) is not None:
        window.closed.connect(trace.stop)
    uncaught.notified.connect(window.state.messages.notify)
    uncaught.withdrawn.connect(window.state.messages.withdraw)
    window.closed.connect(window.deleteLater)  # by the collector, it might be destroyed in another thread
    # Shown before it is filled: reading runs takes longer than showing an empty window.
    window.show()
    window.start(paths, user_model, weights)
    window.state.tasks.do("warm up", lambda _: warm_up(), lambda _: None)
    # The readers of files import pyarrow and Pillow, which would delay the first opening of the data dialog.
    window.state.tasks.do("readers of files", lambda _: format_titles(), lambda _: None)
    return window


def delete_closed() -> None:
    """Delete what has been closed now, while Qt still runs: deleted by the interpreter's shutdown, it might crash."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def refuse_too_many(paths: list[Path], user_model: OpenedRun | None) -> None:
    """Refuse more runs than there are panes.

    Raises
    ------
    ConfigError
        In one sentence.
    """
    runs = {path.resolve() for path in paths if (path / "run.json").is_file()}
    # Compare folders: a run that is given twice gets one pane.
    asked = len(runs) + (user_model is not None)
    if asked > MAX_PANES:
        with_model = " (your own model counts as one)" if user_model is not None else ""
        raise ConfigError(
            f"{asked} runs are named{with_model}, but a window shows at most {MAX_PANES} side by side: leave "
            "some out, and open them later with Compare"
        )


def start_application() -> QApplication:
    """Return the Qt application with its name and icon; set Python's thread switch interval."""
    sys.setswitchinterval(SWITCH_SECONDS)
    with screen_needed():
        # A notebook may have created one already; Qt allows only one.
        app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("Latent Explorer")
    # Wayland takes the icon of the task bar from the desktop file of this name.
    app.setDesktopFileName(APPLICATION)
    app.setWindowIcon(app_icon())
    return app


def build_window(app: QApplication) -> MainWindow:
    """Build the window with theme and text size of its last use; its state and theme are deleted with it."""
    store = settings()
    modes: list[Mode] = [mode for mode in MODES if mode == store.value("window/theme")]
    themes = ThemeSource(modes[0] if modes else "system", _scale(store.value("window/scale")))
    themes.apply_to(app)
    shipped = tuple(shipped_runs())
    state = start_state(runs_folder(), shipped, chosen_data() or data_of(shipped))
    try:
        window = main_window(state, themes)
    except BaseException:
        state.lifetime.close()  # its threads would keep the process alive without a window
        raise
    for part in (state.lifetime, themes):
        part.setParent(window)
    return window


def data_of(runs: tuple[Path, ...]) -> DataConfig | None:
    """Return the data of the first of these runs; None without runs, or if it cannot be read."""
    try:
        return open_run(runs[0]).config.data if runs else None
    except RunError:
        return None


def _scale(kept: object) -> float:
    """Return the stored text scale, or 1 if the settings file is damaged."""
    try:
        scale = float(str(kept))
    except ValueError:
        return 1.0
    # A damaged file could have a scale of 100, at which no control could be used to correct it.
    return scale if SCALES[0] <= scale <= SCALES[-1] else 1.0


def refuse_broken_qt() -> None:
    """Exit if PySide6 6.12 runs on Python 3.11: it loses references there, and the process aborts."""
    if sys.version_info < (3, 12) and tuple(map(int, qVersion().split(".")[:2])) >= (6, 12):
        sys.exit(
            f"PySide6 {qVersion()} breaks on Python {sys.version_info.major}.{sys.version_info.minor}: "
            "install PySide6-Essentials<6.12, or use Python 3.12 or newer"
        )
