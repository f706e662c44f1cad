"""The one way home from a worker's thread: who asked is called back in the thread that owns the mailbox.

1. Whoever starts work hands the worker a ``reply``: a function that takes what comes of it.
2. The worker's thread posts what it has found with that reply. An item with an equal ``replaces`` key that is still in
   the box is dropped: of snapshots the newest is enough.
3. `post` calls ``wake``, still in the worker's thread. In the window that emits a queued Qt signal
   (`explorer.ui.state.inbox.Inbox`); without Qt the owner looks in by itself.
4. The owner's thread calls `deliver`, which takes the oldest item out and calls its reply.
5. After `close` the box takes and delivers nothing: a reply never runs once its owner is gone.
"""

import threading
from collections.abc import Callable, Hashable
from typing import Any

Reply = Callable[[Any], None]


def _nobody() -> None:
    """Wake nobody: the owner looks in by itself."""


class Mailbox:
    """Holds what workers have found until the owner's thread takes it; thread-safe.

    Parameters
    ----------
    wake
        Called in the worker's thread after each `post`.
    """

    def __init__(self, wake: Callable[[], None] = _nobody) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._items: dict[Hashable, tuple[Reply, Any]] = {}
        self._count = 0
        self._closed = False

    def post(self, reply: Reply, item: Any, replaces: Hashable | None = None) -> None:
        """Leave an item for a reply; one with an equal ``replaces`` key that nobody took yet is dropped."""
        with self._lock:
            if self._closed:
                return
            self._count += 1
            key = ("once", self._count) if replaces is None else ("latest", replaces)
            self._items.pop(key, None)
            self._items[key] = reply, item
        self._wake()

    def __len__(self) -> int:
        with self._lock:
            return len(self._items)

    def deliver(self) -> bool:
        """Call the reply of the oldest item; False where there was none."""
        with self._lock:
            if not self._items:
                return False
            reply, item = self._items.pop(next(iter(self._items)))
        reply(item)
        return True

    def deliver_all(self) -> None:
        """Call the replies of what is in the box now, in the order it came."""
        for _ in range(len(self)):
            self.deliver()

    def close(self) -> None:
        """Drop what is in the box, and whatever will be posted."""
        with self._lock:
            self._closed = True
            self._items.clear()
