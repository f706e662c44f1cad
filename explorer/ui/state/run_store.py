"""The store of open runs: the only writer, with one signal for each change."""

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from explorer.jobs.runs.open_run import OpenRun

if TYPE_CHECKING:
    from collections.abc import Mapping

# Fields whose change is a change of details, for `details_changed`.
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
    "used",
)


class RunStore(QObject):
    """Holds the open runs as frozen values. Their keys are the paths of their directories.

    1. `open`, `set`, `replace_all`, `rename` and `close` are the only ways to change a run.
    2. Each replaces the value first, and then emits one signal.
    3. A listener of ``changed`` compares ``old`` with ``new`` and redraws what differs.
    4. ``weights_changed``, ``details_changed`` and ``plane_changed`` follow, in this order, for listeners that need
       only one kind of change.
    5. Qt calls every listener, even if another one raises.

    Signals
    -------
    opened : str
        The key of a run that was added to ``runs``; its codes and data may follow later.
    closed : str
        The key of a run that was removed from ``runs``.
    changed : str, OpenRun, OpenRun
        The key of a run, its old value and its new value.
    weights_changed : str
        The key of a run with a new model: pictures made by the previous one are out of date.
    details_changed : str
        The key of a run whose name, status, data, curves or the like changed; not codes, weights, step or figures.
    plane_changed : str
        The key of a run whose codes or projection changed, or that was opened with codes.
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
        # A read-only view, so that nobody can change a run without a signal.
        self.runs: Mapping[str, OpenRun] = MappingProxyType(self._runs)

    def get(self, key: str | None) -> OpenRun | None:
        """Return an open run, or None."""
        return None if key is None else self._runs.get(key)

    def open(self, run: OpenRun) -> None:
        """Add a run, or replace the open one with its key."""
        if run.key in self._runs:
            self.replace_all(run)
        else:
            self._runs[run.key] = run
            self._announce(run)

    def set(self, key: str, **changes: Any) -> None:
        """Replace fields of an open run."""
        self.replace_all(replace(self._runs[key], **changes))

    def replace_all(self, run: OpenRun) -> None:
        """Replace the value of an open run."""
        # The value is replaced before any signal: listeners read the new one from ``runs``.
        old = self._runs[run.key]
        self._runs[run.key] = run
        self.changed.emit(run.key, old, run)
        if old.weights != run.weights:
            self.weights_changed.emit(run.key)
        if _details_differ(old, run):
            self.details_changed.emit(run.key)
        # By identity: comparing the arrays of a million codes would take longer than drawing them.
        if old.plane is not run.plane:
            self.plane_changed.emit(run.key)

    def rename(self, old: str, run: OpenRun) -> None:
        """Replace the run ``old`` by a run with another key."""
        del self._runs[old]
        self._runs[run.key] = run
        self.closed.emit(old)
        self._announce(run)

    def close(self, key: str) -> None:
        """Remove a run; do nothing if it is not open."""
        if self._runs.pop(key, None) is not None:
            self.closed.emit(key)

    def code_of(self, key: str, sample: int) -> tuple[float, ...] | None:
        """Return the mean code of a sample, ``(latent_dim,)``; None if the run's plane does not contain it."""
        run = self._runs.get(key)
        return None if run is None else run.code_of(sample)

    def have_same_data(self, key: str, other: str) -> bool:
        """Return whether two open runs have the same data, so that an index denotes the same sample in both."""
        one, two = self._runs.get(key), self._runs.get(other)
        if one is None or two is None:
            return False
        return key == other or one.description.fingerprint == two.description.fingerprint

    def _announce(self, run: OpenRun) -> None:
        self.opened.emit(run.key)
        if run.plane is not None:
            self.plane_changed.emit(run.key)


def _details_differ(old: OpenRun, new: OpenRun) -> bool:
    """Return whether a detail changed.

    The begin and the end of a replay count as details; a change of frame does not.
    """
    if (old.shown_epoch is None) != (new.shown_epoch is None):
        return True
    return any(getattr(old, name) is not getattr(new, name) for name in _DETAILS)
