"""Several panes: duplicated, swapped, maximized and linked by the mouse, and panes of different data side by side."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot
from window_cases import named

from explorer.config import MODEL_CONFIGS, DataConfig, RunConfig, TrainConfig
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.session import Pane, Probe, View
from explorer.ui.plane.latent_plane import LatentPlane
from explorer.ui.plane.pane.planes import PlanesArea, row_lengths, rows_for
from explorer.ui.plane.plot.camera import FITTED, RelativeView
from explorer.ui.plane.points.legend import LegendBar
from explorer.ui.services.app_state import AppState
from explorer.ui.services.pane_verbs import NONE_CLOSED
from explorer.ui.state.panes import NO_ROOM
from explorer.ui.status.sentences import SentenceBar
from explorer.ui.theme.theme import ThemeSource

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
WAIT = 20_000


@pytest.fixture
def area(qtbot: QtBot, app_state: AppState, themes: ThemeSource) -> PlanesArea:
    area = PlanesArea(app_state, themes)
    qtbot.addWidget(area)
    area.resize(1000, 640)
    area.show()
    return area


@pytest.fixture
def others(runs_folder: Path, trained_runs: Path) -> list[str]:
    """Return the paths of five runs of the same data."""
    for name in ("third", "fourth", "fifth"):
        shutil.copytree(trained_runs / "vae", runs_folder / name)
    return [str(runs_folder / name) for name in ("ae", "vae", "third", "fourth", "fifth")]


@pytest.fixture(scope="session")
def other_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train a small run on 60 pictures of three classes, with a column that the digits lack."""
    folder, random = tmp_path_factory.mktemp("other"), np.random.default_rng(0)
    pictures = random.integers(0, 255, (60, 4, 4), np.uint8)
    file = folder / "tiles.npz"
    np.savez(file, samples=pictures, labels=np.arange(60) % 3, weight=random.normal(size=60).astype(np.float32))
    model = MODEL_CONFIGS["vae"](latent_dim=2, hidden_widths=(8,))  # type: ignore[call-arg]
    config = RunConfig(data=DataConfig(source=str(file)), model=model, train=TrainConfig(epochs=1, threads=1))
    for _ in run_training(new_run(config, folder / "tiles-vae", device="cpu")):
        pass
    return folder / "tiles-vae"


def show(qtbot: QtBot, area: PlanesArea, app_state: AppState, keys: list[str]) -> list[LatentPlane]:
    for key in keys:
        app_state.opener.open(Path(key))
    qtbot.waitUntil(lambda: [pane.key for pane in area.panes] == keys, timeout=WAIT)
    qtbot.waitUntil(lambda: all(pane.plane.codes.projected is not None for pane in area.panes), timeout=WAIT)
    QApplication.processEvents()
    return [pane.plane for pane in area.panes]


def move_over(plane: LatentPlane, at: QPointF) -> None:
    everywhere = QPointF(plane.plot.viewport().mapToGlobal(at.toPoint()))
    QApplication.sendEvent(
        plane.plot.viewport(), QMouseEvent(QEvent.Type.MouseMove, at, everywhere, Qt.MouseButton.NoButton, LEFT, NONE)
    )


def drag_head(pane, to: QPoint) -> None:
    """Drag a pane's header to a point of the screen."""
    start = pane.header.geometry().center()
    QTest.mousePress(pane, LEFT, NONE, start)
    for share in (0.3, 1.0):
        at = start + (pane.mapFromGlobal(to) - start) * share
        event = QMouseEvent(QEvent.Type.MouseMove, QPointF(at), QPointF(pane.mapToGlobal(at)), LEFT, LEFT, NONE)
        QApplication.sendEvent(pane, event)
    QTest.mouseRelease(pane, LEFT, NONE, pane.mapFromGlobal(to))


def central_row(plane: LatentPlane) -> int:
    """Return the row of a shown point near the middle of the plane."""
    (x, y), points = plane.camera.visible_box().middle, plane.codes.here.points
    return int(np.argmin(np.hypot(points[:, 0] - x, points[:, 1] - y)))


