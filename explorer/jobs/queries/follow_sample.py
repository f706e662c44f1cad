"""The forward pass of one sample: posterior, noise, code, decode and loss."""

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
"""Number of draws for the KL of one sample if it has no closed form."""


@dataclass(frozen=True)
class ForwardPass:
    """The forward pass of a sample.

    Attributes
    ----------
    x, decoded
        The sample, and the mean or a sample of p(x|z) at ``z``; ``(*shape)`` in the samples' own units.
    mean, log_variance, noise, z
        ``(latent_dim,)``. For a point posterior, z is the mean, and log_variance and noise are None.
    reconstruction, kl
        −log p(x|z) and KL(q(z|x) ‖ p(z)) of this sample, in nats; kl is None if it is not defined.
    kl_is_estimate
        True if the KL has no closed form: it is then the mean of log q(z|x) − log p(z) over `KL_DRAWS` fixed draws.
    scale_tril
        ``(latent_dim, latent_dim)`` lower triangular L of a full covariance L·Lᵀ; None for a diagonal covariance.
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
    """Run one sample through the model.

    Attributes
    ----------
    noise_seed
        0 sets ε = 0; any other seed draws ε.
    drawn
        If True, return a sample of p(x|z), drawn with ``draw_seed``, instead of the mean.
    condition
        Class that a conditional model decodes; None for the class of the sample. Encoding and loss always use the
        class of the sample.
    """

    sample: int
    noise_seed: int = 0
    drawn: bool = False
    draw_seed: int = 0
    condition: int | None = None

    def ask(self, loaded: LoadedModel) -> Steps[Any]:
        """Return a `ForwardPass`, or None if the data is not available."""
        yield
        if loaded.dataset is None or not 0 <= self.sample < len(loaded.dataset):
            return None
        return _forward_pass(loaded, loaded.dataset, self)


@torch.inference_mode()
def _forward_pass(loaded: LoadedModel, dataset: Dataset, question: FollowSample) -> ForwardPass:
    model = loaded.model
    given = inputs_of(model, dataset, np.array([question.sample]))
    chosen = same_class(loaded, question.condition, 1)
    posterior = model.encode(given.x, given.condition)
    # Seed 0 means ε = 0.
    noise = torch.zeros_like(posterior.mean)
    if question.noise_seed:
        # Drawn on the CPU, so that a seed gives the same ε on every device.
        drawn = torch.randn(posterior.mean.shape, generator=generator(question.noise_seed, "epsilon"))
        noise = drawn.to(noise.device)
    z = posterior.sample(noise)
    prior, kl = model.prior, None
    if posterior.log_variance is not None and prior is not None:
        # Repeats the posterior of the one sample for each draw.
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
        # The class of the sample, not the chosen one: this is the loss of training.
        reconstruction=-model.decode(z, given.condition).log_prob(given.target).item(),
        kl=kl,
        kl_is_estimate=not isinstance(prior, ClosedFormKl),
        scale_tril=None if posterior.scale_tril is None else posterior.scale_tril[0].cpu().numpy(),
    )
