"""A run of words in the window: labels on the plane, nearest words, search, analogies, cards."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot
from window_cases import named

from explorer.config import DataConfig, RunConfig, TrainConfig
from explorer.data import catalog
from explorer.jobs.runs.open_run import words_of
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.latent.plane.overlay_parts import PointLabels
from explorer.models.catalog import family
from explorer.ui.actions.actions import Actions
from explorer.ui.actions.menus import OverlayActions
from explorer.ui.data_import.data_dialog import DataDialog
from explorer.ui.data_import.sample_sheet import SampleSheet
from explorer.ui.decode.panel.decode_panel import DecodePanel
from explorer.ui.fields.fields import Field
from explorer.ui.plane.input.hover import card_for
from explorer.ui.plane.overlays.overlay_painter import PaintStyle, labels_with_room
from explorer.ui.plane.pane.planes import PlanesArea
from explorer.ui.selection.selection_panel import SelectionPanel
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource

WORDS = 150


@pytest.fixture(scope="module")
def text_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts")
    settings = {
        "skip-gram": (DataConfig(source="topics-words", vocabulary=WORDS), {"latent_dim": 6}),
        "lsi": (DataConfig(source="topics", vocabulary=200), {"latent_dim": 3}),
    }
    for name, (data, model) in settings.items():
        config = RunConfig(data=data, model=family(name).config_type(**model), train=TrainConfig(epochs=10, threads=1))
        for _ in run_training(new_run(config, folder / name, device="cpu")):
            pass
    return folder


def opened(qtbot: QtBot, app_state: AppState, path: Path) -> str:
    key = str(path)
    app_state.opener.open(path)
    qtbot.waitUntil(lambda: key in app_state.store.runs and app_state.store.runs[key].dataset is not None)
    return key


@pytest.fixture
def words_key(qtbot: QtBot, app_state: AppState, text_runs: Path) -> str:
    return opened(qtbot, app_state, text_runs / "skip-gram")


@pytest.fixture
def panel(qtbot: QtBot, app_state: AppState, themes: ThemeSource) -> DecodePanel:
    widget = DecodePanel(app_state, themes)
    qtbot.addWidget(widget)
    widget.resize(330, 900)
    widget.show()
    return widget


def test_the_search_goes_to_a_word(qtbot: QtBot, app_state: AppState, panel: DecodePanel, words_key: str) -> None:
    qtbot.waitUntil(panel.words.isVisible)
    name = app_state.store.runs[words_key].description.sample_names[20]
    panel.words.search.setText(name.upper())
    qtbot.keyClick(panel.words.search, Qt.Key.Key_Return)
    probe = app_state.session.view.probe
    assert probe is not None
    assert probe.sample == 20
    assert name in {label.text().split(" · ")[0] for label in panel.findChildren(QLabel)}


def test_tools_for_pictures_are_disabled_with_a_reason(
    qtbot: QtBot, app_state: AppState, themes: ThemeSource, text_runs: Path
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    actions = Actions(themes, parent)
    OverlayActions(app_state, actions, parent)
    assert actions["corruption"].isEnabled() and actions["overlay_manifold"].isEnabled()
    for name in ("lsi", "skip-gram"):
        opened(qtbot, app_state, text_runs / name)
        app_state.session.set_silent(active=len(app_state.session.view.panes) - 1)
        assert not actions["corruption"].isEnabled() and "texts cannot be" in actions["corruption"].toolTip()
        for overlay in ("manifold", "off_manifold", "regions"):
            action = actions[f"overlay_{overlay}"]
            assert not action.isEnabled() and f"Not defined for {name}" in action.toolTip()
    # What an old session has switched on can be switched off.
    app_state.session.set(overlays=frozenset({"manifold"}))
    assert actions["overlay_manifold"].isEnabled()


def test_an_unknown_word_is_reported(qtbot: QtBot, app_state: AppState, panel: DecodePanel, words_key: str) -> None:
    qtbot.waitUntil(panel.words.isVisible)
    panel.words.search.setText("zebra")
    qtbot.keyClick(panel.words.search, Qt.Key.Key_Return)
    message = panel.findChild(QLabel, "word_search_words")
    assert isinstance(message, QLabel)
    assert message.isVisible()
    assert "'zebra' is not among the 150 words" in message.text()
    assert app_state.session.view.probe is None
    panel.words.search.setText("")
    assert not message.isVisible()


def test_a_point_lists_the_words_of_the_greatest_cosine(
    qtbot: QtBot, app_state: AppState, panel: DecodePanel, words_key: str
) -> None:
    z = np.array([0.3, -1, 0.2, 0.5, 0, 1])
    app_state.probing.probe_point(words_key, tuple(map(float, z)))
    run = app_state.store.runs[words_key]
    assert run.plane is not None
    codes = run.plane.mean.astype(np.float64)
    cosines = codes @ z / np.linalg.norm(codes, axis=1) / np.linalg.norm(z)
    expected = [run.description.sample_names[index] for index in np.argsort(-cosines)[:8]]
    assert [word.word for word in panel.words.nearest.words] == expected
    button = panel.findChild(QToolButton, "nearest_word_list_2")
    assert isinstance(button, QToolButton)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert app_state.session.view.probe is not None
    assert app_state.session.view.probe.sample == int(np.argsort(-cosines)[1])


def test_a_picked_answer_is_probed_and_its_words_ringed(
    qtbot: QtBot, app_state: AppState, panel: DecodePanel, words_key: str
) -> None:
    qtbot.waitUntil(panel.words.isVisible)
    box, words = panel.words.analogy, words_of(app_state.store.runs[words_key])
    assert words is not None
    typed = tuple(words.space.words[index] for index in (11, 30, 52))
    for field, word in zip(box.fields, typed, strict=True):
        field.setText(word)
    assert [word.word for word in box.answers.words] == [word.word for word in words.space.analogy(*typed, 6)]
    button = panel.findChild(QToolButton, "analogy_answers_1")
    assert isinstance(button, QToolButton)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    view, answer = app_state.session.view, box.answers.words[0].place
    assert view.probe is not None
    assert view.probe.sample == answer
    assert set(view.selection) == {11, 30, 52, answer}
    box.fields[1].setText("zebra")
    assert box.answers.words == ()
    assert box.fields[1].property("invalid") is True


def test_other_runs_have_no_words(
    qtbot: QtBot, app_state: AppState, panel: DecodePanel, runs_folder: Path, text_runs: Path
) -> None:
    for path in (runs_folder / "ae", text_runs / "lsi"):
        key = opened(qtbot, app_state, path)
        app_state.probing.probe_sample(key, 3)
        assert words_of(app_state.store.runs[key]) is None
        assert not panel.words.isVisible()


def test_words_are_by_frequency_and_marked_ones_come_first(
    qtbot: QtBot, app_state: AppState, themes: ThemeSource, words_key: str
) -> None:
    area = PlanesArea(app_state, themes)
    qtbot.addWidget(area)
    area.resize(700, 500)
    area.show()
    layer = area.panes[0].plane.overlay_layer
    qtbot.waitUntil(lambda: (item := layer.item("words")) is not None and len(item.drawn) == 1)
    item = layer.item("words")
    assert item is not None
    (part,) = item.drawn
    assert isinstance(part, PointLabels)
    names = app_state.store.runs[words_key].description.sample_names
    assert part.texts == names, "by frequency, as the samples are"
    app_state.session.set(selection=(40, 30))
    (part,) = item.drawn
    assert isinstance(part, PointLabels)
    assert part.texts[:3] == (names[30], names[40], names[0])
    assert not area.grab().isNull()
    app_state.session.set(overlays=frozenset())
    assert layer.item("words") is None


def test_labels_do_not_cover_each_other_and_those_at_the_edge_stand_on_the_left(themes: ThemeSource) -> None:
    area, metrics = QRectF(0, 0, 400, 300), QFontMetricsF(QApplication.font())
    look = PaintStyle(themes.theme, 1.0, 1.0, None, area, lambda: True)  # type: ignore[arg-type]
    pixels = np.random.default_rng(0).uniform((-50, -50), (450, 350), (WORDS, 2))
    part = PointLabels(pixels, tuple(f"word {number}" for number in range(WORDS)))
    found = list(labels_with_room(part, pixels, metrics, look))
    numbers, boxes = [number for number, _ in found], [box for _, box in found]
    assert numbers == sorted(numbers)
    assert 5 < len(numbers) < WORDS
    assert numbers[0] == np.flatnonzero(((pixels >= 0) & (pixels <= (400, 300))).all(axis=1))[0]
    assert not any(one.intersects(two) for index, one in enumerate(boxes) for two in boxes[:index])
    assert all(box.right() <= 400 for box in boxes)
    one = PointLabels(np.zeros((1, 2)), ("word",))
    sides = [next(labels_with_room(one, np.array([[x, 50.0]]), metrics, look))[1] for x in (50, 395)]
    assert sides[0].left() > 50 and sides[1].right() < 395


def test_cards_of_words_and_documents(qtbot: QtBot, app_state: AppState, words_key: str, text_runs: Path) -> None:
    run = app_state.store.runs[words_key]
    assert run.plane is not None
    card = card_for(run, run.plane, 4)
    assert card.title == run.description.sample_names[4]
    assert dict(card.rows)["nearest"].count(", ") == 3
    other = app_state.store.runs[opened(qtbot, app_state, text_runs / "lsi")]
    assert other.plane is not None
    assert other.dataset is not None
    card = card_for(other, other.plane, 4)
    assert card.title == other.description.sample_names[4]
    assert card.values is not None
    assert (card.values == other.dataset.rows()[4]).all()


def test_a_selection_of_words_says_what_is_not_defined(
    qtbot: QtBot, app_state: AppState, themes: ThemeSource, words_key: str
) -> None:
    strip = SelectionPanel(app_state, themes)
    qtbot.addWidget(strip)
    strip.show()
    app_state.session.set(selection=(3, 5))
    qtbot.waitUntil(lambda: len(strip.samples.table.rows) == 2)
    names = app_state.store.runs[words_key].description.sample_names
    assert strip.samples.table.labels == (names[3], names[5])
    assert strip.samples.table.rows[1].errors == ()
    assert any("squared error is not defined" in label.text() for label in strip.findChildren(QLabel))


def test_documents_have_a_squared_error(
    qtbot: QtBot, app_state: AppState, themes: ThemeSource, text_runs: Path
) -> None:
    key = opened(qtbot, app_state, text_runs / "lsi")
    strip = SelectionPanel(app_state, themes)
    qtbot.addWidget(strip)
    strip.show()
    app_state.session.set(selection=(3, 5))
    qtbot.waitUntil(lambda: len(strip.samples.table.rows) == 2)
    real, decoded = strip.samples.table.rows
    assert decoded.errors == pytest.approx(np.square(real.pictures - decoded.pictures).sum(axis=1).tolist(), rel=1e-4)
    app_state.probing.probe_sample(key, 3)


def test_the_dialog_reads_a_text_of_the_user(
    qtbot: QtBot, app_state: AppState, themes: ThemeSource, tmp_path: Path
) -> None:
    book = tmp_path / "book.md"
    rng = np.random.default_rng(0)
    book.write_text("\n\n".join(" ".join(rng.choice(["tea", "milk", "cup", "pot"], 45)) for _ in range(9)))
    dialog = DataDialog(app_state, themes, book)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: named(dialog, "data_use", QPushButton).isEnabled())
    fields = {field.description.name: field for field in dialog.findChildren(Field)}
    assert {"text_as", "vocabulary"} <= set(fields)
    fields["text_as"].set_value("words")
    assert not named(dialog, "data_use", QPushButton).isEnabled()
    qtbot.waitUntil(lambda: named(dialog, "data_use", QPushButton).isEnabled())
    named(dialog, "data_use", QPushButton).click()
    qtbot.waitUntil(lambda: app_state.data.dataset is not None and app_state.data.dataset.description.of_words)


@pytest.mark.parametrize("source", ["topics", "topics-words"])
def test_the_preview_of_texts(qtbot: QtBot, themes: ThemeSource, source: str) -> None:
    sheet = SampleSheet(themes)
    qtbot.addWidget(sheet)
    data = catalog.load(DataConfig(source=source, vocabulary=100))
    sheet.show_data(data)
    picture = next(label for label in sheet.findChildren(QLabel) if not label.pixmap().isNull())
    assert picture.pixmap().width() > 20
    assert picture.toolTip().split(", class ")[0] in data.description.sample_names


def test_trained_words_are_projected_by_a_basis_fitted_to_them(qtbot: QtBot, app_state: AppState) -> None:
    """The first codes are noise, and so is the basis fitted to them."""
    data = DataConfig(source="topics-words", vocabulary=80)
    model, train = family("skip-gram").config_type(latent_dim=4), TrainConfig(epochs=30, threads=1, learning_rate=0.02)
    app_state.trainings.train(RunConfig(data=data, model=model, train=train), "fresh")
    key = str(app_state.folders.folder / "fresh")
    qtbot.waitUntil(lambda: key in app_state.store.runs and app_state.store.runs[key].status == "finished")

    def shows_the_most() -> bool:
        plane = app_state.store.runs[key].plane
        if plane is None or not app_state.store.runs[key].plane_is_current:
            return False
        centred = plane.mean - plane.mean.mean(axis=0)
        values = np.linalg.svd(centred, compute_uv=False) ** 2
        shown = plane.projection.project(plane.mean).var(axis=0).sum() / centred.var(axis=0).sum()
        return bool(shown == pytest.approx(values[:2].sum() / values.sum(), rel=1e-4))

    qtbot.waitUntil(shows_the_most)  # the last live plane, through the first basis, may come before
