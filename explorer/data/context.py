"""How a loader reports its progress and what it found, and how it is cancelled."""

from collections.abc import Callable
from dataclasses import dataclass, field

from explorer.data.report import Notes

PREVIEW_SAMPLES = 1_000
"""`LoadContext.limit` of a preview."""


class Cancelled(Exception):
    """The user cancelled the loading; nothing was changed."""


def _ignore(done: int, total: int, text: str) -> None:
    """Ignore a progress report."""


def _never() -> bool:
    return False


@dataclass(frozen=True)
class LoadContext:
    """The callbacks of a loader, and its report.

    Attributes
    ----------
    progress
        Called in the loading thread with ``(done, total, text)``; ``total`` is 0 if it is unknown.
    cancelled
        Called between steps; once it returns True, the loader raises `Cancelled`.
    limit
        For a preview: a reader may stop after about this many samples, and says so by ``notes.partial``; None for all.
    notes
        Collects the report of the import.
    """

    progress: Callable[[int, int, str], None] = _ignore
    cancelled: Callable[[], bool] = _never
    limit: int | None = None
    notes: Notes = field(default_factory=Notes)

    def report(self, done: int, total: int, text: str) -> None:
        """Report progress, or raise `Cancelled` if the user has cancelled."""
        if self.cancelled():
            raise Cancelled(text)
        self.progress(done, total, text)
