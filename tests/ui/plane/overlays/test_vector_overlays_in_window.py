"""Contours, class Gaussians, ellipses and strips on a plane of the window: computed, drawn, and moved with it."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import Labels, Lines, Strip, StripCurve, Strips
from explorer.rendering.palette import class_colours
from explorer.session import Probe
from explorer.ui.plane.overlays.overlay_item import MARGIN, MAX_CORNERS, LinePicture
from explorer.ui.plane.overlays.overlay_painter import PaintStyle, Ready, paint_part
from explorer.ui.plane.overlays.strip_painter import bottom_box, left_box
from explorer.ui.plane.pane.planes import PlanesArea
from explorer.ui.plane.plot.plane_map import PlaneMap
from explorer.ui.theme.theme import ThemeSource

AREA = QRectF(0, 0, 300, 240)
MINE = ("all_posteriors", "class_gaussians", "contours", "class_contours", "axis_strips")


@pytest.fixture
def area(qtbot, app_state, themes, runs_folder):
    area = PlanesArea(app_state, themes)
    qtbot.addWidget(area)
    area.resize(1000, 560)
    area.show()
    for name in ("ae", "vae"):
        app_state.opener.open(runs_folder / name)
    qtbot.waitUntil(lambda: len(area.panes) == 2 and all(pane.plane.codes.projected for pane in area.panes))
    return area


def shown(qtbot, app_state, area, *names):
    """Switch overlays on, and return the planes once all answers have come."""
    app_state.session.set(overlays=frozenset(names))
    planes = [pane.plane for pane in area.panes]
    qtbot.waitUntil(lambda: not any(plane.overlay_layer.waits for plane in planes))
    return planes


def test_each_is_drawn_where_it_is_defined_and_said_to_lack_where_it_is_not(qtbot, app_state, area):
    ae, vae = shown(qtbot, app_state, area, *MINE)
    for name in MINE:
        assert vae.overlay_layer.item(name).parts, name
    assert ae.overlay_layer.item("all_posteriors") is None
    lines = ae.overlay_layer.notes.notes.lines
    assert "Posterior ellipses of all: not defined: the encoder returns points, without a variance" in lines
    (strips,) = ae.overlay_layer.item("axis_strips").parts
    assert [curve.name for curve in strips.along[0].curves] == ["1,797 codes"]
    assert not area.grab().isNull()
    ae, vae = shown(qtbot, app_state, area)
    assert all(vae.overlay_layer.item(name) is None for name in MINE)


def test_the_legend_filters_what_is_fitted(qtbot, app_state, area):
    _, vae = shown(qtbot, app_state, area, "class_gaussians", "contours")
    assert {part.group for part in vae.overlay_layer.item("class_gaussians").parts} == set(range(10))
    app_state.session.set(hidden_classes=frozenset({3, 4}))
    shown(qtbot, app_state, area, "class_gaussians", "contours")
    assert {part.group for part in vae.overlay_layer.item("class_gaussians").parts} == set(range(10)) - {3, 4}
    kept = (~np.isin(vae.codes.projected.codes.labels, [3, 4])).sum()
    assert any(f"of {kept:,} codes" in line for line in vae.overlay_layer.notes.notes.lines)


def test_a_selection_of_any_size_has_ellipses_that_leave_its_points_visible_and_the_probed_sample_two(
    qtbot, app_state, area
):
    _, vae = shown(qtbot, app_state, area, "posterior")
    app_state.session.set_silent(active=1)
    app_state.session.set(selection=tuple(range(500)), probe=Probe(vae.key, vae.codes.projected.code_of_row(7), 7))
    shown(qtbot, app_state, area, "posterior")
    (part,) = vae.overlay_layer.item("posterior").parts
    (followed,) = vae.overlay_layer.item("posterior").drawn
    assert 20 < len(part.paths) < 200 and len(followed.paths) == 2
    assert any(f"{len(part.paths)} of 500 in view" in line for line in vae.overlay_layer.notes.notes.lines)


def test_strips_take_their_room_from_the_points_and_not_from_the_plane(qtbot, app_state, area):
    planes = shown(qtbot, app_state, area)
    before = [(plane.camera.visible_box(), plane.plot.plot_rect()) for plane in planes]
    for plane, (box, rect) in zip(shown(qtbot, app_state, area, "axis_strips"), before, strict=True):
        assert plane.plot.plot_rect() == rect
        fitted = plane.camera.goal
        free = plane.plot.plot_rect().adjusted(30, 0, 0, -30)
        assert free.contains(plane.camera.pixel_at((fitted.left, fitted.bottom)))
        assert plane.camera.visible_box() != box
    for plane, (box, _) in zip(shown(qtbot, app_state, area), before, strict=True):
        assert plane.camera.visible_box().is_near(box, 0.02)


def test_strips_follow_the_view_and_show_the_posterior_of_the_probe(qtbot, app_state, area):
    _, vae = shown(qtbot, app_state, area, "axis_strips")
    app_state.session.set_silent(active=1)
    app_state.session.set(probe=Probe(vae.key, vae.codes.projected.code_of_row(7), 7))
    vae.camera.zoom(5, QPointF(200, 200))
    shown(qtbot, app_state, area, "axis_strips")
    (strips,) = vae.overlay_layer.item("axis_strips").parts
    box = vae.camera.visible_box()
    for strip, (low, high) in zip(strips.along, ((box.left, box.right), (box.bottom, box.top)), strict=True):
        assert strip.ends[0] < low < high < strip.ends[1] < high + (high - low)
        assert strip.curves[-1].name.startswith("probed q(z|x)")


def test_a_plane_that_is_moved_shifts_a_picture_of_its_lines(qtbot, app_state, area, monkeypatch):
    _, vae = shown(qtbot, app_state, area, "contours")
    item, made = vae.overlay_layer.item("contours"), []
    assert sum(len(path) for part in item.parts if isinstance(part, Lines) for path in part.paths) > MAX_CORNERS
    monkeypatch.setattr(LinePicture, "made", classmethod(lambda cls, *some: made.append(1) or _made(cls, *some)))
    vae.camera.zoom(1.1, QPointF(200, 200))
    for _ in range(4):
        vae.camera.pan(QPointF(5, 3))
        vae.plot.viewport().repaint()
        QApplication.processEvents()
    assert len(made) == 1
    vae.camera.pan(QPointF(MARGIN * vae.plot.width() + 5, 0))
    vae.plot.viewport().repaint()
    assert len(made) == 2


_made = LinePicture.made.__func__


# Painting, part by part


def painted(part, *, dark=True, scale=1.0):
    theme = ThemeSource("dark" if dark else "light").theme
    image = QImage(300, 240, QImage.Format.Format_RGB32)
    image.fill(theme.plane)
    painter = QPainter(image)
    where = PlaneMap(lambda point: QPointF(150 + 30 * point[0], 120 - 30 * point[1]))
    paint_part(part, painter, where, PaintStyle(theme, scale, 1.0, None, AREA, lambda: True), Ready())
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(240, 300, 4)[..., 2::-1].copy(), theme


def ground_of(theme):
    return np.array([int(theme.plane[at : at + 2], 16) for at in (1, 3, 5)])


@pytest.mark.parametrize("dark", [True, False])
def test_lines_have_their_classes_colour(dark):
    path = np.array([(-3.0, 0.0), (3.0, 0.0)])
    pixels, _ = painted(Lines((path,), group=2, count=5, width=3), dark=dark)
    assert pixels[120, 150].tolist() == class_colours(5, dark)[2].tolist()
    dashed, _ = painted(Lines((path,), group=2, count=5, width=3, dash_dotted=True), dark=dark)
    drawn = (dashed[120, 60:240] == class_colours(5, dark)[2]).all(axis=1)
    runs = np.diff(np.flatnonzero(np.diff(drawn.astype(int))))
    assert 0.4 < drawn.mean() < 0.9 and runs.max() > 3 * runs.min(), "long dashes and short ones"


def strips_of(heights, **more):
    curve = StripCurve(np.asarray(heights, np.float64), "1/N Σ q(z|x)", "text", 1.5, **more)
    ends = (-5.0, 5.0)
    return Strips((Strip("bottom", "z₁", ends, (curve,), 1.0), Strip("left", "z₂", ends, (curve,), 1.0)))


@pytest.mark.parametrize("scale", [1.0, 1.6])
def test_strips_lie_inside_the_edges_in_line_with_their_axis(scale):
    heights = np.zeros(200)
    heights[95:105] = 1  # from z = −0.25 to 0.25
    pixels, theme = painted(strips_of(heights), scale=scale)
    blank, _ = painted(strips_of(np.zeros(200)), scale=scale)
    changed = (pixels != blank).any(axis=2)
    look = PaintStyle(theme, scale, 1.0, None, AREA, lambda: True)
    bottom = bottom_box(look, 0)
    left = left_box(look, bottom, 20)
    rows, columns = np.nonzero(changed)
    below = rows > bottom.top()
    assert np.abs(columns[below] - 150).max() < 14 and np.abs(rows[~below] - 120).max() < 14
    assert columns[~below].max() <= left.right() and changed.any()


def test_a_spike_is_clipped_at_the_strips_edge():
    heights = np.zeros(200)
    heights[100] = 1e9
    pixels, theme = painted(strips_of(heights))
    assert (pixels[:150, 80:] == ground_of(theme)).all()


def test_a_flat_strip_and_an_empty_one_stay_at_their_edge():
    for strips in (strips_of(np.zeros(200)), Strips((Strip("bottom", "z₁", (0.0, 1.0), (), 1.0),))):
        pixels, theme = painted(strips)
        assert (pixels[:150, 80:] == ground_of(theme)).all()


def test_labels_are_painted_at_their_points():
    pixels, theme = painted(Labels(np.zeros((1, 2)), ("50 %",)))
    assert (pixels != ground_of(theme)).any()


def test_a_picture_of_lines_serves_a_moved_plane_and_no_other():
    def map_of(x, scale=30):
        return PlaneMap(lambda point: QPointF(x + scale * point[0], 120 - scale * point[1]))

    picture = LinePicture.made(lambda painter, where: None, map_of(150), AREA, 1.0)
    corner = picture.shift(map_of(150), AREA, 1.0)
    assert picture.shift(map_of(160), AREA, 1.0) - corner == QPointF(10, 0)
    assert picture.shift(map_of(150 + MARGIN * 300 + 1), AREA, 1.0) is None
    assert picture.shift(map_of(150, 31), AREA, 1.0) is None
    assert picture.shift(map_of(150), AREA, 2.0) is None
    assert picture.shift(map_of(150), AREA.adjusted(0, 0, 1, 0), 1.0) is None


def test_boxes_are_in_coordinates_of_the_plane():
    rect = PlaneMap(lambda point: QPointF(10 * point[0], -10 * point[1])).rect(Box(0, 2, 1, 3))
    assert (rect.left(), rect.right(), rect.top(), rect.bottom()) == (0, 20, -30, -10)
