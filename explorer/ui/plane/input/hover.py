"""Hovering: finds the row under the cursor immediately and shows its card, with picture and columns, after a delay.

1. `MouseInput` passes each move without a pressed button to `Hover.move_to`.
2. A new row is announced immediately (`row_changed`), so that its point is ringed here and on the other planes.
3. After `DWELL_MILLISECONDS` over the same row its card is shown; if a card is visible, the next one follows at once.
4. A prior draw has no picture of its own, so its decode is asked for and filled in when it arrives.
5. After the cursor has left, the card stays for `GRACE_MILLISECONDS`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPoint, QPointF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from explorer.data.dataset import Column
from explorer.jobs.queries.decode_questions import DecodePoints, Decodes
from explorer.jobs.runs.open_run import OpenRun, words_of
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.jobs.workers.inference import Answer
from explorer.latent.information.discrete import NATS, Unit
from explorer.ui.pictures.renderers import render_sample
from explorer.ui.plane.input.gesture import Picker
from explorer.ui.plane.plot.plot_area import PlotArea
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.state.rest_timer import RestTimer
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import cut_text
from explorer.ui.widgets.readout import number

PICTURE_PIXELS = 96
"""Longest side of the picture, in pixels at scale 1."""

AWAY_PIXELS = 14
"""Distance from the point to the card, in pixels at scale 1."""

MAX_COLUMNS, MAX_CHARACTERS = 5, 28
"""Rows for columns of the data, and characters of a value; more would make the card cover the plane."""
NEAR_WORDS = 4


@dataclass(frozen=True)
class Card:
    """Contents of a card: ``rows`` are names and values; ``values`` is the sample, or None if it is not loaded."""

    title: str
    rows: tuple[tuple[str, str], ...]
    values: NDArray[Any] | None = None
    notice: str = ""


def card_for(run: OpenRun, codes: PlaneCodes, row: int, decode: NDArray[Any] | None = None, unit: Unit = NATS) -> Card:
    """Return the card of a row: of a sample, or of a prior draw with its decode once that has arrived."""
    if codes.drawn:
        return _card_of_draw(run, codes, row, decode)
    sample = int(codes.index[row])
    class_name, has_name = run.description.class_name(codes.label_of(row)), bool(run.description.sample_names)
    # A sample's own name comes first; else its class is more telling than its index.
    title = run.description.sample_title(sample) if has_name or not class_name else f"class {class_name}"
    rows = [("sample", str(sample))] if class_name or has_name else []
    if has_name and class_name:
        rows.append(("class", class_name))
    if codes.split is not None:
        rows.append(("split", str(codes.split[row])))
    if codes.reconstruction is not None and np.isfinite(codes.reconstruction[row]):
        rows.append(("reconstruction", f"{number(float(codes.reconstruction[row]) * unit.per_nat)} {unit.name}"))
    rows += [(name, _value(column, row)) for name, column in list(codes.columns.items())[:MAX_COLUMNS]]
    if (words := words_of(run)) is not None:
        near = words.space.near_word(title, NEAR_WORDS)
        return Card(title, (*rows, ("nearest", ", ".join(word.word for word in near))))
    if run.dataset is None:
        return Card(title, tuple(rows), notice=run.missing_data or "its data is loading")
    return Card(title, tuple(rows), run.dataset.rows(np.array([sample]))[0])


def _card_of_draw(run: OpenRun, codes: PlaneCodes, row: int, decode: NDArray[Any] | None) -> Card:
    class_name = run.description.class_name(codes.label_of(row))
    rows = (("decode looks like", f"class {class_name}"),) if class_name else ()
    return Card("prior draw", rows, decode, "" if decode is not None else "decoding …")


class HoverCard(QFrame):
    """A small raised panel, transparent for the mouse, that may extend beyond its plane."""

    def __init__(self, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes, self._over = themes, parent
        parent.destroyed.connect(self.deleteLater)  # once shown, its parent is the window
        set_identity(self, "hover_card", accessible="Sample under the cursor")
        self.setProperty("panel", "raised")
        # Under the cursor it would take the plane's events and make itself disappear.
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.picture, self._title, self._notice = QLabel(), QLabel(), QLabel(wordWrap=True)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title.setProperty("role", "title")
        self._notice.setProperty("role", "muted")
        self._rows = QWidget()
        self._grid = QGridLayout(self._rows)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._column = QVBoxLayout(self)
        for widget in (self.picture, self._title, self._rows, self._notice):
            self._column.addWidget(widget)
        self._apply_theme()
        themes.changed.connect(self._apply_theme)
        self.hide()

    def show_sample(self, card: Card, run: OpenRun) -> None:
        """Fill the card and adapt its size."""
        self._title.setText(cut_text(card.title, MAX_CHARACTERS))
        self._notice.setText(card.notice)
        self._notice.setVisible(bool(card.notice))
        self.picture.setVisible(card.values is not None)
        if card.values is not None:
            is_text = run.description.kind == "text"
            self.picture.setAlignment(Qt.AlignmentFlag.AlignLeft if is_text else Qt.AlignmentFlag.AlignCenter)
            size = round(PICTURE_PIXELS * self._themes.scale)
            image = render_sample(card.values, run.description, self._themes.theme, size, self.devicePixelRatioF())
            self.picture.setPixmap(QPixmap.fromImage(image))
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()  # deleteLater leaves it visible until the event loop runs
                widget.deleteLater()
        for row, words in enumerate(card.rows):
            for column, word in enumerate(words):
                label = QLabel(cut_text(word, MAX_CHARACTERS), self._rows)
                label.setProperty("role", "muted" if column == 0 else "")
                self._grid.addWidget(label, row, column)
                label.show()
        self._rows.setVisible(bool(card.rows))
        # Lay out now: adjustSize would still use the old contents.
        self._column.activate()
        self.adjustSize()

    def show_beside(self, at: QPointF) -> None:
        """Place the card beside a pixel of the plane, on the side where the window has room."""
        window = self._over.window()
        # A child of the window is not clipped at the plane's edge. The window is known only once the plot is in it.
        if self.parentWidget() is not window:
            self.setParent(window)
            self.adjustSize()
        away, position = round(AWAY_PIXELS * self._themes.scale), self._over.mapTo(window, at.toPoint())
        self.move(_beside(position, self.size(), window.size(), away))
        self.raise_()

    @Slot()
    def _apply_theme(self) -> None:
        pad = round(8 * self._themes.scale)
        self._column.setContentsMargins(pad, pad, pad, pad)
        self._column.setSpacing(pad // 2)
        self._grid.setHorizontalSpacing(pad)
        self._grid.setVerticalSpacing(pad // 4)
        self._notice.setMaximumWidth(round(220 * self._themes.scale))


def _beside(at: QPoint, size: QSize, room: QSize, away: int) -> QPoint:
    # Right of the point, or left of it at the edge of the window, so that the card does not cover the point.
    x = at.x() + away if at.x() + away + size.width() <= room.width() else at.x() - away - size.width()
    y = at.y() - size.height() // 2
    return QPoint(max(0, min(x, room.width() - size.width())), max(0, min(y, room.height() - size.height())))


def _value(column: Column, row: int) -> str:
    value = column.values[row]
    if column.categories:
        return column.categories[int(value)] if 0 <= value < len(column.categories) else "unknown"
    if not np.isfinite(value):
        return "unknown"
    return f"{value:.4g} {column.unit}".strip()


DWELL_MILLISECONDS, GRACE_MILLISECONDS = 125, 260
"""Delay before the card is shown, and time that it stays after the cursor has left."""


class Hover(QObject):
    """Finds the row under the cursor on one plane and shows its card.

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
        self._units = state.units
        self.row: int | None = None
        self._decode = LiveQuestion(state.asker, self._on_answer, parent=self)
        self.card = HoverCard(plot.themes, plot)
        self._dwell = RestTimer(state.asker, DWELL_MILLISECONDS, self)
        self._dwell.timeout.connect(self._show_card)
        self._grace = RestTimer(state.asker, GRACE_MILLISECONDS, self)
        self._grace.timeout.connect(self.card.hide)
        plot.hidden.connect(self.clear)  # a shown card is a child of the window, not of the plot

    def move_to(self, at: QPointF) -> None:
        """Handle a move of the cursor."""
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
            self._dwell.begin()

    def leave(self) -> None:
        """Clear the row, and hide the card after a moment."""
        self._dwell.stop()
        self._set_row(None)
        if self.card.isVisible():
            self._grace.begin()

    @Slot()
    def clear(self) -> None:
        """Clear the row and hide the card immediately."""
        self._dwell.stop()
        self._grace.stop()
        self.card.hide()
        self._set_row(None)

    @Slot()
    def move_card(self) -> None:
        """Keep the card beside its point after the plane has moved."""
        if self.card.isVisible():
            self._place_card()

    def _set_row(self, row: int | None) -> None:
        if row != self.row:
            self.row = row
            self.row_changed.emit()

    @Slot()
    def _show_card(self) -> None:
        run, projected = self._codes.run, self._codes.projected
        # The row was found before the delay; new codes may have fewer rows.
        if run is None or projected is None or self.row is None or self.row >= len(projected.points):
            return
        self._grace.stop()
        if projected.codes.drawn:
            self._decode.ask(DecodePoints(run.key, (projected.code_of_row(self.row),)))
        self._fill_card(run, projected.codes, self.row)

    def _on_answer(self, answer: Answer) -> None:
        """Show the decode of the prior draw under the cursor."""
        run, projected = self._codes.run, self._codes.projected
        assert isinstance(answer.value, Decodes)
        if self.row is not None and run is not None and projected is not None and self.row < len(projected.points):
            self._fill_card(run, projected.codes, self.row, answer.value.pictures[0])

    def _fill_card(self, run: OpenRun, codes: PlaneCodes, row: int, decode: NDArray[np.float32] | None = None) -> None:
        self.card.show_sample(card_for(run, codes, row, decode, self._units.unit), run)
        self._place_card()
        self.card.show()

    def _place_card(self) -> None:
        point = self._codes.point_of_row(self.row)
        if point is not None:
            self.card.show_beside(self._camera.pixel_at(point))
