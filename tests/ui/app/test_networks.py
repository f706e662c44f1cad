"""The drawn networks: live in the form, of the followed run in the decode column, and saved."""

from pathlib import Path

from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from explorer.ui.app.main_window import MainWindow
from explorer.ui.network.network_view import DiagramView, NetworkSection
from explorer.ui.widgets.boxes import ChoiceBox


def section(window: MainWindow, name: str) -> NetworkSection:
    found = window.findChild(NetworkSection, f"{name}_section")
    assert isinstance(found, NetworkSection)
    return found


def test_the_form_draws_what_it_would_train(window: MainWindow, qtbot: QtBot) -> None:
    drawn = section(window, "form_network")
    qtbot.waitUntil(lambda: not drawn.isHidden())
    form = window.experiment.form
    form.field("model", "latent_dim").set_value(5)
    form.field("model", "hidden_widths").set_value((10,))
    size = drawn.view.texts[0].partition(" ")[0]
    assert drawn.view.texts[0].startswith(f"{size} numbers → 5 → {size}")
    dense = drawn.view.texts[1]
    form.field("model", "network").set_value("convolutional")
    assert drawn.view.texts[1] != dense
    assert drawn.brief == f"{size} → 5 → {size}"
    diagram = drawn.view.findChild(DiagramView)
    assert "weights" in diagram.accessibleDescription()
    combo = window.findChild(ChoiceBox, "model_combo")
    assert isinstance(combo, ChoiceBox)
    combo.choose("pca")
    assert drawn.isHidden(), "PCA has no networks"


def test_the_decode_column_draws_the_framed_run_and_the_button_folds_it(window: MainWindow, qtbot: QtBot) -> None:
    drawn, button = section(window, "network"), window.findChild(QToolButton, "forward_network")
    before = not drawn.isHidden()
    assert button.isChecked() == before
    button.click()
    assert drawn.isHidden() == before
    if before:
        button.click()
    assert drawn.is_open and not drawn.isHidden()
    assert drawn.view.texts[0] == "64 numbers → 2 → 64: 32 times fewer"
    button.click()
    assert drawn.isHidden(), "the choice of the user is kept"


def test_a_diagram_is_saved_as_svg(window: MainWindow, tmp_path: Path, monkeypatch, qtbot: QtBot) -> None:
    path = tmp_path / "network.svg"
    monkeypatch.setattr("explorer.ui.network.network_view.ask_path", lambda *_: path)
    drawn = section(window, "network")
    drawn.choose(True)
    drawn.view.save()
    qtbot.waitUntil(path.is_file)
    assert "<svg" in path.read_text(encoding="utf-8")
