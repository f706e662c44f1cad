"""Bars of values whose columns are of several kinds: probabilities, counts and angles."""

from itertools import pairwise

import numpy as np
import pytest

from explorer.data.dataset import Description
from explorer.data.transform import Transform
from explorer.rendering.drawing import Canvas, FilledBox, Words
from explorer.rendering.render import draw

ABOUT = Description(
    name="made up",
    kind="vector",
    shape=(5,),
    transform=Transform(np.float32([10, 0, 0, 0, 180]), np.float32([2, 1, 1, 1, 180 / np.pi])),
    unit_range=False,
    value_range=(0.0, 99.0),
    feature_names=("height", "smoker", "eye = blue", "visits", "wind"),
    feature_kinds=("number", "yes/no", "category", "count", "angle"),
    category_sizes=(1,),
)
WIDTH = 60.0


def bars(values: list[float], real: list[float] | None = None) -> list[tuple[float, float]]:
    """Return the left and right ends of the bars of the features, as shares of the track."""
    canvas = Canvas(WIDTH, 100.0, 14, lambda text: 6.0 * len(text))  # so narrow that there are only bars
    drawing = draw(np.array(values), ABOUT, canvas, None if real is None else np.array(real))
    boxes = [mark for mark in drawing.marks if isinstance(mark, FilledBox) and mark.ink == "accent"]
    return [(box.left / WIDTH, box.right / WIDTH) for box in boxes]


def test_each_kind_has_its_own_bar() -> None:
    number, yes_no, category, count, angle = bars([13.0, 0.25, 0.75, 9.0, 270.0])
    assert number == pytest.approx((0.5, 0.75))  # 1.5 of 3 standard deviations
    assert yes_no == pytest.approx((0, 0.25))
    assert category == pytest.approx((0, 0.75))
    assert count == pytest.approx((0, 0.5))  # log 10 of log 100
    assert angle == pytest.approx((0.5, 0.75), abs=1e-6)


def test_values_that_are_not_finite_are_drawn_within_the_track() -> None:
    for left, right in bars([np.nan, np.inf, -np.inf, 1e30, -1e30]):
        assert 0 <= left <= right <= 1


def test_more_counts_make_a_longer_bar() -> None:
    ends = [bars([10.0, 0.0, 0.0, count, 180.0])[3][1] for count in (0.0, 1.0, 10.0, 90.0)]
    assert all(less < more for less, more in pairwise(ends))


def test_the_rows_name_the_features_and_their_values() -> None:
    canvas = Canvas(500.0, 200.0, 14, lambda text: 6.0 * len(text))
    drawing = draw(np.array([13.0, 0.25, 0.75, 9.0, 270.0]), ABOUT, canvas, None)
    texts = [mark.text for mark in drawing.marks if isinstance(mark, Words)]
    assert texts[::2] == list(ABOUT.feature_names)
    assert texts[1::2] == ["13", "0.25", "0.75", "9", "270"]
