import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.runs.history import History, Metric
from explorer.ui.curves.legend import dimension_stroke, run_stroke
from explorer.ui.curves.series import CurveHistory, TermCurve, readable_range, thinned, whole_range
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


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_lines_are_visible_and_distinguishable(theme: Theme) -> None:
    strokes = [run_stroke(theme, 1.0, index, split) for index in range(4) for split in ("train", "validation")]
    dimensions = [dimension_stroke(theme, 1.0, index, 8) for index in range(8)]
    assert all(contrast(stroke.colour, theme.panel) >= 3 for stroke in (*strokes, *dimensions))
    assert len(set(strokes)) == len(strokes)
    assert len(set(dimensions)) == len(dimensions)
    assert [stroke.dashed for stroke in strokes] == [False, True] * 4
    assert strokes[0].width > strokes[2].width


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
    html = readout_html(3.0, [("loss ↓", "nats per sample")], [Row("<b>run</b>", "train", (1.5,))])
    assert "&lt;b&gt;run" in html
    assert "1.50" in html
    assert "nats per sample" in html


def test_readout_names_the_units_that_differ() -> None:
    html = readout_html(
        3.0, [("loss", "nats per sample"), ("angle", "degrees")], [Row("run", "validation", (1.5, 2.0))]
    )
    assert "angle (degrees)" in html
    assert "loss (" not in html


def test_observed_figures_are_curves_of_the_validation() -> None:
    curves = CurveHistory()
    curves.read(History((Metric(1, 0.5, "validation", {"total": 1.0}, figures={"angle": 12.0}),)))
    assert curves.curve("validation", "figure:angle").values.tolist() == [12.0]
    assert curves.names == ("total", "figure:angle")
