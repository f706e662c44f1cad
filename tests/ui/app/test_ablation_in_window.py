"""A loss ablation in the whole window: its tab by real clicks, the report's window, the findings and the captions."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QTabBar, QTextBrowser
from pytestqt.qtbot import QtBot

from explorer.latent.information.discrete import UNITS
from explorer.ui.app.main_window import MainWindow
from explorer.ui.app.window_actions import main_window
from explorer.ui.plane.pane.notice_line import FittingLabel
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource

TAB = "Loss ablation"
MEMBERS = ["only KL", "only reconstruction", "both", "plain autoencoder"]


@pytest.fixture
def window(app_state: AppState, ablated: Path, qapp: QApplication, qtbot: QtBot) -> Iterator[MainWindow]:
    """Return the window with the four members of an ablation, at the size of a laptop."""
    app_state.figures._rest.setInterval(0)  # no hand to wait for
    window = main_window(app_state, ThemeSource("light"))
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.show()
    app_state.opener.open_group(ablated)
    qtbot.waitUntil(lambda: len(app_state.store.runs) == 4 and window.planes.rows == 2)
    qtbot.waitUntil(lambda: all(run.plane and run.dataset for run in app_state.store.runs.values()))
    qtbot.waitUntil(lambda: TAB in tabs_of(window))
    yield window
    window.close()


def bar_of(window: MainWindow) -> QTabBar:
    bar = window.lower_row.findChild(QTabBar)
    assert bar is not None
    return bar


def tabs_of(window: MainWindow) -> list[str]:
    bar = bar_of(window)
    return [bar.tabText(index) for index in range(bar.count()) if bar.isTabVisible(index)]


def click_tab(window: MainWindow, name: str) -> None:
    bar = bar_of(window)
    index = next(index for index in range(bar.count()) if bar.tabText(index) == name)
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(index).center())
    QApplication.processEvents()


def report_of(window: MainWindow) -> QDialog | None:
    dialog = window.findChild(QDialog, "loss_report_dialog")
    return dialog if dialog is not None and dialog.isVisible() else None


def test_the_tab_of_the_report_opens_its_window_and_stays(window: MainWindow, qtbot: QtBot) -> None:
    for form in ("slim", "bar"):
        window.lower_row.wanted = form  # type: ignore[assignment]
        window.lower_row.form_wanted.emit()
        assert window.lower_row.form == form
        before = tabs_of(window)
        click_tab(window, TAB)
        qtbot.waitUntil(lambda: report_of(window) is not None)
        dialog = report_of(window)
        assert dialog is not None and dialog.height() > 400 and dialog.width() > 400
        text = dialog.findChild(QTextBrowser, "loss_report_text")
        assert text is not None and "Only KL:" in text.toPlainText()
        assert window.lower_row.form == form and tabs_of(window) == before, "the row stays as it was"
        dialog.close()


@pytest.mark.parametrize("name", ["Path", "Selection", "Samples"])
def test_a_click_on_a_tab_of_the_folded_row_opens_that_tab(window: MainWindow, name: str, qtbot: QtBot) -> None:
    """The row unfolds under the mouse, and its first tab goes: the press must not choose a neighbour."""
    click_tab(window, name)
    qtbot.waitUntil(lambda: window.lower_row.form == "full")
    bar = bar_of(window)
    assert bar.tabText(bar.currentIndex()) == name
    assert TAB in tabs_of(window) and "Curves" not in tabs_of(window)


def test_the_captions_of_four_panes_name_the_members(window: MainWindow, app_state: AppState, qtbot: QtBot) -> None:
    app_state.probing.probe_sample(app_state.session.view.panes[2].run, 5)
    pictures = window.decode.pictures
    qtbot.waitUntil(lambda: len(pictures.blocks) == 4)
    assert [block.head.name for block in pictures.blocks] == MEMBERS
    assert not any("digits-" in label.text() for label in window.decode.findChildren(QLabel) if label.isVisible())


def test_members_keep_their_names_beside_another_run(
    window: MainWindow, app_state: AppState, runs_folder: Path, qtbot: QtBot
) -> None:
    app_state.opener.open(runs_folder / "ae", pane=3)
    qtbot.waitUntil(lambda: app_state.session.view.panes[3].run == str(runs_folder / "ae"))
    app_state.probing.probe_sample(app_state.session.view.panes[2].run, 5)
    pictures = window.decode.pictures
    qtbot.waitUntil(lambda: [block.head.name for block in pictures.blocks] == [*MEMBERS[:3], "ae"])


def test_the_tip_of_a_finding_names_the_loss_in_the_unit_shown(window: MainWindow, app_state: AppState) -> None:
    findings = [window.findChild(FittingLabel, f"pane_finding_{number}") for number in range(1, 5)]
    for unit in (UNITS["bits"], UNITS["nats"]):
        app_state.units.set_unit(unit)
        assert all(f"{unit.name} per sample" in label.toolTip() for label in findings)


@pytest.mark.parametrize("width", [1440, 1366, 1100])
def test_a_finding_below_each_head_is_never_cut(window: MainWindow, width: int, qtbot: QtBot) -> None:
    window.resize(width, 800)

    def findings() -> list[FittingLabel]:
        return [label for label in window.planes.findChildren(FittingLabel) if label.isVisible()]

    def is_whole(label: FittingLabel) -> bool:
        wide = label.fontMetrics().horizontalAdvance(label.text())
        return label.text() in label.forms and wide <= label.width()

    # The columns take some rounds of layout to find their widths.
    qtbot.waitUntil(lambda: len(findings()) == 4 and all(map(is_whole, findings())))
