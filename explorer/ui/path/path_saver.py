"""Saving a path as a film strip with its measures, a film, or numbers, all from the answer that the panel shows.

The command line uses the same functions, so that "Copy as command" makes the same files.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from explorer.data.context import LoadContext
from explorer.data.dataset import Description
from explorer.jobs.plane.scene import class_of_point
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.paths.path_answer import PathAnswer
from explorer.latent.steps import Absent
from explorer.ui.path.path_command import path_command
from explorer.ui.services.app_state import AppState
from explorer.ui.services.weights_words import with_weights
from explorer.ui.widgets.saving import FIGURE_KINDS, ask_path

FRAME_SIDE, FILM_SIDE = 96, 320
"""Side of a frame of the strip and of a film, in pixels."""
NO_PATH = "No path to save: choose two points on a plane first"
NO_ANSWER = "The path is still computed: save it when its decoded length is shown"

Write = Callable[[Path, PathAnswer, Description, LoadContext], None]


class PathSaver(QObject):
    """Saves the path that the panel shows."""

    def __init__(self, state: AppState, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel, self._session, self._paths = panel, state.session, state.paths
        self._messages, self._tasks = state.messages, state.tasks

    def command(self, run: OpenRun | None) -> str:
        """Return the command line that makes the path; "" without one."""
        path = self._session.view.path
        if run is None or path is None or not path.is_whole:
            return ""
        label = class_of_point(run, self._session.view.condition)
        condition = "" if label is None else run.description.class_names[label]
        return with_weights(path_command(path, run.key, condition), run)

    def save_strip(self, run: OpenRun | None, *, dark: bool) -> None:
        """Ask for a file and save the film strips with the measures as PNG, SVG or PDF."""

        def write(path: Path, answer: PathAnswer, description: Description, context: LoadContext) -> None:
            from explorer.plot.decodes.path_figure import new_path_figure
            from explorer.plot.figures import save_figure  # not above: matplotlib takes long to import

            context.report(0, 1, "Drawing the path")
            save_figure(path, new_path_figure(answer, description, FRAME_SIDE, dark=dark))

        self._save(run, "Save film strip", FIGURE_KINDS, write)

    def save_film(self, run: OpenRun | None, *, dark: bool) -> None:
        """Ask for a file and save the path as an animation."""
        # Copied now: the session may have another path by the time the user has chosen a file.
        closed = self._session.view.path is not None and self._session.view.path.closed

        def write(path: Path, answer: PathAnswer, description: Description, context: LoadContext) -> None:
            from explorer.export.films import save_path_film

            def drawn(done: int, total: int) -> None:
                context.report(done, total, "Drawing the path")

            save_path_film(path, answer, description, FILM_SIDE, loop=closed, dark=dark, report=drawn)

        self._save(run, "Save path", {"gif": "GIF animation", "mp4": "MP4 film"}, write)

    def save_numbers(self, run: OpenRun | None) -> None:
        """Ask for a file and save t, z and the measures as CSV or NPZ."""

        def write(path: Path, answer: PathAnswer, description: Description, context: LoadContext) -> None:
            from explorer.export.paths import save_path_arrays, save_path_table

            (save_path_arrays if path.suffix.lower() == ".npz" else save_path_table)(path, answer, description)

        self._save(run, "Save numbers of the path", {"csv": "CSV table", "npz": "NumPy arrays"}, write)

    def _save(self, run: OpenRun | None, title: str, kinds: Mapping[str, str], write: Write) -> None:
        answer = None if run is None else self._paths.answer(run.key)
        # Save only a complete answer: otherwise the file would lack the measures.
        if run is None or answer is None or all(isinstance(row, Absent) for row in answer.rows):
            self._messages.notify(NO_PATH if run is None else NO_ANSWER)
            return
        path = ask_path(self._panel, title, f"{run.name}-path.{next(iter(kinds))}", kinds)
        if path is not None:
            # The answer is bound now; the panel may show another one when the task runs.
            self._tasks.save(path, lambda context: write(path, answer, run.description, context))
