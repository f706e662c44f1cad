"""Opens the window from a script or a notebook, on runs and on the user's own model, and runs it beside the program.

1. `explore_beside` checks the model and its codes, then opens the window.
2. Blocking, it runs Qt's event loop until the window is closed.
3. Otherwise it returns a `UserWindow`. In IPython the event loop runs between cells; elsewhere in `update` and `wait`.
4. `UserWindow.update` copies the current weights, passes them to the window and runs the loop until the new plane is
   there, for a limited time.
5. If the program ends with the window open, a daemon thread stops the window's threads, which would keep it alive.
"""

import io
import math
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QBuffer, QCoreApplication, QEvent, QEventLoop, QTimer

from explorer.config import ConfigError
from explorer.jobs.user_model.user_run import UserRun
from explorer.jobs.user_model.user_samples import UserModelSpec
from explorer.runs.history import Metric
from explorer.runs.weights_choice import WeightsChoice
from explorer.ui.app.app import open_window, run
from explorer.ui.app.main_window import MainWindow
from explorer.ui.app.screen import check_screen
from explorer.ui.notebook.ipython_loop import join_ipython
from explorer.ui.services.app_state import AppState, Lifetime

DRAWING_SECONDS = 0.2
"""Default of the maximum time that `UserWindow.update` waits for the plane."""
PICTURE_SECONDS = 5.0
"""Default of the maximum time that `UserWindow.picture` waits for runs that are being opened."""
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
        self._began = 0.0  # when `log` was first called
        # A copy, which outlives the window.
        self._selection = np.zeros(0, np.int64)
        # The user may close the window at any time; the handle then refers to nothing.
        window.closed.connect(self._on_closed)
        _keep_open(self, window.state.lifetime)
        join_ipython()

    def __repr__(self) -> str:
        return f"<window on {self._name}, {'open' if self.is_open else 'closed'}>"

    def _repr_png_(self) -> bytes | None:
        """Return the picture that Jupyter shows for the window; None once it is closed."""
        return self._png(PICTURE_SECONDS) if threading.current_thread() is threading.main_thread() else None

    @property
    def is_open(self) -> bool:
        """Whether the window is still open."""
        return self._window is not None

    @property
    def is_current(self) -> bool:
        """Whether all runs are open, and the plane of your own model shows its newest weights."""
        if (state := self._state) is None:
            return True
        run = None if self._user_run is None else state.store.get(self._user_run.key)
        return not state.opener.opening and (run is None or run.plane_is_current)

    @property
    def plane_seconds(self) -> float:
        """How long the window's thread took to encode the samples for the newest plane of your own model."""
        if (state := self._state) is None or self._user_run is None:
            return 0.0
        return state.planes.seconds_of(self._user_run.key)

    @property
    def selection(self) -> NDArray[np.int64]:
        """Indices of the selected samples, ``(n,)``; after closing, of the last selection."""
        self.draw(0.0)
        if self._window is not None:
            self._selection = np.array(self._window.state.session.view.selection, np.int64)
        return self._selection

    def picture(self, *, seconds: float = PICTURE_SECONDS) -> NDArray[np.uint8]:
        """Return the window as a picture, ``(height, width, 3)``, once its planes are drawn.

        Parameters
        ----------
        seconds
            Maximum time to wait for runs that are being opened.

        Raises
        ------
        ConfigError
            If the window is closed, and outside the main thread.
        """
        check_main_thread()
        if (png := self._png(seconds)) is None:
            raise ConfigError("the window is closed; call explore again for a new one")
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))

    def log(self, step: int, values: Mapping[str, float], split: str = "train") -> bool:
        """Add a point to the curves of your own model, one curve for each name; return whether the window is open.

        The values are shown as they are, without a unit. A step that is not larger than the last one overwrites the
        curves from there on.

        Parameters
        ----------
        step
            Number of steps of your training so far.
        values
            Losses or other numbers by name; those that are not finite are left out.
        split
            ``"train"`` or ``"validation"``, which is drawn with a line of its own.

        Raises
        ------
        ConfigError
            If there is no such split or the window has no model of the user's, and outside the main thread.
        """
        check_main_thread()
        if split not in ("train", "validation"):
            raise ConfigError(f"split = {split!r}: choose from train, validation")
        if (state := self._state) is None:
            return False
        run = None if self._user_run is None else state.store.get(self._user_run.key)
        if run is None:
            raise ConfigError("the window shows only runs, which have curves of their own; log needs a model of yours")
        finite = {name: float(value) for name, value in values.items() if math.isfinite(value)}
        if self._window is not None and not run.history.metrics:
            self._window.lower_row.show_tab(self._window.curves)
            self._began = time.monotonic()
        metric = Metric(step, float(step), split, {}, figures=finite, seconds=time.monotonic() - self._began)
        state.store.set(run.key, history=run.history.extended([metric]))
        return True

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
            raise ConfigError("the window shows only runs; leave out codes and labels")
        return self.draw(seconds)

    def draw(self, seconds: float = 0.0) -> bool:
        """Let the window draw and react to the mouse, without new weights; return whether it is open.

        Parameters
        ----------
        seconds
            Maximum time to wait for the plane of the newest weights and for runs that are being opened.
        """
        check_main_thread()
        if self._window is None:
            return False
        loop, timer = QEventLoop(), QTimer(singleShot=True)
        for signal in (timer.timeout, self._window.closed, self._window.state.store.plane_changed):
            signal.connect(loop.quit)
        timer.start(round(1000 * seconds))
        while timer.isActive() and not self.is_current:
            loop.exec()  # repeated: an arriving plane may belong to earlier weights or to another run
        timer.stop()
        loop.processEvents()
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

    @property
    def _state(self) -> AppState | None:
        return None if self._window is None else self._window.state

    def _png(self, seconds: float) -> bytes | None:
        self.draw(seconds)
        if self._window is None:
            return None
        buffer = QBuffer()
        self._window.grab().save(buffer, "PNG")
        return bytes(buffer.data().data())

    def _on_closed(self) -> None:
        """Keep only the selection of the closed window, so that its memory is freed."""
        if self._window is not None:
            self._selection = np.array(self._window.state.session.view.selection, np.int64)
        self._window = self._user_run = None
        _open_windows.pop(self, None)


_open_windows: dict[UserWindow, Lifetime] = {}
"""Open windows; referenced here so that they stay open if the program keeps no handle."""


def explore_beside(
    runs: Mapping[Path, WeightsChoice], given: UserModelSpec | None = None, *, block: bool
) -> int | UserWindow:
    """Open the window on runs, each with its choice of weights, and on the user's own model, if one is ``given``.

    Raises
    ------
    ConfigError, DataError
        Before the window opens, if model, codes and data do not fit together, or if there is no screen.
    """
    check_main_thread()
    check_screen()
    user_run = None if given is None else UserRun(given)
    opened = None if user_run is None else user_run.open()
    if block:
        return run(list(runs), opened, runs)
    return UserWindow(open_window(list(runs), opened, runs), user_run, list(runs))


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
