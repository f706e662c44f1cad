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

MAX_DRAWS = 25
"""Number of the newest draws of z that are kept for the plane."""
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
    draws
        The newest draws of z from q(z|x), ``(k, latent_dim)`` with k ≤ `MAX_DRAWS`, the oldest first and ``z`` last;
        None while ε = 0, and for a point posterior.
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
    draws: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class FollowSample(Question):
    """Run one sample through the model.

    Attributes
    ----------
    noise_seed
        0 sets ε = 0; any other seed draws ε. The seeds before it are those of the earlier draws.
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
    seeds = range(max(1, question.noise_seed - MAX_DRAWS + 1), question.noise_seed + 1)
    noise, draws = torch.zeros_like(posterior.mean), None
    if question.noise_seed and posterior.log_variance is not None:
        draws_noise = torch.cat([_epsilon(seed, posterior.mean) for seed in seeds])
        noise = draws_noise[-1:]
        # Repeats the posterior of the one sample for each draw.
        draws = posterior.rows(torch.zeros(len(seeds), dtype=torch.int64, device=noise.device)).sample(draws_noise)
    z = posterior.sample(noise)
    prior, kl = model.prior, None
    if posterior.log_variance is not None and prior is not None:
        # Repeats the posterior of the one sample for each draw.
        fixed = posterior.rows(torch.zeros(KL_DRAWS, dtype=torch.int64, device=z.device))
        fixed_noise = torch.randn((KL_DRAWS, z.shape[1]), generator=generator(0, "draws of the KL")).to(z.device)
        kl = mean_kl(fixed, prior, fixed.sample(fixed_noise))[0].item()
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
        draws=None if draws is None else draws.cpu().numpy(),
    )


def _epsilon(seed: int, mean: torch.Tensor) -> torch.Tensor:
    """Return the ε of a seed, in the shape and on the device of ``mean``."""
    # Drawn on the CPU, so that a seed gives the same ε on every device.
    return torch.randn(mean.shape, generator=generator(seed, "epsilon")).to(mean.device)
