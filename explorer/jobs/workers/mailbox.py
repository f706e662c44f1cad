"""The mailbox returns results from worker threads: it calls replies in the thread that owns the mailbox.

1. The owner starts work and gives the worker a ``reply``, a function that receives the results.
2. The worker's thread posts each result with this reply. It replaces an item that is still in the mailbox and has an
   equal ``replaces`` key: of snapshots, only the newest is of use.
3. `post` calls ``wake``, still in the worker's thread. In the window this emits a queued Qt signal
   (`explorer.ui.state.asker.Inbox`); without Qt the owner calls `deliver` by itself.
4. The owner's thread calls `deliver`, which takes out the oldest item and calls its reply.
5. After `close` the mailbox accepts and delivers nothing, so no reply runs after its owner is gone.
"""

import threading
from collections.abc import Callable, Hashable
from typing import Any

Reply = Callable[[Any], None]


def _no_wake() -> None:
    """Do nothing: the owner calls `Mailbox.deliver` by itself."""


class Mailbox:
    """Holds the results of workers until the owner's thread takes them; thread-safe.

    Parameters
    ----------
    wake
        Called in the worker's thread after each `post`.
    """

    def __init__(self, wake: Callable[[], None] = _no_wake) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._items: dict[Hashable, tuple[Reply, Any]] = {}
        self._count = 0
        self._closed = False

    def post(self, reply: Reply, item: Any, replaces: Hashable | None = None) -> None:
        """Add an item for a reply, in place of one with an equal ``replaces`` key that is still in the mailbox."""
        with self._lock:
            if self._closed:
                return
            self._count += 1
            key = ("once", self._count) if replaces is None else ("latest", replaces)
            # Removed first, as assigning to an existing key would keep its old position in the order of delivery.
            self._items.pop(key, None)
            self._items[key] = reply, item
        # Without the lock: `wake` may call `deliver` at once, in this thread.
        self._wake()

    def __len__(self) -> int:
        with self._lock:
            return len(self._items)

    def deliver(self) -> bool:
        """Call the reply of the oldest item; return False if there was none."""
        with self._lock:
            if not self._items:
                return False
            reply, item = self._items.pop(next(iter(self._items)))
        # Without the lock, or workers would wait for as long as the owner draws the result.
        reply(item)
        return True

    def deliver_all(self) -> None:
        """Call the replies of all items that are in the mailbox now, oldest first."""
        # A fixed number: a reply may post again, which must not keep this loop running for ever.
        for _ in range(len(self)):
            self.deliver()

    def close(self) -> None:
        """Drop all items, and ignore items posted later."""
        with self._lock:
            self._closed = True
            self._items.clear()
