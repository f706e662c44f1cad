"""The tab Blend: pins, the handle and the sliders, the live decode, kept blends, undo, export and its command."""

import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QDoubleSpinBox, QInputDialog, QLabel, QLineEdit, QPushButton, QSlider
from pytestqt.qtbot import QtBot
from typer.testing import CliRunner
from window_cases import named

from explorer.api import load_run
from explorer.cli import app
from explorer.session import Blend, Probe, Waypoint
from explorer.ui.blend import blend_saver
from explorer.ui.blend.blend_panel import BlendPanel
from explorer.ui.blend.blend_words import blend_command, next_name, sum_forms, weight_text
from explorer.ui.blend.kept_view import KeptView
from explorer.ui.blend.polygon_layout import lay_out
from explorer.ui.blend.polygon_view import PolygonView
from explorer.ui.pictures.sample_view import SampleView
from explorer.ui.services.app_state import AppState
from explorer.ui.state.pins import FULL, SAMPLE_MIME
from explorer.ui.theme.theme import ThemeSource


@pytest.fixture
def key(app_state: AppState, runs_folder: Path, qtbot: QtBot) -> str:
    """Open the VAE and wait for its data."""
    app_state.opener.open(runs_folder / "vae")
    key = str(runs_folder / "vae")
    qtbot.waitUntil(lambda: key in app_state.store.runs and app_state.store.runs[key].dataset is not None)
    return key


@pytest.fixture
def panel(app_state: AppState, key: str, themes: ThemeSource, qtbot: QtBot) -> Iterator[BlendPanel]:
    panel = BlendPanel(app_state, themes)
    qtbot.addWidget(panel)
    panel.resize(1000, 640)
    panel.show()
    yield panel
    panel.close()


@pytest.fixture
def pinned(app_state: AppState, key: str, panel: BlendPanel, qtbot: QtBot) -> Blend:
    """Pin three samples and wait for their blend."""
    app_state.pins.pin_samples(key, (3, 17, 40))
    compared(panel, qtbot)
    return blend_of(app_state)


def blend_of(state: AppState) -> Blend:
    blend = state.session.view.blend
    assert blend is not None
    return blend


def compared(panel: BlendPanel, qtbot: QtBot) -> None:
    """Wait for the comparison."""
    qtbot.waitUntil(lambda: bool(named(panel, "blend_error", QLabel).text()))


def polygon(panel: BlendPanel) -> PolygonView:
    return named(panel, "blend_polygon", PolygonView)


def decode(panel: BlendPanel) -> np.ndarray:
    values = named(panel, "blend_picture", SampleView).values
    assert values is not None
    return values


def drag(panel: BlendPanel, qtbot: QtBot, *points: QPointF) -> None:
    view = polygon(panel)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=points[0].toPoint())
    for point in points[1:]:
        qtbot.mouseMove(view, point.toPoint())
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=points[-1].toPoint())


def test_without_pins_the_panel_says_what_to_do_and_pins_three_of_different_classes(
    app_state: AppState, key: str, panel: BlendPanel, qtbot: QtBot
) -> None:
    assert "Pin two to eight samples" in named(panel, "blend_empty", QLabel).text()
    qtbot.mouseClick(named(panel, "blend_pin_three", QPushButton), Qt.MouseButton.LeftButton)
    run = app_state.store.runs[key]
    classes = {run.dataset.labels[pin.sample] for pin in blend_of(app_state).pins}  # type: ignore[union-attr, index]
    assert len(classes) == 3
    assert app_state.session.undo_name == "pin samples of different classes"


def test_the_blend_equals_the_decode_of_the_weighted_mean(
    pinned: Blend, panel: BlendPanel, key: str, qtbot: QtBot
) -> None:
    found = load_run(Path(key)).blends.decode([3, 17, 40])
    assert np.array_equal(decode(panel), found.decode)
    assert "A + " in named(panel, "blend_terms", QLabel).text()
    assert named(panel, "blend_near", QLabel).text() in ("near data", "far from data")


