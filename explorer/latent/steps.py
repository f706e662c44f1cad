"""Long computations as generators, so that a worker can answer other questions between two steps.

1. A long computation is a generator function that returns its result and yields after each chunk of its work. What it
   yields is a report of progress, such as the number of passes, or nothing.
2. `at_once` runs it to the end and returns the result, for scripts and tests.
3. A worker runs it step by step and turns to other questions in between. `counted`, `single` and `pausing` convert the
   reports to the form that the worker expects.
4. `in_chunks` applies a function to many rows in chunks that each take a few milliseconds.
5. A computation whose result is not defined returns `Absent`, which says why.
"""

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Result = TypeVar("Result")
Steps = Generator[Any, None, Result]
"""A computation in steps, which returns a ``Result``."""

SECONDS = 0.004
"""Target duration of a chunk."""
MIN_ROWS = 8
"""Initial and minimum chunk size, in rows."""


@dataclass(frozen=True)
class Absent:
    """Stands for a figure or drawing that is not defined, and says why."""

    why: str


def at_once(work: Steps[Result]) -> Result:
    """Run a computation to its end and return its result."""
    while True:
        try:
            next(work)
        except StopIteration as stop:
            result: Result = stop.value
            return result


def counted(work: Steps[Result], done: int, total: int) -> Steps[Result]:
    """Convert reports of finished passes to ``(done, total)``, where ``done`` passes precede this computation."""
    while True:
        try:
            done += next(work)
        except StopIteration as stop:
            result: Result = stop.value
            return result
        yield done, total


def single(work: Steps[Result]) -> Steps[Result]:
    """Convert each report to one pass: yield 1."""
    # Workers add the reports up to show progress.
    return (yield from reporting(work, 1))


def pausing(work: Steps[Result]) -> Steps[Result]:
    """Convert each report to a pause without content: yield None."""
    return (yield from reporting(work, None))


def in_chunks(
    count: int, work: Callable[[slice], NDArray[Any]], clock: Callable[[], float] = time.perf_counter
) -> Steps[NDArray[Any]]:
    """Apply ``work`` to slices of ``count`` rows, at least one, and return the concatenated results ``(count, ...)``.

    The size of a slice adapts to its duration; the result does not depend on it.
    """
    done, size, parts = 0, MIN_ROWS, []
    while done < count:
        started = clock()
        parts.append(work(slice(done, min(done + size, count))))
        # A clock of low resolution may return 0.
        seconds = max(clock() - started, 1e-6)
        done += size
        # At most double the size: the first call is often slow for reasons of its own, such as an import.
        # The time of a chunk is proportional to its rows, so this is the size that takes `SECONDS`.
        size = max(MIN_ROWS, min(2 * size, int(size * SECONDS / seconds)))
        yield
    return np.concatenate(parts)


def reporting(work: Steps[Result], report: object) -> Steps[Result]:
    """Convert each report to the given one."""
    while True:
        try:
            next(work)
        except StopIteration as stop:
            result: Result = stop.value
            return result
        yield report
