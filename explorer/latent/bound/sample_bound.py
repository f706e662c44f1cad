"""Computes log p(x) of one sample and compares it with the ELBO: log p(x) = ELBO + KL(q(z|x) ‖ p(z|x)).

With one or two latent dimensions a refined grid integrates p(x|z) p(z) (see `explorer.latent.bound.true_posterior`).
With more, log p(x) is estimated by importance sampling:

1. Draw codes from a mixture that adapts to p(z|x), and weight them (see `explorer.latent.density.adaptive_estimate`).
   The number of draws depends on how far their weights differ.
2. The error contains the standard error over the draws and the correction of their bias.
3. The effective number of draws is 1 / Σ (w / Σ w)². If it is small, a few weights dominate, and the estimate is
   probably too low.
4. The terms of the ELBO are means over other draws, from q(z|x).

`method_words` and `error_words` say in words how log p(x) was computed and how exact it is.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.data.dataset import DataError, Dataset, Description
from explorer.latent.bound.true_posterior import (
    MAX_DIMENSIONS,
    POINTS_PER_AXIS,
    TruePosterior,
    grid_decodes,
    rows_per_chunk,
    true_posterior,
    why_no_posterior,
)
from explorer.latent.density.adaptive_estimate import Precision, adaptive_estimate
from explorer.latent.density.likelihood_estimate import weight_parts, why_not_defined
from explorer.latent.density.units import GREY_NOTE, is_grey, units_note
from explorer.latent.information.discrete import NATS, Unit
from explorer.latent.inputs import Inputs, in_double, inputs_of
from explorer.latent.steps import Steps
from explorer.models.latent_model import LatentModel, NotDefined
from explorer.models.likelihoods.bernoulli import Bernoulli, binary_entropy
from explorer.models.priors import ClosedFormKl

IMPORTANCE_SAMPLES = 4096
"""Default of the minimum number of importance samples K."""
MAX_DRAWS, MAX_VALUES = 65_536, 1 << 22
"""Maximum numbers of importance samples, unless more are asked for, and of the values of their codes."""
WANTED_ERROR = 0.01
"""Wanted standard error of log p(x), in nats."""
SEED = 1
"""Seed of all draws, together with the index of the sample."""
POINT = "the encoder returns a point, so there is no distribution q(z|x) to bound log p(x) with"

Method = Literal["grid", "importance sampling"]


@dataclass(frozen=True, eq=False)
class SampleBound:
    """log p(x) of one sample and its parts, in nats.

    Attributes
    ----------
    method, decodes
        How log p(x) was computed, and with how many decodes.
    log_likelihood, error
        log p(x) and its error. For a grid it is the difference from a grid half as fine, infinite if the grid is
        unfinished; for importance sampling it is one standard error, with the correction of the bias.
    reconstruction, kl
        −E log p(x|z) under q, and KL(q(z|x) ‖ p(z)); None if q is a point.
    log_q
        E log q(z|x) under q, the negative entropy of q; None if q is a point.
    draws, effective_draws
        Number K of importance samples and the effective number; None for a grid. If the latter is small, the error is
        unreliable.
    correction
        What was added to the estimate for its bias; 0 for a grid.
    q_mean, q_covariance
        Moments of q(z|x), ``(d,)`` and ``(d, d)``. The covariance is None if q is a point, both if there is no encoder.
    posterior
        p(z|x); None for importance sampling.
    note
        A remark on the likelihood, or "".
    data_entropy
        For a Bernoulli p(x|z), the entropy of the sample, −Σ x·log x + (1−x)·log(1−x): the lowest possible
        reconstruction. The rest of the reconstruction is a KL. None for another p(x|z).
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
    draws: int | None = None
    effective_draws: float | None = None
    correction: float = 0.0
    posterior: TruePosterior | None = None
    note: str = ""
    log_q: float | None = None
    data_entropy: float | None = None

    @property
    def elbo(self) -> float | None:
        """The ELBO, −reconstruction − KL; None if q is a point."""
        return None if self.reconstruction is None or self.kl is None else -self.reconstruction - self.kl

    @property
    def gap(self) -> float | None:
        """The gap log p(x) − ELBO = KL(q(z|x) ‖ p(z|x)); None if q is a point."""
        elbo = self.elbo
        return None if elbo is None else self.log_likelihood - elbo

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values, with null for undefined and infinite numbers."""
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
            "data_entropy": self.data_entropy,
            "decodes": self.decodes,
            "plain_grid_decodes": _finite(grid_decodes(self.latent_dim)),
            "draws": self.draws,
            "effective_draws": self.effective_draws,
            "bias_correction": self.correction,
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
) -> Steps[SampleBound]:
    """Compute log p(x) of one sample and its ELBO; yields the number of decodes after each chunk.

    Parameters
    ----------
    sample
        Index in the data set. A conditional model gets the class of the sample.
    draws
        Minimum number of importance samples, at least 2; not used with one or two latent dimensions.

    Raises
    ------
    NotDefined
        If the model defines no p(x), or has more than two latent dimensions and no q(z|x); the message is the reason.
    DataError
        If the data has no such sample.
    """
    if not 0 <= sample < len(dataset):
        raise DataError(f"{dataset.name} has no sample {sample}; its samples are 0 to {len(dataset) - 1}")
    if why := why_no_bound(model):
        raise NotDefined(why)
    given = inputs_of(model, dataset, np.array([sample]))
    note, entropy = _data_entropy(model, given, dataset.description)
    if model.latent_dim <= MAX_DIMENSIONS:
        found = yield from _by_grid(model, given, sample, note)
    else:
        found = yield from _by_importance(model, given, sample, draws, note)
    mean, covariance = _moments(model, given)
    return replace(found, q_mean=mean, q_covariance=covariance, data_entropy=entropy)


def why_no_bound(model: LatentModel) -> str:
    """Return the reason why a model has no log p(x) of a sample, or "" if it has one."""
    if why := why_no_posterior(model):
        return why
    return why_not_defined(model) if model.latent_dim > MAX_DIMENSIONS else ""


def _by_grid(model: LatentModel, given: Inputs, sample: int, note: str) -> Steps[SampleBound]:
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
        log_q=found.mean_log_q if found.has_q else None,
        posterior=found,
        note=note,
    )


def _by_importance(model: LatentModel, given: Inputs, sample: int, draws: int, note: str) -> Steps[SampleBound]:
    rows, parts = rows_per_chunk(model), []
    precision = Precision(WANTED_ERROR, least=draws, most=max(draws, min(MAX_DRAWS, MAX_VALUES // model.latent_dim)))
    # Fixed seeds, so that the bound of a sample does not flicker from one call to the next.
    found = yield from adaptive_estimate(model, given, (SEED, sample), precision, rows)
    noise = np.random.default_rng((SEED, sample, 1)).standard_normal((draws, model.latent_dim)).astype(np.float32)
    for start in range(0, draws, rows):
        parts.append(_weights(model, given, noise[start : start + rows]))
        yield len(parts[-1][0])
    log_likelihood, log_prior, log_q = (np.concatenate(part) for part in zip(*parts, strict=True))
    return SampleBound(
        sample=sample,
        latent_dim=model.latent_dim,
        method="importance sampling",
        decodes=found.decodes + draws,
        log_likelihood=found.log_likelihood,
        error=math.hypot(found.error, found.correction),
        reconstruction=float(-log_likelihood.mean()),
        kl=_kl(model, given, log_q - log_prior),
        log_q=float(log_q.mean()),
        draws=found.draws,
        effective_draws=found.effective_draws,
        correction=found.correction,
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
    """Return KL(q ‖ p(z)) in closed form if there is one, else the mean of log q − log p(z) over the draws."""
    prior = model.prior
    if not isinstance(prior, ClosedFormKl):
        return float(ratios.mean())
    return float(prior.kl_per_dimension(in_double(model.encode(given.x, given.condition))).sum())


@torch.inference_mode()
def _moments(model: LatentModel, given: Inputs) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Return mean and covariance of q, each None if it is not defined."""
    if not model.capabilities.encoder:
        return None, None
    posterior = in_double(model.encode(given.x, given.condition))
    mean = posterior.mean[0].numpy()
    if posterior.scale_tril is not None:
        return mean, (posterior.scale_tril[0] @ posterior.scale_tril[0].T).numpy()
    return mean, None if posterior.log_variance is None else np.diag(posterior.log_variance[0].exp().numpy())


