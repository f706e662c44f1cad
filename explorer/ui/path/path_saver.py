"""Saving a path: where to is asked, then its film strip or the way itself is written in the background."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from explorer.data.dataset import Description
from explorer.jobs.runs.open_run import OpenRun
from explorer.ui.path.film_strip import Film
from explorer.ui.path.path_decodes import PathDecodes
from explorer.ui.path.path_files import GIF_FRAMES, write_gif, write_strip
from explorer.ui.services.app_state import AppState
from explorer.ui.widgets.saving import ask_path

NO_PATH = "No path to save: choose A and B first"


@dataclass(frozen=True)
class _Gif:
    path: Path
    description: Description
    dark: bool


class PathSaver(QObject):
    """Saves what the path panel shows; an animation has more decodes than its strip, so they are asked for first."""

    def __init__(self, state: AppState, decodes: PathDecodes, panel: QWidget) -> None:
        super().__init__(panel)
        self._decodes, self._panel = decodes, panel
        self._messages, self._tasks = state.messages, state.tasks
        self._gif: _Gif | None = None
        decodes.frames_came.connect(self._on_frames)

    def save_strip(self, run: OpenRun | None, film: Film | None, *, dark: bool) -> None:
        """Ask for a file and save the film strip as PNG."""
        if run is None or film is None:
            self._messages.notify(NO_PATH)
            return
        path = ask_path(self._panel, "Save film strip", f"{run.name}-path.png", {"png": "PNG picture"})
        if path is not None:
            self._tasks.save(path, lambda context: write_strip(path, film.decodes, film.description, dark, context))

    def save_gif(self, run: OpenRun | None, film: Film | None, *, dark: bool) -> None:
        """Ask for a file and save the way as an animation."""
        if run is None or film is None:
            self._messages.notify(NO_PATH)
            return
        path = ask_path(self._panel, "Save path", f"{run.name}-path.gif", {"gif": "GIF animation"})
        if path is not None:
            self._gif = _Gif(path, run.description, dark)
            self._decodes.ask_frames(GIF_FRAMES)

    @Slot(object)
    def _on_frames(self, decodes: NDArray[np.float32]) -> None:
        gif, self._gif = self._gif, None
        if gif is not None:
            self._tasks.save(gif.path, lambda context: write_gif(gif.path, decodes, gif.description, gif.dark, context))
