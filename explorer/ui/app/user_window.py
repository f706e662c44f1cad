"""The window on a model of the user's own: from a script or a notebook, which it may run beside."""

import sys
import threading
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEventLoop, QTimer

from explorer.config import ConfigError
from explorer.jobs.user_model.user_model import OwnModel
from explorer.jobs.user_model.user_run import OwnRun
from explorer.ui.app.app import open_window, run
from explorer.ui.app.main_window import MainWindow

DRAWING_SECONDS = 0.2
"""How long `OwnWindow.update` waits for the plane at most."""


class OwnWindow:
    """A window that is open beside the program that opened it; used in the main thread.

    It draws whenever Qt's event loop runs: in IPython and Jupyter between the cells, at the prompt of ``python -i``
    while it waits, elsewhere in `update` and `wait`. It never runs in another thread.

    Attributes
    ----------
    lock
        Held by the window while it calls a function that is no `nn.Module` and no method of one. A training whose
        weights such a function uses holds it while it changes them: ``with window.lock: optimizer.step()``.
    """

    def __init__(self, own: OwnRun, window: MainWindow, log: IO[str] | None) -> None:
        self.lock = own.lock
        self._own, self._window, self._log = own, window, log
        self._selection = np.zeros(0, np.int64)
        threading.Thread(target=_end_with_program, args=(window,), name="end of program", daemon=True).start()
        _join_ipython()

    def __repr__(self) -> str:
        return f"<window on {Path(self._own.key).name}, {'open' if self.is_open else 'closed'}>"

    @property
    def is_open(self) -> bool:
        """Whether neither `close` nor the user has closed it."""
        return not self._window.state.lifetime.closed

    @property
    def selection(self) -> NDArray[np.int64]:
        """Indices of the samples that are selected now, ``(n,)``; of the last ones where it is closed."""
        if self.is_open:
            self._draw(0.0)
            self._selection = np.array(self._window.state.session.view.selection, np.int64)
        return self._selection

    def update(self, codes: Any = None, labels: Any = None, *, seconds: float = DRAWING_SECONDS) -> bool:
        """Show the weights as they are now: samples are encoded anew, and what is decoded, decoded again.

        Modules are copied here, so that the training may go on at once. Where it is called faster than samples can be
        encoded, the newest weights count.

        Parameters
        ----------
        codes, labels
            New ones in place of those that were given.
        seconds
            How long to wait for the plane, and to draw, at most.

        Returns
        -------
        bool
            Whether the window is still open; False does nothing.

        Raises
        ------
        ConfigError
            For codes or labels that do not fit, and outside the main thread.
        """
        check_main_thread()
        if self.is_open:
            self._window.state.opener.take_own(self._own.renew(codes, labels))
            self._draw(seconds)
        return self.is_open

    def wait(self) -> None:
        """Let the hand explore until the window is closed."""
        check_main_thread()
        if self.is_open:
            loop = QEventLoop()
            self._window.closed.connect(loop.quit)
            loop.exec()

    def close(self) -> None:
        """Close the window; what trains in it is saved."""
        check_main_thread()
        if self.is_open:
            self._window.close()

    def _draw(self, seconds: float) -> None:
        """Run Qt's loop until the plane has come, at most so long; then draw what waits."""
        loop = QEventLoop()
        if seconds > 0:
            timer = QTimer(singleShot=True)
            for signal in (timer.timeout, self._window.closed, self._window.state.store.plane_changed):
                signal.connect(loop.quit)
            timer.start(round(1000 * seconds))
            loop.exec()
            timer.stop()
        loop.processEvents()


def explore_own(given: OwnModel, runs: Sequence[Path], *, block: bool) -> int | OwnWindow:
    """Open the window on a model of the user's own, and on runs beside it.

    Raises
    ------
    ConfigError, DataError
        Before the window opens, for whatever does not fit together.
    """
    check_main_thread()
    own = OwnRun(given)
    opened = own.open()
    if block:
        return run(list(runs), opened)
    window, log = open_window(list(runs), opened)
    return OwnWindow(own, window, log)


def check_main_thread() -> None:
    """Refuse to work elsewhere.

    Raises
    ------
    ConfigError
        In another thread: Qt would crash there.
    """
    if threading.current_thread() is not threading.main_thread():
        raise ConfigError("the window lives in the main thread: call explore and its handle there")


def _end_with_program(window: MainWindow) -> None:
    """End the window's threads where the program ends without closing it: they would keep it alive."""
    threading.main_thread().join()
    window.state.lifetime.abandon()


def _join_ipython() -> None:
    """Let IPython or Jupyter, where that is what runs, run Qt's loop between the cells."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return
    try:
        shell.enable_gui("qt")
    except (ImportError, NotImplementedError, RuntimeError, ValueError) as error:
        warnings.warn(f"IPython does not run Qt's loop ({error}): call update() or wait() for the window", stacklevel=4)
