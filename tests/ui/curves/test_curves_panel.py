from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from explorer.config import DataConfig, RunConfig, TrainConfig
from explorer.data.dataset import Dataset
from explorer.jobs.runs.open_run import OpenRun, view_of
from explorer.jobs.runs.train_run import new_run
from explorer.models import catalog
from explorer.runs.history import History, Metric
from explorer.session import Pane
from explorer.ui.curves import curves_panel
from explorer.ui.curves.curves_panel import CurvesPanel
from explorer.ui.services.app_state import AppState, start_state
from explorer.ui.theme.run_mark import mark_colour
from explorer.ui.theme.theme import DARK, ThemeSource

NOT_DEFINED = "not defined: it has no posterior to compare with a prior"


def metrics(count: int, *, kl: bool, first: int = 1) -> tuple[Metric, ...]:
    made = []
    for step in range(first, first + count):
        for split, offset in (("train", 0.0), ("validation", 1.0)):
            terms = {"total": 20 + 10 / step + offset, "reconstruction": 18 + 10 / step + offset}
            if kl:
                terms["kl"] = 2.0 + offset / 10
            made.append(Metric(step, step / 2, split, terms, (0.5, 1.5) if kl and split == "train" else None))
    return tuple(made)


def run_of(folder: Path, family: str, digits: Dataset, count: int) -> OpenRun:
    model = catalog.family(family).config_type(latent_dim=2, hidden_widths=(4,))
    config = RunConfig(data=DataConfig(), model=model, train=TrainConfig(epochs=1))
    job = new_run(config, folder / f"my-{family}", dataset=digits, device="cpu")
    return replace(view_of(job.run), history=History(metrics(count, kl=family == "vae")))


@pytest.fixture
def app_state(tmp_path: Path, digits: Dataset) -> Iterator[AppState]:
    runs = [run_of(tmp_path, family, digits, 40) for family in ("ae", "vae")]
    app_state = start_state(tmp_path)
    for run in runs:
        app_state.store.open(run)
    app_state.session.set_silent(panes=tuple(Pane(key) for key in app_state.store.runs), active=1)
    yield app_state
    assert app_state.lifetime.close()


@pytest.fixture
def panel(app_state: AppState, qtbot: QtBot) -> CurvesPanel:
    panel = CurvesPanel(app_state, ThemeSource("dark"))
    qtbot.addWidget(panel)
    panel.resize(1200, 240)
    panel.show()
    return panel


def keys(app_state: AppState) -> tuple[str, str]:
    ae, vae = app_state.store.runs
    return ae, vae


def press(qtbot: QtBot, panel: CurvesPanel, name: str) -> None:
    button = panel.findChild(QToolButton, f"{name}_button")
    assert button is not None and button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def choose(panel: CurvesPanel, name: str) -> None:
    panel.findChild(QAction, f"action_{name}").trigger()


def test_lines_are_the_history(panel: CurvesPanel, app_state: AppState) -> None:
    _, vae = keys(app_state)
    history = app_state.store.runs[vae].history
    for chart, term in (("loss", "total"), ("reconstruction", "reconstruction"), ("kl", "kl")):
        for split in ("train", "validation"):
            epochs, heights = panel.chart(chart).plot.drawn(f"{vae} {split}")
            expected = history.curve(split, term)
            assert np.array_equal(epochs, expected[0])
            assert np.array_equal(heights, expected[1])
    assert panel.chart("loss").title == "Loss"
    assert [label[:2] for label in panel.chart("loss").plot.labels] == [("my-vae", "21.25"), ("my-ae", "21.25")]


def test_each_run_has_the_colour_of_its_mark_whichever_is_active(panel: CurvesPanel, app_state: AppState) -> None:
    plot = panel.chart("loss").plot
    for active in (1, 0):
        app_state.session.set_silent(active=active)
        for key in keys(app_state):
            colour = mark_colour(app_state.marks.of(key), DARK)
            assert plot.pen_of(f"{key} validation").color() == colour
            assert plot.pen_of(f"{key} train").widthF() < plot.pen_of(f"{key} validation").widthF()


