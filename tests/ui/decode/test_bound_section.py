"""THE BOUND in the decode panel: bars to scale, numbers that add up, and the explanation if there is no bound."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QLabel, QToolTip
from pytestqt.qtbot import QtBot
from window_cases import named

from explorer.config import DataConfig, RunConfig, TrainConfig
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.latent.bound.sample_bound import SampleBound
from explorer.models.catalog import family
from explorer.ui.decode.bound.bound_rows import TIPS, BoundBars, axis_of, bound_rows
from explorer.ui.decode.bound.bound_section import BoundSection
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource

MNIST_LIKE = SampleBound(0, 2, "grid", 9000, -151.2, 0.001, reconstruction=144.9, kl=6.5)
"""A reconstruction of 145 nats beside a gap of 0.2."""


@pytest.fixture
def section(qtbot: QtBot, app_state: AppState, themes: ThemeSource) -> BoundSection:
    widget = BoundSection(app_state, themes)
    qtbot.addWidget(widget)
    widget.resize(288, 200)
    return widget


@pytest.fixture
def follow(qtbot: QtBot, app_state: AppState, section: BoundSection) -> Callable[[Path, int], None]:
    def followed(path: Path, sample: int) -> None:
        key = str(path)
        if key not in app_state.store.runs:
            app_state.opener.open(path)
            qtbot.waitUntil(lambda: key in app_state.store.runs and app_state.store.runs[key].dataset is not None)
        app_state.session.set_silent(active=0)
        app_state.probing.probe_sample(key, sample)
        question = section.question
        qtbot.waitUntil(lambda: getattr(question.asked, "sample", None) == sample and not question.waits)

    return followed


def train(folder: Path, name: str, latent_dim: int) -> Path:
    model = family(name).config_type(latent_dim=latent_dim, hidden_widths=(8,))
    out = folder / f"{name}-{latent_dim}"
    for _ in run_training(
        new_run(RunConfig(data=DataConfig(), model=model, train=TrainConfig(epochs=1)), out, device="cpu")
    ):
        pass
    return out


def test_a_followed_sample_has_its_bound(
    section: BoundSection, app_state: AppState, runs_folder: Path, follow: Callable[[Path, int], None]
) -> None:
    follow(runs_folder / "vae", 7)
    assert not section.isHidden() and not section.bars.isHidden()
    rows = {row.name: float(row.value.replace("−", "-")) for row in section.bars.rows}
    assert list(rows) == ["reconstruction", "kl", "elbo", "gap", "log_likelihood"]
    assert rows["elbo"] == pytest.approx(rows["reconstruction"] + rows["kl"], abs=0.011)
    assert rows["log_likelihood"] == pytest.approx(rows["elbo"] + rows["gap"], abs=0.011)
    assert "difference from a grid half as fine" in section.words
    assert named(section, "bound_head", QLabel).text() == "THE BOUND · vae"
    follow(runs_folder / "vae", 8)
    assert float(section.bars.rows[-1].value.replace("−", "-")) != rows["log_likelihood"]
    app_state.session.set(probe=None)
    assert section.isHidden()


def test_an_autoencoder_reports_why_it_has_no_bound(
    section: BoundSection, runs_folder: Path, follow: Callable[[Path, int], None]
) -> None:
    follow(runs_folder / "ae", 7)
    assert section.bars.isHidden()
    assert section.words == "not defined: the model has no prior and defines no p(x)"


def test_a_point_has_no_bound(section: BoundSection, app_state: AppState, runs_folder: Path, qtbot: QtBot) -> None:
    app_state.opener.open(runs_folder / "vae")
    qtbot.waitUntil(lambda: str(runs_folder / "vae") in app_state.store.runs)
    app_state.probing.probe_point(str(runs_folder / "vae"), (0.3, 0.1))
    assert section.isHidden()


def test_more_dimensions_report_why_there_is_no_grid(
    section: BoundSection, tmp_path: Path, follow: Callable[[Path, int], None]
) -> None:
    follow(train(tmp_path, "vae", 3), 5)
    assert section.words.startswith(
        "A grid of 200 points per axis needs 200^3 = 8.0e+06 decodes, so p(x) is intractable. By 4,096 "
        "importance samples instead: sampling error ±"
    )
    assert len(section.bars.rows) == 5


def test_a_point_posterior_has_log_p_alone(
    section: BoundSection, tmp_path: Path, follow: Callable[[Path, int], None]
) -> None:
    follow(train(tmp_path, "adversarial-ae", 2), 5)
    assert [row.name for row in section.bars.rows] == ["log_likelihood"]
    assert "No ELBO: the encoder returns a point" in section.words


def test_the_bound_of_a_replay_frame_is_computed_once_scrubbing_rests(
    section: BoundSection, app_state: AppState, runs_folder: Path, follow: Callable[[Path, int], None], qtbot: QtBot
) -> None:
    follow(runs_folder / "vae", 7)
    key = str(runs_folder / "vae")
    before = section.question.asked
    for epoch in (2.0, 1.0, None):  # whatever the share of the time says
        app_state.store.set(key, shown_epoch=epoch, weights=app_state.store.runs[key].weights + 1)
        assert section.question.rests and section.question.asked is before
    qtbot.waitUntil(lambda: section.question.asked is not before and not section.question.waits)


def bars(qtbot: QtBot, bound: SampleBound, width: int = 288) -> BoundBars:
    widget = BoundBars(ThemeSource("light"))
    qtbot.addWidget(widget)
    widget.set_rows(bound_rows(bound))
    widget.resize(width, widget.height())
    return widget


def test_a_small_gap_is_visible_beside_a_large_reconstruction(qtbot: QtBot) -> None:
    """The axis is broken; beyond the break, KL and gap are to one scale."""
    drawn = bars(qtbot, MNIST_LIKE)
    assert drawn.axis.broken
    kl, gap = drawn.bar_of(1), drawn.bar_of(3)
    assert gap.width() >= 2
    assert kl.width() / gap.width() == pytest.approx(6.5 / 0.2, rel=0.02)
    assert kl.right() == pytest.approx(gap.right())
    assert drawn.bar_of(4).right() == pytest.approx(gap.left())
    assert kl.width() > 60


def test_bars_meet_where_the_numbers_do(qtbot: QtBot) -> None:
    drawn = bars(qtbot, replace(MNIST_LIKE, reconstruction=3.0, kl=3.0, log_likelihood=-4.5))
    assert not drawn.axis.broken
    assert drawn.bar_of(0).width() / drawn.bar_of(1).width() == pytest.approx(1)
    assert drawn.bar_of(3).width() / drawn.bar_of(1).width() == pytest.approx(1.5 / 3)
    assert drawn.bar_of(0).right() == pytest.approx(drawn.bar_of(1).left())


def test_a_density_above_one_is_drawn_from_the_other_side(qtbot: QtBot) -> None:
    """With a small σ, log p(x|z) is positive: costs lie left of 0."""
    drawn = bars(qtbot, replace(MNIST_LIKE, reconstruction=-900.0, kl=5.0, log_likelihood=896.0))
    assert drawn.axis.broken and not drawn.axis.origin_at_left
    assert drawn.bar_of(0).right() == pytest.approx(drawn.bar_of(2).right())
    assert drawn.bar_of(1).left() == pytest.approx(drawn.bar_of(0).left())
    assert drawn.rows[0].value == "900.00"


@pytest.mark.parametrize("log_likelihood", [-151.4, -151.39999, -151.5, float("-1e6")])
def test_any_numbers_keep_the_bars_within(qtbot: QtBot, log_likelihood: float) -> None:
    drawn = bars(qtbot, replace(MNIST_LIKE, log_likelihood=log_likelihood))
    for row, each in enumerate(drawn.rows):
        for part in range(len(each.bars)):
            bar = drawn.bar_of(row, part)
            assert 0 <= bar.left() <= bar.right() <= drawn.width()
    drawn.grab()


def test_an_empty_axis_is_one_nat_wide() -> None:
    assert (axis_of(()).low, axis_of(()).high) == (-0.12, 1.12)


def test_each_row_says_what_it_is(qtbot: QtBot) -> None:
    drawn = bars(qtbot, MNIST_LIKE)
    drawn.show()
    point = QPoint(10, round(drawn.height() * 0.7))
    QApplication.sendEvent(drawn, QHelpEvent(QEvent.Type.ToolTip, point, drawn.mapToGlobal(point)))
    assert QToolTip.text() == TIPS["gap"]
    QToolTip.hideText()
    assert "log p(x) −151.20" in drawn.accessibleDescription()
