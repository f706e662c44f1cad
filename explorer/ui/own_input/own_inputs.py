"""The user's own inputs of this session, and the results of each run in view for the chosen one.

1. Editors, the clipboard and files add an input, or replace the source of the chosen one while it is edited.
2. While active, each run in view whose data fits is asked `EncodeInput`, with the steps of the fitting that the user
   switched on or off for this data.
3. Each answer is kept by input and run, is marked on the plane of the run, and ``changed`` is emitted.
4. When weights, data, panes or the class change, the questions are asked again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from explorer.data.own_input.fit_input import why_no_fit
from explorer.data.own_input.sources import InputSource
from explorer.jobs.plane.scene import class_of_sample
from explorer.jobs.queries.own_input_questions import EncodeInput
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.latent.codes.encode_input import EncodedInput
from explorer.latent.steps import Absent
from explorer.session import View
from explorer.ui.services.app_state import AppState
from explorer.ui.services.probing import MarkedInput
from explorer.ui.state.live_question import LiveQuestions
from explorer.ui.state.panes import shown_runs

MAX_INPUTS = 50
"""Maximum number of inputs that are kept; the oldest are dropped."""
NO_ENCODER, NO_DECODER = "its model has no encoder", "its model has no decoder"
ABOUT = ("panes", "active", "condition")
"""Fields of the View that the answers depend on."""


@dataclass(frozen=True)
class OwnInput:
    """One input.

    Attributes
    ----------
    number
        Identifies it in this session.
    choices
        Steps of the fitting that the user switched on or off, by the fingerprint of the data.
    path
        The file that it was opened from, or saved to; None for others.
    """

    number: int
    name: str
    source: InputSource
    choices: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    path: Path | None = None


class OwnInputs(QObject):
    """Holds the inputs, and asks the runs in view about the chosen one.

    Signals
    -------
    changed
        Inputs, answers or runs changed.
    chosen_changed
        Another input is chosen.
    """

    changed = Signal()
    chosen_changed = Signal()

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._session, self._probing = state.store, state.session, state.probing
        self._questions = LiveQuestions(state.asker, self._on_answer, self._question_of, parent=self)
        self._active, self._count = False, 0
        self.inputs: tuple[OwnInput, ...] = ()
        self._chosen = 0  # number of the chosen input; 0 for none
        self._answers: dict[tuple[int, str], EncodedInput | Absent] = {}
        self._asked: dict[str, int] = {}  # number of the input that each run was asked about
        state.session.listen(self.show_view)
        for signal in (state.store.opened, state.store.details_changed):
            signal.connect(self._on_run)
        state.store.closed.connect(self._on_closed)

    # State

    @property
    def chosen(self) -> OwnInput | None:
        """The chosen input."""
        return next((one for one in self.inputs if one.number == self._chosen), None)

    @property
    def active_run(self) -> OpenRun | None:
        """The run of the active pane."""
        return self._store.get(self._session.view.active_run)

    @property
    def runs(self) -> tuple[tuple[OpenRun, str], ...]:
        """The runs in view, that of the active pane first, with why the chosen input does not fit; "" if it does."""
        active = self._session.view.active_run
        shown = shown_runs(self._session.view, self._store.runs)
        return tuple((run, self.why_not(run)) for run in sorted(shown, key=lambda run: run.key != active))

    def why_not(self, run: OpenRun) -> str:
        """Return why the chosen input cannot be encoded by a run; "" if it can."""
        if not run.capabilities.encoder:
            return NO_ENCODER
        if not run.capabilities.decoder:
            return NO_DECODER
        return "" if self.chosen is None else why_no_fit(self.chosen.source, run.description)

    def fits_any(self, source: InputSource) -> bool:
        """Return whether a source fits the data of any run in view."""
        return any(not why_no_fit(source, run.description) for run, _ in self.runs)

    def answer(self, key: str, number: int | None = None) -> EncodedInput | Absent | None:
        """Return the result of a run for an input, by default the chosen one; None if it is not known."""
        return self._answers.get((self._chosen if number is None else number, key))

    def encoded(self, key: str) -> tuple[tuple[str, EncodedInput], ...]:
        """Return all inputs that a run has encoded, with their names."""
        found = ((one.name, self._answers.get((one.number, key))) for one in self.inputs)
        return tuple((name, value) for name, value in found if isinstance(value, EncodedInput))

    @property
    def next_number(self) -> int:
        """The number of the input that is added next."""
        return self._count + 1

    # Input from the user

    def set_active(self, active: bool) -> None:
        """Start asking and marking, or stop."""
        self._active = active
        if active:
            self._ask_all()
        else:
            self._questions.drop()
            self._asked = {}
            # The marks on the planes belong to the dialog and go with it.
            self._probing.mark_inputs({})
        self.changed.emit()

    def add(self, source: InputSource, name: str, path: Path | None = None) -> None:
        """Add an input and choose it."""
        self._count += 1
        # Each keeps its picture and its answers by every run.
        self.inputs = (*self.inputs, OwnInput(self._count, name, source, path=path))[-MAX_INPUTS:]
        self.choose(self._count)

    def choose(self, number: int) -> None:
        """Choose an input."""
        if number != self._chosen and any(one.number == number for one in self.inputs):
            self._chosen = number
            self._ask_all()
            self.chosen_changed.emit()
            self.changed.emit()

    def edit(self, source: InputSource) -> None:
        """Replace the source of the chosen input, which then is no longer that of its file."""
        if self.chosen is not None and source != self.chosen.source:
            # Without its file: a command that reads it would encode what is no longer shown.
            self._replace(replace(self.chosen, source=source, path=None))

    def set_path(self, number: int, path: Path) -> None:
        """Note where an input was saved."""
        self.inputs = tuple(replace(one, path=path) if one.number == number else one for one in self.inputs)
        self.changed.emit()

    def remove(self) -> None:
        """Remove the chosen input."""
        places = [one.number for one in self.inputs]
        if self._chosen not in places:
            return
        index = places.index(self._chosen)
        self.inputs = tuple(one for one in self.inputs if one.number != self._chosen)
        self._answers = {key: value for key, value in self._answers.items() if key[0] != self._chosen}
        self._chosen = self.inputs[min(index, len(self.inputs) - 1)].number if self.inputs else 0
        self._ask_all()
        self.chosen_changed.emit()
        self.changed.emit()

    def switch(self, run: OpenRun, step: str, on: bool) -> None:
        """Do or leave out a step of the fitting, for all runs with the data of this run."""
        chosen = self.chosen
        if chosen is not None:
            data = run.description.fingerprint
            steps = {**chosen.choices.get(data, {}), step: on}
            self._replace(replace(chosen, choices={**chosen.choices, data: steps}))

    def reset_steps(self) -> None:
        """Choose all steps of the fitting automatically again."""
        if self.chosen is not None and self.chosen.choices:
            self._replace(replace(self.chosen, choices={}))

    def probe(self, key: str) -> None:
        """Move the probe to the code of the chosen input in a run."""
        found = self.answer(key)
        if isinstance(found, EncodedInput):
            self._probing.probe_point(key, tuple(map(float, found.mean)))

    def _replace(self, changed: OwnInput) -> None:
        self.inputs = tuple(changed if one.number == changed.number else one for one in self.inputs)
        self._ask_all()
        self.changed.emit()

    # Questions

    def show_view(self, old: View, new: View) -> None:
        """Follow panes and class."""
        if self._active and any(getattr(old, name) != getattr(new, name) for name in ABOUT):
            self._ask_all()
            self.changed.emit()

    def _question_of(self, key: str) -> EncodeInput | None:
        run, chosen = self._store.get(key), self.chosen
        in_view = any(pane.run == key for pane in self._session.view.panes)
        if not self._active or run is None or chosen is None or not in_view or self.why_not(run):
            return None
        choices = tuple(chosen.choices.get(run.description.fingerprint, {}).items())
        condition = class_of_sample(run, self._session.view.condition)
        return EncodeInput(key, chosen.source, choices, condition, run.dataset is not None)

    def _ask_all(self) -> None:
        for run, _ in self.runs:
            question = self._question_of(run.key)
            if question is None:
                self._questions.drop(run.key)
                self._asked.pop(run.key, None)
            elif question != self._questions.asked(run.key) or self._asked.get(run.key) != self._chosen:
                # While the user draws, answers to earlier strokes of the same input still count.
                self._questions.ask(question, supersedes=self._asked.get(run.key) != self._chosen)
                self._asked[run.key] = self._chosen
        self._mark()

    def _on_answer(self, answer: Answer) -> None:
        key = answer.question.run
        if key in self._asked:
            self._answers[self._asked[key], key] = answer.value
            self._mark()
            self.changed.emit()

    def _mark(self) -> None:
        chosen, marked = self.chosen, {}
        for run, _ in self.runs if self._active and chosen is not None else ():
            found = self.answer(run.key)
            if chosen is not None and isinstance(found, EncodedInput) and not self.why_not(run):
                marked[run.key] = MarkedInput(chosen.name, found.mean, found.log_variance, found.scale_tril)
        self._probing.mark_inputs(marked)

    @Slot(str)
    def _on_run(self, key: str) -> None:
        if self._active and any(pane.run == key for pane in self._session.view.panes):
            self._ask_all()
            self.changed.emit()

    @Slot(str)
    def _on_closed(self, key: str) -> None:
        self._asked.pop(key, None)
        self._answers = {known: value for known, value in self._answers.items() if known[1] != key}
        if self._active:
            self._mark()
            self.changed.emit()
