"""The bound of one sample: log p(x) = ELBO + gap, by a grid in one or two dimensions, else by importance sampling."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.data.dataset import DataError, Dataset
from explorer.latent.bound.true_posterior import (
    MAX_DIMENSIONS,
    NOT_FINITE,
    TruePosterior,
    grid_decodes,
    rows_of_part,
    true_posterior,
    why_no_posterior,
)
from explorer.latent.density.likelihood_estimate import NOISE_SEED, weight_parts, why_not_defined
from explorer.latent.density.refined_grid import log_sum
from explorer.latent.inputs import Inputs, in_double, inputs_of
from explorer.latent.metrics.likelihood.binary_entropy import GREY_NOTE, is_grey
from explorer.models.latent_model import LatentModel, NotDefined
from explorer.models.priors import ClosedFormKl

IMPORTANCE_SAMPLES = 4096
POINT = "the encoder gives a point, no distribution q(z|x) to bound log p(x) with"

Method = Literal["grid", "importance sampling"]


@dataclass(frozen=True, eq=False)
class SampleBound:
    """log p(x) of one sample and its parts, in nats.

    Attributes
    ----------
    method, decodes
        How log p(x) was found, and how many decodes that took.
    log_likelihood, error
        log p(x), and how far off it may be: on a grid, its difference from one half as fine (infinite where the grid
        was not finished); else one standard deviation for want of draws.
    reconstruction, kl
        −E log p(x|z) under q, and KL(q(z|x) ‖ p(z)); None where q is a point.
    effective_draws
        Of importance samples, how many equal ones they are worth, 1 / Σ share²: with few, the error is not to be
        trusted. None on a grid.
    q_mean, q_covariance
        ``(d,)`` and ``(d, d)`` of q(z|x); the covariance None where q is a point, both where there is no encoder.
    posterior
        p(z|x), on a grid alone.
    note
        What is to be known of the likelihood; "" for nothing.
    """

    sample: int
    latent_dim: int
    method: Method
    decodes: int
    log_likelihood: float
    error: float
    reconstruction: float | None
    kl: float | None
    q_mean: NDArray[np.float64] | None = None
    q_covariance: NDArray[np.float64] | None = None
    effective_draws: float | None = None
    posterior: TruePosterior | None = None
    note: str = ""

    @property
    def elbo(self) -> float | None:
        """−reconstruction − KL; None where q is a point."""
        return None if self.reconstruction is None or self.kl is None else -self.reconstruction - self.kl

    @property
    def gap(self) -> float | None:
        """Log p(x) − ELBO = KL(q(z|x) ‖ p(z|x)); None where q is a point."""
        elbo = self.elbo
        return None if elbo is None else self.log_likelihood - elbo

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; what is not defined or not finite is null."""
        values: dict[str, Any] = {
            "sample": self.sample,
            "latent_dim": self.latent_dim,
            "method": self.method,
            "log_likelihood": self.log_likelihood,
            "error": self.error if np.isfinite(self.error) else None,
            "elbo": self.elbo,
            "reconstruction": self.reconstruction,
            "kl": self.kl,
            "gap": self.gap,
            "decodes": self.decodes,
            "plain_grid_decodes": _finite(grid_decodes(self.latent_dim)),
            "effective_draws": self.effective_draws,
            "not_defined": {} if self.kl is not None else dict.fromkeys(("elbo", "kl", "reconstruction", "gap"), POINT),
            "note": self.note,
        }
        if self.q_mean is not None:
            values["q_mean"] = self.q_mean.tolist()
        if self.q_covariance is not None:
            values["q_covariance"] = self.q_covariance.tolist()
        found = self.posterior
        if found is not None:
            values |= {"posterior_mean": found.mean.tolist(), "posterior_covariance": found.covariance.tolist()}
        return values


