"""The real window without a screen, driven by names of actions and widgets and by the mouse, for the tools here.

Nothing but these names is used, so that a tool works on older checkouts of the program, too.
"""

import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REST_SECONDS, LONGEST_SECONDS = 1.2, 30.0
BEAT_MILLISECONDS = 100


def use_temporary_folders(home: Path) -> None:
    """Send settings, logs and runs to a folder, and draw without a screen."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    for kind in ("CONFIG", "STATE", "CACHE", "DATA"):
        os.environ[f"XDG_{kind}_HOME"] = str(home)
    os.environ["HOME"] = str(home)
    os.environ["LATENT_EXPLORER_RUNS"] = str(home / "runs")


def in_the_window(act: Callable[[Any], None], *runs: Path) -> None:
    """Open the window as the command line does, on runs or as at a first start, let ``act`` drive it, and close it."""
    import torch  # noqa: F401  (before PySide6)
    from PySide6.QtWidgets import QApplication

    def drive() -> int:
        (window,) = [one for one in QApplication.topLevelWidgets() if one.objectName() == "main_window"]
        QApplication.setCursorFlashTime(0)  # a blinking cursor would change the picture forever
        try:
            act(window)
        finally:
            window.close()
        return 0

    with instead_of_the_event_loop(drive):
        from explorer.cli import main as command_line

        sys.argv[1:] = ["gui", *map(str, runs)]
        try:
            command_line()
        except SystemExit as end:
            if end.code:
                raise


@contextmanager
def instead_of_the_event_loop(act: Callable[[], int]) -> Iterator[None]:
    """Run ``act`` in place of the event loop; its value is the exit status."""
    from PySide6.QtWidgets import QApplication

    run = QApplication.exec
    QApplication.exec = act  # type: ignore[method-assign]
    try:
        yield
    finally:
        QApplication.exec = run  # type: ignore[method-assign]


def planes(window: Any) -> list[Any]:
    """Return the planes in view from left to right."""
    from PySide6.QtWidgets import QWidget

    numbered = re.compile(r"latent_plane_\d+")
    found = [one for one in window.findChildren(QWidget) if numbered.fullmatch(one.objectName()) and one.isVisible()]
    return sorted(found, key=lambda one: one.mapTo(window, one.rect().topLeft()).x())


def trigger(window: Any, name: str) -> None:
    """Trigger an action of the menus by its name, such as ``theme_dark`` or ``overlay_manifold``."""
    from PySide6.QtGui import QAction

    action = next(one for one in window.findChildren(QAction) if one.objectName().endswith(name))
    action.trigger()


def click(plane: Any, at: tuple[float, float]) -> None:
    """Click a point, given in shares of the plane's width and height."""
    drag_along(plane, [at])


def drag(plane: Any, start: tuple[float, float], end: tuple[float, float], keys: Any = None) -> None:
    """Drag from one point to another, with modifier keys held."""
    drag_along(plane, [start, end], keys)


def drag_along(plane: Any, shares: list[tuple[float, float]], keys: Any = None) -> None:
    """Press at the first point, move through the others, and release, as a mouse does."""
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    keys = Qt.KeyboardModifier.NoModifier if keys is None else keys
    target = plane.viewport() if hasattr(plane, "viewport") else plane
    points = [QPoint(int(x * target.width()), int(y * target.height())) for x, y in shares]
    QTest.mouseMove(target, points[0])
    live(BEAT_MILLISECONDS)
    QTest.mousePress(target, Qt.MouseButton.LeftButton, keys, points[0])
    for point in points[1:]:
        QTest.mouseMove(target, point)
        live(BEAT_MILLISECONDS if len(points) == 2 else 1)
    QTest.mouseRelease(target, Qt.MouseButton.LeftButton, keys, points[-1])
    QTest.mouseMove(target, QPoint(2, 2))


def rest(window: Any) -> None:
    """Run the event loop until the window's picture has not changed for `REST_SECONDS`."""
    last, since, began = window.grab().toImage(), time.monotonic(), time.monotonic()
    while time.monotonic() - since < REST_SECONDS and time.monotonic() - began < LONGEST_SECONDS:
        live(BEAT_MILLISECONDS)
        now = window.grab().toImage()
        if now != last:
            last, since = now, time.monotonic()


def settle_until(window: Any, condition: Callable[[], bool]) -> None:
    """Run the event loop until a condition holds and the picture no longer changes.

    Raises
    ------
    TimeoutError
        After `LONGEST_SECONDS`.
    """
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > LONGEST_SECONDS:
            raise TimeoutError("the window did not show its planes")
        live(BEAT_MILLISECONDS)
    rest(window)


def live(milliseconds: int) -> None:
    """Run the event loop for some time."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop, timer = QEventLoop(), QTimer(singleShot=True)
    timer.timeout.connect(loop.quit)
    timer.start(milliseconds)
    loop.exec()
