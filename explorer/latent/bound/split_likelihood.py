"""Computes the mean of log p(x) over a split: accurately for some of the samples, and by a few draws for all.

1. Choose m of the n samples, all of them if that takes little work (`accurate_samples`).
2. Compute log p(x) of these accurately: with one or two latent dimensions by grids, which share their decodes if
   p(x|z) is of an exponential family (`explorer.latent.density.shared_grid`), with more by adaptive importance
   sampling.
3. If m < n, estimate log p(x) of all n samples by K draws in each of two rounds
   (`explorer.latent.density.likelihood_estimate`). The differences e of the m accurate values from their estimates show
   how much the estimates are too low.
4. The mean of the estimates over all n samples plus the mean of e over the m samples is log p(x) without the bias of
   few draws (a difference estimator: Cochran 1977, section 12.9).

The values v_i = estimate_i + ē + (n/m)·(e_i − ē) of the m samples, and estimate_i + ē of the others, have this mean.
Their standard deviation divided by √n is its standard error over samples.

The stated error over draws is larger than the standard error by `INFLATION`.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd

from explorer.data.dataset import Dataset
from explorer.latent.bound.true_posterior import MAX_DIMENSIONS, rows_per_chunk, true_posterior
from explorer.latent.density.adaptive_estimate import Precision, adaptive_estimate
from explorer.latent.density.likelihood_estimate import estimate_log_likelihood, parts_of_estimate
from explorer.latent.density.proposal import NOWHERE
from explorer.latent.density.shared_decodes import can_share, shared_decodes
from explorer.latent.density.shared_grid import SharedLikelihoods, expected_decodes, shared_likelihoods
from explorer.latent.inputs import Inputs, classes_of, in_double, inputs_of
from explorer.latent.steps import Steps, reporting
from explorer.models.latent_model import LatentModel, NotDefined, Posterior

SEED = 1
"""Default seed."""
PRECISION = Precision(error=0.02, least=512, most=4096)
"""Precision of a single accurate value by importance sampling; that of their mean is √m times better."""
DECODES = 10_000
"""About the number of decodes of an accurate value, unless samples share them."""
INFLATION = 1.15
"""Stated error over draws, in standard errors.

