from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from explorer.data.dataset import Axis, Description
from explorer.data.transform import Transform
from explorer.rendering.render import kind_of, resample
from explorer.ui.pictures.renderers import render_sample
from explorer.ui.theme.theme import DARK, LIGHT


def picture(shape: tuple[int, ...], value_range: tuple[float, float] = (0.0, 1.0)) -> Description:
    scale = np.float32(value_range[1] - value_range[0])
    transform = Transform(np.float32(value_range[0]).reshape(()), scale.reshape(()))
    return Description("p", "image", shape, transform, True, value_range)


def vector(names: tuple[str, ...] = (), axis: Axis | None = None, count: int = 0) -> Description:
    size = count or len(names)
    transform = Transform(np.zeros(size, np.float32), np.full(size, 2, np.float32))
    return Description("v", "vector", (size,), transform, False, (-3.0, 3.0), (), names, axis)


def pixel(image: QImage, x: int, y: int) -> tuple[int, int, int, int]:
    colour = image.pixelColor(x, y).rgba64()
    return colour.red(), colour.green(), colour.blue(), colour.alpha()


def colours(image: QImage) -> set[str]:
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_grey_follows_the_declared_range_in_16_bits(qtbot: QtBot, kind: Any) -> None:
    values = np.array([[[0, 50], [100, 200]]], kind)
    image = render_sample(values, picture((1, 2, 2), (0.0, 200.0)), DARK, 20)
    assert (image.width(), image.height()) == (20, 20)
    shares = (0, 0.25, 0.5, 1)
    for share, (x, y) in zip(shares, ((4, 4), (15, 4), (4, 15), (15, 15)), strict=True):
        assert pixel(image, x, y)[0] == pytest.approx(share * 65_535, abs=1)


def test_sixteen_bits_are_not_cut_to_eight(qtbot: QtBot) -> None:
    values = np.array([[[30_000, 30_001]]], np.uint16)
    image = render_sample(values, picture((1, 1, 2), (0.0, 65_535.0)), DARK, 2)
    assert pixel(image, 0, 0)[0] != pixel(image, 1, 0)[0]


@pytest.mark.parametrize(
    ("channels", "wanted"),
    [(1, (0, 0, 0)), (2, (0, 1, 0)), (3, (0, 1, 2)), (5, (0, 2, 4))],
)
def test_channels(qtbot: QtBot, channels: int, wanted: tuple[int, int, int]) -> None:
    values = np.linspace(0.2, 0.9, channels, dtype=np.float32).reshape(channels, 1, 1)
    found = pixel(render_sample(values, picture((channels, 1, 1)), LIGHT, 4), 1, 1)
    assert found[:3] == pytest.approx([float(values[index, 0, 0]) * 65_535 for index in wanted], abs=2)
    assert found[3] == 65_535


def test_fourth_channel_is_alpha(qtbot: QtBot) -> None:
    values = np.array([0.5, 0.25, 1.0, 0.5], np.float32).reshape(4, 1, 1)
    assert pixel(render_sample(values, picture((4, 1, 1)), LIGHT, 4), 1, 1)[3] == pytest.approx(32_768, abs=2)


def test_small_pictures_stay_crisp_and_keep_proportions(qtbot: QtBot) -> None:
    values = np.array([[[0.0, 1.0, 0.0, 1.0]]], np.float32)
    image = render_sample(values, picture((1, 1, 4)), DARK, 100, 2.0)
    assert (image.width(), image.height(), image.devicePixelRatio()) == (200, 50, 2.0)
    row = [pixel(image, x, 20)[0] for x in range(200)]
    assert row == [0] * 50 + [65_535] * 50 + [0] * 50 + [65_535] * 50


def test_what_is_no_number_is_drawn_as_the_lowest(qtbot: QtBot) -> None:
    values = np.array([[[np.nan, 2.0]]], np.float32)
    image = render_sample(values, picture((1, 1, 2)), DARK, 2)
    assert [pixel(image, x, 0)[0] for x in (0, 1)] == [0, 65_535]


@pytest.mark.parametrize("length", [1, 3, 7, 20])
def test_resample_gives_the_mean_of_the_area(length: int) -> None:
    source = np.random.default_rng(0).random((7, 2))
    fine = np.repeat(source, length, axis=0)  # both grids divide 7·length
    wanted = fine.reshape(length, 7, 2).mean(axis=1)
    assert resample(source, length, 0) == pytest.approx(wanted)


def test_kinds() -> None:
    axis = Axis("time", "s", np.arange(3.0))
    assert kind_of(picture((1, 2, 2))) == "image"
    assert kind_of(vector(("a", "b"))) == "vector"
    assert kind_of(vector(axis=axis, count=3)) == "signal"


def test_signal_shows_real_and_decoded(qtbot: QtBot) -> None:
    axis = Axis("time", "s", np.linspace(0, 1, 50))
    description = vector(axis=axis, count=50)
    values = np.sin(7 * axis.values).astype(np.float32)
    alone = render_sample(values, description, LIGHT, 300)
    both = render_sample(values, description, LIGHT, 300, over=-values)
    assert alone.width() == both.width() == 300
    assert LIGHT.accent in colours(alone)
    assert alone != both
    values[3] = np.nan
    assert not render_sample(values, description, LIGHT, 40).isNull()


def test_named_values_list_every_feature_that_fits(qtbot: QtBot) -> None:
    few = render_sample(np.zeros(3, np.float32), vector(("a", "b", "c")), LIGHT, 300)
    many = render_sample(np.zeros(400, np.float32), vector(count=400), LIGHT, 300)
    assert few.height() < many.height() <= 300
    small = render_sample(np.ones(3, np.float32), vector(("a", "b", "c")), LIGHT, 40)
    assert (small.width(), small.height()) == (40, 40)


def test_the_bar_is_the_deviation_in_the_units_of_the_data(qtbot: QtBot) -> None:
    image = render_sample(np.array([3.0], np.float32), vector(("a",)), LIGHT, 60)  # 3 / 2 = 1.5 of 3 deviations
    row = [image.pixelColor(x, 30).name() for x in range(60)]
    accented = [x for x, colour in enumerate(row) if colour == LIGHT.accent]
    assert accented[0] == 30
    assert len(accented) == 15
