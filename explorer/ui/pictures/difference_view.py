"""The difference of two pictures in two colours, and the scale that says what the colours stand for."""

from PySide6.QtCore import QPointF, QRectF, QSize, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from explorer.rendering.differences import ON_DARK, draw_difference
from explorer.rendering.drawing import MINUS, Canvas
from explorer.ui.pictures.renderers import CENTRE, LEFT, RIGHT, paint, small_font
from explorer.ui.pictures.sample_view import SampleView
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

COLOURS = ON_DARK
"""Blue, black and orange in both themes: zero is the black that most pictures have as their background."""


class DifferenceView(SampleView):
    """The difference of two samples in model units: of images in two colours, of vectors as a vector."""

    def draw_image(self, ratio: float) -> QImage:
        """Return the picture for a screen of this device pixel ratio."""
        if self._description is None or self._values is None or self._description.kind != "image":
            return super().draw_image(ratio)
        metrics = QFontMetricsF(small_font())
        canvas = Canvas(self._side, self._side, metrics.height(), metrics.horizontalAdvance)
        return paint(draw_difference(self._values, canvas, COLOURS), self._themes.theme, ratio)

    def build_menu(self) -> QMenu:
        """Return a menu that copies the picture; it is saved together with the pictures that it compares."""
        menu = QMenu(self)
        menu.addAction("Copy picture").triggered.connect(self.copy_picture)
        return menu


class DifferenceScale(QWidget):
    """The colours from −1 to 1 with their numbers: beside the bar if there is one line of room, else below it.

    ``lines`` are muted texts above the bar.
    """

    def __init__(
        self, name: str, what: str, themes: ThemeSource, parent: QWidget | None = None, *, lines: tuple[str, ...] = ()
    ) -> None:
        super().__init__(parent)
        self._themes, self._lines = themes, lines
        tip = f"{what} in model units, averaged over channels. Blue: too dark. Orange: too bright"
        set_identity(self, name, tip, f"{what}, from {MINUS}1, too dark, to 1, too bright")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._apply_theme)

    def set_lines(self, lines: tuple[str, ...]) -> None:
        """Set the texts above the bar."""
        if lines != self._lines:
            self._lines = lines
            self._apply_theme()

    def sizeHint(self) -> QSize:
        """Return the preferred size in pixels: one line of text, or the texts with bar and numbers below them."""
        return QSize(120, round(self._line() * (len(self._lines) + 1.7 if self._lines else 1)))

    def minimumSizeHint(self) -> QSize:
        """Return the size in which no text is cut, in pixels."""
        metrics = QFontMetricsF(small_font())
        return QSize(round(max(map(metrics.horizontalAdvance, (*self._lines, "")))), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the texts, the colours, and the numbers."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(small_font())
            painter.setPen(QColor(self._themes.theme.muted))
            line = self._line()
            for index, text in enumerate(self._lines):
                painter.drawText(QRectF(0, index * line, self.width(), line), LEFT, text)
            if self._lines:
                top = len(self._lines) * line
                self._draw_bar(painter, QRectF(0, top + 0.15 * line, self.width(), 0.45 * line))
                row = QRectF(0, top + 0.7 * line, self.width(), line)
                for side, text in ((LEFT, f"{MINUS}1"), (CENTRE, "0"), (RIGHT, "1")):
                    painter.drawText(row, side, text)
            else:
                self._draw_one_line(painter, line)

    def _draw_one_line(self, painter: QPainter, line: float) -> None:
        metrics = QFontMetricsF(small_font())
        low, high = f"{MINUS}1", "+1"
        left, right = metrics.horizontalAdvance(low) + 5, self.width() - metrics.horizontalAdvance(high) - 5
        whole = QRectF(0, 0, self.width(), line)
        painter.drawText(whole, LEFT, low)
        painter.drawText(whole, RIGHT, high)
        self._draw_bar(painter, QRectF(left, 0.3 * line, max(1.0, right - left), 0.4 * line))

    def _draw_bar(self, painter: QPainter, bar: QRectF) -> None:
        gradient = QLinearGradient(QPointF(bar.left(), 0), QPointF(bar.right(), 0))
        for position, colour in ((0.0, COLOURS.low), (0.5, COLOURS.middle), (1.0, COLOURS.high)):
            gradient.setColorAt(position, QColor(*colour))
        painter.fillRect(bar, gradient)

    def _line(self) -> float:
        return 1.3 * QFontMetricsF(small_font()).height()

    @Slot()
    def _apply_theme(self) -> None:
        self.updateGeometry()
        self.update()
