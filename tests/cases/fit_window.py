"""Opens the window on a screen of one size and prints, scene by scene, what is cut or hidden.

    python tests/cases/fit_window.py 1366x768 1.0 RUNS_FOLDER [part of a scene's name …] [--pictures FOLDER]

RUNS_FOLDER holds the small runs of `fit_runs`; they are trained if it does not exist. ``--often`` leaves out what only
the slow tests look at.
"""

import faulthandler
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Print the faults as JSON: {scene: [fault, …]}."""
    arguments = sys.argv[1:]
    pictures = Path(arguments[arguments.index("--pictures") + 1]) if "--pictures" in arguments else None
    if pictures is not None:
        del arguments[arguments.index("--pictures") : arguments.index("--pictures") + 2]
    size, scale, folder, *names = arguments
    width, height = map(int, size.split("x"))
    with tempfile.TemporaryDirectory() as home:
        _use_screen(Path(home), width, height)
        found = _look(Path(folder), (width, height), float(scale), names, pictures)
    sys.stdout.write(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


def _use_screen(home: Path, width: int, height: int) -> None:
    """Draw on a screen of this size, with settings and runs of the test's own."""
    screen = {"name": "screen", "x": 0, "y": 0, "width": width, "height": height, "dpr": 1}
    screen |= {"logicalDpi": 96, "logicalBaseDpi": 96}
    described = home / "screen.json"
    described.write_text(json.dumps({"screens": [screen]}))
    os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={described}"
    for kind in ("CONFIG", "STATE", "CACHE", "DATA"):
        os.environ[f"XDG_{kind}_HOME"] = str(home)
    os.environ["HOME"] = str(home)
    os.environ["LATENT_EXPLORER_RUNS"] = str(home / "runs")


def _look(
    folder: Path, size: tuple[int, int], scale: float, names: list[str], pictures: Path | None
) -> dict[str, list[str]]:
    import torch

    torch.set_num_threads(1)
    from fit_runs import train_small_runs
    from fit_stage import Stage

    from explorer.ui.app.app import delete_closed, open_window
    from explorer.ui.widgets.settings import settings

    if not folder.exists():
        train_small_runs(folder)
    # Set before the window is built: to style it twice takes seconds.
    store = settings()
    store.setValue("window/theme", "dark")
    store.setValue("window/scale", scale)
    window = open_window([])
    faulthandler.enable()  # to the test's output, not to the log of this window
    window.resize(*size)
    try:
        return _look_at_scenes(Stage(window, folder, ROOT / "checkpoints"), names, pictures)
    finally:
        window.close()  # its threads would keep the process alive
        delete_closed()


def _look_at_scenes(stage: Any, names: list[str], pictures: Path | None) -> dict[str, list[str]]:
    from fit_scenes import SCENES
    from fit_stage import look_at

    often = "--often" in names
    names = [name for name in names if name != "--often"]
    stage.wait(lambda: len(stage.keys) > 0 and all(key in stage.state.store.runs for key in stage.keys))
    found = {}
    for scene in SCENES:
        if (often and scene.seldom) or (names and not any(part in scene.name for part in names)):
            continue
        began = time.process_time(), time.monotonic()
        found[scene.name] = [str(fault) for fault in look_at(scene, stage, pictures)]
        took = f"{time.process_time() - began[0]:.1f} s of CPU, {time.monotonic() - began[1]:.1f} s"
        sys.stderr.write(f"{scene.name}: {took}, {len(found[scene.name])} faults\n")
    return found


if __name__ == "__main__":
    main()