def test_a_duplicate_has_axes_and_a_view_of_its_own_and_closes_alone(qtbot, area, app_state, others) -> None:
    show(qtbot, area, app_state, others[:2])
    app_state.panes.duplicate(1)
    first, second, copy = (pane.plane for pane in area.panes)
    assert app_state.session.view.panes == (Pane(others[0]), Pane(others[1]), Pane(others[1], copy=1))
    assert app_state.session.view.active == 2 and copy.codes.projected is not None
    copy.camera.zoom(2.0, copy.plot.plot_rect().center())
    assert copy.camera.relative_view != second.camera.relative_view == first.camera.relative_view == FITTED
    app_state.panes.close(1)
    assert [pane.plane for pane in area.panes] == [first, copy], "the one that was closed is gone, not its copy"
    assert others[1] in app_state.store.runs and copy.camera.relative_view != FITTED
    app_state.session.undo()
    assert len(area.panes) == 3, "undo brings a closed pane back"
    app_state.panes.close(2)
    app_state.panes.close(1)
    assert others[1] not in app_state.store.runs


def test_duplicate_and_swap_are_undone(qtbot, area, app_state, others) -> None:
    first, second = show(qtbot, area, app_state, others[:2])
    app_state.panes.duplicate(0)
    app_state.panes.swap(0, 2)
    assert [pane.key for pane in area.panes] == [others[1], others[0], others[0]]
    app_state.session.undo()
    app_state.session.undo()
    assert [pane.plane for pane in area.panes] == [first, second]
    app_state.session.redo()
    assert len(area.panes) == 3


def test_a_fifth_run_takes_the_active_pane_and_that_is_said(qtbot, area, app_state, others) -> None:
    notices = []
    app_state.messages.notified.connect(notices.append)
    show(qtbot, area, app_state, others[:4])
    app_state.session.set_silent(active=1)
    app_state.panes.duplicate(0)
    assert notices == [NO_ROOM]
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(others[4])])
    area.dropEvent(QDropEvent(QPointF(20, 20), Qt.DropAction.CopyAction, mime, LEFT, NONE))
    qtbot.waitUntil(lambda: len(notices) == 2, timeout=WAIT)
    assert [pane.key for pane in area.panes] == [others[0], others[4], *others[2:4]]
    assert notices[1] == "4 panes are the maximum: fifth replaces vae in the active pane"
    assert others[1] not in app_state.store.runs


def test_a_closed_pane_is_restored_at_its_position(qtbot, area, app_state, others) -> None:
    notices = []
    app_state.messages.notified.connect(notices.append)
    show(qtbot, area, app_state, others[:3])
    app_state.session.set(panes=(Pane(others[0]), Pane(others[1], (1, 0)), Pane(others[2])))
    app_state.panes.close(1)
    assert others[1] not in app_state.store.runs and app_state.panes.can_reopen
    app_state.panes.reopen()
    assert app_state.session.view.panes[1] == Pane(others[1], (1, 0)) and app_state.session.view.active == 1
    qtbot.waitUntil(
        lambda: others[1] in app_state.store.runs and area.panes[1].plane.codes.projected is not None, timeout=WAIT
    )
    app_state.panes.close(0)
    shutil.rmtree(others[0])
    app_state.panes.reopen()
    assert notices == [NONE_CLOSED] and len(area.panes) == 2


def test_all_panes_of_a_run_close_together(qtbot, area, app_state, others) -> None:
    show(qtbot, area, app_state, others[:2])
    app_state.panes.duplicate(0)
    app_state.panes.close_run(others[0])
    assert [pane.key for pane in area.panes] == [others[1]] and others[0] not in app_state.store.runs


def test_a_session_of_too_many_panes_is_cut_and_that_is_said(qtbot, area, app_state, others) -> None:
    notices = []
    app_state.messages.notified.connect(notices.append)
    app_state.opener.open_view(View(panes=tuple(map(Pane, others)), active=4, linked=True, enlarged=True))
    assert notices == ["The session has 5 planes; only the first 4 are shown"]
    qtbot.waitUntil(lambda: len(app_state.store.runs) == 4, timeout=WAIT)
    assert app_state.session.view.active == 3 and app_state.session.view.linked and app_state.session.view.enlarged


