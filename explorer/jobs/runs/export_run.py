"""Exports a run in a process of its own, as the window does: the ONNX exporter of torch changes global state.

A training in another thread of this process could take another path through torch meanwhile, and its weights would no
longer be determined by the seed.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from explorer.config import ConfigError
from explorer.runs.weights_choice import FINAL, WeightsChoice

EXPORT_FILES: Mapping[str, str] = {
    "onnx": "ONNX model",
    "torch": "Folder with PyTorch code and weights",
    "safetensors": "Weights for PyTorch",
}
"""The kinds of export by suffix, with their titles for a dialog."""


def export_run(run: Path, out: Path, weights: WeightsChoice = FINAL) -> None:
    """Export the chosen weights of a run by the suffix of ``out``, one of `EXPORT_FILES`; an existing file is replaced.

    Raises
    ------
    ConfigError
        If the run cannot be exported; the message is that of the command.
    """
    kind = out.suffix.lower().removeprefix(".")
    # In the folder that PyInstaller makes, the executable is the program itself.
    start = [] if hasattr(sys, "frozen") else ["-P", "-m", "explorer"]
    options = [f"--{kind}", "--weights", str(weights), "--out", str(out), "--overwrite", "--json"]
    command = [sys.executable, *start, "export", str(run), *options]
    package = str(Path(__file__).parents[3])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))}
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment, check=False)
    if done.returncode:
        raise ConfigError(_message(done.stderr))


def _message(errors: str) -> str:
    """Return the message of an error that the command printed as JSON."""
    for line in reversed(errors.splitlines()):
        try:
            return str(json.loads(line)["error"]["message"])
        except (ValueError, KeyError, TypeError):
            continue
    return errors.strip().rpartition("\n")[2] or "the export ended without a message; try latent-explorer export"
