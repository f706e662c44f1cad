"""Words beside their points, the most frequent first, where there is room."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.jobs.plane.scene import probed_row, selected_rows
from explorer.jobs.runs.open_run import OpenRun
from explorer.session import View
from explorer.ui.plane.plot.screen_item import ScreenItem, ToPixels
from explorer.ui.theme.style_sheet import TEXT_PIXELS

MAX_SHOWN, MAX_TRIED = 90, 700
"""Words that are drawn, and points in sight that are tried: with more, all is text."""
AWAY, PAD = 5, 3
"""Pixels between a point and its word, and around a word, at scale 1."""


@dataclass(frozen=True, eq=False)
class WordLabels:
    """Words ``texts`` at ``places`` (n, 2), in the order of their importance; the first ``strong`` are marked ones."""

    texts: tuple[str, ...] = ()
    places: NDArray[np.float64] = field(default_factory=ProjectedCodes.no_places)
    strong: int = 0


def labels_of(
    view: View, run: OpenRun, placed: ProjectedCodes, shown: NDArray[np.bool_], *, same_data: bool
) -> WordLabels:
    """Return the words of one run's plane: the probed and selected ones first, then by frequency, as the samples are.

    Parameters
    ----------
    shown
        ``(n,)`` which points the legend has not switched off.
    """
    if "words" not in view.overlays or not run.description.of_words or placed.is_strips:
        return WordLabels()
    marked = [int(row) for row in selected_rows(view, placed, same_data)]
    row = probed_row(view, run.key, placed, same_data=same_data)
    if row is not None:
        marked = [row, *(one for one in marked if one != row)]
    visible = shown & np.isfinite(placed.places).all(axis=1)
    rest = visible.copy()
    rest[marked] = False
    rows = [row for row in marked if visible[row]]
    strong = len(rows)
    rows += np.flatnonzero(rest).tolist()
    names, index = run.description.sample_names, placed.codes.index
    return WordLabels(tuple(names[index[row]] for row in rows), placed.places[rows], strong)


class WordLabelsItem(ScreenItem):
    """Draws `WordLabels` where they do not cover each other."""

    labels = WordLabels()
    _laid: tuple[object, ...] = ()
    _boxes: tuple[tuple[int, QRectF], ...] = ()

    def show_labels(self, labels: WordLabels) -> None:
        """Draw these words from now on."""
        if labels.texts or self.labels.texts:
            self.labels, self._laid = labels, ()
            self.update()

    @property
    def drawn(self) -> tuple[str, ...]:
        """The words that were drawn last."""
        return tuple(self.labels.texts[number] for number, _ in self._boxes)

    def draw(self, painter: QPainter, pixel: ToPixels) -> None:
        """Draw each word on a plate of the ground."""
        font = QFont(painter.font())
        font.setPixelSize(round((TEXT_PIXELS - 1) * self.text_scale))
        painter.setFont(font)
        self._lay_out(pixel, QFontMetricsF(font))
        ground, radius = QColor(self.theme.plane), PAD * self.text_scale
        ground.setAlphaF(0.72)
        for number, box in self._boxes:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(box, radius, radius)
            quiet = self.labels.strong > 1 and number >= self.labels.strong
            painter.setPen(QColor(self.theme.muted if quiet else self.theme.text))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.labels.texts[number])

    def _lay_out(self, pixel: ToPixels, metrics: QFontMetricsF) -> None:
        """Find the places once for each view: a probe that moves draws the plane anew."""
        area = self.boundingRect()
        corners = pixel((area.left(), area.top())), pixel((area.right(), area.bottom()))
        laid = (*((corner.x(), corner.y()) for corner in corners), self.text_scale)
        if laid != self._laid:
            self._laid, self._boxes = laid, tuple(self._room_for(pixel, metrics, QRectF(*corners).normalized()))

    def _room_for(self, pixel: ToPixels, metrics: QFontMetricsF, seen: QRectF) -> Iterator[tuple[int, QRectF]]:
        places, area = self.labels.places, self.boundingRect()
        inside = (places >= (area.left(), area.top())).all(axis=1) & (places <= (area.right(), area.bottom())).all(
            axis=1
        )
        taken = np.empty((MAX_SHOWN, 4))
        count = 0
        for number in np.flatnonzero(inside)[:MAX_TRIED].tolist():
            box = self._box(pixel(tuple(places[number])), metrics, self.labels.texts[number], seen)
            left, top, right, bottom = box.left(), box.top(), box.right(), box.bottom()
            others = taken[:count]
            free = (others[:, 0] > right) | (others[:, 2] < left) | (others[:, 1] > bottom) | (others[:, 3] < top)
            if count < MAX_SHOWN and free.all():
                taken[count] = left, top, right, bottom
                count += 1
                yield number, box

    def _box(self, at: QPointF, metrics: QFontMetricsF, text: str, seen: QRectF) -> QRectF:
        """Stand to the right of a point, or to the left where the plane ends."""
        away, pad = AWAY * self.text_scale, PAD * self.text_scale
        box = QRectF(0, 0, metrics.horizontalAdvance(text) + 2 * pad, metrics.height())
        box.moveCenter(QPointF(at.x() + away + box.width() / 2, at.y()))
        if box.right() > seen.right():
            box.moveCenter(QPointF(at.x() - away - box.width() / 2, at.y()))
        return box
