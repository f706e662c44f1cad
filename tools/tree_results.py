"""Writes the weights, figures and pictures of a checkout, for `compare_with.py` to compare with another's.

    PYTHONPATH=CHECKOUT python tools/tree_results.py OUT --families ae,vae --epochs 1

It uses only what stays the same from one version to the next: the command line, names of actions and widgets, and the
mouse. OUT gets `results.json` and a folder `pictures`.

1. Trains each family on its example data, by the command line, on one thread.
2. Measures those runs and the ones that ship, by `evaluate --json`.
3. Opens the window without a screen, takes it through some states in each theme, and photographs each once it rests.
"""

import argparse
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from driven_window import click, drag, in_the_window, planes, rest, settle_until, trigger, use_temporary_folders

SIZE = (1440, 900)


def main() -> None:
    """Write the results of this checkout into a folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--families", default="", help="names, separated by commas; empty for all")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--parts", default="runs,pictures")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        use_temporary_folders(Path(home))
        results: dict[str, Any] = {"weights": {}, "figures": {}, "pictures": []}
        if "runs" in options.parts:
            results |= run_results(Path(home), options.families.split(",") if options.families else [], options.epochs)
        if "pictures" in options.parts:
            results["pictures"] = photograph(options.out / "pictures")
    (options.out / "results.json").write_text(json.dumps(results, indent=1), encoding="utf-8")


def run_results(home: Path, families: list[str], epochs: int) -> dict[str, Any]:
    """Train the families, and measure those runs and the ones that ship."""
    from explorer.assets import shipped_runs

    # Copies without the kept figures, so that these are measured again.
    runs = {path.name: home / "shipped" / path.name for path in shipped_runs()}
    for path in shipped_runs():
        shutil.copytree(path, runs[path.name], ignore=shutil.ignore_patterns("figures.json"))
    names = families or [entry["name"] for entry in json.loads(_called("models", "--json"))]
    weights: dict[str, dict[str, str]] = {}
    for name in names:
        settings = ("--epochs", epochs, "--first-look", "--seed", 0, "--threads", 1, "--device", "cpu")
        try:
            _called("train", "--model", name, *settings, "--out", home / name)
        except RuntimeError as error:
            weights[name] = {"error": str(error)}
            continue
        weights[name] = weight_digests(home / name)
        runs[name] = home / name
    return {
        "weights": weights,
        "figures": {name: json.loads(_called("evaluate", runs[name], "--json")) for name in runs},
    }


def weight_digests(run: Path) -> dict[str, str]:
    """Return the SHA-256 of each tensor in a run's newest weights, optimizer included."""
    from safetensors.numpy import load_file

    newest = max(run.glob("*.safetensors"))
    tensors = load_file(newest)
    return {f"{newest.name}: {name}": hashlib.sha256(tensors[name].tobytes()).hexdigest() for name in sorted(tensors)}


def _called(*words: object) -> str:
    """Return what a subcommand prints.

    Raises
    ------
    RuntimeError
        With its output, if it failed.
    """
    from typer.testing import CliRunner

    from explorer.cli import app

    ended = CliRunner().invoke(app, [str(word) for word in words])
    if ended.exit_code != 0:
        raise RuntimeError((ended.output or str(ended.exception)).strip())
    return ended.stdout


def photograph(folder: Path) -> list[str]:
    """Take the window through its states in each theme, and save a picture of each; returns their names."""
    folder.mkdir(parents=True, exist_ok=True)
    names: list[str] = []

    def take_pictures(window: Any) -> None:
        window.resize(*SIZE)
        for theme in ("dark", "light"):
            trigger(window, f"theme_{theme}")
            for name in states(window):
                rest(window)
                names.append(f"{theme}-{name}")
                window.grab().save(str(folder / f"{names[-1]}.png"))

    in_the_window(take_pictures)
    return names


def states(window: Any) -> Iterator[str]:
    """Take the window from one state to the next; yields each one's name."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QAction

    trigger(window, "mode_probe")
    settle_until(window, lambda: len(planes(window)) == 2)
    yield "start"
    left, right = planes(window)
    click(right, (0.30, 0.35))
    yield "point"
    click(left, (0.50, 0.50))
    yield "sample"
    for name in sorted({action.objectName() for action in window.findChildren(QAction)}):
        if "overlay_" in name:
            trigger(window, name)
            yield name.replace("action_", "")
            trigger(window, name)
    drag(right, (0.45, 0.45), (0.60, 0.60), Qt.KeyboardModifier.ShiftModifier)
    yield "selection"
    trigger(window, "mode_path")
    click(right, (0.40, 0.40))
    click(right, (0.60, 0.55))
    yield "path"
    trigger(window, "mode_probe")
    window.resize(1280, 720)
    yield "small"
    window.resize(*SIZE)


if __name__ == "__main__":
    main()
