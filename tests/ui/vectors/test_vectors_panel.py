"""The tab Vectors: groups, certainty, strip and slider, a − b + c, kept vectors, undo, files."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QInputDialog,
    QLabel,
    QLineEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot
from typer.testing import CliRunner

from explorer.api import load_run
from explorer.cli import app
from explorer.jobs.queries.vector_questions import GroupMembers
from explorer.runs.kept_vectors import import_vector, read_vectors
from explorer.session import THE_PROBE, Arithmetic, Group
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.vectors.groups.group_combo import SEARCH, SELECTION, GroupCombo
from explorer.ui.vectors.vector_plots import PositionsPlot
from explorer.ui.vectors.vectors_panel import VectorsPanel
from explorer.ui.widgets.labels import FittingLabel

CLASSES = Arithmetic(plus="class 0", minus="class 1", sample=7)


@pytest.fixture
def panel(qtbot: QtBot, app_state: AppState, themes: ThemeSource, runs_folder: Path) -> Iterator[VectorsPanel]:
    panel = VectorsPanel(app_state, themes)
    qtbot.addWidget(panel)
    panel.resize(1000, 600)
    app_state.opener.open(runs_folder / "vae")
    key = str(runs_folder / "vae")
    qtbot.waitUntil(lambda: key in app_state.store.runs and app_state.store.runs[key].dataset is not None)
    qtbot.waitUntil(lambda: app_state.store.runs[key].plane is not None)
    panel.show()
    yield panel
    panel.hide()


@pytest.fixture
def made(panel: VectorsPanel, app_state: AppState, qtbot: QtBot) -> VectorsPanel:
    """Return the panel with the vector of two classes, applied to sample 7."""
    app_state.session.set(arithmetic=CLASSES)
    wait_for_vector(panel, qtbot)
    return panel


def wait_for_vector(panel: VectorsPanel, qtbot: QtBot) -> None:
    answers = panel.answers
    qtbot.waitUntil(lambda: answers.vector is not None and answers.vector.certainty is not None)
    qtbot.waitUntil(lambda: answers.applied is not None)


def child(panel: QWidget, kind: type, name: str):  # type: ignore[no-untyped-def, type-arg]
    found = panel.findChild(kind, name)
    assert found is not None, name
    return found


def action(panel: QWidget, name: str) -> QAction:
    return next(one for one in panel.findChildren(QAction) if one.objectName() == f"action_{name}")


def choose(combo: GroupCombo, value: str) -> None:
    """Open the list and choose an entry, as a click does."""
    combo.fill()
    row = combo.findData(value)
    assert row >= 0
    combo.setCurrentIndex(row)
    combo.activated.emit(row)


def test_two_classes_are_chosen_and_give_the_vector_of_the_notebook(
    panel: VectorsPanel, app_state: AppState, qtbot: QtBot, runs_folder: Path
) -> None:
    assert "Choose two groups" in child(panel, QLabel, "vectors_empty").text()
    choose(child(panel, GroupCombo, "vector_plus"), "class 0")
    assert "the other group" in child(panel, QLabel, "vectors_empty").text()
    choose(child(panel, GroupCombo, "vector_minus"), "class 1")
    app_state.probing.probe_sample(str(runs_folder / "vae"), 7)
    wait_for_vector(panel, qtbot)
    loaded = load_run(runs_folder / "vae")
    vector = loaded.vectors.make("class 0", "class 1")
    applied = loaded.vectors.apply(7, vector)
    assert panel.answers.vector is not None and panel.answers.applied is not None
    np.testing.assert_array_equal(panel.answers.vector.values, vector.values)
    np.testing.assert_array_equal(panel.answers.applied.decodes, applied.decodes)
    assert child(panel, QLabel, "vector_figure_0").text().startswith(f"{vector.length:.3g}")
    assert child(panel, QLabel, "vector_verdict").text()
    app_state.session.undo()
    assert app_state.session.undo_name == "choose the vector"


def test_try_it_takes_two_classes_and_is_off_without_any(panel: VectorsPanel, app_state: AppState) -> None:
    button = child(panel, QAbstractButton, "vectors_try")
    assert button.isEnabled()
    button.click()
    assert (app_state.session.view.arithmetic.plus, app_state.session.view.arithmetic.minus) == ("class 0", "class 1")


def test_the_selection_becomes_a_group_in_one_step(panel: VectorsPanel, app_state: AppState) -> None:
    combo = child(panel, GroupCombo, "vector_plus")
    combo.fill()
    assert not combo.model().item(combo.findData(SELECTION)).isEnabled()  # type: ignore[attr-defined]
    app_state.session.set(selection=(5, 3, 4))
    choose(combo, SELECTION)
    group = app_state.session.view.groups[0]
    assert group.samples == (3, 4, 5)
    assert app_state.session.view.arithmetic.plus == group.name == "group 1"
    app_state.session.undo()
    assert app_state.session.view.groups == ()
    assert app_state.session.view.arithmetic.plus == ""


def test_a_search_makes_a_group_and_says_what_is_wrong(panel: VectorsPanel, app_state: AppState, qtbot: QtBot) -> None:
    choose(child(panel, GroupCombo, "vector_minus"), SEARCH)
    dialog = child(panel, QDialog, "vector_search")
    field, words = child(dialog, QLineEdit, "vector_search_text"), child(dialog, QLabel, "vector_search_words")
    field.setText("breadth > 3")
    qtbot.waitUntil(lambda: "breadth" in words.text())
    assert not child(dialog, QAbstractButton, "vector_search_take").isEnabled()
    field.setText("index 5-9")
    qtbot.waitUntil(lambda: words.text() == "5 samples")
    child(dialog, QAbstractButton, "vector_search_take").click()
    assert app_state.session.view.arithmetic.minus == "index 5-9"


def test_dragging_the_slider_decodes_live_and_is_one_step(made: VectorsPanel, app_state: AppState) -> None:
    slider, probing = child(made, QWidget, "vector_slider"), app_state.probing
    start, end = QPoint(round(slider.x_of(0.75)), slider.height() // 2), QPoint(round(slider.x_of(0.25)), 8)
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(slider, end)
    preview = probing.preview
    assert preview is not None
    assert app_state.session.view.arithmetic.strength == pytest.approx(-1, abs=0.02)
    assert "sample 7 − 1.0" in preview.words or "sample 7 − 0.99" in preview.words
    values = np.array(made.answers.values)
    z = np.array(app_state.store.runs[preview.probe.run].code_of(7), np.float32)
    expected = (z + app_state.session.view.arithmetic.strength * values).astype(np.float32)
    np.testing.assert_allclose(preview.probe.z, expected, rtol=1e-6)
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=end)
    assert app_state.session.undo_name == "set the strength of the vector"
    app_state.session.undo()
    assert app_state.session.view.arithmetic.strength == 1.0
    made.hide()
    assert probing.preview is None and probing.line is None


def test_a_click_on_a_picture_the_box_and_keys_set_the_strength(made: VectorsPanel, app_state: AppState) -> None:
    strip = child(made, QWidget, "vector_strip")
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip.frame_area(0).center().toPoint())
    assert app_state.session.view.arithmetic.strength == -2
    child(made, QDoubleSpinBox, "vector_strength").setValue(3.5)
    assert app_state.session.view.arithmetic.strength == 3.5
    frame = child(made, QWidget, "vectors_panel")
    QTest.keyClick(frame, Qt.Key.Key_Left)
    assert app_state.session.view.arithmetic.strength == 3.45
    QTest.keyClick(frame, Qt.Key.Key_Home)
    assert app_state.session.view.arithmetic.strength == -2


def test_the_probe_moves_to_the_strength_and_the_strip_stays(made: VectorsPanel, app_state: AppState) -> None:
    child(made, QAbstractButton, "vector_move_probe").click()
    probe = app_state.session.view.probe
    assert probe is not None and made.answers.applied is not None
    np.testing.assert_array_equal(np.array(probe.z, np.float32), made.answers.applied.codes[6])
    assert app_state.session.view.arithmetic.sample == 7
    assert app_state.session.undo_name == "move the probe along the vector"


def test_the_arrow_is_on_the_plane_while_the_tab_is_in_front(made: VectorsPanel, app_state: AppState) -> None:
    line = app_state.probing.line
    assert line is not None and line.arrow and made.answers.applied is not None
    np.testing.assert_array_equal(line.codes[1], made.answers.applied.codes[6])
    made.hide()
    assert app_state.probing.line is None


def test_a_dot_shows_its_sample_and_a_click_follows_it(made: VectorsPanel, app_state: AppState) -> None:
    plot = child(made, PositionsPlot, "vector_positions")
    assert plot.dots is not None
    QTest.mouseMove(plot, plot.point_of(3).toPoint())
    assert app_state.probing.hovered is not None
    sample = app_state.probing.hovered[1]
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=plot.point_of(3).toPoint())
    assert app_state.session.view.probe is not None and app_state.session.view.probe.sample == sample


def test_a_vector_is_kept_chosen_renamed_exported_and_deleted(
    made: VectorsPanel,
    app_state: AppState,
    qtbot: QtBot,
    runs_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = app_state.store.runs[str(runs_folder / "vae")]
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("round", True))
    child(made, QAbstractButton, "vector_keep").click()
    qtbot.waitUntil(lambda: made.kept.named(run.key, "round") is not None)
    assert read_vectors(runs_folder / "vae" / "vectors.json", 2)[0].plus.search == "class 0"
    combo = child(made, QComboBox, "vector_choice")
    combo.setCurrentIndex(combo.findData("round"))
    combo.activated.emit(combo.currentIndex())
    assert app_state.session.view.arithmetic.kept == "round"
    # Its groups give the same vector, so that the certainty is known, too.
    qtbot.waitUntil(lambda: made.answers.is_remade and made.answers.applied is not None)
    assert "--kept=round" in made.copy_command()
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("roundness", True))
    action(made, "vector_rename").trigger()
    qtbot.waitUntil(lambda: app_state.session.view.arithmetic.kept == "roundness")
    monkeypatch.setattr("explorer.ui.vectors.vector_chores.ask_path", lambda *_: tmp_path / "v.json")
    action(made, "vector_export").trigger()
    qtbot.waitUntil(lambda: (tmp_path / "v.json").exists())
    assert import_vector(tmp_path / "v.json", 2).name == "roundness"
    action(made, "vector_delete").trigger()
    qtbot.waitUntil(lambda: made.kept.of(run.key) == ())
    assert app_state.session.view.arithmetic.kept == ""
    monkeypatch.setattr("explorer.ui.vectors.vector_chores.ask_file", lambda *_: tmp_path / "v.json")
    action(made, "vector_import").trigger()
    qtbot.waitUntil(lambda: app_state.session.view.arithmetic.kept == "roundness")
    assert action(made, "vector_remake").isEnabled()
    action(made, "vector_remake").trigger()
    assert app_state.session.view.arithmetic.kept == ""
    assert app_state.session.view.arithmetic.plus == "class 0"


def test_the_vector_of_the_same_groups_is_made_in_another_run(
    made: VectorsPanel, app_state: AppState, qtbot: QtBot, runs_folder: Path
) -> None:
    other = str(runs_folder / "ae")
    app_state.opener.open(runs_folder / "ae")
    qtbot.waitUntil(lambda: other in app_state.store.runs and app_state.store.runs[other].plane is not None)
    app_state.session.set(active=0)
    wait_for_vector(made, qtbot)
    menu = made.frame.actions_.carry
    menu.aboutToShow.emit()
    entry = next(one for one in menu.actions() if one.text() == "ae")
    assert entry.isEnabled()
    entry.trigger()
    qtbot.waitUntil(lambda: made.findChild(QDialog, "vector_carry") is not None)
    dialog = child(made, QDialog, "vector_carry")
    texts = " ".join(label.text() for label in dialog.findChildren(QLabel))
    length = load_run(runs_folder / "ae").vectors.make("class 0", "class 1").length
    assert f"{length:.3g} latent units" in texts
    child(dialog, QAbstractButton, "vector_carry_keep").click()
    qtbot.waitUntil(lambda: len(read_vectors(runs_folder / "ae" / "vectors.json", 2)) == 1)


def test_a_minus_b_plus_c(panel: VectorsPanel, app_state: AppState, qtbot: QtBot, runs_folder: Path) -> None:
    child(panel, QAbstractButton, "vector_shows_analogy").click()
    for name, value in (("a", "class 3"), ("b", "class 5"), ("c", "class 7")):
        choose(child(panel, GroupCombo, f"vector_part_{name}"), value)
    qtbot.waitUntil(lambda: panel.answers.analogy is not None)
    expected = load_run(runs_folder / "vae").vectors.analogy("class 3", "class 5", "class 7")
    assert panel.answers.analogy is not None
    np.testing.assert_array_equal(panel.answers.analogy.code, expected.code)
    assert "latent units away" in child(panel, QLabel, "vector_analogy_words").text()
    child(panel, QAbstractButton, "vector_analogy_probe").click()
    assert app_state.session.view.probe is not None
    np.testing.assert_array_equal(np.array(app_state.session.view.probe.z, np.float32), expected.code)
    assert panel.copy_command().endswith("'--analogy=class 3; class 5; class 7' --out=analogy.png")


def test_a_hand_picked_group_is_a_search_on_the_command_line(
    panel: VectorsPanel, app_state: AppState, qtbot: QtBot
) -> None:
    data = next(iter(app_state.store.runs.values())).description.fingerprint
    groups = (Group("mine", data, (3, 4, 5, 9)), Group("yours", data, (10, 12)))
    app_state.session.set(groups=groups, arithmetic=Arithmetic(plus="mine", minus="yours", sample=7))
    wait_for_vector(panel, qtbot)
    assert "'--plus=index 3-5, 9' '--minus=index 10, 12' --apply=7" in panel.copy_command()


@pytest.mark.parametrize(
    ("name", "ending"), [("figure", "svg"), ("film", "gif"), ("numbers", "npz"), ("numbers", "csv")]
)
def test_it_is_saved(
    name: str, ending: str, made: VectorsPanel, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"vector.{ending}"
    monkeypatch.setattr("explorer.ui.vectors.vectors_saver.ask_path", lambda *_: path)
    qtbot.waitUntil(lambda: made.answers.summary("plus") is not None and made.answers.summary("minus") is not None)
    entry = next(one for one in made.export_actions() if one.objectName() == f"action_vector_save_{name}")
    assert entry.isEnabled()
    entry.trigger()
    qtbot.waitUntil(lambda: path.exists() and path.stat().st_size > 0)


@pytest.mark.parametrize("shows", ["vector", "analogy"])
def test_the_copied_command_makes_the_saved_numbers_to_the_bit(
    shows: str,
    made: VectorsPanel,
    app_state: AppState,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own, again = tmp_path / "own.npz", tmp_path / "again.npz"
    if shows == "analogy":
        app_state.session.set(arithmetic=Arithmetic(parts=("class 3", "class 5", "class 7"), shows="analogy"))
        qtbot.waitUntil(lambda: made.answers.analogy is not None)
    monkeypatch.setattr("explorer.ui.vectors.vectors_saver.ask_path", lambda *_: own)
    action(made, "vector_save_numbers").trigger()
    qtbot.waitUntil(own.exists)
    command = made.copy_command().replace(f"--out={shows}.png", f"--out={again}")
    assert CliRunner().invoke(app, shlex.split(command)[1:]).exit_code == 0
    with np.load(own) as ours, np.load(again) as theirs:
        assert set(ours) == set(theirs)
        assert all(np.array_equal(ours[name], theirs[name], equal_nan=ours[name].dtype.kind == "f") for name in ours)


def test_a_hidden_tab_asks_nothing(made: VectorsPanel, app_state: AppState, qtbot: QtBot) -> None:
    before = made.answers.vector
    made.hide()
    app_state.session.set(arithmetic=Arithmetic(plus="class 2", minus="class 3", sample=7))
    qtbot.wait(50)
    assert made.answers.vector is before
    made.show()
    qtbot.waitUntil(lambda: made.answers.vector is not None and made.answers.vector.plus.name == "class 2")


def test_the_form_follows_the_size(made: VectorsPanel, qtbot: QtBot) -> None:
    plots = child(made, QWidget, "vector_positions")
    for size, form, has_plots in (
        ((560, 160), "compact", False),
        ((1100, 330), "wide", False),
        ((1000, 600), "enlarged", True),
    ):
        made.resize(*size)
        qtbot.waitUntil(lambda form=form: made.frame.form == form)  # type: ignore[misc]
        assert plots.isVisible() == has_plots


def test_strange_kept_vectors_are_refused_with_a_sentence(
    made: VectorsPanel, app_state: AppState, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, said = tmp_path / "wrong.json", []
    path.write_text(json.dumps({"format": "latent-explorer vector", "values": [1, 2, 3]}))
    app_state.messages.notified.connect(said.append)
    monkeypatch.setattr("explorer.ui.vectors.vector_chores.ask_file", lambda *_: path)
    action(made, "vector_import").trigger()
    qtbot.waitUntil(lambda: bool(said))
    assert "3 numbers" in said[0]


def test_a_part_of_the_analogy_may_be_a_point_of_the_plane(
    panel: VectorsPanel, app_state: AppState, qtbot: QtBot, runs_folder: Path
) -> None:
    key = str(runs_folder / "vae")
    combo = child(panel, GroupCombo, "vector_part_c")
    combo.fill()
    assert not combo.model().item(combo.findData(THE_PROBE)).isEnabled()  # type: ignore[attr-defined]
    point = tuple(map(float, np.linspace(0.3, -0.2, app_state.store.runs[key].latent_dim, dtype=np.float32)))
    app_state.probing.probe_point(key, point)
    app_state.session.set(arithmetic=Arithmetic(parts=("class 3", "index 5", THE_PROBE), shows="analogy"))
    qtbot.waitUntil(lambda: panel.answers.analogy is not None)
    vectors = load_run(runs_folder / "vae").vectors
    expected = vectors.analogy("class 3", [5], GroupMembers("the probe", (), point))
    assert panel.answers.analogy is not None
    np.testing.assert_array_equal(panel.answers.analogy.code, expected.code)
    # The decode of a point or of one sample is no mean.
    captions = [child(panel, FittingLabel, f"vector_caption_{name}").longest for name in "abc"]
    assert captions == ["decode of the mean code", "decode", "decode"]
    code = ",".join(map(repr, point))
    assert f"--analogy=class 3; index 5; {code}" in panel.copy_command()


def test_a_sample_followed_in_another_pane_of_the_same_data_is_the_start(
    made: VectorsPanel, app_state: AppState, qtbot: QtBot, runs_folder: Path
) -> None:
    other = str(runs_folder / "ae")
    app_state.opener.open(runs_folder / "ae")
    qtbot.waitUntil(lambda: other in app_state.store.runs and app_state.store.runs[other].plane is not None)
    app_state.session.set(arithmetic=replace(app_state.session.view.arithmetic, sample=None))
    app_state.probing.probe_sample(str(runs_folder / "vae"), 11)
    panes = [pane.run for pane in app_state.session.view.panes]
    app_state.session.set(active=panes.index(other))
    start = made.answers.shown.start
    assert start is not None and start.sample == 11
    assert start.z == app_state.store.runs[other].code_of(11)


def test_an_empty_search_takes_no_samples(panel: VectorsPanel) -> None:
    choose(child(panel, GroupCombo, "vector_minus"), SEARCH)
    dialog = child(panel, QDialog, "vector_search")
    take = child(dialog, QAbstractButton, "vector_search_take")
    assert not take.isEnabled() and take.toolTip() == "Type a search"
    dialog.close()


def test_long_names_lose_their_middle_and_the_list_is_as_wide_as_they_are(panel: VectorsPanel, qtbot: QtBot) -> None:
    combo = child(panel, GroupCombo, "vector_plus")
    name = "class species 1 of the western shore, which is hard to tell from its neighbours"
    combo.show_value(name, name)
    assert combo.toolTip().startswith(name)
    assert combo.currentText().startswith("class species 1") and combo.currentText().endswith("neighbours")
    combo.showPopup()
    qtbot.wait(10)
    assert combo.view().viewport().width() >= combo.view().sizeHintForColumn(0)
    combo.hidePopup()


def test_a_narrow_and_high_panel_shows_the_groups(made: VectorsPanel) -> None:
    pictures = child(made, QWidget, "vector_plus_pictures")
    made.resize(450, 220)
    assert not pictures.isVisible()
    made.resize(450, 420)
    assert made.frame.form == "compact" and pictures.isVisible()
    assert child(made, QWidget, "vector_distances").isVisible()
