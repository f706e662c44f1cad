"""Computes the mean of log p(x) over a split: accurately for some of the samples, and by a few draws for all.

1. Choose m of the n samples, all of them if the decoder is small (`accurate_samples`).
2. Compute log p(x) of these accurately: with one or two latent dimensions by a refined grid, with more by adaptive
   importance sampling. Subtract an estimate by K draws: the differences e show how much these estimates are too low.
3. The mean of the estimates over all n samples plus the mean of e over the m samples is log p(x) without the bias of K
   draws (a difference estimator: Cochran 1977, section 12.9). If m = n, the estimates are not needed.

The values v_i = estimate_i + ē + (n/m)·(e_i − ē) of the m samples, and estimate_i + ē of the others, have this mean.
Their standard deviation divided by √n is its standard error over samples.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.modules.conv import _ConvNd

from explorer.data.dataset import Dataset
from explorer.latent.bound.true_posterior import MAX_DIMENSIONS, rows_per_chunk, true_posterior
from explorer.latent.density.adaptive_estimate import Precision, adaptive_estimate
from explorer.latent.density.likelihood_estimate import estimate_log_likelihood, parts_of_estimate
from explorer.latent.inputs import Inputs, inputs_of
from explorer.latent.steps import Steps, reporting
from explorer.models.latent_model import LatentModel

SEED = 1
"""Default seed."""
PRECISION = Precision(error=0.02, least=512, most=4096)
"""Precision of a single accurate value by importance sampling; that of their mean is √m times better."""
DECODES = 10_000
"""About the number of decodes of an accurate value, by either method."""
MIN_ACCURATE = 32
"""Minimum number of samples with an accurate value, unless the split has fewer."""
WORK = 2.1e9
"""Floating-point operations for accurate values per draw of the estimates: for 64 draws, some seconds."""
OVERHEAD = 40_000
"""Work besides the network for one decode, in floating-point operations."""
SHARE = 2.0
"""Decodes for accurate values, in multiples of those for the estimates, that are always allowed."""


@dataclass(frozen=True, eq=False)
class SplitLikelihood:
    """The mean of log p(x) over a split, in nats.

    Attributes
    ----------
    values
        ``(n,)``: the values whose mean is that of log p(x); see the module.
    accurate
        Number m of samples whose log p(x) was computed accurately.
    is_grid
        Whether the accurate values are from a grid.
    draws_error
        Error of the mean that is not due to the choice of the split: of the estimates, of the choice of the m samples,
        and of the accurate values; infinite if a grid was not finished.
    """

    values: NDArray[np.float64]
    accurate: int
    is_grid: bool
    draws_error: float

    @property
    def mean(self) -> float:
        """The mean of log p(x) over the samples."""
        return float(self.values.mean())


def split_likelihood(
    model: LatentModel, dataset: Dataset, index: NDArray[np.int64], draws: int, seed: int = SEED
) -> Steps[SplitLikelihood]:
    """Compute the mean of log p(x) of the samples at ``index``; yields 1 after each of the passes, and 0 between them.

    Parameters
    ----------
    draws
        K, the number of importance samples for each sample, at least 1.
    seed
        Seed of the choice of the m samples and, with the positions of the samples in the split, of all draws.

    Raises
    ------
    NotDefined
        If the model has no p(x|z), or the code of a sample is not finite.
    """
    count = len(index)
    m = accurate_samples(model, dataset, index, draws)
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.choice(count, m, replace=False))
    estimates = np.zeros(count)
    if m < count:
        estimates = yield from estimate_log_likelihood(model, dataset, index, draws, seed)
    found = np.zeros((m, 3))  # columns: log p(x), standard error, numerical error
    for row, position in enumerate(chosen):
        given = inputs_of(model, dataset, index[[position]])
        found[row] = yield from reporting(accurate_value(model, given, (seed, int(position), 1)), 0)
        yield 1
    differences = found[:, 0] - estimates[chosen]
    values = estimates + differences.mean()
    values[chosen] += count / m * (differences - differences.mean())
    spread = differences.std(ddof=1) if m < count else 0.0
    # Errors of independent draws average out over the samples; the errors of grids and of corrections may not.
    of_draws = math.sqrt(np.square(found[:, 1]).sum()) / m
    error = math.hypot(spread * math.sqrt(1 / m - 1 / count), of_draws, float(found[:, 2].mean()))
    return SplitLikelihood(values, m, model.latent_dim <= MAX_DIMENSIONS, error)


def passes(model: LatentModel, dataset: Dataset, index: NDArray[np.int64], draws: int) -> int:
    """Return the number of passes of `split_likelihood`."""
    m = accurate_samples(model, dataset, index, draws)
    return m + (parts_of_estimate(len(index), draws) if m < len(index) else 0)


def accurate_value(model: LatentModel, given: Inputs, seed: tuple[int, ...]) -> Steps[tuple[float, float, float]]:
    """Return log p(x) of one sample, its standard error over draws, and its numerical error, in nats."""
    if model.latent_dim <= MAX_DIMENSIONS:
        grid = yield from true_posterior(model, given)
        return grid.log_evidence, 0.0, grid.error
    found = yield from adaptive_estimate(model, given, seed, PRECISION, rows_per_chunk(model))
    return found.log_likelihood, found.error, found.correction


def accurate_samples(model: LatentModel, dataset: Dataset, index: NDArray[np.int64], draws: int) -> int:
    """Return the number m of samples whose log p(x) is computed accurately.

    It depends on the work of a decode and on the number of draws, never on time, so that it is the same on any machine.
    """
    affordable = WORK * draws / (DECODES * (_decode_work(model, dataset, index) + OVERHEAD))
    in_proportion = SHARE * draws * len(index) / DECODES
    return min(len(index), max(MIN_ACCURATE, int(max(affordable, in_proportion))))


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
