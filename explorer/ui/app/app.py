"""Starting the window."""

from explorer.training.optimizer import warm_up  # torch comes before PySide6: after it, it crashes on Windows

import signal
import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QTimer, qVersion
from PySide6.QtWidgets import QApplication

from explorer.assets import shipped_runs
from explorer.config import ConfigError
from explorer.jobs.runs.open_run import OpenedRun
from explorer.jobs.runs.run_paths import runs_folder
from explorer.session import MAX_PANES
from explorer.ui.theme.icons import app_icon
from explorer.ui.dialogs.logs import keep_log, log_file, uncaught
from explorer.ui.app.main_window import MainWindow
from explorer.ui.app.window_actions import main_window
from explorer.ui.app.screen import screen_needed
from explorer.ui.app.trace import start_trace
from explorer.ui.widgets.settings import APPLICATION, settings
from explorer.ui.theme.theme import MODES, SCALES, Mode, ThemeSource
from explorer.ui.services.app_state import start_state

SWITCH_SECONDS = 0.0005
"""How soon a thread that computes lets the window's thread in; Python's own 5 ms would be felt under the hand."""


def run(paths: list[Path], own: OpenedRun | None = None) -> int:
    """Open the window on runs, sessions or data, or a model of the user's own; gives its exit status once it is closed.

    Raises
    ------
    ConfigError
        For more runs than there are panes.
    SystemExit
        Where Qt is of a version that breaks on this Python, or there is no screen.
    """
    window = open_window(paths, own)
    before = signal.signal(signal.SIGINT, lambda *_: window.close())
    beat = QTimer(window, interval=500)  # lets Python see Ctrl-C in the terminal
    beat.timeout.connect(window.isVisible)
    beat.start()
    status = QApplication.exec()
    signal.signal(signal.SIGINT, before)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return status


def open_window(paths: list[Path], own: OpenedRun | None = None) -> MainWindow:
    """Open the window and return it; once it is closed it is deleted with all that belongs to it.

    Raises
    ------
    ConfigError
        For more runs than there are panes.
    SystemExit
        As `run`.
    """
    refuse_too_many(paths, own)
    refuse_broken_qt()
    keep_log(log_file())
    app = start_application()
    window = build_window(app)
    if (trace := start_trace(app, window.state.session)) is not None:
        window.closed.connect(trace.stop)
    uncaught.notified.connect(window.state.messages.notify)
    window.closed.connect(window.deleteLater)  # left to Python's collector, it could be destroyed in another thread
    window.show()
    window.start(paths, own)
    window.state.tasks.do("warm up", lambda _: warm_up(), lambda _: None)
    return window


def refuse_too_many(paths: list[Path], own: OpenedRun | None) -> None:
    """Refuse more runs than can be seen side by side.

    Raises
    ------
    ConfigError
        In one sentence.
    """
    runs = {path.resolve() for path in paths if (path / "run.json").is_file()}
    asked = len(runs) + (own is not None)
    if asked > MAX_PANES:
        of_own = ", your own model among them," if own is not None else ""
        raise ConfigError(
            f"{asked} runs are named{of_own} and a window shows {MAX_PANES} side by side: leave some out, "
            "and exchange them in the window by Compare"
        )


def start_application() -> QApplication:
    """Return the Qt application, named and ready for a window that trains beside it."""
    sys.setswitchinterval(SWITCH_SECONDS)
    with screen_needed():
        app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("Latent Explorer")
    app.setDesktopFileName(APPLICATION)
    app.setWindowIcon(app_icon())
    return app


def build_window(app: QApplication) -> MainWindow:
    """Build the window as it was last left; its state and its theme are its own, and end with it."""
    store = settings()
    modes: list[Mode] = [mode for mode in MODES if mode == store.value("window/theme")]
    themes = ThemeSource(modes[0] if modes else "system", _scale(store.value("window/scale")))
    themes.dress(app)
    state = start_state(runs_folder(), tuple(shipped_runs()))
    try:
        window = main_window(state, themes)
    except BaseException:
        state.lifetime.close()  # its threads would keep a program alive that shows nothing
        raise
    for part in (state.lifetime, themes):
        part.setParent(window)
    return window


def _scale(kept: object) -> float:
    """Return the text size that was kept, or the usual one where the settings file was damaged."""
    try:
        scale = float(str(kept))
    except ValueError:
        return 1.0
    return scale if SCALES[0] <= scale <= SCALES[-1] else 1.0


def refuse_broken_qt() -> None:
    """Stop where PySide6 6.12 runs on Python 3.11: there it loses references and aborts the process."""
    if sys.version_info < (3, 12) and tuple(map(int, qVersion().split(".")[:2])) >= (6, 12):
        sys.exit(
            f"PySide6 {qVersion()} breaks on Python {sys.version_info.major}.{sys.version_info.minor}: "
            "install PySide6-Essentials<6.12, or use Python 3.12 or newer"
        )
