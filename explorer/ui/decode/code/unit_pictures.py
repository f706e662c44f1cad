"""What one unit of a code draws: its decode alone, and what it adds to the decode of an empty code."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from explorer.data.dataset import Description
from explorer.jobs.queries.decode_questions import DecodePlaces, Decodes
from explorer.jobs.questions import Question
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.ui.decode.forward_pass.code_rows import dimension_name, fixed
from explorer.ui.pictures.picture_cell import PictureCell
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.theme.theme import ThemeSource

GAP = 8
MAX_EMS = 9.0
"""Largest side of a picture, in text heights."""

WHAT_IT_ADDS = {
    False: "Change that this unit makes to the decode of z = 0",
    True: "Change that this unit makes to the decode of z = 0: mid-grey is none, brighter is more",
}


class UnitPictures(QWidget):
    """Two pictures of one unit: decoded with all others at zero, and the difference that it makes there.

    For a decoder of one layer the difference is the unit's own column of weights, seen through the likelihood.
    """

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._question = LiveQuestion(state.asker, self._on_answer, self._again, parent=self)
        self._run: OpenRun | None = None
        self._caption = ("", "")
        self.alone = PictureCell(state.tasks, themes, "unit_alone")
        self.adds = PictureCell(state.tasks, themes, "unit_adds")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self.alone, 1)
        row.addWidget(self.adds, 1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_unit(self, run: OpenRun, unit: int, value: float, otherwise: float) -> None:
        """Ask what a unit draws at its value; where that is zero, at ``otherwise``."""
        self._run = run
        at = value if value else otherwise
        alone = np.zeros(run.latent_dim)
        alone[unit] = at
        question = DecodePlaces(run.key, (tuple(alone.tolist()), (0.0,) * run.latent_dim))
        name = dimension_name(unit)
        self._caption = (f"{name} = {fixed(at)} alone", f"what {name} adds")
        if question != self._question.asked:
            self._question.ask(question)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        side = min((self.width() - GAP) // 2, round(MAX_EMS * self.fontMetrics().height()))
        sizes = [cell.fit(max(1, side)) for cell in (self.alone, self.adds)]
        self.setFixedHeight(max(size.height() for size in sizes))

    def _on_answer(self, answer: Answer) -> None:
        run = self._run
        assert run is not None and isinstance(answer.question, DecodePlaces) and isinstance(answer.value, Decodes)
        alone, nothing = answer.value.pictures
        self.alone.set_words(self._caption[0], "Decode of this unit with all others at zero")
        self.alone.view.show_sample(alone, run.description, z=answer.question.z[0])
        self.adds.set_words(self._caption[1], WHAT_IT_ADDS[run.description.kind == "image"])
        self.adds.view.show_sample(difference(alone, nothing, run.description), run.description)
        self.setVisible(True)
        self._fit()

    def _again(self) -> Question | None:
        """Return what to ask newer weights; nothing while nobody looks."""
        return self._question.asked if self.isVisible() else None


def difference(values: NDArray[Any], base: NDArray[Any], description: Description) -> NDArray[np.float32]:
    """Return ``values`` − ``base``; of pictures around the middle of their range, so that both signs are seen."""
    change = values.astype(np.float32) - base.astype(np.float32)
    if description.kind != "image":
        return change
    low, high = description.value_range
    most = max(float(np.abs(change).max()), 1e-6 * (high - low))
    middle = np.float32((low + high) / 2)
    return middle + change * np.float32((high - low) / 2 / most)
