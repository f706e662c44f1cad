"""The bound as a formula: its numbers are those of the bars, symbols light things, and calculations stay open."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from explorer.config import DataConfig, RunConfig, TrainConfig
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.latent.bound.derivation import bound_numbers, closed_form
from explorer.models.catalog import family
from explorer.rendering.bound_formula import DECODE, LINES, POSTERIOR, PRIOR, REAL, TERMS, TRUE_POSTERIOR
from explorer.rendering.typeset import typeset
from explorer.ui.decode.bound.bound_formula_view import BoundFormula, PlacedTerm
from explorer.ui.decode.panel.decode_panel import DecodePanel
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource


@pytest.fixture
def panel(qtbot: QtBot, app_state: AppState, themes: ThemeSource) -> DecodePanel:
    panel = DecodePanel(app_state, themes)
    qtbot.addWidget(panel)
    panel.resize(328, 1400)
    panel.show()
    return panel


@pytest.fixture
def follow(qtbot: QtBot, app_state: AppState, panel: DecodePanel) -> Callable[[Path, int], None]:
    """Follow a sample, and wait for its bound, its forward pass and the typeset formulas."""

    def followed(path: Path, sample: int) -> None:
        key = str(path)
        app_state.opener.open(path)
        qtbot.waitUntil(lambda: key in app_state.store.runs and app_state.store.runs[key].dataset is not None)
        app_state.probing.probe_sample(key, sample)
        qtbot.waitUntil(lambda: panel.bound.bounds.of(key) is not None)
        qtbot.waitUntil(lambda: panel.controller.decoded.of(key) is not None)

    return followed


def typeset_terms(qtbot: QtBot, panel: DecodePanel) -> None:
    qtbot.waitUntil(lambda: len(panel.frame.formula.view.placed) == len(TERMS))


def test_the_values_are_those_of_the_bars_and_every_line_is_worked_out(qtbot, panel, follow, runs_folder) -> None:
    follow(runs_folder / "vae", 11)
    typeset_terms(qtbot, panel)
    formula = panel.frame.formula
    assert formula.isVisible()
    values = {term.key: formula.view.value(term) for term in TERMS}
    rows = {row.name: row.value for row in panel.bound.bars.rows}
    assert values["log_likelihood"] == rows["log_likelihood"]
    assert values["expected_likelihood"] == rows["reconstruction"]
    numbers = bound_numbers(panel.bound.bounds.of(str(runs_folder / "vae")))
    assert [line[1] for line in formula.steps.lines][-1] == f"{values['log_likelihood']} ≥ {rows['elbo']}"
    assert len(formula.steps.lines) == 5
    kls = [float(line[1].rpartition("= ")[2].replace("−", "-")) for line in formula.kl_lines.lines if "½" in line[1]]
    assert sum(kls) == pytest.approx(numbers.kl, abs=1e-9)
    assert [line[0] for line in formula.kl_lines.lines[1:]] == ["z₁", "z₂"]


def placed_gap(view: BoundFormula) -> PlacedTerm:
    return next(placed for placed in view.placed if placed.term.key == "gap")


def point_at(view: BoundFormula, at: QPointF) -> None:
    """Move the mouse onto a point; to be called again until it counts, as terms move when numbers arrive."""
    QTest.mouseMove(view, QPoint(1, view.height() - 1))
    QTest.mouseMove(view, at.toPoint())


def test_a_symbol_lights_its_thing_and_between_symbols_the_term_lights_all(
    qtbot, app_state, panel, follow, runs_folder
) -> None:
    key = str(runs_folder / "vae")
    follow(runs_folder / "vae", 11)
    typeset_terms(qtbot, panel)
    view = panel.frame.formula.view
    is_lit = (key, frozenset({TRUE_POSTERIOR}))

    def lit_under_the_mouse() -> bool:
        gap = placed_gap(view)
        symbol = next(piece for piece in gap.formula.pieces if piece.token.key == TRUE_POSTERIOR)
        at = gap.at + QPointF((symbol.left + symbol.right) / 2, gap.formula.height / 2)
        point_at(view, at)
        return app_state.probing.lit == is_lit

    qtbot.waitUntil(lit_under_the_mouse)
    gap = placed_gap(view)
    under = QPointF(gap.box.center().x(), gap.box.bottom() - 6)
    assert view.things_at(under) == frozenset({POSTERIOR, TRUE_POSTERIOR})
    things = frozenset().union(*(term.things for term in TERMS))
    assert things == {REAL, DECODE, POSTERIOR, PRIOR, TRUE_POSTERIOR}
    # What is lit elsewhere is framed and marked here.
    app_state.probing.light(key, frozenset({DECODE}))
    assert panel.pictures.main.view.grab() != panel.pictures.real.view.grab()
    app_state.probing.light("", frozenset())


def test_a_calculation_that_is_opened_stays_open(qtbot, panel, follow, runs_folder) -> None:
    follow(runs_folder / "vae", 11)
    panel.resize(328, 560)
    formula = panel.frame.formula
    qtbot.waitUntil(lambda: not formula.is_open)
    QTest.mouseClick(formula.button, Qt.MouseButton.LeftButton)
    QTest.mouseClick(formula.derive.button, Qt.MouseButton.LeftButton)
    QTest.qWait(50)
    assert formula.is_open and formula.derive.is_open and formula.steps.isVisible()


def test_the_kl_is_worked_out_from_the_bound_of_the_sample_shown(app_state, panel, follow, runs_folder) -> None:
    key, formula, shown = str(runs_folder / "vae"), panel.frame.formula, []
    for sample in (11, 12):
        follow(runs_folder / "vae", sample)
        bound = panel.bound.bounds.of(key)
        numbers = bound_numbers(bound)
        assert bound.sample == sample
        log_variance = np.log(bound.q_covariance.diagonal())
        lines = closed_form(bound.q_mean, log_variance, numbers.digits, total=numbers.kl)
        shown.append([line[1] for line in formula.kl_lines.lines[1:]])
        assert shown[-1] == [line.text(numbers.digits) for line in lines]
        assert formula.closed.brief == f"KL = {numbers.text(numbers.kl)} nats"
    assert shown[0] != shown[1]
    app_state.probing.probe_sample(key, 13)
    assert formula.isVisible() and formula.kl_lines.lines == ()
    assert {fold.brief for fold in (formula, formula.closed, formula.derive)} == {"…"}


def test_a_formula_that_is_hidden_lights_nothing(qtbot, app_state, panel, follow, runs_folder) -> None:
    follow(runs_folder / "vae", 11)
    typeset_terms(qtbot, panel)
    formula = panel.frame.formula

    def lit_under_the_mouse() -> bool:
        point_at(formula.view, placed_gap(formula.view).box.center())
        return bool(app_state.probing.lit[1])

    qtbot.waitUntil(lit_under_the_mouse)
    formula.choose(False)
    assert app_state.probing.lit == ("", frozenset())


def test_without_an_elbo_there_is_no_formula(qtbot, panel, follow, runs_folder) -> None:
    follow(runs_folder / "ae", 11)
    qtbot.waitUntil(lambda: not panel.frame.formula.isVisible())


@pytest.mark.parametrize("name", ["mixture-vae", "vae"])
def test_a_kl_without_a_closed_form_says_why(qtbot, panel, follow, tmp_path, name) -> None:
    more = {"components": 3} if name == "mixture-vae" else {"covariance": "full"}
    model = family(name).config_type(hidden_widths=(8,), **more)
    config = RunConfig(data=DataConfig(source="digits"), model=model, train=TrainConfig(epochs=1, threads=1))
    for _ in run_training(new_run(config, tmp_path / name, device="cpu")):
        pass
    follow(tmp_path / name, 3)
    why = "mixture" if name == "mixture-vae" else "full covariance"
    qtbot.waitUntil(lambda: any(why in line[0] for line in panel.frame.formula.kl_lines.lines))


def test_all_formulas_fit_a_narrow_column() -> None:
    from explorer.ui.decode.bound.bound_formula_view import fitting_size

    for tokens in LINES.values():
        size = fitting_size([[tokens]], 0.0, 280, 1.0)
        assert size >= 10 and typeset(tokens, size).width <= 281


def test_tokens_stand_side_by_side_on_one_baseline() -> None:
    formula = typeset(TERMS[3].tokens, 20)
    ends = [(piece.left, piece.right) for piece in formula.pieces]
    assert all(a[1] == pytest.approx(b[0]) for a, b in pairwise(ends))
    assert formula.width == pytest.approx(ends[-1][1])
    twice = typeset(TERMS[3].tokens, 40)
    assert twice.width == pytest.approx(2 * formula.width) and twice.height == pytest.approx(2 * formula.height)
    for piece in formula.pieces:
        assert (piece.points[:, 1] >= -0.5).all() and (piece.points[:, 1] <= formula.height + 0.5).all()
