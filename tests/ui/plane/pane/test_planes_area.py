import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent, QDropEvent, QFocusEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QToolButton, QWidget
from window_cases import named

from explorer.latent.codes.neighbours import Neighbours
from explorer.latent.plane.projection import axes_projection
from explorer.plot.contents import brief_names
from explorer.session import Pane, Probe, View
from explorer.ui.plane.latent_plane import NO_POINTS
from explorer.ui.plane.pane.pane_header import PaneHeader
from explorer.ui.plane.pane.planes import PlanesArea
from explorer.ui.plane.points.legend import LegendBar
from explorer.ui.services import live_planes

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def area(qtbot, app_state, themes, runs_folder):
    area = PlanesArea(app_state, themes)
    qtbot.addWidget(area)
    area.resize(1000, 560)
    area.show()
    paths = sorted(path.parent for path in runs_folder.glob("*/run.json"))[:2]
    for path in paths:
        app_state.opener.open(path)
    qtbot.waitUntil(lambda: len(area.panes) == 2 and all(pane.plane.codes.projected for pane in area.panes))
    qtbot.waitUntil(lambda: all(app_state.store.runs[pane.key].dataset is not None for pane in area.panes))
    QApplication.processEvents()
    return area


@pytest.fixture
def plane(area):
    return area.panes[-1].plane


def point_of(plane, row):
    return plane.camera.pixel_at(tuple(plane.codes.projected.points[row])).toPoint()


def lone_row(plane):
    """Return a row that no other point comes near to, well inside the plane."""
    area = plane.plot.plot_rect().adjusted(40, 40, -40, -40)
    pixels = np.array(
        [[p.x(), p.y()] for p in (plane.camera.pixel_at(tuple(at)) for at in plane.codes.projected.points)]
    )
    inside = (pixels[:, 0] > area.left()) & (pixels[:, 0] < area.right())
    inside &= (pixels[:, 1] > area.top()) & (pixels[:, 1] < area.bottom())
    gaps = [np.sort(np.hypot(*(pixels - at).T))[1] if ok else 0 for at, ok in zip(pixels, inside, strict=True)]
    return int(np.argmax(gaps))


def empty_pixel(plane):
    rect = plane.plot.plot_rect().toRect()
    for x in range(rect.left() + 30, rect.right() - 30, 9):
        for y in range(rect.top() + 30, rect.bottom() - 30, 9):
            if plane.picker.row_at(QPointF(x, y)) is None:
                return QPoint(x, y)
    raise AssertionError("no empty point")


def drag(plane, start, *to, button=LEFT, keys=NONE):
    QTest.mousePress(plane.plot.viewport(), button, keys, start)
    for at in to:
        QTest.mouseMove(plane.plot.viewport(), at)
        QApplication.sendEvent(plane.plot.viewport(), _move(plane, at, button, keys))
    QTest.mouseRelease(plane.plot.viewport(), button, keys, to[-1])


def _move(plane, at, button, keys):
    point = QPointF(at)
    return QMouseEvent(
        QEvent.Type.MouseMove, point, QPointF(plane.plot.viewport().mapToGlobal(at)), button, button, keys
    )


def test_parts_are_named_by_their_number(area):
    assert [pane.objectName() for pane in area.panes] == ["plane_pane_1", "plane_pane_2"]
    assert [pane.plane.plot.objectName() for pane in area.panes] == ["latent_plane_1", "latent_plane_2"]
    assert area.panes[1].plane.plot.viewport().objectName() == "latent_plane"


def test_the_plane_that_tab_reaches_becomes_the_active_one(area, app_state):
    assert app_state.session.view.active == 1
    event = QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason)
    QApplication.sendEvent(area.panes[0].plane.plot, event)
    assert app_state.session.view.active == 0


