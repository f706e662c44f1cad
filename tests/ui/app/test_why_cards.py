"""The why-cards of the window: where they open, how they close, and what *See it* shows."""

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from explorer.glossary import glossary
from explorer.jobs.overlays.catalog import overlays
from explorer.latent.information.presets import PRESETS
from explorer.ui.actions.actions import ACTIONS
from explorer.ui.app.main_window import MainWindow
from explorer.ui.decode.fold import Fold
from explorer.ui.why.why_card import WhyCard
from explorer.ui.why.why_mark import WhyMark, cards_of
from explorer.ui.widgets.menus import StayingMenu

SHOWN = sorted({term.see_it for term in glossary().values() if term.see_it})


def mark(window: MainWindow, name: str) -> WhyMark:
    found = window.findChild(WhyMark, f"why_{name}")
    assert isinstance(found, WhyMark), name
    return found


def card(window: MainWindow) -> WhyCard:
    found = cards_of(window, window.themes).card
    assert found is not None
    return found


def settle(window: MainWindow) -> None:
    for _ in range(3):
        QTest.qWait(1)


NAMES = (
    "reconstruction",
    "forward_encoder",
    "forward_log_variance",
    "bound_section_log_p_x_left",
    "bound_elbo",
    "code_section_latent_dim",
    "kl_section_kl",
    "field_model_beta",
)


def test_cards_open_at_their_rows_and_close_by_a_second_press(window: MainWindow, qtbot: QtBot) -> None:
    for name in (*NAMES, "decode_x_hat", "curve_loss"):
        pressed = mark(window, name)
        qtbot.waitUntil(pressed.isVisible)
        qtbot.mouseClick(pressed, Qt.MouseButton.LeftButton)
        settle(window)
        opened = card(window)
        assert opened.isVisible() and opened.height() >= opened.heightForWidth(opened.width()), name
        assert opened.findChild(QLabel, "why_question").text().endswith("?")
        gap = opened.mapTo(window, QPoint(0, 0)) - pressed.mapTo(window, QPoint(0, 0))
        if name == "curve_loss":
            assert gap.x() > 0, "in a row the card is to the right"
        elif name in NAMES[1:]:
            assert 0 < gap.y() < 60, (name, gap.y())
        qtbot.mouseClick(pressed, Qt.MouseButton.LeftButton)
        assert cards_of(window, window.themes).card is None
        assert not pressed.isChecked()


def test_one_card_is_open_at_a_time_and_escape_closes_it(window: MainWindow, qtbot: QtBot) -> None:
    mark(window, "forward_epsilon").click()
    mark(window, "field_model_beta").click()
    assert card(window).term == glossary()["beta"]
    settle(window)
    assert [one.term for one in window.findChildren(WhyCard)] == [glossary()["beta"]]
    assert not mark(window, "forward_epsilon").isChecked()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert cards_of(window, window.themes).card is None
    assert window.state.session.view.probe is not None, "Esc closed the card alone"


def test_a_mark_is_pressed_by_the_keyboard(window: MainWindow, qtbot: QtBot) -> None:
    pressed = mark(window, "bound_elbo")
    qtbot.waitUntil(pressed.isVisible)
    pressed.setFocus()
    qtbot.keyClick(pressed, Qt.Key.Key_Space)
    assert card(window).term == glossary()["elbo"]
    assert glossary()["elbo"].answer in card(window).accessibleDescription()


def test_a_card_moves_only_what_is_below_it(window: MainWindow, qtbot: QtBot) -> None:
    pressed = mark(window, "bound_log_likelihood")
    qtbot.waitUntil(pressed.isVisible)
    scroll = window.findChild(QScrollArea, "decode_scroll")
    above = [window.decode.pictures, window.decode.frame.forward, pressed]
    others = [window.planes, window.experiment, window.curves]

    def tops() -> list[int]:
        return [one.mapTo(scroll.widget(), QPoint(0, 0)).y() for one in above]

    # The pictures find their size with the answers of both runs.
    qtbot.waitUntil(lambda: all(block.head.figure.endswith("nats") for block in window.decode.pictures.blocks))
    QTest.qWait(200)
    places, before = [one.geometry() for one in others], tops()
    pressed.click()
    settle(window)
    assert tops() == before
    assert [one.geometry() for one in others] == places
    assert window.decode.bound.is_open, "a card must not fold its own section"
    pressed.click()
    settle(window)
    assert tops() == before


def test_a_link_shows_another_term_in_the_same_card(window: MainWindow) -> None:
    mark(window, "bound_elbo").click()
    opened = card(window)
    opened.link_wanted.emit("gap")
    assert card(window) is opened and opened.term == glossary()["gap"]


def test_the_card_of_an_integral_has_the_decodes_of_this_sample(window: MainWindow, qtbot: QtBot) -> None:
    pressed = mark(window, "bound_log_likelihood")
    qtbot.waitUntil(lambda: pressed.isVisible() and bool(pressed.fact and pressed.fact()))
    pressed.click()
    text = card(window).findChild(QLabel, "why_fact").text()
    assert "decodes was enough" in text and "2.6·10¹⁸" in text


