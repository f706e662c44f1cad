"""Saves a traversal as a figure, an animation or numbers, by the same functions as the command line.

1. The user chooses a file; each section is asked for all the rows that are saved.
2. When the last answer has arrived, the file is written in the background.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from explorer.jobs.workers.inference import Answer
from explorer.latent.directions.sections import Section
from explorer.latent.directions.traversal_answer import TraversalAnswer
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.traverse.traverse_questions import FEW_DIRECTIONS, TraversalQuestions
from explorer.ui.traverse.traverse_words import Centre
from explorer.ui.widgets.saving import FIGURE_KINDS, FILM_KINDS, ask_path

SAVED: tuple[Section, ...] = ("dimensions", "principal", "local", "vectors")
"""The sections in the order of the command line."""
NOTHING = "There is no traversal to save: click a point on a plane first"

Write = Callable[[Path, Sequence[TraversalAnswer]], None]


class TraversalSaver(QObject):
    """Saves the traversal of the panel, with all rows."""

    def __init__(self, state: AppState, questions: TraversalQuestions, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel, self._questions = panel, questions
        self._tasks, self._messages = state.tasks, state.messages
        self._live = {
            section: LiveQuestion(state.asker, partial(self._on_answer, section), follows_weights=False, parent=self)
            for section in SAVED
        }
        self._answers: dict[Section, TraversalAnswer | None] = {}
        self._path: Path | None = None
        self._write: Write | None = None

    def save_figure(self, names: Mapping[int, str], *, difference: bool, dark: bool) -> None:
        """Ask for a file, and save all rows as PNG, SVG or PDF."""
        centre = self._questions.centre

        def write(path: Path, answers: Sequence[TraversalAnswer]) -> None:
            from explorer.plot.decodes.traversal_figure import new_traversal
            from explorer.plot.figures import save_figure  # not above: matplotlib takes long to import

            assert centre is not None
            title = f"{centre.run.name} around {_title(centre)}"
            look = {"names": names, "difference": difference, "dark": dark}
            save_figure(path, new_traversal(answers, centre.run.description, title, **look))  # type: ignore[arg-type]

        self._save("Save traversal", FIGURE_KINDS, write)

    def save_film(self, *, dark: bool) -> None:
        """Ask for a file, and save an animation that shows all rows at one step after the other."""
        centre = self._questions.centre

        def write(path: Path, answers: Sequence[TraversalAnswer]) -> None:
            from explorer.export.films import save_traversal_film

            assert centre is not None
            save_traversal_film(path, answers, centre.run.description, dark=dark)

        self._save("Save animation", FILM_KINDS, write)

    def save_numbers(self, names: Mapping[int, str]) -> None:
        """Ask for a file, and save codes, decodes and changes as NPZ or CSV."""

        def write(path: Path, answers: Sequence[TraversalAnswer]) -> None:
            from explorer.export.traversal_table import save_traversal_arrays, save_traversal_table

            if path.suffix.lower() == ".npz":
                save_traversal_arrays(path, answers)
            else:
                save_traversal_table(path, answers, names)

        self._save("Save numbers of the traversal", {"npz": "NumPy arrays", "csv": "CSV table"}, write)

    def _save(self, title: str, kinds: Mapping[str, str], write: Write) -> None:
        centre = self._questions.centre
        if centre is None:
            self._messages.notify(NOTHING)
            return
        path = ask_path(self._panel, title, f"{centre.run.name}-traversal.{next(iter(kinds))}", kinds)
        if path is not None:
            self.save_to(path, write)

    def save_to(self, path: Path, write: Write) -> None:
        """Ask for all rows, and write them to ``path`` once they are known."""
        # A second export replaces one that still waits for its rows.
        self._answers, self._path, self._write = {}, path, write
        for section in SAVED:
            centre = self._questions.centre
            # A request for more rows than exist is no error, so one request covers all vectors.
            rows = FEW_DIRECTIONS if centre is None or section != "dimensions" else centre.run.latent_dim
            question = self._questions.whole(section, rows)
            if question is not None:
                self._live[section].ask(question)

    def _on_answer(self, section: Section, answer: Answer) -> None:
        if not answer.final or self._path is None or self._write is None:
            return
        self._answers[section] = answer.value if isinstance(answer.value, TraversalAnswer) else None
        if len(self._answers) < len(SAVED):
            return
        known = [self._answers[section] for section in SAVED]
        # Sections that are not defined for the model are left out, as the command line does.
        found = [one for one in known if one is not None and one.rows]
        path, write, self._path = self._path, self._write, None
        if found:
            self._tasks.save(path, lambda _: write(path, found))
        else:
            self._messages.notify(NOTHING)


def _title(centre: Centre) -> str:
    if centre.sample is not None:
        return centre.run.description.sample_title(centre.sample)
    # As on the command line, which writes the code as it is given.
    return f"z = {','.join(map(repr, centre.z))}"
