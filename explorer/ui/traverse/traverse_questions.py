"""The decoded rows of each section, of those rows that are in view.

1. `show` sets the subject of all questions: the code, the settings, the class.
2. `want` sets which rows of a section are in view. Those that are not decoded for the present code, settings and
   weights are asked for (`Traverse`), and arrive row by row.
3. While a question is computed, a newer one waits for its end: otherwise the rows further down would never be reached
   during a drag. Of several newer ones, the last is asked.
4. Rows of the code before stay until newer ones arrive, so that nothing flickers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from explorer.jobs.queries.traversal_questions import Traverse
from explorer.jobs.workers.inference import Answer
from explorer.latent.directions.sections import Section
from explorer.latent.directions.traversal import TraversalRow
from explorer.latent.directions.traversal_answer import TraversalAnswer
from explorer.latent.steps import Absent
from explorer.session import Traversal
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.traverse.kept_names import Vectors
from explorer.ui.traverse.traverse_words import SECTIONS, Centre

SHARE = 0.3
"""Maximum share of the time for questions about newer weights while the run trains."""
FEW_DIRECTIONS = 3
"""Number of principal directions that are shown; those of less variance say little."""

About = tuple[Traverse, int]
"""Identity of a decoded row: the question without its range of rows, and the version of the weights."""


@dataclass
class ShownSection:
    """The answers about a section.

    Attributes
    ----------
    answer
        The newest answer: keys of all rows, ends, titles, notes; None without one.
    why
        Why the section is not defined; "" if it is, or if it is not known yet.
    """

    section: Section
    answer: TraversalAnswer | None = None
    why: str = ""
    answered: About | None = None
    decoded: dict[str, tuple[TraversalRow, About]] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the rows that are shown, from top to bottom."""
        keys = () if self.answer is None else self.answer.keys
        return keys[:FEW_DIRECTIONS] if self.section in ("local", "principal") else keys

    @property
    def rows(self) -> Mapping[str, TraversalRow]:
        """The decoded rows by their keys."""
        return {key: row for key, (row, _) in self.decoded.items()}

    def missing(self, first: int, count: int, about: About) -> tuple[int, int]:
        """Return the first of some rows that are not decoded yet, and how many from it on."""
        # The keys are those of another code or other settings, so nothing is known of these rows.
        if self.answered != about:
            return first, count
        keys = self.keys[first : first + count]
        # One range from the first to the last missing row: questions have a range, and gaps are rare.
        late = [number for number, key in enumerate(keys) if self.decoded.get(key, (None, None))[1] != about]
        return (first + late[0], late[-1] - late[0] + 1) if late else (first, 0)


class TraversalQuestions(QObject):
    """Asks for the rows of all sections, and holds the newest in ``sections``.

    Signals
    -------
    changed : str
        A section got rows, or turned out not to be defined.
    """

    changed = Signal(str)

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = state.store
        self.sections = {section: ShownSection(section) for section in SECTIONS}
        self._centre: Centre | None = None
        self._traversal = Traversal()
        self._vectors: Vectors = ()
        self._wanted: dict[Section, tuple[int, int]] = {}
        self._again: set[Section] = set()
        self._live = {
            section: LiveQuestion(
                state.asker, partial(self._on_answer, section), partial(self._question, section), share=SHARE,
                parent=self,
            )
            for section in SECTIONS
        }  # fmt: skip

    @property
    def centre(self) -> Centre | None:
        """The code in the middle of the rows."""
        return self._centre

    def show(self, centre: Centre | None, traversal: Traversal, vectors: Vectors) -> None:
        """Set what the rows are about."""
        before = self._centre
        if before is None or centre is None or before.run.key != centre.run.key:
            self.drop()
            for section in SECTIONS:
                self.sections[section] = ShownSection(section)
        elif (self._traversal.steps, before.run.latent_dim) != (traversal.steps, centre.run.latent_dim):
            # Rows of different lengths would not be in columns.
            for shown in self.sections.values():
                shown.decoded.clear()
        self._centre, self._traversal, self._vectors = centre, traversal, vectors
        for section in self._wanted:
            self._ask(section)

    def want(self, rows: Mapping[Section, tuple[int, int]]) -> None:
        """Set which rows are in view: the first and their number for each section with any."""
        # A section that was scrolled away would else be computed before the one in view.
        for section in self._wanted.keys() - rows.keys():
            self._live[section].drop()
        self._wanted = dict(rows)
        for section in rows:
            self._ask(section)

    def drop(self) -> None:
        """Ask nothing until `want` is called."""
        self._wanted, self._again = {}, set()
        for live in self._live.values():
            live.drop()

    def whole(self, section: Section, count: int) -> Traverse | None:
        """Return the question for the first ``count`` rows of a section, whatever is in view."""
        about = self._about(section)
        return None if about is None else replace(about[0], first=0, count=count)

    def _about(self, section: Section) -> About | None:
        centre = self._centre
        run = None if centre is None else self._store.get(centre.run.key)
        if centre is None or run is None:
            return None
        chosen = self._traversal
        # Only there, so that a kept vector does not make the rows of all other sections look out of date.
        vectors = self._vectors if section == "vectors" else ()
        question = Traverse(
            run.key, centre.z, run.plane, section, chosen.span, chosen.steps, chosen.order, 0, 0, centre.condition,
            vectors,
        )  # fmt: skip
        return question, run.weights

    def _question(self, section: Section) -> Traverse | None:
        about = self._about(section)
        if about is None or section not in self._wanted:
            return None
        first, count = self.sections[section].missing(*self._wanted[section], about)
        return replace(about[0], first=first, count=count) if count else None

    def _ask(self, section: Section) -> None:
        question, live = self._question(section), self._live[section]
        if question is None or (live.waits and question == live.asked):
            return
        if live.waits:
            self._again.add(section)
        else:
            live.ask(question, supersedes=False)

    def _on_answer(self, section: Section, answer: Answer) -> None:
        shown, question = self.sections[section], answer.question
        assert isinstance(question, Traverse)
        # Without its range: rows of earlier ranges of the same question count as known.
        about = replace(question, first=0, count=0), answer.version
        if isinstance(answer.value, Absent):
            self.sections[section] = ShownSection(section, why=answer.value.why, answered=about)
        elif isinstance(answer.value, TraversalAnswer):
            shown.answer, shown.answered, shown.why = answer.value, about, ""
            # Added to the rows that are known: each answer has only those that were missing.
            shown.decoded |= {row.direction.key: (row, about) for row in answer.value.rows}
        self.changed.emit(section)
        if answer.final and section in self._again:
            self._again.discard(section)
            self._ask(section)

    @Slot(str)
    def on_run(self, key: str) -> None:
        """Ask again if the codes of the run have changed; while it trains, not more often than `SHARE` allows."""
        if self._centre is not None and key == self._centre.run.key:
            for section in self._wanted:
                self._live[section].refresh()
