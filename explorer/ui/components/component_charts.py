"""The small charts of a linear model and their texts: explained variance, and the angle to PCA over epochs."""

from abc import abstractmethod
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.latent.evaluation.figure_text import percent
from explorer.models.linear_parts import LinearParts
from explorer.ui.curves.series import TermCurve, thinned
from explorer.ui.pictures.renderers import CENTRE, LEFT, RIGHT, small_font
from explorer.ui.theme.theme import ThemeSource

NOT_LINEAR = (
    "No components: the model of this run is not linear. Linear models are PCA, SVD, LSI and the linear autoencoder."
)
NOT_YET = "Components appear after the first training steps."


def summaries(parts: LinearParts) -> tuple[str, ...]:
    """Return the shares of the model and of the best directions, and how these were found; then two shorter forms."""
    count, of = len(parts.components), parts.share_of
    # A reference (PCA) exists only for models that are trained, and need not reach it.
    if parts.reference is not None:
        best = float(parts.explained_variance_ratio[:count].sum())
        text = f"keeps {percent(parts.kept, 2)} of the {of}, PCA {percent(best, 2)}"
        briefer = text.replace(f" of the {of}", "")
    else:
        text = f"{count} {'direction keeps' if count == 1 else 'directions keep'} {percent(parts.kept, 2)} of the {of}"
        briefer = f"{percent(parts.kept, 2)} of the {of}"
    forms = (text, briefer, f"keeps {percent(parts.kept, 2)}")
    return forms if parts.exact else (f"{text}; by the randomized solver", *forms)


def bars_title(parts: LinearParts) -> str:
    """Return the title of the bars."""
    return f"explained {parts.share_of.replace('squared length', 'length²')}"


def angle_title(degrees: float) -> str:
    """Return the title of the curve of angles, with the newest angle in degrees."""
    return f"{degrees:.1f}° to PCA"


MIN_HEIGHT = 3.5
"""Minimum height in text heights."""


