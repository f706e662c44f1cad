"""How long the preview and the whole reading of own data take: `python benchmarks/import_preview.py`.

Data made here: a table of 200,000 × 60 numbers, and 5,000 photographs of unequal sizes (JPEG, 480 to 1,000 pixels).
A preview has to take less than 2 s; a cancelled load ends within 0.5 s.
"""

import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from explorer.config import DataConfig
from explorer.data.catalog import load
from explorer.data.context import Cancelled, LoadContext

PREVIEW = 1000
"""Samples of a preview, as in the window."""
TARGET = 2.0
ROWS, COLUMNS, PHOTOGRAPHS = 200_000, 60, 5_000


def main() -> None:
    """Make the data, and print a table of seconds."""
    with tempfile.TemporaryDirectory() as folder:
        table, pictures = _table(Path(folder)), _pictures(Path(folder))
        print("| data | preview, s | target, s | whole, s | cancelled after 0.2 s, ended, s |")
        print("| --- | ---: | ---: | ---: | ---: |")
        for name, path in ((f"table of {ROWS:,} × {COLUMNS}", table), (f"{PHOTOGRAPHS:,} photographs", pictures)):
            config = DataConfig(source=str(path))
            load(config, LoadContext(limit=10))  # imports
            times = [_seconds(lambda c=config: load(c, LoadContext(limit=PREVIEW))) for _ in range(3)]
            whole = _seconds(lambda c=config: load(c))
            print(f"| {name} | {min(times):.2f} | {TARGET} | {whole:.2f} | {_cancelled(config):.2f} |")


def _table(folder: Path) -> Path:
    values = np.random.default_rng(0).normal(size=(ROWS, COLUMNS))
    path = folder / "table.csv"
    header = ",".join(f"feature {index}" for index in range(COLUMNS))
    np.savetxt(path, values, fmt="%.6f", delimiter=",", header=header, comments="")
    return path


def _pictures(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    root = folder / "photographs"
    noise = [Image.fromarray(rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)) for _ in range(20)]
    for number in range(PHOTOGRAPHS):
        size = int(rng.integers(480, 1000)), int(rng.integers(480, 1000))
        target = root / f"class {number % 10}" / f"{number:05d}.jpg"
        target.parent.mkdir(parents=True, exist_ok=True)
        noise[number % 20].resize(size).filter(ImageFilter.BoxBlur(2)).save(target, quality=80)
    return root


def _seconds(action: object) -> float:
    start = time.perf_counter()
    action()  # type: ignore[operator]
    return time.perf_counter() - start


def _cancelled(config: DataConfig) -> float:
    """Return the seconds from a cancel after 0.2 s to the end of the load."""
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    start = time.perf_counter()
    with suppress(Cancelled):
        load(config, LoadContext(cancelled=cancel.is_set))
    return time.perf_counter() - start - 0.2


if __name__ == "__main__":
    main()
