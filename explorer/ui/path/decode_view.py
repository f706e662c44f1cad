"""A view of one decode, as large as fits."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.data.dataset import Description
from explorer.ui.pictures.renderers import render_sample
from explorer.ui.theme.theme import ThemeSource


class DecodeView(QWidget):
    """Draws one sample or decode in a square of the widget's height."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._shown: tuple[NDArray[np.float32], Description] | None = None
        self._image: QImage | None = None
        self._max_width = 240  # maximum width in pixels
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        themes.changed.connect(self._draw)

    @property
    def image(self) -> QImage | None:
        """The picture drawn, or None."""
        return self._image

    def show_sample(self, values: NDArray[np.float32] | None, description: Description | None = None) -> None:
        """Show a sample ``(*shape)``; None clears the view."""
        self._shown = None if values is None or description is None else (values, description)
        self._draw()

    def minimumSizeHint(self) -> QSize:
        """Return a minimum of a few lines of text, in pixels."""
        em = self.fontMetrics().height()
        return QSize(3 * em, 3 * em)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the sample in the centre."""
        if self._image is not None:
            with QPainter(self) as painter:
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
                size = self._image.deviceIndependentSize().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
                area = QRectF(0, 0, size.width(), size.height())
                area.moveCenter(QRectF(self.rect()).center())
                painter.drawImage(area, self._image)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the width equal to the height, up to the maximum."""
        # Its own width depends on its height, which no size policy can express.
        super().resizeEvent(event)
        self._fit()
        self._draw()

    def set_max_width(self, width: int) -> None:
        """Set the maximum width in pixels."""
        self._max_width = width
        self._fit()

    def _fit(self) -> None:
        width = min(self.height(), self._max_width)
        # setFixedWidth resizes again; without this test the two would alternate for ever.
        if self.width() != width:
            self.setFixedWidth(width)

    def _draw(self) -> None:
        if self._shown is None:
            self._image = None
        else:
            side, ratio = min(self.width(), self.height()), self.devicePixelRatioF()
            self._image = render_sample(*self._shown, self._themes.theme, side, ratio)
        self.update()
