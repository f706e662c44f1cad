"""The axes inside a plane: round numbers where there is room, names, and the number of points outside."""

import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import POINTS, Outside
from explorer.rendering.drawing import tick_step, tick_values
from explorer.rendering.theme import LIGHT
from explorer.ui.plane.plot.plot_area import PlotArea
from explorer.ui.plane.plot.ticks import tick_text
from explorer.ui.theme.theme import ThemeSource

TWELVE = Outside(POINTS, 12, 10_000, Box(5, 6, 0, 1))


@pytest.fixture
def area(qtbot: QtBot, themes: ThemeSource) -> PlotArea:
    plot = PlotArea(themes)
    qtbot.addWidget(plot)
    plot.resize(400, 500)
    plot.show()
    plot.camera.fit_to(Box(-4, 4, -5, 5))
    plot.ticks.set_texts(("z₁", "z₂"), (TWELVE,))
    return plot


def written(area: PlotArea) -> tuple[str, ...]:
    area.grab()
    return area.ticks.written


@pytest.mark.parametrize(
    ("span", "most", "step"), [(10, 5, 2), (10, 4, 5), (10, 10, 1), (0.3, 4, 0.1), (7e6, 5, 2e6), (1.0, 0.5, 1.0)]
)
def test_steps_are_round(span: float, most: float, step: float) -> None:
    assert tick_step(span, most) == pytest.approx(step)


def test_numbers_have_the_digits_of_their_step_and_a_true_minus() -> None:
    assert [tick_text(value, 0.5) for value in tick_values(-1.1, 0.6, 0.5)] == ["−1.0", "−0.5", "0.0", "0.5"]
    assert [tick_text(value, 10) for value in tick_values(-10, 10, 10)] == ["−10", "0", "10"]
    assert tick_text(-1e-17, 0.1) == "0.0" and tick_text(2e7, 1e7) == "2e+07"


def test_the_plane_fills_its_widget_and_says_what_is_outside(area: PlotArea) -> None:
    assert area.plot_rect().toRect().contains(area.rect())
    texts = written(area)
    assert texts[:3] == ("z₁", "z₂", "12 of 10,000 points outside")
    # A latent unit is as long on both axes: so are the steps.
    assert {"−2", "0", "2"} <= set(texts)
    area.ticks.set_texts(("z₁", "z₂"), ())
    assert not any("outside" in text for text in written(area))


def test_long_texts_give_way_to_shorter_ones_and_none_overlap(area: PlotArea) -> None:
    area.resize(150, 200)
    assert "12 of 10,000 outside" in written(area)
    area.ticks.set_texts(("PC1 (62 %)", "PC2 (17 %)"), (TWELVE,))
    assert written(area)[:2] == ("PC1 (62 %)", "PC2 (17 %)")


def test_strips_are_named_at_the_left(area: PlotArea) -> None:
    area.set_strips(("cat", "a very long name of a class", "dog"))
    area.camera.fit_to(Box(-4, 4, -0.5, 2.5))
    texts = written(area)
    assert "cat" in texts and "dog" in texts and "a very long…" in texts and "0" in texts


def test_axes_stay_where_they_are_when_numbers_grow(area: PlotArea) -> None:
    before = area.plot_rect()
    area.camera.fit_to(Box(-40_000, 40_000, -50_000, 50_000))
    assert "20000" in written(area)
    assert area.plot_rect() == before
    area.ticks.apply_theme(LIGHT, 1.5)
    assert written(area)


def test_each_kind_of_things_outside_has_a_line_that_can_be_hit(area: PlotArea) -> None:
    rings = Outside(("ring", "rings"), 2, 3, Box(-9, 9, -9, 9))
    area.ticks.set_texts(("z₁", "z₂"), (TWELVE, rings))
    assert {"12 of 10,000 points outside", "2 of 3 rings outside"} <= set(written(area))
    x = area.plot_rect().width() - 30
    hits = [[outside for box, outside in area.ticks.lines if box.contains(QPointF(x, y))] for y in range(200)]
    assert [TWELVE] in hits and [rings] in hits and hits.index([TWELVE]) < hits.index([rings])
    assert not any(hits[60:])
