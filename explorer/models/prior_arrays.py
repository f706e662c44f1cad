"""A prior with numpy in and out."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from explorer.config import ConfigError
from explorer.models.latent_model import Prior


@dataclass(frozen=True)
class PriorArrays:
    """p(z) of a model of ``latent_dim`` dimensions."""

    prior: Prior
    latent_dim: int

    @torch.inference_mode()
    def sample(self, count: int, seed: int = 0) -> NDArray[np.float32]:
        """Draw codes ``(count, latent_dim)``; the same ones for a seed."""
        drawn: NDArray[np.float32] = self.prior.sample(count, torch.Generator().manual_seed(seed)).numpy()
        return drawn

    @torch.inference_mode()
    def log_prob(self, z: ArrayLike) -> NDArray[np.float32]:
        """Return log p(z) in nats of codes ``(..., latent_dim)``: ``(...)``.

        Raises
        ------
        ConfigError
            For codes of another dimension.
        """
        codes = np.asarray(z, np.float32)
        if codes.ndim == 0 or codes.shape[-1] != self.latent_dim:
            raise ConfigError(f"z has shape {codes.shape}; the prior is of codes of {self.latent_dim} numbers")
        flat = torch.from_numpy(codes.reshape(-1, self.latent_dim))
        found: NDArray[np.float32] = self.prior.log_prob(flat).numpy().reshape(codes.shape[:-1])
        return found
