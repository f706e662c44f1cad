"""Reconstruction, KL and the ELBO over fixed draws of z from q(z|x), in nats per sample."""

import math

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.latent.inputs import in_double
from explorer.latent.measure import POINT, Absent, Evaluated, Found, Measure, all_absent, as_double
from explorer.latent.steps import Steps
from explorer.models.latent_model import NotDefined, Posterior
from explorer.models.priors import ClosedFormKl

DRAWS = 16
CLOSED = "it is computed in closed form, without draws"

Figure = float | Absent


def _draws(about: Evaluated) -> int:
    return DRAWS if about.model.capabilities.stochastic_posterior else 1


def _work(about: Evaluated, _: Found) -> Steps[Found]:
    drawn = yield from _drawn(about)
    if isinstance(drawn, Absent):
        kl = _kl(about, drawn)
        return {
            "reconstruction": drawn,
            "kl": kl,
            "elbo": _elbo(drawn, kl),
            **all_absent(("reconstruction_error", "kl_error", "elbo_error"), drawn.why),
        }
    costs, ratios = drawn
    kl = _kl(about, float(ratios.mean()))
    elbo = _elbo(float(costs.mean()), kl)
    return {"reconstruction": float(costs.mean()), "kl": kl, "elbo": elbo, **_errors(about, costs, ratios, kl)}


BOUND = Measure(lambda about: _draws(about) * len(about.parts), _work)


def _errors(about: Evaluated, costs: NDArray[np.float64], ratios: NDArray[np.float64], kl: Figure) -> Found:
    """Return the standard errors over the draws."""
    if len(costs) < 2:
        return all_absent(("reconstruction_error", "kl_error", "elbo_error"), f"{POINT}, so that nothing is drawn")
    in_closed_form = isinstance(about.model.prior, ClosedFormKl)
    return {
        "reconstruction_error": _standard_error(costs),
        "kl_error": kl if isinstance(kl, Absent) else Absent(CLOSED) if in_closed_form else _standard_error(ratios),
        "elbo_error": Absent(f"the KL is not defined: {kl.why}")
        if isinstance(kl, Absent)
        else _standard_error(costs + ratios),
    }


def _standard_error(means: NDArray[np.float64]) -> float:
    return float(means.std(ddof=1) / math.sqrt(len(means)))


def _drawn(about: Evaluated) -> Steps[tuple[NDArray[np.float64], NDArray[np.float64]] | Absent]:
    """Return for each draw the means ``(draws,)`` of −log p(x|z) and of log q(z|x) − log p(z).

    The latter are 0 where the KL has a closed form, or there is no prior.
    """
    rng = np.random.default_rng(0)
    sums = np.zeros((2, _draws(about)))
    for draw in range(_draws(about)):
        epsilon = rng.standard_normal((len(about.index), about.model.latent_dim)).astype(np.float32)
        for part, posterior in zip(about.parts, about.posteriors, strict=True):
            try:
                sums[:, draw] += _cost(about, part, posterior, epsilon[part])
            except NotDefined as lack:
                return Absent(str(lack))
            yield 1
    costs, ratios = sums / len(about.index)
    return costs, ratios


@torch.inference_mode()
def _cost(about: Evaluated, part: slice, posterior: Posterior, epsilon: NDArray[np.float32]) -> tuple[float, float]:
    """Return the sums over a chunk of what `_drawn` averages."""
    given, model = about.inputs(part), about.model
    z = posterior.sample(torch.from_numpy(epsilon).to(given.x.device))
    cost = -as_double(model.decode(z, given.condition).log_prob(given.target)).sum().item()
    prior = model.prior
    if prior is None or isinstance(prior, ClosedFormKl) or not model.capabilities.stochastic_posterior:
        return cost, 0.0
    return cost, (as_double(posterior.log_prob(z)) - as_double(prior.log_prob(z))).sum().item()


def _kl(about: Evaluated, ratio: Figure) -> Figure:
    """Return the mean KL, in closed form computed in float64, else over the draws."""
    prior = about.model.prior
    if not about.model.capabilities.stochastic_posterior:
        return Absent(POINT)
    if prior is None:
        return Absent("the model has no prior")
    if isinstance(prior, ClosedFormKl):
        sums = [prior.kl_per_dimension(in_double(posterior)).sum().item() for posterior in about.posteriors]
        return math.fsum(sums) / len(about.index)
    if isinstance(ratio, Absent):
        return Absent(f"this prior has no closed form of it, and there are no draws: {ratio.why}")
    return ratio


def _elbo(reconstruction: Figure, kl: Figure) -> Figure:
    if isinstance(kl, Absent):
        return Absent(f"the KL is not defined: {kl.why}")
    if isinstance(reconstruction, Absent):
        return Absent(f"the reconstruction is not defined: {reconstruction.why}")
    return -(reconstruction + kl)
