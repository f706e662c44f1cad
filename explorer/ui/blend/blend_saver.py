"""Saves a blend as a figure or numbers, by the same functions as the command line.

1. The user chooses a file; the decode, the comparison, and the decodes of pins without a picture are asked for.
2. When the last answer has arrived, the file is written in the background.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from explorer.export.blends import Blended, pin_name, save_blend_arrays, save_blend_table
from explorer.jobs.queries.blend_questions import DecodeBlends
from explorer.jobs.queries.decode_questions import Decodes
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.latent.blends.blend import BlendComparison, DecodedBlend
from explorer.session import Blend
from explorer.ui.blend.blend_questions import BlendQuestions, alone
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.widgets.saving import FIGURE_KINDS, ask_path

NOTHING = "There is no blend to save: pin two samples first"
SIDE = 240
"""Side of the blend in a saved figure, in pixels: that of the command line."""
PARTS = ("decode", "comparison", "pins")

Write = Callable[[Path, Blended, list[Any]], None]


class BlendSaver(QObject):
    """Saves the blend of the panel."""

    def __init__(self, state: AppState, questions: BlendQuestions, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel, self._questions = panel, questions
        self._tasks, self._messages = state.tasks, state.messages
        self._live = {
            part: LiveQuestion(state.asker, partial(self._on_answer, part), follows_weights=False, parent=self)
            for part in PARTS
        }
        self._answers: dict[str, Any] = {}
        self._blend: Blend | None = None
        self._path: Path | None = None
        self._write: Write | None = None

    def save_figure(self, run: OpenRun, blend: Blend, *, dark: bool) -> None:
        """Ask for a file, and save pins, blend and comparison as PNG, SVG or PDF."""

        def write(path: Path, blended: Blended, pins: list[Any]) -> None:
            from explorer.plot.decodes.blend_figure import (  # not above: matplotlib takes long to import
                PinPicture,
                new_blend,
            )
            from explorer.plot.figures import save_figure

            about = run.description
            shown = [
                PinPicture(pin_name(pin, about), weight, values)
                for pin, weight, values in zip(blended.pins, blended.weights, pins, strict=True)
            ]
            decode = blended.decoded.decode
            save_figure(path, new_blend(shown, decode, blended.comparison, about, SIDE, dark=dark))

        self._save(run, blend, "Save blend", FIGURE_KINDS, write)

    def save_numbers(self, run: OpenRun, blend: Blend) -> None:
        """Ask for a file, and save codes, weights and decode as NPZ or CSV."""

        def write(path: Path, blended: Blended, pins: list[Any]) -> None:
            (save_blend_arrays if path.suffix.lower() == ".npz" else save_blend_table)(path, blended)

        self._save(run, blend, "Save numbers of the blend", {"npz": "NumPy arrays", "csv": "CSV table"}, write)

    def _save(self, run: OpenRun, blend: Blend, title: str, kinds: Mapping[str, str], write: Write) -> None:
        path = ask_path(self._panel, title, f"{run.name}-blend.{next(iter(kinds))}", kinds)
        decode, comparison = self._questions.decode_question(), self._questions.compare_question()
        if path is None or decode is None or comparison is None:
            return
        self._answers, self._blend, self._path, self._write = {}, blend, path, write
        # Decodes of all pins, since the data with their pictures may not be loaded.
        pins = DecodeBlends(run.key, tuple(alone(blend, pin) for pin in blend.pins), decode.condition)
        for part, question in zip(PARTS, (decode, comparison, pins), strict=True):
            self._live[part].ask(question)

    def _on_answer(self, part: str, answer: Answer) -> None:
        if answer.final:
            self._answers[part] = answer.value
        blend, path, write = self._blend, self._path, self._write
        # Answers come in any order, and the file needs all of them.
        if len(self._answers) < len(PARTS) or blend is None or path is None or write is None:
            return
        decoded, comparison, decodes = (self._answers[name] for name in PARTS)
        # Before it is written, so that a late answer does not write it twice.
        self._blend = self._path = self._write = None
        if not (
            isinstance(decoded, DecodedBlend)
            and isinstance(comparison, BlendComparison)
            and isinstance(decodes, Decodes)
        ):
            self._messages.notify(NOTHING)
            return
        blended = Blended(blend.pins, blend.weights, decoded, comparison)
        # The sample itself where there is one.
        known = [self._questions.picture_of(pin) if pin.sample is not None else None for pin in blend.pins]
        pins = [decode if one is None else one for one, decode in zip(known, decodes.pictures, strict=True)]
        self._tasks.save(path, lambda _: write(path, blended, pins))
