"""A model that a file may be, and its reconstruction, measured with the model that would be saved."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.config import ModelConfig
from explorer.data.dataset import Description
from explorer.models import catalog
from explorer.models.weight_import.norm_statistics import has_norms, recorded_differences, worse_by
from explorer.models.weight_import.weight_import import WeightPlan


@dataclass(frozen=True, eq=False)
class ModelChoice:
    """A model with weights, what was assumed for it, and how well it reconstructs.

    Attributes
    ----------
    words
        What was assumed, in words: ``"relu, sigmoid at the end, values from 0 to 1"``.
    model
        The settings, checked against the data.
    errors
        (samples,): the squared error of each sample, summed over its features, in model values; empty if the family
        does not reconstruct samples alone.
    unusualness
        The share of the error by which it must be better than a usual choice to be taken.
    mismatch
        How far the running averages of batch norms are from what arrives at them; 0 without any.
    twin
        Whether another choice differs only by relu instead of leaky_relu 0.01, or the reverse: ``"open"`` if nothing
        tells which of them is right, ``"settled"`` if batch norms do.
    """

    words: str
    model: ModelConfig
    weights: WeightPlan
    errors: NDArray[np.float64]
    unusualness: float = 0.0
    mismatch: float = 0.0
    twin: Literal["none", "open", "settled"] = "none"

    @property
    def mse(self) -> float:
        """The mean squared error of a sample, summed over its features, in model values; NaN if not measured."""
        return float(self.errors.mean()) if len(self.errors) else float("nan")

    @property
    def score(self) -> float:
        """The mean squared error, with more for what is unusual or does not fit the batch norms; the least is best."""
        return self.mse * (1 + self.unusualness) * worse_by(self.mismatch)


@torch.inference_mode()
def reconstruction(
    config: ModelConfig, weights: WeightPlan, description: Description, x: Tensor
) -> tuple[NDArray[np.float64], list[Tensor]]:
    """Return the squared error of each sample, (samples,), and the differences of the batch norms, (2, channels) each.

    The error is that between x and the mean of p(x|z) at the mean of q(z|x).

    Parameters
    ----------
    x
        Samples in model values, (samples, *shape).
    """
    model = catalog.restore(config, description, weights.weights).eval()
    if not model.capabilities.encoder or model.capabilities.condition:
        return np.empty(0), []
    with recorded_differences(model) as before:
        posterior = model.encode(x)
    decode: Any = model.decode(posterior.mean)
    errors = (decode.mean - x).square().flatten(1).sum(1, dtype=torch.float64)
    # In training the decoder got draws of the posteriors; a draw has no effect on the figures of a run.
    noise = torch.randn(posterior.mean.shape, generator=torch.Generator().manual_seed(0))
    with recorded_differences(model) as after:
        if has_norms(model):
            model.decode(posterior.sample(noise))
    found: NDArray[np.float64] = np.nan_to_num(errors.numpy(), nan=np.inf)
    return found, [*before, *after]


def norm_differences(
    choice: ModelChoice, description: Description, x: Tensor, at_once: int = 256
) -> NDArray[np.float64]:
    """Return the differences of all batch norms, (values,), averaged over parts of the samples; empty without norms."""
    parts = []
    for some in torch.split(x, at_once):
        _, differences = reconstruction(choice.model, choice.weights, description, some)
        parts.append(np.concatenate([np.empty(0), *(each.double().numpy().ravel() for each in differences)]))
    return np.mean(parts, axis=0)  # type: ignore[no-any-return]
