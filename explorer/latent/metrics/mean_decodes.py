"""What the decodes of the posteriors' means cost, and the least that they could cost."""

from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.latent.measure import Evaluated, Found, Measure, all_absent, as_double
from explorer.latent.steps import Steps
from explorer.models.latent_model import Likelihood, NotDefined, Posterior
from explorer.models.likelihoods import Bernoulli, binary_entropy

GREY_NOTE = (
    "The Bernoulli likelihood of grey values is no log-density: reconstruction, elbo and log_likelihood are "
    "comparable between models of this kind alone, and binary_entropy is the least that reconstruction can be."
)
_FIGURES = ("mse", "binary_entropy")


@dataclass(frozen=True)
class _Sums:
    """Sums over samples; ``entropy`` is None without a Bernoulli likelihood."""

    squares: float = 0.0
    entropy: float | None = None
    grey: bool = False

    def plus(self, more: "_Sums") -> "_Sums":
        entropy = None if more.entropy is None else (self.entropy or 0.0) + more.entropy
        return _Sums(self.squares + more.squares, entropy, self.grey or more.grey)


def _work(about: Evaluated, _: Found) -> Steps[Found]:
    if about.dataset.targets is not None:
        return all_absent(_FIGURES, "the decode is no sample, but what the sample goes with")
    sums = _Sums()
    for part, posterior in zip(about.parts, about.posteriors, strict=True):
        try:
            sums = sums.plus(_of_part(about, part, posterior))
        except NotDefined as lack:
            return all_absent(_FIGURES, str(lack))
        yield 1
    found: Found = {"mse": sums.squares / len(about.index), "note": GREY_NOTE if sums.grey else ""}
    if sums.entropy is None:
        return {**found, **all_absent(("binary_entropy",), "the likelihood is no Bernoulli")}
    return {**found, "binary_entropy": sums.entropy / len(about.index)}


MEAN_DECODES = Measure(lambda about: len(about.parts), _work)


@torch.inference_mode()
def _of_part(about: Evaluated, part: slice, posterior: Posterior) -> _Sums:
    given = about.inputs(part)
    likelihood = about.model.decode(posterior.mean, given.condition)
    squares = (as_double(likelihood.mean) - as_double(given.x)).square().sum().item()
    if not isinstance(likelihood, Bernoulli):
        return _Sums(squares)
    return _Sums(squares, binary_entropy(as_double(given.x)).sum().item(), is_grey(likelihood, given.x))


def is_grey(likelihood: Likelihood, target: Tensor) -> bool:
    """Whether it is a Bernoulli's of values between 0 and 1, whose log p(x|z) is no log-density."""
    return isinstance(likelihood, Bernoulli) and bool(((target > 0) & (target < 1)).any())
