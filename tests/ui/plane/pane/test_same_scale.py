"""Planes of equal axes at the same scale: one range, one unit per pixel, and moves that keep them equal."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSplitter
from pytestqt.qtbot import QtBot

from explorer.latent.plane.projection import axes_projection
from explorer.session import Path as SessionPath
from explorer.session import Probe, Waypoint
from explorer.ui.plane.latent_plane import LatentPlane
from explorer.ui.plane.pane.planes import PlanesArea
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource

WAIT = 30_000


@pytest.fixture
def area(app_state: AppState, themes: ThemeSource, qtbot: QtBot, ablated: Path) -> Iterator[PlanesArea]:
    area = PlanesArea(app_state, themes)
    qtbot.addWidget(area)
    area.resize(1000, 720)
    area.show()
    app_state.opener.open_group(ablated)
    qtbot.waitUntil(
        lambda: len(area.panes) == 4 and all(pane.plane.codes.projected is not None for pane in area.panes),
        timeout=WAIT,
    )
    return area


def planes(area: PlanesArea) -> dict[str, LatentPlane]:
    found = [pane.plane for pane in area.panes]
    return {plane.codes.run.group.member: plane for plane in found if plane.codes.run and plane.codes.run.group}


def spread(app_state: AppState, plane: LatentPlane, factor: float) -> None:
    """Multiply the codes of a run, as a training does that lets them spread."""
    run = app_state.store.runs[plane.key]
    assert run.plane is not None
    mean = factor * (run.plane.mean - run.plane.mean.mean(axis=0))
    known = replace(run.plane, mean=mean.astype(np.float32), projection=axes_projection(2))
    app_state.store.set(plane.key, plane=known)


def pixels(area: PlanesArea) -> list[float]:
    return [plane.camera.pixel_size()[0] for plane in planes(area).values()]


def test_members_of_one_experiment_open_at_one_scale_with_their_posteriors(
    area: PlanesArea, app_state: AppState
) -> None:
    view = app_state.session.view
    assert view.same_scale and view.linked and "all_posteriors" in view.overlays
    assert pixels(area) == pytest.approx([pixels(area)[0]] * 4, rel=1e-6)
    for plane in planes(area).values():
        box = plane.camera.visible_box()
        assert box.left < -3 and box.right > 3 and box.bottom < -3 and box.top > 3, "the prior's 3 σ are in view"
        assert box.middle == pytest.approx(planes(area)["both"].camera.visible_box().middle, abs=1e-6)


def test_the_run_with_both_terms_sets_the_range_and_the_others_are_counted(
    area: PlanesArea, app_state: AppState, qtbot: QtBot
) -> None:
    known = planes(area)
    spread(app_state, known["autoencoder"], 400)
    autoencoder = known["autoencoder"]
    assert autoencoder.camera.visible_box().width < 20
    assert "points outside" in autoencoder.plot.ticks.outside[0].forms[0]
    spread(app_state, known["both"], 400)
    qtbot.waitUntil(lambda: autoencoder.camera.visible_box().width > 20)
    assert pixels(area) == pytest.approx([pixels(area)[0]] * 4, rel=1e-6)


def test_off_shows_each_plane_as_a_whole_and_undo_brings_the_scale_back(
    area: PlanesArea, app_state: AppState, qtbot: QtBot
) -> None:
    known = planes(area)
    spread(app_state, known["autoencoder"], 400)
    app_state.session.set(same_scale=False)
    own = known["autoencoder"].camera
    assert own.home is not None and own.visible_box().width >= own.home.width > 20
    assert known["only-kl"].camera.visible_box().width < 2
    app_state.session.undo()
    assert app_state.session.view.same_scale
    assert pixels(area) == pytest.approx([pixels(area)[0]] * 4, rel=1e-6)


def test_planes_of_one_scale_move_together_also_without_linked_views(area: PlanesArea, app_state: AppState) -> None:
    app_state.session.set_silent(linked=False)
    first, *others = planes(area).values()
    first.camera.zoom(2.0, QPointF(100, 100))
    first.camera.pan(QPointF(30, 10))
    for other in others:
        assert other.camera.visible_box().middle == pytest.approx(first.camera.visible_box().middle, abs=1e-6)
    assert pixels(area) == pytest.approx([pixels(area)[0]] * 4, rel=1e-6)


def test_panes_of_other_sizes_keep_the_same_units(area: PlanesArea, qtbot: QtBot) -> None:
    before = pixels(area)[0]
    rows = area.findChild(QSplitter, "planes_rows")
    assert rows is not None
    rows.setSizes([500, 200])
    qtbot.waitUntil(lambda: pixels(area)[0] > 1.1 * before)
    assert pixels(area) == pytest.approx([pixels(area)[0]] * 4, rel=1e-6)


def test_a_plane_of_other_axes_keeps_its_own_range(area: PlanesArea, app_state: AppState) -> None:
    panes = app_state.session.view.panes
    app_state.session.set(panes=(replace(panes[0], axes=(1, 0)), *panes[1:]))
    own, shared = area.panes[0].plane.camera, area.panes[1].plane.camera
    assert own.home is not None and own.visible_box().width < 2 < shared.visible_box().width


def test_a_run_besides_the_experiment_ends_the_common_scale(
    area: PlanesArea, app_state: AppState, runs_folder: Path, qtbot: QtBot
) -> None:
    app_state.opener.open(runs_folder / "vae", pane=0)
    qtbot.waitUntil(lambda: str(runs_folder / "vae") in app_state.store.runs, timeout=WAIT)
    qtbot.waitUntil(lambda: not app_state.session.view.same_scale)


def test_a_click_on_a_count_shows_what_is_outside(area: PlanesArea, app_state: AppState, qtbot: QtBot) -> None:
    plane = planes(area)["autoencoder"]
    spread(app_state, plane, 400)
    area.grab()
    (outside,) = plane.plot.ticks.outside
    (where,) = (box for box, counted in plane.plot.ticks.lines if counted == outside)
    QTest.mouseClick(plane.plot.viewport(), Qt.MouseButton.LeftButton, pos=where.center().toPoint())
    assert plane.plot.ticks.outside == () and app_state.session.view.probe is None
    assert planes(area)["both"].camera.visible_box().width > 20, "planes of one scale stay so"
    plane.camera.fit()
    assert plane.plot.ticks.outside[0] == outside


def test_marks_outside_are_named(area: PlanesArea, app_state: AppState) -> None:
    plane = planes(area)["both"]
    app_state.session.set(probe=Probe(plane.key, (50.0, 0.0)))
    (probe,) = plane.plot.ticks.outside
    assert probe.forms == ("probe outside",)
    plane.camera.reveal(probe.box)
    assert plane.camera.visible_box().width > 1 and plane.camera.visible_box().contains(np.array([[50.0, 0.0]])).all()
    plane.camera.fit()
    app_state.session.set(probe=None, path=SessionPath(plane.key, (Waypoint((0.0, 0.0)), Waypoint((60.0, 60.0)))))
    assert [text.forms[0] for text in plane.plot.ticks.outside] == ["1 of 2 waypoints outside"]


def test_rings_outside_are_counted_where_each_plane_has_its_own_range(
    area: PlanesArea, app_state: AppState, qtbot: QtBot
) -> None:
    app_state.session.set(same_scale=False)
    plane = planes(area)["only-kl"]
    qtbot.waitUntil(lambda: any("3 of 3 prior rings outside" in text.forms for text in plane.plot.ticks.outside))
