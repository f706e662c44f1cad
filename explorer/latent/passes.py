"""Long work as generators that yield after each pass over a chunk, and how they are counted up."""

from collections.abc import Generator
from typing import TypeVar

Result = TypeVar("Result")
Report = TypeVar("Report")
Passes = Generator[int, None, Result]
"""Work that yields 1 after each pass over a chunk."""
Counted = Generator[tuple[int, int], None, Result]
"""Work that yields ``(done, total)``."""


def counted(passes: Passes[Result], done: int, total: int) -> Counted[Result]:
    """Add up passes to ``(done, total)``."""
    while True:
        try:
            done += next(passes)
        except StopIteration as stop:
            result: Result = stop.value
            return result
        yield done, total


def single(work: Generator[object, None, Result]) -> Passes[Result]:
    """Return each report of some work as one pass."""
    return (yield from _reporting(work, 1))


def pausing(work: Generator[object, None, Result]) -> Generator[None, None, Result]:
    """Return each report of some work as a pause, at which something else may be done."""
    return (yield from _reporting(work, None))


def at_once(work: Generator[object, None, Result]) -> Result:
    """Do work to its end."""
    while True:
        try:
            next(work)
        except StopIteration as stop:
            result: Result = stop.value
            return result


def _reporting(work: Generator[object, None, Result], report: Report) -> Generator[Report, None, Result]:
    while True:
        try:
            next(work)
        except StopIteration as stop:
            result: Result = stop.value
            return result
        yield report
