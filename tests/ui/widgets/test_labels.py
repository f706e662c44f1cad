"""Labels with little room."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from explorer.jobs.experiments.loss_experiment import name_forms
from explorer.ui.widgets.labels import FittingLabel

FORMS = ("from class 5 (A) to class 4 (B)", "class 5 to class 4", "A to B")


@pytest.fixture
def label(qtbot: QtBot) -> FittingLabel:
    label = FittingLabel(elide=Qt.TextElideMode.ElideMiddle)
    qtbot.addWidget(label)
    label.set_forms(*FORMS)
    label.show()
    return label


@pytest.mark.parametrize("shown", FORMS)
def test_the_longest_form_that_fits_is_shown_and_the_tooltip_has_the_whole(label: FittingLabel, shown: str) -> None:
    label.resize(label.fontMetrics().horizontalAdvance(shown), 20)
    assert label.text() == shown and label.toolTip() == label.longest == FORMS[0]


def test_it_asks_for_the_longest_form_and_needs_the_shortest(label: FittingLabel) -> None:
    metrics = label.fontMetrics()
    assert label.sizeHint().width() >= metrics.horizontalAdvance(FORMS[0])
    assert metrics.horizontalAdvance(FORMS[-1]) <= label.minimumSizeHint().width() < metrics.horizontalAdvance(FORMS[1])


def test_without_room_for_the_shortest_it_is_elided(label: FittingLabel) -> None:
    label.resize(label.fontMetrics().horizontalAdvance("A…B"), 20)
    assert "…" in label.text()


def test_titles_of_members_have_a_shorter_form() -> None:
    assert name_forms("only reconstruction") == ("only reconstruction", "only recon.")
    assert name_forms("my-run") == ("my-run",)
