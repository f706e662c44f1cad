"""Latent semantic indexing: the truncated SVD of the documents' term weights (Deerwester et al. 1990)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass

from explorer.config import MAX_LATENT_DIM, STRICT, ConfigError, ModelConfig, setting
from explorer.data.dataset import Dataset, Description
from explorer.models.catalog import register
from explorer.models.linear.linear_fit import Directions
from explorer.models.linear.linear_projection import LinearConfig, LinearProjection

_SEED = 0


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LsiConfig(LinearConfig):
    """The settings of LSI: the number of themes, and σ of the Gaussian around the decoded weights."""

    latent_dim: int = setting(
        10,
        "Latent dimensions",
        "Number of directions in the space of term weights to keep: the themes.",
        ge=1,
        le=MAX_LATENT_DIM,
    )
    sigma: float = setting(
        0.02, "σ of p(x|z)", "Standard deviation of the Gaussian likelihood.", advanced=True, ge=1e-3, le=1e3
    )


def resolve_lsi(config: LsiConfig, description: Description) -> LsiConfig:
    """Check a config against the data.

    Raises
    ------
    ConfigError
        If the samples are not documents, or there are more latent dimensions than terms.
    """
    if description.kind != "text" or description.of_words:
        found = "words" if description.kind == "text" else {"image": "pictures"}.get(description.kind, "measurements")
        other = "skip-gram" if description.kind == "text" else "pca"
        raise ConfigError(
            f"model lsi needs documents, but {description.name} has {found}: use {other}, or data such as topics"
        )
    if config.latent_dim > description.features:
        raise ConfigError(
            f"model.latent_dim = {config.latent_dim}: the documents of {description.name} have "
            f"{description.features} terms, and LSI has at most as many directions; choose a smaller latent dim"
        )
    return config


@register(
    "lsi",
    title="Latent semantic indexing",
    short_title="LSI",
    summary="Describes documents by themes (groups of terms that occur together), with a truncated SVD of "
    "TF-IDF weights.",
    config=LsiConfig,
    resolve=resolve_lsi,
    data="topics",
    group="Words",
    place=0,
)
class Lsi(LinearProjection):
    """The truncated SVD of TF-IDF weights by scikit-learn's TruncatedSVD: z = x·Vᵀ encodes and z·V decodes.

    The weights are not centred, so that they stay sparse. A decoded weight may be negative.
    """

    share_of = "squared length"

    @classmethod
    def check_samples(cls, config: ModelConfig, dataset: Dataset, index: NDArray[np.int64]) -> None:
        """Raise ConfigError if there are fewer documents than latent dimensions."""
        if len(index) < config.latent_dim:
            raise ConfigError(
                f"model.latent_dim = {config.latent_dim}: {dataset.name} has {len(index)} training documents, which "
                f"span at most {len(index)} directions; choose a smaller latent dim"
            )

    def fit(self, dataset: Dataset, index: NDArray[np.int64]) -> None:
        """Compute the directions of the training documents, whose weights stay sparse.

        Raises
        ------
        ConfigError
            If there are fewer documents than latent dimensions.
        """
        from scipy.sparse import csr_array, issparse

        self.check_samples(self.config, dataset, index)
        chosen = dataset.samples[index]
        rows = csr_array(chosen if issparse(chosen) else dataset.model_inputs(index), dtype=np.float64)
        self.take(self.directions(rows, len(self.shares)))

    def directions(self, rows: Any, count: int) -> Directions:
        """Return the first ``count`` right singular vectors of sparse rows (n, V)."""
        from sklearn.decomposition import TruncatedSVD

        # Documents without a known word have no weights; a total of 0 would make the shares NaN.
        total = float((rows.multiply(rows)).sum() / rows.shape[0]) or 1.0
        if rows.shape[1] == 1:  # TruncatedSVD needs at least two features
            return Directions(np.zeros(1), np.ones((1, 1)), np.array([total]), total, True)
        found = min(count, *rows.shape)
        # ARPACK cannot compute all vectors. The randomized solver can, and is exact then: its range is the whole space.
        solver = "arpack" if found < min(rows.shape) else "randomized"
        fitted = TruncatedSVD(found, algorithm=solver, random_state=_SEED).fit(rows)
        directions, variances = np.zeros((count, rows.shape[1])), np.zeros(count)
        directions[:found] = fitted.components_
        variances[:found] = fitted.singular_values_**2 / rows.shape[0]
        return Directions(np.zeros(rows.shape[1]), directions, variances, total, True)
