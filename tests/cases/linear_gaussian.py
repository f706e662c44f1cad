"""A linear Gaussian VAE, whose log p(x) is known exactly, with good and with bad encoders."""

from dataclasses import dataclass

import numpy as np
import scipy.stats
import torch
from known_models import dataset_of
from torch import Tensor

from explorer.config import MODEL_CONFIGS
from explorer.data.dataset import Dataset
from explorer.models.latent_model import Batch, Capabilities, LatentModel, Losses, Posterior
from explorer.models.likelihoods.gaussian import Gaussian
from explorer.models.priors import StandardNormal

SIGMA = 0.6
"""Standard deviation of p(x|z)."""


class LinearGaussianVae(LatentModel):
    """p(x|z) = N(W·z + b, σ²I), and q(z|x) = N(A·x + a, Q) for any Gaussian Q = L·Lᵀ."""

    capabilities = Capabilities(encoder=True, prior=True, stochastic_posterior=True)

    def __init__(self, decoder: np.ndarray, bias: np.ndarray, gain: np.ndarray, offset: np.ndarray, tril: np.ndarray):
        super().__init__()
        self.config = MODEL_CONFIGS["vae"]()
        for name, value in zip("WbAaL", (decoder, bias, gain, offset, tril), strict=True):
            self.register_buffer(f"_{name}", torch.as_tensor(value, dtype=torch.float32))

    @property
    def latent_dim(self) -> int:
        return self._W.shape[1]

    @property
    def prior(self) -> StandardNormal:
        return StandardNormal(self.latent_dim)

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        mean, tril = x @ self._A.T + self._a, self._L.expand(len(x), -1, -1)
        return Posterior(mean, tril.square().sum(-1).log(), tril)

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Gaussian:
        return Gaussian(z @ self._W.T + self._b, SIGMA)

    def losses(self, batch: Batch) -> Losses:
        raise AssertionError("this model is never trained")


@dataclass(frozen=True)
class LinearGaussianCase:
    """A decoder and the exact moments that follow from it."""

    decoder: np.ndarray
    bias: np.ndarray

    @classmethod
    def of(cls, latent: int, features: int) -> "LinearGaussianCase":
        rng = np.random.default_rng(0)
        return cls(2 * rng.normal(size=(features, latent)) / np.sqrt(features), rng.normal(size=features))

    def model(self, shift: float = 0.0, width: float = 1.0) -> LinearGaussianVae:
        """Return the model with the true posterior as q, or shifted by ``shift`` σ and scaled by ``width``."""
        latent = self.decoder.shape[1]
        covariance = np.linalg.inv(np.eye(latent) + self.decoder.T @ self.decoder / SIGMA**2)
        gain = covariance @ self.decoder.T / SIGMA**2
        signs = np.where(np.arange(latent) % 2, -1.0, 1.0)
        offset = shift * np.sqrt(np.diag(covariance)) * signs - gain @ self.bias
        return LinearGaussianVae(self.decoder, self.bias, gain, offset, width * np.linalg.cholesky(covariance))

    def samples(self, count: int, seed: int) -> Dataset:
        """Draw samples of p(x)."""
        return dataset_of(np.random.default_rng(seed).multivariate_normal(self.bias, self.covariance, count))

    @property
    def covariance(self) -> np.ndarray:
        return self.decoder @ self.decoder.T + SIGMA**2 * np.eye(len(self.decoder))

    def log_likelihood(self, dataset: Dataset) -> np.ndarray:
        """Return the exact log p(x), (n,)."""
        return scipy.stats.multivariate_normal(self.bias, self.covariance).logpdf(dataset.samples.astype(np.float64))
