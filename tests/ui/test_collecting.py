"""Garbage is collected in the window's thread, however much a worker allocates."""

import gc
import threading
from typing import Any

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.ui.collecting import collecting_in_this_thread


class Ring:
    """Garbage that counting references does not find."""

    def __init__(self) -> None:
        self.itself = self


def allocate() -> None:
    for _ in range(30):
        kept = [Ring() for _ in range(200)]
    del kept


def test_a_worker_s_garbage_is_collected_here(qtbot: QtBot, qapp: QApplication) -> None:
    threads: list[str] = []

    def note(phase: str, info: dict[str, Any]) -> None:
        threads.append(threading.current_thread().name)

    gc.enable()
    gc.callbacks.append(note)
    try:
        with collecting_in_this_thread():
            assert not gc.isenabled()
            worker = threading.Thread(target=allocate, name="worker")
            worker.start()
            worker.join()
            assert threads == [], "the worker has collected nothing"
            qtbot.waitUntil(lambda: bool(threads))
        assert gc.isenabled() and set(threads) == {threading.main_thread().name}
    finally:
        gc.callbacks.remove(note)
        gc.disable()


def test_without_it_a_worker_collects() -> None:
    threads: list[str] = []

    def note(phase: str, info: dict[str, Any]) -> None:
        threads.append(threading.current_thread().name)

    gc.enable()
    gc.callbacks.append(note)
    try:
        worker = threading.Thread(target=allocate, name="worker")
        worker.start()
        worker.join()
    finally:
        gc.callbacks.remove(note)
        gc.disable()
    assert "worker" in threads
