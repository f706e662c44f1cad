"""What a model is given of some samples: what it encodes, what it compares the decode with, and their classes."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.data.dataset import Dataset
from explorer.models.latent_model import LatentModel, Posterior


@dataclass(frozen=True)
class Inputs:
    """Some samples on a model's device.

    ``x`` is what is encoded, (n, *shape) model values; ``target`` what the decode is compared with, the same where the
    data has no targets of its own; ``condition`` (n,) int64 classes, None for a model that takes none.
    """

    x: Tensor
    target: Tensor
    condition: Tensor | None = None


def inputs_of(model: LatentModel, dataset: Dataset, index: NDArray[np.int64]) -> Inputs:
    """Return the samples at ``index`` as ``model`` takes them."""
    x = torch.from_numpy(dataset.model_inputs(index)).to(model.device)
    target = x
    if dataset.targets is not None:
        target = torch.from_numpy(dataset.targets[index].toarray().astype(np.float32)).to(model.device)
    return Inputs(x, target, classes_of(model, dataset.labels, index))


def classes_of(model: LatentModel, labels: NDArray[np.int64] | None, index: NDArray[np.int64]) -> Tensor | None:
    """Return the classes of samples for a model that takes them, -1 where unknown; None for every other model."""
    if labels is None or not model.capabilities.condition:
        return None
    return torch.from_numpy(np.asarray(labels[index], np.int64)).to(model.device)


def in_double(posterior: Posterior) -> Posterior:
    """Return a posterior in float64 on the CPU: not every accelerator has it."""
    parts = {name: value.cpu().double() for name, value in vars(posterior).items() if isinstance(value, Tensor)}
    return replace(posterior, **parts)
