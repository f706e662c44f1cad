"""SIGINT, SIGTERM and SIGHUP: commands leave nothing half done, trainings and the window save."""

import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from command_cases import call, fail

from explorer.data import catalog
from explorer.end_signals import end_signals, interrupt, interruptions_repeated
from explorer.runs.run_directory import open_run
from explorer.training.events import Progress

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="signals of POSIX")
ALL = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def during_command(monkeypatch: pytest.MonkeyPatch, does: Callable[[], None]) -> None:
    monkeypatch.setattr(catalog, "describe_all", does)


def test_each_signal_is_received_and_the_handlers_are_restored() -> None:
    before = [signal.getsignal(number) for number in ALL]
    with end_signals(lambda number: None) as received:
        for number in ALL:
            signal.raise_signal(number)
    assert received == list(ALL)
    assert [signal.getsignal(number) for number in ALL] == before


def test_under_nohup_sighup_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with end_signals(interrupt) as received:
            signal.raise_signal(signal.SIGHUP)
        assert received == [] and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_command_in_another_thread_leaves_the_handlers_alone() -> None:
    found: list[object] = []

    def command() -> None:
        with end_signals(interrupt):
            found.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=command)
    thread.start()
    thread.join()
    assert found == [signal.getsignal(signal.SIGTERM)]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGINT, "interrupted"),
        (signal.SIGTERM, "stopped by SIGTERM"),
        (signal.SIGHUP, "stopped by SIGHUP"),
    ],
)
def test_a_signal_ends_a_command_in_one_line(monkeypatch: pytest.MonkeyPatch, number: int, words: str) -> None:
    during_command(monkeypatch, lambda: signal.raise_signal(number))
    assert fail("datasets", status=128 + number) == f"latent-explorer: {words}\n"


def test_a_library_that_turns_an_interruption_into_an_error_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    def convert() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt as error:
            raise ValueError("as pydantic does") from error

    during_command(monkeypatch, convert)
    assert fail("datasets", status=130) == "latent-explorer: interrupted\n"


def test_an_interruption_that_python_only_prints_is_repeated() -> None:
    class Interrupted:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt), interruptions_repeated(), end_signals(interrupt):
        Interrupted()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_training_is_saved_even_if_the_signal_comes_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    from explorer.jobs.runs import train_run

    real = train_run.run_training

    def signalled(*arguments: object, **options: object) -> object:
        events = real(*arguments, **options)  # type: ignore[arg-type]
        yield next(event for event in events if isinstance(event, Progress))
        # A shell sends SIGHUP to its jobs, and so does the terminal.
        signal.raise_signal(number)
        signal.raise_signal(number)
        yield from events

    monkeypatch.setattr(train_run, "run_training", signalled)
    words = ("--epochs", 2, "--threads", 1, "--device", "cpu", "--set", "model.hidden_widths=16")
    stopped = call("train", "--out", tmp_path / "run", *words)
    assert stopped.exit_code == 128 + number
    assert open_run(tmp_path / "run").state.status == "stopped"


LEFT = """
import os, signal, sys
from explorer.end_signals import end_signals
with end_signals(lambda number: None) as received:
    sys.stdin.readline()
    while not received: signal.pause()
    print("written to a closed terminal", flush=True)
os.write(int(sys.argv[1]), b"went on")
"""


def test_a_closed_terminal_does_not_make_printing_fail() -> None:
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    process, master = pty.fork()
    if process == 0:
        os.execv(sys.executable, [sys.executable, "-c", LEFT, str(writer)])
    os.close(writer)
    os.write(master, b"ready\n")
    os.read(master, 1)  # the echo
    time.sleep(0.5)
    os.close(master)
    assert os.read(reader, 100) == b"went on"
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0


WINDOW = """
import os, signal, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QMessageBox
from explorer.ui.app import app

def open_window(*arguments):
    QApplication.instance() or QApplication([])
    window = QMainWindow()
    window.show()
    QTimer.singleShot(0, QMessageBox(window).exec)
    QTimer.singleShot(300, lambda: os.kill(os.getpid(), number))
    return window

app.open_window = open_window
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    assert app.run([]) == 0
    print("closed by", signal.Signals(number).name, file=sys.stderr)
"""


def test_each_signal_closes_the_window_even_below_a_dialog() -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    ended = subprocess.run(
        [sys.executable, "-c", WINDOW], capture_output=True, text=True, timeout=250, check=False, env=environment
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.count("closed by SIG") == 3 and "Traceback" not in ended.stderr
