"""The axes of plots of curves, their fonts and colours.

The horizontal axis (`RunAxis`) is by epoch, by step, by time, or each run to its own end.
"""

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QGraphicsSimpleTextItem, QWidget

from explorer.models.terms import NATS
from explorer.rendering.drawing import MINUS
from explorer.session import CurvesAxis
from explorer.ui.curves.series import CurveHistory, TermCurve
from explorer.ui.theme.style_sheet import TEXT_PIXELS
from explorer.ui.theme.theme import Theme

SMALL = 0.85
"""Font size of a plot, as a share of normal text."""


def plot_font(widget: QWidget, scale: float) -> QFont:
    """Return the font of a plot's numbers and names: pyqtgraph's items do not follow the application's style sheet."""
    font = QFont(widget.font())
    font.setPixelSize(max(8, round(TEXT_PIXELS * scale * SMALL)))
    return font


def style_axis(axis: pg.AxisItem, font: QFont, theme: Theme, scale: float) -> None:
    """Set the colours, the font of the numbers and the sizes of an axis."""
    axis.setPen(pg.mkPen(theme.line))
    axis.setTextPen(pg.mkPen(theme.muted))
    axis.setStyle(tickFont=font, tickLength=round(-3 * scale), tickTextOffset=round(4 * scale))
    # Larger text needs fewer ticks.
    axis.setTickDensity(1 / max(1.0, scale))


NAME_GAP = 14
"""Pixels from the axis to its name, for half of the last number."""
EDGE = 14
"""Pixels to the right of the curves, for half of the last epoch's number."""


class UnitAxis(pg.AxisItem):  # type: ignore[misc]
    """Vertical axis named by its unit, shortened if the axis is short; log scales show plain numbers."""

    unit = NATS

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation, maxTickLength=-3)
        # Losses would otherwise be labelled in "kilo-nats".
        self.enableAutoSIPrefix(False)
        self._font, self._colour = QFont(), "#808080"

    def apply_theme(self, font: QFont, colour: str) -> None:
        """Set the font and colour of the axis's name."""
        self._font, self._colour = QFont(font), colour
        self._name()

    def set_unit(self, unit: str) -> None:
        """Change the unit."""
        if unit != self.unit:
            self.unit = unit
            self._name()

    def resizeEvent(self, event: QEvent | None = None) -> None:
        """Keep the name centred."""
        super().resizeEvent(event)
        # pyqtgraph resizes the axis in its own constructor, before _font exists.
        if hasattr(self, "_font"):
            self._name()

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Return fewer ticks if their numbers would overlap."""
        levels: list[tuple[float, list[float]]] = super().tickValues(low, high, size)
        # Lines of text that fit into ``size`` pixels, with 20 % of space between them.
        fitting = max(2, int(size / (QFontMetricsF(self._font).height() * 1.2)))
        values = sorted(value for _, level in levels for value in level)
        # pyqtgraph labels only the first two levels.
        if self.logMode or sum(len(level) for _, level in levels[:2]) <= fitting or not levels:
            return levels
        coarse = sorted(levels[0][1]) or values
        # Every k-th tick of the coarse level, k rounded up.
        return [(levels[0][0], coarse[:: -(-len(coarse) // fitting)])]

    def logTickValues(
        self, low: float, high: float, size: float, ticks: list[tuple[float, list[float]]]
    ) -> list[tuple[float, list[float]]]:
        """Return ticks at 1, 2 and 5 of each power of ten, or equally spaced ones if the range has few of those."""
        powers = np.arange(np.floor(low), np.ceil(high) + 1)
        decades = powers[(powers >= low) & (powers <= high)]
        # More than three decades: 1, 2 and 5 would not fit.
        if high - low > 3:
            return [(1.0, decades.tolist())]
        fine = np.sort(np.log10(np.array([[1.0], [2.0], [5.0]]) * 10.0**powers).ravel())
        fine = fine[(fine >= low) & (fine <= high)]
        if len(fine) >= 3:
            return [(1.0, fine.tolist())]
        # Less than a third of a decade has no such tick. Equally spaced values still are round numbers.
        even = [value for _, values in self._even_ticks(10.0**low, 10.0**high, size)[:2] for value in values]
        return [(1.0, [float(np.log10(value)) for value in even if value > 0])]

    def logTickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the values themselves instead of their powers of ten."""
        return [f"{10.0**value:.4g}" for value in values]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the numbers with a true minus sign, and with the decimals that their step needs."""
        texts = super().tickStrings(values, scale, spacing)
        step = spacing * scale
        # Pyqtgraph would write steps of 2.5 as 2 and 5.
        if step >= 1 and abs(step - round(step)) > 1e-9 * step:
            texts = [f"{value * scale:.1f}" for value in values]
        return [text.replace("-", MINUS) for text in texts]

    def _even_ticks(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        # tickValues would dispatch to the log variant again; switch it off for one call.
        self.logMode = False
        try:
            ticks: list[tuple[float, list[float]]] = self.tickValues(low, high, size)
        finally:
            self.logMode = True
        return ticks

    def _name(self) -> None:
        fits = QFontMetricsF(self._font).horizontalAdvance(self.unit) < self.size().height()
        text = self.unit if fits else self.unit.partition(" ")[0]
        # setLabel lays out the whole axis; during training it runs many times per second.
        if text != self.labelText or self.label.font() != self._font:
            self.setLabel(text, color=self._colour)
            self.label.setFont(self._font)
            super().resizeEvent(None)  # centres the new name


MANTISSAS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)
"""Round steps of ticks, times a power of ten."""


def tick_step(low: float, high: float, max_ticks: int) -> float:
    """Return the smallest round step for at most ``max_ticks`` ticks; if possible it divides the end of the axis."""
    min_step = max(high - low, 1e-9) / max(1, max_ticks - 1)
    power = 10.0 ** np.floor(np.log10(min_step))
    steps = [mantissa * scale for scale in (power, 10 * power) for mantissa in MANTISSAS]
    # Room for two ticks: the beginning and the end.
    fitting = [high] if low == 0 and max_ticks == 2 else [step for step in steps if step >= min_step * (1 - 1e-9)]
    # A step more than twice as large would leave too few ticks.
    even = [step for step in fitting if abs(high / step - round(high / step)) < 1e-6 and step <= 2 * fitting[0]]
    round_ones = [step for step in fitting if step / 10 ** np.floor(np.log10(step) + 1e-9) not in (1.5, 3.0, 4.0)]
    return float((even or round_ones)[0])


class NamedAxis(pg.AxisItem):  # type: ignore[misc]
    """Horizontal axis with its name to the right of its numbers, where it takes no extra height."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation, maxTickLength=-3)
        self.enableAutoSIPrefix(False)
        self.setStyle(hideOverlappingLabels=EDGE)  # pixels by which the first and last number may overhang
        self._name = QGraphicsSimpleTextItem("epoch", self)

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Return as many ticks as fit, with one at the end of the axis if round numbers reach it."""
        widest = QFontMetricsF(self._name.font()).horizontalAdvance(f"  {high:.0f}  ")
        fitting = max(2, int(size / max(widest, 1.0)) + 1)
        step = tick_step(low, high, fitting)
        return [(step, (np.arange(np.ceil(low / step), np.floor(high / step + 1e-6) + 1) * step).tolist())]

    @property
    def name(self) -> str:
        """The name: "epoch", "step", or a unit."""
        return self._name.text()

    @property
    def name_width(self) -> float:
        """The width in pixels that the name needs to the right of the axis."""
        return float(self._name.boundingRect().width()) + NAME_GAP

    def set_name(self, name: str) -> None:
        """Change the name."""
        self._name.setText(name)

    def apply_theme(self, font: QFont, colour: str) -> None:
        """Set the font and colour of the axis's name."""
        self._name.setFont(font)
        self._name.setBrush(pg.mkBrush(colour))
        # pyqtgraph computes the height of digits; the name's descenders need more.
        self.setHeight(self.style["tickTextOffset"][1] + self._name.boundingRect().height())
        self._place_name()

    def resizeEvent(self, event: QEvent | None = None) -> None:
        """Keep the name beside the axis."""
        super().resizeEvent(event)
        if hasattr(self, "_name"):
            self._place_name()

    def _place_name(self) -> None:
        offset = self.style["tickTextOffset"][1] + max(0, self.style["tickLength"])
        self._name.setPos(self.size().width() + NAME_GAP, offset)


