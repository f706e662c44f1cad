"""Saving one sample or decode as a PNG, in the background."""

from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget

from explorer.data.context import LoadContext
from explorer.data.dataset import Description
from explorer.export.pictures import save_picture
from explorer.rendering.render import render
from explorer.rendering.style import DARK, LIGHT
from explorer.ui.state.tasks import Tasks
from explorer.ui.widgets.saving import ask_path

SIDE = 640
"""Longest side of the written picture in pixels; small images are enlarged by whole factors."""


def save_sample_picture(
    parent: QWidget,
    tasks: Tasks,
    name: str,
    values: NDArray[Any],
    description: Description,
    real: NDArray[Any] | None,
    dark: bool,
) -> None:
    """Ask for a file, then write a sample ``(*shape)`` as a PNG in the background."""
    path = ask_path(parent, "Save picture", f"{name}.png", {"png": "PNG picture"})
    if path is not None:
        write_sample_picture(tasks, path, values, description, real, dark)


def write_sample_picture(
    tasks: Tasks,
    path: Path,
    values: NDArray[Any],
    description: Description,
    real: NDArray[Any] | None = None,
    dark: bool = False,
) -> None:
    """Write a sample ``(*shape)`` as a PNG in the background; an error is shown to the user."""
    style = DARK if dark else LIGHT

    def work(_: LoadContext) -> None:
        save_picture(path, render(values, description, size=(SIDE, SIDE), real=real, style=style))

    tasks.save(path, work)
