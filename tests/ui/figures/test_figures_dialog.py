"""All figures of a run, in the window."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QTableWidget, QToolButton
from pytestqt.qtbot import QtBot

from explorer.api import load_run, train_new_run
from explorer.latent.evaluation.catalog import BY_NAME, FIGURES
from explorer.latent.evaluation.figure_text import figure_text, number_text
from explorer.session import Pane
from explorer.ui.figures.figures_dialog import FiguresDialog
from explorer.ui.plane.pane.pane import PlanePane
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource


@pytest.fixture
def shown(qtbot: QtBot, app_state: AppState, themes: ThemeSource, runs_folder: Path) -> Callable[[str], FiguresDialog]:
    def show(name: str) -> FiguresDialog:
        path = runs_folder / name
        app_state.opener.open(path)
        qtbot.waitUntil(
            lambda: str(path) in app_state.store.runs and app_state.store.runs[str(path)].dataset is not None
        )
        dialog = FiguresDialog(app_state, themes, str(path))
        qtbot.addWidget(dialog)
        dialog.show()
        qtbot.waitUntil(lambda: len(dialog.texts) > 0)
        return dialog

    return show


def test_bound_gap_and_log_p_stand_together(shown, runs_folder) -> None:
    texts = shown("vae").texts
    figures = load_run(runs_folder / "vae").evaluate()
    assert list(texts)[:3] == ["elbo", "gap", "log_likelihood"]
    for name in ("elbo", "gap", "log_likelihood"):
        assert texts[name] == figure_text(BY_NAME[name], figures)
    for over in ("over samples", "over draws"):
        assert over in texts["gap"]


def test_every_figure_is_there_with_its_definition(shown) -> None:
    dialog = shown("vae")
    assert {figure.name for figure in FIGURES} == set(dialog.texts)
    for figure in FIGURES:
        label = dialog.findChild(QLabel, f"figure_{figure.name}")
        assert label.toolTip() == figure.definition


def test_errors_show_beside_their_figures_in_the_same_unit(shown, runs_folder) -> None:
    dialog, figures = shown("vae"), load_run(runs_folder / "vae").evaluate()
    assert dialog.texts["hull_holes"] == (
        f"{100 * figures.hull_holes:.1f} % of the hull's area, ± {number_text(100 * figures.hull_holes_error)} % "
        "over samples"
    )
    assert f", ± {number_text(figures.silhouette_error)} over samples" in dialog.texts["silhouette"]
    assert f"holes among {figures.hole_codes} codes" in dialog.findChild(QLabel, "figures_head").text()
    assert "±" not in shown("ae").texts["prior_holes"]


def test_what_is_not_defined_says_why(shown) -> None:
    texts = shown("ae").texts
    for name in ("elbo", "gap", "log_likelihood", "kl"):
        assert texts[name].startswith("not defined: ")
    assert "point" in texts["kl"]


def test_restoration_is_measured_under_the_runs_corruption(shown, tmp_path) -> None:
    settings = {"corruption": "gaussian", "corruption_level": 0.4, "epochs": 1, "threads": 1, "hidden_widths": (8,)}
    run = train_new_run(out=tmp_path / "denoising", model="ae", data="digits", device="cpu", **settings)
    texts, figures = shown(str(tmp_path / "denoising")).texts, run.evaluate()
    for name in ("psnr_corrupted", "psnr_restored"):
        assert texts[name] == figure_text(BY_NAME[name], figures)


def test_the_head_names_run_weights_and_split(shown) -> None:
    dialog = shown("vae")
    head = dialog.findChild(QLabel, "figures_head").text()
    assert head.startswith("vae, Variational autoencoder. Weights: final and best, step 24, epoch 2.0. ")
    assert "Measured on 180 samples of the test split" in head
    assert "log p(x)" in head


def test_a_click_on_a_title_shows_its_definition(shown) -> None:
    dialog = shown("vae")
    title = dialog.findChild(QToolButton, "definition_overlap")
    title.click()
    popup = title.findChild(QMenu, "definition")
    text = popup.findChild(QLabel).text()
    definition = BY_NAME["overlap"].definition
    assert definition in text and "lower is better" in text and "over samples" in text
    popup.close()


def test_the_overlap_by_pairs_is_a_table_with_the_largest_pair_in_words(shown, runs_folder) -> None:
    dialog = shown("vae")
    matrix = load_run(runs_folder / "vae").evaluate().overlap_matrix
    table = dialog.findChild(QTableWidget, "overlap_matrix")
    assert (table.rowCount(), table.columnCount()) == (10, 10)
    shares = np.array(matrix)
    assert table.item(3, 3).toolTip() == f"{100 * shares[3, 3]:.1f} % of the samples of “3” lie among their own class"
    np.fill_diagonal(shares, 0)
    one, other = np.unravel_index(shares.argmax(), shares.shape)
    words = dialog.findChild(QLabel, "overlap_words").text()
    share = f"{round(100 * shares.max())} %"
    assert words.startswith(f"Largest overlap: {share} of the samples of “{one}” lie among “{other}”")


def test_figures_are_copied_and_saved(shown, app_state, tmp_path, monkeypatch, qtbot) -> None:
    dialog = shown("vae")
    dialog.findChild(QPushButton, "figures_copy").click()
    text = QGuiApplication.clipboard().text()
    assert "| ELBO ↑ |" in text and "| of ↓ lie among → |" in text
    monkeypatch.setattr("explorer.ui.figures.figures_dialog.ask_path", lambda *_: tmp_path / "figures.csv")
    with qtbot.waitSignal(app_state.tasks.saved):
        dialog.findChild(QPushButton, "figures_save").click()
    with (tmp_path / "figures.csv").open(encoding="utf-8") as file:
        rows = {row["figure"]: row for row in csv.DictReader(file)}
    kept = app_state.figures.of(str(app_state.store.runs[next(iter(app_state.store.runs))].path)).figures
    assert float(rows["elbo"]["vae"]) == kept.elbo and float(rows["elbo"]["error"]) == kept.elbo_error
    assert float(rows["overlap of 1 among 2"]["vae"]) == kept.overlap_matrix[1][2]


def test_it_closes_with_its_run(qtbot, app_state, shown) -> None:
    dialog = shown("vae")
    with qtbot.waitSignal(dialog.finished):
        app_state.panes.close(0)


@pytest.mark.parametrize(("value", "text"), [(-20.834, "−20.83"), (0.1472, "0.15"), (0.005841, "0.0058"), (0.0, "0")])
def test_numbers_by_two_decimals_or_digits(value: float, text: str) -> None:
    assert number_text(value) == text


def test_the_menu_of_a_pane_opens_it(qtbot, app_state, themes, runs_folder) -> None:
    path = runs_folder / "vae"
    app_state.opener.open(path)
    qtbot.waitUntil(lambda: str(path) in app_state.store.runs and app_state.store.runs[str(path)].dataset is not None)
    pane = PlanePane(app_state, themes, Pane(str(path)))
    qtbot.addWidget(pane)
    pane.header.menu.aboutToShow.emit()
    (action,) = [action for action in pane.header.menu.actions() if action.data() == "figures"]
    action.trigger()
    dialog = pane.findChild(FiguresDialog)
    qtbot.waitUntil(lambda: "elbo" in dialog.texts)
    dialog.close()
