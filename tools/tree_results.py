"""What a checkout of the program makes: weights, figures and pictures, for `compare_with.py` to compare with another's.

    PYTHONPATH=CHECKOUT python -P tools/tree_results.py OUT --families ae,vae --epochs 1

It uses only what stays the same from one version to the next: the command line, names of actions and widgets, and the
mouse. OUT gets `results.json` and a folder `pictures`.

1. Trains each family on its example data, by the command line, on one thread.
2. Measures those runs and the ones that ship, by `evaluate --json`.
3. Opens the window without a screen, takes it through some states in each theme, and photographs each once it rests.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SIZE = (1440, 900)
REST_SECONDS, LONGEST_SECONDS = 1.2, 30.0
BEAT_MILLISECONDS = 100


def main() -> None:
    """Write what this checkout makes into a folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--families", default="", help="names with commas between; empty for all")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--parts", default="runs,pictures")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        _use_own_folders(Path(home))
        results: dict[str, Any] = {"weights": {}, "figures": {}, "pictures": []}
        if "runs" in options.parts:
            results |= run_results(Path(home), options.families.split(",") if options.families else [], options.epochs)
        if "pictures" in options.parts:
            results["pictures"] = photograph(options.out / "pictures")
    (options.out / "results.json").write_text(json.dumps(results, indent=1), encoding="utf-8")


def _use_own_folders(home: Path) -> None:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    for kind in ("CONFIG", "STATE", "CACHE", "DATA"):
        os.environ[f"XDG_{kind}_HOME"] = str(home)
    os.environ["HOME"] = str(home)
    os.environ["LATENT_EXPLORER_RUNS"] = str(home / "runs")


def run_results(home: Path, families: list[str], epochs: int) -> dict[str, Any]:
    """Train the families, and measure those runs and the ones that ship."""
    from explorer.assets import shipped_runs

    # Copies without what is kept of them, so that they are measured anew.
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
        With what it said, where it failed.
    """
    from typer.testing import CliRunner

    from explorer.cli import app

    ended = CliRunner().invoke(app, [str(word) for word in words])
    if ended.exit_code != 0:
        raise RuntimeError((ended.output or str(ended.exception)).strip())
    return ended.stdout


def photograph(folder: Path) -> list[str]:
    """Take the window through its states, and save a picture of each; returns their names."""
    folder.mkdir(parents=True, exist_ok=True)
    import torch  # noqa: F401  (before PySide6)
    from PySide6.QtWidgets import QApplication

    names: list[str] = []

    def take_pictures() -> int:
        (window,) = [one for one in QApplication.topLevelWidgets() if one.objectName() == "main_window"]
        window.resize(*SIZE)
        QApplication.setCursorFlashTime(0)
        try:
            for theme in ("dark", "light"):
                _trigger(window, f"theme_{theme}")
                for name in states(window):
                    _rest(window)
                    names.append(f"{theme}-{name}")
                    window.grab().save(str(folder / f"{names[-1]}.png"))
        finally:
            window.close()
        return 0

    with _instead_of_the_event_loop(take_pictures):
        from explorer.cli import main as command_line

        sys.argv[1:] = ["gui"]
        try:
            command_line()
        except SystemExit as end:
            if end.code:
                raise
    return names


@contextmanager
def _instead_of_the_event_loop(act: Callable[[], int]) -> Iterator[None]:
    from PySide6.QtWidgets import QApplication

    run = QApplication.exec
    QApplication.exec = act  # type: ignore[method-assign]
    try:
        yield
    finally:
        QApplication.exec = run  # type: ignore[method-assign]


def states(window: Any) -> Iterator[str]:
    """Take the window from one state to the next; yields each one's name."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QAction

    _trigger(window, "mode_probe")
    _settle_until(window, lambda: len(_planes(window)) == 2)
    yield "start"
    left, right = _planes(window)
    _click(right, (0.30, 0.35))
    yield "place"
    _click(left, (0.50, 0.50))
    yield "sample"
    for name in sorted({action.objectName() for action in window.findChildren(QAction)}):
        if "overlay_" in name:
            _trigger(window, name)
            yield name.replace("action_", "")
            _trigger(window, name)
    _drag(right, (0.45, 0.45), (0.60, 0.60), Qt.KeyboardModifier.ShiftModifier)
    yield "selection"
    _trigger(window, "mode_path")
    _click(right, (0.40, 0.40))
    _click(right, (0.60, 0.55))
    yield "path"
    _trigger(window, "mode_probe")
    window.resize(1280, 720)
    yield "small"
    window.resize(*SIZE)


def _planes(window: Any) -> list[Any]:
    from PySide6.QtWidgets import QWidget

    numbered = re.compile(r"latent_plane_\d+")
    found = [one for one in window.findChildren(QWidget) if numbered.fullmatch(one.objectName()) and one.isVisible()]
    return sorted(found, key=lambda one: one.mapTo(window, one.rect().topLeft()).x())


def _trigger(window: Any, name: str) -> None:
    from PySide6.QtGui import QAction

    action = next(one for one in window.findChildren(QAction) if one.objectName().endswith(name))
    action.trigger()


def _click(plane: Any, at: tuple[float, float]) -> None:
    _drag(plane, at, at)


def _drag(plane: Any, start: tuple[float, float], end: tuple[float, float], keys: Any = None) -> None:
    """Press at a place, given in shares of the plane's size, move, and release, as a mouse does."""
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    keys = Qt.KeyboardModifier.NoModifier if keys is None else keys
    target = plane.viewport() if hasattr(plane, "viewport") else plane
    points = [QPoint(int(x * target.width()), int(y * target.height())) for x, y in (start, end)]
    QTest.mouseMove(target, points[0])
    _live(BEAT_MILLISECONDS)
    QTest.mousePress(target, Qt.MouseButton.LeftButton, keys, points[0])
    if start != end:
        QTest.mouseMove(target, points[1])
        _live(BEAT_MILLISECONDS)
    QTest.mouseRelease(target, Qt.MouseButton.LeftButton, keys, points[1])
    QTest.mouseMove(target, QPoint(2, 2))


def _rest(window: Any) -> None:
    """Let the window live until its picture has not changed for `REST_SECONDS`."""
    last, since, began = window.grab().toImage(), time.monotonic(), time.monotonic()
    while time.monotonic() - since < REST_SECONDS and time.monotonic() - began < LONGEST_SECONDS:
        _live(BEAT_MILLISECONDS)
        now = window.grab().toImage()
        if now != last:
            last, since = now, time.monotonic()


def _settle_until(window: Any, condition: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > LONGEST_SECONDS:
            raise TimeoutError("the window did not show its planes")
        _live(BEAT_MILLISECONDS)
    _rest(window)


def _live(milliseconds: int) -> None:
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


if __name__ == "__main__":
    main()
