"""Decodes codes to samples in their own units, for computations that have no loaded run."""

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.models.latent_model import LatentModel


@torch.inference_mode()
def decode_means(
    model: LatentModel, description: Description, z: NDArray[np.float32], condition: int | None = None
) -> NDArray[np.float32]:
    """Return the mean of p(x|z) for codes ``(n, latent_dim)``: ``(n, *shape)`` in the samples' own units.

    ``condition`` is the class that a conditional model decodes; None for all other models, and for an unknown class.
    """
    classes = None if condition is None else torch.full((len(z),), condition, device=model.device)
    mean = model.decode(torch.from_numpy(np.ascontiguousarray(z, np.float32)).to(model.device), classes).mean
    return description.transform.invert(mean.cpu().numpy()).reshape(len(z), *description.shape)