BUTTONS: dict[CurvesAxis, str] = {
    "epoch": "By epoch",
    "step": "By step",
    "time": "By time",
    "own": "To own end",
}
"""Text of the button that shows the choice."""
ENTRIES: dict[CurvesAxis, tuple[str, str]] = {
    "epoch": ("By epoch", "In an epoch, every training sample is used once"),
    "step": ("By step", "Steps of the optimizer; their number per epoch depends on the batch size"),
    "time": ("By time", "Time spent training, without pauses"),
    "own": ("Each to its own end", "From 0 to 100 % of each run's training, so that a short run fills the width"),
}
"""Entry and tooltip of each choice in the button's menu."""
NO_TIMES = "{name} has no times: it was trained by an earlier version"
UNITS = (("s", 1.0, 180.0), ("min", 60.0, 3 * 3600.0), ("h", 3600.0, np.inf))
"""Units of time: name, seconds, and the largest axis in seconds."""


@dataclass(frozen=True, eq=False)
class RunAxis:
    """Maps the epochs of one run to positions on the axis, and back.

    Linear between the known ``epochs`` and ``places``, ``(n,)`` each and ascending, and beyond their last.
    """

    epochs: NDArray[np.float64]
    places: NDArray[np.float64]

    def place(self, curve: TermCurve) -> TermCurve:
        """Return a curve with positions on the axis instead of epochs."""
        return TermCurve(_along(curve.epochs, self.epochs, self.places), curve.values)

    def to_x(self, epoch: float) -> float:
        """Return the position of an epoch."""
        return float(_along(np.array([epoch]), self.epochs, self.places)[0])

    def to_epoch(self, x: float) -> float:
        """Return the epoch at a position."""
        return float(_along(np.array([x]), self.places, self.epochs)[0])


def _along(values: NDArray[np.float64], known: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    # np.interp would hold the last place beyond the last known value.
    slope = (places[-1] - places[0]) / (known[-1] - known[0])
    return np.where(values > known[-1], places[-1] + (values - known[-1]) * slope, np.interp(values, known, places))


def run_axis(axis: CurvesAxis, curves: CurveHistory, end: float, seconds: float = 1.0) -> RunAxis:
    """Return the axis of one run; without what it needs, that by epoch.

    Parameters
    ----------
    end
        The epoch that is 100 %.
    seconds
        Length of the unit of time.
    """
    if axis == "time" and (times := curves.times) is not None:
        return RunAxis(times.epochs, times.values / seconds)
    factor = {"step": curves.steps_per_epoch or 1.0, "own": 100.0 / end if end > 0 else 1.0}.get(axis, 1.0)
    return RunAxis(np.array([0.0, 1.0]), np.array([0.0, factor]))


def unit_of_time(seconds: float) -> tuple[str, float]:
    """Return the name and the length in seconds of the unit in which an axis of this length is readable."""
    return next((name, length) for name, length, longest in UNITS if seconds < longest)
