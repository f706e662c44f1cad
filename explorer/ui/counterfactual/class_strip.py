"""The decodes on the line through a counterfactual, the class of each, and where it changes."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.data.dataset import Description
from explorer.latent.counterfactuals.counterfactual import Counterfactual
from explorer.latent.counterfactuals.counterfactual_text import class_text
from explorer.latent.steps import Absent
from explorer.rendering.palette import NO_CLASS, class_colours
from explorer.ui.path.over_t.path_plots import ClassRow, class_pieces
from explorer.ui.pictures.renderers import CENTRE, fitted_box, render_sample, small_font
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

GAP, BAND, MARK = 3, 5, 6
"""Gap between pictures, height of the band of classes, and size of the mark of the change, at text scale 1."""
MAX_SIDE = 96
"""Maximum side of a picture in pixels at text scale 1."""


class ClassStripView(QWidget):
    """Paints the strip.

    Signals
    -------
    picked : int
        The step that was clicked.
    """

    picked = Signal(int)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._found: Counterfactual | None = None
        self._description: Description | None = None
        self._images: list[QImage] = []
        set_identity(self, "counterfactual_strip", accessible="Decodes on the line, with their predicted classes")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        # Each picture can be clicked.
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        themes.changed.connect(self._render)

    def show_found(self, found: Counterfactual | None, description: Description | None) -> None:
        """Show a counterfactual, or an empty strip."""
        # The second answer adds the comparison and has the same strip; rendering it again would flicker.
        same = found is not None and self._found is not None and found.strip is self._found.strip
        self._found, self._description = found, description
        if not same:
            self._render()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size with pictures of a useful size, in pixels."""
        return QSize(round(13 * (60 + GAP) * self._themes.scale), self._height(round(60 * self._themes.scale)))

    def minimumSizeHint(self) -> QSize:
        """Return the size of the strip in a narrow dialog, in pixels."""
        return QSize(round(13 * 30 * self._themes.scale), self._height(self._side))

    def x_of(self, t: float) -> float:
        """Return the horizontal position of t: 0 is the middle of the first picture, 1 that of the last."""
        count = self._count
        return self._side / 2 + t * (count - 1) * self._step

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Render the pictures for the new width."""
        if event.size().width() != event.oldSize().width():
            self._render()
            # Pictures are square, so the height follows from the width.
            self.setFixedHeight(self._height(self._side))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw pictures, band, classes and the mark of the change."""
        found, about = self._found, self._description
        theme, scale, side = self._themes.theme, self._themes.scale, self._side
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for index in range(self._count):
                box = self._picture(index)
                if index < len(self._images):
                    painter.drawImage(fitted_box(self._images[index], box), self._images[index])
                else:
                    painter.fillRect(box, QColor(theme.raised))
            if found is None or about is None:
                return
            painter.setFont(small_font())
            self._paint_classes(painter, found, about)
            # At the exact t of the change, which lies between two pictures, not at the nearest of them.
            x, top = self.x_of(found.turn), round(MARK * scale)
            painter.setPen(QPen(QColor(theme.warning), 2 * scale))
            painter.drawLine(QPointF(x, top), QPointF(x, top + side + 2 * BAND * scale))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.warning))
            corners = [QPointF(x - top, 0), QPointF(x + top, 0), QPointF(x, top * 1.4)]
            painter.drawPolygon(QPolygonF(corners))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick the step under the mouse."""
        index = self._index_at(event.position())
        if index is not None and event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(index)

    def event(self, event: QEvent) -> bool:
        """Show the tooltip of the step under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self._index_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "" if index is None else self.tip_of(index), self)
            return True
        return super().event(event)

    def tip_of(self, index: int) -> str:
        """Return what is known of a step."""
        found, about = self._found, self._description
        if found is None or about is None:
            return ""
        strip, label = found.strip, int(found.strip.classes[index])
        name = class_text(about, label) or "unknown"
        share = "" if isinstance(strip.shares, Absent) or label < 0 else f", {strip.shares[index, label]:.0%}"
        words = f" ({strip.shares_words})" if share else ""
        return f"t = {strip.t[index]:.3f}: predicted as {name}{share}{words}. Click to move the probe there."

    def _paint_classes(self, painter: QPainter, found: Counterfactual, about: Description) -> None:
        """Draw a band in the colours of the classes, and their names where they fit."""
        theme, scale, dark = self._themes.theme, self._themes.scale, self._themes.theme.dark
        top = MARK * scale + self._side + GAP * scale
        metrics = QFontMetricsF(small_font())
        names = about.class_names
        for start, end, label in class_pieces(ClassRow(found.strip.t, found.strip.classes)):
            # From middle to middle of two pictures, since classes are known there alone.
            left, right = self.x_of(start), self.x_of(end)
            colour = class_colours(len(names), dark)[label] if 0 <= label < len(names) else NO_CLASS[dark]
            painter.fillRect(QRectF(left, top, max(1.0, right - left - 1), BAND * scale), QColor(*map(int, colour)))
            text = class_text(about, label) or "unknown"
            # A short piece has its name in the tooltips of its pictures.
            if metrics.horizontalAdvance(text) <= max(right - left, self._side) - 2:
                painter.setPen(QColor(theme.text))
                middle = min(max((left + right) / 2, self._side / 2), self.width() - self._side / 2)
                room = QRectF(0, top + BAND * scale, max(right - left, self._side), metrics.height())
                room.moveCenter(QPointF(middle, room.center().y()))
                painter.drawText(room, CENTRE, text)

    @property
    def _count(self) -> int:
        # The usual number of steps, so that the strip keeps its size when the answer comes.
        return 13 if self._found is None else len(self._found.strip.t)

    @property
    def _step(self) -> float:
        return self._side + GAP * self._themes.scale

    @property
    def _side(self) -> int:
        scale, count = self._themes.scale, self._count
        return max(12, min(int((self.width() + GAP * scale) / count - GAP * scale), round(MAX_SIDE * scale)))

    def _height(self, side: int) -> int:
        line = QFontMetricsF(small_font()).height()
        # The mark above, and below the pictures the band with a line for the names.
        return round((MARK + GAP + BAND) * self._themes.scale + side + line + 2)

    def _picture(self, index: int) -> QRectF:
        return QRectF(round(index * self._step), MARK * self._themes.scale, self._side, self._side)

    def _index_at(self, position: QPointF) -> int | None:
        # Empty squares stand for the pictures while the search runs, and cannot be picked.
        shown = self._count if self._found is not None else 0
        return next((index for index in range(shown) if self._picture(index).contains(position)), None)

    @Slot()
    def _render(self) -> None:
        found, about, ratio = self._found, self._description, self.devicePixelRatioF()
        self._images = []
        if found is not None and about is not None:
            theme = self._themes.theme
            self._images = [render_sample(one, about, theme, self._side, ratio) for one in found.strip.decodes]
        self.update()
