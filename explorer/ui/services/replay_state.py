"""Runs that show a frame of their replay, with their newest state kept for later, and the texts on the epoch shown."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject

from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.open_run import OpenRun, model_of_snapshot
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.training.events import Snapshot
from explorer.ui.services.weights_words import weights_words
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


FIRST = "Recording the first frames …"
NOW, END = "now", "the end"


def epoch_text(runs: Sequence[OpenRun], active: OpenRun | None, epoch: float | None) -> tuple[str, str]:
    """Return a short text on the epoch shown, and a longer one for the tooltip.

    Parameters
    ----------
    runs
        The runs in view with a replay.
    active
        The run that the panels show.
    epoch
        The View's epoch; None for the newest weights.
    """
    if not runs:
        return FIRST, FIRST
    last = max(run.replay.frames[-1].epoch for run in runs)
    # The active run may have no replay; then the first one is described.
    described = next((run for run in runs if run is active), runs[0])
    if epoch is None and described.used is not None and not described.used.is_newest:
        words = weights_words(described.used)
        return words, f"No replay is shown: {described.name} is shown with its {words}"
    if epoch is None:
        trains = any(run.status == "training" for run in runs)
        return f"{NOW if trains else END}, epoch {last:.4g}", "Showing the newest weights of every run"
    longest = max(run.config.train.epochs for run in runs)
    # frame_at is None beyond the run's last frame: a shorter run stays at its end.
    frame = described.frame_at(epoch)
    frame_text = "at its end" if frame is None else f"step {frame.step:,}"
    names = ", ".join(run.name for run in runs)
    return (
        f"epoch {epoch:.3g} of {longest:g}",
        f"{names} as they were after epoch {epoch:.4g}; {described.name}: {frame_text}",
    )


def shorter(text: str) -> str:
    """Return the text without the length of the training: "the end", "epoch 8.83"."""
    return text.partition(",")[0].partition(" of ")[0]


def status_text(run: OpenRun, epoch: float | None) -> str:
    """Return the replay's effect on one pane's run; "" if the newest weights are shown.

    Parameters
    ----------
    epoch
        The View's epoch.
    """
    if epoch is None:
        return ""
    if run.shown_epoch is not None:
        return f"epoch {run.shown_epoch:.3g}"
    return "stays at its end" if run.replay.frames else "stays: no replay"
