"""Shows frames of replays in place of runs' newest weights, which wait aside and are kept up to date meanwhile."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.jobs.workers.inference import InferenceWorker
from explorer.training.events import Snapshot

if TYPE_CHECKING:
    from explorer.ui.state.open_runs import OpenRuns


@dataclass
class LiveState:
    """What a run looks back from: its newest plane, and its model as a subject or as a training's snapshot."""

    plane: PlaneCodes | None
    loaded: LoadedModel | None
    snapshot: Snapshot | None = None


class ReplayState:
    """Which open runs show a frame of their replay now, and what is newest of them."""

    def __init__(self, open_runs: "OpenRuns", inference: InferenceWorker) -> None:
        self._open, self._inference = open_runs, inference
        self._present: dict[str, LiveState] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._present

    def present_plane(self, key: str) -> PlaneCodes | None:
        """Return the newest plane of a run, whichever is shown."""
        return self._present[key].plane if key in self._present else self._open.runs[key].plane

    def begin(self, key: str, epoch: float) -> None:
        """Look back at an epoch from now on; plane and model follow as they are known."""
        run = self._open.runs[key]
        self._open.runs[key] = replace(run, shown_epoch=epoch)
        if key not in self._present:
            self._present[key] = LiveState(run.plane, self._inference.loaded(key))
            self._open.changed.emit(key)  # once: what else follows from frame to frame hears of plane and model

    def show_plane(self, key: str, plane: PlaneCodes) -> None:
        """Show the codes of a frame."""
        self._open.runs[key] = replace(self._open.runs[key], plane=plane)
        self._open.plane_changed.emit(key)

    def show_model(self, loaded: LoadedModel) -> None:
        """Let the model of a frame answer."""
        run = self._open.runs[loaded.run]
        self._inference.set_subject(replace(loaded, dataset=run.dataset))
        self._open.model_changed.emit(run.key)

    def end(self, key: str) -> None:
        """Show what is newest again."""
        present, run = self._present.pop(key, None), self._open.runs.get(key)
        if present is None or run is None:
            return
        plane = run.plane if present.plane is None else _seen_as(present.plane, run.plane)
        self._open.runs[key] = replace(run, plane=plane, shown_epoch=None)
        if present.loaded is not None:
            self._inference.set_subject(replace(present.loaded, dataset=run.dataset))
        if present.snapshot is not None:
            self._open.planes.note_snapshot(self._open.runs[key], present.snapshot)
        self._open.model_changed.emit(key)
        self._open.changed.emit(key)
        self._open.plane_changed.emit(key)

    # What comes meanwhile

    def take_snapshot(self, key: str, snapshot: Snapshot) -> None:
        """Keep the newest weights of a training for later."""
        self._present[key].snapshot = snapshot

    def take_plane(self, key: str, plane: PlaneCodes) -> None:
        """Keep the newest codes for later."""
        self._present[key].plane = plane

    def take_reopened(self, run: OpenRun, loaded: LoadedModel | None) -> OpenRun:
        """Keep what a training ended with for later; gives the run as it is shown."""
        shown = self._open.runs[run.key]
        self._present[run.key] = LiveState(run.plane, loaded)
        return replace(run, plane=shown.plane, shown_epoch=shown.shown_epoch)

    def forget(self, key: str) -> None:
        """Drop what is known of a run."""
        self._present.pop(key, None)


def _seen_as(plane: PlaneCodes, shown: PlaneCodes | None) -> PlaneCodes:
    """Return a plane through the basis of the one shown, so that nothing turns."""
    if shown is None or shown.projection.latent_dim != plane.projection.latent_dim:
        return plane
    return replace(plane, projection=shown.projection)
