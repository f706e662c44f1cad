"""Runs that show a frame of their replay, and their newest weights and codes, kept for later."""

from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject

from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.open_run import OpenRun, model_of_snapshot
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.training.events import Snapshot
from explorer.ui.state.asker import Asker


@dataclass
class LiveState:
    """The newest state of a run in replay: its plane, and its model or the snapshot of a training."""

    plane: PlaneCodes | None
    loaded: LoadedModel | None
    snapshot: Snapshot | None = None


class ReplayState(QObject):
    """Shows frames of replays in place of the newest weights of runs, which are kept up to date meanwhile.

    1. `begin` saves the newest plane and model of a run.
    2. `show_plane` and `show_model` show those of a frame, as they are read.
    3. Results of a training meanwhile are kept by `keep_snapshot`, `keep_plane` and `keep_reopened`.
    4. `end` shows the newest plane and model again.
    """

    def __init__(self, asker: Asker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asker, self._store = asker, asker.store
        self._live: dict[str, LiveState] = {}
        self._store.closed.connect(self.forget)

    def __contains__(self, key: str) -> bool:
        return key in self._live

    def live_plane(self, key: str) -> PlaneCodes | None:
        """Return the newest plane of a run, even if a frame is shown."""
        return self._live[key].plane if key in self._live else self._store.runs[key].plane

    def begin(self, key: str, epoch: float) -> None:
        """Begin the replay of a run, or go to another epoch; plane and model follow."""
        # Only at the first frame: later the store holds a frame, not the newest state.
        if key not in self._live:
            self._live[key] = LiveState(self._store.runs[key].plane, self._asker.model(key))
        self._store.set(key, shown_epoch=epoch)

    def show_plane(self, key: str, plane: PlaneCodes) -> None:
        """Show the codes of a frame as the run's plane."""
        self._store.set(key, plane=plane)

    def show_model(self, loaded: LoadedModel) -> None:
        """Use the model of a frame for the run's questions."""
        dataset = self._store.runs[loaded.run].dataset
        self._store.set(loaded.run, weights=self._asker.take_model(replace(loaded, dataset=dataset)))

    def end(self, key: str) -> None:
        """End the replay: show the newest plane and model again."""
        live, run = self._live.pop(key, None), self._store.get(key)
        if live is None or run is None:
            return
        plane = run.plane if live.plane is None else _with_projection_of(live.plane, run.plane)
        changes: dict[str, Any] = {"plane": plane, "shown_epoch": None}
        loaded = live.loaded if live.snapshot is None else model_of_snapshot(run, live.snapshot)
        if loaded is not None:
            changes["weights"] = self._asker.take_model(replace(loaded, dataset=run.dataset))
        # One change, and so one redraw, of plane, model and epoch.
        self._store.set(key, **changes)

    def keep_snapshot(self, key: str, snapshot: Snapshot) -> None:
        """Keep the newest weights of a training for the end of the replay."""
        self._live[key].snapshot = snapshot

    def keep_plane(self, key: str, plane: PlaneCodes) -> None:
        """Keep the newest codes for the end of the replay."""
        self._live[key].plane = plane

    def keep_reopened(self, run: OpenRun, loaded: LoadedModel | None) -> OpenRun:
        """Keep the final state of a training for the end of the replay; return the run as it is shown now."""
        shown = self._store.runs[run.key]
        self._live[run.key] = LiveState(run.plane, loaded)
        return replace(run, plane=shown.plane, shown_epoch=shown.shown_epoch, weights=shown.weights)

    def forget(self, key: str) -> None:
        """Drop the kept state of a run."""
        self._live.pop(key, None)


def _with_projection_of(plane: PlaneCodes, shown: PlaneCodes | None) -> PlaneCodes:
    """Return a plane with the projection of the shown one, so that the picture does not turn."""
    if shown is None or shown.projection.latent_dim != plane.projection.latent_dim:
        return plane
    return replace(plane, projection=shown.projection)
