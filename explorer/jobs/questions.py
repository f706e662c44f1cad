"""What the window asks of a model, and the answers: frozen values, numpy in and out.

A question is answered by a plain generator that yields between parts of long work, so that shorter questions come
between, and returns the answer.
"""

from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.data.dataset import Dataset, Description
from explorer.jobs.plane_codes import codes_of_embedding
from explorer.latent.embedding import embed_in_chunks
from explorer.latent.neighbours import Neighbours
from explorer.latent.projection import Projection
from explorer.models.latent_model import LatentModel
from explorer.models.priors import StandardNormal
from explorer.training.randomness import generator

Asking = Generator[None, None, Any]


@dataclass(frozen=True)
class Subject:
    """What questions are asked of: a model by its run, after ``step`` steps; its data where it is at hand."""

    run: str
    step: int
    model: LatentModel
    description: Description
    dataset: Dataset | None = None


@dataclass(frozen=True)
class Question(ABC):
    """Base of all questions. ``purpose`` tells apart questions of one kind: of each only the newest waits."""

    run: str
    purpose: str

    urgent: ClassVar[bool] = True
    """Whether it goes before longer work that has begun."""

    @abstractmethod
    def ask(self, subject: Subject) -> Asking:
        """Work on it; yields between parts, returns the answer."""


@dataclass(frozen=True)
class Decodes:
    """Decodes in the samples' own units: ``pictures`` is (n, *shape)."""

    pictures: NDArray[np.float32]


@dataclass(frozen=True)
class DecodePlaces(Question):
    """Decode places: ``z`` holds n codes of latent_dim numbers.

    ``drawn`` asks for a sample of p(x|z) instead of its mean, from ``noise_seed``.
    """

    z: tuple[tuple[float, ...], ...]
    drawn: bool = False
    noise_seed: int = 0

    def ask(self, subject: Subject) -> Asking:
        """Give `Decodes`."""
        yield
        pictures = _decode(subject, np.array(self.z, np.float32), self.noise_seed if self.drawn else None)
        return Decodes(pictures)


@dataclass(frozen=True)
class Way:
    """A sample's way through the model, in the order of the way.

    Attributes
    ----------
    x, decoded
        The sample and p(x|z) (mean, or a draw of it) at ``z``, in the samples' own units, (*shape).
    mean, log_variance, noise, z
        (latent_dim,); log_variance and noise None for a point posterior, where z is the mean.
    reconstruction, kl
        −log p(x|z) and KL(q(z|x) ‖ p(z)) of this sample in nats; kl None where it is not defined.
    """

    sample: int
    x: NDArray[Any]
    mean: NDArray[np.float32]
    log_variance: NDArray[np.float32] | None
    noise: NDArray[np.float32] | None
    z: NDArray[np.float32]
    decoded: NDArray[np.float32]
    reconstruction: float
    kl: float | None


@dataclass(frozen=True)
class FollowSample(Question):
    """Follow one sample through the model; ``noise_seed`` 0 takes ε = 0, every other one draws an ε.

    ``drawn`` asks for a sample of p(x|z) instead of its mean, from ``draw_seed``.
    """

    sample: int
    noise_seed: int = 0
    drawn: bool = False
    draw_seed: int = 0

    def ask(self, subject: Subject) -> Asking:
        """Give a `Way`, or None where the data is not at hand."""
        yield
        if subject.dataset is None or not 0 <= self.sample < len(subject.dataset):
            return None
        return _way(subject, subject.dataset, self)


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

    def ask(self, subject: Subject) -> Asking:
        """Give `Reconstructions`, or None where the data is not at hand."""
        yield
        if subject.dataset is None:
            return None
        index = np.array([sample for sample in self.samples if 0 <= sample < len(subject.dataset)], np.int64)
        with torch.inference_mode():
            x = torch.from_numpy(subject.dataset.model_inputs(index)).to(_device(subject))
            z = subject.model.encode(x).mean.cpu().numpy()
        return Reconstructions(tuple(index.tolist()), subject.dataset.samples[index], _decode(subject, z), z)


@dataclass(frozen=True, eq=False)
class FindNearest(Question):
    """Find the sample whose code is nearest to ``z``, over all latent dimensions."""

    z: tuple[float, ...]
    neighbours: Neighbours

    def ask(self, subject: Subject) -> Asking:
        """Give a `Neighbour`, or None where there is no code at all."""
        yield
        return self.neighbours.nearest(self.z)


@dataclass(frozen=True, eq=False)
class MeasureSpread(Question):
    """Measure how far apart codes typically lie, between more urgent questions; ``neighbours`` keep it."""

    neighbours: Neighbours

    urgent: ClassVar[bool] = False

    def ask(self, subject: Subject) -> Asking:
        """Give the typical distance in latent units."""
        yield
        yield from self.neighbours.measure()
        return self.neighbours.typical_distance


@dataclass(frozen=True, eq=False)
class EmbedPlane(Question):
    """Embed the samples at ``index`` (all where None), between more urgent questions.

    ``projection`` is the basis to keep; a new one is fitted where it is None.
    """

    index: NDArray[np.int64] | None = None
    projection: Projection | None = None
    reconstruct: bool = False

    urgent: ClassVar[bool] = False

    def ask(self, subject: Subject) -> Asking:
        """Give `PlaneCodes`, or None where the data is not at hand."""
        yield
        if subject.dataset is None:
            return None
        # Chunks of a few milliseconds: a probe that moves meanwhile waits for one at most.
        chunks = embed_in_chunks(subject.model, subject.dataset, self.index, reconstruct=self.reconstruct, chunk=256)
        while True:
            try:
                next(chunks)
            except StopIteration as stop:
                return codes_of_embedding(stop.value, subject.step, subject.dataset, self.projection)
            yield


def _device(subject: Subject) -> torch.device:
    return subject.model.device


@torch.inference_mode()
def _decode(subject: Subject, z: NDArray[np.float32], noise_seed: int | None = None) -> NDArray[np.float32]:
    """Decode (n, latent_dim) to (n, *shape) in the samples' own units; a draw of p(x|z) where a seed is given."""
    likelihood = subject.model.decode(torch.from_numpy(z).to(_device(subject)))
    device = _device(subject)
    values = likelihood.mean
    if noise_seed is not None:
        values = likelihood.sample(torch.Generator(device).manual_seed(noise_seed))
    return subject.description.transform.invert(values.cpu().numpy())


@torch.inference_mode()
def _way(subject: Subject, dataset: Dataset, question: FollowSample) -> Way:
    model = subject.model
    x = torch.from_numpy(dataset.model_inputs(np.array([question.sample]))).to(_device(subject))
    posterior = model.encode(x)
    noise = torch.zeros_like(posterior.mean)
    if question.noise_seed:
        drawn = torch.randn(posterior.mean.shape, generator=generator(question.noise_seed, "epsilon"))
        noise = drawn.to(noise.device)
    z = posterior.sample(noise)
    kl = None
    if posterior.log_variance is not None and isinstance(model.prior, StandardNormal):
        kl = model.prior.kl_per_dimension(posterior).sum().item()
    return Way(
        sample=question.sample,
        x=dataset.samples[question.sample],
        mean=posterior.mean[0].cpu().numpy(),
        log_variance=None if posterior.log_variance is None else posterior.log_variance[0].cpu().numpy(),
        noise=None if posterior.log_variance is None else noise[0].cpu().numpy(),
        z=z[0].cpu().numpy(),
        decoded=_decode(subject, z.cpu().numpy(), question.draw_seed if question.drawn else None)[0],
        reconstruction=-model.decode(z).log_prob(x).item(),
        kl=kl,
    )
