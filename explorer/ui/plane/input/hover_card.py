"""The card beside a point: the real sample, its label and its columns."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QSize, Qt, Slot
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from explorer.data.dataset import Column
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.jobs.runs.run_words import words_of
from explorer.ui.pictures.renderers import render_sample
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.readout import number

PICTURE_PIXELS = 96
"""The longest side of the picture at scale 1."""

AWAY_PIXELS = 14
"""Between the point and the card, at scale 1."""

MAX_COLUMNS, LONGEST_WORD = 5, 28
NEAR_WORDS = 4


@dataclass(frozen=True)
class Card:
    """What a card says: ``rows`` are names and values; ``values`` is the sample, or None where it is not at hand."""

    title: str
    rows: tuple[tuple[str, str], ...]
    values: NDArray[Any] | None = None
    notice: str = ""


def card_for(run: OpenRun, codes: PlaneCodes, row: int, decode: NDArray[Any] | None = None) -> Card:
    """Return the card of the sample in a row; of a draw from the prior, with its decode once that is there."""
    if codes.drawn:
        return _card_of_draw(run, codes, row, decode)
    sample = int(codes.index[row])
    names, label = run.description.class_names, -1 if codes.labels is None else int(codes.labels[row])
    known, own = 0 <= label < len(names), run.description.sample_names
    title = run.description.sample_title(sample) if own or not known else f"class {names[label]}"
    rows = [("sample", f"{sample:,}")] if known or own else []
    if own and known:
        rows.append(("class", names[label]))
    if codes.split is not None:
        rows.append(("split", str(codes.split[row])))
    if codes.reconstruction is not None and np.isfinite(codes.reconstruction[row]):
        rows.append(("reconstruction", f"{number(codes.reconstruction[row])} nats"))
    rows += [(name, _value(column, row)) for name, column in list(codes.columns.items())[:MAX_COLUMNS]]
    if (words := words_of(run)) is not None:
        near = words.space.near_word(title, NEAR_WORDS)
        return Card(title, (*rows, ("nearest", ", ".join(word.word for word in near))))
    if run.dataset is None:
        return Card(title, tuple(rows), notice=run.missing_data or "its data is loading")
    return Card(title, tuple(rows), run.dataset.rows(np.array([sample]))[0])


def _card_of_draw(run: OpenRun, codes: PlaneCodes, row: int, decode: NDArray[Any] | None) -> Card:
    names, label = run.description.class_names, -1 if codes.labels is None else int(codes.labels[row])
    rows = (("decode looks like", f"class {names[label]}"),) if 0 <= label < len(names) else ()
    return Card("prior draw", rows, decode, "" if decode is not None else "decoding …")


class HoverCard(QFrame):
    """A small raised panel that the mouse passes through; it stands over all of the window, not its plane alone."""

    def __init__(self, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes, self._over = themes, parent
        parent.destroyed.connect(self.deleteLater)  # once shown, it is the window's child
        set_identity(self, "hover_card", accessible="Sample under the cursor")
        self.setProperty("panel", "raised")
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
        self._redress()
        themes.changed.connect(self._redress)
        self.hide()

    def show_sample(self, card: Card, run: OpenRun) -> None:
        """Fill the card."""
        self._title.setText(_cut(card.title))
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
                widget.hide()
                widget.deleteLater()
        for row, words in enumerate(card.rows):
            for column, word in enumerate(words):
                label = QLabel(_cut(word), self._rows)
                label.setProperty("role", "muted" if column == 0 else "")
                self._grid.addWidget(label, row, column)
                label.show()
        self._rows.setVisible(bool(card.rows))
        self._column.activate()
        self.adjustSize()

    def stand_beside(self, at: QPointF) -> None:
        """Stand beside a pixel of the plane, on the side where the window has room."""
        window = self._over.window()
        if self.parentWidget() is not window:
            self.setParent(window)
            self.adjustSize()
        away, place = round(AWAY_PIXELS * self._themes.scale), self._over.mapTo(window, at.toPoint())
        self.move(_beside(place, self.size(), window.size(), away))
        self.raise_()

    @Slot()
    def _redress(self) -> None:
        pad = round(8 * self._themes.scale)
        self._column.setContentsMargins(pad, pad, pad, pad)
        self._column.setSpacing(pad // 2)
        self._grid.setHorizontalSpacing(pad)
        self._grid.setVerticalSpacing(pad // 4)
        self._notice.setMaximumWidth(round(220 * self._themes.scale))


def _beside(at: QPoint, size: QSize, room: QSize, away: int) -> QPoint:
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


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_WORD else text[: LONGEST_WORD - 1] + "…"
