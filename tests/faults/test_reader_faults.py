"""A seeded part of the faults of files: `run_faults.py` has all of them."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured by /proc")
def test_a_part_of_the_damaged_and_crafted_files_is_survived():
    # In a process without Qt and threads, as it forks.
    command = [sys.executable, "-P", str(HERE / "run_faults.py"), "--short", "--seconds", "10"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert ended.returncode == 0, f"{ended.stdout[-3000:]}\n{ended.stderr[-3000:]}"
