"""The start of the window with errors, and uncaught exceptions."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.session import Session
from explorer.ui.app.app import build_window
from explorer.ui.dialogs import logs
from explorer.ui.dialogs.logs import LOG, Uncaught, keep_log
from explorer.ui.services.app_state import AppState
from explorer.ui.status.message_line import MessageLine
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.settings import settings

START = """
from explorer.ui.app.screen import screen_needed
from PySide6.QtWidgets import QApplication
with screen_needed():
    QApplication([])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a screen")
@pytest.mark.parametrize(("display", "why"), [("", "neither DISPLAY nor"), (":4242", "could not connect to display")])
def test_a_missing_screen_is_reported_in_one_sentence(display: str, why: str) -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    if display:
        environment |= {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    ended = subprocess.run([sys.executable, "-c", START], env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert why in ended.stderr and "start it in a desktop session" in ended.stderr


@pytest.mark.parametrize("kept", ["abc", "nan", "-3", "1e9"])
def test_damaged_settings_do_not_keep_the_window_from_opening(qapp: QApplication, qtbot: QtBot, kept: str) -> None:
    store = settings()
    for name, value in (("scale", kept), ("theme", "pink"), ("geometry", "nonsense")):
        store.setValue(f"window/{name}", value)
    store.sync()
    window = build_window(qapp)
    qtbot.addWidget(window)
    assert (window.themes.scale, window.themes.mode) == (1.0, "system")
    window.close()


class Breaks(QObject):
    happened = Signal()

    @Slot()
    def fail(self) -> None:
        raise ZeroDivisionError("the slot broke")

    @Slot()
    def count(self) -> None:
        self.times = getattr(self, "times", 0) + 1
        raise KeyError(self.times)


@pytest.fixture
def notices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Keep a log as the program does, in place of the test's own hooks; return the notices of the user."""
    received: list[str] = []
    uncaught = Uncaught()
    uncaught.notified.connect(received.append)
    monkeypatch.setattr(logs, "uncaught", uncaught)
    monkeypatch.setattr(sys, "__excepthook__", lambda *_: None)
    for module, name in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(module, name, getattr(module, name))  # put back what keep_log replaces
    monkeypatch.setattr(logs.faulthandler, "enable", lambda _: None)
    handlers = list(LOG.handlers)
    crashes = keep_log(tmp_path / "here.log")
    yield received
    for handler in [handler for handler in LOG.handlers if handler not in handlers]:
        LOG.removeHandler(handler)
        handler.close()
    assert crashes is not None
    crashes.close()


def test_what_a_slot_raises_is_reported_once_and_logged(tmp_path: Path, notices: list[str]) -> None:
    breaks = Breaks()
    breaks.happened.connect(breaks.fail)
    called: list[str] = []
    breaks.happened.connect(lambda: called.append("the next slot"))
    for _ in range(3):
        breaks.happened.emit()
    assert len(called) == 3
    assert len(notices) == 1
    assert "ZeroDivisionError: the slot broke" in notices[0]
    assert (tmp_path / "here.log").read_text().count("Traceback") == 1


def test_what_repeats_is_one_message_with_its_count(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, notices: list[str], app_state: AppState
) -> None:
    line = MessageLine(app_state, ThemeSource())
    qtbot.addWidget(line)
    logs.uncaught.notified.connect(app_state.messages.notify)
    logs.uncaught.withdrawn.connect(app_state.messages.withdraw)
    breaks = Breaks()
    breaks.happened.connect(breaks.count)  # each exception has another message
    for _ in range(120):
        breaks.happened.emit()
    assert line.texts == ("An internal error occurred 100 times (KeyError: 1); the log has the details",)
    log = (tmp_path / "here.log").read_text()
    assert log.count("Traceback") == 1 and log.count("not caught") == 3 and "100 times by now" in log
    breaks.happened.connect(breaks.fail)
    breaks.happened.emit()
    assert len(line.texts) == 2


def test_what_a_listener_of_the_session_raises_is_reported_once_and_logged(tmp_path: Path, notices: list[str]) -> None:
    session = Session()
    session.listen(lambda *_: 1 // 0)
    for mode in ("pan", "select", "probe"):
        session.set_silent(mode=mode)
    assert len(notices) == 1 and "ZeroDivisionError" in notices[0]
    assert (tmp_path / "here.log").read_text().count("Traceback") == 1


def test_what_fails_while_the_window_closes_does_not_keep_its_threads(
    qapp: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, notices: list[str]
) -> None:
    window = build_window(qapp)
    qtbot.addWidget(window)
    monkeypatch.setattr(window.session_files, "keep", lambda path: 1 // 0)
    window.close()
    assert window.state.lifetime.closed and len(notices) == 1


def test_what_a_thread_raises_is_reported(qtbot: QtBot, notices: list[str]) -> None:
    thread = threading.Thread(target=Breaks.fail, args=(None,))
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: len(notices) == 1)
    assert "the slot broke" in notices[0]
