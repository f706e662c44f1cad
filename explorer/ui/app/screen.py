"""The start of Qt on a screen; where there is none, one sentence in place of Qt's abort."""

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
    """End the program with one sentence and exit status 2 where Qt cannot start in here; Qt itself would abort."""
    said: list[str] = []

    def hear(kind: QtMsgType, context: Any, message: str) -> None:
        if kind == QtMsgType.QtFatalMsg:
            # Qt aborts when this returns, and an exception does not pass through it.
            sys.stderr.write(NO_SCREEN.format(why=_why(said)) + "\n")
            sys.stderr.flush()
            os._exit(2)
        said.append(message)

    before = qInstallMessageHandler(hear)
    try:
        yield
    finally:
        qInstallMessageHandler(before)
        for message in said:
            sys.stderr.write(message + "\n")


def _why(said: list[str]) -> str:
    """Tell from Qt's messages what is amiss."""
    if "linux" in sys.platform and not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")):
        return "neither DISPLAY nor WAYLAND_DISPLAY is set"
    # Qt names the cursor library whatever failed; without a connection it is not to blame.
    refused = [text for text in said if "could not connect" in text]
    return "; ".join(refused or said).strip() or "Qt gives no reason"
