"""Own input in the window: drawn, pasted, opened or typed, fitted step by step, marked on planes, and saved."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QLabel
from pytestqt.qtbot import QtBot

from explorer.api import encode_input, load_run
from explorer.data.own_input.input_files import file_source
from explorer.data.own_input.sources import TextSource
from explorer.latent.codes.encode_input import EncodedInput
from explorer.ui.own_input.own_input_dialog import OwnInputDialog
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.keyed_list import KeyedList


@pytest.fixture
def dialog(qtbot: QtBot, app_state: AppState, themes: ThemeSource) -> OwnInputDialog:
    dialog = OwnInputDialog(app_state, themes)
    qtbot.addWidget(dialog)
    return dialog


def opened(qtbot: QtBot, state: AppState, folder: Path, *names: str) -> list[str]:
    keys = [str(folder / name) for name in names]
    for key, name in zip(keys, names, strict=True):
        state.opener.open(folder / name)
        qtbot.waitUntil(lambda key=key: key in state.store.runs)
        state.data.choose(state.store.runs[key].config.data)
        qtbot.waitUntil(lambda key=key: state.store.runs[key].dataset is not None)
    return keys


def encoded(qtbot: QtBot, dialog: OwnInputDialog, key: str) -> EncodedInput:
    """Wait for the answer of a run to the chosen input as it is now, which is that of the notebook API."""
    expected = encode_input(load_run(key), dialog.inputs.chosen.source).mean

    def is_newest() -> bool:
        found = dialog.inputs.answer(key)
        return isinstance(found, EncodedInput) and np.array_equal(found.mean, expected)

    qtbot.waitUntil(is_newest)
    return dialog.inputs.answer(key)


def draw(dialog: OwnInputDialog, *corners: tuple[int, int]) -> None:
    """Draw lines on the canvas with the mouse."""
    view = dialog.editor.canvas.view
    first, *others = (QPoint(*corner) for corner in corners)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, first)
    for corner in others:
        QTest.mouseMove(view, corner)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, others[-1])


def text_of(dialog: OwnInputDialog, name: str) -> str:
    return dialog.findChild(QLabel, name).text()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A dark stroke on white, aside of the middle."""
    pixels = np.full((90, 60), 255, np.uint8)
    pixels[10:70, 15:25] = 20
    Image.fromarray(pixels).save(tmp_path / "stroke.png")
    return tmp_path / "stroke.png"


def test_without_a_run_the_dialog_says_what_to_do(dialog) -> None:
    dialog.show()
    assert text_of(dialog, "own_input_empty").startswith("Open a run first")
    assert not dialog.findChild(QAbstractButton, "own_input_new").isEnabled()


def test_a_drawing_is_encoded_by_each_run_and_marked_while_the_dialog_is_open(
    qtbot, app_state, runs_folder, dialog
) -> None:
    keys = opened(qtbot, app_state, runs_folder, "vae", "ae")
    dialog.show()
    draw(dialog, (80, 60), (200, 60), (120, 220))
    for key in keys:
        encoded(qtbot, dialog, key)
    assert [one.name for one in dialog.inputs.inputs] == ["drawing 1"]
    assert set(app_state.probing.inputs) == set(keys)
    mark = app_state.probing.inputs[keys[0]]
    np.testing.assert_array_equal(mark.mean, dialog.inputs.answer(keys[0]).mean)
    assert mark.log_variance is not None and app_state.probing.inputs[keys[1]].log_variance is None
    assert "better than" in text_of(dialog, "own_input_words_1")
    dialog.hide()
    assert app_state.probing.inputs == {}


def test_strokes_are_undone_one_by_one(qtbot, app_state, runs_folder, dialog) -> None:
    (key,) = opened(qtbot, app_state, runs_folder, "vae")
    dialog.show()
    draw(dialog, (80, 60), (200, 60))
    one = encoded(qtbot, dialog, key).mean
    draw(dialog, (80, 160), (200, 200))
    qtbot.waitUntil(lambda: not np.array_equal(dialog.inputs.answer(key).mean, one))
    dialog.findChild(QAbstractButton, "own_input_undo").click()
    qtbot.waitUntil(lambda: np.array_equal(dialog.inputs.answer(key).mean, one))
    # The session has its own undo.
    assert len(dialog.inputs.inputs) == 1 and not app_state.session.undo_name.startswith("draw")


