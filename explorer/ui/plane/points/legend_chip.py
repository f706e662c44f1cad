"""The parts of the legend: a chip for each class, or a bar of colours for continuous values."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from explorer.rendering.palette import continuous_colours
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.eliding_label import cut_text
from explorer.ui.widgets.identity import set_identity

BAR_PIXELS = 180
"""Width of the colour bar at text scale 1."""
# Enough stops for Qt's linear interpolation to follow the perceptual colour map.
_STOPS = 24


class ColourBar(QWidget):
    """The colours of a continuous colouring from low to high, labelled with the values at both ends."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "colour_bar", "Colour scale, low to high")
        self._themes = themes
        self._ends = ("", "")
        self._stops: list[tuple[float, QColor]] = []
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._apply_theme)

    def set_span(self, low: float, high: float, unit: str) -> None:
        """Set the values at the two ends, and their unit."""
        self._ends = (f"{low:.4g}", f"{high:.4g} {unit}".strip())
        self.setAccessibleName(f"colours from {self._ends[0]} to {self._ends[1]}")
        self._apply_theme()

    def sizeHint(self) -> QSize:
        """Return the size of the bar with both labels."""
        metrics = QFontMetrics(self.font())
        words = sum(metrics.horizontalAdvance(end) for end in self._ends)
        return QSize(round(BAR_PIXELS * self._themes.scale) + words + 4 * self._gap, metrics.height() + self._gap)

    def minimumSizeHint(self) -> QSize:
        """Return the size with a bar shortened by 60 %."""
        size = self.sizeHint()
        return QSize(size.width() - round(BAR_PIXELS * self._themes.scale * 0.6), size.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both labels and the bar between them."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            metrics, gap = QFontMetrics(self.font()), self._gap
            low, high = (metrics.horizontalAdvance(end) for end in self._ends)
            painter.setPen(QColor(self._themes.theme.muted))
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, 0, low + gap, self.height()), middle, self._ends[0])
            painter.drawText(QRectF(self.width() - high, 0, high + gap, self.height()), middle, self._ends[1])
            height = metrics.height() * 0.6
            bar = QRectF(low + gap * 1.5, (self.height() - height) / 2, self.width() - low - high - 3 * gap, height)
            gradient = QLinearGradient(bar.topLeft(), bar.topRight())
            for share, colour in self._stops:
                gradient.setColorAt(share, colour)
            shape = QPainterPath()
            shape.addRoundedRect(bar, height / 3, height / 3)
            painter.fillPath(shape, gradient)

    @property
    def _gap(self) -> int:
        return round(6 * self._themes.scale)

    @Slot()
    def _apply_theme(self) -> None:
        # The colours are computed here: their first use imports colorcet, which takes too long for a paint event.
        shares = np.linspace(0, 1, _STOPS)
        colours = continuous_colours(shares, self._themes.theme.dark)  # (_STOPS, 3)
        self._stops = [(float(at), QColor(*map(int, colour))) for at, colour in zip(shares, colours, strict=True)]
        self.updateGeometry()
        self.update()


MAX_CHARACTERS = 18
"""Maximum characters of a name on a chip; the tooltip has the full name."""


@dataclass(frozen=True)
class ChipText:
    """The text and colour of a chip; ``hidden`` classes have a hollow dot and a muted name."""

    name: str
    count: str
    colour: tuple[int, int, int]
    hidden: bool = False
    brief: str = ""
    """Replaces name and count if there are many classes; the tooltip has both."""


class LegendChip(QAbstractButton):
    """A button of the legend for one class: its colour, name and number of samples.

    Signals
    -------
    toggled_class : int
        The class is to be hidden or shown: the chip was clicked.
    isolated_class : int
        The class is to be shown alone: the chip was Alt+clicked or double-clicked.
    """

    toggled_class = Signal(int)
    isolated_class = Signal(int)

    def __init__(self, key: int, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key, self._themes = key, themes
        self._text = ChipText("", "", (128, 128, 128))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def set_text(self, text: ChipText) -> None:
        """Set the text. The layout changes only if the width does."""
        if text == self._text:
            return
        self._text = text
        state = "hidden" if text.hidden else "shown"
        self.setAccessibleName(f"{text.name}: {text.count} samples, {state}")
        what = "Click to show" if text.hidden else "Click to hide"
        self.setToolTip(f"{text.name}: {text.count} samples. {what}; Alt+click or double-click shows only this class.")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of dot, name and count."""
        metrics, gap = QFontMetrics(self.font()), self._gap
        text = metrics.horizontalAdvance(self._short_name) + metrics.horizontalAdvance(self._count)
        return QSize(self._dot + text + (5 if self._count else 4) * gap, metrics.height() + gap)

    def minimumSizeHint(self) -> QSize:
        """Return the same size: a cut count would be read as another number."""
        return self.sizeHint()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Hide or show the class; with Alt, show it alone."""
        # At the press, not the release: a click that moves a little still counts.
        if event.button() == Qt.MouseButton.LeftButton:
            alone = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            (self.isolated_class if alone else self.toggled_class).emit(self.key)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the class alone."""
        self.isolated_class.emit(self.key)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hide or show the class on Space or Enter, as a click does."""
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            alone = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            (self.isolated_class if alone else self.toggled_class).emit(self.key)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw dot, name and count."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            theme, gap, dot = self._themes.theme, self._gap, self._dot
            if self.underMouse() or self.hasFocus():
                painter.setPen(QPen(QColor(theme.accent)) if self.hasFocus() else Qt.PenStyle.NoPen)
                painter.setBrush(QColor(theme.raised))
                painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), gap, gap)
            colour = QColor(*self._text.colour)
            painter.setPen(QPen(colour, 1.5 * self._themes.scale))
            painter.setBrush(Qt.BrushStyle.NoBrush if self._text.hidden else colour)
            painter.drawEllipse(QPointF(gap + dot / 2, self.height() / 2), dot / 2 - 1, dot / 2 - 1)
            metrics, left = QFontMetrics(self.font()), 2 * gap + dot
            # The count follows the name directly, in a muted colour.
            wide = metrics.horizontalAdvance(self._short_name)
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.setPen(QColor(theme.muted if self._text.hidden else theme.text))
            painter.drawText(QRect(left, 0, wide + gap, self.height()), middle, self._short_name)
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRect(left + wide + gap, 0, self.width(), self.height()), middle, self._count)

    @property
    def _short_name(self) -> str:
        return cut_text(self._text.brief or self._text.name, MAX_CHARACTERS)

    @property
    def _count(self) -> str:
        return "" if self._text.brief else self._text.count

    @property
    def _gap(self) -> int:
        return round(4 * self._themes.scale)

    @property
    def _dot(self) -> int:
        return round(11 * self._themes.scale)
