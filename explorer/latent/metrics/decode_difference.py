"""How far the decodes of different samples differ: nothing where the decoder ignores z, or z ignores x."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.latent.measure import Absent, Evaluated, Found, Measure, as_double
from explorer.latent.steps import Steps
from explorer.models.latent_model import NotDefined, Posterior

_FIGURE = "decode_difference"


@dataclass(frozen=True)
class _Sums:
    """Sums over samples of the decodes less the first one, (values,): near each other, their squares lose no digits."""

    first: Tensor
    values: Tensor
    squares: Tensor

    def plus(self, decodes: Tensor) -> "_Sums":
        off = decodes - self.first
        return _Sums(self.first, self.values + off.sum(0), self.squares + off.square().sum(0))


def _work(about: Evaluated, _: Found) -> Steps[Found]:
    count = len(about.index)
    if about.dataset.targets is not None:
        return {_FIGURE: Absent("the decode is no sample, but what the sample goes with")}
    if count < 2:
        return {_FIGURE: Absent("one sample differs from no other")}
    sums = None
    for part, posterior in zip(about.parts, about.posteriors, strict=True):
        try:
            decodes = _decodes(about, part, posterior)
        except NotDefined as lack:
            return {_FIGURE: Absent(str(lack))}
        sums = (sums or _Sums(decodes[0], torch.zeros_like(decodes[0]), torch.zeros_like(decodes[0]))).plus(decodes)
        yield 1
    assert sums is not None
    variances = (sums.squares - sums.values.square() / count).clamp(min=0) / (count - 1)  # (values,)
    difference = math.sqrt(2 * variances.mean().item())
    if not math.isfinite(difference):
        return {_FIGURE: Absent("a decode of the split is not finite")}
    return {_FIGURE: difference}


@torch.inference_mode()
def _decodes(about: Evaluated, part: slice, posterior: Posterior) -> Tensor:
    """Return the means of p(x|z) at the posteriors' means, (n, values) in float64."""
    return as_double(about.model.decode(posterior.mean, about.inputs(part).condition).mean).flatten(1)


DECODE_DIFFERENCE = Measure(lambda about: len(about.parts), _work)
