"""PCA and truncated SVD: z = W(x − m) encodes and Wᵀz + m decodes, with W in closed form."""

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass
from torch import Generator, Tensor

from explorer.config import STRICT, ConfigError, ModelConfig, setting
from explorer.data.dataset import Dataset, Description
from explorer.models.catalog import register
from explorer.models.latent_model import Batch, Capabilities, LatentModel, Losses, Posterior
from explorer.models.likelihoods.gaussian import Gaussian
from explorer.models.likelihoods.likelihood import Likelihood
from explorer.models.linear.linear_fit import (
    Directions,
    check_rows,
    principal_directions,
    singular_directions,
    spectrum_size,
    training_rows,
)
from explorer.models.linear_parts import LinearParts, ShareOf


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LinearConfig(ModelConfig):
    """The settings of a linear model with a Gaussian p(x|z)."""

    sigma: float = setting(
        1.0, "σ of p(x|z)", "Standard deviation of the Gaussian likelihood.", advanced=True, ge=1e-3, le=1e3
    )


def resolve_linear(config: LinearConfig, description: Description) -> LinearConfig:
    """Check a config against the data.

    Raises
    ------
    ConfigError
        If the data is text, or there are more latent dimensions than features.
    """
    if description.kind == "text":
        raise ConfigError(
            f"model {config.family} needs pictures or measurements, but {description.name} is text: use lsi, or data "
            "such as digits"
        )
    if config.latent_dim > description.features:
        raise ConfigError(
            f"model.latent_dim = {config.latent_dim}: samples of {description.name} have {description.features} "
            "values, and a linear model has at most as many directions; choose a smaller latent dim"
        )
    return config


class LinearProjection(LatentModel):
    """A linear model in closed form; `fit` computes its directions, which are buffers.

    Attributes
    ----------
    mean
        ``(F,)``: what is subtracted from a sample.
    components
        ``(latent_dim, F)``: orthonormal directions.
    shares
        ``(S,)``: the share of the total variance along each direction, in decreasing order, including those beyond the
        bottleneck.
    exact
        Whether the solver was exact, and not randomized.
    """

    capabilities = Capabilities(encoder=True, prior=False, stochastic_posterior=False)
    trained_by_steps = False
    share_of: ClassVar[ShareOf]
    mean: Tensor
    components: Tensor
    shares: Tensor
    exact: Tensor

    def __init__(self, config: LinearConfig, description: Description) -> None:
        super().__init__()
        self.config: LinearConfig = config
        self.shape = description.shape
        features = description.features
        self.register_buffer("mean", torch.empty(features))
        self.register_buffer("components", torch.empty(config.latent_dim, features))
        self.register_buffer("shares", torch.empty(spectrum_size(config.latent_dim, features)))
        self.register_buffer("exact", torch.empty((), dtype=torch.bool))

    def initialise(self, generator: Generator) -> None:
        """Set all buffers to zero; `fit` computes them."""
        for buffer in (self.mean, self.components, self.shares, self.exact):
            buffer.zero_()

    @classmethod
    def check_samples(cls, config: ModelConfig, dataset: Dataset, index: NDArray[np.int64]) -> None:
        """Raise ConfigError if there are fewer samples than latent dimensions, or all samples are equal."""
        check_rows(dataset, index, config.latent_dim)

    @abstractmethod
    def directions(self, rows: NDArray[Any], count: int) -> Directions:
        """Return the first ``count`` directions of samples (n, F) by the method of the family."""

    def fit(self, dataset: Dataset, index: NDArray[np.int64]) -> None:
        """Compute the directions of the training samples.

        Raises
        ------
        ConfigError
            If there are fewer samples than latent dimensions, or all samples are equal.
        """
        # More directions than the bottleneck has, for the shares of those that it leaves out.
        self.take(self.directions(training_rows(dataset, index, self.latent_dim), len(self.shares)))

    def take(self, found: Directions) -> None:
        """Store the first ``latent_dim`` directions, and the shares of all."""
        self.mean.copy_(torch.from_numpy(found.mean))
        self.components.copy_(torch.from_numpy(found.rows[: self.latent_dim]))
        self.shares.copy_(torch.from_numpy(found.shares))
        self.exact.fill_(found.exact)

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Return the codes of a batch (batch, *shape) as a posterior without variance."""
        return Posterior((x.flatten(1) - self.mean) @ self.components.T)  # (batch, latent_dim)

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Likelihood:
        """Return p(x|z) for codes (batch, latent_dim): a Gaussian around a point in the span of the directions."""
        return Gaussian((z @ self.components + self.mean).reshape(-1, *self.shape), self.config.sigma)

    def losses(self, batch: Batch) -> Losses:
        """Return the reconstruction loss in nats per sample."""
        reconstruction = -self.decode(self.encode(batch.x).mean).log_prob(batch.target).mean()
        return Losses(reconstruction, {"reconstruction": reconstruction})

    def linear_parts(self) -> LinearParts:
        """Return mean, directions and the share of variance along each."""
        shares = self.shares.cpu().numpy().astype(np.float64)
        centred = self.share_of == "variance"
        return LinearParts(
            components=self.components.reshape(-1, *self.shape).cpu().numpy(),
            explained_variance_ratio=shares,
            share_of=self.share_of,
            kept=float(shares[: self.latent_dim].sum()),
            exact=bool(self.exact),
            mean=self.mean.reshape(self.shape).cpu().numpy() if centred else None,
        )


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PcaConfig(LinearConfig):
    """The settings of PCA, which adds none."""


@register(
    "pca",
    title="Principal component analysis",
    short_title="PCA",
    summary="The plane that keeps most of the samples' variance, in closed form; the best possible linear bottleneck.",
    config=PcaConfig,
    resolve=resolve_linear,
    group="Linear",
    place=0,
)
class Pca(LinearProjection):
    """PCA (Hotelling 1933), as computed by scikit-learn; the decoder is the transpose of the encoder."""

    share_of = "variance"

    def directions(self, rows: NDArray[Any], count: int) -> Directions:
        """Return the principal components."""
        return principal_directions(rows, count)


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SvdConfig(LinearConfig):
    """The settings of the truncated SVD, which adds none."""


@register(
    "svd",
    title="Truncated singular value decomposition",
    short_title="SVD",
    summary="Like PCA, but without subtracting the mean, so the first direction resembles the mean sample.",
    config=SvdConfig,
    resolve=resolve_linear,
    group="Linear",
    place=1,
)
class Svd(LinearProjection):
    """The truncated SVD of the samples (Eckart and Young 1936), as computed by scikit-learn, without centring."""

    share_of = "squared length"

    def directions(self, rows: NDArray[Any], count: int) -> Directions:
        """Return the right singular vectors."""
        return singular_directions(rows, count)
