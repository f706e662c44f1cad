"""Which line is which: a stroke and a name each, in one row that elides."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.ui.curves.strokes import Stroke

STROKE, GAP, BETWEEN = 1.5, 0.35, 0.7
"""Length of a stroke, and the gaps after it and between entries, in heights of text."""
MANY = 3
"""More lines than these are content with their brief names."""
MIN_NAME = 3.0
"""The least width of a name, in heights of text; the last entries go before names are cut shorter."""


@dataclass(frozen=True)
class LegendEntry:
    """One line's stroke and name; ``strong`` names the active run; without a stroke it says what is not drawn.

    ``brief`` is written instead of the name where all names have no room.
    """

    name: str
    stroke: Stroke | None
    strong: bool = False
    brief: str = ""


class CurveLegend(QWidget):
    """Draws entries left to right, each elided to its share where room is short; the tooltip has them whole."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[LegendEntry, ...] = ()
        self._text, self._muted = QColor(), QColor()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def dress(self, text: str, muted: str) -> None:
        """Take the colours of words."""
        self._text, self._muted = QColor(text), QColor(muted)
        self.update()

    def set_entries(self, entries: tuple[LegendEntry, ...]) -> None:
        """Name these lines."""
        if entries != self._entries:
            self._entries = entries
            words = ", ".join(entry.name for entry in entries)
            self.setToolTip(words)
            self.setAccessibleName(f"Lines: {words}" if words else "Lines")
            self.update()

    @property
    def names(self) -> tuple[str, ...]:
        """What is named."""
        return tuple(entry.name for entry in self._entries)

    def sizeHint(self) -> QSize:
        """Ask for a line of text."""
        return QSize(120, self.fontMetrics().height() + 4)

    def wanted_width(self) -> int:
        """Return the width at which no line's name is cut."""
        lines = tuple(entry for entry in self._entries if entry.stroke is not None)
        if len(lines) > MANY:  # names in full would leave no room for anything else
            lines = tuple(replace(entry, name=entry.brief or entry.name) for entry in lines)
        return round(self._whole_width(lines))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw strokes and names."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            em = self.fontMetrics().height()
            x, middle = 0.0, self.height() / 2
            entries = self.fitting()
            for entry, width in zip(entries, self._widths(entries), strict=True):
                if entry.stroke is not None:
                    painter.setPen(entry.stroke.pen())
                    painter.drawLine(QPointF(x, middle), QPointF(x + STROKE * em, middle))
                x += (STROKE + GAP) * em
                painter.setFont(self._font_of(entry))
                painter.setPen(self._text if entry.strong else self._muted)
                name = painter.fontMetrics().elidedText(entry.name, Qt.TextElideMode.ElideMiddle, math.ceil(width))
                place = QRectF(x, 0, width + 1, self.height())
                painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
                x += width + BETWEEN * em

    def _font_of(self, entry: LegendEntry) -> QFont:
        font = QFont(self.font())
        font.setBold(entry.strong)
        return font

    def fitting(self) -> tuple[LegendEntry, ...]:
        """Return as many entries as have room for a name that reads, briefer where needed; the first in any case."""
        entries = self._entries
        if self.width() < self._whole_width(entries):
            entries = tuple(entry for entry in entries if entry.stroke is not None)
        if self.width() < self._whole_width(entries):
            entries = tuple(replace(entry, name=entry.brief or entry.name) for entry in entries)
        while len(entries) > 1 and self.width() - self._beside(entries) < self._least(entries):
            entries = entries[:-1]
        return entries

    def _least(self, entries: tuple[LegendEntry, ...]) -> float:
        """Return the room that names want at least."""
        return sum(min(wanted, MIN_NAME * self.fontMetrics().height()) for wanted in self._wanted(entries))

    def _whole_width(self, entries: tuple[LegendEntry, ...]) -> float:
        return sum(self._wanted(entries)) + self._beside(entries) + 2

    def _wanted(self, entries: tuple[LegendEntry, ...]) -> list[float]:
        return [QFontMetricsF(self._font_of(entry)).horizontalAdvance(entry.name) + 1 for entry in entries]

    def _beside(self, entries: tuple[LegendEntry, ...]) -> float:
        """Return the room that strokes and gaps take."""
        count = len(entries)
        return (count * (STROKE + GAP) + max(0, count - 1) * BETWEEN) * self.fontMetrics().height()

    def _widths(self, entries: tuple[LegendEntry, ...]) -> list[float]:
        """Return each name its width; where they do not fit, the longest are cut first."""
        wanted = self._wanted(entries)
        widths, left = [0.0] * len(wanted), max(0.0, self.width() - self._beside(entries))
        for done, place in enumerate(sorted(range(len(wanted)), key=wanted.__getitem__)):
            widths[place] = min(wanted[place], left / (len(wanted) - done))
            left -= widths[place]
        return widths


def brief_run_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return names without the parts that all of them begin with: "digits-ae" and "digits-vae" are "ae" and "vae"."""
    parts = [re.findall(r"[^-_ .]+[-_ .]*", name) or [name] for name in names]
    alike = 0
    while len(names) > 1 and all(len(one) > alike + 1 and one[alike] == parts[0][alike] for one in parts):
        alike += 1
    return tuple("".join(one[alike:]) for one in parts)