A standard error from draws is itself uncertain, and usually too small if large weights or differences are rare. A
factor above 1 guards against this (Hickernell, Jiang, Liu and Owen 2013, arXiv 1208.4318). If errors are normal,
log p(x) is within two stated errors in 98 % of repeats; with a factor of 1 it would be 95 %.
"""
MIN_ACCURATE = 32
"""Minimum number of samples with an accurate value, unless the split has fewer."""
WORK = 2.1e9
"""Floating-point operations for accurate values, in multiples of K: for 64 draws, some seconds."""
OVERHEAD = 40_000
"""Work besides the network for one decode, in floating-point operations."""
FEW_DRAWS, MANY = 10.0, 0.1
"""The error is unknown if more than a tenth of the accurate values have fewer effective draws than this."""
UNFINISHED = "the grid of a sample stopped at its limit"
FEW = "too few draws of z are effective: they miss much of p(z|x), and log p(x) is probably higher"
SHARE = 2.0
"""Decodes for accurate values, in multiples of those for the estimates, that are always allowed."""

ROWS = 256
"""Samples encoded in one chunk."""
CHUNK_WORK = 3e7
"""Floating-point operations for the decodes of one chunk, which take a few milliseconds."""
LEVELS = 8
"""Usual number of levels of a shared grid, for the progress."""
MAX_VALUES, MAX_GROUP = 1 << 23, 8192
"""Maximum numbers of values and of samples that share a grid, which bounds the memory."""


@dataclass(frozen=True, eq=False)
class SplitLikelihood:
    """The mean of log p(x) over a split, in nats.

    Attributes
    ----------
    values
        ``(n,)``: the values whose mean is that of log p(x); see the module.
    accurate
        Number m of samples whose log p(x) was computed accurately.
    draws_error
        Error of the mean that is not due to the choice of the split: of the estimates, of the choice of the m samples,
        and of the accurate values. It is `INFLATION` times the standard error of the draws and of the choice, together
        with the errors of grids and corrections; infinite if it is unknown.
    unknown
        Why the error is unknown, or "".
    """

    values: NDArray[np.float64]
    accurate: int
    draws_error: float
    unknown: str = ""

    @property
    def mean(self) -> float:
        """The mean of log p(x) over the samples."""
        return float(self.values.mean())


def split_likelihood(
    model: LatentModel, dataset: Dataset, index: NDArray[np.int64], draws: int, seed: int = SEED
) -> Steps[SplitLikelihood]:
    """Compute the mean of log p(x) of the samples at ``index``; yields the number of passes after each step.

    Parameters
    ----------
    draws
        K, the number of importance samples for each sample in each of two rounds, at least 1.
    seed
        Seed of the choice of the m samples and, with the positions of the samples in the split, of all draws.

    Raises
    ------
    NotDefined
        If the model has no p(x|z), or the code of a sample is not finite.
    """
    q = yield from _codes(model, dataset, index)
    count, is_shared = len(index), _can_share(model, dataset, index)
    m = accurate_samples(model, dataset, index, draws, expected_decodes(q) / count if is_shared else DECODES)
    chosen = np.sort(np.random.default_rng(seed).choice(count, m, replace=False))
    estimates = np.zeros(count)
    if m < count:
        estimates = yield from estimate_log_likelihood(model, dataset, index, draws, seed)
    if is_shared:
        left = passes(model, dataset, index, draws)
        left -= parts_of_estimate(count, draws, model.latent_dim) if m < count else 0
        found = yield from _shared_values(model, dataset, index, chosen, q, left)
    else:
        found = yield from _values(model, dataset, index, chosen, seed)
    differences = found[:, 0] - estimates[chosen]
    values = estimates + differences.mean()
    values[chosen] += count / m * (differences - differences.mean())
    spread = 0.0
    if m < count:
        spread = differences.std(ddof=1) if m > 1 else math.inf  # one difference does not show how much they vary
    # Errors of independent draws average out over the samples; the errors of grids and of corrections may not.
    of_draws = math.sqrt(np.square(found[:, 1]).sum()) / m
    standard_error = math.hypot(spread * math.sqrt(1 / m - 1 / count), of_draws)
    error = math.hypot(INFLATION * standard_error, float(found[:, 2].mean()))
    if np.mean(found[:, 3] < FEW_DRAWS) > MANY:
        return SplitLikelihood(values, m, math.inf, FEW)
    return SplitLikelihood(values, m, error, "" if math.isfinite(error) else UNFINISHED)


def passes(model: LatentModel, dataset: Dataset, index: NDArray[np.int64], draws: int) -> int:
    """Return the maximum number of passes of `split_likelihood`."""
    of_estimate = parts_of_estimate(len(index), draws, model.latent_dim)
    if _can_share(model, dataset, index):
        # If the grids are cheap, there are no estimates, and the passes of the levels count for more.
        return of_estimate + LEVELS * len(_groups(model, dataset, index, np.arange(len(index))))
    m = accurate_samples(model, dataset, index, draws)
    return m + (of_estimate if m < len(index) else 0)


def _codes(model: LatentModel, dataset: Dataset, index: NDArray[np.int64]) -> Steps[Posterior]:
    """Return q(z|x) of the samples in float64; yields 0 after each chunk."""
    parts: list[dict[str, Tensor]] = []
    for start in range(0, len(index), ROWS):
        given = inputs_of(model, dataset, index[start : start + ROWS])
        with torch.inference_mode():
            parts.append(
                {
                    name: value
                    for name, value in vars(in_double(model.encode(given.x, given.condition))).items()
                    if isinstance(value, Tensor)
                }
            )
        yield 0
    q = Posterior(**{name: torch.cat([part[name] for part in parts]) for name in parts[0]})
    finite = torch.stack([torch.isfinite(value.flatten(1)).all(1) for value in vars(q).values() if value is not None])
    if not finite.all():
        bad = int(finite.all(0).int().argmin())
        raise NotDefined(f"the code of sample {index[bad]} is not finite")
    return q


def _can_share(model: LatentModel, dataset: Dataset, index: NDArray[np.int64]) -> bool:
    return model.latent_dim <= MAX_DIMENSIONS and can_share(model, inputs_of(model, dataset, index[:1]))


def _groups(
    model: LatentModel, dataset: Dataset, index: NDArray[np.int64], chosen: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """Return the chosen positions in groups that share a grid: of one condition, and small enough for the memory."""
    classes = classes_of(model, dataset.labels, index[chosen])
    keys = np.zeros(len(chosen), np.int64) if classes is None else classes.cpu().numpy()
    size = int(np.clip(MAX_VALUES // dataset.description.features, 1, MAX_GROUP))
    by_class = [chosen[keys == key] for key in np.unique(keys)]
    return [part for group in by_class for part in np.split(group, range(size, len(group), size))]


def _shared_values(
    model: LatentModel, dataset: Dataset, index: NDArray[np.int64], chosen: NDArray[np.int64], q: Posterior, left: int
) -> Steps[NDArray[np.float64]]:
    """Return log p(x), its standard error 0, its numerical error and infinity, ``(m, 4)``, by grids that samples share.

    Yields a part of the passes that are ``left`` after each level of a grid, and 0 between them.
    """
    found, place = np.tile([0.0, 0.0, 0.0, math.inf], (len(chosen), 1)), np.zeros(len(index), np.int64)
    place[chosen] = np.arange(len(chosen))
    rows = max(1, int(CHUNK_WORK / (_decode_work(model, dataset, index) + OVERHEAD)))
    groups = _groups(model, dataset, index, chosen)
    for number, group in enumerate(groups):
        own = q.rows(torch.from_numpy(group))
        shared = yield from shared_decodes(model, inputs_of(model, dataset, index[group]), own.mean)
        grid = yield from _spread(shared_likelihoods(shared, own, rows), left // (len(groups) - number))
        left -= left // (len(groups) - number)
        missing = ~np.isfinite(grid.log_likelihood)
        if missing.any():
            raise NotDefined(f"sample {index[group[missing.argmax()]]}: {NOWHERE}")
        found[place[group], 0], found[place[group], 2] = grid.log_likelihood, grid.errors
    return found


def _spread(work: Steps[SharedLikelihoods], passes: int) -> Steps[SharedLikelihoods]:
    """Convert reports of single levels to passes, ``passes`` or fewer in all."""
    each = max(1, passes // LEVELS)
    while True:
        try:
            done = min(passes, each * next(work))
        except StopIteration as stop:
            found: SharedLikelihoods = stop.value
            return found
        passes -= done
        yield done


def _values(
    model: LatentModel, dataset: Dataset, index: NDArray[np.int64], chosen: NDArray[np.int64], seed: int
) -> Steps[NDArray[np.float64]]:
    """Return the four numbers of `accurate_value`, ``(m, 4)``, for each chosen sample; yields 1 after each."""
    found = np.zeros((len(chosen), 4))
    for row, position in enumerate(chosen):
        given = inputs_of(model, dataset, index[[position]])
        try:
            found[row] = yield from reporting(accurate_value(model, given, (seed, int(position), 1)), 0)
        except NotDefined as lack:
            # Any other reason holds for all samples, and needs no number.
            raise NotDefined(f"sample {index[position]}: {lack}" if str(lack) == NOWHERE else str(lack)) from lack
        yield 1
    return found


def accurate_value(model: LatentModel, given: Inputs, seed: tuple[int, ...]) -> Steps[tuple[float, ...]]:
    """Return log p(x) of one sample, its standard error over draws, its numerical error, and the effective draws.

    The first three are in nats; the last is infinite for a grid.
    """
    if model.latent_dim <= MAX_DIMENSIONS:
        grid = yield from true_posterior(model, given)
        return grid.log_evidence, 0.0, grid.error, math.inf
    found = yield from adaptive_estimate(model, given, seed, PRECISION, rows_per_chunk(model))
    return found.log_likelihood, found.error, found.correction, found.effective_draws


def accurate_samples(
    model: LatentModel, dataset: Dataset, index: NDArray[np.int64], draws: int, decodes: float = DECODES
) -> int:
    """Return the number m of samples whose log p(x) is computed accurately, with about ``decodes`` for each.

    It depends on the work of a decode and on the number of draws, never on time, so that it is the same on any machine.
    """
    affordable = WORK * draws / (_decode_work(model, dataset, index) + OVERHEAD)
    most = max(MIN_ACCURATE * DECODES, affordable, SHARE * draws * len(index))
    # Estimates take decodes, too: 2K for each sample, unless all have accurate values.
    is_all = decodes <= most / len(index) + 2 * draws
    return len(index) if is_all else int(most / decodes)


@torch.inference_mode()
def _decode_work(model: LatentModel, dataset: Dataset, index: NDArray[np.int64]) -> int:
    """Return the number of floating-point operations of the layers in one decode."""
    operations: list[int] = []

    def count(module: nn.Module, given: tuple[Any, ...], output: Any) -> None:
        # Each weight is used once at each place of the smaller side: of the input if the layer enlarges a picture.
        places = min(math.prod(tensor.shape[2:]) for tensor in (given[0], output))
        operations.append(2 * places * sum(weight.numel() for weight in module.parameters(recurse=False)))

    inputs = inputs_of(model, dataset, index[:1])
    layers = (module for module in model.modules() if isinstance(module, nn.Linear | _ConvNd))
    hooks = [layer.register_forward_hook(count) for layer in layers]
    try:
        model.decode(torch.zeros((1, model.latent_dim), device=inputs.x.device), inputs.condition)
    finally:
        for hook in hooks:
            hook.remove()
    return sum(operations)
