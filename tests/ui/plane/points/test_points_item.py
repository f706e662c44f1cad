import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from explorer.ui.plane.plot.plane_map import ScreenItem
from explorer.ui.plane.points import points_item
from explorer.ui.plane.points.points_item import PointsItem

RED_BLUE = np.array([[220, 30, 30], [40, 80, 240]], dtype=np.uint8)


@pytest.fixture
def item():
    item = PointsItem()
    item.set_points(np.array([[-1, 0], [1, 0], [1, 0.5], [np.nan, 0]], dtype=np.float32))
    item.set_colours(RED_BLUE, np.array([0, 1, 1, 0], dtype=np.uint8))
    return item


@pytest.fixture
def plot(qtbot, item):
    widget = pg.GraphicsView(background="#101216")
    qtbot.addWidget(widget)
    widget.resize(201, 201)
    box = pg.ViewBox(enableMenu=False)
    widget.setCentralItem(box)
    box.addItem(item)
    box.setRange(xRange=(-2, 2), yRange=(-2, 2), padding=0)
    widget.show()
    return widget


@pytest.fixture
def draws(monkeypatch):
    made = []
    original = points_item.Picture.show

    def show(self, frame):
        made.append(frame)
        return original(self, frame)

    monkeypatch.setattr(points_item.Picture, "show", show)
    return made


def grab(plot):
    return plot.grab().toImage()


def colour_at(plot, x, y):
    scene = plot.centralWidget.mapViewToScene(pg.Point(x, y))
    point = plot.mapFromScene(scene)
    return grab(plot).pixelColor(round(point.x()), round(point.y()))


def close_to(colour, wanted, tolerance=30):
    return max(abs(a - int(b)) for a, b in zip(colour.getRgb()[:3], wanted, strict=True)) <= tolerance


def test_points_lie_where_they_should_in_their_colours(plot):
    assert close_to(colour_at(plot, -1, 0), RED_BLUE[0])
    assert close_to(colour_at(plot, 1, 0.5), RED_BLUE[1])
    assert colour_at(plot, -1, 0.5) == QColor("#101216")


def test_hidden_and_filtered_points_are_gone(plot, item):
    item.set_hidden({0})
    assert colour_at(plot, -1, 0) == QColor("#101216")
    assert close_to(colour_at(plot, 1, 0), RED_BLUE[1])
    assert item.shown().tolist() == [False, True, True, False]
    item.set_hidden(set())
    item.set_filter(np.array([True, False, True, True]))
    assert close_to(colour_at(plot, -1, 0), RED_BLUE[0])
    assert colour_at(plot, 1, 0) == QColor("#101216")
    assert item.shown().tolist() == [True, False, True, True]


def test_each_point_may_have_its_own_colour(plot, item):
    item.set_colours(np.array([[0, 200, 0], [200, 200, 0], [0, 0, 200], [9, 9, 9]], dtype=np.uint8))
    assert close_to(colour_at(plot, -1, 0), (0, 200, 0))
    assert close_to(colour_at(plot, 1, 0), (200, 200, 0))


def test_faded_points_are_near_the_ground(plot, item):
    item.set_emphasis(np.array([0.1, 1, 1, 1]))
    assert close_to(colour_at(plot, -1, 0), QColor("#101216").getRgb()[:3])
    assert close_to(colour_at(plot, 1, 0), RED_BLUE[1])
    item.set_emphasis(None)
    assert close_to(colour_at(plot, -1, 0), RED_BLUE[0])


def test_points_move(plot, item):
    item.set_points(np.array([[-1, 1], [1, 0], [1, 0.5], [0, -1]], dtype=np.float32))
    assert colour_at(plot, -1, 0) == QColor("#101216")
    assert close_to(colour_at(plot, -1, 1), RED_BLUE[0])
    assert close_to(colour_at(plot, 0, -1), RED_BLUE[0])


def test_the_given_points_are_copied(plot, item):
    points = np.zeros((4, 2), dtype=np.float32)
    item.set_points(points)
    points += 1
    assert colour_at(plot, 1, 1) == QColor("#101216")


def test_size_and_opacity(plot, item):
    normal = colour_at(plot, -1, 0).red()
    item.set_size_opacity(size=1.0, opacity=0.4)
    assert colour_at(plot, -1, 0).red() < 0.7 * normal
    item.set_size_opacity(size=4.0)
    assert close_to(colour_at(plot, -0.8, 0), RED_BLUE[0])


