"""Runs Qt's event loop between the cells of IPython and Jupyter."""

import sys
import warnings
from typing import Any

from PySide6.QtCore import QTimer

WAKE_MILLISECONDS = 200
"""Maximum time until the kernel of a notebook sees a cell that is to be run."""
_WAKING = "wakes the kernel"


def join_ipython() -> None:
    """Make IPython or Jupyter, if the program runs there, run Qt's event loop between cells."""
    # Looked up, not imported: whoever runs in IPython has it loaded.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return
    try:
        shell.enable_gui("qt")
    except (ImportError, NotImplementedError, RuntimeError, ValueError) as error:
        warnings.warn(f"IPython does not run Qt's loop ({error}): call update() or wait() for the window", stacklevel=5)
        return
    _wake_kernel(getattr(getattr(shell, "kernel", None), "app", None))


def _wake_kernel(app: Any) -> None:
    """Make the kernel of a notebook look for the next cell a few times per second.

    The kernel leaves Qt's loop when the socket of its messages becomes readable. A message that has arrived a moment
    before, while Qt's loop ran inside a cell, does not make it readable again: the notebook would hang.
    """
    loop = getattr(app, "qt_event_loop", None)
    # One for the process: the kernel stays in Qt's loop when all windows are closed.
    if loop is not None and app.findChild(QTimer, _WAKING) is None:
        timer = QTimer(app, interval=WAKE_MILLISECONDS)
        timer.setObjectName(_WAKING)
        timer.timeout.connect(loop.quit)
        timer.start()