class ShareChart(QWidget):
    """Base of the small charts: draws the axis; a subclass draws what stands on it.

    Parameters
    ----------
    ticks
        Labels by height, from 0 at the bottom to 1 at the top, in ascending order.
    min_width
        Minimum width in text heights.
    """

    def __init__(
        self, themes: ThemeSource, ticks: Mapping[float, str], min_width: float, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._themes, self._ticks, self._min_width = themes, ticks, min_width
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    @abstractmethod
    def words_at(self, x: float) -> str:
        """Return the numbers at x (pixels) as text."""

    @abstractmethod
    def draw(self, painter: QPainter, plot: QRectF) -> None:
        """Draw the contents within ``plot``, and on the line of text below it."""

    def sizeHint(self) -> QSize:
        """Return the minimum size: the pictures beside the chart come first."""
        return self.minimumSize()

    def event(self, event: QEvent) -> bool:
        """Show the numbers under the mouse as a tooltip."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.words_at(event.pos().x()), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the axis and the contents."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(small_font())
            plot = self.plot()
            self._draw_axis(painter, plot)
            self.draw(painter, plot)

    def plot(self) -> QRectF:
        """Return the rectangle between the axis labels and the line of text at the bottom."""
        metrics = QFontMetricsF(small_font())
        # The top label is the widest: 100 % or 90°.
        left, line = metrics.horizontalAdvance(list(self._ticks.values())[-1]) + 6, metrics.height()
        return QRectF(left, line / 2, max(1.0, self.width() - left - 4), max(1.0, self.height() - 1.6 * line))

    def _draw_axis(self, painter: QPainter, plot: QRectF) -> None:
        theme, line = self._themes.theme, QFontMetricsF(small_font()).height()
        for share, label in self._ticks.items():
            y = plot.bottom() - share * plot.height()
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(0, y - line / 2, plot.left() - 5, line), RIGHT, label)

    @Slot()
    def _apply_theme(self) -> None:
        line = QFontMetricsF(small_font()).height()
        self.setMinimumSize(round(self._min_width * line), round(MIN_HEIGHT * line))
        self.update()


TICKS = {0.0: "0 %", 0.5: "50 %", 1.0: "100 %"}


class VarianceBars(ShareChart):
    """Bars of the variance that each direction explains, the largest first, and their sum; kept ones are accented."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(themes, TICKS, 9.5, parent)
        self._shares: NDArray[np.float64] = np.empty(0)
        self._kept, self._share_of = 0, "variance"
        self.setObjectName("variance_bars")
        self.setAccessibleName("Explained variance by direction")

    @property
    def shares(self) -> NDArray[np.float64]:
        """The share of each direction, ``(S,)``."""
        return self._shares

    def set_shares(self, shares: NDArray[np.float64], kept: int, share_of: str) -> None:
        """Show shares ``(S,)`` of ``share_of``; the first ``kept`` of them pass the bottleneck."""
        self._shares, self._kept, self._share_of = shares, kept, share_of
        words = (f"{index + 1}: {percent(share, 2)}" for index, share in enumerate(shares))
        self.setAccessibleName(f"Explained {share_of} by direction")
        self.setAccessibleDescription(", ".join(words))
        self.update()

    def words_at(self, x: float) -> str:
        """Return the numbers of the direction at x (pixels)."""
        plot = self.plot()
        if not len(self._shares) or not plot.left() <= x < plot.right():
            return ""
        index = min(int((x - plot.left()) / plot.width() * len(self._shares)), len(self._shares) - 1)
        kept = "kept" if index < self._kept else "not kept by this bottleneck"
        sum_of = "" if index == 0 else f", the first {index + 1} together {percent(self._shares[: index + 1].sum(), 2)}"
        return f"direction {index + 1}: {percent(self._shares[index], 2)} of the {self._share_of}{sum_of}; {kept}"

    def draw(self, painter: QPainter, plot: QRectF) -> None:
        """Draw the bars, and the line of their sum."""
        if len(self._shares):
            self._draw_bars(painter, plot)
            self._draw_sum(painter, plot)

    def _draw_bars(self, painter: QPainter, plot: QRectF) -> None:
        theme, line = self._themes.theme, QFontMetricsF(small_font()).height()
        step = plot.width() / len(self._shares)
        # Only every k-th bar is numbered if the numbers would overlap.
        every = max(1, round(QFontMetricsF(small_font()).horizontalAdvance("20 ") / step + 0.49))
        for index, share in enumerate(np.nan_to_num(self._shares).clip(0, 1)):
            # At least one pixel: a direction that explains next to nothing still exists.
            height = max(1.0, float(share) * plot.height())
            bar = QRectF(plot.left() + (index + 0.14) * step, plot.bottom() - height, 0.72 * step, height)
            painter.fillRect(bar, QColor(theme.accent if index < self._kept else theme.edge))
            if index % every == 0:
                painter.setPen(QColor(theme.muted))
                middle = plot.left() + (index + 0.5) * step
                painter.drawText(QRectF(middle - line, plot.bottom() + 1, 2 * line, line), CENTRE, str(index + 1))

    def _draw_sum(self, painter: QPainter, plot: QRectF) -> None:
        step = plot.width() / len(self._shares)
        heights = np.nan_to_num(self._shares).cumsum().clip(0, 1) * plot.height()
        points = [QPointF(plot.left() + (x + 0.5) * step, plot.bottom() - y) for x, y in enumerate(heights.tolist())]
        painter.setPen(QPen(QColor(self._themes.theme.text), 1.3))
        painter.drawPolyline(QPolygonF(points))
        painter.setBrush(QColor(self._themes.theme.text))
        painter.setPen(Qt.PenStyle.NoPen)
        for point in points:
            painter.drawEllipse(point, 1.8, 1.8)


RIGHT_ANGLE = 90  # degrees
ANGLE_TICKS = {0.0: "0°", 0.5: "45°", 1.0: "90°"}
MAX_POINTS = 600


class AngleCurve(ShareChart):
    """The angle between the planes of a linear autoencoder and of PCA over epochs, from 0° (the same plane) to 90°."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(themes, ANGLE_TICKS, 7, parent)
        self._curve = TermCurve(np.empty(0), np.empty(0))
        self._epochs = 1.0
        self.setObjectName("angle_curve")
        self.setAccessibleName("Angle to PCA's plane in degrees, over epochs")

    @property
    def curve(self) -> TermCurve:
        """Epochs and degrees."""
        return self._curve

    def set_curve(self, epochs: NDArray[np.float64], degrees: NDArray[np.float64], epochs_shown: float) -> None:
        """Show degrees ``(n,)`` over epochs ``(n,)`` on an axis of ``epochs_shown`` epochs."""
        # At least 1, so that the scale is defined before the first epoch.
        self._curve, self._epochs = TermCurve(epochs, degrees), max(epochs_shown, 1.0)
        latest = self._curve.latest
        self.setAccessibleDescription("" if latest is None else f"now {latest:.1f} degrees")
        self.update()

    def words_at(self, x: float) -> str:
        """Return epoch and degrees at x in pixels."""
        plot = self.plot()
        found = self._curve.at((x - plot.left()) / plot.width() * self._epochs)
        return "" if found is None else f"epoch {found[0]:g}: {found[1]:.2f}° between the two planes"

    def draw(self, painter: QPainter, plot: QRectF) -> None:
        """Draw the axis of epochs and the curve."""
        theme = self._themes.theme
        self._draw_epochs(painter, plot)
        shown = thinned(self._curve, MAX_POINTS)
        across = plot.left() + shown.epochs / self._epochs * plot.width()
        down = plot.bottom() - shown.values / RIGHT_ANGLE * plot.height()
        # An epoch without a finite angle has no point.
        points = [QPointF(x, y) for x, y in zip(across.tolist(), down.tolist(), strict=True) if np.isfinite(y)]
        painter.setPen(QPen(QColor(theme.accent), 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPolyline(QPolygonF(points))
        if points:
            painter.setBrush(QColor(theme.accent))
            painter.drawEllipse(points[-1], 2.4, 2.4)

    def _draw_epochs(self, painter: QPainter, plot: QRectF) -> None:
        metrics = QFontMetricsF(small_font())
        foot = QRectF(plot.left(), plot.bottom() + 1, plot.width(), metrics.height())
        painter.setPen(QColor(self._themes.theme.muted))
        painter.drawText(foot, LEFT, "0")
        last = f"{self._epochs:g} epochs"
        # In a narrow chart the number alone must do.
        if metrics.horizontalAdvance(f"0 {last}") > plot.width():
            last = f"{self._epochs:g}"
        painter.drawText(foot, RIGHT, last)
