"""Drop-downs in a real window, where the focus changes their style."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("drop_downs.py")


@pytest.mark.window
def test_a_drop_down_shows_all_its_rows(virtual_screen: str) -> None:
    environment = {**os.environ, "DISPLAY": virtual_screen, "QT_QPA_PLATFORM": "xcb"}
    done = subprocess.run(
        (sys.executable, str(SCRIPT)), env=environment, capture_output=True, text=True, timeout=800, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found) == 12
    for count, scale, rows, seen in found:
        assert rows <= seen, f"{count} entries at text scale {scale}: {rows} px of rows in {seen} px"
