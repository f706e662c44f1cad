"""Saves the contents of the tab by the functions of the command line, so "Copy as command" makes the same files."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from explorer.data.context import LoadContext
from explorer.data.dataset import Description
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.directions.applied_vector import Analogy, AppliedVector, NearestCodes
from explorer.ui.services.app_state import AppState
from explorer.ui.vectors.vector_answers import MINUS, PLUS, VectorAnswers
from explorer.ui.vectors.vector_words import start_words
from explorer.ui.widgets.saving import FIGURE_KINDS, FILM_KINDS, ask_path

FRAME_SIDE = 160
"""Side of a picture of an animation in pixels, as on the command line."""

Write = Callable[[Path, LoadContext], None]


class VectorsSaver(QObject):
    """Saves the vector, its strip, or a − b + c; the caller checks that there is one."""

    def __init__(self, state: AppState, answers: VectorAnswers, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel, self._answers, self._tasks = panel, answers, state.tasks

    def save_figure(self, *, dark: bool) -> None:
        """Ask for a file and save the figure of the vector, its strip alone for a kept one, or a − b + c."""
        if self._answers.shown.shows == "analogy":
            write = self._analogy_figure(dark)
        # A kept vector has no samples at hand, so its figure has the strip alone.
        elif self._has_groups:
            write = self._vector_figure(dark)
        else:
            write = self._strip_figure(dark)
        if write is not None:
            self._save("Save figure", FIGURE_KINDS, write)

    def save_film(self, *, dark: bool) -> None:
        """Ask for a file and save the strip as an animation."""
        run, applied = self._answers.shown.run, self._answers.applied
        if run is None or applied is None:
            return

        def write(path: Path, context: LoadContext) -> None:
            from explorer.export.pictures import save_film
            from explorer.rendering.drawing import DARK, LIGHT
            from explorer.rendering.render import render

            style, size = DARK if dark else LIGHT, (FRAME_SIDE, FRAME_SIDE)
            save_film(path, [render(decode, run.description, size=size, style=style) for decode in applied.decodes])

        self._save("Save strip as animation", FILM_KINDS, write)

    def save_numbers(self) -> None:
        """Ask for a file and save vector, positions, angles and strip as NPZ, or a table as CSV."""
        answers = self._answers
        # Taken now: the file is written in another thread, and the tab may show another vector by then.
        values, applied, analogy = answers.values, answers.applied, answers.analogy
        vector = answers.vector if answers.shown.kept is None or answers.is_remade else None
        if answers.shown.shows == "analogy":
            if analogy is not None:
                self._save("Save a − b + c", {"npz": "NumPy arrays"}, _analogy_arrays(analogy))
            return
        if values is None:
            return

        def write(path: Path, context: LoadContext) -> None:
            from explorer.export.vectors import save_vector_arrays, save_vector_table

            if path.suffix.lower() == ".npz":
                save_vector_arrays(path, values, vector, applied)
            else:
                save_vector_table(path, vector, applied)

        self._save("Save numbers of the vector", {"npz": "NumPy arrays", "csv": "CSV table"}, write)

    @property
    def _has_groups(self) -> bool:
        answers = self._answers
        vector, kept = answers.vector, answers.shown.kept
        known = vector is not None and vector.certainty is not None and (kept is None or answers.is_remade)
        return known and answers.summary(PLUS) is not None and answers.summary(MINUS) is not None

    def _vector_figure(self, dark: bool) -> Write:
        answers = self._answers
        run, vector, applied, start = answers.shown.run, answers.vector, answers.applied, answers.shown.start
        plus, minus = answers.summary(PLUS), answers.summary(MINUS)
        assert run is not None and vector is not None and plus is not None and minus is not None
        title, to = answers.shown.name, "" if start is None else start_words(run, start)[0]

        def write(path: Path, context: LoadContext) -> None:
            from explorer.plot.decodes.vector_figure import VectorContents, new_vector_figure
            from explorer.plot.figures import save_figure  # not above: matplotlib takes long to import

            context.report(0, 1, "Drawing the vector")
            # A figure without members instead of none where the data is not loaded.
            empty = np.empty((0, *run.description.shape))
            data = run.dataset
            members = [empty if data is None else data.rows(np.array(one.shown)) for one in (plus, minus)]
            contents = VectorContents(
                vector, (plus, minus), run.description, title, (members[0], members[1]), applied, to
            )
            save_figure(path, new_vector_figure(contents, dark=dark))

        return write

    def _strip_figure(self, dark: bool) -> Write | None:
        run, applied = self._answers.shown.run, self._answers.applied
        if run is None or applied is None:
            return None
        captions = [f"{strength:g}".replace("-", "−") for strength in applied.strengths]
        return _sheet(list(applied.decodes), captions, run.description, dark)

    def _analogy_figure(self, dark: bool) -> Write | None:
        run, analogy = self._answers.shown.run, self._answers.analogy
        if run is None or analogy is None:
            return None
        names = [one if isinstance(one, str) else one.name for one in self._answers.shown.parts]
        # As wide as a picture of the figure at its font size.
        a, b, c = (name if len(name) <= 14 else f"{name[:13]}…" for name in names)
        pictures, captions = [*analogy.decodes, analogy.decode], [a, f"− {b}", f"+ {c}", "= decode"]
        # Without the data there is an index of the nearest sample, but no picture.
        if isinstance(analogy.nearest, NearestCodes) and run.dataset is not None:
            pictures.append(run.dataset.rows(analogy.nearest.samples[:1])[0])
            captions.append(f"nearest: {analogy.nearest.samples[0]}")
        return _sheet(pictures, captions, run.description, dark)

    def _save(self, title: str, kinds: Mapping[str, str], write: Write) -> None:
        run = self._answers.shown.run
        path = None if run is None else ask_path(self._panel, title, f"{run.name}-vector.{next(iter(kinds))}", kinds)
        if path is not None:
            # The answers are bound now; the panel may show others when the task runs.
            self._tasks.save(path, lambda context: write(path, context))


def _sheet(pictures: list[NDArray[Any]], captions: list[str], description: Description, dark: bool) -> Write:
    def write(path: Path, context: LoadContext) -> None:
        from explorer.plot.decodes.sheets import new_sheet, sheet_of
        from explorer.plot.figures import save_figure

        sheet = sheet_of(pictures, description, FRAME_SIDE, captions=captions, columns=len(captions))
        save_figure(path, new_sheet(sheet, dark=dark))

    return write


def _analogy_arrays(analogy: Analogy) -> Write:
    def write(path: Path, context: LoadContext) -> None:
        from explorer.export.arrays import save_arrays

        arrays: dict[str, Any] = {"z": analogy.code, "decode": analogy.decode, "decodes": analogy.decodes}
        if isinstance(analogy.nearest, NearestCodes):
            arrays |= {"nearest": analogy.nearest.samples, "distances": analogy.nearest.distances}
        save_arrays(path, arrays)

    return write


def nothing_to_save(applied: AppliedVector | None, run: OpenRun | None) -> str:
    """Return why there is no strip to save; "" if there is one."""
    return "" if run is not None and applied is not None else "There is no strip yet: choose a vector and a sample"
