"""Hovering: a ring around the point under the hand at once, its card after a short rest."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QTimer, Slot

from explorer.jobs.queries.decode_questions import DecodePlaces, Decodes
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.jobs.workers.inference import Answer
from explorer.ui.plane.input.hover_card import HoverCard, card_for
from explorer.ui.state.live_question import LiveQuestion

if TYPE_CHECKING:
    from explorer.ui.plane.latent_plane import LatentPlane

DWELL_MILLISECONDS, GRACE_MILLISECONDS = 125, 260
"""How long the hand rests before the card comes, and how long the card stays when the hand has left."""


class Hover(QObject):
    """Follows the hand over one plane."""

    def __init__(self, plane: "LatentPlane") -> None:
        super().__init__(plane)
        self._plane = plane
        self._row: int | None = None
        self._decode = LiveQuestion(plane.state.asker, self._on_answer, parent=self)
        self.card = HoverCard(plane.themes, plane)
        self._dwell = QTimer(self, singleShot=True, interval=DWELL_MILLISECONDS)
        self._dwell.timeout.connect(self._show_card)
        self._grace = QTimer(self, singleShot=True, interval=GRACE_MILLISECONDS)
        self._grace.timeout.connect(self.card.hide)

    def move_to(self, at: QPointF) -> None:
        """Ring what lies under the hand."""
        row = self._plane.row_at(at)
        if row == self._row:
            return
        self._row = row
        self._plane.set_hovered(row)
        if row is None:
            self.leave()
        elif self.card.isVisible():
            self._show_card()
        else:
            self._grace.stop()
            self._dwell.start()

    def leave(self) -> None:
        """Let go of the point; the card stays a moment, in case the hand comes back."""
        self._dwell.stop()
        if self._row is not None:
            self._row = None
            self._plane.set_hovered(None)
        if self.card.isVisible():
            self._grace.start()

    def clear(self) -> None:
        """Let go of everything at once."""
        self._dwell.stop()
        self._grace.stop()
        self.card.hide()
        if self._row is not None:
            self._row = None
            self._plane.set_hovered(None)

    def keep_place(self) -> None:
        """Keep the card beside its point when the plane moves."""
        placed = self._plane.placed
        if self.card.isVisible() and self._row is not None and placed is not None and self._row < len(placed.places):
            self._place_card(self._row)

    @Slot()
    def _show_card(self) -> None:
        run, placed = self._plane.run, self._plane.placed
        if self._row is None or run is None or placed is None or self._row >= len(placed.places):
            return
        self._grace.stop()
        if placed.codes.drawn:  # it has no picture yet: its decode is one
            self._decode.ask(DecodePlaces(run.key, (placed.code_of_row(self._row),)))
        self._fill_card(run, placed.codes, self._row)

    def _on_answer(self, answer: Answer) -> None:
        """Show the decode of the draw under the hand."""
        run, placed = self._plane.run, self._plane.placed
        assert isinstance(answer.value, Decodes)
        if self._row is not None and run is not None and placed is not None and self._row < len(placed.places):
            self._fill_card(run, placed.codes, self._row, answer.value.pictures[0])

    def _fill_card(self, run: OpenRun, codes: PlaneCodes, row: int, decode: NDArray[np.float32] | None = None) -> None:
        self.card.show_sample(card_for(run, codes, row, decode), run)
        self._place_card(row)
        self.card.show()

    def _place_card(self, row: int) -> None:
        x, y = self._plane.here.places[row]
        self.card.stand_beside(self._plane.pixel_at((float(x), float(y))))
