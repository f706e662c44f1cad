import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot
from run_list_cases import run_row

from explorer.jobs.diagnosis.diagnose_run import Diagnosis
from explorer.jobs.diagnosis.notice import Cure, Notice
from explorer.runs.history import History, Metric
from explorer.ui.decode.code.kl_section import KlSection
from explorer.ui.plane.pane.notice_line import NoticeLine, short_forms
from explorer.ui.plane.pane.planes import PlanesArea
from explorer.ui.run_list.run_list import RunList
from explorer.ui.run_list.run_model import HAS_WARNING, TIP
from explorer.ui.services.app_state import AppState
from explorer.ui.services.diagnoses import Diagnoses
from explorer.ui.theme.theme import ThemeSource

Open = Callable[[str], str]


@pytest.fixture
def opened(qtbot: QtBot, app_state: AppState, runs_folder: Path) -> Open:
    def open_one(name: str) -> str:
        key = str(runs_folder / name)
        app_state.opener.open(Path(key))
        qtbot.waitUntil(lambda: key in app_state.store.runs and app_state.store.runs[key].dataset is not None)
        return key

    return open_one


def collapsed() -> History:
    """Return the curves of a posterior that has long been the prior."""
    return History(
        tuple(
            Metric(12 * epoch, epoch, "validation", {"total": 27.0, "kl": 0.002}, (0.001, 0.001)) for epoch in range(40)
        )
    )


def set_history(app_state: AppState, key: str, history: History) -> None:
    app_state.store.set(key, history=history)


def kinds(app_state: AppState, key: str) -> list[str]:
    return [notice.kind for notice in app_state.diagnoses.of(key).notices]


@pytest.fixture
def area(qtbot: QtBot, app_state: AppState, themes: ThemeSource) -> PlanesArea:
    widget = PlanesArea(app_state, themes)
    qtbot.addWidget(widget)
    widget.resize(1100, 500)
    widget.show()
    return widget


def line_of(area: PlanesArea, number: int = 1) -> NoticeLine:
    found = area.findChild(NoticeLine, f"pane_notice_{number}")
    assert isinstance(found, NoticeLine)
    return found


def details(area: PlanesArea) -> QWidget:
    shown = [widget for widget in area.findChildren(QWidget, "notice_details") if widget.isVisible()]
    assert len(shown) == 1
    return shown[0]


def test_a_healthy_run_has_no_line(qtbot: QtBot, app_state: AppState, area: PlanesArea, opened: Open) -> None:
    key = opened("vae")
    qtbot.waitUntil(lambda: app_state.diagnoses.of(key).active_units is not None)
    assert kinds(app_state, key) == [] and line_of(area).isHidden()


def test_a_collapse_is_shown_in_its_pane_with_a_setting_for_the_form(
    qtbot: QtBot, app_state: AppState, area: PlanesArea, opened: Open
) -> None:
    opened("ae")
    key = opened("vae")
    set_history(app_state, key, collapsed())
    qtbot.waitUntil(lambda: line_of(area, 2).isVisible())
    assert line_of(area, 1).isHidden()
    text = line_of(area, 2).findChild(QLabel, "pane_notice_text_2")
    assert isinstance(text, QLabel) and text.accessibleDescription().startswith("The posterior has collapsed: KL is")
    qtbot.mouseClick(line_of(area, 2).findChild(QToolButton, "pane_notice_try_2"), Qt.MouseButton.LeftButton)
    shown = details(area)
    assert any("This has been the case from the start" in label.text() for label in shown.findChildren(QLabel))
    button = shown.findChild(QPushButton, "notice_use_1")
    with qtbot.waitSignal(app_state.diagnoses.settings_wanted) as wanted:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    (config,) = wanted.args or ()
    assert (
        config.model != app_state.store.runs[key].config.model and config.data == app_state.store.runs[key].config.data
    )
    qtbot.waitUntil(lambda: not any(widget.isVisible() for widget in area.findChildren(QWidget, "notice_details")))


