"""Each benchmark still finds all that it imports; what it measures is read by people."""

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
# As `make bench` starts them: with their own folder on the path.
IMPORT_ALL = """
import importlib, sys
sys.path.insert(0, sys.argv[1])
import torch  # before PySide6
for name in sys.argv[2:]:
    assert callable(importlib.import_module(name).main), name
"""


def test_every_benchmark_finds_what_it_imports():
    names = sorted(path.stem for path in BENCHMARKS.glob("[a-z]*.py"))
    assert "startup" in names
    command = (sys.executable, "-P", "-c", IMPORT_ALL, str(BENCHMARKS), *names)
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
