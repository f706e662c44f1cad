"""LATENT_EXPLORER_TRACE: questions, answers, changes of the View and redraws are recorded where it is set."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from explorer.ui.decode.panel.decode_controller import DecodeController
from explorer.ui.dialogs.logs import TRACE, VARIABLE, Trace, start_trace
from explorer.ui.services.app_state import AppState


@pytest.fixture
def trace(app_state: AppState, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trace]:
    monkeypatch.setenv(VARIABLE, "1")
    trace = start_trace(qapp, app_state.session)
    assert trace is not None
    yield trace
    trace.stop()


def test_nothing_is_recorded_unless_asked(app_state: AppState, qapp: QApplication) -> None:
    assert start_trace(qapp, app_state.session) is None
    assert not TRACE.isEnabledFor(logging.DEBUG) and not TRACE.handlers


def test_a_question_and_its_answer_are_recorded_with_times(
    trace: Trace, app_state: AppState, qtbot: QtBot, runs_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    decodes = DecodeController(app_state)
    key = str(runs_folder / "vae")
    app_state.opener.open(Path(key))
    qtbot.waitUntil(lambda: key in app_state.store.runs)
    caplog.clear()
    app_state.probing.probe_point(key, (0.3, -0.7))
    qtbot.waitUntil(lambda: bool(decodes.decoded.panes))
    lines = [record.getMessage() for record in caplog.records if record.name == TRACE.name]
    starts = (
        "view     probe",
        "question DecodePoints",
        "answer   DecodePoints",
    )  # other questions are answered meanwhile
    order = [next(lines.index(line) for line in lines if line.startswith(start)) for start in starts]
    assert order == sorted(order)
    assert key in lines[order[-1]] and " ms" in lines[order[-1]]


def test_a_redraw_is_recorded_by_the_nearest_name(trace: Trace, qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    window = QWidget(objectName="named_window")
    label = QLabel("words", window, alignment=Qt.AlignmentFlag.AlignLeft)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    size = f"{label.width()}×{label.height()} pixels"
    qtbot.waitUntil(lambda: f"redraw   QLabel in named_window, {size}" in caplog.messages)


def test_a_trace_that_was_stopped_records_nothing(
    app_state: AppState, qapp: QApplication, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    Trace(qapp, app_state.session).stop()
    label = QLabel("words")
    qtbot.addWidget(label)
    with qtbot.waitExposed(label):
        label.show()
    app_state.session.set(mode="pan")
    assert not caplog.messages
