"""Opens runs in panes and closes those that no pane shows, unless they train.

1. `open` reads a run in the background; ``_opening`` holds its key meanwhile.
2. `_on_opened` registers its model, adds the run to the store and shows it in a pane.
3. The data follow later: a run can be explored before they are loaded.
4. A run whose training has ended is read again (`reopen`) and replaces its value, with the projection shown before.
5. `close` forgets a run once no pane shows it, it does not train, and no run of its ladder is shown.
6. A run is also read again when the View wants other weights of it (`Pane.weights`).
7. A run that an undo step can show again is closed but not forgotten: its pane was closed, or given to a training or an
   experiment. When undo shows it, it is reopened.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from explorer.data.dataset import Dataset
from explorer.jobs.experiments.loss_group import RunsToShow, runs_to_show
from explorer.jobs.runs.open_run import OpenedRun, OpenRun, open_for_viewing
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.jobs.workers.training_worker import TrainingWorker
from explorer.latent.plane.projection import Projection
from explorer.runs.files import RunError
from explorer.runs.weights_choice import FINAL, WeightsChoice
from explorer.session import MAX_PANES, Pane, Session, View
from explorer.ui.services.live_planes import LivePlanes
from explorer.ui.services.replay_state import ReplayState
from explorer.ui.services.run_data import RunData
from explorer.ui.state import panes
from explorer.ui.state.asker import Asker
from explorer.ui.state.tasks import Tasks

ENOUGH_SHOWN = 0.8
"""Share of the variance of the best projection that the one shown must reach to be kept after a training."""


class RunOpener(QObject):
    """Opens runs in the background, shows them in panes, and closes those that no pane shows any more.

    Signals
    -------
    opening_changed
        A run is being opened, or has been opened or given up.
    """

    opening_changed = Signal()

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
        self._kept: set[str] = set()  # runs that undo or redo may show again
        session.listen(self.show_view)

    @property
    def opening(self) -> tuple[str, ...]:
        """The names of the runs that are being opened."""
        return tuple(sorted(os.path.basename(key) for key in self._opening))

    def _no_longer_opening(self, key: str) -> None:
        if key in self._opening:
            self._opening.discard(key)
            self.opening_changed.emit()

    def open(
        self, path: Path, *, pane: int | None = None, step: str = "", weights: WeightsChoice | None = None
    ) -> None:
        """Open a run in a new pane, or replace the run in ``pane``; then load its data.

        With the name of a ``step`` it can be undone. ``weights`` replace the choice of the View.
        """
        key = os.path.abspath(path)
        if key in self._store.runs:
            self.show(key, pane, step)
        elif key not in self._opening:
            shown = self._session.view.panes
            # The pane, not its index: others may be closed while the run is read.
            instead = shown[pane] if pane is not None and 0 <= pane < len(shown) else None
            self._opening.add(key)
            self.opening_changed.emit()
            chosen = weights or self._wanted(key)
            self._tasks.do(
                f"open {key}",
                lambda _: _open_with(Path(key), chosen),
                lambda opened: self._on_opened(opened, instead, step, weights),
                lambda: self.forget(key),
            )

    def open_by_user(self, path: Path, *, pane: int | None = None) -> None:
        """Open a run that the user has chosen, as an undo step."""
        self.open(path, pane=pane, step=f"open {path.name}")

    def open_view(self, view: View) -> None:
        """Replace the View: open the runs of its panes, close all others, and clear the undo steps."""
        whole, view = view, panes.at_most(view)
        if view is not whole:
            self._notify(f"The session has {len(whole.panes)} planes; only the first {MAX_PANES} are shown")
        self._session.reset(view)
        shown = [pane.run for pane in view.panes]
        # A list, since closing changes both collections.
        for key in [key for key in (*self._store.runs, *self._opening) if key not in shown]:
            self.close(key)
        for key in shown:
            if key not in self._store.runs:
                self.open(Path(key))

    def open_group(self, folder: Path) -> None:
        """Open the runs of the experiment in a folder in place of the visible runs."""
        self._tasks.do(f"open {folder}", lambda _: runs_to_show(folder, MAX_PANES), self.open_instead)

    def open_instead(self, wanted: RunsToShow) -> None:
        """Open runs in linked panes, in this order, in place of the visible runs."""
        keys = [os.path.abspath(path) for path in wanted.paths]
        self.show_only(keys, wanted.active, "show the runs of an experiment", of_experiment=wanted.of_experiment)
        for key in keys:
            if key not in self._store.runs:
                self.open(Path(key))

    def show(self, key: str, pane: int | None, step: str = "") -> None:
        """Show an open run in a new pane, or replace and close the run in ``pane``.

        Without room for another pane it replaces the active one, with a message to the user.
        """
        runs = self._store.runs
        crowded = pane is None and panes.is_full(self._session)
        before = panes.experiment_of(self._session.view, runs)
        replaced = panes.show(self._session, key, pane, step=step)
        self._compare_members(before)
        if step:
            self._kept.add(key)
        if replaced is None:
            return
        if crowded and replaced in runs and key in runs:
            names = runs[key].name, runs[replaced].name
            self._notify(f"{MAX_PANES} panes are the maximum: {names[0]} replaces {names[1]} in the active pane")
        self.close(replaced)

    def _compare_members(self, before: str) -> None:
        """Show the members of one experiment at one scale while they are the only runs in view.

        ``before`` is the experiment that was in view.
        """
        now = panes.experiment_of(self._session.view, self._store.runs)
        if now and now != before:
            self._session.set_silent(**panes.to_compare(self._session.view))
        elif before and not now:
            self._session.set_silent(same_scale=False)

    def show_only(self, keys: Sequence[str], active: int, step: str, *, of_experiment: bool = True) -> None:
        """Show runs in linked panes, as an undo step with this name; close the runs shown before.

        Members of an experiment are shown at one scale.
        """
        view, runs = self._session.view, self._store.runs
        shown = tuple(Pane(key) for key in keys[:MAX_PANES])
        successor = runs.get(shown[active].run) if active < len(shown) else None
        parts = panes.parts_after(view, shown, successor, runs)
        compared = panes.to_compare(view) if of_experiment else {}
        self._session.set_step(step, panes=shown, active=active, enlarged=False, linked=True, **parts, **compared)
        self._kept |= {pane.run for pane in shown}
        for key in [pane.run for pane in view.panes]:
            self.close(key)

    def close(self, key: str) -> None:
        """Close a run that no pane shows, but keep it for undo if a step can show it again.

        Runs that train, and the user's own models, which are in memory only, stay open.
        """
        if self.is_wanted(key) or self._trains(key) or self._is_user_model(key):
            return
        ladder = self._ladder_of(key)  # before the run is forgotten
        if self._session.remembers(key):
            self._kept.add(key)
            self._put_aside(key)
        else:
            self.forget(key)
        for other in [other for other in self._store.runs if ladder and self._ladder_of(other) == ladder]:
            self.close(other)

    def is_wanted(self, key: str) -> bool:
        """Return whether a pane shows the run or another run of its ladder, which may have more runs than panes."""
        ladder = self._ladder_of(key)
        keys = {key} | {other for other in self._store.runs if ladder and self._ladder_of(other) == ladder}
        return any(panes.is_shown(self._session, one) for one in keys)

    def show_view(self, old: View, new: View) -> None:
        """Open and close the runs that undo or redo has brought back or taken away; read those with other weights."""
        for run in panes.shown_runs(new, self._store.runs):
            if old.weights_of(run.key) != new.weights_of(run.key):
                self._follow_choice(run)
        for key in list(self._kept):
            if panes.is_shown(self._session, key):
                if key not in self._store.runs:
                    self.open(Path(key))
            elif not self._session.remembers(key):
                self._kept.discard(key)
                self.close(key)
            elif key in self._store.runs or key in self._opening:
                self.close(key)

    def _follow_choice(self, run: OpenRun) -> None:
        """Read a run again if the View wants other weights of it than those in use."""
        known = None if run.used is None else run.used.choice
        if known != self._wanted(run.key) and not self._trains(run.key) and not run.is_user_model:
            self.reopen(run.key)

    def end_training(self, key: str) -> None:
        """Read a run again whose training has ended, or close it if no pane shows it any more."""
        if self.is_wanted(key):
            self.reopen(key)
        elif self._session.remembers(key):  # its pane is gone by undo: redo may bring it back
            self._put_aside(key)
        else:
            self.forget(key)

    def _put_aside(self, key: str) -> None:
        """Close a run but keep it in the undo steps."""
        self._no_longer_opening(key)
        self._asker.forget(key)
        self._store.close(key)

    def forget(self, key: str) -> None:
        """Close a run and remove it from the View and all undo steps."""
        self._no_longer_opening(key)
        self._session.rename_run(key, None)
        self._asker.forget(key)
        self._store.close(key)

    # Runs that train, and the user's own models

    def take_in(self, run: OpenRun, pane: int | None, *, shown: bool = True) -> None:
        """Add a run whose training begins, with its former plane; show it in a pane if ``shown``."""
        self._no_longer_opening(run.key)
        self._replays.end(run.key)
        known = self._store.get(run.key)
        self._store.open(run if known is None else replace(run, plane=known.plane, weights=known.weights))
        if not shown:
            return
        count = len(self._session.view.panes)
        if pane is None or pane >= count:
            # Before the first pane there is nothing to go back to.
            self.show(run.key, pane, f"train {run.name}" if count else "")
            return
        replaced = panes.take_over(self._session, self._store.runs, run, pane)
        if replaced is not None:
            self._kept.add(run.key)
            self.close(replaced)

    def take_user_model(self, opened: OpenedRun) -> None:
        """Show the user's own model in a new pane, or replace the weights of one that is open."""
        run, known = opened.run, self._store.get(opened.run.key)
        if known is not None:
            run = replace(run, history=known.history)  # its losses come from `UserWindow.log`
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
        """Read a run again: its training has ended, or other weights were chosen."""
        run, weights = self._store.runs[key], self._wanted(key)
        self._tasks.do(
            f"open {key}",
            lambda _: _open_with(run.path, weights, run.dataset),
            lambda opened: self._on_reopened(opened, weights),
        )

    def _wanted(self, key: str) -> WeightsChoice:
        return WeightsChoice.parse(self._session.view.weights_of(key))

    def _say_problem(self, opened: OpenedRun) -> None:
        """Tell the user what could not be read; the View then has the weights that are used instead."""
        if opened.problem:
            self._notify(opened.problem)
            if opened.run.used is not None and opened.run.used.choice == FINAL:
                self._session.amend(panes=self._session.view.with_weights(opened.run.key, str(FINAL)))

    def _on_opened(self, opened: OpenedRun, instead: Pane | None, step: str, weights: WeightsChoice | None) -> None:
        run = opened.run
        if run.key not in self._opening:  # its pane was closed meanwhile, or its training has begun
            return
        if opened.loaded is not None:
            run = replace(run, weights=self._asker.take_model(opened.loaded))
        panes.drop_codes_of_another_size(self._session, run)
        self._store.open(run)
        if not panes.is_shown(self._session, run.key):
            self.show(run.key, panes.index_of(self._session, instead), step)
        if weights is not None and run.used is not None:
            self._session.amend(panes=self._session.view.with_weights(run.key, str(run.used.choice)))
        self._say_problem(opened)
        # Only now: a window without panes must not say in between that nothing is open.
        self._no_longer_opening(run.key)
        if run.used is not None:  # undo or redo may have changed the choice while the run was read
            self._follow_choice(run)
        self._data.load_of(run)

    def _on_reopened(self, opened: OpenedRun, weights: WeightsChoice) -> None:
        run = opened.run
        # With another choice since then, a later answer is on its way.
        if run.key not in self._store.runs or self._trains(run.key) or weights != self._wanted(run.key):
            return
        # Word vectors start as noise: a projection fitted to that shows nothing of the trained ones.
        shown = None if run.description.of_words else self._replays.live_plane(run.key)
        if run.plane is not None and shown is not None and shown.projection.latent_dim == run.latent_dim:
            run = replace(run, plane=replace(run.plane, projection=_basis_at_the_end(run.plane, shown.projection)))
        elif run.plane is None and run.dataset is not None:
            run = replace(run, plane=shown)  # until `LivePlanes` has encoded the samples with these weights
        if run.key in self._replays:
            run = self._replays.keep_reopened(run, opened.loaded)
        elif opened.loaded is not None:
            run = replace(run, weights=self._asker.take_model(opened.loaded))
        self._store.replace_all(run)
        self._say_problem(opened)

    def _notify(self, sentence: str) -> None:
        self._asker.messages.notify(sentence)

    def _ladder_of(self, key: str) -> str:
        run = self._store.get(key)
        return run.group.identity if run is not None and run.group is not None and run.group.kind == "ladder" else ""

    def _is_user_model(self, key: str) -> bool:
        return key in self._store.runs and self._store.runs[key].is_user_model

    def _trains(self, key: str) -> bool:
        return self._training.control(key) is not None


