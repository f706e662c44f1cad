"""A sample's way through a model: what it is encoded to, the noise, the code, the decode, and what that costs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.data.dataset import Dataset
from explorer.jobs.queries.decode_questions import decode, same_class
from explorer.jobs.questions import LoadedModel, Question
from explorer.latent.inputs import inputs_of
from explorer.latent.steps import Steps
from explorer.models.priors import ClosedFormKl, mean_kl
from explorer.training.randomness import generator

KL_DRAWS = 64
"""For one sample's KL where it has no closed form."""


@dataclass(frozen=True)
class ForwardPass:
    """A sample's way through the model, in the order of the way.

    Attributes
    ----------
    x, decoded
        The sample and p(x|z) (mean, or a draw of it) at ``z``, in the samples' own units, (*shape).
    mean, log_variance, noise, z
        (latent_dim,); log_variance and noise None for a point posterior, where z is the mean.
    reconstruction, kl
        −log p(x|z) and KL(q(z|x) ‖ p(z)) of this sample in nats; kl None where it is not defined.
    kl_is_estimate
        Whether the KL has no closed form, so that it is the mean of log q(z|x) − log p(z) over `KL_DRAWS` fixed draws.
    scale_tril
        (latent_dim, latent_dim), the lower triangular L of a full covariance L·Lᵀ; None for a diagonal one.
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
    kl_is_estimate: bool = False
    scale_tril: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class FollowSample(Question):
    """Follow one sample through the model; ``noise_seed`` 0 takes ε = 0, every other one draws an ε.

    ``drawn`` asks for a sample of p(x|z) instead of its mean, from ``draw_seed``. A model that is told the class
    encodes the sample as its own, and decodes it as ``condition``, or its own where that is None; what it costs is as
    its own.
    """

    sample: int
    noise_seed: int = 0
    drawn: bool = False
    draw_seed: int = 0
    condition: int | None = None

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `ForwardPass`, or None where the data is not at hand."""
        yield
        if loaded.dataset is None or not 0 <= self.sample < len(loaded.dataset):
            return None
        return _way(loaded, loaded.dataset, self)


@torch.inference_mode()
def _way(loaded: LoadedModel, dataset: Dataset, question: FollowSample) -> ForwardPass:
    model = loaded.model
    given = inputs_of(model, dataset, np.array([question.sample]))
    chosen = same_class(loaded, question.condition, 1)
    posterior = model.encode(given.x, given.condition)
    noise = torch.zeros_like(posterior.mean)
    if question.noise_seed:
        drawn = torch.randn(posterior.mean.shape, generator=generator(question.noise_seed, "epsilon"))
        noise = drawn.to(noise.device)
    z = posterior.sample(noise)
    prior, kl = model.prior, None
    if posterior.log_variance is not None and prior is not None:
        draws = posterior.rows(torch.zeros(KL_DRAWS, dtype=torch.int64, device=z.device))
        fixed_noise = torch.randn((KL_DRAWS, z.shape[1]), generator=generator(0, "draws of the KL")).to(z.device)
        kl = mean_kl(draws, prior, draws.sample(fixed_noise))[0].item()
    return ForwardPass(
        sample=question.sample,
        x=dataset.rows(np.array([question.sample]))[0],
        mean=posterior.mean[0].cpu().numpy(),
        log_variance=None if posterior.log_variance is None else posterior.log_variance[0].cpu().numpy(),
        noise=None if posterior.log_variance is None else noise[0].cpu().numpy(),
        z=z[0].cpu().numpy(),
        decoded=decode(
            loaded,
            z.cpu().numpy(),
            given.condition if chosen is None else chosen,
            question.draw_seed if question.drawn else None,
        )[0],
        reconstruction=-model.decode(z, given.condition).log_prob(given.target).item(),
        kl=kl,
        kl_is_estimate=not isinstance(prior, ClosedFormKl),
        scale_tril=None if posterior.scale_tril is None else posterior.scale_tril[0].cpu().numpy(),
    )