def test_what_see_it_names_exists(window: MainWindow) -> None:
    known = {
        "overlay": [one.name for one in overlays()],
        "action": [spec.name for spec in ACTIONS],
        "section": [fold.objectName().removesuffix("_section") for fold in window.findChildren(Fold)],
        "noise": ["draw", "zero"],
        "decode": ["mean", "sample"],
        "curve": ["loss", "reconstruction", "kl"],
        "field": [field.name for field in window.experiment.form.fields],
        "tab": list(window.lower_row.pages),
        "page": [preset.name for preset in PRESETS],
    }
    for see_it in SHOWN:
        kind, _, argument = see_it.partition(" ")
        assert argument in known[kind]
        assert cards_of(window, window.themes).can_see(see_it)


def test_see_it_shows_an_example_of_information(window: MainWindow, qtbot: QtBot) -> None:
    see(window, "page cow-and-duck")
    assert window.dialogs.information is not None and window.dialogs.information.isVisible()
    assert len(window.dialogs.information.model.state.outcomes.names) == 4
    see(window, "page pixel")
    qtbot.waitUntil(lambda: len(window.dialogs.information.model.state.outcomes.names) == 2)
    window.dialogs.information.close()


def see(window: MainWindow, see_it: str) -> None:
    cards_of(window, window.themes).see(see_it)


def test_see_it_draws_overlays_noise_and_samples(window: MainWindow) -> None:
    session = window.state.session
    see(window, "overlay true_posterior")
    assert "true_posterior" in session.view.overlays
    seed = session.view.noise_seed
    see(window, "noise draw")
    assert session.view.noise_seed == seed + 1
    see(window, "noise zero")
    assert session.view.noise_seed == 0
    see(window, "decode sample")
    assert session.view.decode_as == "sample"
    draw = session.view.draw_seed
    see(window, "decode sample")
    assert session.view.draw_seed == draw + 1, "a second press draws again"


def test_see_it_follows_a_sample_first(window: MainWindow) -> None:
    session = window.state.session
    session.set(probe=None)
    see(window, "noise draw")
    probe = session.view.probe
    assert probe is not None and probe.sample is not None
    assert window.state.store.runs[probe.run].capabilities.stochastic_posterior


def test_see_it_follows_a_sample_only_for_overlays_of_one(window: MainWindow) -> None:
    session = window.state.session
    session.set(probe=None)
    see(window, "overlay prior_rings")
    assert session.view.probe is None
    see(window, "overlay true_posterior")
    assert session.view.probe is not None and session.view.probe.sample is not None


def test_see_it_chooses_the_pane_without_an_undo_step(window: MainWindow) -> None:
    session = window.state.session
    session.set(probe=None)
    session.set_silent(active=0)
    before = session.undo_name
    see(window, "overlay true_posterior")
    assert session.view.active == 1, "the autoencoder has no q(z|x)"
    session.undo()
    session.undo()
    assert session.undo_name == before, "one step for the overlay and one for the probe"
    assert session.view.active == 1


def test_see_it_unfolds_the_lower_row(window: MainWindow, qtbot: QtBot) -> None:
    row = window.lower_row
    for see_it, page in (("curve kl", window.curves), ("tab samples", window.draws), ("tab blend", window.blend)):
        row.wanted = "bar"
        row.form_wanted.emit()
        assert row.form == "bar"
        see(window, see_it)
        assert row.form == "full"
        qtbot.waitUntil(page.isVisible)


def test_see_it_opens_a_section_a_curve_and_a_field(window: MainWindow, qtbot: QtBot) -> None:
    see(window, "section kl")
    assert window.decode.frame.kl.is_open
    see(window, "curve kl")
    assert window.curves.shown_charts() == ["kl"]
    see(window, "curve kl")
    assert window.curves.shown_charts() == ["kl"], "a second press changes nothing"
    see(window, "field sigma")
    window.activateWindow()
    assert window.experiment.form.has_field("model", "beta")
    assert not window.experiment.form.has_field("model", "no such field")


def test_the_overlays_explain_themselves_in_their_menu(window: MainWindow, qtbot: QtBot) -> None:
    menu = next(one for one in window.toolbar.findChildren(StayingMenu) if one.actions())
    menu.popup(QPoint(0, 0))
    action = next(one for one in menu.actions() if one.objectName() == "action_overlay_true_posterior")
    before = window.state.session.view.overlays
    menu.setActiveAction(action)
    qtbot.keyClick(menu, "?")
    (opened,) = menu.findChildren(WhyCard)
    assert opened.term == glossary()["true_posterior"]
    assert window.state.session.view.overlays == before
    assert opened.findChild(QPushButton, "why_see_it").isHidden()
    qtbot.keyClick(menu, "?")
    settle(window)
    assert not [one for one in menu.findChildren(QWidget) if isinstance(one, WhyCard) and one.isVisible()]
    menu.close()


def test_a_pixel_of_a_decode_says_its_probability_and_the_real_value(window: MainWindow, qtbot: QtBot) -> None:
    view = window.decode.pictures.main.view
    qtbot.waitUntil(lambda: view.values is not None)
    found = view.pixel_box(QPointF(view.width() - 1, 0))
    assert found is not None and found[:2] == (0, 7)
    before = window.decode.pictures.geometry()
    centre = view.rect().center()
    QApplication.sendEvent(view, QHelpEvent(QEvent.Type.ToolTip, centre, view.mapToGlobal(centre)))
    assert "p(x = 1 | z) = " in QToolTip.text() and "real x = " in QToolTip.text()
    assert window.decode.pictures.geometry() == before
    QToolTip.hideText()
