"""Controller of the corruption dialog: asks every model in view to restore the corrupted sample.

`PaintHistory` holds the layer that the user paints over the sample. The course of a question:

1. `set_active` starts following the probe; while inactive nothing is asked.
2. The probe's sample, the corruption, its seed and the painted layer make one `RestoreSample` question per run.
3. Every run in view that was trained on the same data gets the question (`_ask_all`).
4. Each answer replaces that run's answer, its code is marked on the plane, and ``changed`` is emitted.
5. When weights, data or panes change, the questions are asked again.
"""

from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from explorer.config import ConfigError
from explorer.data.corruption import Corruption, check_corruption
from explorer.jobs.queries.model_questions import NotRestored, RestoreSample
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.latent.metrics.decoder.restoration import RestoredSample
from explorer.session import View
from explorer.ui.corruption.paint_history import PaintHistory
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestions

FIRST = Corruption("gaussian", 0.4)
"""Corruption offered for a run that was trained without any."""


@dataclass(frozen=True)
class CorruptionRequest:
    """The sample of a run's data, and how it is corrupted; -1 stands for no sample."""

    run: str = ""
    sample: int = -1
    corruption: Corruption = FIRST
    seed: int = 0


def why_no_corruption(run: OpenRun) -> str:
    """Return why the samples of a run cannot be corrupted and restored; "" if they can."""
    if run.description.kind == "text":
        return "texts cannot be corrupted"
    if not run.capabilities.encoder:
        return "the model has no encoder"
    return "" if run.capabilities.decoder else "the model has no decoder"


