"""The state that the window's parts share: the session, the open runs, and the services that work on them.

1. `Lifetime` creates inboxes, workers, the run store and the asker, in this order: each uses its predecessors.
2. `start_state` creates the services, each with the parts that it needs, and composes them as an `AppState`.
3. Parts of the window take from the `AppState` what they need when they are created.
4. `Lifetime.close` stops inboxes first, so that no reply reaches a closing window, then the workers, then the
   garbage collection.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject

from explorer.config import DataConfig
from explorer.jobs.workers.inference import InferenceWorker
from explorer.jobs.workers.training_worker import TrainingWorker
from explorer.session import Session, View
from explorer.ui.services.chosen_weights import ChosenWeights
from explorer.ui.services.diagnoses import Diagnoses
from explorer.ui.services.live_planes import LivePlanes
from explorer.ui.services.pane_verbs import PaneVerbs
from explorer.ui.services.paths import Paths
from explorer.ui.services.probing import LearnedPriors, Probing, TypicalDistances
from explorer.ui.services.replay_state import ReplayState
from explorer.ui.services.replays import Replays
from explorer.ui.services.run_data import RunData
from explorer.ui.services.run_figures import RunFigures
from explorer.ui.services.run_folders import RunFolders
from explorer.ui.services.run_opener import RunOpener
from explorer.ui.services.trainings import NEWS_MILLISECONDS, GroupTrainings, Trainings
from explorer.ui.state import panes
from explorer.ui.state.asker import Asker, Inbox
from explorer.ui.state.counterfactuals import Counterfactuals
from explorer.ui.state.garbage import GarbageCollecting
from explorer.ui.state.panes import RunMarks
from explorer.ui.state.pins import Pins
from explorer.ui.state.run_store import RunStore
from explorer.ui.state.tasks import Messages, Tasks
from explorer.ui.state.unit_source import UnitSource

CLOSE_SECONDS = 10.0
"""Maximum time to wait at the end for a training step and its checkpoint to finish."""


class Lifetime(QObject):
    """Owns the workers and stops them; Qt parent of all services.

    ``closed`` is True after `close` was called.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.closed = False
        # First: no worker may run a collection.
        self.garbage = GarbageCollecting(self)
        # Answers are delivered immediately; a training's events are bundled to about 30 per second.
        self.inbox, self.news = Inbox(parent=self), Inbox(NEWS_MILLISECONDS, self)
        self.inference = InferenceWorker(self.inbox.mailbox)
        self.training = TrainingWorker(self.news.mailbox)
        self.store, self.messages = RunStore(self), Messages(self)
        self.asker = Asker(self.store, self.inference, self.messages, self)
        self.tasks = Tasks(self.inbox.mailbox, self.messages, self)

    def abandon(self) -> None:
        """Ask every thread to end; may be called from any thread, when the program ends with the window open."""
        for inbox in (self.news, self.inbox):
            inbox.mailbox.close()
        for worker in (self.training, self.tasks, self.inference):
            worker.stop()

    def close(self) -> bool:
        """Stop and save trainings and end all threads; return False if one has not ended within 10 s."""
        self.closed = True
        for one in (self.news, self.inbox, self.asker):
            one.stop()
        self.abandon()
        # One deadline for all workers.
        deadline = time.monotonic() + CLOSE_SECONDS
        workers = (self.training, self.tasks, self.inference)
        ended = [worker.close(max(0.0, deadline - time.monotonic())) for worker in workers]
        self.garbage.stop()  # last: no thread is left that could collect
        return all(ended)


@dataclass(frozen=True, eq=False)
class AppState:
    """The parts of the window's state. It has no behaviour of its own.

    A part of the window takes from it what it needs when it is created.

    Attributes
    ----------
    session
        What is on screen, with undo.
    store
        The open runs.
    asker
        Passes questions to models; see `LiveQuestion`.
    tasks
        Background tasks.
    messages
        Messages to the user.
    """

    session: Session
    store: RunStore
    asker: Asker
    tasks: Tasks
    messages: Messages
    data: RunData
    opener: RunOpener
    folders: RunFolders
    planes: LivePlanes
    panes: PaneVerbs
    trainings: Trainings
    groups: GroupTrainings
    weights: ChosenWeights
    replays: Replays
    figures: RunFigures
    diagnoses: Diagnoses
    priors: LearnedPriors
    distances: TypicalDistances
    probing: Probing
    paths: Paths
    pins: Pins
    counterfactuals: Counterfactuals
    marks: RunMarks
    units: UnitSource
    lifetime: Lifetime


class _KeepsSelection(QObject):
    """Clears the selection when a run with other data becomes active."""

    def __init__(self, session: Session, store: RunStore, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._store = session, store
        session.listen(self.show_view)

    def show_view(self, old: View, new: View) -> None:
        """Clear the selection if the active run has other data."""
        if old.active_run != new.active_run:
            panes.drop_selection_of_other_data(self._session, self._store.runs, old, new)


def start_state(
    runs_folder: Path,
    shipped: tuple[Path, ...] = (),
    first_data: DataConfig | None = None,
    parent: QObject | None = None,
) -> AppState:
    """Start the workers and services of a window; return its state, without any open run.

    ``first_data`` is the data of the next run until the user chooses another.
    """
    life = Lifetime(parent)
    session, store, asker, tasks, messages = Session(), life.store, life.asker, life.tasks, life.messages
    # The order follows the dependencies; each service gets only what it uses.
    data = RunData(asker, tasks, first_data, life)
    replay_state = ReplayState(asker, life)
    planes = LivePlanes(session, asker, tasks, life.training, replay_state, life)
    opener = RunOpener(session, asker, tasks, life.training, data, planes, replay_state, life)
    folders = RunFolders(runs_folder, shipped, session, asker, tasks, data, replay_state, opener, life)
    trainings = Trainings(session, asker, tasks, life.training, data, planes, replay_state, opener, folders, life)
    groups = GroupTrainings(tasks, data, planes, opener, folders, trainings, life)
    replays = Replays(session, asker, replay_state, life)
    priors = LearnedPriors(asker, life)
    units = UnitSource(life)
    diagnoses = Diagnoses(asker, trainings, units, life)
    probing = Probing(session, store, priors, life)
    figures = RunFigures(asker, tasks, trainings, life)
    paths = Paths(session, asker, life)
    weights = ChosenWeights(session, store, trainings, life)
    _KeepsSelection(session, store, life)
    verbs = PaneVerbs(session, store, opener, messages)
    return AppState(
        session, store, asker, tasks, messages, data, opener, folders, planes, verbs, trainings, groups, weights,
        replays, figures, diagnoses, priors, TypicalDistances(asker, life), probing, paths,
        Pins(session, store, messages), Counterfactuals(session, life), RunMarks(session, life), units, life,
    )  # fmt: skip
