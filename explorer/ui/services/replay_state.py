"""Which open runs show a frame of their replay, and what waits meanwhile: their newest weights and codes."""

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
    """What a run's replay hides: its newest plane, and its model as it was or as a training's snapshot."""

    plane: PlaneCodes | None
    loaded: LoadedModel | None
    snapshot: Snapshot | None = None


class ReplayState(QObject):
    """Shows frames of replays in place of runs' newest weights, which wait aside and are kept up to date.

    1. `begin` puts the newest plane and model of a run aside.
    2. `show_plane` and `show_model` show those of a frame, as they are read.
    3. What comes of a training meanwhile is kept by `keep_snapshot`, `keep_plane` and `keep_reopened`.
    4. `end` shows what is newest again.
    """

    def __init__(self, asker: Asker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asker, self._store = asker, asker.store
        self._live: dict[str, LiveState] = {}
        self._store.closed.connect(self.forget)

    def __contains__(self, key: str) -> bool:
        return key in self._live

    def live_plane(self, key: str) -> PlaneCodes | None:
        """Return the newest plane of a run, whichever is shown."""
        return self._live[key].plane if key in self._live else self._store.runs[key].plane

    def begin(self, key: str, epoch: float) -> None:
        """Show an epoch from now on; plane and model follow as they are known."""
        if key not in self._live:
            self._live[key] = LiveState(self._store.runs[key].plane, self._asker.model(key))
        self._store.set(key, shown_epoch=epoch)

    def show_plane(self, key: str, plane: PlaneCodes) -> None:
        """Show the codes of a frame."""
        self._store.set(key, plane=plane)

    def show_model(self, loaded: LoadedModel) -> None:
        """Let the model of a frame answer."""
        dataset = self._store.runs[loaded.run].dataset
        self._store.set(loaded.run, weights=self._asker.take_model(replace(loaded, dataset=dataset)))

    def end(self, key: str) -> None:
        """Show what is newest again."""
        live, run = self._live.pop(key, None), self._store.get(key)
        if live is None or run is None:
            return
        plane = run.plane if live.plane is None else _seen_as(live.plane, run.plane)
        changes: dict[str, Any] = {"plane": plane, "shown_epoch": None}
        loaded = live.loaded if live.snapshot is None else model_of_snapshot(run, live.snapshot)
        if loaded is not None:
            changes["weights"] = self._asker.take_model(replace(loaded, dataset=run.dataset))
        self._store.set(key, **changes)

    def keep_snapshot(self, key: str, snapshot: Snapshot) -> None:
        """Keep the newest weights of a training for later."""
        self._live[key].snapshot = snapshot

    def keep_plane(self, key: str, plane: PlaneCodes) -> None:
        """Keep the newest codes for later."""
        self._live[key].plane = plane

    def keep_reopened(self, run: OpenRun, loaded: LoadedModel | None) -> OpenRun:
        """Keep what a training ended with for later; gives the run as it is shown."""
        shown = self._store.runs[run.key]
        self._live[run.key] = LiveState(run.plane, loaded)
        return replace(run, plane=shown.plane, shown_epoch=shown.shown_epoch, weights=shown.weights)

    def forget(self, key: str) -> None:
        """Drop what is known of a run."""
        self._live.pop(key, None)


def _seen_as(plane: PlaneCodes, shown: PlaneCodes | None) -> PlaneCodes:
    """Return a plane through the basis of the one shown, so that nothing turns."""
    if shown is None or shown.projection.latent_dim != plane.projection.latent_dim:
        return plane
    return replace(plane, projection=shown.projection)
