"""How a loader reports its progress and what it found, how it is cancelled, and what it may raise."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from explorer.config import ConfigError
from explorer.data.dataset import DataError
from explorer.data.report import Notes

PREVIEW_SAMPLES = 1_000
"""`LoadContext.limit` of a preview."""
MAX_REASON = 200
"""Maximum number of characters of the reason that a library gives."""


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


@contextmanager
def only_data_errors(where: object) -> Iterator[None]:
    """Run a reader of the file ``where``; whatever it raises becomes a DataError of one sentence.

    Libraries raise errors of many kinds for damaged files, so all are caught; the error keeps its cause for the log.

    Raises
    ------
    DataError, ConfigError, Cancelled
        As they are raised by the reader, or DataError in place of any other exception.
    """
    try:
        yield
    # A NameError is a fault of the program, not of the file.
    except (DataError, ConfigError, Cancelled, NameError):
        raise
    except MemoryError as error:
        raise DataError(f"{where}: not enough memory to load it") from error
    except OSError as error:
        raise DataError(f"{where}: cannot be read ({reason(error)})") from error
    except Exception as error:
        raise DataError(f"{where}: damaged, or a rare variety of its format ({reason(error)})") from error


def reason(error: BaseException) -> str:
    """Return the message of an exception in one line of limited length, or its kind if it has none."""
    text = " ".join(str(error).split())
    text = text if len(text) <= MAX_REASON else f"{text[:MAX_REASON]}…"
    # The message of KeyError is the bare key.
    return text if text and not isinstance(error, KeyError) else f"{type(error).__name__} {text}".rstrip()
