"""Projects posteriors q(z|x) to the plane: Gaussians along its one or two directions."""

import numpy as np
from numpy.typing import NDArray

from explorer.latent.plane.projection import Projection

CHUNK = 4096
"""Samples projected at once; the intermediate arrays have the square of the latent dimension for each."""


def plane_covariances(
    projection: Projection,
    log_variance: NDArray[np.float32],
    scale_tril: NDArray[np.float32] | None = None,
) -> NDArray[np.float64]:
    """Return the covariances C Σ Cᵀ, ``(n, m, m)``, of posteriors along the ``m`` directions C of a plane.

    Parameters
    ----------
    log_variance
        ``(n, latent_dim)``; not used with ``scale_tril``.
    scale_tril
        ``(n, latent_dim, latent_dim)``: L of full covariances L·Lᵀ.
    """
    shown = projection.components
    found = np.empty((len(log_variance), len(shown), len(shown)))
    for start in range(0, len(found), CHUNK):
        part = slice(start, start + CHUNK)
        if scale_tril is not None:
            root = shown @ scale_tril[part].astype(np.float64)  # (chunk, m, latent_dim)
        else:
            root = shown * np.exp(0.5 * log_variance[part].astype(np.float64))[:, None, :]
        found[part] = root @ root.transpose(0, 2, 1)
    return found
