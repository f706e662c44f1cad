"""docs/export.md: its code runs from top to bottom, and its commands have the options that it names."""

import re
import shutil
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from explorer.assets import shipped_runs
from explorer.cli import app

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "export.md").read_text(encoding="utf-8")


def test_its_code_runs_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(next(path for path in shipped_runs() if path.name == "digits-vae"), tmp_path / "digits-vae")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
    exec(compile(code, "export.md", "exec"), {"__name__": "export"})
    sys.modules.pop("model")
    assert [*(tmp_path / "my-vae" / "tensorboard").iterdir()]
    assert "plane (" in capsys.readouterr().out


@pytest.mark.parametrize("line", re.findall(r"^latent-explorer (.*)$", PAGE, re.MULTILINE))
def test_its_commands_have_their_options(line: str) -> None:
    command, *words = line.split()
    known = CliRunner().invoke(app, [command, "--help"]).stdout
    assert all(word in known for word in words if word.startswith("--"))
