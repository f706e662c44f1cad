"""The limit of four runs in a window, from the command line and from a script."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

import explorer
from explorer.cli import app
from explorer.config import ConfigError

TOO_MANY = "5 runs are named, but a window shows at most 4 side by side: leave some out"


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """Return folders that look like runs: none of them is opened."""
    found = [tmp_path / f"run-{number}" for number in range(5)]
    for folder in found:
        folder.mkdir()
        (folder / "run.json").write_text("{}")
    return found


@pytest.fixture(autouse=True)
def no_window(monkeypatch: pytest.MonkeyPatch) -> list[list[Path]]:
    """Record the runs that a window would show."""
    asked: list[list[Path]] = []

    def open_nothing(self: object, paths: list[Path], own: object = None) -> None:
        asked.append(paths)
        raise ConfigError("no window in this test")

    monkeypatch.setattr("explorer.ui.app.app.start_application", lambda: None)
    monkeypatch.setattr("explorer.ui.app.app.build_window", lambda _: open_nothing(None, []))
    monkeypatch.setattr("explorer.ui.app.app.keep_log", lambda _: None)
    return asked


def test_a_fifth_run_is_refused_in_one_line(folders: list[Path]) -> None:
    result = CliRunner().invoke(app, [*map(str, folders)])
    assert result.exit_code == 2 and result.stdout == ""
    assert TOO_MANY in result.stderr and len(result.stderr.splitlines()) == 1


def test_four_runs_and_one_named_twice_are_not_refused(folders: list[Path]) -> None:
    for words in (folders[:4], [*folders[:4], folders[0]]):
        result = CliRunner().invoke(app, [*map(str, words)])
        assert "no window in this test" in result.stderr, "the window was about to open"


def test_a_script_is_refused_a_fifth_run(folders: list[Path]) -> None:
    with pytest.raises(ConfigError, match=TOO_MANY):
        explorer.explore(*folders)


def test_a_user_model_counts_as_a_pane(folders: list[Path]) -> None:
    with pytest.raises(ConfigError, match=r"5 runs are named \(your own model counts as one\)"):
        explorer.explore(*folders[:4], decode=lambda z: z, latent_dim=2)
