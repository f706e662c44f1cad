"""Random codes to decode: draws from a model's prior or, without a prior, from the box of its codes.

1. `CodeSource` says where the random codes of a run come from, and draws them.
2. `with_nearest` compares their decodes with the real samples: a decode that equals one may be memorized.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Dataset
from explorer.latent.codes.nearest_real import nearest_real
from explorer.models.latent_model import Capabilities
from explorer.models.priors import PriorComponents

PRIOR_SIGMAS = 4.0
MAX_CODES = 4_000
MAX_VALUES = 400_000
"""Maximum number of codes, and of their values, that a range is computed from."""
BOX = (0.5, 99.5)
"""Percentiles of the codes between which a model without a prior is sampled."""


@dataclass(frozen=True, eq=False)
class CodeSource:
    """Where random codes of a run come from.

    Attributes
    ----------
    codes
        Codes of real samples, ``(n, latent_dim)``; None if they are not known.
    components
        The Gaussians of a learned prior.
    sparse
        Whether each unit is active on some samples only.
    """

    latent_dim: int
    capabilities: Capabilities
    codes: NDArray[np.float32] | None = None
    components: PriorComponents | None = None
    sparse: bool = False

    @property
    def has_normal_prior(self) -> bool:
        """True if the prior is the standard normal; a learned prior is known only from its weights."""
        return self.capabilities.prior and not self.capabilities.learned_prior

    @property
    def is_known(self) -> bool:
        """False while the components of a learned prior are missing."""
        return self.components is not None or not self.capabilities.learned_prior

    @property
    def words(self) -> str:
        """The source in words, such as "draws from its prior, the standard normal"."""
        if self.has_normal_prior:
            return "draws from its prior, the standard normal"
        if self.capabilities.prior:
            return "draws from its learned prior"
        if self._has_units:
            return "no prior: each unit is taken from the code of a random sample"
        return "no prior: uniform draws from the range of its codes"

    @cached_property
    def range(self) -> NDArray[np.float64]:
        """The lowest and highest useful value of each dimension, ``(latent_dim, 2)``.

        For a standard normal prior, ±4σ; otherwise the range of the central 99 % of the codes with a 5 % margin.
        """
        prior = np.tile([-PRIOR_SIGMAS, PRIOR_SIGMAS], (self.latent_dim, 1))
        if self.has_normal_prior or self.codes is None:
            return prior
        # Quantiles of a few thousand codes are precise enough for a slider.
        rows = max(2, min(MAX_CODES, MAX_VALUES // self.latent_dim))
        codes = self.codes[:: max(1, len(self.codes) // rows)]
        codes = codes[np.isfinite(codes).all(axis=1)]
        if len(codes) < 2:
            return prior
        # Single outliers would make sliders useless.
        low, high = np.percentile(codes, BOX, axis=0)
        # A dimension that is always 0 still needs a range to slide in.
        margin = np.maximum(0.05 * (high - low), 1e-3)
        return np.column_stack([low - margin, high + margin])

    def draw(self, count: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """Draw ``(count, latent_dim)`` random codes.

        They come from the prior or, without one, uniformly from `range`. Each unit of a sparse code is taken from the
        code of a random sample, so that it is active as often as for samples.
        """
        size = (count, self.latent_dim)
        if self.components is not None:
            drawn = _of_mixture(self.components, count, rng)
        elif self.has_normal_prior:
            drawn = rng.standard_normal(size)
        elif self._has_units:
            assert self.codes is not None
            # Independent rows keep the marginal distribution of each unit, including its zeros.
            rows = rng.integers(len(self.codes), size=size)
            drawn = np.nan_to_num(self.codes[rows, np.arange(self.latent_dim)])
        else:
            low, high = self.range.T
            drawn = rng.uniform(low, high, size)
        return drawn.astype(np.float32)

    @property
    def _has_units(self) -> bool:
        return self.sparse and self.codes is not None and len(self.codes) > 0


def _of_mixture(components: PriorComponents, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    weights = components.weights.astype(np.float64)
    # float32 weights do not add up to 1 exactly, which rng.choice demands.
    chosen = rng.choice(len(weights), size=count, p=weights / weights.sum())
    drawn = [rng.multivariate_normal(components.means[one], components.covariances[one]) for one in chosen]
    return np.array(drawn).reshape(count, -1)


@dataclass(frozen=True, eq=False)
class Draws:
    """Random codes with their decodes, and the real sample that is nearest to each decode.

    Attributes
    ----------
    z
        ``(n, latent_dim)``.
    decodes
        The means of p(x|z), ``(n, *shape)`` in the units of the samples.
    nearest, distances
        Indices of the nearest training samples and their Euclidean distances in model values, ``(n,)`` each; None if
        the data is not available.
    compared
        Number of training samples that the decodes were compared with.
    real
        The nearest samples, ``(n, *shape)`` in their own units; None if the data is not available.
    """

    z: NDArray[np.float32]
    decodes: NDArray[np.float32]
    nearest: NDArray[np.int64] | None = None
    distances: NDArray[np.float64] | None = None
    compared: int = 0
    real: NDArray[Any] | None = None


def with_nearest(z: NDArray[np.float32], decodes: NDArray[np.float32], dataset: Dataset | None) -> Draws:
    """Return draws with the training sample nearest to each decode, if there are training samples."""
    if dataset is None or len(dataset.splits.train) == 0:
        return Draws(z, decodes)
    known = nearest_real(dataset)
    rows, distances = known.find(decodes)
    nearest = known.index[rows]
    return Draws(z, decodes, nearest, distances, len(known.index), dataset.rows(nearest))