def test_more_epochs_continue_the_run_itself(
    qtbot: QtBot, app_state: AppState, area: PlanesArea, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = opened("vae")
    losses = [44.0, *(32 - 2 * math.log(epoch) for epoch in range(1, 41))]
    set_history(app_state, key, History(tuple(
        Metric(12 * epoch, epoch, "validation", {"total": loss}) for epoch, loss in enumerate(losses)
    )))  # fmt: skip
    qtbot.waitUntil(lambda: kinds(app_state, key) == ["train further"])
    qtbot.mouseClick(line_of(area), Qt.MouseButton.LeftButton)
    shown = details(area)
    assert not any("This has been the case" in label.text() for label in shown.findChildren(QLabel))  # said before
    button = shown.findChild(QPushButton, "notice_use_1")
    assert isinstance(button, QPushButton) and button.text() == "Train further"
    asked: list[tuple[str, int]] = []
    monkeypatch.setattr(app_state.trainings, "train_further", lambda run, epochs: asked.append((run, epochs)))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked == [(key, 2 * app_state.store.runs[key].config.train.epochs)]


def test_a_click_on_the_sentence_explains_too(
    qtbot: QtBot, app_state: AppState, area: PlanesArea, opened: Open
) -> None:
    key = opened("vae")
    set_history(app_state, key, collapsed())
    qtbot.waitUntil(lambda: line_of(area).isVisible())
    qtbot.mouseClick(line_of(area), Qt.MouseButton.LeftButton)
    shown = details(area)
    qtbot.keyClick(shown, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is None)


def test_dismissed_notices_stay_dismissed_after_a_restart_and_can_be_restored(
    qtbot: QtBot, app_state: AppState, area: PlanesArea, opened: Open
) -> None:
    key = opened("vae")
    set_history(app_state, key, collapsed())
    qtbot.waitUntil(lambda: line_of(area).isVisible())
    close = line_of(area).findChild(QToolButton, "pane_notice_close_1")
    qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    assert line_of(area).isHidden() and kinds(app_state, key) == ["posterior collapse"]
    assert app_state.diagnoses.hides_any(key)
    again = Diagnoses(app_state.asker, app_state.trainings, app_state.units)  # as the next start makes it
    again.take(key, app_state.diagnoses.of(key))
    assert again.shown(key) == () and again.hides_any(key)
    app_state.diagnoses.restore(key)
    assert line_of(area).isVisible() and not Diagnoses(app_state.asker, app_state.trainings, app_state.units).hides_any(
        key
    )


def test_the_first_notice_is_shown_and_the_others_are_counted(
    qtbot: QtBot, app_state: AppState, area: PlanesArea, opened: Open
) -> None:
    key = opened("vae")
    first = Notice("overfitting", "Overfitting.", "Meaning.", 3.0, "warning", (Cure("more samples"),))
    second = Notice("unused dimensions", "1 of 2 dimensions is unused.", "Meaning.", 3.0, "remark")
    qtbot.waitUntil(lambda: app_state.diagnoses.of(key).active_units is not None)
    app_state.diagnoses.take(key, Diagnosis((first, second)))
    more = line_of(area).findChild(QLabel, "pane_notice_more_1")
    assert isinstance(more, QLabel) and more.isVisible() and more.text() == "+1"
    app_state.diagnoses.dismiss(key, "overfitting")
    assert line_of(area).notices == (second,) and not more.isVisible()
    qtbot.mouseClick(line_of(area), Qt.MouseButton.LeftButton)
    assert details(area).findChildren(QPushButton) == []  # nothing of the program's to set
    details(area).close()


def test_in_a_narrow_pane_the_sentence_is_shortened_and_never_cut(
    qtbot: QtBot, app_state: AppState, area: PlanesArea, opened: Open
) -> None:
    key = opened("vae")
    set_history(app_state, key, collapsed())
    line = line_of(area)
    qtbot.waitUntil(line.isVisible)
    text = line.findChild(QLabel, "pane_notice_text_1")
    assert isinstance(text, QLabel)
    sentence = line.notices[0].sentence
    forms = short_forms(sentence)
    assert forms[0] == sentence and forms[-1] == "The posterior has collapsed." and len(forms) == 4
    seen = []
    for width in (1100, 600, 400, 300):
        area.resize(width, 500)
        qtbot.waitUntil(lambda width=width: area.panes[0].width() <= width)
        assert text.fontMetrics().horizontalAdvance(text.text()) <= text.width()
        seen.append(text.text())
    assert (
        all(text in forms or text.endswith("…") for text in seen)
        and seen[0] == sentence
        and seen == sorted(seen, key=len, reverse=True)
    )
    assert forms[-1] in seen


def test_only_what_went_wrong_has_a_warning_sign(
    qtbot: QtBot, app_state: AppState, area: PlanesArea, opened: Open
) -> None:
    key = opened("vae")
    qtbot.waitUntil(lambda: app_state.diagnoses.of(key).active_units is not None)
    for severity, shown in (("warning", True), ("remark", False)):
        app_state.diagnoses.take(key, Diagnosis((Notice("overfitting", "A sentence.", "Meaning.", 3.0, severity),)))
        sign = line_of(area).findChild(QLabel, "pane_notice_sign_1")
        assert isinstance(sign, QLabel) and sign.isVisible() == shown


def test_a_run_that_failed_before_its_first_checkpoint_is_looked_at_too(app_state: AppState, opened: Open) -> None:
    key = opened("vae")
    reason = "the loss is no longer a number at step 3; the last good checkpoint is kept"
    app_state.store.set(key, status="failed", reason=reason, plane=None)
    assert kinds(app_state, key) == ["learning rate"]


def test_a_run_that_is_closed_is_forgotten(qtbot: QtBot, app_state: AppState, area: PlanesArea, opened: Open) -> None:
    key = opened("vae")
    set_history(app_state, key, collapsed())
    qtbot.waitUntil(lambda: kinds(app_state, key) != [])
    app_state.panes.close(0)
    assert app_state.diagnoses.of(key) == Diagnosis()


def test_the_list_of_runs_marks_a_notice_and_explains_it(
    qtbot: QtBot, app_state: AppState, themes: ThemeSource, opened: Open
) -> None:
    runs = RunList(app_state, themes)
    qtbot.addWidget(runs)
    opened("ae")
    key = opened("vae")
    set_history(app_state, key, collapsed())
    qtbot.waitUntil(lambda: kinds(app_state, key) != [])
    vae = run_row(runs, "vae")
    assert vae.data(HAS_WARNING) and "⚠ The posterior has collapsed: KL is" in vae.data(TIP)
    assert not run_row(runs, "ae").data(HAS_WARNING)


def test_the_shortest_form_of_a_sentence_has_no_brackets() -> None:
    forms = short_forms("7 of 10 dimensions are unused (z₂, z₃ and 5 more): KL below 0.01 nats.")
    assert forms[-2:] == ("7 of 10 dimensions are unused (z₂, z₃ and 5 more).", "7 of 10 dimensions are unused.")
    assert short_forms("Opening ae …") == ("Opening ae …",)


# The bars


@pytest.fixture
def section(qtbot: QtBot, app_state: AppState, themes: ThemeSource) -> KlSection:
    widget = KlSection(app_state, themes)
    qtbot.addWidget(widget)
    widget.resize(300, 300)
    widget.button.click()  # it starts folded
    app_state.store.details_changed.connect(lambda key: widget.show_run(app_state.store.runs.get(key)))
    widget.show()
    return widget


def wide_history(count: int) -> History:
    kl = tuple(float(index % 7) for index in range(count))
    return History((Metric(12, 1.0, "validation", {"total": 27.0, "kl": sum(kl)}, kl),))


def test_bars_are_sorted_at_first_and_the_choice_is_remembered(
    app_state: AppState, section: KlSection, themes: ThemeSource, opened: Open, qtbot: QtBot
) -> None:
    key = opened("vae")
    set_history(app_state, key, wide_history(10))
    assert section.bars.shown[:2] == (6, 5)
    sort = section.findChild(QToolButton, "kl_sort")
    assert isinstance(sort, QToolButton)
    sort.click()
    assert section.bars.shown[:2] == (0, 1)
    later = KlSection(app_state, themes)
    qtbot.addWidget(later)
    later.bars.set_values(section.bars.values)
    assert later.bars.shown[:2] == (0, 1)


def test_bars_of_a_collapsed_posterior_are_all_but_empty(app_state: AppState, section: KlSection, opened: Open) -> None:
    key = opened("vae")
    set_history(app_state, key, collapsed())
    assert section.bars.values.max() / section.bars.longest < 0.02
    set_history(app_state, key, wide_history(10))
    assert section.bars.longest == 6


def test_active_units_are_counted_live_as_the_figure_counts_them(
    qtbot: QtBot, app_state: AppState, section: KlSection, opened: Open
) -> None:
    key = opened("vae")
    section.show_run(app_state.store.runs[key])
    words = section.findChild(QLabel, "kl_active_units")
    assert isinstance(words, QLabel)
    qtbot.waitUntil(words.isVisible)
    plane = app_state.store.runs[key].plane
    assert plane is not None
    count = int((plane.mean.astype(float).var(axis=0) > 0.01).sum())
    assert words.text().startswith(f"{count} active unit") and "Burda" in words.toolTip()
    flat = replace(plane, mean=plane.mean * 1e-4)
    app_state.store.set(key, plane=flat)
    qtbot.waitUntil(lambda: words.text().startswith("0 active units"))


def test_an_autoencoder_has_no_active_units(
    qtbot: QtBot, app_state: AppState, section: KlSection, opened: Open
) -> None:
    key = opened("ae")
    section.show_run(app_state.store.runs[key])
    words = section.findChild(QLabel, "kl_active_units")
    assert isinstance(words, QLabel) and not words.isVisibleTo(section)
    assert app_state.diagnoses.of(key).active_units is None


def test_a_click_on_a_bar_chooses_what_the_plane_shows(
    qtbot: QtBot, app_state: AppState, section: KlSection, opened: Open
) -> None:
    key = opened("vae")
    run = app_state.store.runs[key]
    two = replace(run, history=wide_history(2))
    section.show_run(two)
    line = section.bars.height() / 2
    qtbot.mouseClick(section.bars, Qt.MouseButton.LeftButton, pos=section.bars.rect().center())
    assert app_state.session.view.panes[0].axes is None  # two dimensions are the plane already
    section.bars.set_axes(())
    with qtbot.waitSignal(section.bars.picked) as picked:
        qtbot.mouseClick(section.bars, Qt.MouseButton.LeftButton, pos=section.bars.rect().topLeft())
    assert picked.args == [1] and section.bars.dimension_at(1.5 * line) == 0
    assert app_state.session.view.panes[0].axes == (1, 0)
    section.bars.picked.emit(4)
    assert app_state.session.view.panes[0].axes == (4, 1)
    app_state.session.undo()
    assert app_state.session.view.panes[0].axes == (1, 0)
    app_state.session.undo()
    section.bars.picked.emit(0)
    assert app_state.session.view.panes[0].axes == (0, 1)
