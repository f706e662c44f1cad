"""The distance of the aggregate posterior from the prior: the maximum mean discrepancy between draws of the two.

Gretton, Borgwardt, Rasch, Schölkopf and Smola 2012, "A kernel two-sample test", JMLR 13, equation 4.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import (
    DRAWS,
    NOT_FINITE,
    Evaluated,
    Found,
    aggregate_draws,
    as_double,
    choose,
    figure_of_samples,
    measures,
    prior_draws,
)
from explorer.latent.metrics.sample_values import error_over_samples, pseudo_values
from explorer.latent.steps import Steps, at_once
from explorer.models.latent_model import NotDefined

SEED = 2
BANDWIDTH_DRAWS = 500
"""Number of draws of the prior that determine the bandwidth."""
_ROWS = 64
"""Rows of the matrix of kernels computed between two yields."""


def prior_bandwidth(draws: Tensor) -> float:
    """Return the σ of the kernel: the median distance between the first draws of the prior.

    It does not depend on the codes, so models with the same prior are compared by the same kernel.
    """
    return torch.nn.functional.pdist(as_double(draws[:BANDWIDTH_DRAWS])).median().item()


def discrepancy(codes: Tensor, others: Tensor, bandwidth: float) -> tuple[float, NDArray[np.float64]]:
    """Return the discrepancy at once; see `discrepancy_in_rows`."""
    return at_once(discrepancy_in_rows(codes, others, bandwidth))


def discrepancy_in_rows(codes: Tensor, others: Tensor, bandwidth: float) -> Steps[tuple[float, NDArray[np.float64]]]:
    """Return MMD² between two sets of n ≥ 3 draws (n, latent_dim) and a value for each pair of draws, ``(n,)``.

    With h_ij = k(x_i, x_j) + k(y_i, y_j) − k(x_i, y_j) − k(x_j, y_i) and k(a, b) = exp(−|a − b|² / 2σ²), MMD² is the
    mean of h_ij over all i ≠ j. It is unbiased, so for equal distributions it is negative about half of the time.

    The values are the pseudo-values of a jackknife over the pairs (x_i, y_i), brought closer to their mean: a jackknife
    counts the second-order part of the variance, 2·Var(h) / (n·(n − 1)), twice, and for nearly equal distributions
    there is no other part (Sutherland 2019, "Unbiased estimators for the variance of MMD estimators", arXiv
    1906.02104).
    """
    count = len(codes)
    parts, squares = [], 0.0
    for start in range(0, count, _ROWS):
        terms = _rows_of_terms(codes, others, start, bandwidth)
        parts.append(terms.sum(1))
        squares += terms.square_().sum().item()
        yield 1
    # Leaving out draw i removes row i and column i of h, which are equal: twice its row's sum.
    sums = torch.cat(parts).numpy()
    pairs = count * (count - 1)
    whole = float(sums.sum()) / pairs
    pseudo = pseudo_values(whole, (sums.sum() - 2 * sums) / ((count - 1) * (count - 2)))
    second = 2 * max(0.0, squares / pairs - whole**2) / pairs
    jackknife = error_over_samples(pseudo) ** 2
    kept = math.sqrt(max(jackknife - second, second) / jackknife) if jackknife > 0 else 1.0
    return whole, whole + kept * (pseudo - pseudo.mean())


def _rows_of_terms(codes: Tensor, others: Tensor, start: int, bandwidth: float) -> Tensor:
    """Return h_ij for the rows i from ``start``, ``(rows, n)``, with 0 for j = i."""
    x, y = codes[start : start + _ROWS], others[start : start + _ROWS]
    terms = _kernel(x, codes, bandwidth) + _kernel(y, others, bandwidth)
    terms -= _kernel(x, others, bandwidth) + _kernel(y, codes, bandwidth)
    # The unbiased estimate leaves out the pairs of a draw with itself.
    terms[torch.arange(len(x)), torch.arange(start, start + len(x))] = 0
    return terms


def _kernel(rows: Tensor, columns: Tensor, bandwidth: float) -> Tensor:
    distances = torch.cdist(rows, columns)
    # In place: the matrices of 64 × 2,000 distances are the largest of the computation.
    return distances.div_(bandwidth).square_().mul_(-0.5).exp_()


def _why_not(evaluated: Evaluated) -> str:
    if evaluated.model.prior is None:
        return "the model has no prior"
    return "" if len(evaluated.index) >= 3 else "at least three samples are needed"


@measures(
    Figure(
        "aggregate_mmd",
        "MMD² of q(z) from the prior",
        "of at most 2",
        "lower is better",
        "Squared maximum mean discrepancy, unbiased (Gretton et al. 2012, JMLR 13, equation 4), between draws "
        "of the aggregate posterior (one from q(z|x) for each sample, or its code if q is a point) and equally "
        "many draws of the prior: at most 2,000 each, from fixed seeds. The kernel is exp(−distance² / 2σ²), "
        "with σ the median distance between 500 draws of the prior. For equal distributions, it varies around "
        "0.",
        needs=("an encoder", "a prior"),
        errors=(
            StandardError(
                "samples",
                "± of the MMD²",
                "Standard error over the samples and the draws: a jackknife, corrected for nearly equal distributions.",
            ),
        ),
    ),
    passes=lambda evaluated: -(-min(len(evaluated.index), DRAWS) // _ROWS),
    why_not=_why_not,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Compare draws of the aggregate posterior with equally many of the prior."""
    if not np.isfinite(evaluated.means).all():
        raise NotDefined(NOT_FINITE)
    # At least as many draws of the prior as the bandwidth needs, so that it does not depend on the number of codes.
    codes = aggregate_draws(evaluated, SEED)
    drawn = as_double(prior_draws(evaluated, max(len(codes), BANDWIDTH_DRAWS), SEED))
    bandwidth = prior_bandwidth(drawn)
    if not 0 < bandwidth < math.inf:
        raise NotDefined("all draws of the prior are the same point, so the kernel has no width")
    value, values = yield from discrepancy_in_rows(codes, drawn[: len(codes)], bandwidth)
    rows = choose(len(evaluated.index), DRAWS, evaluated.rng(SEED))  # as `aggregate_draws` chooses them
    return figure_of_samples("aggregate_mmd", value, values, rows)
