"""The window from a script or a notebook, which it may run beside: on runs, and on a model of the user's own."""

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
from explorer.jobs.user_model.user_model import UserModelSpec
from explorer.jobs.user_model.user_run import UserRun
from explorer.ui.app.app import open_window, run
from explorer.ui.app.main_window import MainWindow
from explorer.ui.services.app_state import Lifetime

DRAWING_SECONDS = 0.2
"""How long `OwnWindow.update` waits for the plane at most."""
_ENDING = "end of program"


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

    def __init__(self, window: MainWindow, own: UserRun | None = None, runs: Sequence[Path] = ()) -> None:
        self.lock = threading.Lock() if own is None else own.lock
        self._own = own
        self._name = (
            Path(own.key).name if own is not None else ", ".join(run.name for run in runs) or "the shipped runs"
        )
        self._window: MainWindow | None = window
        self._selection = np.zeros(0, np.int64)
        window.closed.connect(self._let_go)
        _keep_open(self, window.state.lifetime)
        _join_ipython()

    def __repr__(self) -> str:
        return f"<window on {self._name}, {'open' if self.is_open else 'closed'}>"

    @property
    def is_open(self) -> bool:
        """Whether neither `close` nor the user has closed it."""
        return self._window is not None

    @property
    def selection(self) -> NDArray[np.int64]:
        """Indices of the samples that are selected now, ``(n,)``; of the last ones where it is closed."""
        self._draw(0.0)
        if self._window is not None:
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
            For codes or labels that do not fit, or in a window on runs alone; and outside the main thread.
        """
        check_main_thread()
        if self._own is not None and self._window is not None:
            self._window.state.opener.take_own(self._own.renew(codes, labels))
        elif self.is_open and (codes is not None or labels is not None):
            raise ConfigError("the window has no model of your own: codes and labels belong to one")
        self._draw(seconds)
        return self.is_open

    def wait(self) -> None:
        """Let the hand explore until the window is closed."""
        check_main_thread()
        if self._window is not None:
            loop = QEventLoop()
            self._window.closed.connect(loop.quit)
            loop.exec()

    def close(self) -> None:
        """Close the window; what trains in it is saved."""
        check_main_thread()
        if (window := self._window) is not None:
            window.close()
            QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)

    def _draw(self, seconds: float) -> None:
        """Run Qt's loop until the plane of the newest weights has come, at most so long; then draw what waits."""
        if self._window is None:
            return
        loop, timer = QEventLoop(), QTimer(singleShot=True)
        for signal in (timer.timeout, self._window.closed, self._window.state.store.plane_changed):
            signal.connect(loop.quit)
        timer.start(round(1000 * seconds))
        while timer.isActive() and self._waits_for_plane:
            loop.exec()  # a plane that comes may be of weights before these, or of a run
        timer.stop()
        loop.processEvents()

    @property
    def _waits_for_plane(self) -> bool:
        if self._window is None or self._own is None:
            return False
        run = self._window.state.store.get(self._own.key)
        return run is not None and not run.plane_is_current

    def _let_go(self) -> None:
        """Keep the selection alone of a window that is closed, so that nothing of it stays in memory."""
        if self._window is not None:
            self._selection = np.array(self._window.state.session.view.selection, np.int64)
        self._window = self._own = None
        _open_windows.pop(self, None)


_open_windows: dict[OwnWindow, Lifetime] = {}
"""They stay open though the program keeps no handle."""


def explore_beside(runs: Sequence[Path], given: UserModelSpec | None = None, *, block: bool) -> int | OwnWindow:
    """Open the window on runs, and on a model of the user's own where one is ``given``.

    Raises
    ------
    ConfigError, DataError
        Before the window opens, for whatever does not fit together.
    """
    check_main_thread()
    own = None if given is None else UserRun(given)
    opened = None if own is None else own.open()
    if block:
        return run(list(runs), opened)
    return OwnWindow(open_window(list(runs), opened), own, runs)


def check_main_thread() -> None:
    """Refuse to work elsewhere.

    Raises
    ------
    ConfigError
        In another thread: Qt would crash there.
    """
    if threading.current_thread() is not threading.main_thread():
        raise ConfigError("the window lives in the main thread: call explore and its handle there")


def _keep_open(window: OwnWindow, lifetime: Lifetime) -> None:
    """Keep a window though the program keeps no handle; the first one starts the thread that ends all of them."""
    _open_windows[window] = lifetime
    if not any(thread.name == _ENDING for thread in threading.enumerate()):
        threading.Thread(target=_end_with_program, name=_ENDING, daemon=True).start()


def _end_with_program() -> None:
    """End the windows' threads where the program ends without closing them: they would keep it alive."""
    threading.main_thread().join()
    for lifetime in list(_open_windows.values()):
        lifetime.abandon()


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
