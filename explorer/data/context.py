"""What a loader is given to say how far it is, and to be stopped by."""

from collections.abc import Callable
from dataclasses import dataclass


class Cancelled(Exception):
    """The user stopped the loading; nothing was changed."""


def _unheard(done: int, total: int, text: str) -> None:
    """Drop a progress report that nobody asked for."""


def _never() -> bool:
    return False


@dataclass(frozen=True)
class LoadContext:
    """How a loader reports and learns that it is no longer wanted.

    Attributes
    ----------
    progress
        Called with ``(done, total, text)``; ``total`` is 0 where it is unknown. Called from the loading thread.
    cancelled
        Asked between steps; once True, the loader raises `Cancelled`.
    """

    progress: Callable[[int, int, str], None] = _unheard
    cancelled: Callable[[], bool] = _never

    def report(self, done: int, total: int, text: str) -> None:
        """Tell progress, or raise `Cancelled` where the user stopped."""
        if self.cancelled():
            raise Cancelled(text)
        self.progress(done, total, text)
