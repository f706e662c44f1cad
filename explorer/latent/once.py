"""Results that are computed once, although several questions ask for them at the same time.

1. The first question marks the result as in progress and computes it in steps.
2. A second question for the same result waits: it yields until the result is there.
3. If the first question is dropped, its mark is removed, and a waiting one computes the result itself.
"""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from explorer.latent.steps import Steps, pausing

T = TypeVar("T")


class Once(Generic[T]):
    """A cache of results by their owner, such as a model, and a key. A result disappears with its owner.

    Only one thread may use the entries of an owner.

    Parameters
    ----------
    kept
        Number of results that are kept per owner; the oldest are forgotten.
    """

    def __init__(self, kept: int = 1) -> None:
        self._kept = kept
        self._known: WeakKeyDictionary[object, dict[Hashable, list[T]]] = WeakKeyDictionary()

    def get(self, owner: object, key: Hashable, work: Callable[[], Steps[T]]) -> Steps[T]:
        """Return the result of ``work`` for an owner and a key, from the cache if possible; yields None."""
        known = self._known.setdefault(owner, {})
        # An empty list stands for a result in progress.
        while key in known:
            if known[key]:
                return known[key][0]
            yield
        known[key] = []
        try:
            found = yield from pausing(work())
        finally:  # if this question is dropped, a waiting one takes over
            known.pop(key, None)
        known[key] = [found]
        # Entries in progress stay, as others wait for them.
        for old in [each for each, result in known.items() if result][: -self._kept]:
            del known[old]
        return found
