"""A plane with reserved margins fits its codes into the rest of its area."""

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from explorer.latent.plane.box import Box
from explorer.ui.plane.plot.camera import MAX_MARGIN
from explorer.ui.plane.plot.plot_area import PlotArea

FITTED = Box(-3.0, 5.0, -2.0, 2.0)
LEFT, BOTTOM = 60, 50


@pytest.fixture
def area(qtbot, themes):
    window = QWidget()
    qtbot.addWidget(window)
    plot = PlotArea(themes, window)
    plot.resize(500, 420)
    window.show()
    plot.camera.fit_to(FITTED)
    yield plot
    window.close()


def free_pixels(plot):
    return plot.plot_rect().adjusted(LEFT - 1, -1, 1, 1 - BOTTOM)


@pytest.mark.parametrize("strips", [None, ("a", "b")])
def test_fitting_leaves_the_reserved_margin_free(area, strips):
    area.set_strips(strips)
    before = area.camera.visible_box()
    area.camera.set_margins(LEFT, BOTTOM)
    for corner in ((FITTED.left, FITTED.bottom), (FITTED.right, FITTED.top)):
        assert free_pixels(area).contains(area.camera.pixel_at(corner))
    across, up = area.camera.pixel_size()
    assert strips or across == pytest.approx(up, rel=1e-3)
    area.camera.set_margins(0, 0)
    assert area.camera.visible_box() == before


def test_a_resized_plane_stays_fitted_beside_the_margin(area):
    area.camera.set_margins(LEFT, BOTTOM)
    area.resize(300, 500)
    assert free_pixels(area).contains(area.camera.pixel_at((FITTED.left, FITTED.bottom)))


def test_a_view_that_the_user_moved_stays_on_resize(area):
    area.camera.zoom(1.7, QPointF(200, 100))
    area.camera.pan(QPointF(30, 10))
    before = area.camera.visible_box()
    area.camera.set_margins(LEFT, BOTTOM)
    after = area.camera.visible_box()
    assert (after.left, after.top) == pytest.approx((before.left, before.top), abs=1e-6)


def test_a_small_plane_leaves_most_of_its_area_to_the_codes(area):
    area.camera.set_margins(5000, 5000)
    box, across = area.camera.visible_box(), area.camera.pixel_size()[0]
    assert (FITTED.left - box.left) / across <= MAX_MARGIN * area.view_box.width() + 1
