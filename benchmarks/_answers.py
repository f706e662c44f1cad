"""Watching the answers to the window's questions, for whoever measures how long they take."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from explorer.jobs.workers.inference import Answer
from explorer.ui.state.live_question import LiveQuestion


@contextmanager
def watching(note: Callable[[Answer], object]) -> Iterator[None]:
    """Call ``note`` with each answer in the moment in which it reaches the window's thread."""
    take = LiveQuestion.take_answer

    def noting(self: LiveQuestion, number: int, answer: Answer) -> None:
        note(answer)
        take(self, number, answer)

    LiveQuestion.take_answer = noting  # type: ignore[method-assign]
    try:
        yield
    finally:
        LiveQuestion.take_answer = take  # type: ignore[method-assign]
