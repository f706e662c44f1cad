"""docs/plotting.md: its code runs, it lists every function, and its pictures exist."""

import re
from pathlib import Path

import pytest

import explorer.plot

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "plotting.md").read_text(encoding="utf-8")


def test_its_first_code_writes_a_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "checkpoints").symlink_to(ROOT / "checkpoints")
    monkeypatch.chdir(tmp_path)
    code = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]
    exec(compile(code, "plotting.md", "exec"), {})
    assert (tmp_path / "plane.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("name", [name for name in explorer.plot.__all__ if name != "save"])
def test_each_function_is_in_its_table(name: str) -> None:
    assert f"| `{name}(" in PAGE


def test_its_pictures_are_there() -> None:
    pictures = re.findall(r"\]\((images/.+?)\)", PAGE)
    assert len(pictures) >= 9
    for picture in pictures:
        assert 5_000 < (ROOT / "docs" / picture).stat().st_size < 500_000
