"""Questions about decodes: of points, of samples, and the real sample nearest to a decode."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.jobs.questions import LoadedModel, Question
from explorer.latent.codes.nearest_real import nearest_real
from explorer.latent.inputs import inputs_of
from explorer.latent.steps import Steps


@dataclass(frozen=True)
class Decodes:
    """Decodes in the samples' own units; ``pictures`` is ``(n, *shape)``."""

    pictures: NDArray[np.float32]


@dataclass(frozen=True)
class DecodePoints(Question):
    """Decode points.

    Attributes
    ----------
    z
        n codes of latent_dim numbers.
    drawn
        If True, return a sample of p(x|z), drawn with ``noise_seed``, instead of the mean.
    condition
        Class index for a conditional model; None for all others.
    """

    z: tuple[tuple[float, ...], ...]
    drawn: bool = False
    noise_seed: int = 0
    condition: int | None = None

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `Decodes`."""
        yield
        # A fixed seed keeps a drawn decode still while nothing else changes.
        classes = same_class(loaded, self.condition, len(self.z))
        seed = self.noise_seed if self.drawn else None
        return Decodes(decode(loaded, np.array(self.z, np.float32), classes, seed))


@dataclass(frozen=True)
class DecodeEveryClass(Question):
    """Decode one point as each class; ``z`` is a code of latent_dim numbers."""

    z: tuple[float, ...]

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `Decodes`, one for each class; None if the model is not conditional."""
        yield
        count = len(loaded.description.class_names)
        if not loaded.model.capabilities.condition:
            return None
        z = np.tile(np.array(self.z, np.float32), (count, 1))
        return Decodes(decode(loaded, z, torch.arange(count, device=loaded.model.device)))


@dataclass(frozen=True)
class Reconstructions:
    """Samples ``x`` and the decodes of their mean codes ``z``; ``(n, *shape)`` in the samples' own units.

    ``pictures`` is None for a model without a decoder.
    """

    samples: tuple[int, ...]
    x: NDArray[Any]
    pictures: NDArray[np.float32] | None
    z: NDArray[np.float32]


@dataclass(frozen=True)
class ReconstructSamples(Question):
    """Encode some samples and decode their mean codes."""

    samples: tuple[int, ...]

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return `Reconstructions`, or None if the data is not available."""
        yield
        if loaded.dataset is None:
            return None
        # A selection from a session may have indices that the data lacks.
        index = np.array([sample for sample in self.samples if 0 <= sample < len(loaded.dataset)], np.int64)
        with torch.inference_mode():
            given = inputs_of(loaded.model, loaded.dataset, index)
            z = loaded.model.encode(given.x, given.condition).mean.cpu().numpy()
        pictures = decode(loaded, z, given.condition) if loaded.model.capabilities.decoder else None
        return Reconstructions(tuple(index.tolist()), loaded.dataset.rows(index), pictures, z)


@dataclass(frozen=True)
class Lookalike:
    """The real sample that is nearest to a decode.

    Attributes
    ----------
    sample
        Its index in the data set.
    distance
        Euclidean distance in model units.
    compared
        Number of training samples that were compared.
    """

    sample: int
    distance: float
    compared: int


@dataclass(frozen=True)
class FindLookalike(Question):
    """Find the training sample that is nearest to the decode of ``z`` in model units.

    Models without an encoder need it: they have no codes of samples to measure a distance to.
    """

    z: tuple[float, ...]

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `Lookalike`, or None if the data is not available."""
        yield
        if loaded.dataset is None or len(loaded.dataset.splits.train) == 0:
            return None
        with torch.inference_mode():
            z = torch.tensor([self.z], dtype=torch.float32, device=loaded.model.device)
            # The mean, since a sample of p(x|z) would be nearest to another sample at each draw.
            decoded = loaded.model.decode(z).mean.cpu().numpy()
        # Prepared once per data set, so only the comparison itself takes time here.
        real = nearest_real(loaded.dataset)
        rows, distances = real.find(loaded.description.transform.invert(decoded))
        return Lookalike(int(real.index[rows[0]]), float(distances[0]), len(real.index))


def same_class(loaded: LoadedModel, condition: int | None, count: int) -> Tensor | None:
    """Return a tensor ``(count,)`` that repeats one class; None without a class."""
    return None if condition is None else torch.full((count,), condition, device=loaded.model.device)


@torch.inference_mode()
def decode(
    loaded: LoadedModel, z: NDArray[np.float32], classes: Tensor | None, noise_seed: int | None = None
) -> NDArray[np.float32]:
    """Decode codes ``(n, latent_dim)`` to ``(n, *shape)`` in the samples' own units.

    With ``noise_seed``, return a sample of p(x|z) instead of its mean; models without a density have only the mean.
    """
    likelihood = loaded.model.decode(torch.from_numpy(z).to(loaded.model.device), classes)
    device = loaded.model.device
    values = likelihood.mean
    if noise_seed is not None and loaded.model.capabilities.density:
        values = likelihood.sample(torch.Generator(device).manual_seed(noise_seed))
    return loaded.description.transform.invert(values.cpu().numpy())
