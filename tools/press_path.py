"""Counts the files that a mouse press on a plane passes through before it reaches the session.

    python tools/press_path.py

1. Opens the window without a screen on an included run, and lets the mouse rest over the active plane.
2. Presses and moves, while `sys.setprofile` notes each function of the package that is entered.
3. Stops at `Session.preview` or `Session.set`, and counts how often the file changed from one function to the next.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import FrameType

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch  # noqa: F401  (before PySide6: after it, it crashes on Windows)
from PySide6.QtCore import QEvent, QEventLoop, QPoint, QPointF, QSettings, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

import explorer
from explorer.assets import shipped_runs
from explorer.ui.app.app import build_window

PACKAGE = str(Path(explorer.__file__).parent)
ENDS = {"preview", "set"}
SETTLE_SECONDS, MAX_SECONDS = 1.0, 60.0


def file_switches() -> int:
    """Return how often the file changes from a press on the active plane to `Session.preview`."""
    press, _ = press_and_move()
    return sum(one != two for one, two in pairwise(press))


def press_and_move() -> tuple[list[str], list[str]]:
    """Return the files of the functions that are entered up to the session, for a press and for a move of the drag."""
    with tempfile.TemporaryDirectory() as home:
        QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, home)
        os.environ["LATENT_EXPLORER_RUNS"] = str(Path(home, "runs"))
        app = QApplication.instance() or QApplication(sys.argv[:1])
        assert isinstance(app, QApplication)
        window = build_window(app)
        window.resize(1280, 820)
        window.show()
        window.start([sorted(shipped_runs())[-1]])
        try:
            plane = _settled_plane(window)
        except TimeoutError:
            window.close()  # its threads would keep the program from ending
            raise
        at = QPoint(plane.width() // 3, plane.height() // 4)
        _send(plane, QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton)
        press = _entered(lambda: _send(plane, QEvent.Type.MouseButtonPress, at, Qt.MouseButton.LeftButton))
        away = at + QPoint(40, 30)
        move = _entered(lambda: _send(plane, QEvent.Type.MouseMove, away, Qt.MouseButton.LeftButton))
        _send(plane, QEvent.Type.MouseButtonRelease, away, Qt.MouseButton.LeftButton)
        window.close()
        return press, move


def _settled_plane(window: QWidget) -> QWidget:
    """Return the viewport of the active plane, once points and overlays are there."""
    begun, found = time.monotonic(), None
    while found is None or time.monotonic() - found < SETTLE_SECONDS:
        _live(5)
        plane = window.findChild(QWidget, "latent_plane")
        if found is None and plane is not None and plane.isVisible():
            found = time.monotonic()
        if time.monotonic() - begun > MAX_SECONDS:
            raise TimeoutError("no plane was shown")
    assert isinstance(plane, QWidget)
    return plane


def _live(milliseconds: int) -> None:
    """Run the event loop for some time."""
    # Not `processEvents` in a loop: it never sleeps, and leaves the thread that opens the run no turn.
    loop, timer = QEventLoop(), QTimer(singleShot=True)
    timer.timeout.connect(loop.quit)
    timer.start(milliseconds)
    loop.exec()


def _send(plane: QWidget, kind: QEvent.Type, at: QPoint, button: Qt.MouseButton) -> None:
    pressed = button if kind != QEvent.Type.MouseMove else Qt.MouseButton.NoButton
    held = button if kind != QEvent.Type.MouseButtonRelease else Qt.MouseButton.NoButton
    everywhere = QPointF(plane.mapToGlobal(at))
    event = QMouseEvent(kind, QPointF(at), everywhere, pressed, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(plane, event)


def _entered(act: Callable[[], None]) -> list[str]:
    """Return the files of the package's functions that ``act`` enters, up to the session's."""
    files: list[str] = []
    reached = False

    def note(frame: FrameType, event: str, _: object) -> None:
        nonlocal reached
        name = frame.f_code.co_filename
        if event != "call" or reached or not name.startswith(PACKAGE):
            return
        files.append(name.removeprefix(f"{PACKAGE}/"))
        reached = files[-1] == "session/session.py" and frame.f_code.co_name in ENDS

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    if not reached:
        raise RuntimeError("the session was not reached")
    return files


def main() -> None:
    """Print each path, and how often its file changes."""
    for name, files in zip(("press", "move"), press_and_move(), strict=True):
        path = [files[0], *(two for one, two in pairwise(files) if one != two)]
        print(f"{name}: {len(path) - 1} switches among {len(set(files))} files, {len(files)} calls")
        print("  " + " → ".join(path))


if __name__ == "__main__":
    main()
