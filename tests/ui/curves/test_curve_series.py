from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.runs.history import History, Metric
from explorer.ui.curves.curve_axes import run_axis, tick_step, unit_of_time
from explorer.ui.curves.legend import dimension_stroke, run_stroke
from explorer.ui.curves.line_ends import spread
from explorer.ui.curves.series import CurveHistory, TermCurve, range_of_runs, readable_range, thinned, whole_range
from explorer.ui.theme.theme import DARK, LIGHT, Theme, contrast
from explorer.ui.widgets.readout import Row, number, readout_html


def metric(step: int, split: str = "train", **terms: float) -> Metric:
    kl = (terms["kl"] / 4, terms["kl"] * 3 / 4) if "kl" in terms else None
    return Metric(step, step / 10, split, terms, kl)


def curve(*values: float) -> TermCurve:
    return TermCurve(np.arange(len(values), dtype=float), np.array(values))


def test_terms_elbo_and_dimensions_are_read() -> None:
    curves = CurveHistory()
    curves.read(
        History((metric(10, total=9.0, reconstruction=5.0, kl=1.0), metric(20, total=8.0, reconstruction=4.0, kl=2.0)))
    )
    assert curves.curve("train", "total").values.tolist() == [9.0, 8.0]
    assert curves.curve("train", "total").epochs.tolist() == [1.0, 2.0]
    assert curves.curve("train", "elbo").values.tolist() == [-6.0, -6.0]  # of the terms: the total weighs the KL by β
    assert curves.curve("train", "kl_z2").values.tolist() == [0.75, 1.5]
    assert curves.dimensions == 2
    assert len(curves.curve("validation", "total").epochs) == 0


def test_a_growing_history_gives_the_same_curves_as_reading_it_whole() -> None:
    history = History(tuple(metric(step, total=float(step)) for step in range(1, 30)))
    grown = CurveHistory()
    for count in (3, 3, 10, 29):
        grown.read(History(history.metrics[:count]))
    assert np.array_equal(grown.curve("train", "total").values, history.curve("train", "total")[1])
    grown.read(History(history.metrics[:2]))  # another, shorter one
    assert grown.curve("train", "total").values.tolist() == [1.0, 2.0]


def test_resumed_run_replaces_what_came_after() -> None:
    curves = CurveHistory()
    before = tuple(metric(step, total=1.0) for step in (10, 20, 30, 40))
    curves.read(History(before))
    curves.read(History((*before, metric(30, total=2.0), metric(40, total=3.0))))
    assert curves.curve("train", "total").epochs.tolist() == [1.0, 2.0, 3.0, 4.0]
    assert curves.curve("train", "total").values.tolist() == [1.0, 1.0, 2.0, 3.0]


@given(st.lists(st.floats(-1e6, 1e6) | st.just(np.nan), min_size=1, max_size=500), st.integers(8, 64))
def test_thinned_keeps_ends_extremes_and_order(values: list[float], most: int) -> None:
    whole = curve(*values)
    thin = thinned(whole, most)
    assert len(thin.epochs) <= max(most, min(len(values), most)) + 4
    assert np.all(np.diff(thin.epochs) > 0)
    assert thin.epochs[0] == 0 and thin.epochs[-1] == len(values) - 1
    assert np.array_equal(whole.values[thin.epochs.astype(int)], thin.values, equal_nan=True)
    assert whole_range([thin]) == whole_range([whole])


def test_thinned_keeps_its_limit() -> None:
    for count in (2001, 2500, 99_999, 100_000):
        assert len(thinned(curve(*np.sin(np.arange(count))), 2000).epochs) <= 2000


def test_range_leaves_the_steep_beginning_out() -> None:
    steep = curve(500.0, 300.0, *np.linspace(20, 18, 98))
    assert whole_range([steep]) == (18.0, 500.0)
    low, high = readable_range([steep]) or (0, 0)
    assert low == 18.0
    assert high < 21
    even = curve(*np.linspace(20, 18, 100))
    assert readable_range([even]) == whole_range([even])


def test_a_loss_at_1e22_does_not_flatten_the_other_curve() -> None:
    train, validation = curve(12.0, 11.5, 11.0, 11.2), curve(1.3e22, 1.2e22, 1.25e22, 1.2e22)
    assert readable_range([train, validation]) == readable_range([train]) == (11.0, 12.0)
    assert readable_range([validation]) == readable_range([validation.after(0)])
    assert range_of_runs([[train], [validation]]) == (11.0, 12.0)
    close = curve(500.0, 400.0, 450.0, 480.0)
    assert readable_range([train, close]) == whole_range([train, close])
    small, large = curve(1e-6, 2e-6), curve(0.5, 0.9)  # both are near 0 nats
    assert readable_range([small, large]) == whole_range([small, large])


def test_range_of_odd_curves() -> None:
    assert readable_range([]) is None
    assert readable_range([curve(np.nan, np.inf)]) is None
    assert readable_range([curve(3.0)]) == (3.0, 3.0)
    assert readable_range([curve(1.0, np.nan, 2.0)]) == (1.0, 2.0)


def test_value_nearest_to_an_epoch() -> None:
    line = TermCurve(np.array([1.0, 2.0, 4.0]), np.array([10.0, 20.0, 40.0]))
    assert line.at(2.9) == (2.0, 20.0)
    assert line.at(3.1) == (4.0, 40.0)
    assert line.at(-5.0) == (1.0, 10.0)
    assert line.at(99.0) == (4.0, 40.0)
    assert curve().at(1.0) is None
    assert line.after(2.0).epochs.tolist() == [4.0]