def test_a_live_view_follows_only_codes_that_leave_it(qtbot, plane, app_state, monkeypatch):
    run = app_state.store.runs[plane.key]
    monkeypatch.setattr(type(app_state.trainings), "running", property(lambda self: (plane.key,)))

    def move(factor):
        app_state.store.set(plane.key, plane=replace(run.plane, mean=run.plane.mean * factor))

    first = plane.camera.goal
    move(1.02)
    assert plane.camera.goal == first  # a little more or less is no reason to move
    move(1.7)
    assert plane.camera.goal == plane.codes.projected.fitted() != first
    qtbot.waitUntil(
        lambda: plane.camera.visible_box().count_outside(plane.codes.projected.points) <= 0.02 * len(run.plane.mean)
    )
    move(0.5)
    assert plane.camera.goal == plane.codes.projected.fitted()
    plane.camera.zoom(2.0, plane.plot.plot_rect().center())
    shown = plane.camera.visible_box()
    move(3.0)
    assert plane.camera.visible_box() == shown


def test_a_training_shows_some_samples_at_once_and_always_those_that_are_marked(
    qtbot, area, plane, app_state, monkeypatch
):
    monkeypatch.setattr(live_planes, "FIRST_SAMPLES", 50)
    codes = plane.codes.projected.codes
    app_state.session.set(probe=Probe(plane.key, plane.codes.projected.code_of_row(3), codes.sample_of(3)))
    seen = []
    app_state.store.plane_changed.connect(lambda key: seen.append(app_state.store.runs[key].plane.index))
    app_state.trainings.train_further(plane.key, app_state.store.runs[plane.key].config.train.epochs + 6)
    qtbot.waitUntil(lambda: bool(seen) and plane.key not in app_state.trainings.running)
    qtbot.waitUntil(lambda: len(app_state.store.runs[plane.key].plane.index) == len(codes.index))
    assert 50 <= len(seen[0]) <= 51  # so the first ones come soon, also on a slow machine
    assert all(codes.sample_of(3) in index for index in seen)


def share_outside(plane):
    points = plane.codes.projected.points
    return plane.camera.visible_box().count_outside(points) / len(points)


@pytest.fixture
def spread(app_state, monkeypatch):
    """Spread the codes of a run as its training does, by a factor."""
    monkeypatch.setattr(type(app_state.trainings), "running", property(lambda self: tuple(app_state.store.runs)))
    first = {key: run.plane for key, run in app_state.store.runs.items()}

    def spread(plane, factor):
        codes = first[plane.key]
        app_state.store.set(plane.key, plane=replace(codes, mean=codes.mean * factor))

    return spread


def test_the_view_follows_codes_that_spread_a_hundredfold_until_the_hand_moves_it(qtbot, plane, spread):
    for factor in np.geomspace(0.01, 1, 12).tolist():
        spread(plane, factor)
        qtbot.waitUntil(lambda: share_outside(plane) <= 0.03)
    middle = plane.plot.plot_rect().center()
    plane.camera.zoom(2.0, middle)
    held = plane.camera.visible_box()
    spread(plane, 10)
    live_for(qtbot, 120)
    assert plane.camera.visible_box() == held
    plane.camera.fit()
    for factor in (20, 100):
        spread(plane, factor)
        qtbot.waitUntil(lambda: share_outside(plane) <= 0.03)


def test_a_view_that_was_moved_with_another_stays_on_the_same_part_of_codes_that_spread(qtbot, area, app_state, spread):
    left, right = (pane.plane for pane in area.panes)
    app_state.session.set(linked=True)
    left.camera.zoom(2.0, left.plot.plot_rect().center())
    view, before = right.camera.relative_view, share_outside(right)
    assert view.zoom == pytest.approx(2.0) and not right.camera.is_held and left.camera.is_held
    spread(right, 100)
    qtbot.waitUntil(lambda: abs(share_outside(right) - before) < 0.05)
    assert right.camera.relative_view == view


def live_for(qtbot, milliseconds):
    """Let a glide begin, if there is one."""
    qtbot.wait(milliseconds)


