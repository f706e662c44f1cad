"""Make the pictures of the data set `mnist-small` from those of MNIST: the same files, with fewer rows.

``python tools/mnist_subset.py FOLDER`` reads the four IDX files of MNIST in FOLDER, draws 8,000 training and 2,000 test
pictures by seed, and writes them in their old order to ``resources/mnist-small/``.
"""

import argparse
import gzip
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.data.sources.idx import find_file, read_pair

TARGET = Path(__file__).resolve().parents[1] / "resources" / "mnist-small"
ROWS = {"train": 8_000, "t10k": 2_000}
SEED = 0


def subset(folder: Path, target: Path = TARGET) -> None:
    """Write the subset of the pictures and labels in ``folder``."""
    target.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(SEED)
    for part, count in ROWS.items():
        pictures, labels = read_pair(find_file(folder, part, "images"), find_file(folder, part, "labels"))
        rows = np.sort(generator.choice(len(pictures), count, replace=False))
        _write(target / f"{part}-images-idx3-ubyte.gz", pictures[rows].reshape(count, 28, 28))
        _write(target / f"{part}-labels-idx1-ubyte.gz", labels[rows])


def _write(path: Path, values: NDArray[np.uint8]) -> None:
    header = struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape)
    # Without the time of day in its header, the file is the same on every day.
    path.write_bytes(gzip.compress(header + values.astype(np.uint8).tobytes(), compresslevel=9, mtime=0))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="the folder with the four files of MNIST")
    subset(parser.parse_args().folder)
