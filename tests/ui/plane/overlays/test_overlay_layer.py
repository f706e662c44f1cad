"""Overlays on the planes of a window: drawn at once, or computed in the background."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPainter
from PySide6.QtTest import QTest

from explorer.jobs.overlays.catalog import NAMES, overlay
from explorer.jobs.overlays.overlay import OverlayQuestion
from explorer.jobs.runs.open_run import open_for_viewing
from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import Labels, Lines, Pictures, Regions, Shading
from explorer.session import FIRST_OVERLAYS, Pane, Session
from explorer.ui.actions.actions import Actions
from explorer.ui.actions.menus import OVERLAY_MENU, OverlayActions
from explorer.ui.plane.overlays.lit_overlays import distance_to_line
from explorer.ui.plane.overlays.overlay_item import OverlayItem, cell_of
from explorer.ui.plane.overlays.overlay_painter import label_point
from explorer.ui.plane.overlays.plane_notes import folded
from explorer.ui.plane.pane.planes import PlanesArea
from explorer.ui.theme.theme import DARK

TIMEOUT = 20_000


@pytest.fixture
def area(qtbot, app_state, themes, runs_folder):
    area = PlanesArea(app_state, themes)
    qtbot.addWidget(area)
    area.resize(700, 420)
    area.show()
    app_state.session.set(overlays=frozenset())
    for name in ("ae", "vae"):
        app_state.opener.open(runs_folder / name)
    qtbot.waitUntil(
        lambda: len(area.panes) == 2 and all(pane.plane.codes.projected for pane in area.panes), timeout=TIMEOUT
    )
    qtbot.waitUntil(
        lambda: all(app_state.store.runs[pane.key].dataset is not None for pane in area.panes), timeout=TIMEOUT
    )
    return area


@pytest.fixture
def vae(area):
    return next(pane.plane for pane in area.panes if pane.plane.codes.run.capabilities.prior)


def settle(qtbot, area):
    def rests():
        return not any(pane.plane.overlay_layer.waits for pane in area.panes)

    qtbot.waitUntil(rests, timeout=TIMEOUT)


def turn_on(qtbot, app_state, area, *names):
    app_state.session.set(overlays=frozenset(names))
    settle(qtbot, area)


def spied(monkeypatch, app_state):
    """Record the questions of overlays without answering them."""
    questions, asker = [], app_state.asker
    ask = asker.ask

    def note(question, identity, reply):
        return (
            questions.append(question) or True
            if isinstance(question, OverlayQuestion)
            else ask(question, identity, reply)
        )

    monkeypatch.setattr(asker, "ask", note)
    return questions


def shown(plane, name):
    item = plane.overlay_layer.item(name)
    assert item is not None
    return item.parts


def lines(plane):
    return plane.overlay_layer.notes.notes.lines


def test_an_overlay_is_on_every_plane_that_supports_it_and_the_others_explain_why_not(qtbot, area, vae, app_state):
    turn_on(qtbot, app_state, area, "off_manifold", "prior_manifold")
    ae = next(pane.plane for pane in area.panes if pane.plane is not vae)
    assert isinstance(shown(vae, "off_manifold")[0], Shading) and isinstance(shown(ae, "off_manifold")[0], Shading)
    assert isinstance(shown(vae, "prior_manifold")[0], Pictures)
    assert ae.overlay_layer.item("prior_manifold") is None
    assert lines(ae) == ("Manifold at the prior's quantiles: not defined: the model has no prior",)
    assert len(vae.overlay_layer.notes.notes.scales) == 1
    turn_on(qtbot, app_state, area)
    assert vae.overlay_layer.item("off_manifold") is None and lines(ae) == ()


def test_lines_in_the_corner_wrap_then_elide_then_are_counted(qapp):
    lines, metrics = ("one two three four", "five", "six seven", "eight"), QFontMetricsF(QFont())
    room = metrics.horizontalAdvance("one two three")
    assert folded(lines, metrics, room, 5) == ["one two three", "four", "five", "six seven", "eight"]
    short = folded(lines, metrics, room, 4)
    assert short[0].startswith("one") and short[0].endswith("…") and short[1:] == list(lines[1:])
    assert folded(lines, metrics, room, 3) == [*short[:2], "+2 more"]
    long = ("ellipses: those of 24 of the 40 samples in view", "five")
    assert folded(long, metrics, room, 2) == ["ellipses", "five"]  # without what follows the colon
    wide = metrics.horizontalAdvance("+3 more: point here")
    assert folded(("a", "b", "c", "d"), metrics, wide, 2) == ["a", "+3 more: point here"]


def test_lines_of_many_overlays_leave_most_of_a_plane_free_and_are_complete_in_the_tooltip(qtbot, area, vae, app_state):
    turn_on(qtbot, app_state, area, *NAMES)
    notes = vae.overlay_layer.notes

    def tip() -> str:
        # Below the counts of things outside, of which there may be several lines.
        return next((found for y in range(20, 120, 4) if (found := notes.tip_at(QPointF(12, y)))), "")

    qtbot.waitUntil(lambda: not area.grab().isNull() and tip() != "", timeout=TIMEOUT)
    assert all(line.split(":")[0] in tip() for line in lines(vae))
    assert notes.tip_at(QPointF(12, 0.5 * vae.plot.plot_rect().height())) == ""


@pytest.mark.parametrize("name", NAMES)
def test_every_overlay_has_a_menu_entry_and_can_be_switched_on(qtbot, area, vae, themes, name, app_state):
    actions = Actions(themes, area)
    OverlayActions(app_state, actions, area)
    action, known = actions[f"overlay_{name}"], overlay(name)
    assert action.isCheckable() and action.text() == known.title and action.toolTip().startswith(known.tip)
    assert f"overlay_{name}" in OVERLAY_MENU.split()
    app_state.session.set(active=[pane.plane for pane in area.panes].index(vae))
    app_state.probing.probe_sample(vae.key, 3)
    app_state.session.set(selection=(3, 7))
    if all(known.why_not(run) for run in app_state.store.runs.values()):
        assert not action.isEnabled() and "Not defined for" in action.toolTip()
        return
    action.trigger()
    assert app_state.session.view.overlays == {name}
    settle(qtbot, area)
    why = known.why_not(vae.codes.run)
    assert (why in action.toolTip()) and (vae.overlay_layer.item(name) is None) == bool(why)
    if not why and name not in ("thumbnails", "drift"):
        item = vae.overlay_layer.item(name)
        assert item.parts or item.drawn
    if why and name not in FIRST_OVERLAYS:
        assert lines(vae) == (f"{known.title}: not defined: {why}",)
    assert not vae.plot.grab().isNull()
    action.trigger()
    assert vae.overlay_layer.item(name) is None


def test_what_needs_no_model_is_drawn_at_once_and_only_when_it_changes(qtbot, area, vae, app_state):
    app_state.probing.probe_sample(vae.key, 3)
    app_state.session.set(overlays=frozenset({"prior_rings", "posterior", "labels"}))
    before = {name: vae.overlay_layer.item(name).drawn for name in ("prior_rings", "posterior", "labels")}
    assert all(before.values())
    app_state.probing.probe_sample(vae.key, 7)
    after = {name: vae.overlay_layer.item(name).drawn for name in before}
    assert after["posterior"] is not before["posterior"] and len(after["posterior"][0].paths) == 2
    assert after["prior_rings"] is before["prior_rings"] and after["labels"] is before["labels"]
    app_state.session.set(probe=None)
    assert vae.overlay_layer.item("posterior").drawn == ()
    settle(qtbot, area)


def test_lines_are_labelled_at_their_highest_or_lower_right_visible_point():
    turn = np.linspace(0, 2 * np.pi, 97)
    circle = np.column_stack([200 + 100 * np.cos(turn), 150 - 100 * np.sin(turn)])
    whole = label_point(circle, QRectF(0, 0, 400, 300))
    assert (whole.x(), whole.y()) == pytest.approx((200, 50))
    aside = label_point(circle, QRectF(0, 0, 400, 300), "lower right")
    assert (aside.x() - 200, aside.y() - 150) == pytest.approx((70.7, 70.7), abs=0.1)
    cut = label_point(circle, QRectF(0, 90, 400, 200))
    assert cut.y() == pytest.approx(90) and abs(np.hypot(cut.x() - 200, cut.y() - 150) - 100) < 0.2
    assert label_point(circle, QRectF(190, 140, 20, 20)) is None
    upright = label_point(np.array([[30.0, 9e5], [30.0, -9e5]]), QRectF(14, 14, 100, 100))
    assert (upright.x(), upright.y()) == pytest.approx((30, 14))
    assert label_point(np.array([[3.0, 9e5], [3.0, -9e5]]), QRectF(14, 14, 100, 100)) is None


def test_every_overlay_is_painted_in_both_themes(qtbot, area, themes, app_state):
    turn_on(qtbot, app_state, area, *NAMES)
    for mode in ("dark", "light"):
        themes.set_mode(mode)
        assert not area.grab().isNull()
    settle(qtbot, area)


def test_the_old_overlay_stays_until_the_new_one_is_complete(qtbot, area, vae, app_state):
    turn_on(qtbot, app_state, area, "off_manifold")
    item, before = vae.overlay_layer.item("off_manifold"), shown(vae, "off_manifold")
    came, show = [], item.show_parts

    def remember(*parts):
        came.append(parts)
        show(*parts)

    item.show_parts = remember
    vae.camera.pan(QPointF(60, 0))
    assert item.parts is before  # at once, no blank
    settle(qtbot, area)
    coarse, kept, box = came[0]
    assert cell_of(coarse)[1] > cell_of(before)[1] and kept is before and box == before[0].box
    assert item.kept == () and item.parts is not before
    assert item.parts[0].box.left == pytest.approx(vae.camera.visible_box().grown(0.1).left)


def test_going_back_shows_what_was_there_at_once(qtbot, area, vae, monkeypatch, app_state):
    turn_on(qtbot, app_state, area, "off_manifold")
    before = shown(vae, "off_manifold")
    vae.camera.zoom(3, vae.plot.plot_rect().center())
    settle(qtbot, area)
    questions = spied(monkeypatch, app_state)
    vae.camera.fit()
    settle(qtbot, area)
    assert shown(vae, "off_manifold") == before and questions == []


def test_undo_takes_an_overlay_away_and_sessions_keep_it(qtbot, area, vae, app_state):
    session = app_state.session
    turn_on(qtbot, app_state, area, "regions")
    assert "regions" in Session.from_json(session.to_json()).view.overlays
    session.undo()
    settle(qtbot, area)
    assert vae.overlay_layer.item("regions") is None
    session.redo()
    settle(qtbot, area)
    assert isinstance(shown(vae, "regions")[0], Regions)
    assert "real samples" in lines(vae)[0]


def test_newer_weights_are_queried_and_older_answers_not_reused(qtbot, area, vae, app_state):
    turn_on(qtbot, app_state, area, "off_manifold")
    before = shown(vae, "off_manifold")[0]
    opened = open_for_viewing(app_state.store.runs[vae.key].path)
    with_noise = opened.loaded.model
    for weight in with_noise.parameters():
        weight.data.add_(0.1)
    loaded = replace(opened.loaded, dataset=app_state.store.runs[vae.key].dataset)
    app_state.store.set(vae.key, weights=app_state.asker.take_model(loaded))
    settle(qtbot, area)
    after = shown(vae, "off_manifold")[0]
    assert after.box == before.box and not np.allclose(after.values, before.values)


def test_newer_weights_wait_for_a_running_question_but_the_user_does_not(qtbot, area, vae, monkeypatch, app_state):
    turn_on(qtbot, app_state, area, "off_manifold")
    questions = spied(monkeypatch, app_state)
    for _ in range(3):
        app_state.store.set(vae.key, weights=app_state.store.runs[vae.key].weights + 1)
        qtbot.waitUntil(lambda: not vae.overlay_layer._soon.isActive(), timeout=TIMEOUT)
    assert len(questions) == 1
    vae.camera.zoom(2, vae.plot.plot_rect().center())
    qtbot.waitUntil(lambda: len(questions) == 2, timeout=TIMEOUT)
    app_state.session.set(overlays=frozenset())
    qtbot.waitUntil(lambda: vae.overlay_layer.item("off_manifold") is None, timeout=TIMEOUT)


def test_a_hidden_plane_asks_no_questions(qtbot, area, vae, monkeypatch, app_state):
    area.hide()
    with monkeypatch.context() as patch:
        questions = spied(patch, app_state)
        app_state.session.set(overlays=frozenset({"manifold"}))
        settle(qtbot, area)
        assert questions == []
    area.show()
    settle(qtbot, area)
    assert isinstance(shown(vae, "manifold")[0], Pictures)


def test_another_run_in_the_pane_gets_its_own_overlay(qtbot, area, vae, app_state):
    turn_on(qtbot, app_state, area, "off_manifold")
    old, number = shown(vae, "off_manifold"), [pane.plane for pane in area.panes].index(vae)
    other = next(key for key in app_state.store.runs if key != vae.key)
    panes = list(app_state.session.view.panes)
    panes[number] = Pane(other)
    app_state.session.set(panes=tuple(panes))
    settle(qtbot, area)
    assert area.panes[number].key == other
    assert shown(area.panes[number].plane, "off_manifold") != old


def test_thumbnails_suggest_zooming_in_and_the_hovered_one_is_in_front(qtbot, area, vae, app_state):
    turn_on(qtbot, app_state, area, "thumbnails")
    assert "zoom in" in lines(vae)[0]
    row = int(np.abs(vae.codes.projected.points - np.median(vae.codes.projected.points, axis=0)).sum(1).argmin())
    for _ in range(3):
        vae.camera.zoom(4, vae.camera.pixel_at(tuple(vae.codes.projected.points[row])))
    settle(qtbot, area)
    (part,) = shown(vae, "thumbnails")
    assert lines(vae) == () and len(part.rows) > 1
    vae.hover.move_to(vae.camera.pixel_at(tuple(vae.codes.projected.points[part.rows[0]])))
    assert vae.overlay_layer.item("thumbnails")._front == part.rows[0]
    vae.plot.grab()
    vae.hover.clear()


def test_closing_a_run_drops_its_running_questions(qtbot, area, vae, app_state):
    app_state.session.set(overlays=frozenset({"regions", "off_manifold", "manifold"}))
    qtbot.waitUntil(lambda: vae.overlay_layer.item("regions") is not None, timeout=TIMEOUT)
    app_state.panes.close(0)
    qtbot.waitUntil(lambda: len(area.panes) == 1, timeout=TIMEOUT)
    settle(qtbot, area)


def test_lines_and_labels_are_painted_in_class_colours(qapp):
    item = OverlayItem(DARK, 1.0, None)
    square = np.array([[10.0, 10], [40, 10], [40, 40], [10, 40], [10, 10]])
    parts = (
        Lines((square,), group=1, count=3, filled=1.0, halo=True, dashed=True),
        Labels(np.array([[70.0, 30.0]]), ("here",), group=7, count=3),
    )
    item.show_parts(parts)
    image = QImage(100, 60, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    item.visible_pixels = lambda pixel: image.rect().toRectF()
    item.draw(painter, lambda point: QPointF(*point))
    painter.end()
    assert image.pixelColor(25, 25).name() == "#ffc507"  # the second class's colour
    drawn = [image.pixelColor(x, 30) for x in range(60, 85)]
    assert any(colour.lightness() > 100 for colour in drawn)


def test_an_overlay_kept_from_before_is_clipped_to_the_plane(qapp):
    item = OverlayItem(DARK, 1.0, None)
    kept = Shading(Box(-20, 60, -20, 60), np.ones((2, 2)), (0, 1), ink="probe", opacity=1.0)
    item.show_parts((), (kept,), kept.box)
    image = QImage(40, 40, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.blue)
    painter = QPainter(image)
    painter.setClipRect(20, 0, 20, 40)  # as the plane's axes have the rest
    item.visible_pixels = lambda pixel: QRectF(20, 0, 20, 40)
    item.draw(painter, lambda point: QPointF(point[0], 40 - point[1]))
    painter.end()
    assert [image.pixelColor(x, 20).name() == "#0000ff" for x in (10, 30)] == [True, False]


def test_a_shading_is_transparent_at_high_and_unknown_values(qapp):
    item = OverlayItem(DARK, 1.0, None)
    values = np.array([[0.0, 0.0], [2.0, np.nan]])  # the first row lies at the bottom
    item.show_parts((Shading(Box(0, 40, 0, 40), values, (0, 1), ink="probe", opacity=1.0),))
    image = QImage(40, 40, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    item.visible_pixels = lambda pixel: image.rect().toRectF()
    item.draw(painter, lambda point: QPointF(point[0], 40 - point[1]))
    painter.end()
    assert image.pixelColor(2, 2).lightness() > 200  # upper left
    assert image.pixelColor(37, 2).lightness() < 20 and image.pixelColor(2, 37).lightness() < 20


def test_a_lit_overlay_is_shown_meanwhile_and_the_others_fade(area, vae, app_state, qtbot):
    turn_on(qtbot, app_state, area, "prior_rings")
    layer = vae.overlay_layer
    assert layer.item("contours") is None
    app_state.probing.light(vae.codes.key, frozenset({"contours"}))
    qtbot.waitUntil(lambda: layer.item("contours") is not None and bool(layer.item("contours").parts))
    assert layer.item("prior_rings").opacity() < 0.5 < layer.item("contours").opacity()
    other = next(pane.plane for pane in area.panes if pane.plane is not vae)
    assert other.overlay_layer.item("contours") is None, "only the run that is lit"
    # On a plane the mouse is at the thing itself: nothing fades, not on a second plane of the run either.
    app_state.probing.light(vae.codes.key, frozenset({"contours"}), on_plane=True)
    assert layer.item("prior_rings").opacity() == 1
    app_state.probing.light("", frozenset())
    qtbot.waitUntil(lambda: layer.item("contours") is None)
    assert layer.item("prior_rings").opacity() == 1
    assert app_state.session.view.overlays == frozenset({"prior_rings"})


def test_nothing_stays_lit_when_the_pane_of_its_run_closes(vae, app_state):
    app_state.probing.light(vae.codes.key, frozenset({"contours"}), on_plane=True)
    app_state.panes.close_run(vae.codes.key)
    assert app_state.probing.lit == ("", frozenset()) and not app_state.probing.lit_on_plane


def test_the_hand_at_a_ring_lights_the_prior(area, vae, app_state, qtbot):
    turn_on(qtbot, app_state, area, "prior_rings")
    camera, viewport = vae.plot.camera, vae.plot.viewport()
    camera.jump_to(Box(-4, 4, -4, 4))
    qtbot.wait(50)
    inside, on_ring = camera.pixel_at((0.3, 0.1)).toPoint(), camera.pixel_at((2.0, 0.0)).toPoint()
    QTest.mouseMove(viewport, inside)
    QTest.mouseMove(viewport, on_ring)
    qtbot.waitUntil(lambda: app_state.probing.lit == (vae.codes.key, frozenset({"prior_rings"})))
    assert vae.overlay_layer.item("prior_rings").opacity() == 1
    QTest.mouseMove(viewport, inside)
    qtbot.waitUntil(lambda: app_state.probing.lit == ("", frozenset()))


def test_distances_to_a_line():
    square = np.array([[1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    assert distance_to_line(square) == pytest.approx(1)
    assert distance_to_line(square - [1.0, 0.2]) == pytest.approx(0)
    assert distance_to_line(np.array([[3.0, 4.0]])) == 5 and distance_to_line(np.empty((0, 2))) == np.inf