def test_zooming_and_panning_keep_points_in_place(plot, item):
    box = plot.centralWidget
    for ranges in (((-1.5, -0.5), (-0.5, 0.5)), ((-1.3, -0.3), (-0.5, 0.5)), ((-9, 9), (-9, 9))):
        box.setRange(xRange=ranges[0], yRange=ranges[1], padding=0)
        assert close_to(colour_at(plot, -1, 0), RED_BLUE[0])


def test_panning_brings_points_into_view(plot, item, draws):
    box = plot.centralWidget
    box.setRange(xRange=(-1.5, -0.5), yRange=(-0.5, 0.5), padding=0)
    grab(plot)
    for ranges in (((-2, 2), (-2, 2)), ((0.5, 1.5), (-0.5, 0.5))):
        box.setRange(xRange=ranges[0], yRange=ranges[1], padding=0)
        assert close_to(colour_at(plot, 1, 0), RED_BLUE[1])
        assert item.boundingRect() == box.viewRect()
    assert max(side for frame in draws for side in frame.shape) <= 203


def test_marks_over_the_points_stay_within_the_visible_area(plot):
    class Over(ScreenItem):
        def draw(self, painter, pixel):
            painter.fillRect(self.visible_pixels(pixel), QColor("#ffffff"))

    box, over = plot.centralWidget, Over(theme=None)
    box.addItem(over)
    grab(plot)
    box.setRange(xRange=(-20, 20), yRange=(-20, 20), padding=0)
    assert close_to(colour_at(plot, 15, -15), (255, 255, 255))
    assert over.boundingRect() == box.viewRect()


def test_the_picture_is_kept_while_nothing_changes(plot, item, draws):
    first, second = grab(plot), grab(plot)
    assert first == second
    assert draws[0] == draws[-1]
    picture = item._pictured()
    item.update()
    grab(plot)
    assert item._pictured() is picture
    item.set_colours(RED_BLUE[::-1], np.array([0, 1, 1, 0], dtype=np.uint8))
    assert grab(plot) != first


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_it_draws_at_the_devices_pixels(plot, item, draws, ratio):
    side = 200
    image = QImage(round(side * ratio), round(side * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor("#101216"))
    painter = QPainter(image)
    item.paint(painter_at(painter, item), None, None)
    painter.end()
    frame = draws[-1]
    assert frame.ratio == ratio
    assert min(frame.shape) >= round(side * ratio)
    point = item.getViewBox().mapViewToScene(pg.Point(-1, 0))
    assert close_to(image.pixelColor(round(point.x() * ratio), round(point.y() * ratio)), RED_BLUE[0])


def painter_at(painter, item):
    painter.setWorldTransform(item.sceneTransform())
    return painter


def test_bounds_are_those_of_what_is_shown(item):
    assert item.dataBounds(0) == (-1, 1)
    assert item.dataBounds(1) == (0, 0.5)
    assert item.dataBounds(0, orthoRange=(0.2, 1)) == (1, 1)
    item.set_hidden({0})
    assert item.dataBounds(0) == (1, 1)
    item.set_hidden({0, 1})
    assert item.dataBounds(0) == (None, None)


def test_bounds_of_the_middle_part():
    item = PointsItem()
    points = np.random.default_rng(0).normal(size=(5000, 2)).astype(np.float32)
    item.set_points(points)
    assert item.dataBounds(1, frac=0.98) == pytest.approx(np.quantile(points[:, 1], [0.01, 0.99]), rel=1e-5)


def test_it_fits_the_view_by_itself(plot, item):
    plot.centralWidget.autoRange()
    (left, right), (bottom, top) = plot.centralWidget.viewRange()
    assert -2 < left < -1
    assert 1 < right < 2
    assert bottom < 0
    assert top > 0.5


def test_no_points(plot, item):
    item.set_points(np.empty((0, 2)))
    assert item.dataBounds(0) == (None, None)
    assert colour_at(plot, -1, 0) == QColor("#101216")
    item.set_points(np.zeros((5, 2)))
    assert colour_at(plot, 0, 0) != QColor("#101216")


def test_what_does_not_fit_is_refused(item):
    with pytest.raises(ValueError, match=r"\(N, 2\)"):
        item.set_points(np.zeros((4, 3)))
    with pytest.raises(ValueError, match="2 colours for 4 points"):
        item.set_colours(RED_BLUE)
    with pytest.raises(ValueError, match="numbers from 0 to 1"):
        item.set_colours(RED_BLUE, np.array([0, 1, 2, 0]))
    with pytest.raises(ValueError, match="one value per point"):
        item.set_emphasis(np.ones(3))
    with pytest.raises(ValueError, match="one value per point"):
        item.set_filter(np.ones((4, 1), dtype=bool))
