"""The film strip: decodes at even steps along a path, in one row; the one nearest to t is outlined."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.data.dataset import Description
from explorer.ui.pictures.renderers import fitted_box, render_sample
from explorer.ui.theme.theme import ThemeSource

GAP = 6  # pixels between frames
MAX_CAPTIONS = 12
"""Maximum number of frames with a caption t each; with more frames, only the ends have one."""
OUTLINE = 2  # pixels at text scale 1
CAPTION_PIXELS = 11


def captions(steps: int) -> list[str]:
    """Return the texts below two or more frames: A, t as a fraction, B; only the ends if there are many."""
    between = [str(Fraction(number, steps - 1)) if steps <= MAX_CAPTIONS else "" for number in range(1, steps - 1)]
    return ["A", *between, "B"]


@dataclass(frozen=True, eq=False)
class Film:
    """Decodes along a path, ``(steps, *shape)`` in the units of the samples."""

    decodes: NDArray[np.float32]
    description: Description


class FilmStrip(QWidget):
    """Draws the frames of a film; a click or an arrow key selects one.

    Signals
    -------
    chosen : int
        The index of the selected frame.
    """

    chosen = Signal(int)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._film: Film | None = None
        self._frames: list[QImage] = []
        self._drawn_size = 0
        self._current = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        themes.changed.connect(self._apply_theme)

    @property
    def film(self) -> Film | None:
        """The film shown, or None."""
        return self._film

    @property
    def frames(self) -> Sequence[QImage]:
        """The frames as they are drawn."""
        return self._frames

    @property
    def current(self) -> int:
        """The index of the outlined frame."""
        return self._current

    def show_film(self, film: Film | None) -> None:
        """Show other decodes; None clears the strip."""
        self._film = film
        self._draw_frames()

    def show_current(self, number: int) -> None:
        """Outline a frame."""
        if number != self._current:
            self._current = number
            # The picture says nothing to a screen reader; the number does.
            self.setAccessibleDescription(f"frame {number + 1} of {self._count()}")
            self.update()

    def frame_area(self, number: int) -> QRectF:
        """Return the square of a frame, in this widget's pixels."""
        side = self._side()
        # The frames spread over the width, at a distance of at most twice their side.
        stride = (self.width() - 2 * OUTLINE - side) / max(1, self._count() - 1)
        stride = min(stride, side * 2)
        left = (self.width() - side - stride * (self._count() - 1)) / 2
        return QRectF(left + number * stride, (self.height() - self._caption_height() - side) / 2, side, side)

    def minimumSizeHint(self) -> QSize:
        """Return a minimum at which frames can still be distinguished, in pixels."""
        em = self.fontMetrics().height()
        return QSize(8 * em, 2 * em)

    def sizeHint(self) -> QSize:
        """Return a preferred size of a few lines of text, in pixels."""
        em = self.fontMetrics().height()
        return QSize(24 * em, 4 * em)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frames and the outline of the current one."""
        with QPainter(self) as painter:
            painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
            theme = self._themes.theme
            for number, frame in enumerate(self._frames):
                painter.drawImage(fitted_box(frame, self.frame_area(number)), frame)
            if self._frames:
                self._draw_captions(painter)
            if self._current < len(self._frames):
                area = fitted_box(self._frames[self._current], self.frame_area(self._current))
                painter.setPen(QPen(QColor(theme.accent), OUTLINE * max(1.0, self._themes.scale)))
                painter.drawRoundedRect(area.adjusted(-1, -1, 1, 1), 3, 3)
            if self.hasFocus():
                painter.setPen(QPen(QColor(theme.accent), 1, Qt.PenStyle.DotLine))
                painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the frame at the mouse."""
        if event.button() == Qt.MouseButton.LeftButton and (number := self._at(event.position().x())) is not None:
            self.chosen.emit(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Select the next or previous frame with the arrow keys."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step and self._frames:
            self.chosen.emit(min(max(self._current + step, 0), self._count() - 1))
        else:
            # Other keys belong to the panel and its shortcuts.
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw the frames at their new size."""
        super().resizeEvent(event)
        # Rendering takes much longer than drawing: only if the side of a frame has changed.
        if self._side() != self._drawn_size:
            self._draw_frames()

    def _apply_theme(self) -> None:
        self._draw_frames()

    def _count(self) -> int:
        return 0 if self._film is None else len(self._film.decodes)

    def _side(self) -> int:
        """Return the side of a frame in pixels, so that all frames fit beside each other."""
        count = max(1, self._count())
        height = self.height() - self._caption_height() - 2 * OUTLINE - 2
        return max(8, min(height, (self.width() - 2 * OUTLINE) // count - GAP))

    def _caption_height(self) -> int:
        return round(1.1 * self._caption_font().pixelSize())

    def _caption_font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(round(CAPTION_PIXELS * self._themes.scale))
        return font

    def _draw_captions(self, painter: QPainter) -> None:
        theme, count = self._themes.theme, self._count()
        painter.setFont(self._caption_font())
        for number, caption in enumerate(captions(count)):
            area = self.frame_area(number)
            below = QRectF(area.center().x() - 30, area.bottom() + 1, 60, self._caption_height() + 2)
            accented = number in (0, count - 1, self._current)
            painter.setPen(QColor(theme.accent_ink if accented else theme.muted))
            painter.drawText(below, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, caption)

    def _draw_frames(self) -> None:
        self._drawn_size = self._side()
        film = self._film
        if film is None:
            self._frames = []
        else:
            theme, ratio = self._themes.theme, self.devicePixelRatioF()
            self._frames = [
                render_sample(decode, film.description, theme, self._drawn_size, ratio) for decode in film.decodes
            ]
        self.update()

    def _at(self, x: float) -> int | None:
        if not self._frames:
            return None
        # The nearest frame, so that a click between two frames is not lost.
        distances = [abs(self.frame_area(number).center().x() - x) for number in range(len(self._frames))]
        return int(np.argmin(distances))
