"""Samples of each kind as pixels."""

import numpy as np
import pytest

from explorer.data.dataset import Axis, Description
from explorer.data.transform import Transform
from explorer.rendering.drawing import DARK, LIGHT, Canvas, Words
from explorer.rendering.pictures import to_shares
from explorer.rendering.render import draw, render

UNIT = Transform(np.float32(0), np.float32(1))


def image(shape, value_range):
    return Description("p", "image", shape, UNIT, True, value_range)


@pytest.mark.parametrize(
    ("values", "value_range", "expected"),
    [
        (np.array([0, 8, 16], np.uint8), (0, 16), [0, 128, 255]),
        (np.array([0, 32768, 65535], np.uint16), (0, 65535), [0, 128, 255]),
        (np.array([-1.0, 0.0, 1.0], np.float32), (-1, 1), [0, 128, 255]),
        (np.array([-9.0, np.nan, 9.0, np.inf]), (0, 1), [0, 0, 255, 255]),
        (np.array([3.0, 3.0]), (3, 3), [0, 0]),
    ],
)
def test_values_of_any_declared_range_become_bytes(values, value_range, expected):
    sample = values[None, None]
    drawn = render(sample, image(sample.shape, value_range), size=(values.size, 1))
    np.testing.assert_array_equal(drawn[0, :, 0], expected)


@pytest.mark.parametrize(
    ("channels", "shown"),
    [
        (1, (0,)),
        (2, (0, 1, 0)),
        (3, (0, 1, 2)),
        (4, (0, 1, 2, 3)),
        (5, (0, 2, 4)),
        (12, (0, 6, 11)),
    ],
)
def test_any_number_of_channels_has_a_picture(channels, shown):
    sample = np.arange(channels, dtype=np.uint8)[:, None, None] * np.ones((1, 2, 3), np.uint8)
    shares = to_shares(sample, (0, 255))
    assert shares.shape == (2, 3, len(shown))
    np.testing.assert_allclose(shares[1, 2] * 255, shown, atol=1e-5)


def test_enlarging_is_by_whole_factors_and_shrinking_keeps_proportions():
    sample = np.arange(3 * 4 * 8, dtype=np.uint8).reshape(3, 4, 8)
    large = render(sample, image(sample.shape, (0, 255)), size=(50, 50))
    assert large.shape == (24, 48, 3)
    np.testing.assert_array_equal(large[::6, ::6], np.moveaxis(sample, 0, -1))
    small = render(large.transpose(2, 0, 1), image((3, 24, 48), (0, 255)), size=(12, 12))
    assert small.shape == (6, 12, 3)
    blocks = large.reshape(6, 4, 12, 4, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(small, blocks, atol=0.51)


def test_alpha_is_composited_on_the_background():
    sample = np.zeros((4, 1, 2), np.uint8)
    sample[3, 0, 1] = 255
    drawn = render(sample, image(sample.shape, (0, 255)), size=(2, 1))
    np.testing.assert_array_equal(drawn[0], [LIGHT.ground, (0, 0, 0)])


def near(picture, colour):
    return (np.abs(picture.astype(int) - colour).max(-1) < 40).sum()


def signal():
    axis = Axis("Raman shift", "1/cm", np.linspace(100, 900, 120))
    return Description("s", "vector", (120,), UNIT, False, (-1, 1), axis=axis)


def test_a_signal_is_a_line_over_its_axis():
    values = np.sin(np.linspace(0, 6, 120)).astype(np.float32)
    for style in (LIGHT, DARK):
        alone = render(values, signal(), size=(300, 200), style=style)
        both = render(values, signal(), size=(300, 200), real=np.zeros(120), style=style)
        assert alone.shape == (192, 300, 3) and alone.dtype == np.uint8
        assert near(alone, style.accent) > 200
        beneath = 0.55 * np.array(style.muted) + 0.45 * np.array(style.ground)
        assert near(both, beneath) > near(alone, beneath) + 200


def test_a_signal_that_leaves_its_range_or_is_no_number_is_drawn_too():
    values = np.full(120, 7.0)
    values[3] = np.nan
    assert near(render(values, signal(), size=(300, 200)), LIGHT.accent) > 100


def test_features_are_listed_by_name_with_a_bar_each():
    names = tuple(f"feature with a long name {number}" for number in range(6))
    table = Description("t", "vector", (6,), UNIT, False, (0, 1), feature_names=names)
    high = render(np.full(6, 2.0), table, size=(300, 200))
    low = render(np.full(6, 0.5), table, size=(300, 200))
    assert near(high, LIGHT.accent) > 3 * near(low, LIGHT.accent) > 0
    crowded = render(np.full(6, 2.0), table, size=(300, 70))
    assert 0 < near(crowded, LIGHT.accent) < near(high, LIGHT.accent)


def test_long_names_take_room_from_the_bars():
    names = ("bill length in millimetres", "body mass in grams")
    table = Description("t", "vector", (2,), UNIT, False, (0, 1), feature_names=names)
    canvas = Canvas(400.0, 200.0, 13.0, lambda text: 7.0 * len(text))
    drawing = draw(np.zeros(2, np.float32), table, canvas)
    assert set(names) <= {mark.text for mark in drawing.marks if isinstance(mark, Words)}


def test_a_picture_is_drawn_by_its_declared_range():
    drawn = render(np.array([[[0, 16], [8, 0]]], np.uint8), image((1, 2, 2), (0, 16)), size=(4, 4))
    np.testing.assert_array_equal(drawn[::2, ::2, 0], [[0, 255], [128, 0]])
