"""Long work on many rows, done in parts so short that a question that comes meanwhile hardly waits."""

import time
from collections.abc import Callable, Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

SECONDS = 0.004
"""How long a part takes, about."""
FIRST, LEAST = 8, 8
"""Rows of the first part, before it is known how long a row takes; and of any."""


def in_parts(
    count: int, work: Callable[[slice], NDArray[Any]], clock: Callable[[], float] = time.perf_counter
) -> Generator[None, None, NDArray[Any]]:
    """Do ``work`` on ``count`` rows, at least one, a slice of them at a time; yields after each part.

    Returns
    -------
    What it gave, ``(rows, ...)`` for each slice, put together: ``(count, ...)``. It does not depend on the parts.
    """
    done, size, parts = 0, FIRST, []
    while done < count:
        begun = clock()
        parts.append(work(slice(done, min(done + size, count))))
        seconds = max(clock() - begun, 1e-6)
        done += size
        # At most twice as many next: the first part of all is often slow for reasons of its own.
        size = max(LEAST, min(2 * size, int(size * SECONDS / seconds)))
        yield
    return np.concatenate(parts)
