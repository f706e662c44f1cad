"""Replays of the visible runs: chooses and shows the frame of each run at the View's epoch."""

from collections import OrderedDict
from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal, Slot

from explorer.jobs.queries.plane_questions import EmbedPlane
from explorer.jobs.queries.replay_questions import FramePlanes, ReadCodes, ShowFrame, ShownFrame, basis_of
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.runs.files import RunError
from explorer.runs.replay import FrameCodes, ReplayFrame
from explorer.session import Session, View
from explorer.ui.services.replay_state import ReplayState
from explorer.ui.state import panes
from explorer.ui.state.asker import Asker
from explorer.ui.state.live_question import LiveQuestions
from explorer.ui.state.rest_timer import RestTimer

CACHED_BYTES = 64_000_000
"""Maximum memory for the codes of one run's frames, in bytes."""
PAINT_MILLISECONDS = 12
"""Delay before the question for a frame's model: reading it immediately would delay the painting of its points."""


class _Reel:
    """The frames of one run that have been read."""

    def __init__(self, run: OpenRun, planes: FramePlanes) -> None:
        self.planes = planes
        self.wanted: ReplayFrame | None = None
        self.shown: ReplayFrame | None = None
        self.asked_all = False
        # By step, the least recently used first.
        self._codes: OrderedDict[int, FrameCodes] = OrderedDict()
        self._max_frames = 1

    def codes(self, step: int) -> FrameCodes | None:
        if step in self._codes:
            self._codes.move_to_end(step)
        return self._codes.get(step)

    def take(self, found: Mapping[int, FrameCodes]) -> None:
        for step, codes in found.items():
            self._codes[step] = codes
            # At least four, however large: the current frame, its neighbours, and one that is just read.
            self._max_frames = max(4, CACHED_BYTES // max(1, _bytes_of(codes)))
        while len(self._codes) > self._max_frames:
            self._codes.popitem(last=False)

    def missing(self, frames: tuple[ReplayFrame, ...]) -> tuple[ReplayFrame, ...]:
        """Return the frames that are not read yet; none if there is no room for all frames."""
        if len(frames) > self._max_frames:
            return ()
        return tuple(frame for frame in frames if frame.step not in self._codes)


class Replays(QObject):
    """Shows every visible run that has a replay at the View's epoch, or its newest weights if the View has none.

    1. A new epoch in the View, an opened run or a longer replay determines the frame that a run has to show.
    2. Cached codes are shown immediately; the frame's model is asked for after its points have been painted.
    3. The answer contains the model, which is used from then on, and codes that were not cached.
    4. If the frames of a run contain no codes, the model embeds the samples again.
    5. After the first frame of a run the codes of all its frames are read, if there is room for them.

    Signals
    -------
    changed
        The available epochs changed, or the runs that show a frame.
    """

    changed = Signal()

    def __init__(self, session: Session, asker: Asker, state: ReplayState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._asker, self._store, self._state = session, asker, asker.store, state
        self._reels: dict[str, _Reel] = {}
        # Models to ask for by run; while scrubbing, a newer frame replaces an older one before it is asked.
        self._models: dict[str, ShowFrame] = {}
        self._frames = LiveQuestions(asker, self._on_frame, parent=self)
        self._codes = LiveQuestions(asker, self._on_codes, parent=self)
        self._planes = LiveQuestions(asker, self._on_plane, parent=self)
        self._painted = RestTimer(asker, PAINT_MILLISECONDS, self)
        self._painted.timeout.connect(self._ask_models)
        self._store.opened.connect(self._on_run)
        self._store.details_changed.connect(self._on_run)
        self._store.closed.connect(self._on_closed)
        session.listen(self.show_view)

    @property
    def runs(self) -> list[OpenRun]:
        """The visible runs that have a replay, from left to right, each once."""
        return [run for run in panes.shown_runs(self._session.view, self._store.runs) if run.replay.frames]

    def epochs(self) -> list[float]:
        """Return the available epochs in ascending order: those of all frames except frames that equal a run's end."""
        epochs: set[float] = set()
        for run in self.runs:
            frames = run.replay.frames
            kept = frames if run.frame_at(frames[-1].epoch) is not None else frames[:-1]
            epochs |= {frame.epoch for frame in kept}
        return sorted(epochs)

    def show_view(self, old: View, new: View) -> None:
        """Show the View's epoch if it or the panes have changed."""
        if (old.replay_epoch, old.panes) == (new.replay_epoch, new.panes):
            return
        shown = {pane.run for pane in new.panes}
        for key in [key for key in self._reels if key not in shown]:
            self._end(key)
        for run in panes.shown_runs(new, self._store.runs):
            self._show(run, new.replay_epoch)

    def _show(self, run: OpenRun, epoch: float | None) -> None:
        frame = None if epoch is None else run.frame_at(epoch)
        if frame is None or self._asker.model(run.key) is None:
            self._end(run.key)
            return
        reel = self._reel(run)
        if reel.wanted == frame:
            return
        # Set before anything is shown: answers about other frames are then ignored.
        reel.wanted = frame
        self._state.begin(run.key, frame.epoch)
        self._models[run.key] = ShowFrame(run.key, frame, run.config.model)
        if (codes := reel.codes(frame.step)) is None:
            self._ask_models()
            return
        self._show_codes(run, reel, frame, codes)
        # Not restarted: while scrubbing steadily, the timer must still fire.
        if not self._painted.isActive():
            self._painted.begin()

    @Slot()
    def _ask_models(self) -> None:
        """Ask for the models of the frames shown now."""
        for question in self._models.values():
            self._frames.ask(question, supersedes=False)
        self._models.clear()

    def _reel(self, run: OpenRun) -> _Reel:
        if run.key not in self._reels:
            # The newest plane has labels and columns, which frames do not store.
            known = self._state.live_plane(run.key)
            self._reels[run.key] = _Reel(run, FramePlanes(run.latent_dim, known, run.dataset))
        return self._reels[run.key]

    def _show_codes(self, run: OpenRun, reel: _Reel, frame: ReplayFrame, codes: FrameCodes) -> None:
        try:
            plane = reel.planes.plane(frame.step, codes, basis_of(run.latent_dim, run.plane))
        except RunError as error:
            self._asker.messages.notify(f"{run.name}: {error}")
            return
        reel.shown = frame
        self._state.show_plane(run.key, plane)

    def _end(self, key: str) -> None:
        self._models.pop(key, None)
        if (reel := self._reels.get(key)) is not None and reel.wanted is not None:
            reel.wanted = reel.shown = None
            self._planes.drop(key)
            self._state.end(key)

    # News

    def _on_codes(self, answer: Answer) -> None:
        run, reel = self._store.runs[answer.question.run], self._reels.get(answer.question.run)
        if reel is not None:
            reel.take(answer.value)
            self._show_wanted(run, reel)

    def _on_frame(self, answer: Answer) -> None:
        run, reel, found = self._store.runs[answer.question.run], self._reels.get(answer.question.run), answer.value
        if reel is None or reel.wanted is None:
            return
        if isinstance(found, RunError):
            self._asker.messages.notify(f"{run.name}: {found}")
            return
        assert isinstance(found, ShownFrame)
        self._state.show_model(found.loaded)
        if found.codes is None:
            # An answer about a frame that was scrubbed past is not embedded.
            if found.frame == reel.wanted:
                self._planes.ask(EmbedPlane(run.key, None, basis_of(run.latent_dim, run.plane)))
            return
        reel.take({found.frame.step: found.codes})
        self._show_wanted(self._store.runs[run.key], reel)
        if not reel.asked_all and (frames := reel.missing(run.replay.frames)):
            reel.asked_all = True
            self._codes.ask(ReadCodes(run.key, frames))

    def _on_plane(self, answer: Answer) -> None:
        if answer.value is not None and answer.question.run in self._state:
            self._state.show_plane(answer.question.run, answer.value)

    def _show_wanted(self, run: OpenRun, reel: _Reel) -> None:
        """Show the wanted frame's codes if they are read and not shown yet."""
        if reel.wanted is None or reel.shown == reel.wanted:
            return
        if (codes := reel.codes(reel.wanted.step)) is not None:
            self._show_codes(run, reel, reel.wanted, codes)

    @Slot(str)
    def _on_run(self, key: str) -> None:
        """Show the View's epoch in a run that was opened or whose replay has grown."""
        run = self._store.get(key)
        if run is not None and panes.is_shown(self._session, key):
            self._show(run, self._session.view.replay_epoch)
        self.changed.emit()

    @Slot(str)
    def _on_closed(self, key: str) -> None:
        self._reels.pop(key, None)
        self._models.pop(key, None)
        self.changed.emit()


def _bytes_of(codes: FrameCodes) -> int:
    parts = (codes.index, codes.mean, codes.log_variance, codes.scale_tril)
    return sum(part.nbytes for part in parts if part is not None)