def test_a_value_off_the_axis_stands_at_its_edge(panel: CurvesPanel, app_state: AppState) -> None:
    ae, _ = keys(app_state)
    plot = panel.chart("loss").plot
    diverged = [Metric(step, step / 2, "validation", {"total": 544.0}) for step in (41, 42)]
    app_state.store.set(ae, history=app_state.store.runs[ae].history.extended(diverged))
    panel.redraw()
    assert plot.values_shown[1] < 40
    (vae_label, ae_label) = plot.labels
    assert ae_label[:2] == ("my-ae", "544.0 ↑") and vae_label[:2] == ("my-vae", "21.25")
    assert 0 <= ae_label[2] < vae_label[2] < plot.height()


@pytest.mark.parametrize(("width", "height"), [(1180, 104), (544, 168), (600, 260)])
def test_labels_of_low_plots_stand_apart(panel: CurvesPanel, width: int, height: int) -> None:
    panel.set_slim(height == 104)
    panel.resize(width, height)
    panel.grab()
    for name in ("loss", "reconstruction"):
        labels = panel.chart(name).plot.labels
        assert [value for _, value, _ in labels] == ["21.25", "21.25"] or name != "loss"
        tops = sorted(top for *_, top in labels)
        assert tops[1] - tops[0] >= panel.fontMetrics().height() * 0.8


def test_a_name_that_does_not_fit_leaves_out_what_all_begin_with(panel: CurvesPanel, app_state: AppState) -> None:
    for width, names in ((900, {"my-vae", "my-ae"}), (520, {"vae", "ae"}), (380, {""})):
        panel.resize(width, 120)
        panel.grab()
        assert {name for name, *_ in panel.chart("loss").plot.labels} == names
        assert {value for _, value, _ in panel.chart("loss").plot.labels} == {"21.25"}


def test_the_horizontal_axis_is_chosen_by_a_visible_button(panel: CurvesPanel, app_state: AppState) -> None:
    _, vae = keys(app_state)
    button = panel.findChild(QToolButton, "curves_axis_button")
    assert button is not None and button.isVisible() and button.text() == "By epoch"
    plot = panel.chart("loss").plot
    for axis, text, last in (("step", "By step", 40.0), ("own", "To own end", 100.0), ("epoch", "By epoch", 20.0)):
        panel.findChild(QAction, f"action_curves_axis_{axis}").trigger()
        assert app_state.session.view.curves_axis == axis and button.text() == text
        assert plot.drawn(f"{vae} train")[0][-1] == pytest.approx(last)
    time = panel.findChild(QAction, "action_curves_axis_time")
    assert not time.isEnabled() and "earlier version" in time.toolTip()


def test_a_short_run_beside_a_long_one_fills_the_width_to_its_own_end(panel: CurvesPanel, app_state: AppState) -> None:
    ae, vae = keys(app_state)
    app_state.store.set(ae, history=History(metrics(400, kl=False)))
    app_state.session.set_silent(curves_axis="own")
    plot = panel.chart("loss").plot
    assert plot.drawn(f"{ae} train")[0][-1] == plot.drawn(f"{vae} train")[0][-1] == pytest.approx(100.0)
    assert "100 %" in panel.reading(100.0)


def test_the_tools_can_be_taken_while_the_panel_is_slim(panel: CurvesPanel, qtbot: QtBot) -> None:
    corner = QWidget()
    qtbot.addWidget(corner)
    row = QHBoxLayout(corner)
    panel.set_slim(True)
    assert not panel.frame.legend.isVisible()
    row.addWidget(panel.frame.tools)
    panel.set_slim(False)
    assert panel.frame.tools.parent() is panel.frame and panel.frame.tools.isVisible()


