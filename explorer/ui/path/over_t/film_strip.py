"""The film strip: decodes at even steps along a path, in one row; the one nearest to t is outlined."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.data.dataset import Description
from explorer.ui.path.over_t.path_axis import PathAxis
from explorer.ui.pictures.renderers import CENTRE, fitted_box, render_sample, small_font
from explorer.ui.theme.theme import ThemeSource

GAP = 5
"""Minimum pixels between frames."""
MIN_FRAMES = 7
OUTLINE, UNDERLINE = 2, 3
"""Widths of the outline and of the line below a frame, in pixels at text scale 1."""


@dataclass(frozen=True, eq=False)
class Film:
    """Decodes along a path, ``(frames, *shape)`` in the units of the samples, and t of each, ``(frames,)``.

    Attributes
    ----------
    underlined
        Which frames are underlined, as a warning; none if empty.
    """

    decodes: NDArray[np.float32]
    t: NDArray[np.float64]
    description: Description
    underlined: tuple[bool, ...] = ()


class FilmStrip(QWidget):
    """Draws the frames of a film; a click selects one.

    It wants as many frames as fit; `positions` has the t of each.

    Parameters
    ----------
    frames
        Minimum number of frames; if there is too little room, frames get smaller.
    underlines
        Whether to leave room for underlines below the frames.

    Signals
    -------
    chosen : float
        t of the selected frame.
    positions_changed
        The size changed, so other frames are wanted.
    """

    chosen = Signal(float)
    positions_changed = Signal()

    def __init__(
        self, themes: ThemeSource, axis: PathAxis, *, second: bool = False, frames: int = MIN_FRAMES,
        underlines: bool = False, parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._themes, self._axis, self._second = themes, axis, second
        self._fewest, self._underlines = frames, underlines
        self._film: Film | None = None
        self._note = ""
        self._frames: list[QImage] = []
        self._drawn_size = 0
        self._steps = 0
        self._wanted = 0  # number of frames at the last `positions_changed`
        self._t = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        themes.changed.connect(self._draw_frames)

    @property
    def film(self) -> Film | None:
        """The film shown, or None."""
        return self._film

    @property
    def frames(self) -> Sequence[QImage]:
        """The rendered frames."""
        return self._frames

    @property
    def current(self) -> int:
        """The index of the outlined frame."""
        return 0 if self._film is None else int(np.abs(self._film.t - self._t).argmin())

    @property
    def positions(self) -> NDArray[np.float64]:
        """The t of the wanted frames, ``(frames,)``: as many as fit, but no more than the path has steps."""
        # At least two: the user has chosen A and the end.
        return np.linspace(0, 1, max(2, min(self._fitting(), self._steps + 1)))

    def set_steps(self, steps: int) -> None:
        """Set the number of steps of the path, which limits the number of frames."""
        if steps != self._steps:
            self._steps = steps
            self._note_positions()

    def show_film(self, film: Film | None, note: str = "") -> None:
        """Show other decodes; None clears the strip and shows a note in their place."""
        self._film, self._note = film, note
        self._draw_frames()

    def show_t(self, t: float) -> None:
        """Outline the frame nearest to t."""
        before, self._t = self.current, t
        if self.current != before:
            # A screen reader cannot describe the picture, but it can read the number.
            self.setAccessibleDescription(f"frame {self.current + 1} of {len(self._frames)}")
            self.update()

    def frame_area(self, number: int) -> QRectF:
        """Return the square of a frame, in this widget's pixels."""
        side = self.side
        # Placed by t, not by number, as frames, slider and plots share one axis.
        t = 0.0 if self._film is None else float(self._film.t[number])
        centre = self._axis.x_of(t, self.width())
        top = OUTLINE + 1 if self._underlines else (self.height() - side) / 2
        return QRectF(centre - side / 2, top, side, side)

    @property
    def side(self) -> int:
        """The side of a frame in pixels."""
        below = round((UNDERLINE + 3) * self._themes.scale) if self._underlines else 0
        # The outline lies outside the frame; leave room so that the widget's edge does not cut it.
        high = self.height() - 2 * OUTLINE - 2 - below
        return max(8, min(high, self.width() // self._fewest - GAP))

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
        theme = self._themes.theme
        with QPainter(self) as painter:
            painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
            if not self._frames:
                painter.setFont(small_font())
                painter.setPen(QColor(theme.muted))
                painter.drawText(QRectF(self.rect()), CENTRE | Qt.TextFlag.TextWordWrap, self._note)
                return
            for number, frame in enumerate(self._frames):
                painter.drawImage(fitted_box(frame, self.frame_area(number)), frame)
            area = fitted_box(self._frames[self.current], self.frame_area(self.current))
            # The colours of the two curves on the planes.
            colour = QColor(theme.text if self._second else theme.accent)
            painter.setPen(QPen(colour, OUTLINE * max(1.0, self._themes.scale)))
            painter.drawRoundedRect(area.adjusted(-1, -1, 1, 1), 3, 3)
            self._draw_underlines(painter)

    def _draw_underlines(self, painter: QPainter) -> None:
        scale, colour = self._themes.scale, QColor(self._themes.theme.warning)
        for frame, underlined in enumerate(() if self._film is None else self._film.underlined):
            if underlined:
                area = self.frame_area(frame)
                painter.fillRect(
                    QRectF(area.left(), area.bottom() + 3 * scale, area.width(), UNDERLINE * scale), colour
                )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the frame at the mouse."""
        if event.button() == Qt.MouseButton.LeftButton and self._film is not None:
            # The nearest frame, so that a click between two frames is not lost.
            t = self._axis.t_at(event.position().x(), self.width())
            self.chosen.emit(float(self._film.t[np.abs(self._film.t - t).argmin()]))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw the frames at their new size, and ask for others if more or fewer fit."""
        super().resizeEvent(event)
        # Rendering takes much longer than drawing, so render only if the frame size has changed.
        if self.side != self._drawn_size:
            self._draw_frames()
        self._note_positions()

    def _note_positions(self) -> None:
        wanted = len(self.positions)
        if wanted != self._wanted:
            self._wanted = wanted
            self.positions_changed.emit()

    def _fitting(self) -> int:
        return 1 + int((self.width() - self.side - 2 * OUTLINE) // (self.side + GAP))

    def _draw_frames(self) -> None:
        self._drawn_size = self.side
        film = self._film
        if film is None:
            self._frames = []
        else:
            theme, ratio = self._themes.theme, self.devicePixelRatioF()
            self._frames = [
                render_sample(decode, film.description, theme, self._drawn_size, ratio) for decode in film.decodes
            ]
        self.update()
