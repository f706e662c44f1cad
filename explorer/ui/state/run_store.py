"""The open runs: one owner, one way to change them, one signal that says what changed."""

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from explorer.jobs.runs.open_run import OpenRun

if TYPE_CHECKING:
    from collections.abc import Mapping

_DETAILS = (
    "name",
    "description",
    "status",
    "reason",
    "config",
    "dataset",
    "missing_data",
    "history",
    "replay",
    "group",
)


class RunStore(QObject):
    """Holds every open run as a frozen value, by its key: the path of its directory.

    1. `open`, `set`, `replace_all`, `rename` and `close` are the only ways to change a run.
    2. Each replaces the value first, and then emits one signal.
    3. A listener of ``changed`` compares ``old`` with ``new`` and draws what differs.
    4. For listeners that want one kind of change alone, ``weights_changed``, ``details_changed`` and ``plane_changed``
       are derived from that signal, in this order.
    5. Qt calls every listener, whatever another one raises.

    Signals
    -------
    opened : str
        The key of a run that is in ``runs`` from now on, with whatever is known of it.
    closed : str
        The key of a run that is no longer in ``runs``.
    changed : str, OpenRun, OpenRun
        The key of a run, its value before, and its value after.
    weights_changed : str
        Another model answers for a run: pictures made by the one before are of older weights.
    details_changed : str
        Anything but its codes, weights, step and figures: its name, its status, its data, its curves.
    plane_changed : str
        Its codes, or the basis that they are seen through; of a run that opens with codes, too.
    """

    opened = Signal(str)
    closed = Signal(str)
    changed = Signal(str, object, object)
    weights_changed = Signal(str)
    details_changed = Signal(str)
    plane_changed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runs: dict[str, OpenRun] = {}
        self.runs: Mapping[str, OpenRun] = MappingProxyType(self._runs)

    def get(self, key: str | None) -> OpenRun | None:
        """Return an open run; None where there is none of that key."""
        return None if key is None else self._runs.get(key)

    def open(self, run: OpenRun) -> None:
        """Take in a run; one of its key that is open already is replaced."""
        if run.key in self._runs:
            self.replace_all(run)
        else:
            self._runs[run.key] = run
            self._announce(run)

    def set(self, key: str, **changes: Any) -> None:
        """Replace some fields of an open run."""
        self.replace_all(replace(self._runs[key], **changes))

    def replace_all(self, run: OpenRun) -> None:
        """Replace the whole value of an open run."""
        old = self._runs[run.key]
        self._runs[run.key] = run
        self.changed.emit(run.key, old, run)
        if old.weights != run.weights:
            self.weights_changed.emit(run.key)
        if _details_differ(old, run):
            self.details_changed.emit(run.key)
        if old.plane is not run.plane:
            self.plane_changed.emit(run.key)

    def rename(self, old: str, run: OpenRun) -> None:
        """Put a run under another key in place of the one that it had."""
        del self._runs[old]
        self._runs[run.key] = run
        self.closed.emit(old)
        self._announce(run)

    def close(self, key: str) -> None:
        """Let a run go; nothing happens where it is not open."""
        if self._runs.pop(key, None) is not None:
            self.closed.emit(key)

    def code_of(self, key: str, sample: int) -> tuple[float, ...] | None:
        """Return the mean code of a sample in a run's latent space, where its plane shows it."""
        run = self._runs.get(key)
        return None if run is None else run.code_of(sample)

    def have_same_data(self, key: str, other: str) -> bool:
        """Return whether two open runs have the same samples, so that an index means the same one in both."""
        one, two = self._runs.get(key), self._runs.get(other)
        if one is None or two is None:
            return False
        return key == other or one.description.fingerprint == two.description.fingerprint

    def _announce(self, run: OpenRun) -> None:
        self.opened.emit(run.key)
        if run.plane is not None:
            self.plane_changed.emit(run.key)


def _details_differ(old: OpenRun, new: OpenRun) -> bool:
    """Return whether a listener of details has something to draw.

    A replay counts where it begins or ends, and not from frame to frame.
    """
    if (old.shown_epoch is None) != (new.shown_epoch is None):
        return True
    return any(getattr(old, name) is not getattr(new, name) for name in _DETAILS)
