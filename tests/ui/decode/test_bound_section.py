"""The bound in the decode column: bars to scale, numbers that add up, and the explanation if there is no bound."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent, QPainter
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot
from scipy.stats import entropy as scipy_entropy

from explorer.config import DataConfig, RunConfig, TrainConfig
from explorer.glossary import glossary
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.latent.bound.sample_bound import SampleBound
from explorer.models.catalog import family
from explorer.ui.decode.bound.bound_bars import BoundBars
from explorer.ui.decode.bound.bound_rows import (
    EXPECTATION,
    RECONSTRUCTION,
    TIPS,
    BoundRow,
    axis_of,
    bound_rows,
)
from explorer.ui.decode.bound.bound_section import BoundSection, cross_entropy_text
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.why_mark import WhyMark

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
        question = section.bounds.questions.of(key)
        qtbot.waitUntil(lambda: getattr(question.asked, "sample", None) == sample and not question.waits)

    return followed


def number_in(words: str) -> float:
    return float(words.split()[-1].replace("−", "-"))


def numbers(rows: Sequence[BoundRow]) -> dict[str, float]:
    return {row.name: number_in(row.value) for row in rows}


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
    rows = numbers(section.bars.rows)
    assert list(rows) == ["reconstruction", "elbo", "log_likelihood"]
    assert rows["elbo"] == pytest.approx(rows["reconstruction"] - number_in(section.bars.rows[1].bars[1].words))
    assert rows["log_likelihood"] == pytest.approx(rows["elbo"] + number_in(section.bars.rows[2].bars[1].words))
    assert section.words == "" and "difference from a grid half as fine" in section.button.toolTip()
    assert section.button.text() == "The bound: log p(x) ≥ ELBO"
    assert section.brief.endswith(f"{section.bars.rows[1].value} nats")
    follow(runs_folder / "vae", 8)
    assert float(section.bars.rows[-1].value.replace("−", "-")) != rows["log_likelihood"]
    app_state.session.set(probe=None)
    assert section.isHidden()
    key = str(runs_folder / "vae")
    app_state.store.set(key, weights=app_state.store.runs[key].weights + 1)
    assert section.bounds.behind(key) is None, "a bound that was forgotten is not behind"


def test_an_autoencoder_reports_why_it_has_no_bound(
    section: BoundSection, runs_folder: Path, follow: Callable[[Path, int], None]
) -> None:
    follow(runs_folder / "ae", 7)
    assert section.bars.isHidden()
    assert section.words == "Not defined: the model has no prior and defines no p(x)"
    assert section.brief == "not defined"


def test_a_point_has_no_bound(section: BoundSection, app_state: AppState, runs_folder: Path, qtbot: QtBot) -> None:
    app_state.opener.open(runs_folder / "vae")
    qtbot.waitUntil(lambda: str(runs_folder / "vae") in app_state.store.runs)
    app_state.probing.probe_point(str(runs_folder / "vae"), (0.3, 0.1))
    assert section.isHidden()


def test_more_dimensions_report_why_there_is_no_grid(
    section: BoundSection, tmp_path: Path, follow: Callable[[Path, int], None]
) -> None:
    follow(train(tmp_path, "vae", 3), 5)
    assert re.match(r"log p\(x\) by [\d,]+ importance samples, sampling error ±", section.words)
    assert "needs 200^3 = 8.0e+06 decodes, so p(x) is intractable" in section.button.toolTip()
    assert len(section.bars.rows) == 3


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
    question = section.bounds.questions.of(key)
    before = question.asked
    for epoch in (2.0, 1.0, None):  # whatever the share of the time says
        app_state.store.set(key, shown_epoch=epoch, weights=app_state.store.runs[key].weights + 1)
        assert question.rests and question.asked is before
    qtbot.waitUntil(lambda: question.asked is not before and not question.waits)


def bars(qtbot: QtBot, bound: SampleBound, width: int = 288) -> BoundBars:
    widget = BoundBars(ThemeSource("light"))
    qtbot.addWidget(widget)
    widget.set_rows(bound_rows(bound))
    widget.resize(width, widget.height())
    return widget


def test_a_small_gap_is_visible_beside_a_large_reconstruction(qtbot: QtBot) -> None:
    """Beyond the cut, KL and gap are to one scale."""
    drawn = bars(qtbot, MNIST_LIKE)
    kl, gap = drawn.bar_of(1, 1), drawn.bar_of(2, 1)
    assert gap.width() >= 2
    assert kl.width() / gap.width() == pytest.approx(6.5 / 0.2, rel=0.02)
    assert kl.width() > 60


def test_more_likely_is_to_the_right(qtbot: QtBot) -> None:
    """log p(x) is longer than the ELBO by the gap; the dashed KL is what the ELBO lacks of E log p(x|z)."""
    drawn = bars(qtbot, replace(MNIST_LIKE, reconstruction=3.0, kl=3.0, log_likelihood=-4.5))
    expected, elbo, kl, gap = drawn.bar_of(0), drawn.bar_of(1), drawn.bar_of(1, 1), drawn.bar_of(2, 1)
    assert drawn.rows[1].bars[1].dashed
    assert elbo.right() == pytest.approx(kl.left()) and kl.right() == pytest.approx(expected.right())
    assert gap.left() == pytest.approx(elbo.right()) and gap.width() / kl.width() == pytest.approx(1.5 / 3)


def test_a_density_above_one_has_positive_numbers_on_the_same_axis(qtbot: QtBot) -> None:
    """With a small σ, log p(x|z) is positive."""
    drawn = bars(qtbot, replace(MNIST_LIKE, reconstruction=-900.0, kl=5.0, log_likelihood=896.0))
    assert drawn.bar_of(0).left() == pytest.approx(drawn.bar_of(2).left())
    assert drawn.bar_of(1, 1).right() == pytest.approx(drawn.bar_of(0).right())
    assert drawn.rows[0].value == "900.0"


def test_shown_numbers_add_up_where_rounding_alone_would_not(qtbot: QtBot) -> None:
    rows = bound_rows(replace(MNIST_LIKE, reconstruction=136.24, kl=5.64, log_likelihood=-141.24))
    assert [row.value for row in rows] == ["−136.2", "−141.8", "−141.2"]
    assert (rows[1].bars[1].words, rows[2].bars[1].words) == ("KL 5.6", "gap 0.6")
    assert "−141.8800 nats" in rows[1].tip


def test_a_tiny_gap_is_seen_to_be_positive(qtbot: QtBot) -> None:
    rows = bound_rows(replace(MNIST_LIKE, reconstruction=20.0, kl=2.0, log_likelihood=-21.9996))
    assert rows[2].bars[1].words == "gap 0.0004"


@pytest.mark.parametrize("width", [0.05, 0.3, 7.0, 60.0, 4e4])
def test_ticks_are_round_and_few(qtbot: QtBot, width: float) -> None:
    axis = axis_of(bound_rows(replace(MNIST_LIKE, reconstruction=140.0, kl=width, log_likelihood=-140.0 - width / 2)))
    steps = np.diff(axis.ticks)
    assert 2 <= len(axis.ticks) <= 6 and steps == pytest.approx(steps[0])
    assert axis.low == pytest.approx(axis.ticks[0]) and axis.ticks[-1] <= axis.high
    assert len({len(text.partition(".")[2]) for text in axis.tick_texts}) == 1
    shown = [float(text.replace("−", "-")) for text in axis.tick_texts]
    assert shown == pytest.approx(axis.ticks)


@pytest.mark.parametrize("log_likelihood", [-151.4, -151.39999, -151.5, float("-1e6")])
def test_any_numbers_keep_the_bars_within(qtbot: QtBot, log_likelihood: float) -> None:
    drawn = bars(qtbot, replace(MNIST_LIKE, log_likelihood=log_likelihood))
    for row, each in enumerate(drawn.rows):
        for part in range(len(each.bars)):
            bar = drawn.bar_of(row, part)
            assert -1 <= bar.left() <= bar.right() <= drawn.width()
    drawn.grab()


def test_each_row_says_what_it_is(qtbot: QtBot) -> None:
    drawn = bars(qtbot, MNIST_LIKE)
    drawn.show()
    point = QPoint(10, round(drawn.height() * 0.6))
    QApplication.sendEvent(drawn, QHelpEvent(QEvent.Type.ToolTip, point, drawn.mapToGlobal(point)))
    assert QToolTip.text().startswith(TIPS["log_likelihood"])
    QToolTip.hideText()
    assert "log p(x) −151.2" in drawn.accessibleDescription()


def test_the_reconstruction_of_grey_pixels_is_a_cross_entropy(
    section: BoundSection, app_state: AppState, runs_folder: Path, follow: Callable[[Path, int], None]
) -> None:
    follow(runs_folder / "vae", 7)
    why = section.findChild(WhyMark, "why_bound_reconstruction")
    assert isinstance(why, WhyMark) and why.term == "bernoulli" and why.fact is not None
    found = section.bounds.of(str(runs_folder / "vae"))
    assert isinstance(found, SampleBound) and found.reconstruction is not None and found.data_entropy is not None
    dataset = app_state.store.runs[str(runs_folder / "vae")].dataset
    assert dataset is not None
    x = dataset.model_inputs(np.array([7])).ravel().astype(float)
    assert found.data_entropy == pytest.approx(float(scipy_entropy(np.stack([x, 1 - x])).sum()), abs=1e-4)
    shown = section.bars.rows[0].value.removeprefix("−")
    assert why.fact().startswith(f"Reconstruction {shown} = entropy of the sample ")
    assert glossary()["bernoulli"].see_it == "page pixel"


def test_the_split_of_the_reconstruction_adds_up_and_needs_a_bernoulli() -> None:
    bound = replace(MNIST_LIKE, data_entropy=60.04)
    assert cross_entropy_text(bound) == "Reconstruction 144.9 = entropy of the sample 60.0 + KL 84.9 nats."
    assert cross_entropy_text(replace(bound, data_entropy=None)) == ""
    assert cross_entropy_text(replace(bound, reconstruction=None)) == ""


@pytest.mark.parametrize("gap", [0.05, 0.27, 3.0])
@pytest.mark.parametrize("kl", [0.05, 0.13, 3.0])
def test_the_first_row_always_has_a_name(qtbot, themes, monkeypatch, gap: float, kl: float) -> None:
    bound = replace(MNIST_LIKE, log_likelihood=-43.58 - kl + gap, reconstruction=43.58, kl=kl)
    bars = BoundBars(themes)
    qtbot.addWidget(bars)
    bars.set_rows(bound_rows(bound))
    texts: list[str] = []
    for width in (278, 288, 340):
        bars.resize(width, bars.sizeHint().height())
        texts.clear()
        with monkeypatch.context() as patched:
            patched.setattr(QPainter, "drawText", lambda painter, box, flags, text: texts.append(text))
            bars.grab()
        assert set(texts) & {RECONSTRUCTION, EXPECTATION}
