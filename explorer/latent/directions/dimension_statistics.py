"""Statistics of each latent dimension from the codes of a run: its range, share of the variance, and KL."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.latent.codes.draws import BOX
from explorer.latent.directions.attribute_vector import NO_CODES, NO_ENCODER
from explorer.latent.directions.principal_directions import bulk_rows
from explorer.latent.metrics.measure import POINT
from explorer.latent.steps import Absent, Steps
from explorer.models.latent_model import LatentModel, Posterior
from explorer.models.priors import ClosedFormKl

MAX_CODES = 100_000
"""Maximum number of codes that quantiles are computed from."""
CHUNK_VALUES = 200_000
"""Values of posteriors in one chunk."""
MOSTLY_ZERO = 0.5
"""If a dimension is exactly 0 for more than this share of the codes, it is a unit that is active on some samples."""

LEARNED = "the prior is learned, and its KL has no part for each dimension"
NO_PRIOR = "the model has no prior, so there is no KL"
NO_VARIANCES = "the codes were kept without their variances"


@dataclass(frozen=True, eq=False)
class DimensionStatistics:
    """Statistics of the latent dimensions, ``(latent_dim,)`` each, or why they are not known.

    Attributes
    ----------
    low, high
        The 0.5 % and 99.5 % quantiles of the bulk of the codes. Of a unit that is 0 on most samples, those of its other
        values, with 0 in their range.
    shares
        Shares of the variance of the bulk of the codes.
    kl
        KL(q(z_i|x) ‖ p(z_i)) in nats, averaged over the samples of ``kl_split``.
    kl_split, kl_samples
        "validation" as in the curves, or "all" if that split has no samples; and its number of samples.
    """

    low: NDArray[np.float64] | Absent
    high: NDArray[np.float64] | Absent
    shares: NDArray[np.float64] | Absent
    kl: NDArray[np.float64] | Absent
    kl_split: str = ""
    kl_samples: int = 0


def no_statistics(why: str, kl: str) -> DimensionStatistics:
    """Return the statistics of a run without codes of samples."""
    return DimensionStatistics(Absent(why), Absent(why), Absent(why), Absent(kl))


def dimension_statistics(
    model: LatentModel,
    codes: NDArray[np.float32],
    log_variance: NDArray[np.float32] | None,
    scale_tril: NDArray[np.float32] | None = None,
    split: NDArray[np.str_] | None = None,
) -> Steps[DimensionStatistics]:
    """Return the statistics of each dimension of codes ``(n, latent_dim)``.

    Parameters
    ----------
    log_variance, scale_tril
        The variances of the posteriors, as in `explorer.runs.latents.Latents`.
    split
        ``(n,)``: names of the splits.
    """
    rows = yield from bulk_rows(codes)
    if len(rows) == 0:
        return no_statistics(NO_CODES, NO_CODES)
    low, high, variances = (np.zeros(codes.shape[1]) for _ in range(3))
    # Quantiles sort the codes, which takes long for millions of them.
    sparse_rows = rows[:: -(-len(rows) // MAX_CODES)]
    for index in range(codes.shape[1]):
        values = codes[sparse_rows, index].astype(np.float64)
        variances[index] = values.var()
        low[index], high[index] = _range(values)
        yield
    total = variances.sum()
    shares = variances / total if total > 0 else Absent("all codes are equal")
    if why := why_no_kl(model, log_variance is not None):
        return DimensionStatistics(low, high, shares, Absent(why))
    finite = np.isfinite(codes).all(axis=1)
    chosen = np.flatnonzero(finite & (split == "validation")) if split is not None else np.empty(0, np.int64)
    name = "validation" if len(chosen) else "all"
    # The split of the curves, so that the window shows one number for one thing.
    chosen = chosen if len(chosen) else np.flatnonzero(finite)
    assert log_variance is not None
    kl = yield from _kl(model, codes, log_variance, scale_tril, chosen)
    return DimensionStatistics(low, high, shares, kl, name, len(chosen))


def why_no_kl(model: LatentModel, has_variances: bool) -> str:
    """Return why a model has no KL for each latent dimension; "" if it has one."""
    if not model.capabilities.encoder:
        return NO_ENCODER
    if not model.capabilities.stochastic_posterior:
        return POINT
    if model.prior is None:
        return NO_PRIOR
    if not isinstance(model.prior, ClosedFormKl):
        return LEARNED
    return "" if has_variances else NO_VARIANCES


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    active = values[values != 0]
    if len(values) - len(active) > MOSTLY_ZERO * len(values):
        if len(active) == 0:
            return 0.0, 0.0
        # The quantiles of all values would often be 0 and 0.
        low, high = np.percentile(active, BOX)
        return min(0.0, float(low)), max(0.0, float(high))
    low, high = np.percentile(values, BOX)
    return float(low), float(high)


def _kl(
    model: LatentModel,
    codes: NDArray[np.float32],
    log_variance: NDArray[np.float32],
    scale_tril: NDArray[np.float32] | None,
    rows: NDArray[np.int64],
) -> Steps[NDArray[np.float64] | Absent]:
    """Return the mean KL of each dimension over the codes in ``rows``, in nats, ``(latent_dim,)``."""
    prior = model.prior
    assert isinstance(prior, ClosedFormKl)
    total = np.zeros(codes.shape[1])
    size = max(1, CHUNK_VALUES // codes.shape[1])
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        # In float64, as in the ELBO of the figures.
        mean, variance = (torch.from_numpy(values[part].astype(np.float64)) for values in (codes, log_variance))
        scale = None if scale_tril is None else torch.from_numpy(scale_tril[part].astype(np.float64))
        total += prior.kl_per_dimension(Posterior(mean, variance, scale)).sum(0).numpy()
        yield
    if not np.isfinite(total).all():
        return Absent("the KL is not finite")
    return total / len(rows)
