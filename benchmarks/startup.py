"""Start of the program to a window that can be used, against the bare imports of torch, PySide6 and pyqtgraph.

Budget: the window painted within 1.3 × of the bare imports. Each figure is the median of whole processes, in turns.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 5
BARE = "import torch, PySide6.QtWidgets, pyqtgraph"


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, **{f"XDG_{kind}_HOME": home for kind in ("CONFIG", "STATE", "CACHE", "DATA")}}
        environment["LATENT_EXPLORER_RUNS"] = str(Path(home) / "runs")
        environment.setdefault("QT_QPA_PLATFORM", "xcb" if os.environ.get("DISPLAY") else "offscreen")
        rows: dict[str, list[float]] = {"bare imports": [], "window painted": [], "both planes shown": []}
        for number in range(ROUNDS + 1):
            bare = _seconds([sys.executable, "-c", BARE], environment)
            painted, planes = _window(environment)
            if number:  # the first round warms the disk's cache
                for name, value in zip(rows, (bare, painted, planes), strict=True):
                    rows[name].append(value)
    bare = statistics.median(rows["bare imports"])
    for name, values in rows.items():
        median = statistics.median(values)
        budget = "   budget ≤ 1.3" if name == "window painted" else ""
        print(f"{name:20} {median:6.2f} s   {median / bare:5.2f} × bare{budget}")


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    since = time.monotonic()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.monotonic() - since


def _window(environment: dict[str, str]) -> tuple[float, float]:
    since = time.monotonic()
    child = subprocess.run(
        [sys.executable, __file__, "child"], env=environment, check=True, capture_output=True, text=True
    )
    painted, planes = (float(word) - since for word in child.stdout.split()[-2:])
    return painted, planes


def child() -> None:
    """Open the window as `latent-explorer` does, and tell when it was painted and when both planes were there."""
    from explorer.cli.window import no_garbage_collection

    with no_garbage_collection():
        from explorer.ui.app.app import build_window, start_application

    app = start_application()
    window = build_window(app)
    window.show()
    app.processEvents()
    painted = time.monotonic()
    window.start([])
    while sum(run.plane is not None for run in window.state.store.runs.values()) < 2:
        app.processEvents()
        time.sleep(0.002)
    app.processEvents()
    print(painted, time.monotonic())
    window.close()


if __name__ == "__main__":
    child() if sys.argv[1:] == ["child"] else main()
