"""The runs that are open in the window: opening, their data and planes, renaming, closing."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from explorer.config import DataConfig
from explorer.data.dataset import Dataset
from explorer.jobs.queries.plane_questions import EmbedPlane
from explorer.jobs.runs.open_run import OpenedRun, OpenRun, open_for_viewing
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.jobs.runs.run_data import load_or_why
from explorer.jobs.workers.inference import Answer, InferenceWorker
from explorer.jobs.workers.training_worker import TrainingWorker
from explorer.latent.plane.projection import Projection, default_projection
from explorer.runs.run_folders import remove_run, rename_run
from explorer.session import MAX_PANES, Pane, Session, View
from explorer.ui.state import panes
from explorer.ui.state.live_planes import LivePlanes
from explorer.ui.state.looking_back import ReplayState
from explorer.ui.state.plane_basis import basis_at_the_end, is_news, with_basis
from explorer.ui.state.tasks import Tasks

REPLAY = "replay"
"""The purpose of questions about a frame of a run's replay."""


class OpenRuns(QObject):
    """Holds the open runs by the path of their directory; a run that no pane shows is closed, unless it trains.

    Parameters
    ----------
    loaded_data
        Gives the data of a config if it is loaded already.

    Signals
    -------
    opened, closed, changed, plane_changed, model_changed : str
        See `explorer.ui.state.workbench.Workbench`.
    folders_changed
        Runs on disk were renamed or removed.
    answered : Answer
        An answer about an open run.
    told : str
        One sentence on what failed.
    """

    opened = Signal(str)
    closed = Signal(str)
    changed = Signal(str)
    plane_changed = Signal(str)
    model_changed = Signal(str)
    folders_changed = Signal()
    answered = Signal(object)
    told = Signal(str)

    def __init__(
        self,
        session: Session,
        tasks: Tasks,
        inference: InferenceWorker,
        training: TrainingWorker,
        loaded_data: Callable[[DataConfig], Dataset | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.runs: dict[str, OpenRun] = {}
        self.planes = LivePlanes(inference)
        self.back = ReplayState(self, inference)
        self._session, self._tasks = session, tasks
        self._inference, self._training = inference, training
        self._loaded_data = loaded_data
        self._opening: set[str] = set()

    # Opening and closing

    def open(self, path: Path, pane: int | None) -> None:
        """Open a run in a new pane, or in place of the run in ``pane``; then load its data."""
        key = os.path.abspath(path)
        if key in self.runs:
            self.show(key, pane)
        elif key not in self._opening:
            shown = self._session.view.panes
            instead = shown[pane] if pane is not None and 0 <= pane < len(shown) else None
            self._opening.add(key)
            self._tasks.do(
                f"open {key}",
                lambda _: open_for_viewing(Path(key)),
                lambda opened: self._on_opened(opened, instead),
                lambda: self.forget(key),
            )

    def open_view(self, view: View) -> None:
        """Begin anew with a View: open the runs of its panes, close those that it does not show."""
        whole, view = view, panes.at_most(view)
        if view is not whole:
            self.told.emit(f"The session has {len(whole.panes)} planes; the first {MAX_PANES}, the most, are shown")
        self._session.reset(view)
        shown = [pane.run for pane in view.panes]
        for key in [key for key in (*self.runs, *self._opening) if key not in shown]:
            self.close(key)
        for key in shown:
            if key in self.runs:
                self.plane_changed.emit(key)
            else:
                self.open(Path(key), None)

    def show(self, key: str, pane: int | None) -> None:
        """Show an open run in a new pane, or in place of the run in ``pane``, which is closed.

        Where all panes are taken it takes the active one, which is told.
        """
        crowded = pane is None and panes.is_full(self._session)
        replaced = panes.show(self._session, key, pane)
        if replaced is None:
            return
        if crowded and replaced in self.runs and key in self.runs:
            names = self.runs[key].name, self.runs[replaced].name
            self.told.emit(f"{MAX_PANES} planes are the most: {names[0]} took the place of {names[1]}, the active one")
        self.close(replaced)

    def close(self, key: str) -> None:
        """Close a run that no pane shows any more; one that trains stays until it is done, one in memory for good."""
        if self.is_wanted(key) or self._trains(key) or self._is_own(key):
            return
        ladder = self._ladder_of(key)
        self.forget(key)
        for other in [other for other in self.runs if ladder and self._ladder_of(other) == ladder]:
            self.close(other)

    def is_wanted(self, key: str) -> bool:
        """Whether a pane shows the run, or another one of its ladder: that may have more runs than there are panes."""
        ladder = self._ladder_of(key)
        keys = {key} | {other for other in self.runs if ladder and self._ladder_of(other) == ladder}
        return any(panes.is_shown(self._session, one) for one in keys)

    def forget(self, key: str) -> None:
        """Close a run and forget it in every View."""
        self._opening.discard(key)
        self._tasks.cancel(f"data of {key}")
        self._session.rename_run(key, None)
        self._inference.forget(key)
        self.planes.forget(key)
        self.back.forget(key)
        if self.runs.pop(key, None) is not None:
            self.closed.emit(key)

    def take_in(self, run: OpenRun, pane: int | None, *, shown: bool = True) -> None:
        """Take a run that begins to train, with the plane that it had, into a pane; not ``shown``, into none."""
        self._opening.discard(run.key)
        self.back.end(run.key)
        known = self.runs.get(run.key)
        self.runs[run.key] = replace(run, plane=known.plane) if known is not None else run
        self.opened.emit(run.key)
        if shown:
            self.show(run.key, pane)
        self.changed.emit(run.key)

    def open_instead(self, paths: Sequence[Path], active: int) -> None:
        """Open runs in panes of their own, in this order, linked, and show nothing else."""
        keys = [os.path.abspath(path) for path in paths]
        self.show_only(keys, active)
        for key in keys:
            if key not in self.runs:
                self.open(Path(key), None)

    def show_only(self, keys: Sequence[str], active: int) -> None:
        """Show runs in panes of their own, linked, and nothing else; the runs that were shown are closed."""
        before = [pane.run for pane in self._session.view.panes]
        panes = tuple(Pane(key) for key in keys[:MAX_PANES])
        self._session.set_silent(panes=panes, active=active, enlarged=False, linked=True)
        for key in before:
            self.close(key)

    def take_own(self, opened: OpenedRun) -> None:
        """Take a model of the user's own into a new pane, or its newer weights in place of the older ones."""
        run, known = opened.run, self.runs.get(opened.run.key)
        self.runs[run.key] = run if known is None or known.plane is None else with_basis(run, known.plane)
        if opened.loaded is not None:
            self._inference.set_subject(opened.loaded)
        if opened.problem and known is None:
            self.told.emit(opened.problem)
        if known is None:
            self.opened.emit(run.key)
            self.show(run.key, None)
        else:
            self.model_changed.emit(run.key)
            self.changed.emit(run.key)
        if run.plane is not None:
            self.plane_changed.emit(run.key)
        else:
            self.planes.ask_whole(self.runs[run.key])

    def reopen(self, key: str) -> None:
        """Read a run anew whose training has ended."""
        run = self.runs[key]
        self._tasks.do(f"open {key}", lambda _: open_for_viewing(run.path, run.dataset), self._on_reopened)

    def _on_opened(self, opened: OpenedRun, instead: Pane | None) -> None:
        run = opened.run
        if run.key not in self._opening:  # its pane was closed meanwhile, or it trains by now
            return
        self._opening.discard(run.key)
        self.runs[run.key] = run
        if opened.loaded is not None:
            self._inference.set_subject(opened.loaded)
        if opened.problem:
            self.told.emit(opened.problem)
        panes.drop_codes_of_another_size(self._session, run)
        self.opened.emit(run.key)
        if not panes.is_shown(self._session, run.key):
            self.show(run.key, panes.place_of(self._session, instead))
        self.plane_changed.emit(run.key)
        self._load_data_of(run)

    def _on_reopened(self, opened: OpenedRun) -> None:
        run = opened.run
        if run.key not in self.runs or self._trains(run.key):
            return
        # Words begin as noise: a basis that was found in it says nothing of them.
        shown = None if run.description.of_words else self.back.present_plane(run.key)
        if run.plane is not None and shown is not None and shown.projection.latent_dim == run.latent_dim:
            run = replace(run, plane=replace(run.plane, projection=basis_at_the_end(run.plane, shown.projection)))
        if run.key in self.back:
            self.runs[run.key] = self.back.take_reopened(run, opened.loaded)
            self.changed.emit(run.key)
            return
        self.runs[run.key] = run
        if opened.loaded is not None:
            self._inference.set_subject(opened.loaded)
            self.model_changed.emit(run.key)
        self.changed.emit(run.key)
        self.plane_changed.emit(run.key)

    def _ladder_of(self, key: str) -> str:
        group = self.runs[key].group if key in self.runs else None
        return group.identity if group is not None and group.kind == "ladder" else ""

    def _is_own(self, key: str) -> bool:
        return key in self.runs and self.runs[key].is_own

    def _trains(self, key: str) -> bool:
        return self._training.control(key) is not None

    # Folders

    def rename(self, key: str, name: str) -> None:
        """Rename a run's folder; the session follows."""
        self._tasks.do(f"rename {key}", lambda _: rename_run(Path(key), name), lambda path: self._on_moved(key, path))

    def remove(self, key: str) -> None:
        """Delete a run's folder; the caller has asked the user."""
        self._tasks.do(f"remove {key}", lambda _: remove_run(Path(key)), lambda _: self._on_removed(key))

    def _on_moved(self, key: str, path: Path) -> None:
        new = str(path)
        if key in self.runs and new != key:
            self.back.end(key)
            run, loaded = self.runs.pop(key), self._inference.loaded(key)
            self._inference.forget(key)
            self.planes.forget(key)
            moved = tuple(replace(frame, path=path / "replay" / frame.path.name) for frame in run.replay.frames)
            self.runs[new] = replace(run, key=new, name=path.name, replay=replace(run.replay, frames=moved))
            if loaded is not None:
                self._inference.set_subject(replace(loaded, run=new))
            self._session.rename_run(key, new)
            self.closed.emit(key)
            self.opened.emit(new)
            self.plane_changed.emit(new)
            if run.dataset is None:
                self._load_data_of(self.runs[new])
        self.folders_changed.emit()

    def _on_removed(self, key: str) -> None:
        self.forget(key)
        self.folders_changed.emit()

    # Data

    def offer_data(self, config: DataConfig, dataset: Dataset) -> None:
        """Return data that is loaded by now to the runs that wait for it."""
        for run in list(self.runs.values()):
            if run.dataset is None and run.config.data == config and _are_of_run(dataset, run):
                self._tasks.cancel(f"data of {run.key}")
                self._on_data_of(run.key, dataset)

    def _load_data_of(self, run: OpenRun) -> None:
        key, config = run.key, run.config.data
        loaded = self._loaded_data(config)
        if loaded is not None and _are_of_run(loaded, run):
            self._on_data_of(key, loaded)
            return
        # A run opens without its data: what fails here is said beside its pictures, and is no error.
        self._tasks.do(
            f"data of {key}", lambda context: load_or_why(config, context), lambda data: self._on_data_of(key, data)
        )

    def _on_data_of(self, key: str, data: Dataset | str) -> None:
        run = self.runs.get(key)
        if run is None or run.dataset is not None:
            return
        if isinstance(data, Dataset) and not _are_of_run(data, run):
            data = f"{run.config.data.source} now holds other samples than this run was trained on"
        if isinstance(data, str):
            self.runs[key] = replace(run, missing_data=data)
            self.changed.emit(key)
            return
        self.runs[key] = replace(run, dataset=data, missing_data="")
        self._inference.set_dataset(key, data)
        if not run.plane_is_current and not self._trains(key) and key not in self.back:
            self.planes.ask_whole(run)
        self.changed.emit(key)
        self.offer_data(run.config.data, data)

    # Planes

    def take_answer(self, answer: Answer) -> None:
        """Take the codes of a plane, and hand on what other parts have asked; nothing about runs that are closed."""
        run, asked = self.runs.get(answer.question.run), answer.question
        if run is None:
            return
        if isinstance(asked, EmbedPlane):
            self.planes.note_answer(answer)
        if answer.problem:
            self.told.emit(f"{run.name}: {answer.problem}")
        elif not isinstance(asked, EmbedPlane):
            self.answered.emit(answer)
        elif run.key in self.back:
            self._take_plane_aside(run, answer)
        elif answer.value is not None and (self._moves(run) or is_news(run, answer.value)):
            # The basis may have been fitted anew since these codes were asked for.
            kept = {} if run.plane is None else {"projection": run.plane.projection}
            self._set_plane(run, replace(answer.value, **kept))

    def _take_plane_aside(self, run: OpenRun, answer: Answer) -> None:
        """Take codes while a frame is shown: the frame's own, where it has none on the disk, or the newest."""
        if answer.value is None:
            return
        if answer.question.purpose == REPLAY:
            self.back.show_plane(run.key, answer.value)
        elif answer.step >= run.step or self._trains(run.key):
            self.back.take_plane(run.key, answer.value)

    def _moves(self, run: OpenRun) -> bool:
        """Whether its weights change while its plane is made, so that codes of a moment ago are the newest."""
        return self._trains(run.key) or run.is_own

    def refit_plane(self, key: str) -> None:
        """Fit the basis that a run's plane is seen through to its present codes."""
        plane = self.runs[key].plane if key in self.runs else None
        if plane is not None:
            mean = plane.mean
            self._tasks.do(f"refit {key}", lambda _: default_projection(mean), lambda basis: self._on_refit(key, basis))

    def _on_refit(self, key: str, basis: Projection) -> None:
        run = self.runs.get(key)
        if run is not None and run.plane is not None:
            self._set_plane(run, replace(run.plane, projection=basis))

    def _set_plane(self, run: OpenRun, plane: PlaneCodes) -> None:
        self.runs[run.key] = replace(run, plane=plane)
        self.plane_changed.emit(run.key)


def _are_of_run(dataset: Dataset, run: OpenRun) -> bool:
    return dataset.description.fingerprint == run.description.fingerprint
