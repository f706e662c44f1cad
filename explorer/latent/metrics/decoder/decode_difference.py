"""The difference between decodes of different samples: 0 if the decoder ignores z, or if z does not depend on x."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import Evaluated, Found, as_double, figure_of_samples, measures, why_no_sample
from explorer.latent.steps import Steps
from explorer.models.latent_model import NotDefined, Posterior


@dataclass(frozen=True)
class _DecodeSums:
    """Sums over samples of the decodes minus the first one, ``(values,)``, whose squares lose fewer digits."""

    first: Tensor
    values: Tensor
    squares: Tensor

    def plus(self, decodes: Tensor) -> "_DecodeSums":
        off = decodes - self.first
        return _DecodeSums(self.first, self.values + off.sum(0), self.squares + off.square().sum(0))


@measures(
    Figure(
        "decode_difference",
        "difference of the decodes",
        "model values",
        "neither is better",
        "Root mean square difference between the decodes (the mean of p(x|z) at the posterior mean) of two different "
        "samples, over all pairs of the split and all values of a sample (pixels in the range [0, 1]). It is 0 if "
        "all samples have the same decode.",
        errors=(StandardError("samples", "± of the difference", "Standard error over the samples."),),
    ),
    passes=lambda evaluated: 2 * len(evaluated.chunks),
    why_not=why_no_sample,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Compute the mean over all pairs from the variance of each value: E (a − b)² = 2·Var."""
    count = len(evaluated.index)
    if count < 2:
        raise NotDefined("the split has only one sample; a difference needs two")
    sums = None
    for chunk, posterior in zip(evaluated.chunks, evaluated.posteriors, strict=True):
        # The first decode as an offset: E x² − (E x)² loses all digits if the decodes hardly differ.
        decodes = _decodes(evaluated, chunk, posterior)
        zeros = torch.zeros_like(decodes[0])
        sums = (sums or _DecodeSums(decodes[0], zeros, zeros)).plus(decodes)
        yield 1
    assert sums is not None
    # Rounding can leave a variance slightly below 0 where all decodes are equal.
    variances = (sums.squares - sums.values.square() / count).clamp(min=0) / (count - 1)  # (values,)
    difference = math.sqrt(2 * variances.mean().item())
    if not math.isfinite(difference):
        raise NotDefined("a decode of the split is not finite")
    squares = []
    for chunk, posterior in zip(evaluated.chunks, evaluated.posteriors, strict=True):
        # Decoded again, as the decodes of all samples may not fit into memory.
        offsets = _decodes(evaluated, chunk, posterior) - (sums.first + sums.values / count)
        squares.append(2 * offsets.square().mean(1))
        yield 1
    return figure_of_samples("decode_difference", difference, root_values(difference, torch.cat(squares).numpy()))


def root_values(root: float, squares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values ``(n,)`` of the root of a mean of squares ``(n,)``, which is linear around this mean."""
    values: NDArray[np.float64] = root + (squares - squares.mean()) / (2 * root) if root > 0 else 0 * squares
    return values


@torch.inference_mode()
def _decodes(evaluated: Evaluated, chunk: slice, posterior: Posterior) -> Tensor:
    """Return the means of p(x|z) at the means of the posteriors, ``(n, values)``, in float64."""
    return as_double(evaluated.model.decode(posterior.mean, evaluated.inputs(chunk).condition).mean).flatten(1)
