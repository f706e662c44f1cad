"""The fixed subset of a data set that is encoded repeatedly, for the live plane and for the replay."""

import zlib

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Dataset

LIVE_POINTS = 10_000
"""Maximum number of samples in the subset."""


def live_index(dataset: Dataset, count: int = LIVE_POINTS) -> NDArray[np.int64]:
    """Return a stratified subset of at most ``count`` samples, as sorted indices.

    The subset depends only on the name of the data set, so that the same points are shown at each start.
    """
    if len(dataset) <= count:
        return np.arange(len(dataset))
    order = np.random.default_rng(zlib.crc32(dataset.name.encode())).permutation(len(dataset))
    if dataset.labels is not None:
        # In an order by class, every k-th sample is a stratified subset.
        order = order[np.argsort(dataset.labels[order], kind="stable")]
    chosen = order[np.linspace(0, len(order) - 1, count).round().astype(np.int64)]
    return np.unique(chosen)