def test_new_metrics_move_the_same_lines(panel: CurvesPanel, app_state: AppState, qtbot: QtBot) -> None:
    _, vae = keys(app_state)
    plot = panel.chart("loss").plot
    before = set(map(id, plot.items()))
    run = app_state.store.runs[vae]
    app_state.store.set(vae, history=run.history.extended(metrics(5, kl=True, first=41)))
    qtbot.waitUntil(lambda: len(plot.drawn(f"{vae} train")[0]) == 45)
    assert set(map(id, plot.items())) == before
    qtbot.waitUntil(lambda: panel.chart("kl").plot.drawn(f"{vae} train")[0][-1] == 22.5)


def test_thousands_of_epochs_are_thinned(panel: CurvesPanel, app_state: AppState, qtbot: QtBot) -> None:
    _, vae = keys(app_state)
    app_state.store.set(vae, history=History(metrics(6000, kl=True)))
    plot = panel.chart("loss").plot
    qtbot.waitUntil(lambda: len(plot.drawn(f"{vae} train")[0]) > 40)
    epochs, heights = plot.drawn(f"{vae} train")
    assert len(epochs) <= 2000
    assert (epochs[0], epochs[-1]) == (0.5, 3000.0)
    assert heights.max() == 30.0


def test_elbo_is_minus_the_terms(panel: CurvesPanel, app_state: AppState, qtbot: QtBot) -> None:
    ae, vae = keys(app_state)
    choose(panel, "curves_elbo")
    assert app_state.session.view.curves_as_elbo
    plot = panel.chart("loss").plot
    history = app_state.store.runs[vae].history
    terms = history.curve("train", "reconstruction")[1] + history.curve("train", "kl")[1]
    assert np.array_equal(plot.drawn(f"{vae} train")[1], -terms)
    assert f"{ae} train" not in plot.keys  # an autoencoder has no bound
    assert panel.chart("loss").title == "ELBO"
    assert not panel.findChild(QAction, "action_curves_log").isEnabled()
    choose(panel, "curves_loss")
    assert np.array_equal(plot.drawn(f"{vae} train")[1], history.curve("train", "total")[1])


def test_log_scale_draws_logarithms(panel: CurvesPanel, app_state: AppState, qtbot: QtBot) -> None:
    _, vae = keys(app_state)
    press(qtbot, panel, "curves_log")
    assert app_state.session.view.curves_log
    expected = np.log10(app_state.store.runs[vae].history.curve("train", "total")[1])
    assert np.allclose(panel.chart("loss").plot.drawn(f"{vae} train")[1], expected)


def test_log_scale_says_why_it_is_off(panel: CurvesPanel, app_state: AppState) -> None:
    _, vae = keys(app_state)
    low = Metric(50, 25.0, "train", {"total": -3.0, "reconstruction": -5.0, "kl": 2.0})
    app_state.store.set(vae, history=app_state.store.runs[vae].history.extended([low]))
    app_state.session.set_silent(active=0, curves_log=True)
    action = panel.findChild(QAction, "action_curves_log")
    assert not action.isEnabled()
    assert "my-vae" in action.toolTip() and "−3.00" in action.toolTip()
    assert not panel.chart("loss").plot.log
    assert panel.chart("kl").plot.log


def test_a_nan_leaves_a_gap(panel: CurvesPanel, app_state: AppState) -> None:
    _, vae = keys(app_state)
    gap = (Metric(1, 1.0, "train", {"total": 3.0}), Metric(2, 2.0, "train", {"total": float("nan")}))
    app_state.store.set(vae, history=History(gap))
    app_state.session.set_silent(active=0)
    app_state.session.set_silent(active=1)
    assert np.isnan(panel.chart("loss").plot.drawn(f"{vae} train")[1]).tolist() == [False, True]
    assert [name for name, *_ in panel.chart("loss").plot.labels] == ["my-ae"]
    panel.grab()


def test_one_point_is_drawn(panel: CurvesPanel, app_state: AppState) -> None:
    _, vae = keys(app_state)
    app_state.store.set(vae, history=History(metrics(1, kl=True)))
    app_state.session.set_silent(panes=(Pane(vae),), active=0)
    assert [label[:2] for label in panel.chart("loss").plot.labels] == [("my-vae", "31.00")]
    image = panel.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert mark_colour(app_state.marks.of(vae), DARK).name() in colours


