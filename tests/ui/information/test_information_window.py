"""The Information window: dragging, typing, locks, undo, examples, units, and what each page shows."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QToolButton

from explorer.latent.information.discrete import BITS, NATS
from explorer.latent.information.gaussian import Normal
from explorer.latent.information.presets import BY_NAME, PRESETS
from explorer.ui.information.information_window import InformationWindow
from explorer.ui.information.outcome_parts import TableHead
from explorer.ui.information.outcome_table import probability_of
from explorer.ui.why.why_mark import WhyMark, cards_of
from explorer.ui.widgets.settings import settings


@pytest.fixture
def window(qtbot, app_state, themes):
    found = InformationWindow(app_state, themes)
    qtbot.addWidget(found)
    found.resize(1000, 700)
    found.show()
    yield found
    found.close()


def text_of(window, name):
    label = window.findChild(QLabel, name)
    assert label is not None, name
    return label.text()


def press(window, name):
    button = window.findChild(QPushButton, name) or window.findChild(QToolButton, name)
    assert button is not None, name
    button.click()


def type_into(window, name, text):
    field = window.findChild(QLineEdit, name)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)
    return field


def drag(widget, start, end):
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=QPointF(start).toPoint())
    QTest.mouseMove(widget, (QPointF(start) + (QPointF(end) - QPointF(start)) / 2).toPoint())
    QTest.mouseMove(widget, QPointF(end).toPoint())
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=QPointF(end).toPoint())


def outcomes(window):
    return window.model.state.outcomes


def test_it_opens_with_the_ratings_in_nats(window):
    assert len(window.bars.rows) == 5 and window.bars.rows[0].name.text() == "Outstanding"
    assert "0.459" in text_of(window, "information_kl")
    assert "A rating surprises you by" in text_of(window, "information_sentence")
    assert "0.540" in text_of(window, "information_both")
    shown = [row.weighted.texts for row in window.bars.rows]
    assert shown[2] == ("0.346", "0.805")
    assert window.bars.rows[0].cost.text == "−0.090" and window.bars.rows[2].cost.text == "+0.459"


def test_a_drag_keeps_the_sum_at_one_and_is_one_step_of_undo(window):
    bar = window.bars.rows[1].bars[1]
    before = outcomes(window)
    drag(bar, QPoint(4, 7), QPoint(bar.width() // 4, 7))
    after = outcomes(window)
    assert after.q[1] != before.q[1] and sum(after.q) == pytest.approx(1, abs=1e-12) and after.p == before.p
    # The others keep their ratios.
    assert after.q[0] / after.q[2] == pytest.approx(before.q[0] / before.q[2])
    window.model.undo()
    assert outcomes(window) == before and not window.model.can_undo
    window.model.redo()
    assert outcomes(window) == after


def test_arrow_keys_move_a_probability(window):
    bar = window.bars.rows[0].bars[0]
    QTest.keyClick(bar, Qt.Key.Key_Right)
    assert outcomes(window).p[0] == pytest.approx(0.06)
    QTest.keyClick(bar, Qt.Key.Key_End)
    assert outcomes(window).p == pytest.approx((1, 0, 0, 0, 0))
    QTest.keyClick(bar, Qt.Key.Key_PageDown)
    # What is free again is shared equally.
    assert outcomes(window).p == pytest.approx((0.9, 0.025, 0.025, 0.025, 0.025))


def test_typed_probabilities_and_locks(window):
    press(window, "outcome_lock_1")
    type_into(window, "outcome_q_2", "50 %")
    q = outcomes(window).q
    assert q[0] == pytest.approx(0.3) and q[1] == pytest.approx(0.5) and sum(q) == pytest.approx(1)
    field = type_into(window, "outcome_q_2", "much")
    assert field.property("invalid") and outcomes(window).q == q
    type_into(window, "outcome_q_2", "0.1")
    assert not field.property("invalid") and outcomes(window).q[1] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.2", 0.2),
        (" 20 % ", 0.2),
        ("0,2", 0.2),
        ("1", 1.0),
        ("-0.1", None),
        ("1.1", None),
        ("x", None),
        ("nan", None),
    ],
)
def test_probabilities_as_they_are_typed(text, value):
    assert probability_of(text) == value


def test_names_outcomes_and_their_number(window):
    type_into(window, "outcome_name_1", "Superb")
    assert outcomes(window).names[0] == "Superb"
    for _ in range(7):
        press(window, "outcome_add")
    assert len(outcomes(window).names) == 10 and len(window.bars.rows) == 10
    assert not window.findChild(QToolButton, "outcome_add").isEnabled()
    for _ in range(9):
        press(window, "outcome_remove")
    assert len(outcomes(window).names) == 2
    assert sum(outcomes(window).p) == pytest.approx(1) and sum(outcomes(window).q) == pytest.approx(1)
    assert not window.findChild(QToolButton, "outcome_remove").isEnabled()


def test_swap_and_equal(window):
    before = outcomes(window)
    press(window, "information_swap")
    assert (outcomes(window).p, outcomes(window).q) == (before.q, before.p)
    assert "0.540" in text_of(window, "information_kl")
    press(window, "information_equal")
    assert outcomes(window).q == outcomes(window).p and "0.000" in text_of(window, "information_kl")
    assert "Q equals P" in text_of(window, "information_sentence")


def test_the_search_never_finds_a_negative_kl(window, qtbot):
    before = outcomes(window)
    press(window, "information_negative")
    button = window.findChild(QPushButton, "information_negative")
    qtbot.waitUntil(lambda: button.text() == "Find a negative KL")
    assert 0 <= outcomes(window).comparison.kl < 1e-6
    assert text_of(window, "information_lowest") == "lowest so far 0.000 nats"
    window.model.undo()  # the whole search is one step
    assert outcomes(window) == before


@pytest.mark.parametrize("change", ("preset", "swap", "add", "undo", "page"))
def test_another_change_ends_the_search(window, qtbot, change):
    press(window, "information_swap")
    press(window, "information_negative")
    qtbot.waitUntil(lambda: window.model.is_dragging)
    if change == "preset":
        window.show_preset("heights")
    elif change == "undo":
        window.model.undo()
    elif change == "page":
        window.model.turn_to("densities")
    else:
        press(window, {"swap": "information_swap", "add": "outcome_add"}[change])
    after = outcomes(window)
    qtbot.wait(120)
    assert outcomes(window) == after and not window.model.is_dragging
    button = window.findChild(QPushButton, "information_negative")
    assert button.text() == "Find a negative KL"


def test_undo_is_announced_where_only_the_page_differs(window, qtbot):
    window.show_preset("prior")
    window.model.turn_to("bars")
    with qtbot.waitSignal(window.model.changed):
        window.model.undo()
    assert not window.model.can_undo


def test_the_wheel_over_a_bar_is_left_to_the_page(window):
    bar, before = window.bars.rows[1].bars[1], outcomes(window)
    at = QPointF(20, 7)
    event = QWheelEvent(
        at, bar.mapToGlobal(at), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(bar, event)
    assert not event.isAccepted() and outcomes(window) == before
    # A screen reader sets the value of the slider.
    bar.setValue(4000)
    assert outcomes(window).q[1] == pytest.approx(0.4)


def test_a_q_far_from_the_prior_is_within_the_plot(window):
    window.model.turn_to("gaussian")
    window.model.set(replace(window.model.state, q=Normal(4.6, 0.1)))
    plot = window.gaussian.closed_form.plot
    assert all(0 < at.x() < plot.width() for at in plot.handles().values())
    assert "μ = 4.60" in plot.accessibleDescription()


def test_events_are_drawn_and_forgotten(window):
    press(window, "information_draw")
    assert "1.869" in text_of(window, "information_drawn") and window.model.state.drawn == 100
    press(window, "information_draw")
    assert "200 events" in text_of(window, "information_drawn")
    press(window, "information_clear")
    assert window.model.state.drawn == 0


def test_the_unit_is_that_of_the_program_and_is_remembered(window, app_state):
    press(window, "information_bits")
    assert app_state.units.unit == BITS and "0.662" in text_of(window, "information_kl")
    assert settings().value("view/unit") == "bits"
    app_state.units.set_unit(NATS)
    assert "0.459" in text_of(window, "information_kl")


def test_every_example_without_a_run_is_shown(window):
    for preset in PRESETS:
        if not preset.needs_run:
            window.show_preset(preset.name)
            assert window.model.state.page == preset.page and window.model.state.preset == preset.name


def test_certain_labels_separate_events_and_impossible_outcomes(window):
    window.show_preset("cow-and-duck")
    assert "0.458" in text_of(window, "information_kl") and "Mean of 2" in {
        w.text() for w in window.findChildren(QLabel)
    }
    window.show_preset("surprises")
    assert window.bars.rows[1].information.texts == ("2.303",) and window.bars.rows[1].cost.text == ""
    window.show_preset("impossible")
    assert "∞" in text_of(window, "information_kl")
    assert "No finite number measures that surprise" in text_of(window, "information_sentence")


def test_examples_that_need_a_run_say_what_to_do(window):
    reasons = window.run_presets.reasons()
    assert set(reasons) == {preset.name for preset in PRESETS if preset.needs_run}
    assert all(reasons.values())
    before = window.model.state
    window.show_preset("posterior")
    assert window.model.state == before


def test_examples_follow_the_sample(window, app_state, runs_folder, qtbot):
    key = str(runs_folder / "vae")
    app_state.opener.open(runs_folder / "vae")
    qtbot.waitUntil(lambda: key in app_state.store.runs and app_state.store.runs[key].dataset is not None)
    app_state.probing.probe_sample(key, 3)
    qtbot.waitUntil(lambda: not any(window.run_presets.reasons().values()))
    window.show_preset("posterior")
    assert window.model.state.page == "gaussian" and window.model.state.q_of == " of sample 3"
    window.show_preset("pixel")
    assert outcomes(window).noun == "pixel" and sum(outcomes(window).p) == pytest.approx(1)
    window.show_preset("aggregate")
    assert window.model.state.pair.quantity.startswith("z")


def test_densities_are_dragged(window):
    window.show_preset("overlap")
    plot = window.densities.plot
    handle = plot.handles()[1, "mean"]
    drag(plot, handle, handle + QPointF(60, 0))
    pair, before = window.model.state.pair, BY_NAME["overlap"].densities
    assert pair.q.mean > before.q.mean and pair.q.sigma == before.q.sigma and pair.p == before.p
    # The handle of p is on its left side, so that it never covers that of q.
    handle = plot.handles()[0, "sigma"]
    drag(plot, handle, handle - QPointF(40, 0))
    assert window.model.state.pair.p.sigma > before.p.sigma
    QTest.keyClick(plot, Qt.Key.Key_Up)
    assert window.model.state.pair.q.sigma > pair.q.sigma


def test_the_gaussian_page_shows_four_terms_that_add_up(window, qtbot):
    window.show_preset("prior")
    assert "1.120" in text_of(window, "information_gaussian_kl")
    page = window.gaussian
    assert page.closed_form.waterfall.accessibleDescription().startswith("mean +0.720: q is off-centre")
    qtbot.waitUntil(lambda: page.example.found is not None)
    assert "9.15" in text_of(window, "information_example")
    assert "0.46" in text_of(window, "information_forward_kl") and "0.51" in text_of(window, "information_reverse_kl")


def test_sigma_shrinks_to_zero_and_back_by_undo(window, qtbot):
    window.show_preset("prior")
    closed = window.gaussian.closed_form
    closed.play.click()
    qtbot.waitUntil(lambda: closed.play.text() == "Play σ → 0" and window.model.state.q.sigma <= 0.00101)
    assert window.model.state.q.mean == 1.2
    window.model.undo()
    assert window.model.state.q.sigma == 0.45
    QTest.keyClick(closed.plot, Qt.Key.Key_Left)
    assert window.model.state.q.mean == pytest.approx(1.13)


def test_hovering_a_term_lights_it_in_formula_and_waterfall(window):
    window.show_preset("prior")
    closed = window.gaussian.closed_form
    piece = next(one for one in closed.formula.formula.pieces if one.token.key == "mean")
    QTest.mouseMove(closed.formula, QPoint(int((piece.left + piece.right) / 2), 8))
    closed.formula.hovered.emit("mean")
    assert closed.formula.lit == "mean"


def test_escape_closes_and_the_geometry_is_remembered(window, qtbot, app_state, themes):
    window.resize(window.width(), 540)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isVisible()
    again = InformationWindow(app_state, themes)
    qtbot.addWidget(again)
    assert again.height() == window.height() == 540
    again.close()


def test_another_text_size_makes_new_pages(window, themes):
    window.show_preset("prior")
    themes.set_scale(1.3)
    assert window.model.state.page == "gaussian" and window.pages.count() == 3
    themes.set_scale(1.0)
    assert np.isfinite(window.gaussian.closed_form.formula.formula.width)


def test_a_mark_of_the_table_answers_below_the_head_in_the_words_of_the_glossary(window, themes):
    mark = window.findChild(WhyMark, "why_information_cost")
    mark.click()
    card = cards_of(window, themes).card
    assert card is not None and card.isVisible() and "never negative" in card.term.question
    head, first = window.findChild(TableHead), window.bars.rows[0]
    top = card.mapTo(window, QPoint(0, 0)).y()
    assert head.mapTo(window, QPoint(0, head.height())).y() <= top < first.mapTo(window, QPoint(0, 0)).y()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    # Esc closes the card first, and the window only after that.
    assert cards_of(window, themes).card is None and window.isVisible()


def test_columns_without_values_have_no_mark(window):
    window.show_preset("surprises")
    visible = {mark.objectName() for mark in window.findChildren(WhyMark) if mark.isVisible()}
    assert visible == {"why_information_information"}