def test_click_on_empty_background_probes_a_point(plane, app_state):
    at = empty_pixel(plane)
    QTest.mouseClick(plane.plot.viewport(), LEFT, NONE, at)
    probe = app_state.session.view.probe
    assert probe.run == plane.key and probe.sample is None
    assert probe.z == pytest.approx(plane.camera.point_at(QPointF(at)))
    assert plane.cursor.marks.probe == pytest.approx(probe.z)


def test_click_on_a_point_follows_its_sample_and_alt_click_does_not(plane, app_state):
    row = lone_row(plane)
    QTest.mouseClick(plane.plot.viewport(), LEFT, NONE, point_of(plane, row))
    assert app_state.session.view.probe.sample == plane.codes.projected.codes.index[row]
    QTest.mouseClick(plane.plot.viewport(), LEFT, ALT, point_of(plane, row))
    assert app_state.session.view.probe.sample is None


def test_probed_sample_is_marked_in_the_other_pane(area, plane):
    row = lone_row(plane)
    QTest.mouseClick(plane.plot.viewport(), LEFT, NONE, point_of(plane, row))
    sample = int(plane.codes.projected.codes.index[row])
    other = area.panes[0].plane
    assert other.cursor.marks.same_sample == other.codes.projected.point_of_sample(sample)


def test_drag_decodes_continuously_and_is_one_undo_step(plane, app_state):
    seen = []
    end = app_state.session.listen(lambda old, new: seen.append(new.probe))
    start = empty_pixel(plane)
    drag(plane, start, start + QPoint(20, 10), start + QPoint(50, 30), start + QPoint(80, 60))
    end()
    assert len({probe.z for probe in seen if probe}) >= 4
    assert app_state.session.view.probe.z == pytest.approx(plane.camera.point_at(QPointF(start + QPoint(80, 60))))
    app_state.session.undo()
    assert app_state.session.view.probe is None and not app_state.session.can_undo


