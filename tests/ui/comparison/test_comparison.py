"""The comparison of the runs in view: table, words, definitions, files."""

import csv
import json
from dataclasses import replace

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton
from typer.testing import CliRunner
from window_cases import named

from explorer.cli import app
from explorer.jobs.runs.kept_figures import measure_and_keep
from explorer.latent.evaluation.catalog import FIGURES
from explorer.latent.steps import at_once
from explorer.ui.comparison.comparison_dialog import DEFINITION, EMPTY, ComparisonDialog
from explorer.ui.comparison.comparison_table import STAR, comparison_in_view
from explorer.ui.status.sentences import SentenceBar


@pytest.fixture
def paths(runs_folder):
    found = [runs_folder / name for name in ("ae", "vae")]
    for path in found:
        at_once(measure_and_keep(path, importance_samples=0))
    return found


@pytest.fixture
def opened(qtbot, app_state, paths):
    for path in paths:
        app_state.opener.open(path)
    qtbot.waitUntil(
        lambda: len(app_state.store.runs) == 2 and all(run.dataset for run in app_state.store.runs.values())
    )
    return [str(path) for path in paths]


@pytest.fixture
def dialog(qtbot, app_state, themes, opened):
    found = ComparisonDialog(app_state, themes)
    qtbot.addWidget(found)
    found.show()
    yield found
    found.close()


def rows(dialog):
    table = dialog.table
    return {
        line.name: [table.item(row, column).text() for column in range(1, table.columnCount())]
        for row in range(table.rowCount())
        if (line := table.line_at(row)) is not None
    }


def row_of(dialog, name):
    table = dialog.table
    return next(row for row in range(table.rowCount()) if (line := table.line_at(row)) and line.name == name)


def test_runs_are_columns_and_figures_are_those_of_the_command_line(dialog, paths):
    assert dialog.table.horizontalHeaderItem(1).text() == "ae\nAutoencoder"
    result = CliRunner().invoke(app, ["compare", *map(str, paths), "--json", "--importance-samples", "0"])
    printed = json.loads(result.stdout)
    for line in dialog.comparison.lines:
        if line.kind == "figure":
            assert [cell.value for cell in line.cells] == printed["figures"][line.name]["values"]
    for path, column in ((paths[0], 0), (paths[1], 1)):
        figures = json.loads(
            CliRunner().invoke(app, ["evaluate", str(path), "--json", "--importance-samples", "0"]).stdout
        )
        assert all(
            line.cells[column].value == figures[line.name] for line in dialog.comparison.lines if line.kind == "figure"
        )
    assert dialog.findChild(QLabel, "comparison_words").text() == "\n".join(printed["words"])


def test_settings_that_differ_are_shown_and_all_on_request(dialog):
    assert "model.family" in rows(dialog) and "train.epochs" not in rows(dialog)
    box = dialog.findChild(QCheckBox, "comparison_all")
    box.click()
    assert rows(dialog)["train.epochs"] == ["2", "2"]
    item = dialog.table.item(row_of(dialog, "model.family"), 1)
    plain = dialog.table.item(row_of(dialog, "train.epochs"), 1)
    assert item.background().color() != plain.background().color()
    box.click()
    assert "train.epochs" not in rows(dialog)


def test_better_values_are_marked_between_runs_that_compare_alone(app_state, dialog, opened, qtbot):
    stars = [name for name, cells in rows(dialog).items() if any(text.startswith(STAR) for text in cells)]
    wanted = [line.name for line in dialog.comparison.lines if any(cell.better for cell in line.cells)]
    assert stars == wanted != []
    run = app_state.store.runs[opened[1]]
    app_state.store.set(opened[1], description=replace(run.description, fingerprint="other"))
    qtbot.waitUntil(lambda: "cannot be compared: " in dialog.findChild(QLabel, "comparison_words").text())
    assert not any(text.startswith(STAR) for cells in rows(dialog).values() for text in cells)
    assert "differ in data" in dialog.findChild(QLabel, "comparison_rule").text()


def test_the_tooltip_has_the_difference_and_the_error_that_decides(dialog):
    row = row_of(dialog, "mse")
    _, cell = dialog.table.line_at(row).cells
    verdict = "counts" if cell.difference.counts else "does not count"
    tip = dialog.table.item(row, 2).toolTip()
    assert tip.endswith(f"vae − ae: {cell.difference_text}, which {verdict} at the level of 5 %")
    assert tip.startswith("Better than another run") == cell.better
    assert "−" not in dialog.table.item(row, 1).toolTip()


