"""docs/notebooks.md: its code runs from top to bottom in a process of its own, and its table has the handle's parts."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.ui.notebook.user_window import UserWindow

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "notebooks.md").read_text(encoding="utf-8")


def test_its_code_runs_from_top_to_bottom(tmp_path: Path) -> None:
    code = "\n".join(re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
    (tmp_path / "documented.py").write_text(code, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-W", "error", "documented.py"],
        cwd=tmp_path,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=800,
    )
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"^\[\] \(\d+, \d+, 3\)$", ended.stdout, re.MULTILINE)


@pytest.mark.parametrize("name", [name for name in dir(UserWindow) if not name.startswith("_")])
def test_each_part_of_the_handle_is_named(name: str) -> None:
    hidden = {"plane_seconds"}  # for callbacks
    assert name in hidden or re.search(rf"`window\.{name}\b", PAGE)
