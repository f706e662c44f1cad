"""Selecting samples on a plane by a box and by a lasso, with the keys that combine selections."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from explorer.latent.plane.lasso import inside_lasso
from explorer.ui.plane.input.select_gestures import operation_of
from explorer.ui.plane.pane.planes import PlanesArea

LEFT = Qt.MouseButton.LeftButton
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def plane(qtbot, app_state, themes, runs_folder):
    area = PlanesArea(app_state, themes)
    qtbot.addWidget(area)
    area.resize(600, 560)
    area.show()
    app_state.opener.open(runs_folder / "vae")
    qtbot.waitUntil(lambda: any(pane.plane.codes.projected is not None for pane in area.panes))
    QApplication.processEvents()
    app_state.session.set_silent(mode="select")
    return area.panes[0].plane


def drag(plane, corners, keys=NONE, *, release=True):
    QTest.mousePress(plane.plot.viewport(), LEFT, keys, corners[0])
    for corner in corners[1:]:
        QTest.mouseMove(plane.plot.viewport(), corner)
    if release:
        QTest.mouseRelease(plane.plot.viewport(), LEFT, keys, corners[-1])


def around(plane, radius, dx=0, dy=0):
    """Return the corners of a line around the middle of the plane."""
    centre = plane.plot.plot_rect().toRect().center() + QPoint(dx, dy)
    angles = np.linspace(0, 1.9 * np.pi, 24)
    return [centre + QPoint(round(radius * np.cos(a)), round(radius * np.sin(a))) for a in angles]


def samples_in(plane, corners):
    """Return the samples inside a line in pixels, as an independent reference."""
    line = [plane.camera.point_at(QPointF(corner)) for corner in corners]
    return tuple(plane.codes.projected.codes.index[inside_lasso(plane.codes.projected.points, line)].tolist())


def test_a_lasso_selects_what_it_encircles(plane, app_state):
    session, corners = app_state.session, around(plane, 90)
    session.set_silent(select_by="lasso")
    drag(plane, corners, release=False)
    assert len(plane.cursor.marks.area.lasso) >= len(corners) and session.view.selection == ()
    QTest.mouseRelease(plane.plot.viewport(), LEFT, NONE, corners[-1])
    inside = samples_in(plane, corners)
    assert session.view.selection == inside and len(inside) > 10
    assert plane.cursor.marks.area is None
    session.undo()
    assert session.view.selection == () and not session.can_undo


@pytest.mark.parametrize(
    ("keys", "sign", "step", "combine"),
    [
        (SHIFT, "+", "add to the selection", set.union),
        (CONTROL, "+", "add to the selection", set.union),
        (ALT, "\N{MINUS SIGN}", "remove from the selection", set.difference),
        (CONTROL | ALT, "\N{MINUS SIGN}", "remove from the selection", set.difference),
        (SHIFT | ALT, "∩", "intersect the selection", set.intersection),
        (NONE, "", "change the selection", lambda before, inside: inside),
    ],
)
@pytest.mark.parametrize("shape", ["box", "lasso"])
def test_keys_combine_the_area_with_the_selection(plane, app_state, keys, sign, step, combine, shape):
    session = app_state.session
    session.set_silent(select_by=shape)
    before, corners = samples_in(plane, around(plane, 80, -40)), around(plane, 80, 40)
    if shape == "box":
        a, b = corners[0] - QPoint(150, 80), corners[0] + QPoint(0, 80)
        corners, line = [a, (a + b) / 2, b], [a, QPoint(b.x(), a.y()), b, QPoint(a.x(), b.y())]
    else:
        line = corners
    session.set_silent(selection=before)
    drag(plane, corners, keys, release=False)
    assert plane.cursor.marks.area.sign == sign
    QTest.mouseRelease(plane.plot.viewport(), LEFT, keys, corners[-1])
    inside = set(samples_in(plane, line))
    assert inside and set(before) - inside
    assert session.view.selection == tuple(sorted(combine(set(before), inside)))
    assert session.undo_name == step


def test_escape_cancels_a_lasso(plane, app_state):
    session, corners = app_state.session, around(plane, 90)
    session.set_silent(select_by="lasso", selection=(1, 2))
    drag(plane, corners, release=False)
    QTest.keyClick(plane.plot, Qt.Key.Key_Escape)
    assert plane.cursor.marks.area is None
    QTest.mouseRelease(plane.plot.viewport(), LEFT, NONE, corners[-1])
    assert session.view.selection == (1, 2) and not session.can_undo


def test_a_lasso_leaves_hidden_classes_out(plane, app_state):
    session, corners = app_state.session, around(plane, 110)
    run = app_state.store.runs[plane.key]
    session.set_silent(select_by="lasso")
    session.set(**session.view.changes_to_hide(run.description.fingerprint, frozenset({0, 1, 2})))
    drag(plane, corners)
    labels = plane.codes.projected.codes.labels
    inside = [sample for sample in samples_in(plane, corners) if labels[sample] > 2]
    assert session.view.selection == tuple(inside) and 0 < len(inside) < len(samples_in(plane, corners))


def test_a_lasso_works_with_shift_in_other_modes(plane, app_state):
    session, corners = app_state.session, around(plane, 90)
    session.set_silent(select_by="lasso", mode="probe", selection=(1, 2))
    drag(plane, corners, SHIFT)
    assert session.view.selection == samples_in(plane, corners) and session.view.probe is None


@pytest.mark.parametrize(
    ("keys", "selecting", "operation"),
    [
        (NONE, True, "replace"),
        (SHIFT, True, "add"),
        (SHIFT, False, "replace"),
        (CONTROL, False, "add"),
        (ALT, True, "remove"),
        (CONTROL | ALT, False, "remove"),
        (SHIFT | ALT, True, "intersect"),
        (SHIFT | CONTROL | ALT, True, "intersect"),
    ],
)
def test_keys_have_one_meaning_everywhere(keys, selecting, operation):
    assert operation_of(keys, selecting=selecting) == operation