def test_wheel_zooms_at_the_cursor(plane):
    at = plane.plot.plot_rect().center() + QPointF(60, 30)
    at = QPointF(at.toPoint())
    before, point = plane.camera.visible_box(), plane.camera.point_at(at)
    everywhere = QPointF(plane.plot.viewport().mapToGlobal(at.toPoint()))
    wheel = QWheelEvent(
        at, everywhere, QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton, NONE, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(plane.plot.viewport(), wheel)
    after = plane.camera.visible_box()
    assert (after.right - after.left) < 0.8 * (before.right - before.left)
    assert plane.camera.point_at(at) == pytest.approx(point, abs=1e-6)


@pytest.mark.parametrize("how", ["middle", "mode", "space"])
def test_pan_keeps_the_grasped_point_under_the_mouse(plane, app_state, how):
    start = plane.plot.plot_rect().center().toPoint()
    point = plane.camera.point_at(QPointF(start))
    if how == "mode":
        app_state.session.set_silent(mode="pan")
    if how == "space":
        QTest.keyPress(plane.plot, Qt.Key.Key_Space)
    drag(plane, start, start + QPoint(30, 20), start + QPoint(70, -40), button=MIDDLE if how == "middle" else LEFT)
    assert plane.camera.point_at(QPointF(start + QPoint(70, -40))) == pytest.approx(point, abs=1e-6)
    assert app_state.session.view.probe is None
    QTest.keyRelease(plane.plot, Qt.Key.Key_Space)


def test_double_click_fits_and_leaves_the_probe(plane, app_state):
    fitted = plane.camera.visible_box()
    plane.camera.zoom(3, plane.plot.plot_rect().center())
    at = empty_pixel(plane)
    QTest.mouseClick(plane.plot.viewport(), LEFT, NONE, at)
    QTest.mouseDClick(plane.plot.viewport(), LEFT, NONE, at)
    assert not plane.camera.touched
    assert plane.camera.visible_box().left == pytest.approx(fitted.left, abs=1e-6)
    assert app_state.session.view.probe is None


def test_shift_drag_selects_in_every_pane(area, plane, app_state):
    rect = plane.plot.plot_rect().toRect()
    drag(plane, rect.center() - QPoint(80, 60), rect.center(), rect.center() + QPoint(30, 30), keys=SHIFT)
    a, b = (
        plane.camera.point_at(QPointF(at)) for at in (rect.center() - QPoint(80, 60), rect.center() + QPoint(30, 30))
    )
    points = plane.codes.projected.points
    inside = (points[:, 0] > a[0]) & (points[:, 0] < b[0]) & (points[:, 1] < a[1]) & (points[:, 1] > b[1])
    assert app_state.session.view.selection == tuple(plane.codes.projected.codes.index[inside].tolist())
    assert plane.cursor.marks.area is None
    if 0 < inside.sum() <= 400:
        assert len(area.panes[0].plane.cursor.marks.selected) == inside.sum()


def test_select_mode_picks_and_toggles(plane, app_state):
    app_state.session.set_silent(mode="select")
    row = lone_row(plane)
    sample = int(plane.codes.projected.codes.index[row])
    QTest.mouseClick(plane.plot.viewport(), LEFT, NONE, point_of(plane, row))
    assert app_state.session.view.selection == (sample,) and app_state.session.view.probe.sample == sample
    QTest.mouseClick(plane.plot.viewport(), LEFT, CONTROL, point_of(plane, row))
    assert app_state.session.view.selection == ()


def test_path_mode_sets_a_then_b_and_its_handles_move(plane, app_state):
    app_state.session.set_silent(mode="path")
    row, ground = lone_row(plane), empty_pixel(plane)
    QTest.mouseClick(plane.plot.viewport(), LEFT, NONE, point_of(plane, row))
    (begun,) = app_state.session.view.path.waypoints
    assert begun.sample == plane.codes.projected.codes.index[row]
    QTest.mouseClick(plane.plot.viewport(), LEFT, NONE, ground)
    path = app_state.session.view.path
    assert path.waypoints[1].z == pytest.approx(plane.camera.point_at(QPointF(ground)))
    drag(plane, ground, ground + QPoint(5, 5), ground + QPoint(12, 9))
    moved = app_state.session.view.path.waypoints
    assert moved[1].z != path.waypoints[1].z and moved[0] == path.waypoints[0]
    here = plane.camera.pixel_at(plane.cursor.marks.here).toPoint()
    drag(plane, here, here + QPoint(6, 0), plane.camera.pixel_at(plane.cursor.marks.path[0]).toPoint())
    assert app_state.session.view.path.t == pytest.approx(0, abs=0.05)


def test_escape_clears_step_by_step(plane, app_state):
    key = plane.key
    app_state.session.set(selection=(1, 2), probe=Probe(key, (0.0, 0.0)))
    QTest.keyClick(plane.plot, Qt.Key.Key_Escape)
    assert not app_state.session.view.selection and app_state.session.view.probe
    QTest.keyClick(plane.plot, Qt.Key.Key_Escape)
    assert app_state.session.view.probe is None


def test_escape_takes_back_a_drag(plane, app_state):
    start = empty_pixel(plane)
    QTest.mousePress(plane.plot.viewport(), LEFT, NONE, start)
    QTest.keyClick(plane.plot, Qt.Key.Key_Escape)
    QTest.mouseRelease(plane.plot.viewport(), LEFT, NONE, start)
    assert app_state.session.view.probe is None and not app_state.session.can_undo


def test_arrows_nudge_as_one_step_and_r_draws(plane, app_state):
    app_state.probing.probe_point(plane.key, (0.0, 0.0))
    QTest.keyPress(plane.plot, Qt.Key.Key_Right)
    QTest.keyPress(plane.plot, Qt.Key.Key_Right)
    QTest.keyRelease(plane.plot, Qt.Key.Key_Right)
    x, y = app_state.session.view.probe.z
    assert x == pytest.approx(6 * plane.camera.pixel_size()[0]) and y == pytest.approx(0)
    app_state.session.undo()
    assert app_state.session.view.probe.z == (0.0, 0.0)
    QTest.keyClick(plane.plot, Qt.Key.Key_R)
    assert app_state.session.view.probe.z != (0.0, 0.0)
    QTest.keyClick(plane.plot, Qt.Key.Key_S)
    nearest = plane.codes.projected.codes.neighbours.nearest(app_state.session.view.probe.z)
    assert app_state.session.view.probe.sample == plane.codes.projected.codes.index[nearest.row]


def test_hover_rings_at_once_and_shows_the_real_sample(qtbot, plane):
    row = lone_row(plane)
    QApplication.sendEvent(plane.plot.viewport(), _move(plane, point_of(plane, row), Qt.MouseButton.NoButton, NONE))
    assert plane.cursor.marks.hovered == tuple(plane.codes.projected.points[row])
    qtbot.waitUntil(lambda: plane.hover.card.isVisible())
    assert not plane.hover.card.picture.pixmap().isNull()
    QApplication.sendEvent(plane.plot.viewport(), _move(plane, empty_pixel(plane), Qt.MouseButton.NoButton, NONE))
    assert plane.cursor.marks.hovered is None
    qtbot.waitUntil(lambda: not plane.hover.card.isVisible())


def test_new_codes_move_points_in_place(plane, app_state):
    item, touched = plane.points.item, plane.camera.visible_box()
    plane.camera.zoom(2, plane.plot.plot_rect().center())
    zoomed = plane.camera.visible_box()
    run = app_state.store.runs[plane.key]
    moved = replace(run.plane, mean=run.plane.mean * 1.5, step=run.plane.step + 1)
    app_state.store.set(plane.key, plane=moved)
    assert plane.points.item is item and plane.camera.visible_box() == zoomed
    np.testing.assert_allclose(plane.codes.projected.points, moved.mean, rtol=1e-6)
    plane.camera.fit()
    assert plane.camera.visible_box().right > touched.right


def test_a_plane_of_chosen_axes_keeps_the_rest_of_z(plane, app_state):
    run = app_state.store.runs[plane.key]
    mean = np.random.default_rng(1).normal(size=(len(run.plane.index), 5)).astype(np.float32)
    basis = axes_projection(5, (0, 1))
    codes = replace(run.plane, mean=mean, log_variance=None, projection=basis, neighbours=Neighbours(mean))
    app_state.store.set(plane.key, plane=codes)
    panes = app_state.session.view.panes
    app_state.session.set(panes=(panes[0], Pane(plane.key, (3, 1))))
    app_state.probing.probe_point(plane.key, (1.0, 2.0, 3.0, 4.0, 5.0))
    at = empty_pixel(plane)
    QTest.mouseClick(plane.plot.viewport(), LEFT, ALT, at)
    z = app_state.session.view.probe.z
    assert (z[0], z[2], z[4]) == (1.0, 3.0, 5.0)
    assert (z[3], z[1]) == pytest.approx(plane.camera.point_at(QPointF(at)))
    assert "z₄" in plane.plot.ticks.names[0]


def test_points_move_during_training_without_rebuilding_items(qtbot, area, plane, app_state):
    item, pane, before = plane.points.item, area.panes[-1], plane.codes.projected.codes.step
    config = app_state.store.runs[plane.key].config
    steps = config.train.epochs
    app_state.trainings.train_further(plane.key, steps + 6)
    qtbot.waitUntil(
        lambda: app_state.store.runs[plane.key].step > before and plane.key not in app_state.trainings.running,
    )
    qtbot.waitUntil(
        lambda: (
            app_state.store.runs[plane.key].status == "finished" and app_state.store.runs[plane.key].plane_is_current
        )
    )
    assert area.panes[-1] is pane and plane.points.item is item
    assert plane.codes.projected.codes.step == app_state.store.runs[plane.key].step > before


def test_panes_are_kept_when_others_go(area, app_state):
    first, second = area.panes
    app_state.panes.close(0)
    assert area.panes == [second]
    assert second.plane.plot.objectName() == "latent_plane_1"
    app_state.panes.close(0)
    assert area.panes == [] and named(area, "no_run", QWidget).isVisible()
    assert first is not second


def test_figure_is_said_in_words(qtbot, area):
    button = named(area, "pane_figure_1", QToolButton)
    qtbot.waitUntil(lambda: re.search(r"\d+ %", button.text()) is not None)
    QTest.mouseClick(button, LEFT)
    popup = QApplication.activePopupWidget()
    assert popup is not None and popup.objectName() == "definition"
    popup.close()


def test_legend_filters_isolates_and_counts(qtbot, area, plane, app_state, themes):
    legend = LegendBar(app_state, themes)
    qtbot.addWidget(legend)
    legend.resize(900, 40)
    legend.show()
    chips = legend.chips
    labels = plane.codes.projected.codes.labels
    assert len(chips) == 10 and str((labels == 3).sum()) in chips[3].accessibleName()
    QTest.mouseClick(chips[3], LEFT)
    assert app_state.session.view.hidden_classes == {3}
    assert plane.points.item.shown().sum() == (labels != 3).sum()
    QTest.mouseClick(chips[3], LEFT)
    QTest.mouseClick(chips[5], LEFT, ALT)
    assert app_state.session.view.hidden_classes == set(range(10)) - {5}
    QTest.mouseClick(chips[5], LEFT, ALT)
    assert not app_state.session.view.hidden_classes
    chosen = plane.codes.projected.codes.index[labels == 2][:4]
    app_state.session.set(selection=tuple(chosen.tolist()))
    assert f"4 of {(labels == 2).sum()} samples selected" in chips[2].accessibleName()


def test_the_menu_of_a_class_selects_it(qtbot, area, plane, app_state, themes):
    legend = LegendBar(app_state, themes)
    qtbot.addWidget(legend)
    legend.show()
    codes, session = plane.codes.projected.codes, app_state.session
    threes, fives = (tuple(codes.index[codes.labels == label].tolist()) for label in (3, 5))
    for key, entry in ((3, "Select class"), (5, "Add to the selection"), (3, "Remove from the selection")):
        at = legend.chips[key].rect().center()
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, legend.chips[key].mapToGlobal(at))
        QApplication.sendEvent(legend.chips[key], event)
        menu = named(legend, "class_menu", QMenu)
        next(action for action in menu.actions() if action.text() == entry).trigger()
        menu.setObjectName("")
        menu.close()
        assert entry != "Select class" or (session.view.selection == threes and session.undo_name == "select class 3")
    assert session.view.selection == fives and not session.view.hidden_classes


