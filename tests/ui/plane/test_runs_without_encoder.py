"""A GAN's run in the window: draws of the prior on its plane, decodes at the mouse, and no text about samples."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QToolButton

from explorer.config import RunConfig, TrainConfig
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.models import catalog
from explorer.session import Path as LatentPath
from explorer.session import Waypoint
from explorer.ui.curves.curves_panel import CurvesPanel
from explorer.ui.decode.panel.decode_panel import DecodePanel
from explorer.ui.path.path_panel import PathPanel
from explorer.ui.plane.input.mouse_input import PlaneMenu
from explorer.ui.plane.pane.planes import PlanesArea
from explorer.ui.plane.points.legend import LegendBar
from explorer.ui.selection.selection_panel import SelectionPanel
from explorer.ui.selection.selection_saver import codes_in_view

LEFT, NONE, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(scope="module")
def trained_gan(tmp_path_factory):
    path = tmp_path_factory.mktemp("adversarial") / "gan"
    model = catalog.family("gan").config_type(generator_widths=(16,), discriminator_widths=(16,))
    train = TrainConfig(epochs=4, learning_rate=3e-3)
    for _ in run_training(new_run(RunConfig(model=model, train=train), path, device="cpu")):
        pass
    return path


@pytest.fixture
def gan(trained_gan, runs_folder):
    return shutil.copytree(trained_gan, runs_folder / "gan")


@pytest.fixture
def area(qtbot, app_state, themes, runs_folder, gan):
    area = PlanesArea(app_state, themes)
    qtbot.addWidget(area)
    area.resize(1000, 560)
    area.show()
    for path in (gan, runs_folder / "vae"):
        app_state.opener.open(path)
        qtbot.waitUntil(
            lambda path=path: str(path) in app_state.store.runs and app_state.store.runs[str(path)].dataset is not None
        )
    qtbot.waitUntil(lambda: len(area.panes) == 2 and all(pane.plane.codes.projected for pane in area.panes))
    app_state.session.set_silent(active=0)
    return area


@pytest.fixture
def plane(area):
    return area.panes[0].plane


@pytest.fixture
def decode(qtbot, app_state, themes, area):
    panel = DecodePanel(app_state, themes)
    qtbot.addWidget(panel)
    panel.resize(330, 700)
    panel.show()
    return panel


def words(widget, name, kind=QLabel):
    found = widget.findChild(kind, name)
    return found.text() if found is not None and found.isVisible() else ""


def test_the_plane_notes_that_its_points_are_draws(area, qtbot):
    gan, vae = area.panes
    note = words(gan, "pane_note_1")
    assert note.startswith("No encoder: 4,000 draws from the prior")
    assert "1,437 real samples" in gan.findChild(QLabel, "pane_note_1").toolTip()  # where the line has no room for it
    assert words(vae, "pane_note_2") == ""
    assert gan.plane.plot.accessibleName() == "Latent plane of gan: 4,000 prior draws"
    # The header leaves the separability out; the tooltip of the name says why there is none.
    name = gan.findChild(QLabel, "pane_name_1")
    qtbot.waitUntil(lambda: "not defined, the model has no encoder" in name.toolTip())
    assert words(gan, "pane_figure_1", QToolButton) == ""
    (rings,) = gan.plane.overlay_layer.item("prior_rings").drawn
    assert len(rings.paths) == 3


def test_another_run_in_the_pane_removes_the_note(area, app_state, qtbot):
    vae = app_state.session.view.panes[1]
    app_state.session.set_silent(panes=(vae, app_state.session.view.panes[0]))
    qtbot.waitUntil(lambda: words(area.panes[0], "pane_note_1") == "")
    assert words(area.panes[1], "pane_note_2").startswith("No encoder")


def test_the_legend_counts_draws(area, app_state, themes, qtbot):
    legend = LegendBar(app_state, themes)
    qtbot.addWidget(legend)
    legend.show()
    app_state.session.set_silent(active=1)
    assert words(legend, "legend_note") == ""
    app_state.session.set_silent(active=0)
    assert words(legend, "legend_note") == "of 4,000 prior draws"
    combo = legend.findChild(QComboBox)
    assert [combo.itemText(index) for index in range(combo.count())] == ["class of the decode", "density"]
    app_state.session.set(colour_by="reconstruction")
    assert "not defined" in words(legend, "legend_note")


def test_a_click_on_a_draw_decodes_its_code(plane, app_state):
    row = int(np.abs(plane.codes.projected.points).sum(1).argmin())
    QTest.mouseClick(
        plane.plot.viewport(), LEFT, NONE, plane.camera.pixel_at(tuple(plane.codes.projected.points[row])).toPoint()
    )
    probe = app_state.session.view.probe
    assert probe.run == plane.key and probe.sample is None
    assert plane.cursor.marks.nearest is None  # a draw is no real sample
    plane.keys.follow_sample()
    assert app_state.session.view.probe.sample is None


def test_hovering_shows_the_decode_of_the_draw(plane, qtbot):
    row = int(np.abs(plane.codes.projected.points).sum(1).argmin())
    plane.hover.move_to(QPointF(plane.camera.pixel_at(tuple(plane.codes.projected.points[row]))))
    qtbot.waitUntil(lambda: plane.hover.card.isVisible())
    texts = {label.text() for label in plane.hover.card.findChildren(QLabel)}
    assert "prior draw" in texts
    qtbot.waitUntil(lambda: plane.hover.card.picture.isVisible())
    assert plane.hover.card._notice.text() == ""
    plane.hover.clear()


def test_a_box_selection_is_refused_with_a_reason(plane, app_state):
    notices = []
    app_state.messages.notified.connect(notices.append)
    middle = plane.plot.plot_rect().center().toPoint()
    QTest.mousePress(plane.plot.viewport(), LEFT, SHIFT, middle)
    QTest.mouseMove(plane.plot.viewport(), middle + QPoint(60, 50))
    QTest.mouseRelease(plane.plot.viewport(), LEFT, SHIFT, middle + QPoint(60, 50))
    assert app_state.session.view.selection == ()
    assert len(notices) == 1 and "no encoder" in notices[0]


def test_its_menu_speaks_of_draws(plane, app_state):
    row = int(np.abs(plane.codes.projected.points).sum(1).argmin())
    at = QPointF(plane.camera.pixel_at(tuple(plane.codes.projected.points[row])))
    menu = PlaneMenu(app_state, plane.picker, plane.cursor, at, plane.plot)
    texts = [action.text() for action in menu.actions()]
    assert "Decode this prior draw" in texts and not any("Follow" in text for text in texts)
    menu.deleteLater()


def test_a_point_is_compared_by_its_decode(decode, app_state, area, qtbot):
    gan, vae = (pane.key for pane in area.panes)
    app_state.probing.probe_point(gan, (0.2, -0.4))
    qtbot.waitUntil(lambda: words(decode, "nearest_words").startswith("Nearest of"))
    nearest = decode.controller.decoded.nearest
    assert "pixel values" in words(decode, "nearest_words") and nearest.compared == 1437
    assert words(decode, "data_words") == ""
    qtbot.waitUntil(lambda: decode.controller.decoded.of(gan) is not None)  # the nearest may come first
    picture = decode.controller.decoded.of(gan).picture
    data = app_state.store.runs[gan].dataset
    train = data.splits.train
    distances = np.linalg.norm((data.samples[train] - picture).reshape(len(train), -1) / 16, axis=1)
    assert nearest.sample == train[distances.argmin()]
    qtbot.waitUntil(lambda: (own := decode.controller.decoded.of(vae)) is not None and own.sample == nearest.sample)


def test_a_followed_sample_is_not_shown_by_it(decode, app_state, area, qtbot):
    notices = []
    app_state.messages.notified.connect(notices.append)
    gan, vae = (pane.key for pane in area.panes)
    app_state.probing.probe_sample(vae, 7)
    qtbot.waitUntil(lambda: decode.controller.decoded.of(vae) is not None)
    assert "gan: it has no encoder" in words(decode, "others_words")
    assert decode.controller.decoded.of(gan) is None
    assert area.panes[0].plane.cursor.marks.same_sample is None
    assert not notices


def test_there_is_no_sample_of_its_decode(decode, app_state, area, qtbot):
    gan, vae = (pane.key for pane in area.panes)
    button = decode.findChild(QToolButton, "decode_sample")
    app_state.session.set(decode_as="sample")
    app_state.probing.probe_point(gan, (0.2, -0.4))
    qtbot.waitUntil(lambda: decode.controller.decoded.of(gan) is not None)
    assert not button.isEnabled() and not button.isChecked()
    assert "Not defined" in button.toolTip()
    app_state.probing.probe_point(vae, (0.2, -0.4))
    qtbot.waitUntil(lambda: button.isEnabled() and button.isChecked())


def test_selected_samples_are_left_to_the_others(app_state, themes, area, qtbot):
    strip = SelectionPanel(app_state, themes)
    qtbot.addWidget(strip)
    strip.resize(600, 220)
    strip.show()
    app_state.session.set(selection=(3, 5))
    qtbot.waitUntil(lambda: set(codes_in_view(app_state)) == {"vae"})
    assert "gan has no encoder" in words(strip, "selection_note")
    assert set(codes_in_view(app_state)) == {"vae"}
    app_state.session.set_silent(panes=app_state.session.view.panes[:1], active=0)
    assert "The selected samples are not shown: gan has no encoder." in words(strip, "selection_words")


def test_a_random_path_connects_draws(app_state, themes, area, qtbot):
    panel = PathPanel(app_state, themes)
    qtbot.addWidget(panel)
    panel.resize(600, 240)
    panel.show()
    button = panel.findChild(QPushButton, "path_try")
    assert button.text() == "Try it: two random draws"
    qtbot.mouseClick(button, LEFT)
    path = app_state.session.view.path
    assert path.run == area.panes[0].key
    assert [place.sample for place in path.waypoints] == [None, None]
    app_state.session.set(path=LatentPath(area.panes[1].key, (Waypoint((0.0, 0.0)),)))
    app_state.session.set(path=None)
    app_state.session.set_silent(active=1)
    assert button.text() == "Try it: two random samples"


def test_the_draws_take_other_colours_while_it_trains(app_state, area, qtbot):
    gan = area.panes[0].key
    before = app_state.store.runs[gan].plane
    app_state.trainings.train_further(gan, 12)
    qtbot.waitUntil(lambda: app_state.store.runs[gan].step > before.step and gan not in app_state.trainings.running)
    qtbot.waitUntil(lambda: app_state.store.runs[gan].plane.step == app_state.store.runs[gan].step)
    after = app_state.store.runs[gan].plane
    assert np.array_equal(before.mean, after.mean)
    assert not np.array_equal(before.labels, after.labels)


def test_its_curves_are_generator_and_discriminator_losses(app_state, themes, area, qtbot):
    panel = CurvesPanel(app_state, themes)
    qtbot.addWidget(panel)
    panel.resize(1200, 240)
    panel.show()
    gan, vae = app_state.session.view.panes
    app_state.session.set_silent(panes=(gan,), active=0)
    assert panel.shown_charts() == ["discriminator", "generator"]
    history = app_state.store.runs[gan.run].history
    for name in ("discriminator", "generator"):
        _, heights = panel.chart(name).plot.drawn(f"{gan.run} validation")
        assert np.array_equal(heights, history.curve("validation", name)[1])
    assert panel.chart("discriminator").title == "Discriminator"
    assert not panel.findChild(QAction, "action_curves_elbo").isEnabled()
    app_state.session.set_silent(panes=(vae, gan), active=0)
    assert panel.shown_charts() == ["loss", "reconstruction", "kl", "discriminator", "generator"]
    assert panel.chart("loss").plot.keys == tuple(f"{vae.run} {line}" for line in ("validation", "train", "beside"))
    assert "not defined" in panel.chart("generator").toolTip()
    app_state.session.set_silent(active=1)
    assert panel.shown_charts() == ["discriminator", "generator", "reconstruction", "kl", "loss"]
    assert "have different losses" in panel.chart("loss").toolTip()
    assert "train" in panel.reading(2.0) and "generator" in panel.reading(2.0)


def test_plots_are_chosen_in_the_menu(app_state, themes, area, qtbot):
    panel = CurvesPanel(app_state, themes)
    qtbot.addWidget(panel)
    panel.resize(1200, 240)
    panel.show()
    action = panel.findChild(QAction, "action_curves_plot_generator")
    assert action.isChecked()
    action.trigger()
    assert "generator" not in panel.shown_charts()
    assert app_state.session.view.curves_hidden == {"generator"}
    panel.findChild(QAction, "action_curves_plot_generator").trigger()
    assert "generator" in panel.shown_charts()


def test_figures_of_the_weights_have_a_plot_in_their_own_unit(app_state, themes, area, qtbot):
    panel = CurvesPanel(app_state, themes)
    qtbot.addWidget(panel)
    panel.resize(1200, 240)
    panel.show()
    vae = app_state.session.view.panes[1]
    run = app_state.store.runs[vae.run]
    metrics = tuple(
        replace(metric, figures={"sigma": 0.5, "twist, turns": 3.0}) if metric.split == "validation" else metric
        for metric in run.history.metrics
    )
    app_state.store.set(vae.run, history=replace(run.history, metrics=metrics))
    app_state.session.set_silent(panes=(vae,), active=0)
    qtbot.waitUntil(lambda: "figure_twist_turns" in panel.shown_charts())
    sigma = panel.chart("figure_sigma")
    assert (sigma.title, sigma.note) == ("Learned σ", "model values")
    assert sigma.plot.labels[0][:2] == ("vae", "0.500")
    assert panel.chart("figure_twist_turns").plot.keys == (f"{vae.run} validation",)