def test_an_autoencoder_reports_that_it_has_no_kl(panel: CurvesPanel, app_state: AppState) -> None:
    ae, vae = keys(app_state)
    app_state.session.set_silent(active=0)
    assert NOT_DEFINED in panel.chart("kl").toolTip()
    assert panel.chart("kl").plot.keys == (f"{vae} validation", f"{vae} train")
    app_state.session.set_silent(panes=(Pane(ae),), active=0)
    assert panel.chart("kl").isHidden(), "where no run has a KL, the others have its room"
    absent = [action.text() for action in panel.findChildren(QAction) if "absent" in action.objectName()]
    assert absent == ["KL: not defined, it has no posterior to compare with a prior"]
    assert panel.chart("loss").plot.notice == ""
    app_state.session.set_silent(panes=(Pane(ae), Pane(vae)), active=0)
    assert not panel.chart("kl").isHidden()
    assert not [action for action in panel.findChildren(QAction) if "absent" in action.objectName()]


def test_clear_hides_old_epochs_and_shows_new_ones(panel: CurvesPanel, app_state: AppState, qtbot: QtBot) -> None:
    _, vae = keys(app_state)
    choose(panel, "curves_clear")
    assert panel.findChild(QAction, "action_curves_show_all").isEnabled()
    run = app_state.store.runs[vae]
    app_state.store.set(vae, history=run.history.extended(metrics(3, kl=True, first=41)))
    plot = panel.chart("loss").plot
    qtbot.waitUntil(lambda: plot.keys == (f"{vae} validation", f"{vae} train"))
    assert plot.drawn(f"{vae} train")[0].tolist() == [20.5, 21.0, 21.5]
    panel.findChild(QAction, "action_curves_show_all").trigger()
    assert len(plot.drawn(f"{vae} train")[0]) == 43
    assert len(app_state.store.runs[vae].history.metrics) == 86


def test_kl_of_each_dimension(panel: CurvesPanel, app_state: AppState, qtbot: QtBot) -> None:
    choose(panel, "curves_by_dimension")
    plot = panel.chart("dimensions").plot
    assert plot.keys == ("z1", "z2")
    assert set(plot.drawn("z2")[1]) == {1.5}
    app_state.session.set_silent(curves_by_dimension=False)
    assert panel.chart("dimensions").isHidden()


def test_double_click_shows_the_whole_range(panel: CurvesPanel, app_state: AppState, qtbot: QtBot) -> None:
    plot = panel.chart("loss").plot
    tail = plot.values_shown
    assert tail[1] < 30
    qtbot.mouseDClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=plot.rect().center())
    assert plot.values_shown[1] > 31
    qtbot.mouseDClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=plot.rect().center())
    assert plot.values_shown == tail


