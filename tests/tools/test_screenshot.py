"""`tools/screenshot.py` in a process of its own: a click, a picture, a trace."""

import os
import re
import subprocess
import sys
from pathlib import Path

from PIL import Image

import explorer

ROOT = Path(__file__).resolve().parents[2]


def test_a_screenshot_after_a_click_and_a_trace(tmp_path: Path) -> None:
    picture = tmp_path / "window.png"
    command = [sys.executable, str(ROOT / "tools" / "screenshot.py"), str(picture), "--size", "1280,720"]
    environment = {**os.environ, "PYTHONPATH": str(Path(explorer.__file__).parents[1]), "LATENT_EXPLORER_TRACE": "1"}
    ended = subprocess.run(
        [*command, "--click", "0.3,0.4"], capture_output=True, text=True, env=environment, timeout=800, cwd=tmp_path
    )
    assert ended.returncode == 0, ended.stderr
    with Image.open(picture) as drawn:
        assert drawn.size == (1280, 720)
        assert len(drawn.convert("RGB").getcolors(1_000_000)) > 100  # not a blank window
    # The click may hit a sample, which is followed instead.
    assert re.search(r"question (DecodePoints|FollowSample)", ended.stderr)
    assert re.search(r"answer   (DecodePoints|FollowSample)", ended.stderr)
    assert "view     probe" in ended.stderr and "redraw" in ended.stderr