def test_a_file_is_fitted_as_on_the_command_line_and_each_step_can_be_left_out(
    qtbot, app_state, runs_folder, dialog, picture
) -> None:
    (key,) = opened(qtbot, app_state, runs_folder, "vae")
    dialog.show()
    dialog.open_files([picture])
    found = encoded(qtbot, dialog, key)
    loaded = load_run(key)
    expected = encode_input(loaded, file_source(picture, loaded.description))
    np.testing.assert_array_equal(found.mean, expected.mean)
    invert = dialog.findChild(QCheckBox, "own_input_step_invert")
    assert invert.isChecked() and "Invert" in text_of(dialog, "own_input_done")
    invert.click()
    qtbot.waitUntil(lambda: not np.array_equal(dialog.inputs.answer(key).mean, expected.mean))
    without = encode_input(loaded, file_source(picture, loaded.description), {"invert": False})
    np.testing.assert_array_equal(dialog.inputs.answer(key).mean, without.mean)
    dialog.saver.actions()
    dialog.saver.copy_command()
    assert QGuiApplication.clipboard().text() == f"latent-explorer encode {key} --file={picture} --no=invert"
    dialog.findChild(QAbstractButton, "own_input_reset").click()
    qtbot.waitUntil(lambda: np.array_equal(dialog.inputs.answer(key).mean, expected.mean))


def test_pictures_and_files_are_pasted_and_dropped(qtbot, app_state, runs_folder, dialog, picture) -> None:
    (key,) = opened(qtbot, app_state, runs_folder, "vae")
    dialog.show()
    QGuiApplication.clipboard().setImage(QImage(str(picture)))
    dialog.paste()
    pasted = encoded(qtbot, dialog, key)
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(picture))])
    dialog.take(dropped, "dropped")
    np.testing.assert_allclose(encoded(qtbot, dialog, key).mean, pasted.mean, atol=1e-5)
    names = dialog.findChild(KeyedList)
    assert [row.text for row in names.rows] == ["clipboard", "stroke"]
    names.set_current(names.rows[0].key)
    assert dialog.inputs.chosen.name == "clipboard"
    dialog.findChild(QAbstractButton, "own_input_remove").click()
    assert [one.name for one in dialog.inputs.inputs] == ["stroke"]


def test_what_does_not_fit_any_run_is_said_and_not_added(qtbot, app_state, runs_folder, dialog, tmp_path) -> None:
    opened(qtbot, app_state, runs_folder, "vae")
    dialog.show()
    QGuiApplication.clipboard().setText("a text")
    dialog.paste()
    assert "the input is a text" in text_of(dialog, "own_input_file_problem")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n broken")
    dialog.open_files([tmp_path / "broken.png"])
    assert "broken.png" in text_of(dialog, "own_input_file_problem")
    assert dialog.inputs.inputs == ()


def test_a_run_whose_data_does_not_fit_says_why(qtbot, app_state, runs_folder, dialog) -> None:
    (key,) = opened(qtbot, app_state, runs_folder, "vae")
    dialog.show()
    dialog.inputs.add(TextSource("a text"), "text")
    assert "Its samples are pictures" in text_of(dialog, "own_input_words_1")
    assert dialog.inputs.answer(key) is None and app_state.probing.inputs == {}


def test_inputs_are_saved_and_a_saved_drawing_gives_the_same_code(
    qtbot, app_state, runs_folder, dialog, tmp_path
) -> None:
    (key,) = opened(qtbot, app_state, runs_folder, "vae")
    dialog.show()
    draw(dialog, (80, 60), (200, 60), (120, 220))
    found = encoded(qtbot, dialog, key)
    command = dialog.saver.actions()[-1]
    assert not command.isEnabled() and "save the picture" in command.toolTip()
    dialog.saver.save_picture_to(tmp_path / "drawing.png")
    dialog.saver.save_figure_to(tmp_path / "figure.svg")
    for name in ("numbers.npz", "numbers.csv"):
        dialog.saver.save_numbers_to(tmp_path / name)
    files = [tmp_path / name for name in ("drawing.png", "figure.svg", "numbers.npz", "numbers.csv")]
    qtbot.waitUntil(lambda: all(path.is_file() for path in files))
    with np.load(tmp_path / "numbers.npz") as arrays:
        np.testing.assert_array_equal(arrays["mean"][0], found.mean)
    loaded = load_run(key)
    again = encode_input(loaded, file_source(tmp_path / "drawing.png", loaded.description))
    np.testing.assert_array_equal(again.mean, found.mean)
    assert dialog.saver.actions()[-1].isEnabled()


def test_the_probe_moves_to_the_code_and_to_a_nearest_sample(qtbot, app_state, runs_folder, dialog) -> None:
    (key,) = opened(qtbot, app_state, runs_folder, "vae")
    dialog.show()
    draw(dialog, (80, 60), (200, 60), (120, 220))
    found = encoded(qtbot, dialog, key)
    dialog.findChild(QAbstractButton, "own_input_probe_1").click()
    assert app_state.session.view.probe.z == pytest.approx(tuple(map(float, found.mean)))
    qtbot.mouseClick(dialog.findChild(object, "own_input_near_1_1"), Qt.MouseButton.LeftButton)
    assert app_state.session.view.probe.sample == int(found.near.index[0])
