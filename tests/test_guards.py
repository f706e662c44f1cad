"""The checks of conftest.py fail the tests that they must fail."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
HERE = Path(__file__).resolve().parent

BAD_TESTS = """
import socket, threading, urllib.request
from PySide6.QtCore import QTimer, qWarning
from PySide6.QtWidgets import QWidget
kept = []

def test_thread():
    threading.Thread(target=threading.Event().wait, daemon=True).start()

def test_network():
    try:
        urllib.request.urlopen("http://example.org")
    except OSError:
        pass

def test_address():
    try:
        socket.create_connection(("192.0.2.1", 80), 1)
    except OSError:
        pass

def test_window(qtbot):
    kept.append(QWidget())

def test_timer(qtbot):
    kept.append(QTimer())
    kept[-1].start(1000)

def test_qt_warning(qtbot):
    qWarning("no")
"""

GOOD_TESTS = """
import socket, threading
import platformdirs, pytest
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QComboBox

def test_joined_thread():
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()

def test_this_machine():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass

def test_window_with_a_timer(qtbot):
    box = QComboBox()
    qtbot.addWidget(box)
    box.show()
    box.showPopup()
    QTimer(box).start(1000)

def test_user_folders(user_folders):
    assert platformdirs.user_data_path("x").is_relative_to(user_folders)
    assert QSettings("x", "y").fileName().startswith(str(user_folders))

@pytest.mark.slow
def test_slow():
    raise AssertionError
"""


@pytest.fixture
def guarded(pytester):
    """Return a project with this one's nets."""
    pytester.makepyprojecttoml((HERE.parent / "pyproject.toml").read_text().replace("timeout = 300", "timeout = 60"))
    pytester.makeconftest(
        f"import sys\nsys.path.insert(0, {str(HERE.parent)!r})\n" + (HERE / "conftest.py").read_text()
    )
    window = pytester.mkdir("ui")
    (window / "conftest.py").write_text((HERE / "ui" / "conftest.py").read_text())
    return pytester, window


def test_leftovers_fail_a_test_and_cleaning_up_passes_it(guarded):
    pytester, window = guarded
    (window / "test_bad.py").write_text(BAD_TESTS)
    (window / "test_good.py").write_text(GOOD_TESTS)
    result = pytester.runpytest_subprocess("ui")  # both in one, for most of the time goes into the imports
    result.stdout.fnmatch_lines(["*test_good.py ....s*"])
    result.assert_outcomes(passed=5 + 4, failed=1, errors=5, skipped=1)