def test_a_drag_of_the_handle_is_one_step_and_decodes_live(
    app_state: AppState, pinned: Blend, panel: BlendPanel, qtbot: QtBot
) -> None:
    place, before = polygon(panel).layout_now, decode(panel)
    handle, corner = place.handle(pinned.weights), place.corners[0]
    drag(panel, qtbot, handle, (handle + corner) / 2, corner + QPointF(0, -4))
    assert blend_of(app_state).weights[0] > 0.95
    qtbot.waitUntil(lambda: decode(panel) is not before)
    assert app_state.session.undo_name == "set the weights"
    app_state.session.undo()
    assert blend_of(app_state) == pinned


def test_a_press_beside_the_handle_moves_it_there(
    app_state: AppState, pinned: Blend, panel: BlendPanel, qtbot: QtBot
) -> None:
    place = polygon(panel).layout_now
    point = (place.corners[1] + place.corners[2]) / 2
    drag(panel, qtbot, point, point)
    assert blend_of(app_state).weights == pytest.approx((0, 0.5, 0.5), abs=0.02)


def test_arrow_keys_move_the_handle_as_one_step(
    app_state: AppState, pinned: Blend, panel: BlendPanel, qtbot: QtBot
) -> None:
    polygon(panel).setFocus()
    for _ in range(3):
        qtbot.keyPress(polygon(panel), Qt.Key.Key_Up)
    qtbot.keyRelease(polygon(panel), Qt.Key.Key_Up)
    assert blend_of(app_state).weights[0] == pytest.approx(1 / 3 + 3 * 0.02 * 2 / 3)
    app_state.session.undo()
    assert blend_of(app_state) == pinned


def test_a_double_click_gives_a_picture_the_whole_weight_and_delete_removes_it(
    app_state: AppState, pinned: Blend, panel: BlendPanel, key: str, qtbot: QtBot
) -> None:
    corner = polygon(panel).layout_now.corners[1].toPoint()
    qtbot.mouseClick(polygon(panel), Qt.MouseButton.LeftButton, pos=corner)
    qtbot.mouseDClick(polygon(panel), Qt.MouseButton.LeftButton, pos=corner)
    assert blend_of(app_state).weights == (0.0, 1.0, 0.0)
    sample = load_run(Path(key)).decode(np.array(pinned.pins[1].z, np.float32))
    qtbot.waitUntil(lambda: np.array_equal(decode(panel), sample))
    qtbot.keyClick(polygon(panel), Qt.Key.Key_Delete)
    assert [pin.sample for pin in blend_of(app_state).pins] == [3, 40]


def test_sliders_and_number_fields_set_one_weight_and_scale_the_others(
    app_state: AppState, pinned: Blend, panel: BlendPanel, qtbot: QtBot
) -> None:
    named(panel, "blend_pin_a_weight", QDoubleSpinBox).setValue(0.5)
    assert blend_of(app_state).weights == pytest.approx((0.5, 0.25, 0.25))
    assert named(panel, "blend_pin_a_slider", QSlider).value() == 500
    named(panel, "blend_pin_c_slider", QSlider).setValue(1000)
    assert blend_of(app_state).weights == pytest.approx((0, 0, 1))
    qtbot.mouseClick(named(panel, "blend_equal", QPushButton), Qt.MouseButton.LeftButton)
    assert blend_of(app_state).weights == pytest.approx((1 / 3,) * 3)


def test_a_slider_that_comes_back_from_one_restores_the_proportions(
    app_state: AppState, pinned: Blend, panel: BlendPanel, qtbot: QtBot
) -> None:
    app_state.session.set(blend=replace(pinned, weights=(0.2, 0.6, 0.2)))
    slider = named(panel, "blend_pin_a_slider", QSlider)
    slider.setSliderDown(True)
    for value in (1000, 200):
        slider.setSliderPosition(value)
    slider.setSliderDown(False)
    assert blend_of(app_state).weights == pytest.approx((0.2, 0.6, 0.2))


