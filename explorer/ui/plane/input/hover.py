"""Hovering: the row under the cursor at once, its card after a short rest."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QTimer, Signal, Slot

from explorer.jobs.queries.decode_questions import DecodePlaces, Decodes
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.jobs.workers.inference import Answer
from explorer.ui.plane.input.hover_card import HoverCard, card_for
from explorer.ui.plane.input.picker import Picker
from explorer.ui.plane.plot.plot_area import PlotArea
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion

DWELL_MILLISECONDS, GRACE_MILLISECONDS = 125, 260
"""How long the cursor rests before the card is shown, and how long the card stays after the cursor has left."""


class Hover(QObject):
    """Follows the cursor over one plane.

    Attributes
    ----------
    row
        The row under the cursor, or None.

    Signals
    -------
    row_changed
        ``row`` changed.
    """

    row_changed = Signal()

    def __init__(self, plot: PlotArea, picker: Picker, state: AppState) -> None:
        super().__init__(plot)
        self._camera, self._picker, self._codes = plot.camera, picker, picker.codes
        self.row: int | None = None
        self._decode = LiveQuestion(state.asker, self._on_answer, parent=self)
        self.card = HoverCard(plot.themes, plot)
        self._dwell = QTimer(self, singleShot=True, interval=DWELL_MILLISECONDS)
        self._dwell.timeout.connect(self._show_card)
        self._grace = QTimer(self, singleShot=True, interval=GRACE_MILLISECONDS)
        self._grace.timeout.connect(self.card.hide)
        plot.hidden.connect(self.clear)  # the card is not the plot's child once it is shown

    def move_to(self, at: QPointF) -> None:
        """Find the row under the cursor."""
        row = self._picker.row_at(at)
        if row == self.row:
            return
        self._set_row(row)
        if row is None:
            self.leave()
        elif self.card.isVisible():
            self._show_card()
        else:
            self._grace.stop()
            self._dwell.start()

    def leave(self) -> None:
        """Forget the row; the card stays a moment, in case the cursor comes back."""
        self._dwell.stop()
        self._set_row(None)
        if self.card.isVisible():
            self._grace.start()

    @Slot()
    def clear(self) -> None:
        """Forget the row and hide the card at once."""
        self._dwell.stop()
        self._grace.stop()
        self.card.hide()
        self._set_row(None)

    @Slot()
    def keep_place(self) -> None:
        """Keep the card beside its point when the plane moves."""
        if self.card.isVisible():
            self._place_card()

    def _set_row(self, row: int | None) -> None:
        if row != self.row:
            self.row = row
            self.row_changed.emit()

    @Slot()
    def _show_card(self) -> None:
        run, projected = self._codes.run, self._codes.projected
        if run is None or projected is None or self.row is None or self.row >= len(projected.places):
            return
        self._grace.stop()
        if projected.codes.drawn:  # a draw from the prior has no picture of its own: its decode is shown
            self._decode.ask(DecodePlaces(run.key, (projected.code_of_row(self.row),)))
        self._fill_card(run, projected.codes, self.row)

    def _on_answer(self, answer: Answer) -> None:
        """Show the decode of the draw under the cursor."""
        run, projected = self._codes.run, self._codes.projected
        assert isinstance(answer.value, Decodes)
        if self.row is not None and run is not None and projected is not None and self.row < len(projected.places):
            self._fill_card(run, projected.codes, self.row, answer.value.pictures[0])

    def _fill_card(self, run: OpenRun, codes: PlaneCodes, row: int, decode: NDArray[np.float32] | None = None) -> None:
        self.card.show_sample(card_for(run, codes, row, decode), run)
        self._place_card()
        self.card.show()

    def _place_card(self) -> None:
        place = self._codes.place_of_row(self.row)
        if place is not None:
            self.card.stand_beside(self._camera.pixel_at(place))
