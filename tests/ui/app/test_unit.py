"""The unit of information belongs to the whole window: every number and label follows it, at once, and back."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox, QListWidget, QTableWidget, QTextEdit, QWidget
from pytestqt.qtbot import QtBot

from explorer.latent.bound.derivation import bound_numbers, decimals
from explorer.latent.bound.sample_bound import SampleBound
from explorer.latent.information.discrete import BITS, NATS
from explorer.ui.app.main_window import MainWindow
from explorer.ui.comparison.comparison_dialog import ComparisonDialog
from explorer.ui.figures.figures_dialog import FiguresDialog
from explorer.ui.plane.input.hover import card_for
from explorer.ui.state.unit_source import UnitSource
from explorer.ui.why.why_mark import WhyMark, cards_of


def texts_of(widget: QWidget) -> Iterator[str]:
    """Return everything that a widget shows or says as text, with its tooltip."""
    yield from (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription())
    for name in ("text", "currentText"):
        if callable(said := getattr(widget, name, None)):
            yield str(said())
    if isinstance(widget, QTextEdit):
        yield widget.toPlainText()
    if isinstance(widget, QTableWidget | QListWidget) or widget.objectName() == "run_list":
        model = widget.model()
        columns = widget.columnCount() if isinstance(widget, QTableWidget) else 1
        for row in range(model.rowCount()):
            for column in range(columns):
                values = model.itemData(model.index(row, column)).values()
                yield from (value for value in values if isinstance(value, str))


def shown_texts(window: MainWindow, *dialogs: QWidget) -> list[str]:
    """Return the texts of all parts but the settings of a run and the marks, which explain the unit itself."""
    form = window.experiment
    widgets = [one for root in (window, *dialogs) for one in root.findChildren(QWidget)]
    own = [one for one in widgets if one is not form and not form.isAncestorOf(one) and not isinstance(one, WhyMark)]
    found = [text for one in own for text in texts_of(one)]
    for row in window.decode.bound.bars.rows:
        found += [row.title, row.value, row.tip, *(bar.words for bar in row.bars)]
    return found


def naming(unit: str, texts: list[str]) -> list[str]:
    return [text for text in texts if re.search(rf"\b{unit}\b", text)]


def number(text: str) -> float:
    return float(text.replace("−", "-"))


@pytest.fixture
def followed(window: MainWindow, qtbot: QtBot) -> str:
    """Follow a sample until its bound and the figures of both runs are known; return the key of its run."""
    state, key = window.state, window.state.session.view.panes[1].run
    qtbot.waitUntil(lambda: isinstance(window.decode.bound.bounds.of(key), SampleBound))
    qtbot.waitUntil(lambda: all(state.figures.of(one) for one in state.store.runs))
    return key


@pytest.fixture
def dialogs(window: MainWindow, followed: str) -> Iterator[tuple[QWidget, ...]]:
    """Open the comparison and the figures of the followed run."""
    window.dialogs.show_comparison()
    figures = FiguresDialog(window.state, window.themes, followed, window)
    figures.show()
    found = window.findChild(ComparisonDialog)
    assert found is not None
    yield found, figures
    for dialog in (found, figures):
        dialog.close()


def settled_texts(qtbot: QtBot, window: MainWindow, *dialogs: QWidget) -> list[str]:
    """Return the texts once answers of the workers change them no more; replaced labels are deleted by then."""
    before: list[str] = []
    while (found := shown_texts(window, *dialogs)) != before:
        before = found
        qtbot.wait(300)
    return found


def test_every_text_follows_the_unit_and_goes_back(window, followed, dialogs, qtbot) -> None:
    before = settled_texts(qtbot, window, *dialogs)
    assert len(naming("nats", before)) > 40
    window.actions_["unit_bits"].trigger()
    shown = settled_texts(qtbot, window, *dialogs)
    assert naming("nats?", shown) == []
    assert len(naming("bits", shown)) == len(naming("nats", before))
    window.actions_["unit_nats"].trigger()
    assert settled_texts(qtbot, window, *dialogs) == before


def test_numbers_are_nats_divided_by_log_2_and_still_add_up(window, followed, dialogs, qtbot) -> None:
    state, decode = window.state, window.decode
    bound = decode.bound.bounds.of(followed)
    window.actions_["unit_bits"].trigger()
    digits = decimals(bound.reconstruction, bound.log_likelihood, unit=BITS)
    rows = {row.name: number(row.value) for row in decode.bound.bars.rows}
    assert rows["log_likelihood"] == pytest.approx(bound.log_likelihood / np.log(2), abs=1.5 * 10**-digits)
    assert rows["reconstruction"] == pytest.approx(-bound.reconstruction / np.log(2), abs=0.51 * 10**-digits)
    numbers = bound_numbers(bound, BITS)
    assert rows["elbo"] == pytest.approx(rows["reconstruction"] - numbers.kl, abs=1e-9)
    assert rows["log_likelihood"] == pytest.approx(rows["elbo"] + numbers.gap, abs=1e-9)
    lines = decode.frame.formula.kl_lines.lines
    assert sum(number(line[1].rpartition("= ")[2]) for line in lines if "½" in line[1]) == pytest.approx(numbers.kl)
    assert "÷ 0.693" in lines[1][1]
    loss = window.curves.chart("loss").plot
    run = state.store.runs[followed]
    exact = run.history.curve("validation", "total")[1] / np.log(2)
    assert loss.drawn(f"{followed} validation")[1] == pytest.approx(exact)
    assert f"{exact[-1]:.2f}" in {value for _, value, _ in loss.labels}
    card = card_for(run, run.plane, 0, unit=BITS)
    error = dict(card.rows)["reconstruction"]
    assert error.endswith(" bits")
    assert number(error.split()[0]) == pytest.approx(float(run.plane.reconstruction[0]) / np.log(2), rel=1e-3)
    kept = state.figures.of(followed).figures
    text = dialogs[1].texts["reconstruction"]
    assert number(text.split()[0]) == pytest.approx(kept.reconstruction / np.log(2), abs=0.006)
    line = next(one for one in dialogs[0].comparison.lines if one.name == "kl")
    assert line.unit == "bits per sample" and line.cells[1].value == kept.kl, "values stay in nats"


def test_an_open_card_and_an_overlay_follow_and_the_unit_is_remembered(window, followed, qtbot) -> None:
    state = window.state
    state.session.set(overlays=state.session.view.overlays | {"true_posterior"})
    mark = window.findChild(WhyMark, "why_bound_reconstruction")
    cards = cards_of(window, window.themes)
    cards.toggle(mark)
    layer = window.planes.panes[1].plane.overlay_layer

    def words() -> str:
        return layer.results()["true_posterior"].words

    qtbot.waitUntil(lambda: words().endswith(" nats"))
    in_nats = number(re.search(r"log p\(x\) (−?[\d.]+)", words())[1])
    assert naming("nats", list(texts_of_card(cards.card)))
    window.actions_["unit_bits"].trigger()
    assert not naming("nats", [text for text in texts_of_card(cards.card) if "Reconstruction" in text])
    qtbot.waitUntil(lambda: words().endswith(" bits"))
    assert number(re.search(r"log p\(x\) (−?[\d.]+)", words())[1]) == pytest.approx(in_nats / np.log(2), abs=0.02)
    assert UnitSource().unit == BITS
    cards.close()
    window.actions_["unit_nats"].trigger()
    assert UnitSource().unit == NATS


def texts_of_card(card: QWidget) -> Iterator[str]:
    for label in card.findChildren(QWidget):
        yield from texts_of(label)


def test_the_menu_and_the_information_window_have_one_unit(window, followed) -> None:
    undo = window.state.session.undo_name
    window.state.units.set_unit(BITS)
    assert window.actions_["unit_bits"].isChecked() and not window.actions_["unit_nats"].isChecked()
    assert window.state.session.undo_name == undo, "the unit is no step of undo"


def test_the_colours_by_reconstruction_are_labelled_in_the_unit(window, followed, qtbot) -> None:
    state = window.state
    state.session.set(colour_by="reconstruction")
    plane = window.planes.panes[1].plane
    low, high = plane.points.colouring.span
    colours = plane.points.colouring.colours
    window.actions_["unit_bits"].trigger()
    found = plane.points.colouring
    assert found.unit == "bits" and found.span == pytest.approx((low / np.log(2), high / np.log(2)))
    assert np.abs(found.colours.astype(int) - colours).max() <= 1, "the colours stay"
    combo = window.findChild(QComboBox, "colour_by_combo")
    assert combo.currentText() == "reconstruction error (bits)"