def bound_of_sample(
    model: LatentModel, dataset: Dataset, sample: int, draws: int = IMPORTANCE_SAMPLES
) -> Generator[int, None, SampleBound]:
    """Find log p(x) of one sample and what its ELBO lacks; yields after each part how many decodes it took.

    Parameters
    ----------
    sample
        Its index in the data set. A model that is told the class is told the sample's own.
    draws
        Importance samples, at least 2, where there are too many dimensions for a grid.

    Raises
    ------
    NotDefined
        For a model that gives x no probability, saying why; in more than two dimensions also without a q(z|x).
    DataError
        When the data has no such sample.
    """
    if not 0 <= sample < len(dataset):
        raise DataError(f"{dataset.name} has no sample {sample}; its samples are 0 to {len(dataset) - 1}")
    if why := why_no_bound(model):
        raise NotDefined(why)
    given = inputs_of(model, dataset, np.array([sample]))
    note = GREY_NOTE if _is_grey(model, given) else ""
    if model.latent_dim <= MAX_DIMENSIONS:
        found = yield from _by_grid(model, given, sample, note)
    else:
        found = yield from _by_importance(model, given, sample, draws, note)
    mean, covariance = _moments(model, given)
    return replace(found, q_mean=mean, q_covariance=covariance)


def why_no_bound(model: LatentModel) -> str:
    """Say why log p(x) of a sample cannot be found; "" where it can."""
    if why := why_no_posterior(model):
        return why
    return why_not_defined(model) if model.latent_dim > MAX_DIMENSIONS else ""


def _by_grid(model: LatentModel, given: Inputs, sample: int, note: str) -> Generator[int, None, SampleBound]:
    decodes = 0
    work = true_posterior(model, given)
    while True:
        try:
            done = next(work)
        except StopIteration as stop:
            found: TruePosterior = stop.value
            break
        decodes += done
        yield done
    return SampleBound(
        sample=sample,
        latent_dim=model.latent_dim,
        method="grid",
        decodes=decodes,
        log_likelihood=found.log_evidence,
        error=found.error,
        reconstruction=found.reconstruction if found.has_q else None,
        kl=found.kl_to_prior if found.has_q else None,
        posterior=found,
        note=note,
    )


def _by_importance(
    model: LatentModel, given: Inputs, sample: int, draws: int, note: str
) -> Generator[int, None, SampleBound]:
    noise = np.random.default_rng((NOISE_SEED, 0)).standard_normal((draws, model.latent_dim)).astype(np.float32)
    rows, parts = rows_of_part(model), []
    for start in range(0, draws, rows):
        parts.append(_weights(model, given, noise[start : start + rows]))
        yield len(parts[-1][0])
    log_likelihood, log_prior, log_q = (np.concatenate(part) for part in zip(*parts, strict=True))
    log_weights = log_likelihood + log_prior - log_q
    whole = log_sum(log_weights)
    if not np.isfinite(whole):
        raise NotDefined(NOT_FINITE)
    shares = np.exp(log_weights - whole)
    squares = float(np.square(shares).sum())
    return SampleBound(
        sample=sample,
        latent_dim=model.latent_dim,
        method="importance sampling",
        decodes=draws,
        log_likelihood=whole - float(np.log(draws)),
        error=float(np.sqrt(max(draws * squares - 1, 0) / (draws - 1))),
        reconstruction=float(-log_likelihood.mean()),
        kl=_kl(model, given, log_q - log_prior),
        effective_draws=1 / squares,
        note=note,
    )


@torch.inference_mode()
def _weights(
    model: LatentModel, given: Inputs, noise: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    parts = weight_parts(model, given, torch.from_numpy(noise[None]).to(given.x.device))
    first, second, third = (part[0].numpy() for part in parts)
    return first, second, third


@torch.inference_mode()
def _kl(model: LatentModel, given: Inputs, ratios: NDArray[np.float64]) -> float:
    """Return KL(q ‖ p(z)) in closed form where there is one, else the mean of log q − log p(z) over the draws."""
    prior = model.prior
    if not isinstance(prior, ClosedFormKl):
        return float(ratios.mean())
    return float(prior.kl_per_dimension(in_double(model.encode(given.x, given.condition))).sum())


@torch.inference_mode()
def _moments(model: LatentModel, given: Inputs) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Return q's mean and covariance, as far as it has them."""
    if not model.capabilities.encoder:
        return None, None
    posterior = in_double(model.encode(given.x, given.condition))
    mean = posterior.mean[0].numpy()
    if posterior.scale_tril is not None:
        return mean, (posterior.scale_tril[0] @ posterior.scale_tril[0].T).numpy()
    return mean, None if posterior.log_variance is None else np.diag(posterior.log_variance[0].exp().numpy())


@torch.inference_mode()
def _is_grey(model: LatentModel, given: Inputs) -> bool:
    z = torch.zeros((1, model.latent_dim), device=given.x.device)
    return is_grey(model.decode(z, given.condition), given.target)


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
