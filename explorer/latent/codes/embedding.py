"""Encodes the samples of a data set: all of them, or a fixed subset that is encoded again and again."""

import zlib
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.data.dataset import Dataset
from explorer.data.splits import stratified
from explorer.latent.inputs import inputs_of
from explorer.latent.steps import Steps, at_once
from explorer.models.latent_model import LatentModel

LIVE_POINTS = 10_000
"""Maximum number of samples in the subset for the live plane and for the replay."""
CHUNK = 128
"""Samples encoded at once; the maps of more of them leave the processor's cache, which takes twice as long."""


def live_index(dataset: Dataset, count: int = LIVE_POINTS) -> NDArray[np.int64]:
    """Return a stratified subset of at most ``count`` samples, as sorted indices.

    The subset depends only on the name of the data set, so that the same points are shown at each start.
    """
    if len(dataset) <= count:
        return np.arange(len(dataset))
    # Not hash(), whose result for a text differs between processes.
    order = np.random.default_rng(zlib.crc32(dataset.name.encode())).permutation(len(dataset))
    return np.unique(stratified(order, dataset.labels, count))


@dataclass(frozen=True)
class Embedding:
    """The posteriors q(z|x) of samples as arrays.

    Attributes
    ----------
    mean, log_variance
        ``(n, latent_dim)`` float32; the latter is None for models without a variance.
    index
        ``(n,)`` int64: indices in the data set.
    reconstruction
        ``(n,)`` float32: −log p(x|z) at the mean of q(z|x) in nats; None unless requested.
    scale_tril
        ``(n, latent_dim, latent_dim)`` float32: the lower triangular L of full covariances L·Lᵀ; None for diagonal
        ones.
    """

    mean: NDArray[np.float32]
    log_variance: NDArray[np.float32] | None
    index: NDArray[np.int64]
    reconstruction: NDArray[np.float32] | None = None
    scale_tril: NDArray[np.float32] | None = None


def embed(
    model: LatentModel, dataset: Dataset, index: NDArray[np.int64] | None = None, *, reconstruct: bool = False
) -> Embedding:
    """Encode samples at once; see `embed_in_chunks`."""
    return at_once(embed_in_chunks(model, dataset, index, reconstruct=reconstruct))


def embed_in_chunks(
    model: LatentModel,
    dataset: Dataset,
    index: NDArray[np.int64] | None = None,
    *,
    reconstruct: bool = False,
    chunk: int = CHUNK,
) -> Steps[Embedding]:
    """Encode samples; yields the number of samples done after each chunk.

    Parameters
    ----------
    index
        Indices of the samples; by default all.
    reconstruct
        Whether to compute the reconstruction loss of each sample.
    """
    index = np.arange(len(dataset)) if index is None else index
    count = len(index)
    # Filled chunk by chunk: concatenating would need twice the memory at the end.
    mean = np.zeros((count, model.latent_dim), np.float32)
    log_variance = np.zeros_like(mean) if model.capabilities.stochastic_posterior else None
    reconstruction = np.zeros(count, np.float32) if reconstruct else None
    scales: list[NDArray[np.float32]] = []
    for start in range(0, count, chunk):
        part = slice(start, start + chunk)
        with torch.inference_mode():
            given = inputs_of(model, dataset, index[part])
            posterior = model.encode(given.x, given.condition)  # (chunk, latent_dim)
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
