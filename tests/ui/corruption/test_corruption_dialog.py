"""The corruption dialog follows the probe, answers live, can be painted on, and says why it cannot show a sample."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLabel, QSlider
from pytestqt.qtbot import QtBot

from explorer.data.corruption import Corruption
from explorer.jobs.runs.settings import build_config
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.latent.metrics.decoder.restoration import RestoredSample
from explorer.ui.app.window_actions import main_window
from explorer.ui.corruption.corruption_controller import FIRST
from explorer.ui.corruption.corruption_dialog import CorruptionDialog
from explorer.ui.corruption.paint_history import PaintHistory
from explorer.ui.pictures.sample_view import SampleView
from explorer.ui.plane.latent_plane import LatentPlane
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource


@pytest.fixture
def dialog(app_state: AppState, themes: ThemeSource, qtbot: QtBot) -> Iterator[CorruptionDialog]:
    dialog = CorruptionDialog(app_state, themes)
    qtbot.addWidget(dialog)
    dialog.resize(1000, 620)
    dialog.show()
    yield dialog
    dialog.close()


def open_runs(app_state: AppState, qtbot: QtBot, *paths: Path) -> list[str]:
    for path in paths:
        app_state.opener.open(path)
    qtbot.waitUntil(
        lambda: (
            len(app_state.store.runs) == len(paths)
            and all(run.plane is not None and run.dataset is not None for run in app_state.store.runs.values())
        ),
    )
    return list(app_state.store.runs)


def answered(dialog: CorruptionDialog, qtbot: QtBot, key: str) -> RestoredSample:
    """Wait for the answer to what is asked now."""
    controller = dialog.controller

    def is_there() -> bool:
        answer = controller.answers.get(key)
        return isinstance(answer, RestoredSample) and answer.sample == controller.request.sample

    qtbot.waitUntil(is_there)
    answer = controller.answers[key]
    assert isinstance(answer, RestoredSample)
    return answer


def next_answer(dialog: CorruptionDialog, qtbot: QtBot, key: str) -> RestoredSample:
    """Wait for another answer than the one that is there."""
    before = dialog.controller.answers.get(key)
    qtbot.waitUntil(lambda: dialog.controller.answers.get(key) is not before)
    return answered(dialog, qtbot, key)


def test_the_empty_dialog_explains_what_to_do(
    app_state: AppState, dialog: CorruptionDialog, runs_folder: Path, qtbot: QtBot
) -> None:
    empty = dialog.findChild(QLabel, "corruption_empty")
    assert empty.text().startswith("Open or train a run")
    open_runs(app_state, qtbot, runs_folder / "ae")
    qtbot.waitUntil(lambda: empty.text().startswith("Click a point on a plane, or take a random sample"))
    assert not dialog.pictures.isVisible()
    dialog.findChild(QAbstractButton, "corruption_random").click()
    qtbot.waitUntil(dialog.pictures.isVisible)
    probe = app_state.session.view.probe
    assert probe is not None
    assert probe.sample is not None
    assert app_state.store.runs[probe.run].dataset is not None
    assert probe.sample in app_state.store.runs[probe.run].dataset.splits.test


def test_it_follows_the_probe_and_shows_sample_corrupted_restored_and_difference(
    app_state: AppState, dialog: CorruptionDialog, runs_folder: Path, qtbot: QtBot
) -> None:
    (key,) = open_runs(app_state, qtbot, runs_folder / "ae")
    app_state.probing.probe_sample(key, 7)
    answer = answered(dialog, qtbot, key)
    data = app_state.store.runs[key].dataset
    assert data is not None
    assert np.array_equal(answer.clean, data.samples[7])
    assert answer.psnr_corrupted is not None
    assert answer.psnr_corrupted == pytest.approx(8, abs=1.5)  # noise of 0.4
    restored, difference = dialog.pictures.rows[0]
    cells = (dialog.pictures.clean, dialog.pictures.corrupted, restored, difference)
    assert len({cell.view.size().toTuple() for cell in cells}) == 1
    assert "PSNR" in dialog.pictures.corrupted.figure.text()
    assert "dB" in restored.figure.text()
    assert app_state.probing.marked[key] == pytest.approx(answer.z.tolist())
    app_state.probing.probe_sample(key, 8)
    assert answered(dialog, qtbot, key).sample == 8
    app_state.probing.probe_point(key, (0.0, 0.0))
    assert dialog.controller.request.sample == 8


def test_kind_level_and_noise_are_answered_live(
    app_state: AppState, dialog: CorruptionDialog, runs_folder: Path, qtbot: QtBot
) -> None:
    (key,) = open_runs(app_state, qtbot, runs_folder / "ae")
    app_state.probing.probe_sample(key, 7)
    first = answered(dialog, qtbot, key)
    dialog.findChild(QSlider, "corruption_level").setValue(900)
    worse = next_answer(dialog, qtbot, key)
    assert worse.psnr_corrupted is not None
    assert first.psnr_corrupted is not None
    assert worse.psnr_corrupted < first.psnr_corrupted - 5
    kind = dialog.findChild(QComboBox, "corruption_kind")
    kind.setCurrentIndex(kind.findData("half plane"))
    hidden = next_answer(dialog, qtbot, key).hidden
    assert hidden is not None
    assert hidden.mean() == pytest.approx(0.9, abs=0.1)
    dialog.findChild(QSlider, "corruption_level").setValue(500)
    half = next_answer(dialog, qtbot, key)
    dialog.findChild(QAbstractButton, "corruption_redraw").click()
    assert not np.array_equal(half.corrupted, next_answer(dialog, qtbot, key).corrupted)
    dialog.findChild(QAbstractButton, "corruption_as_trained").click()
    assert dialog.controller.request.corruption == FIRST  # this run was trained without


def test_every_model_in_view_restores_the_same_corrupted_sample(
    app_state: AppState, dialog: CorruptionDialog, runs_folder: Path, qtbot: QtBot
) -> None:
    ae, vae = open_runs(app_state, qtbot, runs_folder / "ae", runs_folder / "vae")
    app_state.probing.probe_sample(vae, 7)
    by_vae, by_ae = answered(dialog, qtbot, vae), answered(dialog, qtbot, ae)
    assert np.array_equal(by_ae.corrupted, by_vae.corrupted)
    assert not np.array_equal(by_ae.restored, by_vae.restored)
    assert [cells[0].head.text() for cells in dialog.pictures.rows] == ["Restored · vae", "Restored · ae"]
    assert set(app_state.probing.marked) == {ae, vae}
    app_state.panes.close(0)
    qtbot.waitUntil(lambda: len(dialog.pictures.rows) == 1)
    dialog.hide()
    assert app_state.probing.marked == {}


def test_strokes_of_the_mouse_paint_and_are_undone(
    app_state: AppState, dialog: CorruptionDialog, runs_folder: Path, qtbot: QtBot
) -> None:
    (key,) = open_runs(app_state, qtbot, runs_folder / "ae")
    app_state.probing.probe_sample(key, 7)
    answered(dialog, qtbot, key)
    dialog.controller.set_corruption(Corruption("none", 0.4))
    clean = next_answer(dialog, qtbot, key)
    assert np.array_equal(clean.corrupted, clean.clean.astype(np.float32))
    dialog.findChild(QAbstractButton, "corruption_brush_mask").click()
    dialog.findChild(QSlider, "corruption_brush_size").setValue(1)
    view = dialog.pictures.paint
    first, last = QPoint(2, 9 * view.height() // 16), QPoint(view.width() - 3, 9 * view.height() // 16)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=first)
    qtbot.mouseMove(view, last)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=last)

    def row_is_hidden() -> bool:
        answer = dialog.controller.answers[key]
        return isinstance(answer, RestoredSample) and answer.hidden is not None and bool(answer.hidden[0, 4].all())

    qtbot.waitUntil(row_is_hidden)
    dialog.findChild(QAbstractButton, "corruption_brush_stain").click()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(view.width() - 3, 3))
    stained = next_answer(dialog, qtbot, key)
    assert stained.corrupted[0, 0, 7] == 16
    undo = dialog.findChild(QAbstractButton, "corruption_undo")
    qtbot.keyClick(dialog, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert next_answer(dialog, qtbot, key).corrupted[0, 0, 7] == stained.clean[0, 0, 7]
    undo.click()
    bare = next_answer(dialog, qtbot, key)
    assert np.array_equal(bare.corrupted, bare.clean.astype(np.float32))
    assert not undo.isEnabled()
    dialog.findChild(QAbstractButton, "corruption_redo").click()
    qtbot.waitUntil(row_is_hidden)
    dialog.findChild(QAbstractButton, "corruption_clear").click()
    bare = next_answer(dialog, qtbot, key)
    assert np.array_equal(bare.corrupted, bare.clean.astype(np.float32))


def test_the_keys_paint_too(app_state: AppState, dialog: CorruptionDialog, runs_folder: Path, qtbot: QtBot) -> None:
    (key,) = open_runs(app_state, qtbot, runs_folder / "ae")
    app_state.probing.probe_sample(key, 7)
    answered(dialog, qtbot, key)
    painting = dialog.controller.painting
    assert painting is not None
    dialog.findChild(QSlider, "corruption_brush_size").setValue(1)
    view = dialog.pictures.paint
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert not painting.layer.any()
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert int((painting.layer > 0).sum()) >= 1
    for _ in range(2):
        qtbot.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert int((painting.layer > 0).sum()) >= 3
    qtbot.keyClick(dialog, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not painting.layer.any()
    answered(dialog, qtbot, key)


def test_it_takes_the_corruption_that_the_run_was_trained_with(
    app_state: AppState, dialog: CorruptionDialog, tmp_path: Path, qtbot: QtBot
) -> None:
    settings = {"model.hidden_widths": "8", "train.epochs": "1", "train.threads": "1"}
    for _ in run_training(new_run(build_config("masked-ae", settings), tmp_path / "masked", device="cpu")):
        pass
    (key,) = open_runs(app_state, qtbot, tmp_path / "masked")
    app_state.probing.probe_sample(key, 3)
    answer = answered(dialog, qtbot, key)
    assert dialog.controller.request.corruption == Corruption("blocks", 0.4)
    assert answer.hidden is not None
    assert answer.hidden.mean() == pytest.approx(0.4, abs=0.06)


def test_vectors_have_no_brush_and_no_ratio(
    app_state: AppState, dialog: CorruptionDialog, tmp_path: Path, qtbot: QtBot
) -> None:
    np.save(tmp_path / "vectors.npy", np.random.default_rng(0).normal(size=(80, 6)))
    settings = {"data.source": str(tmp_path / "vectors.npy"), "model.hidden_widths": "8", "train.epochs": "1"}
    for _ in run_training(new_run(build_config("ae", settings), tmp_path / "vectors", device="cpu")):
        pass
    (key,) = open_runs(app_state, qtbot, tmp_path / "vectors")
    app_state.probing.probe_sample(key, 3)
    answered(dialog, qtbot, key)
    assert not dialog.findChild(QAbstractButton, "corruption_brush_noise").isEnabled()
    assert "needs a picture" in dialog.findChild(QLabel, "corruption_brush_words").text()
    assert "not defined" in dialog.pictures.corrupted.figure.text()
    assert dialog.controller.painting is None


def test_missing_data_is_reported(app_state: AppState, dialog: CorruptionDialog, tmp_path: Path, qtbot: QtBot) -> None:
    source = tmp_path / "vectors.npy"
    np.save(source, np.random.default_rng(0).normal(size=(80, 6)))
    settings = {"data.source": str(source), "model.hidden_widths": "8", "train.epochs": "1"}
    for _ in run_training(new_run(build_config("ae", settings), tmp_path / "vectors", device="cpu")):
        pass
    source.unlink()
    app_state.opener.open(tmp_path / "vectors")
    qtbot.waitUntil(lambda: any(run.plane and run.missing_data for run in app_state.store.runs.values()))
    (key,) = app_state.store.runs
    app_state.probing.probe_sample(key, 3)
    empty = dialog.findChild(QLabel, "corruption_empty")
    qtbot.waitUntil(lambda: "cannot be shown" in empty.text())
    assert "vectors.npy" in empty.text()


def test_it_probes_the_corrupted_samples_code_and_saves_the_pictures(
    app_state: AppState,
    dialog: CorruptionDialog,
    runs_folder: Path,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (key,) = open_runs(app_state, qtbot, runs_folder / "ae")
    app_state.probing.probe_sample(key, 7)
    answer = answered(dialog, qtbot, key)
    monkeypatch.setattr("explorer.ui.corruption.corruption_dialog.ask_path", lambda *_: tmp_path / "four.png")
    with qtbot.waitSignal(app_state.tasks.saved):
        dialog.findChild(QAbstractButton, "corruption_save").click()
    picture = QImage(str(tmp_path / "four.png"))
    assert picture.width() > 4 * 200
    dialog.findChild(QAbstractButton, "corruption_probe").click()
    probe = app_state.session.view.probe
    assert probe is not None
    assert probe.sample is None
    assert probe.z == pytest.approx(answer.z.tolist())


def test_strokes_are_steps_that_go_back_and_forth() -> None:
    history = PaintHistory((1, 6, 6))
    history.begin()
    history.paint(2, (0.5, 0.5), (3.5, 0.5), 1)
    history.paint(2, (3.5, 0.5), (5.5, 0.5), 1)
    one = history.layer
    history.begin()
    history.paint(3, (0.5, 3.5), (5.5, 3.5), 1)
    history.undo()
    assert np.array_equal(history.layer, one)
    history.undo()
    assert not history.layer.any()
    assert not history.can_undo
    history.redo()
    assert np.array_equal(history.layer, one)
    history.clear()
    assert not history.can_redo
    history.undo()
    assert np.array_equal(history.layer, one)


def test_every_control_says_what_it_is(
    app_state: AppState, dialog: CorruptionDialog, runs_folder: Path, qtbot: QtBot
) -> None:
    keys = open_runs(app_state, qtbot, runs_folder / "ae", runs_folder / "vae")
    app_state.probing.probe_sample(keys[0], 7)
    for key in keys:
        answered(dialog, qtbot, key)
    kinds = (QAbstractButton, QComboBox, QAbstractSlider, QAbstractSpinBox, SampleView)
    shown = [control for kind in kinds for control in dialog.findChildren(kind) if control.isVisible()]
    assert len(shown) > 20
    for control in shown:
        assert control.objectName()
        assert control.toolTip() or control.objectName() == "qt_spinbox_lineedit", control.objectName()
        assert control.accessibleName(), control.objectName()
    names = [control.objectName() for control in shown]
    assert len(set(names)) == len(names)


def test_the_window_opens_it_by_its_action(
    app_state: AppState, themes: ThemeSource, runs_folder: Path, qtbot: QtBot
) -> None:
    window = main_window(app_state, themes)
    qtbot.addWidget(window)
    window.resize(1440, 900)  # wide enough for the decode column
    window.show()
    (key,) = open_runs(app_state, qtbot, runs_folder / "ae")
    app_state.probing.probe_sample(key, 7)
    window.actions_["corruption"].trigger()
    dialog = window.dialogs.corruption
    assert dialog is not None
    answered(dialog, qtbot, key)
    plane = window.planes.findChild(LatentPlane)
    assert plane is not None
    assert plane.cursor.marks.corrupted is not None
    dialog.close()
    assert plane.cursor.marks.corrupted is None
    app_state.probing.probe_point(key, (0.0, 0.0))
    window.actions_["corruption"].trigger()
    assert window.dialogs.corruption is dialog
    assert dialog.isVisible()
    window.close()
    assert not dialog.isVisible()
