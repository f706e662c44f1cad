"""An axis of a plane: without ticks, with typographic minus signs, and no wider than its numbers."""

from typing import Any

from pyqtgraph import AxisItem
from PySide6.QtCore import QPointF
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from explorer.ui.theme.theme import Theme

NO_PREFIX = ((-1.0, -1.0),)
"""A range that contains no value, so that pyqtgraph never writes 200 for 0.2; its own switch keeps the last factor."""


class PlaneAxis(AxisItem):  # type: ignore[misc]
    """Shows numbers or the names of strips, and the name of the axis."""

    def __init__(self, orientation: str) -> None:
        # Set before the base class is initialized, which calls the overridden methods.
        self._strips: tuple[str, ...] | None = None
        self._numbers_width = self._beside = self._text_height = 0.0
        self._low = False
        super().__init__(orientation)

    def set_strips(self, names: tuple[str, ...] | None) -> None:
        """Write these names at 0, 1, …, or numbers (None)."""
        self._strips = names
        self.setTicks(None if names is None else [list(enumerate(names))])
        self._numbers_width = 0.0

    def apply_theme(self, theme: Theme, scale: float, font: QFont) -> None:
        """Apply colours, text size and font."""
        self.setPen(theme.line)
        self.setTextPen(theme.muted)
        self.setStyle(tickFont=font, tickLength=0, maxTickLevel=0, tickTextOffset=round(4 * scale))
        self.setTickDensity(0.7)
        self.enableAutoSIPrefix(False)
        self.label.setFont(font)
        self._text_height = height = QFontMetricsF(font).height()
        # Width of the rotated axis name beside the numbers, in pixels.
        # Another font needs another width, so the former one is forgotten below.
        self._beside = 1.35 * height + 4 * scale + 2
        self._numbers_width = 0.0
        self._fit_height()

    def set_low(self, low: bool) -> None:
        """Write the name of a horizontal axis beside its numbers instead of below them, to save height."""
        if low != self._low:
            self._low = low
            self._fit_height()
            self.resizeEvent()

    def resizeEvent(self, event: Any = None) -> None:
        """Centre the axis name, or move it to the end of the numbers."""
        super().resizeEvent(event)
        if self._low and self.orientation == "bottom" and self.label is not None:
            name = self.label.boundingRect()
            self.label.setPos(QPointF(self.size().width() - name.width(), (self.size().height() - name.height()) / 2))

    def generateDrawSpecs(self, painter: QPainter) -> Any:
        """Drop numbers that the axis name beside them would cover."""
        specs = super().generateDrawSpecs(painter)
        if specs is None or not self._low or self.orientation != "bottom":
            return specs
        line, ticks, words = specs
        edge = self.label.pos().x() - 0.3 * self._text_height
        return line, ticks, [word for word in words if word[0].right() <= edge]

    def getSIPrefixEnableRanges(self) -> tuple[tuple[float, float], ...]:
        """Disable SI prefixes; pyqtgraph calls it."""
        return NO_PREFIX

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the numbers with a typographic minus, U+2212."""
        return [text.replace("-", "−") for text in super().tickStrings(values, scale, spacing)]

    def _fit_height(self) -> None:
        if self.orientation == "bottom":
            self.setHeight(round((1.2 if self._low else 2.2) * self._text_height + 6))

    def fit_numbers(self, low: float, high: float) -> None:
        """Widen a vertical axis to fit its numbers or names; never narrow it.

        A narrower axis would change the visible range, whose numbers may be wider again: the two would alternate.
        """
        words = list(self._strips or ())
        if self._strips is None:
            spacing, values = self.tickValues(low, high, max(self.size().height(), 1.0))[0]
            words = self.tickStrings(values, self.scale, spacing)
        metrics = QFontMetricsF(self.style["tickFont"])
        wanted = max([metrics.horizontalAdvance(text) for text in words], default=0.0)
        if wanted > self._numbers_width:
            self._numbers_width = wanted
            self.setWidth(round(wanted + self._beside))
