"""Starts Qt on a screen; without one, exits with one sentence instead of Qt's abort."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QtMsgType, qInstallMessageHandler

NO_SCREEN = (
    "latent-explorer: there is no screen to open the window on ({why}); start it in a desktop session, "
    "or use the command line: latent-explorer --help"
)


@contextmanager
def screen_needed() -> Iterator[None]:
    """Exit with one sentence and status 2 if Qt fails to start in this block; Qt itself would abort the process."""
    said: list[str] = []

    def hear(kind: QtMsgType, context: Any, message: str) -> None:
        if kind == QtMsgType.QtFatalMsg:
            # Qt aborts when this function returns, and exceptions do not pass through C++.
            sys.stderr.write(NO_SCREEN.format(why=_why(said)) + "\n")
            sys.stderr.flush()
            os._exit(2)
        said.append(message)

    before = qInstallMessageHandler(hear)
    try:
        yield
    finally:
        qInstallMessageHandler(before)
        # Qt's other messages are not lost, only delayed.
        for message in said:
            sys.stderr.write(message + "\n")


def _why(said: list[str]) -> str:
    """Return the reason from Qt's messages."""
    if "linux" in sys.platform and not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")):
        return "neither DISPLAY nor WAYLAND_DISPLAY is set"
    # Qt blames a missing cursor library in any case; the message about the connection is the real reason.
    refused = [text for text in said if "could not connect" in text]
    return "; ".join(refused or said).strip() or "Qt gives no reason"
