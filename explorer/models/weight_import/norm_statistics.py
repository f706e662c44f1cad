"""Compares the running averages of batch norms with what arrives at them: they tell what stands before them.

A batch norm keeps the mean and the variance that its inputs had in training. With another activation, stride or range
of values before it, other numbers arrive. This tells networks apart far better than the reconstruction does.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

EXPECTED = 2e-3
"""Squared difference, in standard deviations, that is due to the choice of samples alone."""
LIMIT = 10.0
"""Maximum difference of a channel, in standard deviations."""
CERTAIN = 3.0
"""Standard errors by which one activation must fit the batch norms better than another."""


@contextmanager
def recorded_differences(network: nn.Module) -> Iterator[list[Tensor]]:
    """Collect the differences of each batch norm that runs: of mean and deviation, in deviations, (2, channels)."""
    differences: list[Tensor] = []

    def record(norm: nn.Module, given: tuple[Tensor, ...], _: Any) -> None:
        assert isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d)
        if norm.running_mean is None or norm.running_var is None:
            return
        over = [axis for axis in range(given[0].dim()) if axis != 1]  # all but the channels
        deviation = norm.running_var.clamp_min(1e-10).sqrt()
        mean, spread = given[0].mean(over), given[0].std(over, correction=0)
        apart = torch.stack(((mean - norm.running_mean) / deviation, spread / deviation - 1))
        # A channel that never changed in training has no deviation to compare with.
        differences.append(apart.nan_to_num(LIMIT).clamp(-LIMIT, LIMIT))

    hooks = [norm.register_forward_hook(record) for norm in _norms(network)]
    try:
        yield differences
    finally:
        for hook in hooks:
            hook.remove()


def _norms(network: nn.Module) -> list[nn.Module]:
    return [each for each in network.modules() if isinstance(each, nn.BatchNorm1d | nn.BatchNorm2d)]


def has_norms(network: nn.Module) -> bool:
    """Return whether a network has batch norms."""
    return bool(_norms(network))


def mismatch_of(differences: Sequence[Tensor]) -> float:
    """Return the squared differences of mean and deviation, averaged over channels and norms; 0 without norms."""
    of_norms = [float(each.double().square().sum(0).mean()) for each in differences]
    return sum(of_norms) / len(of_norms) if of_norms else 0.0


def worse_by(mismatch: float) -> float:
    """Return the factor by which a mismatch makes a choice worse than its reconstruction says."""
    return (mismatch + EXPECTED) / EXPECTED


def fits_better(other: NDArray[np.float64], usual: NDArray[np.float64]) -> bool:
    """Return whether the batch norms clearly tell that a network has another activation than the usual one.

    On the line from the differences with the usual activation (0) to those with the other one (1), zero differences
    are nearest to 1.

    Parameters
    ----------
    other, usual
        (values,): the differences of all batch norms, from the same samples.
    """
    step = other - usual
    length = float(step @ step)
    if not length:
        return False
    position = -float(usual @ step) / length
    remaining = usual + position * step
    error = float(np.sqrt(np.square(step * remaining).sum())) / length
    # Weights move while the averages are taken: with far less training than usual the position is anywhere.
    return 0.5 + CERTAIN * error < position < 3.0
