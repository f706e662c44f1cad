"""How far the aggregate posterior is from the prior: maximum mean discrepancy between draws of the two.

Gretton, Borgwardt, Rasch, Schölkopf and Smola 2012, "A kernel two-sample test", JMLR 13, equation 4.
"""

import math

import numpy as np
import torch
from torch import Tensor

from explorer.latent.measure import NOT_FINITE, Evaluated, Found, Measure, all_absent, as_double
from explorer.latent.metrics.aggregate_draws import DRAWS, aggregate_draws, prior_draws
from explorer.latent.steps import Steps, at_once

SEED = 2
FOR_BANDWIDTH = 500
"""So many draws of the prior tell the bandwidth."""
_ROWS = 64
_FIGURES = ("aggregate_mmd", "aggregate_mmd_error")


def prior_bandwidth(draws: Tensor) -> float:
    """Return the kernel's σ: the median distance between the first draws of the prior.

    Of the prior alone, so that models of one prior are measured by one kernel, whatever their codes.
    """
    return torch.nn.functional.pdist(as_double(draws[:FOR_BANDWIDTH])).median().item()


def discrepancy(codes: Tensor, others: Tensor, bandwidth: float) -> tuple[float, float]:
    """Return `discrepancy_in_rows` at one go."""
    return at_once(discrepancy_in_rows(codes, others, bandwidth))


def discrepancy_in_rows(codes: Tensor, others: Tensor, bandwidth: float) -> Steps[tuple[float, float]]:
    """Return MMD² between two sets of n ≥ 3 draws (n, latent_dim) and its standard error.

    With h_ij = k(x_i, x_j) + k(y_i, y_j) − k(x_i, y_j) − k(x_j, y_i) and k(a, b) = exp(−|a − b|² / 2σ²), MMD² is the
    mean of h_ij over all i ≠ j. It is unbiased: below zero about half the time where the two are one distribution. Its
    error is the jackknife's, leaving out a pair of draws at a time; where the two are equal that is too large rather
    than too small.
    """
    count = len(codes)
    parts = []
    for start in range(0, count, _ROWS):
        parts.append(_row_sums(codes, others, start, bandwidth))
        yield 1
    sums = torch.cat(parts)
    total = sums.sum()
    without = (total - 2 * sums) / ((count - 1) * (count - 2))
    variance = (count - 1) * without.var(correction=0)
    return (total / (count * (count - 1))).item(), variance.sqrt().item()


def _row_sums(codes: Tensor, others: Tensor, start: int, bandwidth: float) -> Tensor:
    """Return Σ_j h_ij without j = i for some rows i."""
    x, y = codes[start : start + _ROWS], others[start : start + _ROWS]
    terms = _kernel(x, codes, bandwidth) + _kernel(y, others, bandwidth)
    terms -= _kernel(x, others, bandwidth) + _kernel(y, codes, bandwidth)
    terms[torch.arange(len(x)), torch.arange(start, start + len(x))] = 0
    return terms.sum(1)


def _kernel(rows: Tensor, columns: Tensor, bandwidth: float) -> Tensor:
    distances = torch.cdist(rows, columns)
    return distances.div_(bandwidth).square_().mul_(-0.5).exp_()


def _why_not(about: Evaluated) -> str:
    if about.model.prior is None:
        return "the model has no prior"
    return "" if len(about.index) >= 3 else "it takes three samples"


def _work(about: Evaluated, _: Found) -> Steps[Found]:
    if why := _why_not(about):
        return all_absent(_FIGURES, why)
    if not np.isfinite(about.means).all():
        return all_absent(_FIGURES, NOT_FINITE)
    codes = aggregate_draws(about, SEED)
    drawn = as_double(prior_draws(about, max(len(codes), FOR_BANDWIDTH), SEED))
    bandwidth = prior_bandwidth(drawn)
    if not 0 < bandwidth < math.inf:
        return all_absent(_FIGURES, "the prior's draws are all in one place: the kernel has no width")
    value, error = yield from discrepancy_in_rows(codes, drawn[: len(codes)], bandwidth)
    return {"aggregate_mmd": value, "aggregate_mmd_error": error}


def _passes(about: Evaluated) -> int:
    return 0 if _why_not(about) else -(-min(len(about.index), DRAWS) // _ROWS)


AGGREGATE_MMD = Measure(_passes, _work)
