"""The first steps of a user, in a real window with a real mouse."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DRIVER = Path(__file__).with_name("end_to_end.py")


@pytest.mark.window
def test_train_explore_save_and_find_it_all_again(virtual_screen: str, user_folders: Path, tmp_path: Path) -> None:
    if shutil.which("xdotool") is None:
        pytest.skip("xdotool is not installed: nothing moves the pointer of the virtual screen")
    session = tmp_path / "seen.session.json"
    first, again = (_walk(step, virtual_screen, session, tmp_path) for step in ("first", "again"))
    assert again["probe"] == first["probe"]
    assert again["plane"] == first["plane"]
    assert again["decode"] == first["decode"]


def _walk(step: str, display: str, session: Path, folder: Path) -> dict[str, object]:
    report = folder / f"{step}.json"
    environment = {
        **os.environ,
        "DISPLAY": display,
        "QT_QPA_PLATFORM": "xcb",
        "LATENT_EXPLORER_RUNS": str(folder / "runs"),
    }
    done = subprocess.run(
        (sys.executable, "-X", "faulthandler", str(DRIVER), step, str(session), str(report)),
        env=environment, capture_output=True, text=True, timeout=800,
    )  # fmt: skip
    assert done.returncode == 0, f"{step}:\n{done.stdout}\n{done.stderr}"
    value: dict[str, object] = json.loads(report.read_text())
    return value
