"""The background thread: order, progress, cancelling, reports of failures, closing."""

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from job_cases import WAIT, AtOnce, Delivered

from explorer.config import ConfigError
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError
from explorer.jobs.workers.background import MIN_SECONDS, Background, Done, Working
from explorer.runs.files import RunError


class Submitting(Background):
    """Delivers every report to one function, in the thread of the worker."""

    def __init__(self, delivered: Delivered, **options: Any) -> None:
        super().__init__(AtOnce(), **options)
        self._delivered = delivered

    def put(self, key: str, work: Callable[[LoadContext], Any], *, keep: bool = False) -> None:
        self.submit(key, work, self._delivered, keep=keep)


@pytest.fixture
def delivered() -> Delivered:
    return Delivered()


@pytest.fixture
def background(delivered: Delivered) -> Iterator[Submitting]:
    ticks = iter(range(1_000_000))
    worker = Submitting(delivered, clock=lambda: next(ticks) * MIN_SECONDS)
    yield worker
    assert worker.close()


class Held:
    """A task that waits for the test, and reports until then."""

    def __init__(self) -> None:
        self.began, self.go_on = threading.Event(), threading.Event()

    def __call__(self, context: LoadContext) -> str:
        self.began.set()
        while not self.go_on.wait(0.001):
            context.report(0, 0, "holding")
        context.report(1, 1, "through")
        return "held"


def ends(items: list[Any]) -> list[Done]:
    return [item for item in items if isinstance(item, Done)]


def run_all(delivered: Delivered, count: int) -> list[Done]:
    return ends(delivered.wait_for(lambda items: len(ends(items)) == count))


def test_tasks_are_done_one_after_the_other(background: Submitting, delivered: Delivered) -> None:
    threads = []
    for number in range(5):
        background.put(f"task {number}", lambda _, n=number: threads.append(threading.current_thread()) or n)
    assert run_all(delivered, 5) == [Done(f"task {number}", number) for number in range(5)]
    assert {thread.name for thread in threads} == {"background"}


def test_progress_is_delivered_before_the_result(background: Submitting, delivered: Delivered) -> None:
    def work(context: LoadContext) -> int:
        for done in range(4):
            context.report(done, 3, "reading")
        return 3

    background.put("load", work)
    run_all(delivered, 1)
    assert delivered.items == [*(Working("load", done, 3, "reading") for done in range(4)), Done("load", 3)]


def test_progress_is_delivered_at_a_limited_rate(delivered: Delivered) -> None:
    now = [0.0]
    worker = Submitting(delivered, clock=lambda: now[0])

    def work(context: LoadContext) -> None:
        for done in range(1001):
            now[0] = done * MIN_SECONDS / 100
            context.report(done, 1000, "reading")

    worker.put("load", work)
    run_all(delivered, 1)
    assert worker.close()
    counts = [item.done for item in delivered.items[:-1]]
    assert counts[0] == 0
    assert counts[-1] == 1000
    assert 9 <= len(counts) <= 12


def test_a_running_task_is_cancelled_at_its_next_report(background: Submitting, delivered: Delivered) -> None:
    held = Held()
    background.put("load", held)
    background.put("other", lambda _: "done")
    assert held.began.wait(WAIT)
    background.cancel("load")
    assert run_all(delivered, 2) == [Done("load", cancelled=True), Done("other", "done")]


def test_a_waiting_task_is_cancelled_without_being_begun(background: Submitting, delivered: Delivered) -> None:
    held, begun = Held(), []
    background.put("first", held)
    background.put("second", lambda _: begun.append("second"))
    background.put("second", lambda _: begun.append("second again"))
    background.cancel("second")
    background.put("second", lambda _: begun.append("a new one"))
    held.go_on.set()
    cancelled = Done("second", cancelled=True)
    assert run_all(delivered, 4) == [Done("first", "held"), cancelled, cancelled, Done("second")]
    assert begun == ["a new one"]


@pytest.mark.parametrize("error", [ConfigError, DataError, RunError])
def test_messages_for_the_user_are_passed_on_unchanged(
    background: Submitting, delivered: Delivered, error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: LoadContext) -> None:
        raise error("cars.csv: has no header; give one")

    background.put("load", fail)
    assert run_all(delivered, 1) == [Done("load", problem="cars.csv: has no header; give one")]
    assert not caplog.records


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (FileNotFoundError(2, "No such file or directory", "cars.csv"), "cars.csv: No such file or directory"),
        (OSError(28, "No space left on device"), "load: No space left on device"),
        (OSError("odd"), "load: odd"),
        (ZeroDivisionError("by zero"), "ZeroDivisionError: by zero"),
    ],
)
def test_other_failures_are_reported_and_logged_and_harm_no_other_task(
    background: Submitting, delivered: Delivered, error: Exception, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: LoadContext) -> None:
        raise error

    with caplog.at_level(logging.ERROR):
        background.put("load", fail)
        background.put("next", lambda _: 1)
        assert run_all(delivered, 2) == [Done("load", problem=message), Done("next", 1)]
    assert caplog.records[0].exc_info is not None
    assert caplog.records[0].exc_info[1] is error


def test_closing_cancels_everything_and_ends_the_thread(delivered: Delivered) -> None:
    worker, held, begun = Submitting(delivered), Held(), []
    worker.put("first", held)
    worker.put("second", lambda _: begun.append("second"))
    assert held.began.wait(WAIT)
    assert worker.close()
    assert ends(delivered.items) == [Done("first", cancelled=True), Done("second", cancelled=True)]
    assert begun == []
    assert worker.close(), "a second time there is nothing left to do"


def test_tasks_that_must_finish_are_done_before_closing(delivered: Delivered) -> None:
    worker, held = Submitting(delivered), Held()
    worker.put("first", held)
    worker.put("file", lambda _: "written", keep=True)
    worker.put("last", lambda _: "not begun")
    assert held.began.wait(WAIT)
    assert worker.close()
    assert ends(delivered.items) == [
        Done("first", cancelled=True), Done("file", "written"), Done("last", cancelled=True)
    ]  # fmt: skip


def test_closing_gives_up_on_a_task_that_never_reports(delivered: Delivered) -> None:
    worker, go_on, began = Submitting(delivered), threading.Event(), threading.Event()
    worker.put("deaf", lambda _: began.set() or go_on.wait(WAIT))
    assert began.wait(WAIT)
    assert not worker.close(timeout=0.0)
    go_on.set()
    assert worker.close()
