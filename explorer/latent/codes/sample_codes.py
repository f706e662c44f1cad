"""The interface of the codes of a run's samples, for computations that look up samples by code."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Column
from explorer.latent.codes.neighbours import Neighbours


class SampleCodes(Protocol):
    """Codes of n samples; row i of every array is sample ``index[i]``."""

    @property
    def index(self) -> NDArray[np.int64]:
        """Indices in the data set, ``(n,)``."""

    @property
    def mean(self) -> NDArray[np.float32]:
        """Means of q(z|x), ``(n, latent_dim)``."""

    @property
    def log_variance(self) -> NDArray[np.float32] | None:
        """Log variances of q(z|x), ``(n, latent_dim)``; None for point posteriors."""

    @property
    def scale_tril(self) -> NDArray[np.float32] | None:
        """Cholesky factors of full covariances, ``(n, latent_dim, latent_dim)``; None for diagonal ones."""

    @property
    def labels(self) -> NDArray[np.int64] | None:
        """Classes ``(n,)``, with -1 for unknown; None without labels."""

    @property
    def split(self) -> NDArray[np.str_] | None:
        """Names of the splits, ``(n,)``; None if they are not known."""

    @property
    def columns(self) -> Mapping[str, Column]:
        """Attributes of the same samples."""

    @property
    def neighbours(self) -> Neighbours:
        """Search for the nearest code."""

    @property
    def drawn(self) -> bool:
        """True if the rows are draws from the prior of a model without an encoder, not samples."""
