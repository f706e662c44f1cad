"""Asks every model in view for the spoiled sample's restoration, and holds the newest answers."""

from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from explorer.config import ConfigError
from explorer.data.corruption import Corruption, check_corruption
from explorer.jobs.queries.corruption_question import NotRestored, RestoreSample
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.latent.metrics.decoder.restored_sample import RestoredSample
from explorer.session import View
from explorer.ui.corruption.paint_history import PaintHistory
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestions

FIRST = Corruption("gaussian", 0.4)
"""For a run that was trained without corruption."""


@dataclass(frozen=True)
class Spoiled:
    """What is asked of the models: which sample of which run's data, and how it is spoiled."""

    run: str = ""
    sample: int = -1
    corruption: Corruption = FIRST
    seed: int = 0


class CorruptionController(QObject):
    """Follows the probe's sample; a place keeps the last sample. It asks nothing while it is not `set_active`.

    Signals
    -------
    changed
        What is asked, or an answer, changed.
    """

    changed = Signal()

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._session, self._probing = state.store, state.session, state.probing
        self._questions = LiveQuestions(state.asker, self._on_answer, parent=self)
        self._active = False
        self._chosen = False
        self._random = np.random.default_rng(0)
        self.spoiled = Spoiled()
        self.painting: PaintHistory | None = None
        self.answers: dict[str, RestoredSample | NotRestored] = {}
        state.session.listen(self.show_view)
        state.store.weights_changed.connect(self._on_news)
        state.store.details_changed.connect(self._on_news)
        state.store.opened.connect(self._on_news)
        state.store.closed.connect(self._on_closed)

    # What there is

    @property
    def run(self) -> OpenRun | None:
        """The run whose sample it is; else the active one, so that there is one to take a sample from."""
        return self._store.runs.get(self.spoiled.run)

    @property
    def shown_runs(self) -> tuple[OpenRun, ...]:
        """The sample's own run, then the others in view that were trained on the same data."""
        own = self.run
        if own is None:
            return ()
        others = [self._store.runs.get(pane.run) for pane in self._session.view.panes]
        same = [run for run in others if run is not None and run.description.fingerprint == own.description.fingerprint]
        return tuple({run.key: run for run in (own, *same)}.values())

    @property
    def problem(self) -> str:
        """Why there is nothing to show, as a sentence that says what to do; "" where there is."""
        run = self.run
        if not self._store.runs:
            return "Open or train a run, then click a point on its plane to choose a sample."
        if run is None:
            return "Click a point on a plane or take a random sample. It is corrupted here, and the model restores it."
        if run.description.kind == "text":
            return "Texts cannot be corrupted here. Probe a picture or a vector."
        if run.dataset is None:
            missing = run.missing_data or "its data is loading"
            return f"The sample of {run.name} cannot be shown: {missing}."
        return ""

    @property
    def can_paint(self) -> bool:
        """Whether there is a picture to paint on."""
        return self.painting is not None and not self.problem

    # What the hand does

    def set_active(self, active: bool) -> None:
        """Begin to ask and to follow the probe, or stop."""
        self._active = active
        if active:
            self._follow_probe()
            self._ask_all()
        else:
            self._probing.mark_codes({})
        self.changed.emit()

    def set_corruption(self, corruption: Corruption) -> None:
        """Spoil it another way."""
        self._chosen = True
        self._change(replace(self.spoiled, corruption=corruption))

    def new_noise(self) -> None:
        """Draw the noise, or what is hidden, anew."""
        self._change(replace(self.spoiled, seed=self.spoiled.seed + 1))

    def as_trained(self) -> None:
        """Take the corruption that the sample's run was trained with."""
        if self.run is not None:
            self._chosen = False
            self._change(replace(self.spoiled, corruption=own_corruption(self.run)))

    def random_sample(self) -> None:
        """Put the probe on a random sample of the active run, of the test split where it is known."""
        key = self._session.view.active_run
        run = self._store.runs.get(key or "")
        if run is None or run.plane is None or not len(run.plane.index):
            return
        rows = np.arange(len(run.plane.index))
        if run.plane.split is not None and (run.plane.split == "test").any():
            rows = np.flatnonzero(run.plane.split == "test")
        self._probing.probe_sample(run.key, int(run.plane.index[self._random.choice(rows)]))

    def repaint(self) -> None:
        """Ask again: what is painted changed."""
        self._ask_all()
        self.changed.emit()

    # Asking

    def show_view(self, old: View, new: View) -> None:
        """Follow the probe and the panes."""
        if not self._active:
            return
        if old.probe != new.probe:
            self._follow_probe()
        if old.panes != new.panes:
            self._ask_all()
            self.changed.emit()

    def _follow_probe(self) -> None:
        probe = self._session.view.probe
        if probe is None or probe.sample is None or probe.run not in self._store.runs:
            return
        run = self._store.runs[probe.run]
        corruption = self.spoiled.corruption
        if not self._chosen or not _suits(corruption, run):
            corruption = own_corruption(run)
        self._change(replace(self.spoiled, run=run.key, sample=probe.sample, corruption=corruption))

    def _change(self, spoiled: Spoiled) -> None:
        if spoiled == self.spoiled:
            return
        moved = (spoiled.run, spoiled.sample) != (self.spoiled.run, self.spoiled.sample)
        self.spoiled = spoiled
        if moved:
            self._fit_painting()
        self._ask_all()
        self.changed.emit()

    def _fit_painting(self) -> None:
        """Keep what is painted for the next picture of its size."""
        run = self.run
        if run is None or run.description.kind != "image":
            self.painting = None
        elif self.painting is None or self.painting.layer.shape != run.description.shape[-2:]:
            self.painting = PaintHistory(run.description.shape)

    def _ask_all(self) -> None:
        shown = {run.key for run in self.shown_runs}
        self.answers = {key: answer for key, answer in self.answers.items() if key in shown}
        if not self._active or self.problem:
            return
        painted = None if self.painting is None else self.painting.layer
        asked = self.spoiled
        for run in self.shown_runs:
            if run.dataset is not None:
                question = RestoreSample(run.key, asked.sample, asked.corruption, asked.seed, painted)
                before = self._questions.asked(run.key)
                same = isinstance(before, RestoreSample) and before.sample == asked.sample
                self._questions.ask(question, supersedes=not same)

    def _on_answer(self, answer: Answer) -> None:
        if not self._active or answer.question.run not in {run.key for run in self.shown_runs}:
            return
        self.answers[answer.question.run] = answer.value
        found = {key: value for key, value in self.answers.items() if isinstance(value, RestoredSample)}
        self._probing.mark_codes({key: tuple(map(float, value.z)) for key, value in found.items()})
        self.changed.emit()

    @Slot(str)
    def _on_news(self, key: str) -> None:
        """Ask anew where weights, data or panes changed."""
        if not self._active:
            return
        if self.run is None:
            self._follow_probe()
        if key in {run.key for run in self.shown_runs}:
            self._ask_all()
        self.changed.emit()

    @Slot(str)
    def _on_closed(self, key: str) -> None:
        self.answers.pop(key, None)
        if key == self.spoiled.run:
            self.spoiled = replace(self.spoiled, run="", sample=-1)
            self.painting = None
        self.changed.emit()


def own_corruption(run: OpenRun) -> Corruption:
    """Return what a run was trained with; noise where that is nothing."""
    own = Corruption.of_training(run.config.train)
    return own if own.changes else FIRST


def _suits(corruption: Corruption, run: OpenRun) -> bool:
    try:
        check_corruption(corruption.kind, run.description)
    except ConfigError:
        return False
    return True