def test_cursor_reads_every_curve(panel: CurvesPanel, app_state: AppState, qtbot: QtBot) -> None:
    plot = panel.chart("loss").plot
    qtbot.waitExposed(panel)
    x = round(plot.x_of(10.0))
    qtbot.mouseMove(plot.viewport(), QPoint(x, plot.height() // 2))
    qtbot.waitUntil(lambda: bool(QToolTip.text()))
    text = QToolTip.text()
    assert "epoch 10" in text
    for words in ("my-vae, train", "my-ae, validation", "20.50", "21.50", "18.50", "2.00"):
        assert words in text
    assert panel.reading(10.0) == text
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.isVisible())


def test_empty_states_say_what_to_do(app_state: AppState, panel: CurvesPanel) -> None:
    _, vae = keys(app_state)
    app_state.store.set(vae, history=History())
    app_state.session.set_silent(panes=(Pane(vae),), active=0)
    assert "first training step" in panel.empty_text
    app_state.session.set_silent(panes=(), active=0)
    assert "Ctrl+O" in panel.empty_text


def closed_form(folder: Path, digits: Dataset) -> OpenRun:
    config = RunConfig(data=DataConfig(), model=catalog.family("pca").config_type(), train=TrainConfig(epochs=1))
    run = view_of(new_run(config, folder / "my-pca", dataset=digits, device="cpu").run)
    found = Metric(0, 0.0, "validation", {"total": 21.5, "reconstruction": 21.5}, None)
    return replace(run, history=History((found,)))


def test_a_closed_form_alone_says_that_it_has_no_curves(
    app_state: AppState, panel: CurvesPanel, tmp_path: Path, digits: Dataset
) -> None:
    pca = closed_form(tmp_path, digits)
    app_state.store.open(pca)
    app_state.session.set_silent(panes=(Pane(pca.key),), active=0)
    assert "my-pca has no curves: it is computed in closed form" in panel.empty_text
    assert "loss 21.50, reconstruction 21.50 nats per sample" in panel.empty_text


def test_a_closed_form_beside_a_training_is_a_level_line(
    app_state: AppState, panel: CurvesPanel, tmp_path: Path, digits: Dataset
) -> None:
    pca, (ae, _) = closed_form(tmp_path, digits), keys(app_state)
    app_state.store.open(pca)
    gaussian = replace(app_state.store.runs[ae].config.model, likelihood="gaussian")
    config = replace(app_state.store.runs[ae].config, model=gaussian)
    app_state.store.set(ae, config=config)
    app_state.session.set_silent(panes=(Pane(pca.key), Pane(ae)), active=0)
    assert panel.empty_text == ""
    epochs, heights = panel.chart("reconstruction").plot.drawn(f"{pca.key} validation")
    assert epochs.tolist() == [0.0, 20.0]
    assert heights.tolist() == [21.5, 21.5]


def test_a_log_density_is_not_drawn_beside_another_loss(
    app_state: AppState, panel: CurvesPanel, tmp_path: Path, digits: Dataset
) -> None:
    pca, (ae, _) = closed_form(tmp_path, digits), keys(app_state)
    app_state.store.open(pca)
    app_state.session.set_silent(panes=(Pane(ae), Pane(pca.key)), active=0)
    assert set(panel.chart("loss").plot.keys) == {f"{ae} train", f"{ae} validation"}
    assert panel.frame.legend.names[-1] == f"{pca.name}: another likelihood, not drawn"


def test_runs_on_other_samples_are_named_and_not_drawn(app_state: AppState, panel: CurvesPanel) -> None:
    ae, vae = keys(app_state)
    app_state.store.set(ae, description=replace(app_state.store.runs[ae].description, fingerprint="other"))
    app_state.session.set_silent(panes=(Pane(vae), Pane(ae)), active=0)
    assert set(panel.chart("loss").plot.keys) == {f"{vae} train", f"{vae} validation"}
    assert panel.frame.legend.names == ("validation", "training", "my-ae: other samples, not drawn")


def test_saved_curves_open(
    panel: CurvesPanel, app_state: AppState, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.svg", "a.png", "a.csv"):
        monkeypatch.setattr(curves_panel, "ask_path", lambda *_, name=name: tmp_path / name)
        (panel.save_csv if name.endswith("csv") else panel.save_picture)()
        qtbot.waitUntil(lambda name=name: (tmp_path / name).exists())
    texts = "".join(ElementTree.parse(tmp_path / "a.svg").getroot().itertext())
    for words in ("my-vae", "Loss", "21.25", "validation", "epoch", "nats per sample"):
        assert words in texts
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.width > 2000
    assert (tmp_path / "a.csv").read_text().startswith("step,epoch,split,total_nats")


def test_themes_and_sizes(panel: CurvesPanel, app_state: AppState, themes: ThemeSource, qtbot: QtBot) -> None:
    themes.set_mode("light")
    themes.set_scale(2.0)
    panel.resize(600, 200)
    panel.grab()
    qtbot.waitUntil(lambda: panel.minimumSizeHint().width() <= 600)  # buttons that do not fit go with the next layout