def test_a_head_dragged_onto_another_pane_swaps_them(qtbot, area, app_state, others) -> None:
    show(qtbot, area, app_state, others[:4])
    before = list(area.panes)
    area.panes[0].plane.camera.zoom(3.0, area.panes[0].plane.plot.plot_rect().center())
    look = area.panes[0].plane.camera.relative_view
    drag_head(before[0], before[3].mapToGlobal(before[3].rect().center()))
    assert area.panes == [before[3], *before[1:3], before[0]]
    assert app_state.session.view.active == 3 and area.panes[3].plane.camera.relative_view == look != FITTED
    assert area.panes[3].plane.plot.objectName() == "latent_plane_4"
    assert area.panes[3].geometry().x() > 0, "it is second in the last row"
    drag_head(area.panes[1], area.panes[1].mapToGlobal(area.panes[1].rect().center()))
    assert area.panes == [before[3], *before[1:3], before[0]], "dropped on itself nothing moves"
    assert not any(pane._is_target for pane in area.panes)


def test_a_double_click_on_the_header_maximizes_and_escape_restores(qtbot, area, app_state, others) -> None:
    show(qtbot, area, app_state, others[:3])
    pane = area.panes[1]
    small = pane.size()
    QTest.mouseDClick(pane, LEFT, NONE, pane.header.geometry().center())
    assert app_state.session.view.enlarged and app_state.session.view.active == 1
    assert [each.isVisible() for each in area.panes] == [False, True, False]
    QApplication.processEvents()
    assert pane.width() > 0.9 * area.width() and pane.height() > small.height()
    app_state.panes.turn_to(1)
    assert [each.isVisible() for each in area.panes] == [False, False, True]
    app_state.session.set(selection=(3,))
    QTest.keyClick(area.panes[2].plane.plot, Qt.Key.Key_Escape)
    assert all(each.isVisible() for each in area.panes) and app_state.session.view.selection == (3,)
    QApplication.processEvents()
    QTest.mouseClick(named(pane, "pane_enlarge_2", QWidget), LEFT)
    assert app_state.session.view.enlarged
    QTest.mouseClick(named(pane, "pane_enlarge_2", QWidget), LEFT)
    assert not app_state.session.view.enlarged
    QTest.mouseClick(named(pane, "pane_close_2", QWidget), LEFT)
    assert pane not in area.panes and len(area.panes) == 2


def test_linked_views_move_together_and_unlinked_ones_do_not(qtbot, area, app_state, others) -> None:
    first, second, third = show(qtbot, area, app_state, others[:3])
    first.camera.zoom(2.0, first.plot.plot_rect().center() + QPointF(20, 10))
    assert second.camera.relative_view == FITTED, "free"
    app_state.session.set_silent(active=0)
    app_state.session.set_silent(linked=True)
    assert second.camera.relative_view == third.camera.relative_view == first.camera.relative_view != FITTED
    moved = []
    for plane in (first, second, third):
        plane.camera.moved_by_user.connect(lambda plane=plane: moved.append(plane))
    second.camera.pan(QPointF(30, -20))
    second.camera.zoom(1.5, second.plot.plot_rect().center())
    assert (
        set(moved) == {second}
        and first.camera.relative_view == third.camera.relative_view == second.camera.relative_view
    )
    _is_share_of_fitted(first)
    _is_share_of_fitted(third)
    first.camera.fit()
    assert second.camera.relative_view == third.camera.relative_view == FITTED and not second.camera.touched
    app_state.session.set_silent(linked=False)
    third.camera.zoom(2.0, third.plot.plot_rect().center())
    assert first.camera.relative_view == second.camera.relative_view == FITTED


def _is_share_of_fitted(plane: LatentPlane) -> None:
    """Check what is in view against the look: the middle and the scale, by the plane's own fitted box."""
    fitted, seen = plane.codes.here.fitted(), plane.camera.visible_box()
    width, height = fitted.right - fitted.left, fitted.top - fitted.bottom
    assert seen.middle[0] == pytest.approx(
        fitted.middle[0] + plane.camera.relative_view.across * width, abs=1e-6 * width
    )
    assert seen.middle[1] == pytest.approx(fitted.middle[1] + plane.camera.relative_view.up * height, abs=1e-6 * height)
    room = plane.plot.view_box.width(), plane.plot.view_box.height()
    pixel = max(width / room[0], height / room[1])
    assert seen.right - seen.left == pytest.approx(room[0] * pixel / plane.camera.relative_view.zoom, rel=1e-3)