def test_kept_blends_are_restored_renamed_and_deleted(
    app_state: AppState, pinned: Blend, panel: BlendPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert named(panel, "blend_name", QLineEdit).text() == "blend 1"
    qtbot.mouseClick(named(panel, "blend_keep", QPushButton), Qt.MouseButton.LeftButton)
    assert named(panel, "blend_name", QLineEdit).text() == "blend 2"
    assert app_state.session.undo_name == "keep a blend"
    app_state.session.set(blend=None)
    kept = named(panel, "blend_kept", KeptView)
    qtbot.mouseClick(kept.viewport(), Qt.MouseButton.LeftButton, pos=kept.cell(0).center().toPoint())
    assert blend_of(app_state) == pinned
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("thirds", True))
    qtbot.keyClick(kept, Qt.Key.Key_F2)
    assert [one.name for one in app_state.session.view.kept_blends] == ["thirds"]
    qtbot.keyClick(kept, Qt.Key.Key_Delete)
    assert not app_state.session.view.kept_blends


@pytest.mark.parametrize("before", [(3, 17, 40), ()])
def test_samples_are_dropped_anywhere(
    app_state: AppState, pinned: Blend, panel: BlendPanel, before: tuple[int, ...]
) -> None:
    if not before:  # the page that says so takes them, too
        app_state.session.set(blend=None)
    data = QMimeData()
    data.setData(SAMPLE_MIME, b"50,51")
    view, copy, left, none = panel.frame, Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0)
    entered = QDragEnterEvent(view.rect().center(), copy, data, left, none)
    view.dragEnterEvent(entered)
    assert entered.isAccepted()
    view.dropEvent(QDropEvent(QPointF(view.rect().center()), copy, data, left, none))
    assert [pin.sample for pin in blend_of(app_state).pins] == [*before, 50, 51]


def test_a_ninth_pin_and_a_pinned_sample_are_refused_with_a_message(app_state: AppState, key: str) -> None:
    told: list[str] = []
    app_state.messages.notified.connect(told.append)
    app_state.pins.pin_samples(key, range(10))
    assert len(blend_of(app_state).pins) == 8
    assert sum(blend_of(app_state).weights) == pytest.approx(1)
    app_state.pins.pin_probe(Probe(key, (0.1, 0.2)))
    assert told[-1] == FULL
    before = blend_of(app_state)
    app_state.pins.pin_samples(key, (3,))
    assert blend_of(app_state) == before


def test_a_sample_of_another_run_of_the_same_data_is_pinned_in_the_run_of_the_blend(
    app_state: AppState, key: str, runs_folder: Path, qtbot: QtBot
) -> None:
    other = str(runs_folder / "ae")
    app_state.opener.open(Path(other))
    qtbot.waitUntil(lambda: other in app_state.store.runs and app_state.store.runs[other].plane is not None)
    app_state.pins.pin_samples(key, (3,))
    app_state.pins.pin_samples(other, (4,))
    assert blend_of(app_state).run == key
    assert blend_of(app_state).pins[1] == Waypoint(app_state.store.runs[key].code_of(4), 4)  # type: ignore[arg-type]
    app_state.pins.pin_probe(Probe(other, (0.0, 0.0)))
    assert (blend_of(app_state).run, len(blend_of(app_state).pins)) == (other, 1)


