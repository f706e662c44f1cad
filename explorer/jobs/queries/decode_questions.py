"""Questions for decodes: of places, and of samples by way of their codes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.jobs.questions import LoadedModel, Question
from explorer.latent.inputs import inputs_of
from explorer.latent.steps import Steps


@dataclass(frozen=True)
class Decodes:
    """Decodes in the samples' own units: ``pictures`` is (n, *shape)."""

    pictures: NDArray[np.float32]


@dataclass(frozen=True)
class DecodePlaces(Question):
    """Decode places: ``z`` holds n codes of latent_dim numbers.

    ``drawn`` asks for a sample of p(x|z) instead of its mean, from ``noise_seed``; ``condition`` is the class that a
    model that is told one decodes.
    """

    z: tuple[tuple[float, ...], ...]
    drawn: bool = False
    noise_seed: int = 0
    condition: int | None = None

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `Decodes`."""
        yield
        classes = same_class(loaded, self.condition, len(self.z))
        seed = self.noise_seed if self.drawn else None
        return Decodes(decode(loaded, np.array(self.z, np.float32), classes, seed))


@dataclass(frozen=True)
class DecodeEveryClass(Question):
    """Decode one place as each class: ``z`` is a code of latent_dim numbers."""

    z: tuple[float, ...]

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `Decodes`, one for each class; None where the model is told none."""
        yield
        count = len(loaded.description.class_names)
        if not loaded.model.capabilities.condition:
            return None
        z = np.tile(np.array(self.z, np.float32), (count, 1))
        return Decodes(decode(loaded, z, torch.arange(count, device=loaded.model.device)))


@dataclass(frozen=True)
class Reconstructions:
    """Samples and the decodes of their mean codes, (n, *shape) each, in the samples' own units."""

    samples: tuple[int, ...]
    x: NDArray[Any]
    pictures: NDArray[np.float32]
    z: NDArray[np.float32]


@dataclass(frozen=True)
class ReconstructSamples(Question):
    """Encode and decode some samples."""

    samples: tuple[int, ...]

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `Reconstructions`, or None where the data is not at hand."""
        yield
        if loaded.dataset is None:
            return None
        index = np.array([sample for sample in self.samples if 0 <= sample < len(loaded.dataset)], np.int64)
        with torch.inference_mode():
            given = inputs_of(loaded.model, loaded.dataset, index)
            z = loaded.model.encode(given.x, given.condition).mean.cpu().numpy()
        pictures = decode(loaded, z, given.condition)
        return Reconstructions(tuple(index.tolist()), loaded.dataset.rows(index), pictures, z)


def same_class(loaded: LoadedModel, condition: int | None, count: int) -> Tensor | None:
    """Return (count,) times one class."""
    return None if condition is None else torch.full((count,), condition, device=loaded.model.device)


@torch.inference_mode()
def decode(
    loaded: LoadedModel, z: NDArray[np.float32], classes: Tensor | None, noise_seed: int | None = None
) -> NDArray[np.float32]:
    """Decode (n, latent_dim) to (n, *shape) in the samples' own units; a draw of p(x|z) where a seed is given.

    Where p(x|z) is one sample alone, the mean is all there is.
    """
    likelihood = loaded.model.decode(torch.from_numpy(z).to(loaded.model.device), classes)
    device = loaded.model.device
    values = likelihood.mean
    if noise_seed is not None and loaded.model.capabilities.density:
        values = likelihood.sample(torch.Generator(device).manual_seed(noise_seed))
    return loaded.description.transform.invert(values.cpu().numpy())
