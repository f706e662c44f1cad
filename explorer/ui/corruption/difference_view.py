"""The difference of a reconstruction and its sample, in two colours with a stated range."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from explorer.rendering.differences import ON_DARK, ON_LIGHT, Diverging, draw_difference
from explorer.rendering.drawing import MINUS, Canvas
from explorer.ui.pictures.drawing import small_font
from explorer.ui.pictures.renderers import paint
from explorer.ui.pictures.sample_view import SampleView
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity


def colours_of(themes: ThemeSource) -> Diverging:
    """Return the colours that suit the theme's ground."""
    return ON_DARK if themes.theme.dark else ON_LIGHT


class DifferenceView(SampleView):
    """Shows ``restored − clean`` of pictures in colours; of vectors as their renderer does."""

    def draw_image(self, ratio: float) -> QImage:
        """Draw what is shown."""
        if self._description is None or self._values is None or self._description.kind != "image":
            return super().draw_image(ratio)
        metrics = QFontMetricsF(small_font())
        canvas = Canvas(self._side, self._side, metrics.height(), metrics.horizontalAdvance)
        return paint(draw_difference(self._values, canvas, colours_of(self._themes)), self._themes.theme, ratio)

    def build_menu(self) -> QMenu:
        """Offer to copy it; the bench saves it beside the others."""
        menu = QMenu(self)
        menu.addAction("Copy picture").triggered.connect(self.copy_picture)
        return menu


class DifferenceScale(QWidget):
    """The bar that says which colour is which difference."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        tip = "Restored − sample in model units, averaged over channels. Blue: too dark. Orange: too bright"
        set_identity(self, "corruption_scale", tip, f"Difference from {MINUS}1, too dark, to 1, too bright")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self.updateGeometry)
        themes.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return a line's height."""
        return QSize(120, round(QFontMetricsF(small_font()).height() * 1.3))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw −1, the colours, and 1."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small_font())
        metrics = QFontMetricsF(small_font())
        low, high = f"{MINUS}1", "+1"
        left, right = metrics.horizontalAdvance(low) + 5, self.width() - metrics.horizontalAdvance(high) - 5
        middle, thick = self.height() / 2, metrics.height() * 0.45
        bar = QRectF(left, middle - thick / 2, max(1.0, right - left), thick)
        colours = colours_of(self._themes)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for place, colour in ((0.0, colours.low), (0.5, colours.middle), (1.0, colours.high)):
            gradient.setColorAt(place, QColor(*colour))
        painter.setPen(QColor(self._themes.theme.line))
        painter.setBrush(gradient)
        painter.drawRoundedRect(bar, thick / 2, thick / 2)
        painter.setPen(QColor(self._themes.theme.muted))
        baseline = middle + metrics.ascent() / 2 - metrics.descent() / 2
        painter.drawText(0, round(baseline), low)
        painter.drawText(round(right + 5), round(baseline), high)
        painter.end()
