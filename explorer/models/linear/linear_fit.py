"""The closed forms of linear models, through scikit-learn: which solver, how many directions, and what they explain."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError
from explorer.data.dataset import Dataset

SPECTRUM = 20
"""At least so many directions are measured, so that what the bottleneck leaves out is seen beside what it keeps."""
MAX_EXACT = 5e10
"""Multiplications that an exact solver may take (some seconds); beyond, the randomised one is used."""
_FULL_COST = 6  # of an SVD of all samples, in multiplications of a covariance matrix of as many entries
_SEED = 0


@dataclass(frozen=True)
class Directions:
    """Orthonormal directions of samples, the greatest first.

    Attributes
    ----------
    mean
        ``(F,)``, what was taken off first; zeros where nothing was.
    rows
        ``(K, F)``.
    variances
        ``(K,)``: of the samples along each (n in the denominator), or the mean square where no mean was taken off.
    total
        The sum over all F directions.
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
        """The share of the total along each, ``(K,)``."""
        return self.variances / self.total


def spectrum_size(latent_dim: int, features: int) -> int:
    """Return how many directions are measured of samples of so many features."""
    return min(features, max(latent_dim, SPECTRUM))


def check_rows(dataset: Dataset, index: NDArray[np.int64], latent_dim: int) -> None:
    """Check that training samples have directions to find.

    Raises
    ------
    ConfigError
        Where there are fewer samples than the bottleneck has dimensions, or all of them are the same.
    """
    if len(index) < latent_dim:
        raise ConfigError(
            f"model.latent_dim = {latent_dim}: {dataset.name} has {len(index)} training samples, which span no more "
            f"than {len(index)} directions; choose a smaller one"
        )
    if (dataset.samples[index] == dataset.samples[index[:1]]).all():
        raise ConfigError(f"{dataset.name}: its training samples are all the same, so that no direction explains them")


def training_rows(dataset: Dataset, index: NDArray[np.int64], latent_dim: int) -> NDArray[Any]:
    """Return the training samples as a model sees them, ``(n, F)`` float64 (float32 where they are very many).

    Raises
    ------
    ConfigError
        As `check_rows` does.
    """
    check_rows(dataset, index, latent_dim)
    rows = dataset.model_inputs(index).reshape(len(index), -1)
    return rows.astype(np.float64) if rows.size <= MAX_EXACT / 500 else rows


def principal_directions(rows: NDArray[Any], count: int) -> Directions:
    """Return the first ``count`` principal components of samples (n, F), those without variance included as zeros.

    scikit-learn's PCA: exact, by the covariance matrix or an SVD, up to `MAX_EXACT` multiplications, else randomised
    (Halko, Martinsson and Tropp 2011, arXiv 0909.4061).
    """
    from sklearn.decomposition import PCA  # takes a second: only where it is wanted

    exact = is_exact(*rows.shape)
    solver = "randomized" if not exact else "covariance_eigh" if rows.shape[1] <= rows.shape[0] else "full"
    found = min(count, *rows.shape)
    fitted = PCA(found, svd_solver=solver, random_state=_SEED).fit(rows)
    # scikit-learn's variances have n − 1 in the denominator, a mean squared error has n.
    biased = (len(rows) - 1) / len(rows)
    return Directions(
        mean=np.asarray(fitted.mean_, np.float64),
        rows=_filled(fitted.components_, count),
        variances=_filled(fitted.explained_variance_ * biased, count),
        total=float(rows.var(axis=0, dtype=np.float64).sum()),
        exact=exact,
    )


def singular_directions(rows: NDArray[Any], count: int) -> Directions:
    """Return the first ``count`` right singular vectors of samples (n, F), nothing taken off.

    scikit-learn's TruncatedSVD: exact by ARPACK up to `MAX_EXACT` multiplications, else randomised.
    """
    from sklearn.decomposition import TruncatedSVD

    total = float(np.square(rows, dtype=np.float64).sum() / len(rows))
    if rows.shape[1] == 1:  # which TruncatedSVD refuses
        return Directions(np.zeros(1), np.ones((1, 1)), np.array([total]), total, exact=True)
    exact = is_exact(*rows.shape)
    found = min(count, *rows.shape)
    # ARPACK gives fewer than all of them; then the random range is the whole space, and its answer exact too.
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
    """Whether an exact solver is quick enough for so many samples and features."""
    cost = samples * features * min(samples, features) * (1 if features <= samples else _FULL_COST)
    return cost <= MAX_EXACT


def _filled(values: NDArray[Any], count: int) -> NDArray[np.float64]:
    """Put zeros where the samples have fewer directions than were asked for."""
    filled = np.zeros((count, *values.shape[1:]))
    filled[: len(values)] = values
    return filled
