"""Edits of the path by the panel's controls; each edit is one undo step."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Slot

from explorer.jobs.plane.path_edits import is_full, reversed_path, same_settings, with_added, with_moved
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.session import MAX_WAYPOINTS, Path, Waypoint
from explorer.ui.services.app_state import AppState

FULL = f"A path has at most {MAX_WAYPOINTS} waypoints"


def random_pair(plane: PlaneCodes, random: np.random.Generator) -> tuple[Waypoint, Waypoint]:
    """Draw two samples of a plane with at least two: of different classes if possible."""
    first = int(random.integers(len(plane.index)))
    others = np.arange(len(plane.index)) != first  # (n,) bool
    if plane.labels is not None and (plane.labels != plane.labels[first]).any():
        others = plane.labels != plane.labels[first]
    return _waypoint(plane, first), _waypoint(plane, int(random.choice(np.flatnonzero(others))))


def _waypoint(plane: PlaneCodes, row: int) -> Waypoint:
    # The mean of q(z|x), not a draw: the same sample is the same waypoint each time.
    return Waypoint(tuple(map(float, plane.mean[row])), plane.sample_of(row))


class PathEditor(QObject):
    """Changes the session's path."""

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._store, self._paths = state.session, state.store, state.paths
        # Not saved in the session: each press of the dice should give another pair.
        self._random = np.random.default_rng()

    @property
    def path(self) -> Path | None:
        """The session's path, if its run is open."""
        path = self._session.view.path
        return path if path is not None and path.run in self._store.runs else None

    @property
    def run_for_random(self) -> OpenRun | None:
        """The run that random samples are drawn from; None if it has fewer than two codes."""
        key = self.path.run if self.path is not None else self._session.view.active_run
        run = self._store.get(key)
        return run if run is not None and run.plane is not None and len(run.plane.index) > 1 else None

    def why_no_probe(self) -> str:
        """Return why the probe cannot be added, or ""."""
        probe, path = self._session.view.probe, self.path
        if probe is None or probe.run not in self._store.runs:
            return "Click a plane first: there is no probe"
        if path is not None and probe.run != path.run:
            return "The probe is in another run"
        return FULL if path is not None and is_full(path) else ""

    def change(self, **changes: object) -> None:
        """Replace settings of the path."""
        if self.path is not None:
            self._session.set(path=replace(self.path, **changes))  # type: ignore[arg-type]

    @Slot()
    def add_probe(self) -> None:
        """Add the probe as the last waypoint, or begin a path there."""
        probe = self._session.view.probe
        if probe is not None and not self.why_no_probe():
            self._add(probe.run, Waypoint(probe.z, probe.sample))

    @Slot()
    def add_random(self) -> None:
        """Add a random sample as the last waypoint."""
        run = self.run_for_random
        if run is not None and run.plane is not None:
            self._add(run.key, _waypoint(run.plane, int(self._random.integers(len(run.plane.index)))))

    @Slot()
    def use_random_pair(self) -> None:
        """Begin a path between two random samples of different classes, with the settings of the last one."""
        run = self.run_for_random
        if run is not None and run.plane is not None:
            # Keep the settings of the last path, so that pairs can be compared.
            pair = random_pair(run.plane, self._random)
            self._session.set(path=same_settings(Path(run.key, pair), self._session.view.path))
            self._paths.begin()

    @Slot()
    def delete_chosen(self) -> None:
        """Delete the chosen waypoint."""
        if (index := self._paths.chosen) is not None:
            self._paths.delete(index)

    @Slot(int, int)
    def move(self, index: int, to: int) -> None:
        """Move a waypoint to another position of the order."""
        if self.path is not None:
            # Keep t, so that the slider does not jump while the user reorders the list.
            self._session.set(path=with_moved(self.path, index, to))
            self._paths.choose(to)

    @Slot()
    def reverse(self) -> None:
        """Go through the waypoints in the opposite order."""
        if self.path is not None:
            self._session.set(path=reversed_path(self.path))

    @Slot(bool)
    def set_closed(self, closed: bool) -> None:
        """Close the path into a loop, or open it."""
        if self.path is not None and self.path.is_whole:
            self.change(closed=closed)

    def _add(self, run: str, place: Waypoint) -> None:
        path = self.path
        # A path of another run is replaced: its codes have no meaning in this one.
        begun = same_settings(Path(run, (place,)), self._session.view.path)
        self._session.set(path=begun if path is None or path.run != run else with_added(path, place))
