"""What the window keeps between starts: recent paths and the folders of file dialogs."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from explorer.ui.widgets.saving import ask_file, ask_folder
from explorer.ui.widgets.settings import (
    MAX_RECENT,
    dialog_folder,
    forget_paths,
    recent_paths,
    remember_dialog_folder,
    remember_path,
    settings,
)


def test_recent_paths_are_the_newest_first_and_exist(tmp_path: Path) -> None:
    paths = [tmp_path / f"run-{number}" for number in range(MAX_RECENT + 2)]
    for path in paths:
        path.mkdir()
        remember_path("runs", path)
    remember_path("runs", paths[-2])
    assert recent_paths("runs") == (paths[-2], paths[-1], *paths[-3:1:-1])
    paths[-1].rmdir()
    assert paths[-1] not in recent_paths("runs")
    assert recent_paths("sessions") == ()
    forget_paths("runs")
    assert recent_paths("runs") == ()


@pytest.mark.parametrize("text", ["", "no list", "{}", "[1, null]"])
def test_a_damaged_list_of_recent_paths_is_empty(text: str) -> None:
    settings().setValue("recent/runs", text)
    assert recent_paths("runs") == ()


def test_file_dialogs_remember_their_folder_by_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    weights = tmp_path / "weights"
    (weights / "run").mkdir(parents=True)

    def file(parent: None, title: str, folder: str, filters: str) -> tuple[str, str]:
        begun.append(folder)
        return str(weights / "model.pt"), filters

    def directory(parent: None, title: str, folder: str) -> str:
        begun.append(folder)
        return str(weights / "run")

    monkeypatch.setattr(QFileDialog, "getOpenFileName", file)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", directory)
    for _ in range(2):
        assert ask_file(None, "Import weights", "weights", "All files (*)") == weights / "model.pt"
    assert ask_folder(None, "Open run", "runs", "first") == weights / "run"
    assert ask_folder(None, "Open run", "runs", "first") == weights / "run"
    assert begun == ["", str(weights), "first", str(weights)]


def test_a_folder_that_is_gone_is_not_offered(tmp_path: Path) -> None:
    remember_dialog_folder("data", tmp_path / "gone")
    assert dialog_folder("data") == ""