@torch.inference_mode()
def _data_entropy(model: LatentModel, given: Inputs, description: Description) -> tuple[str, float | None]:
    """Return a note on grey values or on units, and for a Bernoulli the entropy of the sample in nats, else None."""
    z = torch.zeros((1, model.latent_dim), device=given.x.device)
    likelihood = model.decode(z, given.condition)
    if not isinstance(likelihood, Bernoulli):
        return units_note(description, likelihood), None
    return GREY_NOTE if is_grey(likelihood, given.target) else "", binary_entropy(given.target.cpu().double()).item()


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


FEW_DRAWS = 100
"""With fewer effective draws than this, the error estimate is unreliable."""


def error_words(bound: SampleBound, unit: Unit = NATS) -> str:
    """Return the error of log p(x) in words."""
    if bound.method == "grid":
        if not np.isfinite(bound.error):
            return f"the grid stopped at its limit of {bound.decodes:,} decodes: the error is unknown"
        return f"error {_small_number(bound.error, unit)} (difference from a grid half as fine)"
    corrected = f", corrected by {_small_number(bound.correction, unit)} for the bias" if _is_shown(bound) else ""
    return f"sampling error ± {_small_number(bound.error, unit)}{corrected}{few_words(bound)}"


def _is_shown(bound: SampleBound) -> bool:
    """Return whether the correction of the bias is a visible part of the error."""
    return bound.correction > 0.1 * bound.error


def few_words(bound: SampleBound) -> str:
    """Return a warning if there are few effective draws, so that the estimate is probably too low; else ""."""
    if bound.effective_draws is None or bound.effective_draws >= FEW_DRAWS:
        return ""
    return (
        f", but only {bound.effective_draws:.0f} of {bound.draws:,} draws are effective: they miss much of p(z|x), and "
        "log p(x) is probably higher"
    )


def method_words(bound: SampleBound) -> str:
    """Return the method by which log p(x) was computed, in words."""
    if bound.method == "grid":
        return f"a grid, refined where p(z|x) is large, {bound.decodes:,} decodes"
    return (
        f"importance sampling, {bound.draws:,} draws from q(z|x), the prior and a Gaussian adapted to p(z|x); "
        f"{intractable_words(bound.latent_dim)}"
    )


def intractable_words(dimensions: int) -> str:
    """Return the reason why log p(x) is not computed by a grid in many dimensions."""
    count = grid_decodes(dimensions)
    many = f"{count:.1e}" if np.isfinite(count) else "more than 10^308"
    return (
        f"a grid of {POINTS_PER_AXIS} points per axis needs {POINTS_PER_AXIS}^{dimensions} = {many} decodes, so p(x) "
        "is intractable"
    )


def _small_number(nats: float, unit: Unit) -> str:
    """Return a small number of nats in a unit, with two significant digits."""
    value = nats * unit.per_nat
    return f"{value:.2g} {unit.name}" if value >= 1e-4 else f"less than 0.0001 {unit.name}"
