"""Prepares samples for a model: the inputs to encode, the targets of the decode, and the classes."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.data.dataset import Dataset
from explorer.models.latent_model import LatentModel, Posterior


@dataclass(frozen=True)
class Inputs:
    """Samples on the device of a model.

    Attributes
    ----------
    x
        Inputs of the encoder in model values, (n, *shape).
    target
        What the decode is compared with: the targets of the data, or ``x`` if it has none.
    condition
        Classes, (n,) int64; None if the model is not conditional.
    """

    x: Tensor
    target: Tensor
    condition: Tensor | None = None


def inputs_of(model: LatentModel, dataset: Dataset, index: NDArray[np.int64]) -> Inputs:
    """Return the samples at ``index`` as inputs of ``model``."""
    x = torch.from_numpy(dataset.model_inputs(index)).to(model.device)
    target = x
    if dataset.targets is not None:
        # The counts of contexts are a sparse (V, V) matrix, of which only the chosen rows are made dense.
        target = torch.from_numpy(dataset.targets[index].toarray().astype(np.float32)).to(model.device)
    return Inputs(x, target, classes_of(model, dataset.labels, index))


def classes_of(model: LatentModel, labels: NDArray[np.int64] | None, index: NDArray[np.int64]) -> Tensor | None:
    """Return the classes of samples, with -1 for unknown, for a conditional model; None for any other model."""
    if labels is None or not model.capabilities.condition:
        return None
    return torch.from_numpy(np.asarray(labels[index], np.int64)).to(model.device)


def in_double(posterior: Posterior) -> Posterior:
    """Return a posterior in float64 on the CPU, as some accelerators have no float64."""
    parts = {name: value.cpu().double() for name, value in vars(posterior).items() if isinstance(value, Tensor)}
    return replace(posterior, **parts)
