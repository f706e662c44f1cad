"""Real mouse and keyboard input by xdotool, and waiting for its effects."""

import shlex
import subprocess
import time
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QEventLoop, QPoint, QTimer
from PySide6.QtWidgets import QApplication, QWidget

Found = TypeVar("Found", bound=QWidget)


class NeverCame(AssertionError):
    """A condition did not hold in time."""


def wait_until(condition: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    """Run the event loop until ``condition`` holds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise NeverCame(what)
        live(10)


def live(milliseconds: int) -> None:
    """Run the event loop for some time."""
    loop, timer = QEventLoop(), QTimer(singleShot=True)
    timer.timeout.connect(loop.quit)
    timer.start(milliseconds)
    loop.exec()


def find(window: QWidget, kind: type[Found], name: str) -> Found:
    """Return the widget of that object name."""
    found = window.findChild(kind, name)
    assert found is not None, f"there is no {kind.__name__} {name}"
    return found


def click(widget: QWidget, at: QPoint | None = None) -> None:
    """Click a widget, in its middle by default."""
    act("mousemove", *_on_screen(widget, at), "click", "1")


def drag(widget: QWidget, path: list[QPoint], after_each: Callable[[], object] = lambda: None) -> None:
    """Press the button at the first point of a widget, move along the rest, release at the last."""
    act("mousemove", *_on_screen(widget, path[0]), "mousedown", "1")
    for point in path[1:]:
        act("mousemove", *_on_screen(widget, point))
        live(30)
        after_each()
    act("mouseup", "1")
    live(50)


def press(*keys: str) -> None:
    """Press keys, as xdotool names them."""
    act("key", *keys)


def answer_dialog(keys: str, text: str) -> None:
    """Press keys that open a modal dialog, and answer it with a text and Return."""
    steps = (("key", keys), ("key", "ctrl+a"), ("type", "--delay", "5", text), ("key", "Return"))
    script = "; sleep 1; ".join(shlex.join(("xdotool", *step)) for step in steps)
    with subprocess.Popen(("sh", "-c", script)) as process:
        wait_until(lambda: process.poll() is not None, f"the dialog that {keys} opens", 30)


def act(*words: str) -> None:
    """Run xdotool while the event loop continues."""
    with subprocess.Popen(("xdotool", *words)) as process:
        wait_until(lambda: process.poll() is not None, f"xdotool {' '.join(words)}", 20)
    assert process.returncode == 0
    QApplication.processEvents()


def _on_screen(widget: QWidget, at: QPoint | None) -> tuple[str, str]:
    point = widget.mapToGlobal(widget.rect().center() if at is None else at)
    return str(point.x()), str(point.y())