def test_a_run_far_from_the_others_does_not_stretch_the_range() -> None:
    near = [[curve(*np.linspace(high, 140, 9))] for high in (170.0, 165.0, 160.0)]
    far = [curve(*np.full(9, 544.0))]
    assert range_of_runs([*near, far]) == range_of_runs(near)
    assert range_of_runs([near[0], far]) == (140.0, 544.0)  # of two, nobody knows which one is the outlier
    level = [[curve(20.0, 20.0)], [curve(20.0, 20.0)], [curve(*np.linspace(40, 30, 9))]]
    assert range_of_runs(level) == (20.0, 40.0)


def test_the_first_validation_does_not_stretch_the_range() -> None:
    validation = curve(545.0, 160.0, 155.0, 152.0, 150.0)
    assert readable_range([validation]) == (150.0, 160.0)


@given(st.lists(st.floats(-50, 150), min_size=1, max_size=6), st.floats(8, 40))
def test_labels_never_overlap(wanted: list[float], height: float) -> None:
    tops = spread(wanted, height, 0.0, 100.0)
    ordered = sorted(tops)
    assert all(lower - upper >= height - 1e-6 for upper, lower in pairwise(ordered))
    if len(wanted) * height <= 100:
        assert ordered[0] >= -1e-6 and ordered[-1] + height <= 100 + 1e-6
    if len(wanted) == 1 and 0 <= wanted[0] <= 100 - height:
        assert tops == wanted


def test_each_axis_places_epochs_and_finds_them_again() -> None:
    curves = CurveHistory()
    times = {10: 2.0, 20: 6.0, 30: 8.0}
    curves.read(
        History(tuple(Metric(step, step / 10, "train", {"total": 1.0}, None, {}, at) for step, at in times.items()))
    )
    places = {
        axis: [run_axis(axis, curves, 3.0).to_x(epoch) for epoch in (1.0, 2.0, 3.0)]
        for axis in ("epoch", "step", "time", "own")
    }
    assert places["epoch"] == [1.0, 2.0, 3.0]
    assert places["step"] == [10.0, 20.0, 30.0]
    assert places["time"] == [2.0, 6.0, 8.0]
    assert places["own"] == pytest.approx([100 / 3, 200 / 3, 100.0])
    for axis in places:
        assert run_axis(axis, curves, 3.0).to_epoch(run_axis(axis, curves, 3.0).to_x(2.5)) == pytest.approx(2.5)
    assert unit_of_time(100) == ("s", 1.0) and unit_of_time(2000)[0] == "min"


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_lines_are_visible_and_distinguishable(theme: Theme) -> None:
    validation = [run_stroke(theme, 1.0, mark, "validation") for mark in range(4)]
    train = [run_stroke(theme, 1.0, mark, "train") for mark in range(4)]
    dimensions = [dimension_stroke(theme, 1.0, index, 8) for index in range(8)]
    assert all(contrast(stroke.colour, theme.panel) >= 3 for stroke in (*validation, *dimensions))
    assert all(contrast(stroke.colour, theme.panel) >= 2 for stroke in train)
    assert len({stroke.colour for stroke in (*validation, *train)}) == 8
    assert len(set(dimensions)) == len(dimensions)
    assert all(thick.width > thin.width for thick, thin in zip(validation, train, strict=True))


def test_numbers_are_written_with_a_true_minus() -> None:
    assert [number(value) for value in (144.03, 6.4, 0.0123, -24.5, 0.0, None, float("nan"))] == [
        "144.0",
        "6.40",
        "0.012",
        "−24.50",
        "0.000",
        "–",
        "not a number",
    ]


def test_readout_escapes_names() -> None:
    html = readout_html("epoch 3", [("loss ↓", "nats per sample")], [Row("<b>run</b>", "train", (1.5,))])
    assert "&lt;b&gt;run" in html
    assert "1.50" in html
    assert "nats per sample" in html


def test_readout_names_the_units_that_differ() -> None:
    html = readout_html(
        "epoch 3", [("loss", "nats per sample"), ("angle", "degrees")], [Row("run", "validation", (1.5, 2.0))]
    )
    assert "angle (degrees)" in html
    assert "loss (" not in html


def test_observed_figures_are_curves_of_the_validation() -> None:
    curves = CurveHistory()
    curves.read(History((Metric(1, 0.5, "validation", {"total": 1.0}, figures={"angle": 12.0}),)))
    assert curves.curve("validation", "figure:angle").values.tolist() == [12.0]
    assert curves.names == ("total", "figure:angle")


@pytest.mark.parametrize(
    ("high", "most", "step"),
    [
        (8, 5, 2),
        (8, 9, 1),
        (60, 2, 60),
        (60, 3, 30),
        (60, 4, 20),
        (300, 3, 150),
        (300, 4, 100),
        (100, 3, 50),
        (37, 4, 20),
        (0.6, 4, 0.2),
    ],
)
def test_ticks_reach_the_end_of_the_axis(high: float, most: int, step: float) -> None:
    assert tick_step(0.0, high, most) == pytest.approx(step)
    assert high // step + 1 <= most