def test_legend_follows_the_colouring(qtbot, area, plane, app_state, themes):
    legend = LegendBar(app_state, themes)
    qtbot.addWidget(legend)
    legend.show()
    app_state.session.set(colour_by="density")
    assert named(legend, "colour_bar", QWidget).isVisible() and not legend.chips
    app_state.session.set(colour_by="label")
    assert not named(legend, "colour_bar", QWidget).isVisible() and len(legend.chips) == 10


def test_many_classes_are_named_briefly():
    assert brief_names(("person 0", "person 10", "person 2")) == ("0", "10", "2")
    assert brief_names(("red cat", "red", "blue")) == ("red cat", "red", "blue")
    assert brief_names(("a", "b")) == ("a", "b")
    assert brief_names(()) == ()


def test_a_dropped_run_is_opened(qtbot, app_state, themes, runs_folder):
    area = PlanesArea(app_state, themes)
    qtbot.addWidget(area)
    area.show()
    mime = QMimeData()
    path = next(runs_folder.glob("*/run.json"))
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    drop = QDropEvent(QPointF(20, 20), Qt.DropAction.CopyAction, mime, LEFT, NONE)
    area.dropEvent(drop)
    qtbot.waitUntil(lambda: len(area.panes) == 1)
    assert Path(area.panes[0].key) == path.parent