def test_the_copied_command_makes_the_saved_numbers_to_the_bit(
    app_state: AppState,
    pinned: Blend,
    panel: BlendPanel,
    key: str,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app_state.pins.pin_probe(Probe(key, (-0.3, 1.25)))
    app_state.session.set(blend=replace(blend_of(app_state), weights=(0.1, 0.2, 0.3, 0.4)))
    own, again = tmp_path / "own.npz", tmp_path / "again.npz"
    monkeypatch.setattr(blend_saver, "ask_path", lambda *_: own)
    panel.actions_.save_numbers.trigger()
    qtbot.waitUntil(own.exists)
    panel.actions_.copy_command.trigger()
    command = QGuiApplication.clipboard().text()
    assert command == panel.copy_command()
    words = shlex.split(command.replace("--out=blend.png", f"--out={again}"))[1:]
    assert CliRunner().invoke(app, words).exit_code == 0
    with np.load(own) as ours, np.load(again) as theirs:
        assert set(ours) == set(theirs)
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_a_figure_is_saved(
    pinned: Blend, panel: BlendPanel, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "blend.svg"
    monkeypatch.setattr(blend_saver, "ask_path", lambda *_: out)
    panel.export_actions()[0].trigger()
    qtbot.waitUntil(out.exists)
    assert "<svg" in out.read_text()


def test_the_hidden_panel_asks_nothing(app_state: AppState, pinned: Blend, panel: BlendPanel, qtbot: QtBot) -> None:
    panel.hide()
    asked: list[object] = []
    ask = app_state.asker.ask
    app_state.asker.ask = lambda question, *rest: asked.append(question) or ask(question, *rest)  # type: ignore[method-assign, func-returns-value]
    app_state.session.set(blend=replace(pinned, weights=(1.0, 0.0, 0.0)))
    qtbot.wait(200)
    assert not asked


@pytest.mark.parametrize(
    ("size", "form"), [((1000, 640), "high"), ((1190, 330), "wide"), ((560, 400), "tall"), ((560, 160), "brief")]
)
def test_each_size_shows_polygon_and_blend(
    pinned: Blend, panel: BlendPanel, qtbot: QtBot, size: tuple[int, int], form: str
) -> None:
    panel.resize(*size)
    qtbot.waitUntil(lambda: panel.frame.form == form)
    for name in ("blend_polygon", "blend_picture", "blend_average_picture"):
        assert named(panel, name).isVisible()  # type: ignore[attr-defined]
    assert named(panel, "blend_rows").isVisible() == (form != "brief")  # type: ignore[attr-defined]


@pytest.mark.parametrize("count", range(1, 9))
@pytest.mark.parametrize("size", [(408, 392), (200, 120), (250, 700)])
def test_pictures_lie_in_the_widget_and_the_handle_at_its_weights(count: int, size: tuple[int, int]) -> None:
    place = lay_out(count, *size, 14, 1.0)
    for picture in place.pictures:
        assert picture.left() >= 0 and picture.top() >= 0
        assert picture.right() <= size[0] and picture.bottom() <= size[1]
    for index, corner in enumerate(place.corners):
        handle = place.handle([float(number == index) for number in range(count)])
        assert (handle - corner).manhattanLength() < 1e-6


@pytest.mark.parametrize(
    ("weight", "text"), [(0.5, "0.5"), (1 / 3, "0.33"), (0.001, "<0.01"), (0.0, "0"), (1.0, "1"), (0.1, "0.1")]
)
def test_weights_as_text(weight: float, text: str) -> None:
    assert weight_text(weight) == text


def test_what_is_decoded_in_words() -> None:
    assert sum_forms((0.5, 0.0, 0.5))[0] == "decoded from 0.5 A + 0.5 C"
    assert sum_forms((0.0, 1.0))[0] == "decoded from B"
    assert next_name(()) == "blend 1"


def test_a_sample_whose_code_has_changed_is_written_as_numbers(app_state: AppState, key: str) -> None:
    run = app_state.store.runs[key]
    old = Blend(key, (Waypoint((0.5, -1.0), 3), Waypoint(run.code_of(4) or (), 4)), (0.25, 0.75))
    assert blend_command(old, run).split()[3:6] == ["--pin=0.5,-1.0", "--pin=4", "--shares=0.25,0.75"]
