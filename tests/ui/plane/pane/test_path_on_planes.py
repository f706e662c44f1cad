"""A path drawn with the mouse: adding, moving, inserting and deleting waypoints, loops, and planes of other runs."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from explorer.session import Waypoint
from explorer.ui.plane.pane.planes import PlanesArea

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SPOTS = ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7))
"""Points of the clicks, as shares of the plot."""


@pytest.fixture
def area(qtbot, app_state, themes, runs_folder):
    area = PlanesArea(app_state, themes)
    qtbot.addWidget(area)
    area.resize(1000, 560)
    area.show()
    for path in sorted(path.parent for path in runs_folder.glob("*/run.json"))[:2]:
        app_state.opener.open(path)
    qtbot.waitUntil(lambda: len(area.panes) == 2 and all(pane.plane.codes.projected for pane in area.panes))
    app_state.session.set_silent(mode="path")
    QApplication.processEvents()
    return area


@pytest.fixture
def plane(area):
    return area.panes[-1].plane


def spot(plane, number):
    rect = plane.plot.plot_rect()
    across, down = SPOTS[number]
    return QPoint(round(rect.left() + across * rect.width()), round(rect.top() + down * rect.height()))


def click(plane, at):
    QTest.mouseClick(plane.plot.viewport(), LEFT, NONE, at)


def pixel_of(plane, index):
    return plane.camera.pixel_at(plane.cursor.marks.waypoints[index]).toPoint()


def draw(plane, count):
    for number in range(count):
        click(plane, spot(plane, number))


def path_of(app_state):
    return app_state.session.view.path


def drag(plane, start, end):
    viewport = plane.plot.viewport()
    QTest.mousePress(viewport, LEFT, NONE, start)
    for at in (start + QPoint(8, 8), end):
        place = QPointF(at)
        move = QMouseEvent(QMouseEvent.Type.MouseMove, place, QPointF(viewport.mapToGlobal(at)), LEFT, LEFT, NONE)
        QApplication.sendEvent(viewport, move)
    QTest.mouseRelease(viewport, LEFT, NONE, end)


def test_each_click_adds_a_waypoint_at_the_end(plane, app_state):
    draw(plane, 4)
    assert len(path_of(app_state).waypoints) == 4 and app_state.session.undo_name == "add a waypoint"
    app_state.session.undo()
    assert len(path_of(app_state).waypoints) == 3
    assert len(plane.cursor.marks.waypoints) == 3


def test_a_drag_moves_the_waypoint_under_the_mouse(plane, app_state):
    draw(plane, 3)
    before = path_of(app_state).waypoints
    drag(plane, pixel_of(plane, 1), spot(plane, 3))
    after = path_of(app_state).waypoints
    assert (after[0], after[2]) == (before[0], before[2]) and after[1] != before[1]
    assert app_state.session.undo_name == "move a waypoint"


def test_a_click_on_the_line_inserts_a_waypoint_there(plane, app_state):
    draw(plane, 3)
    before = path_of(app_state).waypoints
    click(plane, (pixel_of(plane, 1) + pixel_of(plane, 2)) / 2)
    after = path_of(app_state).waypoints
    assert len(after) == 4 and (*after[:2], after[3]) == before
    assert after[2].z == pytest.approx([(a + b) / 2 for a, b in zip(before[1].z, before[2].z, strict=True)], abs=0.1)


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_delete_removes_the_chosen_waypoint(plane, app_state, key):
    draw(plane, 3)
    before = path_of(app_state).waypoints
    click(plane, pixel_of(plane, 1))
    assert app_state.paths.chosen == 1 and plane.cursor.marks.chosen_waypoint == 1
    QTest.keyClick(plane.plot, key)
    assert path_of(app_state).waypoints == (before[0], before[2])
    assert app_state.session.undo_name == "delete a waypoint"


def test_a_click_on_a_closes_the_loop_and_ends_the_path(plane, app_state):
    draw(plane, 3)
    click(plane, pixel_of(plane, 0))
    assert path_of(app_state).closed and len(path_of(app_state).waypoints) == 3
    assert app_state.session.undo_name == "close the path"
    assert plane.cursor.marks.path[0] == plane.cursor.marks.path[-1]
    click(plane, spot(plane, 3))
    assert len(path_of(app_state).waypoints) == 1, "the next click begins another path"


def test_a_double_click_closes_the_loop(plane, app_state):
    draw(plane, 3)
    at = spot(plane, 3)
    click(plane, at)
    QTest.mouseDClick(plane.plot.viewport(), LEFT, NONE, at)
    assert path_of(app_state).closed and len(path_of(app_state).waypoints) == 4


def test_escape_ends_the_path_and_then_clears_it(plane, app_state):
    draw(plane, 2)
    QTest.keyClick(plane.plot, Qt.Key.Key_Escape)
    assert app_state.paths.is_ended and len(path_of(app_state).waypoints) == 2
    QTest.keyClick(plane.plot, Qt.Key.Key_Escape)
    assert path_of(app_state) is None


def test_a_path_through_samples_is_on_every_plane_of_the_data(area, plane, app_state):
    other, codes = area.panes[0].plane, plane.codes.projected.codes
    samples = [int(sample) for sample in codes.index[:3]]
    places = tuple(Waypoint(app_state.store.code_of(plane.key, sample), sample) for sample in samples)
    draw(plane, 2)
    assert not other.cursor.marks.waypoints, "a point has no place in another run"
    path = path_of(app_state)
    app_state.session.set(path=type(path)(plane.key, places))
    shown = other.cursor.marks.waypoints
    assert shown == tuple(other.codes.projected.point_of_sample(sample) for sample in samples)
    assert len(other.cursor.marks.path) > 3 and other.cursor.marks.here is not None


def test_the_probe_at_t_has_a_code_in_every_run_with_the_samples(area, plane, app_state):
    other = area.panes[0].plane
    samples = [int(sample) for sample in plane.codes.projected.codes.index[:2]]
    places = tuple(Waypoint(app_state.store.code_of(plane.key, sample), sample) for sample in samples)
    draw(plane, 1)
    app_state.session.set(path=type(path_of(app_state))(plane.key, places), probe=None)
    app_state.session.set(**app_state.paths.moved(1.0))
    assert app_state.paths.probed_code(other.key) == app_state.store.code_of(other.key, samples[1])
    app_state.probing.probe_point(plane.key, (0.0,) * len(places[0].z))
    assert app_state.paths.probed_code(other.key) is None
