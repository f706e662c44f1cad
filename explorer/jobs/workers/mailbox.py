"""What workers leave for whoever looks: the newest of a kind replaces an older one, the rest is kept in order."""

import threading
from collections.abc import Hashable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Mailbox(Generic[Item]):
    """Thread-safe; emptied at the reader's own pace."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: dict[Hashable, Item] = {}
        self._count = 0

    def post(self, item: Item, replaces: Hashable | None = None) -> None:
        """Leave an item; one with an equal ``replaces`` key that nobody took yet is dropped."""
        with self._lock:
            self._count += 1
            key = ("once", self._count) if replaces is None else ("latest", replaces)
            self._items.pop(key, None)
            self._items[key] = item

    def take(self) -> list[Item]:
        """Return everything in the order it came, and empty the box."""
        with self._lock:
            items, self._items = list(self._items.values()), {}
        return items
