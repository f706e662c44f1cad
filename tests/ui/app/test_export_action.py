"""The action that exports the model of the active run."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from explorer.ui.app import window_actions
from explorer.ui.app.main_window import MainWindow


def test_the_active_run_is_exported(
    open_window: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, asked = open_window(), []
    monkeypatch.setattr(window_actions, "ask_path", lambda *given: asked.append(given) or tmp_path / "x.onnx")
    monkeypatch.setattr(window_actions, "export_run", lambda run, out, weights: out.write_text(f"{run.name} {weights}"))
    with qtbot.waitSignal(window.state.tasks.saved):
        window.actions_["export_model"].trigger()
    ((_, _, suggestion, kinds),) = asked
    name = Path(window.state.session.view.active_run or "").name
    assert suggestion == f"{name}.onnx" and [*kinds] == ["onnx", "torch", "safetensors"]
    assert (tmp_path / "x.onnx").read_text() == f"{name} final"
