"""Codes to decode: draws from the prior of a model or from the box of its codes, and the quantiles of the prior.

1. `CodeSource` says where the random codes of a run come from, and draws them.
2. `with_nearest` compares their decodes with the real samples: a decode that equals one may be memorized.
3. A model without an encoder has draws for the points of its plane, coloured by the class that their decodes resemble.
4. `quantile_cells` divides a standard normal prior into cells of equal probability, for the decoded manifold.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.config import ConfigError
from explorer.data.dataset import Dataset, Description
from explorer.latent.bulk import bulk_of
from explorer.latent.codes.nearest_real import Classifier, nearest_real
from explorer.latent.decoding import decode_means
from explorer.latent.steps import Steps, at_once
from explorer.models.latent_model import Capabilities, LatentModel, NotDefined
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
        codes = bulk_of(self.codes[:: max(1, len(self.codes) // rows)])
        if len(codes) < 2:
            return prior
        # Single outliers would make sliders useless.
        low, high = np.percentile(codes, BOX, axis=0)
        # A dimension that is always 0 still needs a range to slide in.
        margin = np.maximum(0.05 * (high - low), 1e-3)
        return np.column_stack([low - margin, high + margin])

    @property
    def without_prior(self) -> "CodeSource":
        """The same codes without their prior, so that `draw` uses their range."""
        capabilities = replace(self.capabilities, prior=False, learned_prior=False)
        return replace(self, capabilities=capabilities, components=None)

    def draw(self, count: int, rng: np.random.Generator, temperature: float = 1.0) -> NDArray[np.float32]:
        """Draw ``(count, latent_dim)`` random codes.

        They come from the prior or, without one, uniformly from `range`. Each unit of a sparse code is taken from the
        code of a random sample, so that it is active as often as for samples. ``temperature`` multiplies the standard
        deviations of a prior, and leaves a range as it is.
        """
        size = (count, self.latent_dim)
        if (parts := self.components) is not None:
            drawn = draw_mixture(parts.weights, parts.means, temperature**2 * parts.covariances, count, rng)
        elif self.has_normal_prior:
            drawn = temperature * rng.standard_normal(size)
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


def draw_mixture(
    weights: NDArray[np.floating],
    means: NDArray[np.floating],
    covariances: NDArray[np.floating],
    count: int,
    rng: np.random.Generator,
    method: Literal["svd", "cholesky"] = "svd",
) -> NDArray[np.float64]:
    """Draw ``(count, d)`` from a mixture of K Gaussians: weights ``(K,)``, means ``(K, d)``, covariances ``(K, d, d)``.

    ``method`` is that of `numpy.random.Generator.multivariate_normal`: Cholesky is faster, but needs covariances that
    are not singular.
    """
    shares = weights.astype(np.float64)
    # float32 weights do not add up to 1 exactly, which rng.choice demands.
    chosen = rng.choice(len(shares), size=count, p=shares / shares.sum())
    drawn = [rng.multivariate_normal(means[one], covariances[one], method=method) for one in chosen]
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


DRAWS = 4_000
"""Number of points on the plane."""
SEED = 0
"""A fixed seed, so that the points do not move while a model trains."""
CHUNK = 128
"""Decodes classified at once."""


@dataclass(frozen=True)
class PriorDraws:
    """Draws from a prior.

    Attributes
    ----------
    z
        ``(n, latent_dim)`` float32.
    labels
        ``(n,)``: class of each decode; None without a classifier.
    labelled_by
        How the classes were predicted: the words after "coloured by"; empty without labels.
    """

    z: NDArray[np.float32]
    labels: NDArray[np.int64] | None = None
    labelled_by: str = ""

    @property
    def index(self) -> NDArray[np.int64]:
        """Ascending negative numbers, ``(n,)``, as the draws are not samples of the data."""
        # Negative, so that no index of a sample ever matches a draw.
        return np.arange(-len(self.z), 0, dtype=np.int64)


def draw(model: LatentModel, description: Description, classifier: Classifier | None, count: int = DRAWS) -> PriorDraws:
    """Draw codes at once; see `draw_in_chunks`."""
    return at_once(draw_in_chunks(model, description, classifier, count))


def draw_in_chunks(
    model: LatentModel, description: Description, classifier: Classifier | None, count: int = DRAWS
) -> Steps[PriorDraws]:
    """Draw codes from the prior with a fixed seed and classify their decodes; yields the number done after each chunk.

    Parameters
    ----------
    classifier
        Predicts the class of a decode; without one the draws have no labels.

    Raises
    ------
    NotDefined
        If the model has no prior.
    """
    if model.prior is None:
        raise NotDefined("the model has neither an encoder nor a prior, so there are no codes to show")
    with torch.inference_mode():
        # A generator of its own, so that showing the plane does not change the random numbers of a training.
        z = model.prior.sample(count, torch.Generator(model.device).manual_seed(SEED)).cpu().numpy()
    if classifier is None:
        return PriorDraws(z)
    labels = np.full(count, -1, np.int64)
    for start in range(0, count, CHUNK):
        part = slice(start, start + CHUNK)
        labels[part] = classifier(decode_means(model, description, z[part]))
        yield min(start + CHUNK, count)
    return PriorDraws(z, labels, classifier.words)


@dataclass(frozen=True)
class QuantileCells:
    """The cells of one axis, in order.

    Attributes
    ----------
    middles
        Median of each cell, Φ⁻¹((i + ½) / n), ``(n,)``.
    widths
        Width of each cell, ``(n,)``. The first and the last are infinite; their width is twice the distance from their
        median to their inner edge.
    """

    middles: NDArray[np.float64]
    widths: NDArray[np.float64]


def quantile_cells(count: int) -> QuantileCells:
    """Divide a standard normal distribution into ``count`` cells of equal probability."""
    from scipy.special import ndtri

    middles = ndtri((np.arange(count) + 0.5) / count)
    edges = ndtri(np.arange(count + 1) / count)  # −∞ and ∞ at the ends
    widths = np.diff(edges)
    if count == 1:
        return QuantileCells(middles, np.array([2.0]))
    widths[0] = widths[-1] = 2 * (edges[1] - middles[0])
    return QuantileCells(middles, widths)


def quantile_codes(count: int, latent_dim: int) -> NDArray[np.float32]:
    """Return the codes of a sheet, first row on top: ``(count², 2)``, or ``(count, 1)`` with one dimension."""
    middles = quantile_cells(count).middles.astype(np.float32)
    if latent_dim == 1:
        return middles[:, None]
    # Reversed, as rows are counted from the top and z₂ increases upwards.
    across, up = np.meshgrid(middles, middles[::-1])
    return np.stack([across, up], -1).reshape(-1, 2)


def sheet_codes(capabilities: Capabilities, latent_dim: int, name: str, count: int) -> NDArray[np.float32]:
    """Return the codes of a sheet of ``count`` × ``count`` decodes, row by row from the top: ``(n, latent_dim)``.

    z₁ increases to the right and z₂ upwards, all other dimensions are 0. One latent dimension has one row.

    Raises
    ------
    ConfigError
        For a model without a standard normal prior.
    """
    if not capabilities.prior or capabilities.learned_prior:
        lack = "its prior is learned" if capabilities.prior else "the model has no prior"
        raise ConfigError(f"{name}: a sheet at the prior's quantiles is not defined: {lack}")
    shown = quantile_codes(count, latent_dim)
    codes = np.zeros((len(shown), latent_dim), np.float32)
    codes[:, : shown.shape[1]] = shown
    return codes