def test_a_plane_that_joins_linked_ones_looks_where_they_do(qtbot, area, app_state, others) -> None:
    (first,) = show(qtbot, area, app_state, others[:1])
    app_state.session.set_silent(linked=True)
    first.camera.zoom(4.0, first.plot.plot_rect().center())
    app_state.opener.open(Path(others[1]))
    qtbot.waitUntil(lambda: len(area.panes) == 2 and area.panes[1].plane.codes.projected is not None, timeout=WAIT)
    assert area.panes[1].plane.camera.relative_view == first.camera.relative_view != FITTED


def test_a_look_is_kept_when_the_plane_is_resized(qtbot, area, app_state, others) -> None:
    (plane,) = show(qtbot, area, app_state, others[:1])
    plane.camera.zoom(2.0, plane.plot.plot_rect().center() + QPointF(40, 0))
    look = plane.camera.relative_view
    area.resize(700, 420)
    QApplication.processEvents()
    assert plane.camera.relative_view == look
    _is_share_of_fitted(plane)


def test_strips_follow_across_alone(qtbot, area, app_state, others) -> None:
    first, second = show(qtbot, area, app_state, others[:2])
    run = app_state.store.runs[second.key]
    mean = run.plane.mean[:, :1]
    from explorer.latent.codes.neighbours import Neighbours
    from explorer.latent.plane.projection import default_projection

    codes = replace(
        run.plane, mean=mean, log_variance=None, projection=default_projection(mean), neighbours=Neighbours(mean)
    )
    app_state.store.set(second.key, plane=codes)
    second.camera.fit()
    app_state.session.set_silent(linked=True, active=0)
    whole = second.camera.visible_box()
    first.camera.zoom(2.0, first.plot.plot_rect().center())
    seen = second.camera.visible_box()
    assert (seen.bottom, seen.top) == pytest.approx((whole.bottom, whole.top))
    assert seen.right - seen.left == pytest.approx((whole.right - whole.left) / 2, rel=1e-3)


def test_a_hovered_sample_is_ringed_on_every_plane_of_its_data(qtbot, area, app_state, others) -> None:
    first, second, third = show(qtbot, area, app_state, others[:3])
    row = central_row(second)
    at = second.camera.pixel_at(tuple(second.codes.here.points[row]))
    move_over(second, at)
    row = second.picker.row_at(QPointF(at.toPoint()))
    sample = second.codes.here.codes.sample_of(row)
    assert second.cursor.marks.hovered == tuple(second.codes.here.points[row])
    assert second.cursor.marks.hovered_elsewhere is None
    for plane in (first, third):
        assert plane.cursor.marks.hovered_elsewhere == plane.codes.here.point_of_sample(sample)
        assert not plane.hover.card.isVisible()
    qtbot.waitUntil(second.hover.card.isVisible)
    card = second.hover.card
    assert area.window().rect().contains(card.geometry()), "it is not cut at its plane's edge"
    app_state.session.set_silent(active=0)
    assert third.cursor.marks.hovered_elsewhere == third.codes.here.point_of_sample(sample), "other news leave it"
    QApplication.sendEvent(second.plot.viewport(), QEvent(QEvent.Type.Leave))
    assert all(plane.cursor.marks.hovered_elsewhere is None for plane in (first, second, third))
    move_over(second, at)
    app_state.panes.enlarge(0)
    assert app_state.probing.hovered is None and not card.isVisible(), "a plane that is hidden lets go"


@pytest.fixture
def mixed(
    qtbot: QtBot, area: PlanesArea, app_state: AppState, themes: ThemeSource, others: list[str], other_data: Path
) -> Iterator[tuple[list[LatentPlane], LegendBar]]:
    """Return two planes of digits and one of other data, which is active, and the legend."""
    legend = LegendBar(app_state, themes)
    qtbot.addWidget(legend)
    legend.resize(900, 60)
    legend.show()
    yield show(qtbot, area, app_state, [*others[:2], str(other_data)]), legend


def test_different_data_is_said_in_the_status_line(mixed, app_state, themes, qtbot) -> None:
    line = SentenceBar(app_state, themes)
    qtbot.addWidget(line)
    assert line.words == "Different data: ae and vae of digits; tiles-vae of tiles. " + (
        "Selection and hover are linked only between runs on the same data"
    )
    app_state.panes.close(2)
    qtbot.waitUntil(lambda: "data" not in line.words)