def _open_with(path: Path, weights: WeightsChoice, dataset: Dataset | None = None) -> OpenedRun:
    """Open a run with the chosen weights; if it does not have them, with the final ones and a sentence on that.

    Raises
    ------
    RunError
        If the run cannot be opened.
    """
    try:
        return open_for_viewing(path, dataset, weights=weights)
    except RunError as error:
        # The whole path would leave no room for the fault in the line of messages.
        fault = str(error).replace(str(path), path.name)
        if weights == FINAL:
            raise RunError(fault) from error
        opened = _open_with(path, FINAL, dataset)
        return replace(opened, problem=f"{fault}; the final weights are used instead")


def _with_basis(run: OpenRun, shown: PlaneCodes) -> OpenRun:
    """Return a run whose plane has the projection of the shown one; without a plane, with the shown one."""
    plane = shown if run.plane is None else replace(run.plane, projection=shown.projection)
    return replace(run, plane=plane)


def _basis_at_the_end(plane: PlaneCodes, watched: Projection) -> Projection:
    """Return the projection shown during training, so that the plane does not turn; a new one if it shows far more.

    The former was fitted to codes at the beginning of the training and may show next to nothing of the final ones.
    """
    # With two latent dimensions every projection shows everything.
    if watched.is_whole:
        return watched
    keeps = watched.share_shown(plane.mean) >= ENOUGH_SHOWN * plane.projection.share_shown(plane.mean)
    return watched if keeps else plane.projection
