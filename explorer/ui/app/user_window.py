"""Opens the window from a script or a notebook, on runs and on the user's own model, and runs it beside the program.

1. `explore_beside` checks the model and its codes, then opens the window.
2. Blocking, it runs Qt's event loop until the window is closed.
3. Otherwise it returns a `UserWindow`. In IPython the event loop runs between cells; elsewhere in `update` and `wait`.
4. `UserWindow.update` copies the current weights, passes them to the window and runs the loop until the new plane is
   there, for a limited time.
5. If the program ends with the window open, a daemon thread stops the window's threads, which would keep it alive.
"""

import sys
import threading
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QTimer

from explorer.config import ConfigError
from explorer.jobs.user_model.user_run import UserRun
from explorer.jobs.user_model.user_samples import UserModelSpec
from explorer.ui.app.app import open_window, run
from explorer.ui.app.main_window import MainWindow
from explorer.ui.services.app_state import Lifetime

DRAWING_SECONDS = 0.2
"""Default of the maximum time that `UserWindow.update` waits for the plane."""
# Name of the thread that waits for the end of the program.
_ENDING = "end of program"


class UserWindow:
    """A window that is open beside the program. Use it in the main thread only.

    It is redrawn whenever Qt's event loop runs: in IPython and Jupyter between cells, at the prompt of ``python -i``,
    and elsewhere in `update` and `wait`. It never runs in another thread.

    Attributes
    ----------
    lock
        Held by the window while it calls a function that is neither an `nn.Module` nor a method of one. If such a
        function uses the weights of a training, the training must hold the lock while changing them:
        ``with window.lock: optimizer.step()``.
    """

    def __init__(self, window: MainWindow, user_run: UserRun | None = None, runs: Sequence[Path] = ()) -> None:
        self.lock = threading.Lock() if user_run is None else user_run.lock
        self._user_run = user_run
        self._name = (
            Path(user_run.key).name
            if user_run is not None
            else ", ".join(run.name for run in runs) or "the included runs"
        )
        self._window: MainWindow | None = window
        # A copy, which outlives the window.
        self._selection = np.zeros(0, np.int64)
        # The user may close the window at any time; the handle then refers to nothing.
        window.closed.connect(self._on_closed)
        _keep_open(self, window.state.lifetime)
        _join_ipython()

    def __repr__(self) -> str:
        return f"<window on {self._name}, {'open' if self.is_open else 'closed'}>"

    @property
    def is_open(self) -> bool:
        """Whether the window is still open."""
        return self._window is not None

    @property
    def selection(self) -> NDArray[np.int64]:
        """Indices of the selected samples, ``(n,)``; after closing, of the last selection."""
        self._draw(0.0)
        if self._window is not None:
            self._selection = np.array(self._window.state.session.view.selection, np.int64)
        return self._selection

    def update(self, codes: Any = None, labels: Any = None, *, seconds: float = DRAWING_SECONDS) -> bool:
        """Show the current weights: encode the samples and decode the visible codes again.

        Modules are copied first, so the training may continue immediately. If it is called faster than samples can be
        encoded, intermediate weights are skipped.

        Parameters
        ----------
        codes, labels
            New values in place of the former ones.
        seconds
            Maximum time to wait for the plane and to draw.

        Returns
        -------
        bool
            Whether the window is still open; if not, nothing was done.

        Raises
        ------
        ConfigError
            If codes or labels do not fit or the window has no model of the user's, and outside the main thread.
        """
        check_main_thread()
        if self._user_run is not None and self._window is not None:
            self._window.state.opener.take_user_model(self._user_run.renew(codes, labels))
        elif self.is_open and (codes is not None or labels is not None):
            raise ConfigError("the window has no model of your own: codes and labels belong to one")
        self._draw(seconds)
        return self.is_open

    def wait(self) -> None:
        """Run Qt's event loop until the window is closed."""
        check_main_thread()
        if self._window is not None:
            loop = QEventLoop()
            self._window.closed.connect(loop.quit)
            loop.exec()

    def close(self) -> None:
        """Close the window; its trainings are stopped and saved."""
        check_main_thread()
        if (window := self._window) is not None:
            window.close()
            # No event loop may follow in the program to carry out the deletion.
            QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)

    def _draw(self, seconds: float) -> None:
        """Run Qt's event loop until the plane of the newest weights has arrived, at most ``seconds``; then redraw."""
        if self._window is None:
            return
        loop, timer = QEventLoop(), QTimer(singleShot=True)
        for signal in (timer.timeout, self._window.closed, self._window.state.store.plane_changed):
            signal.connect(loop.quit)
        timer.start(round(1000 * seconds))
        while timer.isActive() and self._waits_for_plane:
            loop.exec()  # repeated: an arriving plane may belong to earlier weights or to another run
        timer.stop()
        loop.processEvents()

    @property
    def _waits_for_plane(self) -> bool:
        if self._window is None or self._user_run is None:
            return False
        run = self._window.state.store.get(self._user_run.key)
        return run is not None and not run.plane_is_current

    def _on_closed(self) -> None:
        """Keep only the selection of the closed window, so that its memory is freed."""
        if self._window is not None:
            self._selection = np.array(self._window.state.session.view.selection, np.int64)
        self._window = self._user_run = None
        _open_windows.pop(self, None)


_open_windows: dict[UserWindow, Lifetime] = {}
"""Open windows; referenced here so that they stay open if the program keeps no handle."""


def explore_beside(runs: Sequence[Path], given: UserModelSpec | None = None, *, block: bool) -> int | UserWindow:
    """Open the window on runs and on the user's own model, if one is ``given``.

    Raises
    ------
    ConfigError, DataError
        Before the window opens, if model, codes and data do not fit together.
    """
    check_main_thread()
    user_run = None if given is None else UserRun(given)
    opened = None if user_run is None else user_run.open()
    if block:
        return run(list(runs), opened)
    return UserWindow(open_window(list(runs), opened), user_run, runs)


def check_main_thread() -> None:
    """Raise an error outside the main thread.

    Raises
    ------
    ConfigError
        In another thread, where Qt would crash.
    """
    if threading.current_thread() is not threading.main_thread():
        raise ConfigError("the window runs in the main thread: call explore and the methods of its window there")


def _keep_open(window: UserWindow, lifetime: Lifetime) -> None:
    """Keep a reference to a window; for the first one, start the thread that stops all at the program's end."""
    # The thread below must not touch the window itself, only its lifetime.
    _open_windows[window] = lifetime
    if not any(thread.name == _ENDING for thread in threading.enumerate()):
        # A daemon: otherwise the interpreter would wait for this thread before it ends the main thread.
        threading.Thread(target=_end_with_program, name=_ENDING, daemon=True).start()


def _end_with_program() -> None:
    """Wait for the program's end, then stop the threads of all open windows."""
    threading.main_thread().join()
    for lifetime in list(_open_windows.values()):
        lifetime.abandon()


def _join_ipython() -> None:
    """Make IPython or Jupyter, if the program runs there, run Qt's event loop between cells."""
    # Looked up, not imported: whoever runs in IPython has it loaded.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return
    try:
        shell.enable_gui("qt")
    except (ImportError, NotImplementedError, RuntimeError, ValueError) as error:
        warnings.warn(f"IPython does not run Qt's loop ({error}): call update() or wait() for the window", stacklevel=4)