def test_neither_hover_nor_probe_nor_selection_reaches_other_data(mixed, app_state) -> None:
    (ae, vae, tiles), _ = mixed
    app_state.probing.hover_sample(vae.key, 7)
    assert ae.cursor.marks.hovered_elsewhere == ae.codes.here.point_of_sample(7)
    assert tiles.cursor.marks.hovered_elsewhere is None
    app_state.session.set(probe=Probe(vae.key, vae.codes.here.code_of_row(7), int(vae.codes.here.codes.index[7])))
    assert app_state.session.view.active_run == tiles.key
    assert ae.cursor.marks.same_sample == ae.codes.here.point_of_sample(7), "though the active pane has other data"
    assert tiles.cursor.marks.same_sample is None
    app_state.session.set(selection=(3, 4))
    assert len(tiles.cursor.marks.selected) == 2
    assert not ae.cursor.marks.selected and not vae.cursor.marks.selected
    app_state.session.set_silent(active=0)
    assert app_state.session.view.selection == (), "a sample's number means nothing in other data"


def test_the_legend_names_its_runs_and_filters_their_classes_only(mixed, app_state) -> None:
    (ae, _, tiles), legend = mixed
    assert legend.head == "Colour tiles by" and len(legend.chips) == 3
    QTest.mouseClick(legend.chips[1], LEFT)
    assert tiles.points.item.shown().sum() == 40 and ae.points.item.shown().all()
    app_state.session.set_silent(active=0)
    assert legend.head == "Colour digits by" and len(legend.chips) == 10
    assert named(legend, "legend_show_all", QWidget).isHidden(), "nothing of the digits is hidden"
    QTest.mouseClick(legend.chips[3], LEFT)
    labels = ae.codes.here.codes.labels
    assert ae.points.item.shown().sum() == (labels != 3).sum() and tiles.points.item.shown().sum() == 40
    app_state.session.undo()
    assert ae.points.item.shown().all() and tiles.points.item.shown().sum() == 40
    app_state.panes.close(2)
    assert legend.head == "Colour"


def test_data_without_the_column_is_coloured_by_class_and_says_so(area, mixed, app_state) -> None:
    (ae, _, tiles), legend = mixed
    app_state.session.set(colour_by="column:weight")
    assert tiles.points.colouring.span is not None and not tiles.points.colouring.note
    assert ae.points.colouring.names == tuple("0123456789")
    notes = [area.findChild(QLabel, f"pane_note_{number}") for number in (1, 2, 3)]
    assert [note.isVisible() for note in notes] == [True, True, False]
    assert notes[0].text() == "Coloured by class: no weight in digits"
    app_state.session.set_silent(active=0)
    assert named(legend, "legend_note", QLabel).text() == "by class: no weight in digits" and len(legend.chips) == 10


@pytest.mark.parametrize(
    ("count", "size", "rows"),
    [
        (1, (300, 900), 1),
        (2, (740, 400), 1),
        (3, (900, 700), 2),
        (3, (1300, 330), 1),
        (4, (740, 400), 2),
        (4, (900, 560), 2),
        (4, (1500, 300), 1),
    ],
)
def test_planes_stand_where_they_are_largest(count, size, rows) -> None:
    assert rows_for(count, *size) == rows


def test_rows_hold_all_panes() -> None:
    assert row_lengths(0, 1) == []
    assert row_lengths(3, 2) == [2, 1] and row_lengths(4, 2) == [2, 2] and row_lengths(4, 1) == [4]


def test_rows_depend_on_the_shape_of_the_area(qtbot, area, app_state, others) -> None:
    show(qtbot, area, app_state, others[:4])
    assert {pane.y() for pane in area.panes} == {0} and len({pane.parent() for pane in area.panes}) == 2
    area.resize(1500, 330)
    QApplication.processEvents()
    assert len({pane.parent() for pane in area.panes}) == 1
    assert RelativeView() == FITTED


def test_keys_go_on_to_the_pane_that_f6_shows(
    qtbot: QtBot, area: PlanesArea, app_state: AppState, others: list[str]
) -> None:
    planes = show(qtbot, area, app_state, others[:3])
    area.activateWindow()
    app_state.session.set_silent(active=0)
    planes[0].plot.setFocus()
    qtbot.waitUntil(planes[0].plot.hasFocus)
    app_state.panes.enlarge(0)
    app_state.panes.turn_to(1)
    assert planes[1].plot.hasFocus() and not planes[0].plot.isVisible()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert not app_state.session.view.enlarged
    app_state.panes.turn_to(1)
    assert planes[2].plot.hasFocus()