class CorruptionController(QObject):
    """Follows the probe's sample; while the probe is a point without a sample, the last one stays.

    Signals
    -------
    changed
        The question or an answer changed.
    """

    changed = Signal()

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._session, self._probing = state.store, state.session, state.probing
        self._questions = LiveQuestions(state.asker, self._on_answer, parent=self)
        self._active = False
        self._chosen = False  # True once the user chose a corruption
        self._random = np.random.default_rng(0)
        self.request = CorruptionRequest()
        self.painting: PaintHistory | None = None  # None unless the sample is an image
        self.answers: dict[str, RestoredSample | NotRestored] = {}
        state.session.listen(self.show_view)
        state.store.weights_changed.connect(self._on_news)
        state.store.details_changed.connect(self._on_news)
        state.store.opened.connect(self._on_news)
        state.store.closed.connect(self._on_closed)

    # State

    @property
    def run(self) -> OpenRun | None:
        """The run that the sample belongs to, or None."""
        return self._store.runs.get(self.request.run)

    @property
    def shown_runs(self) -> tuple[OpenRun, ...]:
        """The sample's own run, then the other runs in view that were trained on the same data."""
        first = self.run
        if first is None:
            return ()
        others = [self._store.runs.get(pane.run) for pane in self._session.view.panes]
        same = [
            run for run in others if run is not None and run.description.fingerprint == first.description.fingerprint
        ]
        # A dictionary keeps each run once, in order.
        return tuple({run.key: run for run in (first, *same)}.values())

    @property
    def problem(self) -> str:
        """Why nothing can be shown, as a sentence that says what to do; "" if something can."""
        run = self.run
        if not self._store.runs:
            return "Open or train a run, then click a point on its plane to choose a sample."
        if run is None:
            return (
                "Click a point on a plane, or take a random sample. The sample is corrupted here, and the model "
                "reconstructs it."
            )
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

    # Input from the user

    def set_active(self, active: bool) -> None:
        """Start asking and following the probe, or stop."""
        self._active = active
        if active:
            self._follow_probe()
            self._ask_all()
        else:
            # The marks on the planes belong to the dialog and go with it.
            self._probing.mark_codes({})
        self.changed.emit()

    def set_corruption(self, corruption: Corruption) -> None:
        """Corrupt the sample in another way."""
        self._chosen = True
        self._change(replace(self.request, corruption=corruption))

    def new_noise(self) -> None:
        """Draw the noise, or the mask, again."""
        self._change(replace(self.request, seed=self.request.seed + 1))

    def as_trained(self) -> None:
        """Use the corruption that the sample's run was trained with."""
        if self.run is not None:
            # Following the run again, its corruption changes with the next sample's run.
            self._chosen = False
            self._change(replace(self.request, corruption=training_corruption(self.run)))

    def random_sample(self) -> None:
        """Move the probe to a random sample of the active run, from the test split if it is known."""
        key = self._session.view.active_run
        run = self._store.runs.get(key or "")
        if run is None or run.plane is None or not len(run.plane.index):
            return
        rows = np.arange(len(run.plane.index))
        if run.plane.split is not None and (run.plane.split == "test").any():
            rows = np.flatnonzero(run.plane.split == "test")
        self._probing.probe_sample(run.key, int(run.plane.index[self._random.choice(rows)]))

    def repaint(self) -> None:
        """Ask again after the painted layer has changed."""
        self._ask_all()
        self.changed.emit()

    # Questions

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
        corruption = self.request.corruption
        # A corruption that the user chose stays for the next sample if that kind of data allows it.
        if not self._chosen or not _suits(corruption, run):
            corruption = training_corruption(run)
        self._change(replace(self.request, run=run.key, sample=probe.sample, corruption=corruption))

    def _change(self, request: CorruptionRequest) -> None:
        if request == self.request:
            return
        # Another noise or level keeps what is painted; another sample may have another size.
        moved = (request.run, request.sample) != (self.request.run, self.request.sample)
        self.request = request
        if moved:
            self._fit_painting()
        self._ask_all()
        self.changed.emit()

    def _fit_painting(self) -> None:
        """Keep the painted layer for the next sample if that has the same size."""
        # One stroke can then be compared over several samples.
        run = self.run
        if run is None or run.description.kind != "image":
            self.painting = None
        # shape[-2:] is (height, width).
        elif self.painting is None or self.painting.layer.shape != run.description.shape[-2:]:
            self.painting = PaintHistory(run.description.shape)

    def _ask_all(self) -> None:
        shown = {run.key for run in self.shown_runs}
        # Drop answers of runs that are no longer in view.
        self.answers = {key: answer for key, answer in self.answers.items() if key in shown}
        if not self._active or self.problem:
            return
        painted = None if self.painting is None else self.painting.layer
        asked = self.request
        for run in self.shown_runs:
            if run.dataset is not None:
                question = RestoreSample(run.key, asked.sample, asked.corruption, asked.seed, painted)
                # While the level is dragged, answers to earlier levels of the same sample still count.
                before = self._questions.asked(run.key)
                same = isinstance(before, RestoreSample) and before.sample == asked.sample
                self._questions.ask(question, supersedes=not same)

    def _on_answer(self, answer: Answer) -> None:
        # The dialog may have been hidden, or the run left the panes, while the answer was on its way.
        if not self._active or answer.question.run not in {run.key for run in self.shown_runs}:
            return
        self.answers[answer.question.run] = answer.value
        found = {key: value for key, value in self.answers.items() if isinstance(value, RestoredSample)}
        self._probing.mark_codes({key: tuple(map(float, value.z)) for key, value in found.items()})
        self.changed.emit()

    @Slot(str)
    def _on_news(self, key: str) -> None:
        """Ask again if weights, data or runs have changed."""
        if not self._active:
            return
        # The probe's run may have been opened just now.
        if self.run is None:
            self._follow_probe()
        if key in {run.key for run in self.shown_runs}:
            self._ask_all()
        self.changed.emit()

    @Slot(str)
    def _on_closed(self, key: str) -> None:
        self.answers.pop(key, None)
        if key == self.request.run:
            self.request = replace(self.request, run="", sample=-1)
            self.painting = None
        self.changed.emit()


def training_corruption(run: OpenRun) -> Corruption:
    """Return the corruption that a run was trained with, or `FIRST` if it had none."""
    corruption = Corruption.of_training(run.config.train)
    return corruption if corruption.changes else FIRST


def _suits(corruption: Corruption, run: OpenRun) -> bool:
    try:
        check_corruption(corruption.kind, run.description)
    except ConfigError:
        return False
    return True