def test_saved_picture_has_the_points(qtbot, area, plane, app_state, tmp_path, monkeypatch):
    path = tmp_path / "plane.png"
    monkeypatch.setattr("explorer.ui.plane.latent_plane.ask_path", lambda *_: path)
    with qtbot.waitSignal(app_state.tasks.saved):
        area.save_picture()
    assert path.stat().st_size > 5_000


def test_a_plane_without_points_is_not_saved(qtbot, area, plane, app_state, monkeypatch):
    monkeypatch.setattr("explorer.ui.plane.latent_plane.ask_path", lambda *_: pytest.fail("nothing to save"))
    app_state.store.set(plane.key, plane=None)
    plane.codes.reload()
    with qtbot.waitSignal(app_state.messages.notified) as said:
        area.save_picture()
    assert said.args == [NO_POINTS]


def test_the_close_button_counts_when_the_header_is_fitted(qtbot, app_state, themes, runs_folder):
    header = PaneHeader(app_state, themes)
    qtbot.addWidget(header)
    header.set_number(1)
    header.show_run(str(runs_folder / "a-run-with-a-long-name-of-its-own"), None, "")

    def shown():
        return [not named(header, f"pane_{name}_1", QWidget).isHidden() for name in ("enlarge", "close")]

    for width in range(260, 420, 4):
        header.resize(width, 32)
        header.set_alone(True)
        header.set_alone(False)
        at_once = shown()
        header.show_figure(None)
        assert shown() == at_once, width


