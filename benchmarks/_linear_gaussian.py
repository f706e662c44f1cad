"""Linear Gaussian VAEs whose log p(x) is known: x = W·z + b + σ·ε with z and ε standard normal.

p(x) is normal with mean b and covariance W·Wᵀ + σ²·I. The columns of W are orthogonal, so that the true posterior has
independent dimensions, and the encoder of a VAE can be equal to it.
"""

from typing import Final

import numpy as np
import torch
from scipy.stats import multivariate_normal

import explorer.models  # noqa: F401  (fills the families)
from explorer.config import MODEL_CONFIGS
from explorer.data.dataset import Dataset, Description, Splits
from explorer.data.transform import Transform
from explorer.models import catalog
from explorer.models.latent_model import LatentModel

SIGMA = 0.6
SAMPLES = 200
EXACT: Final = "exact"
BAD: Final = "bad"
"""Encoders: that of the true posterior, and one that is shifted by one of its σ and half as wide."""


def linear_gaussian(latent: int, features: int, encoder: str, seed: int) -> tuple[LatentModel, Dataset, float]:
    """Return a VAE, samples of its own p(x) as the test split, and their mean log p(x) in nats.

    The decoder and the samples depend on the seed alone.
    """
    rng = np.random.default_rng(seed)
    directions = np.linalg.qr(rng.normal(size=(features, latent)))[0]
    weights = directions * np.linspace(1.0, 2.0, latent)  # (features, latent)
    offset = rng.normal(size=features)
    x = rng.normal(size=(SAMPLES, latent)) @ weights.T + offset + SIGMA * rng.normal(size=(SAMPLES, features))
    x = x.astype(np.float32)
    truth = multivariate_normal(offset, weights @ weights.T + SIGMA**2 * np.eye(features)).logpdf(x).mean()
    variance = 1 / (1 + np.square(weights).sum(0) / SIGMA**2)  # of each dimension of p(z|x)
    to_mean = (variance[:, None] / SIGMA**2) * weights.T  # (latent, features)
    shift = np.sqrt(variance) if encoder == BAD else np.zeros(latent)
    log_variance = np.log(variance / (4 if encoder == BAD else 1))
    config = MODEL_CONFIGS["vae"](
        latent_dim=latent, hidden_widths=(), activation="identity", likelihood="gaussian", sigma=SIGMA,
        log_variance="unbounded",
    )  # fmt: skip
    description = Description("linear", "vector", (features,), Transform(0.0, 1.0), False, (-np.inf, np.inf))
    model = catalog.build(config, description, torch.Generator().manual_seed(0)).eval().requires_grad_(False)
    _set(model, "encoder", np.vstack([to_mean, np.zeros((latent, features))]), [shift - to_mean @ offset, log_variance])
    _set(model, "decoder", weights, [offset])
    rows, none = np.arange(SAMPLES), np.arange(0)
    return model, Dataset(description, x, Splits(none, none, rows)), float(truth)


def _set(model: LatentModel, part: str, weight: np.ndarray, bias: list[np.ndarray]) -> None:  # type: ignore[type-arg]
    layer = next(layer for layer in model.get_submodule(part).modules() if isinstance(layer, torch.nn.Linear))
    layer.weight.copy_(torch.from_numpy(weight))
    layer.bias.copy_(torch.from_numpy(np.concatenate(bias)))
