"""Applies a function to many pictures in several threads; Pillow computes outside Python's lock."""

import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from explorer.data.context import LoadContext

# With more, the memory of the pictures in work and the disk limit the speed, no longer the processors.
MAX_WORKERS = 8

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_threads(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    context: LoadContext,
    texts: Sequence[str],
    *,
    start: int = 0,
    total: int = 0,
    workers: int = MAX_WORKERS,
) -> list[Result]:
    """Return ``function(item)`` of all items, in their order.

    Parameters
    ----------
    texts
        Texts of the progress reports, one per item.
    start, total
        Progress before the first item, and at the end of the whole loading.
    workers
        Maximum number of threads; there are no more than processors. All have ended when `Cancelled` is raised.
    """
    results: list[Result] = []
    # The oldest comes first, so that the results keep the order of the items.
    waiting: deque[Future[Result]] = deque()
    workers = max(1, min(workers, os.cpu_count() or 1))
    with ThreadPoolExecutor(workers, thread_name_prefix="pictures") as pool:
        try:
            for done, (item, text) in enumerate(zip(items, texts, strict=True)):
                context.report(start + done, total, text)
                waiting.append(pool.submit(function, item))
                # Few items wait, so that cancelling takes effect soon.
                if len(waiting) > 4 * workers:
                    results.append(waiting.popleft().result())
            while waiting:
                results.append(waiting.popleft().result())
        # After an error or a cancel, what has not begun yet must not begin any more; the pool waits for the rest.
        finally:
            for future in waiting:
                future.cancel()
    return results