def test_what_is_not_defined_says_why(dialog):
    assert rows(dialog)["kl"][0] == "not defined: the encoder returns a point, not a distribution"
    assert rows(dialog)["log_likelihood"][1] == "not asked for"


def test_units_stand_beside_the_titles_and_never_in_the_cells(dialog):
    units = {figure.name: figure.unit for figure in FIGURES}
    for row in range(dialog.table.rowCount()):
        line = dialog.table.line_at(row)
        if line is not None and line.kind == "figure" and units[line.name] and not units[line.name].startswith("share"):
            assert units[line.name] in dialog.table.item(row, 0).text()
    assert not any("nats" in cell or "per sample" in cell for cell in rows(dialog)["reconstruction"])


def test_a_click_on_a_line_shows_its_definition(dialog):
    definition = dialog.findChild(QLabel, "comparison_definition")
    assert definition.text() == DEFINITION
    dialog.table.setCurrentCell(row_of(dialog, "extent"), 0)
    assert next(figure.definition for figure in FIGURES if figure.name == "extent") in definition.text()
    dialog.table.setCurrentCell(row_of(dialog, "model.beta"), 0)
    assert "Weight of the KL" in definition.text()


def test_it_follows_the_runs_in_view(qtbot, app_state, dialog):
    app_state.panes.close(0)
    qtbot.waitUntil(lambda: dialog.table.columnCount() == 2)
    assert "Only one run is open" in dialog.findChild(QLabel, "comparison_words").text()
    app_state.panes.close(0)
    qtbot.waitUntil(lambda: dialog.findChild(QLabel, "comparison_words").text() == EMPTY)
    assert not dialog.table.isVisible() and not dialog.findChild(QPushButton, "comparison_copy").isEnabled()


def test_the_likelihood_is_measured_on_request(qtbot, app_state, dialog, opened, monkeypatch):
    monkeypatch.setattr("explorer.ui.comparison.comparison_dialog.DRAWS", 4)
    button = dialog.findChild(QPushButton, "comparison_measure")
    assert button.isVisible()
    button.click()
    assert not button.isEnabled()
    qtbot.waitUntil(lambda: " ± " in rows(dialog)["log_likelihood"][1])
    qtbot.waitUntil(lambda: not button.isVisible())
    assert app_state.figures.of(opened[1]).figures.importance_samples == 4


def test_the_table_is_copied_and_saved(qtbot, app_state, dialog, tmp_path, monkeypatch):
    dialog.findChild(QPushButton, "comparison_copy").click()
    assert "| **Autoencoder** |" in QGuiApplication.clipboard().text()
    for name in ("t.csv", "t.md"):
        monkeypatch.setattr("explorer.ui.comparison.comparison_table.ask_path", lambda *_, name=name: tmp_path / name)
        with qtbot.waitSignal(app_state.tasks.saved):
            dialog.findChild(QPushButton, "comparison_save").click()
    with (tmp_path / "t.csv").open(encoding="utf-8") as file:
        found = {row["name"]: row for row in csv.DictReader(file)}
    assert float(found["mse"]["vae"]) == comparison_in_view(app_state).to_json()["figures"]["mse"]["values"][1]
    assert "| squared error" in (tmp_path / "t.md").read_text(encoding="utf-8")


def test_the_status_line_says_which_run_is_better(qtbot, app_state, themes, opened):
    line = SentenceBar(app_state, themes)
    qtbot.addWidget(line)
    line.show()
    app_state.figures.changed.emit(opened[0])
    qtbot.waitUntil(lambda: line.words != "")
    claim = comparison_in_view(app_state).in_short
    assert claim is not None and line.words == claim.text and "separate" in line.words
    line.want(False)
    assert line.words == "" and not SentenceBar(app_state, themes, line).wanted
    line.want(True)
    with qtbot.waitSignal(line.table_wanted):
        named(line, "differences_table", QPushButton).click()
    app_state.panes.close(0)
    qtbot.waitUntil(lambda: line.words == "")
    assert not named(line, "differences_table", QPushButton).isVisible()
