"""The questions of the tab Vectors and their newest answers.

1. `show` reads from the View the groups, the vector, the code that it is added to.
2. Only parts that have changed are asked for. A hidden tab asks nothing (`sleep`).
3. The vector of two groups arrives twice: at once, and with its certainty. The strip is asked for with the first.
4. All are asked again at newer weights and codes; while the run trains, within `SHARE` of the time.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from explorer.config import ConfigError
from explorer.jobs.queries.vector_questions import ApplyVector, FindAnalogy, GroupMembers, MakeVector, SummarizeGroup
from explorer.jobs.questions import Question
from explorer.jobs.runs.carried_vectors import carried_groups
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.latent.directions.applied_vector import Analogy, AppliedVector
from explorer.latent.directions.attribute_vector import AttributeVector
from explorer.latent.groups.summary import GroupSummary
from explorer.latent.steps import Absent
from explorer.runs.kept_vectors import KeptVector
from explorer.session import View
from explorer.ui.decode.decode_state import why_no_decode
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.traverse.traverse_words import Centre, centre_of
from explorer.ui.vectors.groups.group_finder import GroupFinder, Start
from explorer.ui.vectors.kept_vectors import KeptVectors
from explorer.ui.vectors.vector_words import decoded_class, start_of, vector_name, why_no_codes

SHARE = 0.3
"""Maximum share of the time for questions about newer weights while the run trains."""
PLUS, MINUS, VECTOR, STRIP, ANALOGY = "plus", "minus", "vector", "strip", "analogy"
PARTS = (PLUS, MINUS, VECTOR, STRIP, ANALOGY)
SAME = 1e-4
"""Largest relative distance of a kept vector from the one that its groups give now, for both to be the same."""


Groups = tuple[GroupMembers | str, GroupMembers | str]
"""Members of both groups, or sentences on why there are none."""


@dataclass(frozen=True, eq=False)
class ShownVector:
    """What the tab is about.

    Attributes
    ----------
    run
        The active run; None without one, or while it has no codes: then ``why`` says what to do.
    plus, minus
        The members of the groups; or a sentence on why there are none, "" if none is chosen.
    kept
        The kept vector that is applied, if it is one.
    start
        The code that the vector is added to.
    probe
        The probe's code in this run; None if it has none here.
    parts
        The members of a, b and c, or why there are none.
    """

    run: OpenRun | None = None
    why: str = ""
    plus: GroupMembers | str = ""
    minus: GroupMembers | str = ""
    by: str = ""
    kept: KeptVector | None = None
    start: Start | None = None
    probe: Start | None = None
    parts: tuple[GroupMembers | str, ...] = ("", "", "")
    condition: int | None = None
    shows: str = "vector"

    @property
    def name(self) -> str:
        """The name of the vector; "" without one."""
        if self.kept is not None:
            return self.kept.name
        groups = self.plus, self.minus
        names = [one.name for one in groups if isinstance(one, GroupMembers)]
        return vector_name(*names) if len(names) == len(groups) else ""


class VectorAnswers(QObject):
    """Asks for what the tab shows, and holds the newest answers.

    Signals
    -------
    changed : str
        One of `PARTS` got an answer, or has none any more.
    """

    changed = Signal(str)

    def __init__(self, state: AppState, kept: KeptVectors, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._kept = state.store, kept
        self.shown = ShownVector()
        self.finder: GroupFinder | None = None
        self._awake = False
        # The groups of the last kept vector: a search in a large data set takes milliseconds.
        self._carried: tuple[KeptVector, GroupFinder, Groups] | None = None
        self._answers: dict[str, Any] = {}
        self._asked: dict[str, Question | None] = {}
        self._live = {
            part: LiveQuestion(
                state.asker, partial(self._on_answer, part), partial(self._again, part), share=SHARE, parent=self
            )
            for part in PARTS
        }

    # Answers

    def summary(self, part: str) -> GroupSummary | None:
        """Return the summary of `PLUS` or `MINUS`."""
        value = self._answers.get(part)
        return value if isinstance(value, GroupSummary) else None

    @property
    def vector(self) -> AttributeVector | None:
        """The vector of the two groups; without its certainty at first."""
        value = self._answers.get(VECTOR)
        return value if isinstance(value, AttributeVector) else None

    @property
    def applied(self) -> AppliedVector | None:
        """The decodes along the vector."""
        value = self._answers.get(STRIP)
        return value if isinstance(value, AppliedVector) else None

    @property
    def analogy(self) -> Analogy | None:
        """The decode of a − b + c."""
        value = self._answers.get(ANALOGY)
        return value if isinstance(value, Analogy) else None

    def why_absent(self, part: str) -> str:
        """Return why a part is not defined; "" if it is, or is not known yet."""
        if part in (ANALOGY, STRIP) and (why := why_no_decode(self.shown.run)):
            return why
        value = self._answers.get(part)
        return value.why if isinstance(value, Absent) else ""

    @property
    def values(self) -> tuple[float, ...] | None:
        """The numbers of the vector that is applied, ``(latent_dim,)``."""
        if self.shown.kept is not None:
            return self.shown.kept.values
        return None if self.vector is None else tuple(self.vector.values.tolist())

    @property
    def is_remade(self) -> bool:
        """Whether the groups of the kept vector give the same vector now, so that their certainty applies to it."""
        vector, kept = self.vector, self.shown.kept
        if vector is None or kept is None:
            return False
        # By a small distance, not by equality: the file has rounded numbers, and other threads sum in another order.
        far = float(np.linalg.norm(vector.values - np.array(kept.values)))
        return far <= SAME * max(vector.length, 1e-12)

    # What is shown

    def show(self, view: View) -> None:
        """Follow the View; while the tab is in front, ask for the parts that have changed."""
        run = self._store.runs.get(view.active_run or "")
        # A finder keeps the classes and columns of its run, and a run is another object after each change of its
        # codes.
        if run is None or self.finder is None or self.finder.run is not run:
            self.finder = None if run is None else GroupFinder(run)
        if self.shown.run is not None and (run is None or run.key != self.shown.run.key):
            self.forget()
        self.shown = self._shown(view, run)
        if self._awake:
            self._ask_all()

    def wake(self, view: View) -> None:
        """Ask for what is missing: the tab is in front."""
        self._awake = True
        self.show(view)

    def sleep(self) -> None:
        """Ask nothing until `wake` is called."""
        self._awake = False
        for part, live in self._live.items():
            live.drop()
            # Only what has no answer is asked for again.
            if part not in self._answers:
                self._asked[part] = None

    def forget(self) -> None:
        """Drop all questions and answers."""
        for live in self._live.values():
            live.drop()
        self._answers.clear()
        self._asked.clear()

    def _shown(self, view: View, run: OpenRun | None) -> ShownVector:
        chosen = view.arithmetic
        if run is None or self.finder is None or why_no_codes(run):
            return ShownVector(run, why_no_codes(run), shows=chosen.shows)
        kept = self._kept.named(run.key, chosen.kept) if chosen.kept else None
        plus, minus = self._groups(view, kept)
        columns = self.finder.columns if chosen.by else ()
        by = kept.by if kept is not None else chosen.by if chosen.by in columns else ""
        centre = centre_of(view, self._store.runs)
        # A sample that is followed in another pane has a code here, too.
        probe = Start(centre.z, centre.sample) if isinstance(centre, Centre) else None
        parts = tuple(self.finder.find(text, view, probe) if text else "" for text in chosen.parts)
        start = start_of(view, run, probe)
        condition = decoded_class(view, run, start)
        return ShownVector(run, "", plus, minus, by, kept, start, probe, parts, condition, chosen.shows)

    def _groups(self, view: View, kept: KeptVector | None) -> Groups:
        finder, chosen = self.finder, view.arithmetic
        assert finder is not None
        if kept is None:
            plus, minus = (finder.find(text, view) if text else "" for text in (chosen.plus, chosen.minus))
            return plus, minus
        if self._carried is None or self._carried[0] is not kept or self._carried[1] is not finder:
            self._carried = kept, finder, carried_members(kept, finder)
        return self._carried[2]

    # Questions

    def _question(self, part: str) -> Question | None:
        shown = self.shown
        run = None if shown.run is None else self._store.get(shown.run.key)
        if run is None or run.plane is None or shown.why or not self._awake:
            return None
        # Only the shown one of the two is computed.
        if (part == ANALOGY) != (shown.shows == "analogy"):
            return None
        if part in (PLUS, MINUS):
            group = shown.plus if part == PLUS else shown.minus
            if isinstance(group, str):
                return None
            # Part of the question, so that it counts as another one when the data has been loaded.
            has_data = run.dataset is not None
            return SummarizeGroup(run.key, group.samples, run.plane, shown.by, None, has_data)
        if part in (ANALOGY, STRIP) and not run.capabilities.decoder:
            return None
        if part == ANALOGY:
            a, b, c = shown.parts
            if isinstance(a, str) or isinstance(b, str) or isinstance(c, str):
                return None
            return FindAnalogy(run.key, a, b, c, run.plane, shown.condition)
        if part == VECTOR:
            if isinstance(shown.plus, str) or isinstance(shown.minus, str):
                return None
            return MakeVector(run.key, shown.plus, shown.minus, run.plane, shown.by)
        if self.values is None or shown.start is None or len(self.values) != run.latent_dim:
            return None
        return ApplyVector(run.key, shown.start.z, self.values, codes=run.plane, condition=shown.condition)

    def _again(self, part: str) -> Question | None:
        # Noted, so that an answer by newer weights counts as one to the present question.
        self._asked[part] = self._question(part)
        return self._asked[part]

    def _ask_all(self) -> None:
        for part in PARTS:
            self._ask(part)

    def _ask(self, part: str) -> None:
        question, before = self._question(part), self._asked.get(part)
        if question is None:
            if part in self._answers or before is not None:
                self._live[part].drop()
                self._asked[part] = None
                self._answers.pop(part, None)
                self.changed.emit(part)
        elif question != before:
            self._asked[part] = question
            self._live[part].ask(question, supersedes=False)

    def _on_answer(self, part: str, answer: Answer) -> None:
        # A question that has been replaced meanwhile: its answer would show another group under this name.
        if part != STRIP and answer.question != self._asked.get(part):
            return
        if answer.value is None:
            return
        self._answers[part] = answer.value
        if part == VECTOR:
            self._ask(STRIP)
        self.changed.emit(part)

    @Slot(str)
    def on_run(self, key: str) -> None:
        """Ask again if the codes or the data of the run have changed, not more often than `SHARE` allows."""
        if self.shown.run is None or key != self.shown.run.key or not self._awake:
            return
        for part, live in self._live.items():
            question = self._question(part)
            if question is not None and question != self._asked.get(part):
                live.refresh()


def carried_members(kept: KeptVector, finder: GroupFinder) -> Groups:
    """Return the members of the groups of a kept vector in the data of a run, or why there are none."""
    try:
        found = carried_groups(kept, finder.run.description.fingerprint, finder.samples_of)
    except ConfigError as error:
        return str(error), str(error)
    one, other = (
        GroupMembers(group.name, tuple(sorted(samples.tolist())))
        for group, samples in zip((kept.plus, kept.minus), found, strict=True)
    )
    return one, other
