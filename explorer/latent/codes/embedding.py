"""Embedding a data set: where every sample lands."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.data.dataset import Dataset
from explorer.latent.inputs import inputs_of
from explorer.latent.passes import at_once
from explorer.models.latent_model import LatentModel

CHUNK = 1024


@dataclass(frozen=True)
class Embedding:
    """The posteriors of some samples, as arrays.

    Attributes
    ----------
    mean
        ``(n, latent_dim)`` float32.
    log_variance
        The same shape, or None for a point posterior.
    index
        ``(n,)`` int64, the samples' indices in their data set.
    reconstruction
        ``(n,)`` float32, −log p(x | decode of the mean) in nats, where it was asked for.
    scale_tril
        ``(n, latent_dim, latent_dim)`` float32, the lower triangular L of full covariances L·Lᵀ; None for diagonal.
    """

    mean: NDArray[np.float32]
    log_variance: NDArray[np.float32] | None
    index: NDArray[np.int64]
    reconstruction: NDArray[np.float32] | None = None
    scale_tril: NDArray[np.float32] | None = None


def embed(
    model: LatentModel, dataset: Dataset, index: NDArray[np.int64] | None = None, *, reconstruct: bool = False
) -> Embedding:
    """Encode samples at one go; see `embed_in_chunks`."""
    return at_once(embed_in_chunks(model, dataset, index, reconstruct=reconstruct))


def embed_in_chunks(
    model: LatentModel,
    dataset: Dataset,
    index: NDArray[np.int64] | None = None,
    *,
    reconstruct: bool = False,
    chunk: int = CHUNK,
) -> Generator[int, None, Embedding]:
    """Encode samples; yields after each chunk how many are done, so that whoever runs it can do other things.

    Parameters
    ----------
    index
        Which samples; all of them by default.
    reconstruct
        Whether the reconstruction of each sample is computed too.
    """
    index = np.arange(len(dataset)) if index is None else index
    count = len(index)
    mean = np.zeros((count, model.latent_dim), np.float32)
    log_variance = np.zeros_like(mean) if model.capabilities.stochastic_posterior else None
    reconstruction = np.zeros(count, np.float32) if reconstruct else None
    scales: list[NDArray[np.float32]] = []
    for start in range(0, count, chunk):
        part = slice(start, start + chunk)
        with torch.inference_mode():
            given = inputs_of(model, dataset, index[part])
            posterior = model.encode(given.x, given.condition)
            mean[part] = posterior.mean.cpu().numpy()
            if log_variance is not None and posterior.log_variance is not None:
                log_variance[part] = posterior.log_variance.cpu().numpy()
            if posterior.scale_tril is not None:
                scales.append(posterior.scale_tril.cpu().numpy())
            if reconstruction is not None:
                likelihood = model.decode(posterior.mean, given.condition)
                reconstruction[part] = -likelihood.log_prob(given.target).cpu().numpy()
        yield min(start + chunk, count)
    return Embedding(mean, log_variance, index, reconstruction, np.concatenate(scales) if scales else None)
