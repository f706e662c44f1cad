"""Garbage is collected in the window's thread alone while other threads work."""

import gc
import threading

import pytest

from explorer.ui.state.garbage import GarbageCollecting


@pytest.fixture(autouse=True)
def default_garbage_collection(garbage_after_test: None) -> None:
    gc.unfreeze()
    gc.enable()


class Cycle:
    """A reference cycle, which only the collector frees; it records the thread in which it is freed."""

    def __init__(self, ended_in: list[str]) -> None:
        self.itself, self._ended_in = self, ended_in

    def __del__(self) -> None:
        self._ended_in.append(threading.current_thread().name)


def litter(ended_in: list[str]) -> None:
    """Create garbage in another thread, enough for three runs of Python's collector."""

    def work() -> None:
        for _ in range(3 * gc.get_threshold()[0]):
            Cycle(ended_in)

    thread = threading.Thread(target=work, name="worker")
    thread.start()
    thread.join()


def test_python_alone_collects_in_whichever_thread_allocates():
    ended_in: list[str] = []
    litter(ended_in)
    assert "worker" in ended_in


def test_beside_a_window_s_state_only_the_windows_thread_collects(app_state, qtbot):
    ended_in: list[str] = []
    litter(ended_in)
    assert ended_in == []
    qtbot.waitUntil(lambda: bool(ended_in))
    assert set(ended_in) == {threading.main_thread().name}


@pytest.mark.parametrize("was_on", [True, False])
def test_the_last_one_leaves_the_collector_as_it_was(qapp, was_on):
    gc.enable() if was_on else gc.disable()
    try:
        first, second = GarbageCollecting(), GarbageCollecting()
        first.stop()
        first.stop()  # twice is once
        assert not gc.isenabled()
        second.stop()
        assert gc.isenabled() == was_on
    finally:
        gc.enable()


def test_old_garbage_is_collected_once_there_is_more_of_it(qapp):
    ended_in: list[str] = []
    before = gc.get_threshold()
    collecting = GarbageCollecting()
    try:
        gc.set_threshold(100, 1, 1)
        make_due(collecting)
        kept = [Cycle(ended_in) for _ in range(len(gc.get_objects()) // 2)]
        many = len(kept)
        gc.collect(0)
        gc.collect(1)
        kept.clear()  # they lie in the oldest generation by now
        make_due(collecting)
    finally:
        gc.set_threshold(*before)
        collecting.stop()
    assert ended_in == [threading.main_thread().name] * many


def make_due(collecting: GarbageCollecting) -> None:
    """Create and drop enough objects that a full collection is due."""
    for _ in range(9):
        litter([])
        collecting.collect()