@pytest.mark.parametrize("by", ["label", "density"])
def test_saved_picture_names_the_run_and_its_colours(qtbot, area, plane, app_state, themes, tmp_path, monkeypatch, by):
    path = tmp_path / "plane.svg"
    monkeypatch.setattr("explorer.ui.plane.latent_plane.ask_path", lambda *_: path)
    run = app_state.store.runs[plane.key]
    app_state.session.set(colour_by=by)
    with qtbot.waitSignal(app_state.tasks.saved):
        area.save_picture()
    said = path.read_text()
    assert run.name in said and run.title in said and plane.codes.projected.axis_title(0) in said
    counts = np.bincount(run.plane.labels)
    assert (f"0 ({counts[0]})" in said) == (by == "label") and ("of the highest density" in said) == (by == "density")


def test_theme_and_scale_redress(area, plane, themes):
    themes.set_mode("light")
    themes.set_scale(2.0)
    assert plane.cursor.item.text_scale == 2.0 and plane.cursor.item.theme.name == "light"
    assert not area.grab().isNull()


def test_axes_say_the_true_values(plane, app_state):
    run = app_state.store.runs[plane.key]
    small = run.plane.mean / np.abs(run.plane.mean).max() * 0.2
    app_state.store.set(plane.key, plane=replace(run.plane, mean=small))
    plane.camera.fit()
    plane.plot.grab()
    numbers = [text for text in plane.plot.ticks.written if "z" not in text and "outside" not in text]
    # Not −100 and 100, with a factor elsewhere.
    assert len(numbers) > 4 and all(abs(float(text.replace("−", "-"))) <= 0.3 for text in numbers)


def test_a_reopened_view_marks_its_selection_on_every_plane(qtbot, area, app_state):
    chosen = tuple(area.panes[0].plane.codes.projected.codes.index[:5].tolist())
    app_state.session.set(selection=chosen)
    app_state.session.set_silent(active=1)
    left, right = (pane.plane for pane in area.panes)
    view, keys = app_state.session.view, [left.key, right.key]
    app_state.opener.open_view(View())
    qtbot.waitUntil(lambda: not app_state.store.runs)
    app_state.opener.open_view(view)
    qtbot.waitUntil(
        lambda: (
            len(area.panes) == 2
            and set(keys) == set(app_state.store.runs)
            and all(pane.plane.codes.projected for pane in area.panes)
        )
    )
    for pane in area.panes:
        assert len(pane.plane.cursor.marks.selected) == 5
        assert (pane.plane.points.item._emphasis == 1).sum() == 5
