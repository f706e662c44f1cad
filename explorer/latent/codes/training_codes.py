"""The codes of the training samples, encoded once per model, with the search for the nearest of them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Dataset
from explorer.latent.codes.embedding import embed_in_chunks
from explorer.latent.codes.neighbours import Neighbours
from explorer.latent.once import Once
from explorer.latent.steps import Absent, Steps
from explorer.models.latent_model import LatentModel

MAX_CODES = 20_000
"""Maximum number of training samples that are encoded."""
CHUNK = 64
"""Samples encoded at once: a few milliseconds of work, so that dragging the probe stays smooth."""
SEED = 0
NO_ENCODER = "the model has no encoder, so samples have no codes"
NO_DATA = "the data of the run is not loaded"


@dataclass(frozen=True, eq=False)
class TrainingCodes:
    """Mean codes of training samples.

    Attributes
    ----------
    codes
        ``(n, latent_dim)`` float32; some may not be finite.
    index
        ``(n,)``: sorted indices in the data set.
    labels
        ``(n,)`` class indices, with -1 for unknown.
    """

    codes: NDArray[np.float32]
    index: NDArray[np.int64]
    labels: NDArray[np.int64]

    @cached_property
    def neighbours(self) -> Neighbours:
        """The search for the nearest codes; its rows are those of ``codes``."""
        return Neighbours(self.codes)


_known: Once[TrainingCodes] = Once()


def training_codes(model: LatentModel, dataset: Dataset | None) -> Steps[TrainingCodes | Absent]:
    """Encode the training samples, at most 20,000 that a fixed seed chooses; yields None after each chunk."""
    if not model.capabilities.encoder:
        return Absent(NO_ENCODER)
    if dataset is None:
        return Absent(NO_DATA)
    if len(dataset.splits.train) == 0:
        return Absent("the data has no training samples")
    known = dataset
    # By fingerprint, as the same model may be asked with other data.
    return (yield from _known.get(model, known.description.fingerprint, lambda: _encode(model, known)))


def _encode(model: LatentModel, dataset: Dataset) -> Steps[TrainingCodes]:
    index = dataset.splits.train
    if len(index) > MAX_CODES:
        index = np.sort(np.random.default_rng(SEED).choice(index, MAX_CODES, replace=False))
    embedding = yield from embed_in_chunks(model, dataset, index, chunk=CHUNK)
    labels = np.full(len(index), -1, np.int64) if dataset.labels is None else dataset.labels[index]
    return TrainingCodes(embedding.mean, index, labels)
