"""The code in the documentation runs unchanged, and the example plug-in can be installed and used."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
USE = """
import json
import numpy as np
from typer.testing import CliRunner
import explorer
from explorer.cli import app

def printed(*words):
    ended = CliRunner().invoke(app, words)
    assert ended.exit_code == 0, ended.output
    return ended.stdout

assert "Radial autoencoder" in printed("models") and "\\nvae" in printed("models")
assert "Two moons" in printed("datasets")
printed("train", "--model", "radial", "--epochs", "20", "--out", "mine")
figures = json.loads(printed("evaluate", "mine", "--json"))
assert figures["data"] == "two-moons" and figures["kl"] is None and figures["knn_accuracy"] > 0.9, figures
run = explorer.load("mine")
z, spread = run.encode(run.dataset().rows())
assert spread is None and run.prior is None
# Codes lie within the learned radius, which is what the family promises.
assert (np.linalg.norm(z, axis=1) <= run.history.figure_curve("radius")[1][-1] + 1e-6).all()
"""


def run(arguments: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=800,
    )
    assert ended.returncode == 0, ended.stderr
    return ended


def program(*words: str) -> list[str]:
    return ["-m", "explorer", *words]


def test_the_code_on_user_models_runs_from_top_to_bottom(tmp_path: Path) -> None:
    text = (DOCS / "your-own.md").read_text(encoding="utf-8")
    code = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert len(code) == 4
    (tmp_path / "documented.py").write_text("\n".join(code), encoding="utf-8")
    ended = run(["-W", "error", "documented.py"], tmp_path, PYTHONPATH=str(ROOT))
    assert "[]" in ended.stdout  # nothing is selected
    (command,) = re.findall(r"^latent-explorer (import .*)$", text, re.MULTILINE)
    run(program(*command.split()), tmp_path, PYTHONPATH=str(ROOT))
    assert (tmp_path / "imported" / "latents.npz").exists()


@pytest.fixture(scope="module")
def plug_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the example as a user would, but without a network and into a folder of its own."""
    folder = tmp_path_factory.mktemp("plug-in")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--disable-pip-version-check"]
    source = str(DOCS / "examples" / "plugin")
    run(["-m", "pip", "install", *options, "--target", str(folder), source], folder)
    return folder


def test_the_example_plug_in_is_listed_trained_and_evaluated_and_missed_when_gone(
    plug_in: Path, tmp_path: Path
) -> None:
    run(["-c", USE], tmp_path, PYTHONPATH=os.pathsep.join([str(plug_in), str(ROOT)]))
    ended = subprocess.run(
        [sys.executable, *program("info", "mine")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1 and "radial" in ended.stderr
