import math

import numpy as np
from matplotlib.axes import Axes

from explorer.plot.curve_figure import RunCurves, draw_curves
from explorer.plot.figures import new_figure, style_for
from explorer.runs.history import History, Metric


def drawn(validation: float, last: float | None = None) -> Axes:
    values = 12 - np.linspace(0, 1, 20)
    metrics = [Metric(step, float(step), "train", {"total": float(value)}) for step, value in enumerate(values, 1)]
    metrics += [Metric(step, float(step), "validation", {"total": validation}) for step in range(1, 21)]
    metrics += [] if last is None else [Metric(21, 21.0, "validation", {"total": last})]
    style = style_for(640, dark=False)
    axes = new_figure(400, 300, style).add_subplot()
    draw_curves(axes, [RunCurves("run", History(tuple(metrics)))], "total", style)
    return axes


def test_a_curve_at_1e22_does_not_set_the_range_but_is_named() -> None:
    axes = drawn(1.23e22)
    low, high = axes.get_ylim()
    assert 10 < low < 11 and 12 < high < 13 and axes.get_title(loc="right") == "1.23e+22 ↑"


def test_a_curve_at_minus_1e22_is_named_below_the_range() -> None:
    assert drawn(-1.23e22).get_title(loc="right") == "-1.23e+22 ↓"


def test_a_curve_that_ends_without_a_value_is_named_by_its_last_one() -> None:
    assert drawn(1.23e22, last=math.nan).get_title(loc="right") == "1.23e+22 ↑"


def test_a_curve_of_the_same_magnitude_sets_it() -> None:
    axes = drawn(40.0)
    assert axes.get_ylim()[1] > 40 and axes.get_title(loc="right") == ""
