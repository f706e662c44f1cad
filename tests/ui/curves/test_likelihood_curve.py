"""log p(x) beside the ELBO and the loss: the lines, the band of the gap, and where it is left out."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from explorer.config import DataConfig, RunConfig, TrainConfig
from explorer.data.dataset import Dataset
from explorer.export.tables import save_curves
from explorer.jobs.runs.open_run import view_of
from explorer.jobs.runs.train_run import new_run
from explorer.models import catalog
from explorer.runs.history import History, Metric
from explorer.session import Pane
from explorer.ui.curves.curves_panel import CurvesPanel
from explorer.ui.services.app_state import AppState, start_state
from explorer.ui.theme.theme import ThemeSource

GAP = 0.75


def history(weight: float = 1.0, *, with_it: bool = True) -> History:
    """Return ten epochs with log p(x) at every second one; the loss weights its KL."""
    metrics = []
    for epoch in range(11):
        for split, more in (("train", 0.0), ("validation", 1.0)):
            reconstruction, kl = 20 + 10 / (1 + epoch) + more, 3.0
            terms = {"total": reconstruction + weight * kl, "reconstruction": reconstruction, "kl": kl}
            if split == "validation" and epoch % 2 == 0 and with_it:
                terms["log_likelihood"] = -(reconstruction + kl) + GAP
            metrics.append(Metric(epoch, float(epoch), split, terms))
    return History(tuple(metrics))


@pytest.fixture
def app_state(tmp_path: Path, digits: Dataset) -> Iterator[AppState]:
    model = catalog.family("vae").config_type(latent_dim=2, hidden_widths=(4,))
    job = new_run(
        RunConfig(data=DataConfig(), model=model, train=TrainConfig(epochs=1)),
        tmp_path / "v",
        dataset=digits,
        device="cpu",
    )
    run = replace(view_of(job.run), history=history())
    app_state = start_state(tmp_path)
    app_state.store.open(run)
    app_state.session.set_silent(panes=(Pane(run.key),))
    yield app_state
    assert app_state.lifetime.close()


@pytest.fixture
def panel(app_state: AppState, qtbot: QtBot) -> CurvesPanel:
    panel = CurvesPanel(app_state, ThemeSource("dark"))
    qtbot.addWidget(panel)
    panel.resize(1200, 240)
    panel.show()
    return panel


def show(app_state: AppState, panel: CurvesPanel, found: History) -> None:
    (key,) = app_state.store.runs
    app_state.store.set(key, history=found)
    panel.redraw()


def key_of(app_state: AppState) -> str:
    (key,) = app_state.store.runs
    return f"{key} beside"


def test_it_stands_on_the_loss_as_its_negative(app_state: AppState, panel: CurvesPanel) -> None:
    plot = panel.chart("loss").plot
    epochs, heights = plot.drawn(key_of(app_state))
    assert epochs.tolist() == [0, 2, 4, 6, 8, 10]
    assert heights == pytest.approx([24 + 10 / (1 + epoch) - GAP for epoch in epochs])
    assert "−log p(x)" in panel.frame.legend.names
    assert "log_likelihood" not in panel.shown_charts()


def test_it_stands_above_the_elbo_with_the_gap_between(app_state: AppState, panel: CurvesPanel) -> None:
    app_state.session.set_silent(curves_as_elbo=True)
    plot = panel.chart("loss").plot
    _, heights = plot.drawn(key_of(app_state))
    assert heights[-1] == pytest.approx(-(24 + 10 / 11) + GAP)
    band = plot.band(key_of(app_state))
    assert band is not None
    assert band.epochs.tolist() == [0, 2, 4, 6, 8, 10, *range(10, -1, -1)]
    assert band.heights[5] - band.heights[6] == pytest.approx(GAP)
    assert plot.pen_of(key_of(app_state)).dashPattern()
    assert "log p(x)" in panel.frame.legend.names


def test_the_gap_has_a_plot_of_its_own_when_asked_for(app_state: AppState, panel: CurvesPanel) -> None:
    assert "gap" not in panel.shown_charts()
    assert "gap" in [action.data() for action in panel.frame.curves_actions.plots.actions()]
    app_state.session.set_silent(curves_shown=frozenset({"gap"}))
    (run,) = app_state.store.runs
    assert panel.chart("gap").plot.drawn(f"{run} validation")[1] == pytest.approx([GAP] * 6)


def test_the_tooltip_explains_the_dotted_line(app_state: AppState, panel: CurvesPanel) -> None:
    assert "Dotted: −log p(x) 24.16 (validation)" in panel.chart("loss").toolTip()


def test_the_cursor_reads_it(app_state: AppState, panel: CurvesPanel) -> None:
    app_state.session.set_silent(curves_as_elbo=True)
    assert "log p(x) ↑" in panel.reading(4.0)
    assert "−25.25" in panel.reading(4.0)  # of epoch 4: −26 + 0.75


def test_a_loss_that_is_not_a_bound_has_no_likelihood_curve(app_state: AppState, panel: CurvesPanel) -> None:
    """With β = 0 the loss is below −log p(x), so comparing them would be meaningless."""
    show(app_state, panel, history(weight=0.0))
    assert key_of(app_state) not in panel.chart("loss").plot.keys
    app_state.session.set_silent(curves_as_elbo=True)
    assert key_of(app_state) in panel.chart("loss").plot.keys
    show(app_state, panel, history(weight=4.0))
    app_state.session.set_silent(curves_as_elbo=False)
    assert key_of(app_state) in panel.chart("loss").plot.keys


def test_a_run_without_a_likelihood_curve_is_drawn_unchanged(app_state: AppState, panel: CurvesPanel) -> None:
    show(app_state, panel, history(with_it=False))
    plot = panel.chart("loss").plot
    assert len(plot.keys) == 2
    assert plot.band(key_of(app_state)) is None
    assert not any("log p(x)" in name for name in panel.frame.legend.names)


def test_the_band_goes_with_its_line(app_state: AppState, panel: CurvesPanel) -> None:
    plot = panel.chart("loss").plot
    assert plot.band(key_of(app_state)) is not None
    show(app_state, panel, history(with_it=False))
    assert plot.band(key_of(app_state)) is None


def test_the_table_of_curves_has_it(tmp_path: Path) -> None:
    save_curves(tmp_path / "curves.csv", history())
    head, *rows = (tmp_path / "curves.csv").read_text(encoding="utf-8").splitlines()
    assert "log_likelihood" in head
    (column,) = [index for index, name in enumerate(head.split(",")) if "log_likelihood" in name]
    assert sum(bool(row.split(",")[column]) for row in rows) == 6
