"""Saving a path as a film strip or an animation.

1. The user chooses a file.
2. The film strip is drawn already: its decodes are written in the background at once.
3. An animation needs more decodes than the strip: they are asked for, and written when they arrive.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from explorer.data.context import LoadContext
from explorer.data.dataset import Description
from explorer.export.pictures import save_gif
from explorer.jobs.runs.open_run import OpenRun
from explorer.rendering.drawing import DARK, LIGHT, Pixels
from explorer.rendering.render import render
from explorer.ui.path.film_strip import Film
from explorer.ui.path.path_decodes import PathDecodes
from explorer.ui.services.app_state import AppState
from explorer.ui.widgets.saving import ask_path

FRAME_SIDE = 160
"""Maximum side of a frame of the strip in pixels; small pictures are enlarged by whole factors."""
GIF_SIDE = 320  # pixels
GIF_FRAMES = 48  # from A to B; the animation goes there and back
GIF_SECONDS = 0.06


def write_strip(
    path: Path, decodes: NDArray[np.float32], description: Description, dark: bool, context: LoadContext
) -> None:
    """Write decodes ``(steps, *shape)`` in one row, with t below each."""
    from explorer.plot.figures import save_figure  # not above: matplotlib takes long to import
    from explorer.plot.sheets import new_sheet, path_sheet

    context.report(0, 1, "Drawing the path")
    save_figure(path, new_sheet(path_sheet(decodes, description, FRAME_SIDE), dark=dark))


def write_gif(
    path: Path, decodes: NDArray[np.float32], description: Description, dark: bool, context: LoadContext
) -> None:
    """Write decodes ``(frames, *shape)`` as an animation from A to B and back."""
    save_gif(path, _frames(decodes, description, GIF_SIDE, dark, context), frame_seconds=GIF_SECONDS)


def _frames(
    decodes: NDArray[np.float32], description: Description, side: int, dark: bool, context: LoadContext
) -> list[Pixels]:
    frames = []
    for number, decode in enumerate(decodes):
        context.report(number, len(decodes), "Drawing the path")
        frames.append(render(decode, description, size=(side, side), style=DARK if dark else LIGHT))
    return frames


NO_PATH = "No path to save: choose A and B first"


@dataclass(frozen=True)
class _Gif:
    path: Path
    description: Description
    dark: bool


class PathSaver(QObject):
    """Saves the path that the panel shows."""

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
            # The film is bound now; the panel may show another one when the task runs.
            self._tasks.save(path, lambda context: write_strip(path, film.decodes, film.description, dark, context))

    def save_gif(self, run: OpenRun | None, film: Film | None, *, dark: bool) -> None:
        """Ask for a file and save the path as an animation."""
        if run is None or film is None:
            self._messages.notify(NO_PATH)
            return
        path = ask_path(self._panel, "Save path", f"{run.name}-path.gif", {"gif": "GIF animation"})
        if path is not None:
            # Remembered until the frames arrive; another GIF asked for meanwhile replaces it.
            self._gif = _Gif(path, run.description, dark)
            self._decodes.ask_frames(GIF_FRAMES)

    @Slot(object)
    def _on_frames(self, decodes: NDArray[np.float32]) -> None:
        # Taken once: without a pending request there is no file to write.
        gif, self._gif = self._gif, None
        if gif is not None:
            self._tasks.save(gif.path, lambda context: write_gif(gif.path, decodes, gif.description, gif.dark, context))
