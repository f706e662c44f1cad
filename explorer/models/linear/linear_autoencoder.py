"""The linear autoencoder: one matrix there and one back, trained by gradient; it ends on PCA's plane.

Baldi and Hornik 1989 (doi 10.1016/0893-6080(89)90014-2): with squared error its only minimum is that plane. Its columns
need not be PCA's directions, nor at right angles to each other.
"""

import math
from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass
from torch import Generator, Tensor, nn

from explorer.config import STRICT, ModelConfig, setting
from explorer.data.dataset import Dataset, Description
from explorer.models.catalog import register
from explorer.models.latent_model import Batch, Capabilities, LatentModel, Likelihood, Losses, Posterior
from explorer.models.likelihoods import Gaussian
from explorer.models.linear.linear_fit import check_rows, principal_directions, spectrum_size, training_rows
from explorer.models.linear.linear_projection import LinearConfig, resolve_linear
from explorer.models.linear_parts import ANGLE, EXCESS, LinearParts
from explorer.models.tied_layers import Transposed

KNOWN_DIRECTIONS = 64
"""Of the samples' covariance so many directions are kept; the rest is taken for equal in all other directions."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class LinearAutoencoderConfig(LinearConfig):
    """A matrix there, a matrix back."""

    tied: bool = setting(
        False, "Tied weights", "The decoder's matrix is the encoder's, transposed; only its bias is its own."
    )


@register(
    "linear-ae",
    title="Linear autoencoder",
    short_title="linear AE",
    summary="One matrix there, one back, no hidden layer, trained by gradient: it ends on PCA's plane.",
    config=LinearAutoencoderConfig,
    resolve=resolve_linear,
    train={"epochs": 150, "learning_rate": 2e-2, "learning_rate_schedule": "cosine"},
    group="Linear",
    place=2,
)
class LinearAutoencoder(LatentModel):
    """A linear autoencoder with a Gaussian likelihood, and PCA of the same samples to compare with.

    Attributes
    ----------
    mean
        ``(F,)`` of the training samples, which is taken off first and put back last: gradients then go straight for the
        plane.
    principal
        ``(K, F)``, the samples' principal components, orthonormal; PCA's plane is the first ``latent_dim``.
    variances
        ``(K,)`` along them (n in the denominator).
    total
        The variance over all directions.
    exact
        Whether the components were found exactly, not by a randomised solver.
    """

    capabilities = Capabilities(encoder=True, prior=False, stochastic_posterior=False)
    mean: Tensor
    principal: Tensor
    variances: Tensor
    total: Tensor
    exact: Tensor

    def __init__(self, config: LinearAutoencoderConfig, description: Description) -> None:
        super().__init__()
        self.config: LinearAutoencoderConfig = config
        self.shape = description.shape
        features = description.features
        self.encoder = nn.Linear(features, config.latent_dim)
        self.decoder = Transposed(self.encoder) if config.tied else nn.Linear(config.latent_dim, features)
        count = min(features, max(KNOWN_DIRECTIONS, spectrum_size(config.latent_dim, features)))
        self.register_buffer("mean", torch.empty(features))
        self.register_buffer("principal", torch.empty(count, features))
        self.register_buffer("variances", torch.empty(count, dtype=torch.float64))
        self.register_buffer("total", torch.empty((), dtype=torch.float64))
        self.register_buffer("exact", torch.empty((), dtype=torch.bool))

    def initialise(self, generator: Generator) -> None:
        """Set what PCA will give to zero; the layers draw their own weights."""
        for buffer in (self.mean, self.principal, self.variances, self.total, self.exact):
            buffer.zero_()

    @classmethod
    def check_samples(cls, config: ModelConfig, dataset: Dataset, index: NDArray[np.int64]) -> None:
        """Raise ConfigError for fewer samples than latent dimensions, or samples that are all the same."""
        check_rows(dataset, index, config.latent_dim)

    def fit(self, dataset: Dataset, index: NDArray[np.int64]) -> None:
        """Take mean and principal components of the training samples.

        Raises
        ------
        ConfigError
            For fewer samples than latent dimensions, or samples that are all the same.
        """
        found = principal_directions(training_rows(dataset, index, self.latent_dim), len(self.principal))
        self.mean.copy_(torch.from_numpy(found.mean))
        self.principal.copy_(torch.from_numpy(found.rows))
        self.variances.copy_(torch.from_numpy(found.variances))
        self.total.fill_(found.total)
        self.exact.fill_(found.exact)

    @property
    def components(self) -> Tensor:
        """The decoder's columns as rows, ``(latent_dim, F)``: what one step along each latent dimension adds."""
        return self.decoder.weight.T

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Return the code of a batch (batch, *shape): a point."""
        return Posterior(self.encoder(x.flatten(1) - self.mean).to(x.dtype))

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Likelihood:
        """Return p(x|z) of codes (batch, latent_dim): a Gaussian around a point of the decoder's plane."""
        return Gaussian((self.decoder(z).to(z.dtype) + self.mean).reshape(-1, *self.shape), self.config.sigma)

    def losses(self, batch: Batch) -> Losses:
        """Return the reconstruction in nats per sample."""
        reconstruction = -self.decode(self.encode(batch.x).mean).log_prob(batch.target).mean()
        return Losses(reconstruction, {"reconstruction": reconstruction})

    @torch.no_grad()
    def observe(self) -> Mapping[str, float]:
        """Return the angle to PCA's plane, and how much more squared error than PCA's the training samples have.

        The error is exact for samples of at most `KNOWN_DIRECTIONS` values; of larger ones, what lies outside of the
        known directions is taken for equal in all of them. Without an error of PCA's, there is no share of it.
        """
        figures = {ANGLE: angle(self.components, self.principal[: self.latent_dim])}
        least = float(self.total - self.variances[: self.latent_dim].sum())
        if least > 1e-9 * float(self.total):
            figures[EXCESS] = 100 * (self._squared_error() / least - 1)
        return figures

    @torch.no_grad()
    def linear_parts(self) -> LinearParts:
        """Return the decoder's columns beside PCA's directions."""
        total, reference = float(self.total), self.principal[: self.latent_dim]
        variances = self.variances[: spectrum_size(self.latent_dim, self.mean.numel())]
        decoded_zero = self.decode(self.mean.new_zeros(1, self.latent_dim)).mean[0]
        return LinearParts(
            components=self.components.reshape(-1, *self.shape).cpu().numpy(),
            explained_variance_ratio=(variances / total).cpu().numpy(),
            share_of="variance",
            kept=1 - self._squared_error() / total,
            exact=bool(self.exact),
            mean=decoded_zero.cpu().numpy(),
            reference=reference.reshape(-1, *self.shape).cpu().numpy(),
            angle=angle(self.components, reference),
        )

    def _squared_error(self) -> float:
        """Return the training samples' squared error, summed over a sample's values, averaged over samples.

        With C the covariance: tr C − 2 tr(W C V) + tr(VᵀV W C Wᵀ) + |V b + c|² for x − m → W(x − m) + b → V(…) + c.
        """
        there, back = self.encoder.weight.double(), self.components.T.double()  # W (k, F), V (F, k)
        known = self.principal.double()
        unknown = known.shape[1] - len(known)
        rest = (self.total - self.variances.sum()).clamp(min=0) / unknown if unknown else self.total.new_zeros(())
        seen = there @ known.T  # (k, K)
        spread = (seen * (self.variances - rest)) @ known + rest * there  # W C
        crossed = (spread.T * back).sum()
        squared = ((back.T @ back) * (spread @ there.T)).sum()
        shift = back @ self.encoder.bias.double() + self.decoder.bias.double()
        return float(self.total - 2 * crossed + squared + shift.square().sum())


def angle(one: Tensor, other: Tensor) -> float:
    """Return the largest principal angle in degrees between the spans of rows (k, F) (Björck and Golub 1973)."""
    from scipy.linalg import subspace_angles

    rows = (part.detach().cpu().double().numpy().T for part in (one, other))
    return math.degrees(float(subspace_angles(*rows).max()))
