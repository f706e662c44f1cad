"""Models whose figures are known in closed form."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.config import MODEL_CONFIGS
from explorer.data.corruption import Corruption
from explorer.data.dataset import Dataset, Description, Splits
from explorer.data.transform import Transform
from explorer.latent.evaluation.evaluate import evaluate
from explorer.latent.evaluation.figures import Figures
from explorer.latent.metrics.measure import Evaluated, Measure
from explorer.latent.steps import at_once
from explorer.models.latent_model import Batch, Capabilities, LatentModel, Losses, Posterior, Prior
from explorer.models.likelihoods.gaussian import Gaussian
from explorer.models.priors import StandardNormal


class LinearModel(LatentModel):
    """q(z|x) = N(E·x + e, σ²) and p(x|z) = N(D·z, 1), with a standard normal prior; σ = None gives points."""

    def __init__(self, encoder: Any, decoder: Any, sigma: float | None = None, offset: float = 0.0) -> None:
        super().__init__()
        stochastic = sigma is not None
        self.capabilities = Capabilities(encoder=True, prior=True, stochastic_posterior=stochastic)
        self.register_buffer("_encoder", torch.as_tensor(encoder, dtype=torch.float32))
        self.register_buffer("_decoder", torch.as_tensor(decoder, dtype=torch.float32))
        self.config = MODEL_CONFIGS["vae"]()
        self._sigma, self._offset = sigma, offset

    @property
    def latent_dim(self) -> int:
        return len(self._encoder)

    @property
    def prior(self) -> Prior | None:
        return StandardNormal(self.latent_dim) if self.capabilities.prior else None

    def encode(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        mean = x @ self._encoder.T + self._offset
        return Posterior(mean, None if self._sigma is None else torch.full_like(mean, 2 * float(np.log(self._sigma))))

    def decode(self, z: Tensor, condition: Tensor | None = None) -> Gaussian:
        return Gaussian(z @ self._decoder.T, 1.0)

    def losses(self, batch: Batch) -> Losses:
        raise AssertionError("this model is never trained")


def dataset_of(values: Any, kind: Any = "vector") -> Dataset:
    """Return vectors (n, features), all of them the test split; unscaled."""
    values = np.asarray(values, np.float32)
    about = Description("made up", kind, values.shape[1:], Transform(np.float32(0), np.float32(1)), False, None)
    none = np.empty(0, np.int64)
    return Dataset(about, values, Splits(none, none, np.arange(len(values))))


def figures_of(model: LatentModel, values: Any) -> Figures:
    return evaluate(model, dataset_of(values), importance_samples=0)


def evaluated(model: LatentModel, dataset: Dataset) -> Evaluated:
    """Return what measures are given, with the test split encoded."""
    about = Evaluated(model, dataset, dataset.splits.test, 0, Corruption())
    return replace(about, posteriors=at_once(about.encode()))


def measured(measure: Measure, model: LatentModel, dataset: Dataset) -> dict[str, Any]:
    return dict(at_once(measure.run(evaluated(model, dataset), {})))
