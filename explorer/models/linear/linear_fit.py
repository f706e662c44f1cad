"""Fits linear models in closed form with scikit-learn.

1. Check that there are enough samples, and that they differ.
2. Take the training samples as float64 rows (n, F), or as float32 if they are very large.
3. Choose a solver by its cost: exact up to `MAX_EXACT` multiplications, else randomized.
4. Return orthonormal directions in decreasing order with the variance along each. There are at least `SPECTRUM` of
   them, so that the window can show what the bottleneck leaves out.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError
from explorer.data.dataset import Dataset

SPECTRUM = 20
"""Minimum number of directions to compute."""
MAX_EXACT = 5e10
"""Maximum number of multiplications for an exact solver, which is a few seconds."""
MAX_DENSE = 4 << 30
"""Maximum size of a sparse matrix as 32-bit floats, which the solvers need all at once: 4 GiB."""
_FULL_COST = 6  # cost of the SVD of all samples, relative to computing a covariance matrix
_SEED = 0


@dataclass(frozen=True)
class Directions:
    """Orthonormal directions of samples, in decreasing order of variance.

    Attributes
    ----------
    mean
        ``(F,)``: what was subtracted from the samples; zeros without centring.
    rows
        ``(K, F)``: the directions.
    variances
        ``(K,)``: variance along each direction with n in the denominator, or mean square without centring.
    total
        The sum of the variances over all F directions.
    exact
        Whether the solver was exact.
    """

    mean: NDArray[np.float64]
    rows: NDArray[np.float64]
    variances: NDArray[np.float64]
    total: float
    exact: bool

    @property
    def shares(self) -> NDArray[np.float64]:
        """The share of the total variance along each direction, ``(K,)``."""
        return self.variances / self.total


def spectrum_size(latent_dim: int, features: int) -> int:
    """Return the number of directions to compute for samples with this number of features."""
    return min(features, max(latent_dim, SPECTRUM))


def check_rows(dataset: Dataset, index: NDArray[np.int64], latent_dim: int) -> None:
    """Check that a linear model can be fitted to the training samples.

    Raises
    ------
    ConfigError
        If there are fewer samples than latent dimensions, all samples are equal, or a sparse matrix is too large.
    """
    if len(index) < latent_dim:
        raise ConfigError(
            f"model.latent_dim = {latent_dim}: {dataset.name} has {len(index)} training samples, which span at most "
            f"{len(index)} directions; choose a smaller latent dim"
        )
    size = 0 if isinstance(dataset.samples, np.ndarray) else len(index) * dataset.description.features * 4
    if size > MAX_DENSE:
        raise ConfigError(
            f"{dataset.name}: a linear model needs all values of the sparse matrix at once ({size >> 30:,} GiB); "
            "keep fewer features (data.max_features = 2000), or train an autoencoder"
        )
    if _all_equal(dataset.samples[index]):
        raise ConfigError(f"{dataset.name}: all training samples are equal, so there is no variance to explain")


def _all_equal(samples: Any) -> bool:
    if isinstance(samples, np.ndarray):
        return bool((samples == samples[:1]).all())
    return bool((samples.max(axis=0).toarray() == samples.min(axis=0).toarray()).all())


def training_rows(dataset: Dataset, index: NDArray[np.int64], latent_dim: int) -> NDArray[Any]:
    """Return the training samples in model values, ``(n, F)``: float64, or float32 if they are very large.

    Raises
    ------
    ConfigError
        As `check_rows`.
    """
    check_rows(dataset, index, latent_dim)
    rows = dataset.model_inputs(index).reshape(len(index), -1)
    return rows.astype(np.float64) if rows.size <= MAX_EXACT / 500 else rows  # up to 100 million values, 0.8 GB


def principal_directions(rows: NDArray[Any], count: int) -> Directions:
    """Return the first ``count`` principal components of samples (n, F), padded with zeros.

    They are those of scikit-learn's PCA: exact by the covariance matrix or an SVD, or randomized (Halko, Martinsson and
    Tropp 2011, arXiv 0909.4061).
    """
    from sklearn.decomposition import PCA

    exact = is_exact(*rows.shape)
    # The covariance matrix is smaller than the data if there are more samples than features.
    solver = "randomized" if not exact else "covariance_eigh" if rows.shape[1] <= rows.shape[0] else "full"
    found = min(count, *rows.shape)
    fitted = PCA(found, svd_solver=solver, random_state=_SEED).fit(rows)
    # scikit-learn divides by n − 1; a mean squared error divides by n.
    biased = (len(rows) - 1) / len(rows)
    return Directions(
        mean=np.asarray(fitted.mean_, np.float64),
        rows=_filled(fitted.components_, count),
        variances=_filled(fitted.explained_variance_ * biased, count),
        total=float(rows.var(axis=0, dtype=np.float64).sum()),
        exact=exact,
    )


def singular_directions(rows: NDArray[Any], count: int) -> Directions:
    """Return the first ``count`` right singular vectors of samples (n, F) without centring, padded with zeros.

    They are those of scikit-learn's TruncatedSVD: exact by ARPACK, or randomized.
    """
    from sklearn.decomposition import TruncatedSVD

    total = float(np.square(rows, dtype=np.float64).sum() / len(rows))  # mean squared length
    if rows.shape[1] == 1:  # TruncatedSVD needs at least two features
        return Directions(np.zeros(1), np.ones((1, 1)), np.array([total]), total, exact=True)
    exact = is_exact(*rows.shape)
    found = min(count, *rows.shape)
    # ARPACK cannot compute all vectors. The randomized solver can, and is exact then: its range is the whole space.
    solver = "arpack" if exact and found < min(rows.shape) else "randomized"
    fitted = TruncatedSVD(found, algorithm=solver, n_iter=7, random_state=_SEED).fit(rows)
    return Directions(
        mean=np.zeros(rows.shape[1]),
        rows=_filled(fitted.components_, count),
        variances=_filled(fitted.singular_values_**2 / len(rows), count),
        total=total,
        exact=exact,
    )


def is_exact(samples: int, features: int) -> bool:
    """Return whether an exact solver is fast enough for this number of samples and features."""
    cost = samples * features * min(samples, features) * (1 if features <= samples else _FULL_COST)  # multiplications
    return cost <= MAX_EXACT


def _filled(values: NDArray[Any], count: int) -> NDArray[np.float64]:
    """Return ``values`` padded with zeros to ``count`` rows."""
    filled = np.zeros((count, *values.shape[1:]))
    filled[: len(values)] = values
    return filled
