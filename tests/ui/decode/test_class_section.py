"""The class that a conditional model decodes: chosen in the decode panel, undone, followed by path and samples."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox, QToolButton
from pytestqt.qtbot import QtBot

from explorer.api import load_run
from explorer.config import DataConfig, RunConfig, TrainConfig
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.models.catalog import family
from explorer.session import Session
from explorer.ui.decode.panel import class_section
from explorer.ui.decode.panel.decode_panel import DecodePanel
from explorer.ui.path.path_film import PathFilms
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("conditional") / "cvae"
    model = family("conditional-vae").config_type(latent_dim=2, hidden_widths=(16,))
    config = RunConfig(data=DataConfig(source="digits"), model=model, train=TrainConfig(epochs=3))
    for _ in run_training(new_run(config, out, device="cpu")):
        pass
    return out


@pytest.fixture
def panel(qtbot: QtBot, app_state: AppState, themes: ThemeSource) -> DecodePanel:
    widget = DecodePanel(app_state, themes)
    qtbot.addWidget(widget)
    widget.resize(330, 900)
    widget.show()
    return widget


@pytest.fixture
def opened(qtbot: QtBot, app_state: AppState, panel: DecodePanel) -> Callable[[Path], str]:
    def open_run(path: Path) -> str:
        app_state.opener.open(path)
        key = str(path)
        qtbot.waitUntil(lambda: key in app_state.store.runs and app_state.store.runs[key].dataset is not None)
        return key

    return open_run


def picture(panel: DecodePanel) -> np.ndarray:
    values = panel.pictures.main.view.values
    assert values is not None
    return values


def button(panel: DecodePanel, name: str) -> QToolButton:
    found = panel.findChild(QToolButton, name)
    assert isinstance(found, QToolButton)
    return found


def checked(panel: DecodePanel) -> str:
    (found,) = [button.text() for button in panel.classes.buttons if button.isChecked()]
    return found


def waits_for(qtbot: QtBot, panel: DecodePanel, wanted: np.ndarray) -> None:
    qtbot.waitUntil(lambda: panel.pictures.main.view.values is not None and np.allclose(picture(panel), wanted, 1e-4))


def test_a_point_is_decoded_as_the_clicked_class(qtbot, app_state, panel, opened, trained) -> None:
    key, run = opened(trained), load_run(trained)
    app_state.probing.probe_point(key, (0.5, -0.5))
    waits_for(qtbot, panel, run.decode([0.5, -0.5], 0))
    assert checked(panel) == "0"
    assert not button(panel, "class_own").isVisible()
    button(panel, "class_7").click()
    assert app_state.session.view.condition == 7
    waits_for(qtbot, panel, run.decode([0.5, -0.5], 7))
    assert checked(panel) == "7"
    app_state.session.undo()
    waits_for(qtbot, panel, run.decode([0.5, -0.5], 0))
    assert checked(panel) == "0"


def test_every_class_has_its_picture(qtbot, app_state, panel, opened, trained) -> None:
    key = opened(trained)
    app_state.probing.probe_point(key, (0.5, -0.5))
    qtbot.waitUntil(lambda: not button(panel, "class_9").icon().isNull())
    icons = [button(panel, f"class_{label}").icon().pixmap(20).toImage() for label in range(10)]
    assert all(icon != other for index, icon in enumerate(icons) for other in icons[:index])
    assert len(panel.classes.buttons) == 11
    assert all(button.toolTip() and button.accessibleName() for button in panel.classes.buttons)


def test_a_sample_is_decoded_as_its_own_class_until_another_is_chosen(qtbot, app_state, panel, opened, trained) -> None:
    key, run = opened(trained), load_run(trained)
    data = app_state.store.runs[key].dataset
    label = int(data.labels[12])
    other = (label + 3) % 10
    app_state.probing.probe_sample(key, 12)
    mean, _ = run.encode(data.samples[12:13], [label])
    waits_for(qtbot, panel, run.decode(mean, label)[0])
    assert checked(panel) == "own"
    button(panel, f"class_{other}").click()
    waits_for(qtbot, panel, run.decode(mean, other)[0])
    assert checked(panel) == str(other)
    button(panel, "class_own").click()
    waits_for(qtbot, panel, run.decode(mean, label)[0])
    assert app_state.session.view.condition is None


def test_a_path_is_decoded_as_the_chosen_class(qtbot, app_state, panel, opened, trained) -> None:
    from explorer.session import Path as ForwardPass
    from explorer.session import Waypoint

    key, run = opened(trained), load_run(trained)
    asked, films = PathFilms(app_state), []
    asked.film_came.connect(lambda _, film: films.append(film.decodes))
    app_state.session.set(path=ForwardPass(key, (Waypoint((0.0, 0.0)), Waypoint((1.0, 1.0))), steps=2))
    asked.ask(0, np.linspace(0, 1, 3))
    qtbot.waitUntil(lambda: len(films) > 0)
    app_state.session.set(condition=4)
    asked.ask(0, np.linspace(0, 1, 3))
    codes = np.array([[0, 0], [0.5, 0.5], [1, 1]], np.float32)
    qtbot.waitUntil(lambda: np.allclose(films[-1], run.decode(codes, 4), 1e-4))


def test_other_models_show_no_classes(qtbot, app_state, panel, opened, runs_folder) -> None:
    key = opened(runs_folder / "vae")
    app_state.probing.probe_point(key, (0.0, 0.0))
    qtbot.waitUntil(lambda: panel.pictures.main.view.values is not None)
    assert not panel.classes.isVisible()
    app_state.session.set(condition=3)
    assert not panel.classes.isVisible()


def test_many_classes_are_a_list(qtbot, app_state, panel, opened, trained, monkeypatch) -> None:
    monkeypatch.setattr(class_section, "MAX_BUTTONS", 5)
    key, run = opened(trained), load_run(trained)
    app_state.probing.probe_point(key, (0.5, -0.5))
    waits_for(qtbot, panel, run.decode([0.5, -0.5], 0))
    choice = panel.findChild(QComboBox, "class_list")
    assert isinstance(choice, QComboBox) and choice.isVisible()
    assert panel.classes.buttons == ()
    assert choice.currentText() == "0"
    choice.activated.emit(7)
    waits_for(qtbot, panel, run.decode([0.5, -0.5], 6))
    assert choice.currentText() == "6"


def test_the_class_is_kept_with_the_session() -> None:
    session = Session()
    session.set(condition=3)
    assert Session.from_json(session.to_json()).view.condition == 3
    older = session.to_json()
    del older["view"]["condition"]
    assert Session.from_json(older).view.condition is None
