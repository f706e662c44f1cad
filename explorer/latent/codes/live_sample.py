"""The fixed sample of a data set whose codes are made again and again: for the live plane, and for the replay."""

import zlib

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Dataset

LIVE_POINTS = 10_000


def live_index(dataset: Dataset, count: int = LIVE_POINTS) -> NDArray[np.int64]:
    """Return the fixed, stratified sample of at most ``count`` samples that the live plane shows, sorted.

    Each class keeps its share; the draw depends on the data's name alone, so that the same points move at each start.
    """
    if len(dataset) <= count:
        return np.arange(len(dataset))
    order = np.random.default_rng(zlib.crc32(dataset.name.encode())).permutation(len(dataset))
    if dataset.labels is not None:
        # Sorted by class, every k-th sample is a stratified draw.
        order = order[np.argsort(dataset.labels[order], kind="stable")]
    chosen = order[np.linspace(0, len(order) - 1, count).round().astype(np.int64)]
    return np.unique(chosen)
