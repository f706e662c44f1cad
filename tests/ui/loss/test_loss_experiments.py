"""Experiments on the loss in the window: their dialogs, all runs trained at once, the panel, the titles, the curve."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QDialog, QLabel, QLineEdit, QTextBrowser, QTreeWidget
from pytestqt.qtbot import QtBot

from explorer.config import MODEL_CONFIGS, DataConfig, RunConfig, TrainConfig
from explorer.config import replace as changed
from explorer.jobs.experiments.loss_experiment import ablation, ladder
from explorer.jobs.experiments.loss_findings import RatePoint
from explorer.jobs.experiments.loss_report import COLUMNS
from explorer.jobs.experiments.run_experiment import ExperimentFolder, jobs_of, load_data
from explorer.jobs.runs.open_run import open_for_viewing
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.latent.information.discrete import NATS
from explorer.runs.run_directory import open_run
from explorer.runs.run_group import RunGroup
from explorer.ui.comparison.comparison_table import comparison_in_view
from explorer.ui.curves.curves_in_view import CurvesInView
from explorer.ui.curves.legend import brief_names, run_names
from explorer.ui.loss import loss_panel
from explorer.ui.loss.experiment_dialog import AblationDialog, LadderDialog
from explorer.ui.loss.loss_panel import LossPanel
from explorer.ui.loss.rate_plot import RatePlot
from explorer.ui.plane.pane.pane_lines import LossTitle
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import DARK, ThemeSource

WAIT = 30_000
CONFIG = RunConfig(
    model=MODEL_CONFIGS["vae"](hidden_widths=(8,)),
    train=TrainConfig(epochs=1, batch_size=256, threads=1, fraction=0.2),
)


@pytest.fixture
def panel(app_state: AppState, themes: ThemeSource, qtbot: QtBot) -> LossPanel:
    app_state.figures._rest.setInterval(0)  # no hand to wait for
    panel = LossPanel(app_state, themes)
    qtbot.addWidget(panel)
    panel.resize(700, 240)
    panel.show()
    return panel


def names_of_panes(app_state: AppState) -> list[str]:
    return [Path(pane.run).name for pane in app_state.session.view.panes]


def measured(panel: LossPanel) -> bool:
    return panel.watch.report is not None and panel.watch.report.measured and not panel.watch.training


# Dialogs


def rows_of(dialog: AblationDialog | LadderDialog, name: str) -> list[tuple[str, str, bool]]:
    tree = dialog.findChild(QTreeWidget, f"{name}_runs")
    assert tree is not None
    rows = [tree.topLevelItem(row) for row in range(tree.topLevelItemCount())]
    return [(row.text(0), row.text(2), row.checkState(0) == Qt.CheckState.Checked) for row in rows if row is not None]


def note_of(dialog: AblationDialog | LadderDialog, name: str) -> str:
    label = dialog.findChild(QLabel, f"{name}_note")
    assert label is not None
    return label.text()


def can_train(dialog: AblationDialog | LadderDialog, name: str) -> bool:
    button = dialog.findChild(QAbstractButton, f"{name}_train")
    assert button is not None
    return button.isEnabled()


def test_the_ablation_lists_what_it_would_train(app_state: AppState, qtbot: QtBot) -> None:
    (app_state.folders.folder / "digits-ablation-both").mkdir()
    dialog = AblationDialog(app_state, CONFIG)
    qtbot.addWidget(dialog)
    assert rows_of(dialog, "ablation") == [
        ("only KL", "digits-ablation-2-only-kl", True),
        ("only reconstruction", "digits-ablation-2-only-reconstruction", True),
        ("both", "digits-ablation-2-both", True),
        ("plain autoencoder", "digits-ablation-2-autoencoder", True),
    ]
    assert "4 runs of 1 epochs" in note_of(dialog, "ablation") and can_train(dialog, "ablation")
    plain = dialog.findChild(QCheckBox, "ablation_autoencoder")
    assert plain is not None
    plain.setChecked(False)
    assert len(rows_of(dialog, "ablation")) == 3
    again = AblationDialog(app_state, CONFIG)
    qtbot.addWidget(again)
    assert len(rows_of(again, "ablation")) == 3, "the choice is remembered"


def test_a_model_without_two_terms_is_refused_with_what_to_choose(app_state: AppState, qtbot: QtBot) -> None:
    dialog = AblationDialog(app_state, RunConfig(model=MODEL_CONFIGS["ae"]()))
    qtbot.addWidget(dialog)
    assert "choose one of vae" in note_of(dialog, "ablation") and not can_train(dialog, "ablation")
    assert rows_of(dialog, "ablation") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [("1, two", "'two' is not a number"), ("1", "2 to 24"), ("1,1", "listed twice"), ("1,-2", "beta"), ("", "2 to 24")],
)
def test_a_bad_list_of_beta_is_said_at_once(text: str, message: str, app_state: AppState, qtbot: QtBot) -> None:
    dialog = LadderDialog(app_state, CONFIG)
    qtbot.addWidget(dialog)
    field = dialog.findChild(QLineEdit, "ladder_betas")
    assert field is not None
    field.setText(text)
    field.textEdited.emit(text)
    assert message in note_of(dialog, "ladder") and not can_train(dialog, "ladder")
    field.setText("0, 8")
    field.textEdited.emit("0, 8")
    assert [title for title, _, _ in rows_of(dialog, "ladder")] == ["β = 0", "β = 8"] and can_train(dialog, "ladder")


def test_no_more_runs_get_a_pane_than_there_are_panes(app_state: AppState, qtbot: QtBot) -> None:
    dialog = LadderDialog(app_state, CONFIG)
    qtbot.addWidget(dialog)
    assert [shown for _, _, shown in rows_of(dialog, "ladder")] == [True, True, False, True, True]
    tree = dialog.findChild(QTreeWidget, "ladder_runs")
    row = None if tree is None else tree.topLevelItem(2)
    assert row is not None
    row.setCheckState(0, Qt.CheckState.Checked)
    assert [shown for _, _, shown in rows_of(dialog, "ladder")] == [False, True, True, True, True]


@pytest.mark.parametrize(("stem", "message"), [("a/b", "cannot contain any of"), ("x" * 99, "at most 100")])
def test_a_bad_name_is_said_at_once(stem: str, message: str, app_state: AppState, qtbot: QtBot) -> None:
    dialog = LadderDialog(app_state, CONFIG)
    qtbot.addWidget(dialog)
    field = dialog.findChild(QLineEdit, "ladder_stem")
    assert field is not None
    field.setText(stem)
    field.textEdited.emit(stem)
    assert message in note_of(dialog, "ladder") and not can_train(dialog, "ladder")


# Training


def test_an_ablation_is_trained_shown_and_described(
    app_state: AppState, panel: LossPanel, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app_state.opener.open(app_state.folders.folder / "ae")
    qtbot.waitUntil(lambda: len(app_state.store.runs) == 1, timeout=WAIT)
    assert panel.offered == "" and "Loss ablation…" in panel.words
    app_state.groups.train(ablation(CONFIG), "try", ["only-kl", "only-reconstruction", "both"])
    qtbot.waitUntil(lambda: measured(panel), timeout=WAIT)
    assert names_of_panes(app_state) == ["try-only-kl", "try-only-reconstruction", "try-both"]
    assert app_state.session.view.linked and Path(app_state.session.view.active_run or "").name == "try-both"
    assert sorted(Path(key).name for key in app_state.store.runs) == sorted(names_of_panes(app_state)), (
        "the run before is closed"
    )
    assert app_state.session.undo_name == "train try"
    assert panel.offered == "Loss ablation" and panel.curve.isHidden()
    shown = CurvesInView(app_state).runs
    assert run_names(shown) == brief_names(shown) == ("both", "only KL", "only reconstruction")
    assert comparison_in_view(app_state).runs == ("only KL", "only reconstruction", "both")
    assert list(comparison_in_view(app_state, by_title=False).runs) == names_of_panes(app_state)
    report = panel.watch.report
    assert report is not None and all(line.split(": ", 1)[1][:40] in panel.words for line in report.sentences())
    assert "the same initial weights, bit for bit" in panel.words
    groups = {open_run(finding.path).group for finding in report.findings}
    assert len({group.identity for group in groups if group is not None}) == 1 and None not in groups
    (both,) = (finding for finding in report.findings if finding.group.member == "both")
    list(run_training(new_run(both.config, tmp_path / "headless", device="cpu")))
    ours, theirs = (open_run(path).load_model()[0].state_dict() for path in (both.path, tmp_path / "headless"))
    assert all(bool((ours[name] == theirs[name]).all()) for name in theirs), "taking turns changes no weight"
    for kind in ("md", "json", "csv"):
        path = tmp_path / f"report.{kind}"
        monkeypatch.setattr(loss_panel, "ask_path", lambda *_, path=path: path)
        with qtbot.waitSignal(app_state.tasks.saved, timeout=WAIT):
            panel.save_report()
    assert json.loads((tmp_path / "report.json").read_text()) == report.to_json()
    assert (tmp_path / "report.md").read_text() == report.to_markdown()
    heads, *rows = (tmp_path / "report.csv").read_text().splitlines()
    assert heads.endswith(",".join(COLUMNS)) and [row.split(",")[0] for row in rows] == [
        "only KL",
        "only reconstruction",
        "both",
    ]


def test_a_ladder_of_more_runs_than_panes_has_all_of_them_in_the_curves(
    app_state: AppState, panel: LossPanel, qtbot: QtBot
) -> None:
    experiment = ladder(CONFIG, (0.1, 0.5, 1, 2, 4))
    app_state.groups.train(experiment, "steps", ["beta-0.1", "beta-1"])
    qtbot.waitUntil(lambda: measured(panel), timeout=WAIT)
    assert names_of_panes(app_state) == ["steps-beta-0.1", "steps-beta-1"]
    assert len(app_state.store.runs) == 5 and len(CurvesInView(app_state).runs) == 5
    assert [point.beta for point in panel.curve.points] == [0.1, 0.5, 1, 2, 4]
    assert panel.offered == "β ladder" and panel.curve.isVisible()
    panel.curve.chosen.emit(panel.curve.points[4].path)
    assert names_of_panes(app_state)[-1] == "steps-beta-4"
    panel.show_runs()
    assert names_of_panes(app_state) == ["steps-beta-0.1", "steps-beta-0.5", "steps-beta-2", "steps-beta-4"]
    assert len(app_state.store.runs) == 5, "the curves of the whole ladder stay"
    for _ in range(4):
        app_state.panes.close(0)
    assert app_state.store.runs == {}, "a ladder that no pane shows is closed whole"


def test_the_report_opens_in_a_window_and_follows(
    app_state: AppState, panel: LossPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    app_state.groups.train(ladder(CONFIG, (1, 2)), "read", ["beta-1"])
    qtbot.waitUntil(lambda: panel.watch.report is not None, timeout=WAIT)
    button = panel.findChild(QAbstractButton, "loss_enlarge")
    assert button is not None
    button.click()
    dialog = panel.window().findChild(QDialog, "loss_report_dialog")
    assert dialog is not None and dialog.isVisible() and dialog.windowTitle() == "β ladder"
    text = dialog.findChild(QTextBrowser, "loss_report_text")
    assert text is not None
    qtbot.waitUntil(lambda: measured(panel), timeout=WAIT)
    assert text.toPlainText() == panel.words
    panel.resize(700, 60)
    report = panel.findChild(QTextBrowser, "loss_words")
    assert report is not None and not report.isVisible(), "no line of it would fit"
    dialog.close()


def test_runs_are_made_all_or_none(app_state: AppState, panel: LossPanel, qtbot: QtBot) -> None:
    (app_state.folders.folder / "x-both").mkdir()
    notices: list[str] = []
    app_state.messages.notified.connect(notices.append)
    app_state.groups.train(ablation(CONFIG), "x", ["both"])
    qtbot.waitUntil(lambda: bool(notices), timeout=WAIT)
    assert "already exists" in notices[0]
    assert not (app_state.folders.folder / "x-only-kl").exists() and not app_state.session.view.panes


def test_stopped_runs_are_said_to_be_so_and_go_on(app_state: AppState, panel: LossPanel, qtbot: QtBot) -> None:
    app_state.trainings.pace = "step"
    app_state.groups.train(ladder(CONFIG, (1, 2)), "slow", ["beta-1", "beta-2"])
    qtbot.waitUntil(lambda: len(panel.watch.training) == 2, timeout=WAIT)
    panel.stop_all()
    go_on = panel.findChild(QAbstractButton, "loss_resume")
    qtbot.waitUntil(lambda: len(panel.watch.unfinished) == 2 and not go_on.isHidden(), timeout=WAIT)
    app_state.trainings.pace = "full"
    panel.resume()
    qtbot.waitUntil(lambda: measured(panel) and not panel.watch.unfinished, timeout=WAIT)
    assert names_of_panes(app_state) == ["slow-beta-1", "slow-beta-2"]


def test_runs_without_their_data_say_why_they_have_no_figures(
    app_state: AppState, panel: LossPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    samples = tmp_path / "mine.npz"
    np.savez(samples, samples=np.random.default_rng(0).random((60, 5)).astype(np.float32))
    config = replace(CONFIG, data=DataConfig(source=str(samples)))
    target, dataset = ExperimentFolder(app_state.folders.folder, "gone"), load_data(ladder(config))
    for _, job in jobs_of(ladder(config, (1, 2)), target, dataset, device="cpu"):
        assert job is not None
        list(run_training(job))
    samples.unlink()
    app_state.opener.open(app_state.folders.folder / "gone-beta-1")
    state = panel.findChild(QLabel, "loss_state")
    qtbot.waitUntil(lambda: "mine.npz does not exist" in state.text(), timeout=WAIT)
    assert state.text().startswith("2 of 2 without figures") and len(panel.curve.points) == 2
    assert "validation split" in panel.words


def test_a_folder_of_an_experiment_opens_as_a_whole(app_state: AppState, panel: LossPanel, qtbot: QtBot) -> None:
    app_state.groups.train(ladder(CONFIG, (1, 2)), "two", ["beta-1"])
    qtbot.waitUntil(lambda: measured(panel), timeout=WAIT)
    app_state.panes.close(0)
    assert not app_state.store.runs and panel.watch.report is None
    app_state.opener.open_group(app_state.folders.folder)
    qtbot.waitUntil(lambda: measured(panel) and len(app_state.store.runs) == 2, timeout=WAIT)
    assert names_of_panes(app_state) == ["two-beta-1", "two-beta-2"], (
        "figures are kept, so that nothing is measured again"
    )
    assert app_state.session.undo_name == "show the runs of an experiment"
    app_state.session.undo()
    assert names_of_panes(app_state) == []


# Titles


@pytest.mark.parametrize(
    ("settings", "group", "text"),
    [
        ({}, None, ""),
        ({"beta": 0}, None, "<b>only reconstruction</b>  −log p(x|z) + <s>KL</s>"),
        ({"reconstruction_weight": 0}, None, "<b>only KL</b>  <s>−log p(x|z)</s> + KL"),
        ({"beta": 0, "reconstruction_weight": 0}, None, "<b>no loss</b>  <s>−log p(x|z)</s> + <s>KL</s>"),
        ({}, RunGroup("a", "ablation", "both", 2, 3), "Loss:  −log p(x|z) + KL"),
        ({"beta": 2}, RunGroup("a", "ladder", "beta-2", 0, 2), "Loss:  −log p(x|z) + 2·KL"),
    ],
)
def test_a_pane_names_kept_terms_and_strikes_out_the_others(
    settings: dict[str, Any], group: RunGroup | None, text: str, app_state: AppState, qtbot: QtBot
) -> None:
    run = open_for_viewing(app_state.folders.folder / "vae").run
    run = replace(run, config=replace(run.config, model=changed(run.config.model, **settings)), group=group)
    title = LossTitle()
    qtbot.addWidget(title)
    title.show_run(run, NATS)
    shown = title.text().replace("&nbsp;", " ")
    assert shown == text and title.isHidden() == (not text)
    title.show_run(None, NATS)
    assert title.isHidden()


# The curve


def point(beta: float, rate: float, distortion: float, *, training: bool = False) -> RatePoint:
    return RatePoint(Path(f"beta-{beta:g}"), f"β = {beta:g}", beta, rate, distortion, 3, 10, training)


@pytest.fixture
def plot(qtbot: QtBot) -> RatePlot:
    plot = RatePlot()
    qtbot.addWidget(plot)
    plot.resize(400, 260)
    plot.apply_theme(DARK, 1.0)
    plot.show()
    return plot


def test_the_curve_has_a_point_for_each_run_and_names_it(plot: RatePlot, qtbot: QtBot) -> None:
    points = (point(0.1, 12, 130), point(1, 6, 137, training=True), point(4, 3, 150))
    plot.show_points("validation", points)
    qtbot.waitExposed(plot)
    plot.grab()  # lays the axes out
    for one in points:
        assert plot.point_at(plot.position_of(one)) is one
    assert plot.point_at(QPointF(5, 5)) is None
    assert plot.words(points[1]) == (
        "β = 1: KL 6.00, reconstruction 137.0, ELBO −143.0 nats per sample "
        "(validation split; in training, 3 of 10 epochs)"
    )
    with qtbot.waitSignal(plot.chosen) as received:
        qtbot.mousePress(plot.viewport(), Qt.MouseButton.LeftButton, pos=plot.position_of(points[2]).toPoint())
    assert received.args == [Path("beta-4")]


@pytest.mark.parametrize("points", [(point(1, 6, 137),), (point(1, 0, 206), point(2, 0, 206))])
def test_a_curve_of_one_point_has_a_range(plot: RatePlot, points: tuple[RatePoint, ...]) -> None:
    plot.show_points("test", points)
    (left, right), (low, high) = plot._box.viewRange()
    assert left < points[0].rate < right and low < points[0].distortion < high and right - left >= 0.5


def test_a_curve_without_points_says_why(plot: RatePlot) -> None:
    plot.show_points("validation", (), "not yet")
    assert plot.accessibleDescription() == "not yet" and plot._notice.isVisible()
