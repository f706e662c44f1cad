"""Says in one sentence that there is no screen; Qt itself would end the process.

- `screen_needed` guards the start of Qt in a process of our own: the sentence, then exit status 2.
- `check_screen` is for the user's program, such as a notebook's kernel, which must not end: Qt is first started in a
  process of its own, and if it ends that process, a `ConfigError` is raised.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QCoreApplication, QtMsgType, qInstallMessageHandler

from explorer.config import ConfigError

NO_SCREEN = (
    "latent-explorer: there is no screen to open the window on ({why}); start it in a desktop session, "
    "or use the command line: latent-explorer --help"
)
NO_SCREEN_FOR_PROGRAM = (
    "there is no screen to open the window on ({why}); run the program in a desktop session, or draw figures of a run "
    "without a window: explorer.plot.plane(explorer.load(...))"
)
NO_DISPLAY = "neither DISPLAY nor WAYLAND_DISPLAY is set"
ATTEMPT = "from PySide6.QtGui import QGuiApplication; QGuiApplication(['latent-explorer'])"
"""Starts Qt and ends; Qt aborts the process if it finds no screen."""
ATTEMPT_SECONDS = 30.0


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


def check_screen() -> None:
    """Check that Qt can start in this process, before it is tried.

    Raises
    ------
    ConfigError
        If there is no screen; the message says what to do instead.
    """
    # With a running application there is a screen. Windows and macOS always have one.
    if QCoreApplication.instance() is not None or "linux" not in sys.platform:
        return
    if not _has_display() and not os.environ.get("QT_QPA_PLATFORM"):
        raise ConfigError(NO_SCREEN_FOR_PROGRAM.format(why=NO_DISPLAY))
    try:
        ended = subprocess.run(
            [sys.executable, "-P", "-c", ATTEMPT],
            capture_output=True,
            text=True,
            check=False,
            timeout=ATTEMPT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):  # without an interpreter of its own, the program cannot try
        return
    # Only an abort means that there is no screen; any other end says nothing about this process.
    if ended.returncode < 0:
        raise ConfigError(NO_SCREEN_FOR_PROGRAM.format(why=_why(ended.stderr.splitlines())))


def _has_display() -> bool:
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def _why(said: list[str]) -> str:
    """Return the reason from Qt's messages."""
    if "linux" in sys.platform and not _has_display():
        return NO_DISPLAY
    # Qt blames a missing cursor library in any case; the message about the connection is the real reason.
    refused = [text for text in said if "could not connect" in text]
    return "; ".join(text for text in refused or said if text.strip()) or "Qt gives no reason"
