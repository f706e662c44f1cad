"""Opening runs into panes and closing them: a run that no pane shows is closed, unless it trains."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject

from explorer.jobs.experiments.loss_group import ToShow, runs_to_show
from explorer.jobs.runs.open_run import OpenedRun, OpenRun, open_for_viewing
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.jobs.workers.training_worker import TrainingWorker
from explorer.latent.plane.projection import Projection
from explorer.session import MAX_PANES, Pane, Session, View
from explorer.ui.services.live_planes import LivePlanes
from explorer.ui.services.replay_state import ReplayState
from explorer.ui.services.run_data import RunData
from explorer.ui.state import panes
from explorer.ui.state.asker import Asker
from explorer.ui.state.tasks import Tasks

ENOUGH_SHOWN = 0.8
"""Of the variance that the best plane would show: with so much, a plane keeps its basis at the end of a training."""


class RunOpener(QObject):
    """Opens runs in the background, shows them in panes, and closes those that nothing shows any more."""

    def __init__(
        self,
        session: Session,
        asker: Asker,
        tasks: Tasks,
        training: TrainingWorker,
        data: RunData,
        planes: LivePlanes,
        replays: ReplayState,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._asker, self._store, self._tasks = session, asker, asker.store, tasks
        self._training, self._data, self._planes, self._replays = training, data, planes, replays
        self._opening: set[str] = set()

    def open(self, path: Path, *, pane: int | None = None) -> None:
        """Open a run in a new pane, or in place of the run in ``pane``; then load its data."""
        key = os.path.abspath(path)
        if key in self._store.runs:
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
            self._notify(f"The session has {len(whole.panes)} planes; the first {MAX_PANES}, the most, are shown")
        self._session.reset(view)
        shown = [pane.run for pane in view.panes]
        for key in [key for key in (*self._store.runs, *self._opening) if key not in shown]:
            self.close(key)
        for key in shown:
            if key not in self._store.runs:
                self.open(Path(key))

    def open_group(self, folder: Path) -> None:
        """Open the runs of the experiment in a folder, instead of what is shown."""
        self._tasks.do(f"open {folder}", lambda _: runs_to_show(folder, MAX_PANES), self.open_instead)

    def open_instead(self, wanted: ToShow) -> None:
        """Open runs in panes of their own, in this order, linked, and show nothing else."""
        keys = [os.path.abspath(path) for path in wanted.paths]
        self.show_only(keys, wanted.active)
        for key in keys:
            if key not in self._store.runs:
                self.open(Path(key))

    def show(self, key: str, pane: int | None) -> None:
        """Show an open run in a new pane, or in place of the run in ``pane``, which is closed.

        Where all panes are taken it takes the active one, which is notified.
        """
        runs = self._store.runs
        crowded = pane is None and panes.is_full(self._session)
        replaced = panes.show(self._session, key, pane)
        if replaced is None:
            return
        if crowded and replaced in runs and key in runs:
            names = runs[key].name, runs[replaced].name
            self._notify(f"{MAX_PANES} panes are the maximum: {names[0]} replaces {names[1]} in the active pane")
        self.close(replaced)

    def show_only(self, keys: Sequence[str], active: int) -> None:
        """Show runs in panes of their own, linked, and nothing else; the runs that were shown are closed."""
        before = [pane.run for pane in self._session.view.panes]
        shown = tuple(Pane(key) for key in keys[:MAX_PANES])
        self._session.set_silent(panes=shown, active=active, enlarged=False, linked=True)
        for key in before:
            self.close(key)

    def close(self, key: str) -> None:
        """Close a run that no pane shows any more; one that trains stays until it is done, one in memory for good."""
        if self.is_wanted(key) or self._trains(key) or self._is_own(key):
            return
        ladder = self._ladder_of(key)
        self.forget(key)
        for other in [other for other in self._store.runs if ladder and self._ladder_of(other) == ladder]:
            self.close(other)

    def is_wanted(self, key: str) -> bool:
        """Whether a pane shows the run, or another one of its ladder: that may have more runs than there are panes."""
        ladder = self._ladder_of(key)
        keys = {key} | {other for other in self._store.runs if ladder and self._ladder_of(other) == ladder}
        return any(panes.is_shown(self._session, one) for one in keys)

    def forget(self, key: str) -> None:
        """Close a run and forget it in every View."""
        self._opening.discard(key)
        self._session.rename_run(key, None)
        self._asker.forget(key)
        self._store.close(key)

    # Runs that train, and models of the user's own

    def take_in(self, run: OpenRun, pane: int | None, *, shown: bool = True) -> None:
        """Take a run that begins to train, with the plane that it had, into a pane; not ``shown``, into none."""
        self._opening.discard(run.key)
        self._replays.end(run.key)
        known = self._store.get(run.key)
        self._store.open(run if known is None else replace(run, plane=known.plane, weights=known.weights))
        if shown:
            self.show(run.key, pane)

    def take_own(self, opened: OpenedRun) -> None:
        """Take a model of the user's own into a new pane, or its newer weights in place of the older ones."""
        run, known = opened.run, self._store.get(opened.run.key)
        if opened.loaded is not None:
            run = replace(run, weights=self._asker.take_model(opened.loaded))
        if opened.problem and known is None:
            self._notify(opened.problem)
        self._store.open(run if known is None or known.plane is None else _with_basis(run, known.plane))
        if known is None:
            self.show(run.key, None)
        if run.plane is None:
            self._planes.ask_whole(run.key)

    def reopen(self, key: str) -> None:
        """Read a run anew whose training has ended."""
        run = self._store.runs[key]
        self._tasks.do(f"open {key}", lambda _: open_for_viewing(run.path, run.dataset), self._on_reopened)

    def _on_opened(self, opened: OpenedRun, instead: Pane | None) -> None:
        run = opened.run
        if run.key not in self._opening:  # its pane was closed meanwhile, or it trains by now
            return
        self._opening.discard(run.key)
        if opened.loaded is not None:
            run = replace(run, weights=self._asker.take_model(opened.loaded))
        if opened.problem:
            self._notify(opened.problem)
        panes.drop_codes_of_another_size(self._session, run)
        self._store.open(run)
        if not panes.is_shown(self._session, run.key):
            self.show(run.key, panes.place_of(self._session, instead))
        self._data.load_of(run)

    def _on_reopened(self, opened: OpenedRun) -> None:
        run = opened.run
        if run.key not in self._store.runs or self._trains(run.key):
            return
        # Words begin as noise: a basis that was found in it says nothing of them.
        shown = None if run.description.of_words else self._replays.live_plane(run.key)
        if run.plane is not None and shown is not None and shown.projection.latent_dim == run.latent_dim:
            run = replace(run, plane=replace(run.plane, projection=_basis_at_the_end(run.plane, shown.projection)))
        if run.key in self._replays:
            run = self._replays.keep_reopened(run, opened.loaded)
        elif opened.loaded is not None:
            run = replace(run, weights=self._asker.take_model(opened.loaded))
        self._store.replace_all(run)

    def _notify(self, sentence: str) -> None:
        self._asker.messages.notify(sentence)

    def _ladder_of(self, key: str) -> str:
        run = self._store.get(key)
        return run.group.identity if run is not None and run.group is not None and run.group.kind == "ladder" else ""

    def _is_own(self, key: str) -> bool:
        return key in self._store.runs and self._store.runs[key].is_own

    def _trains(self, key: str) -> bool:
        return self._training.control(key) is not None


def _with_basis(run: OpenRun, shown: PlaneCodes) -> OpenRun:
    """Return a run with its plane seen through the basis of the one shown, or with that one until there is a newer."""
    plane = shown if run.plane is None else replace(run.plane, projection=shown.projection)
    return replace(run, plane=plane)


def _basis_at_the_end(plane: PlaneCodes, watched: Projection) -> Projection:
    """Return the basis that a training was watched through, so that nothing turns; or a new one if it shows far less.

    It was fitted to codes of weights that had hardly been trained, and may show next to nothing of what they became.
    """
    if watched.is_whole:
        return watched
    keeps = watched.share_shown(plane.mean) >= ENOUGH_SHOWN * plane.projection.share_shown(plane.mean)
    return watched if keeps else plane.projection
