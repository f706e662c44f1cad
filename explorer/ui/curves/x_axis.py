"""The horizontal axis of curves: by epoch, by step, by time, or each run to its own end. No Qt."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.session import CurvesAxis
from explorer.ui.curves.series import CurveHistory, TermCurve

BUTTONS: dict[CurvesAxis, str] = {
    "epoch": "By epoch",
    "step": "By step",
    "time": "By time",
    "own": "To own end",
}
"""Text of the button that shows the choice."""
ENTRIES: dict[CurvesAxis, tuple[str, str]] = {
    "epoch": ("By epoch", "One epoch shows every training sample once"),
    "step": ("By step", "Steps of the optimizer: runs with other batch sizes have other numbers of them in an epoch"),
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
