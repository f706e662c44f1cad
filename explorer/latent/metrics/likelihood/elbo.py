"""Reconstruction, KL and the ELBO over fixed draws of z from q(z|x), in nats per sample."""

import math
from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.latent.density.units import likelihood_at, units_note
from explorer.latent.inputs import in_double
from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import POINT, Evaluated, Found, all_absent, as_double, figure_of_samples, measures
from explorer.latent.metrics.sample_values import by_sample, error_over_samples
from explorer.latent.steps import Absent, Steps
from explorer.models.latent_model import NotDefined, Posterior
from explorer.models.likelihoods.by_column import ByColumn
from explorer.models.priors import ClosedFormKl
from explorer.models.terms import KNOWN

DRAWS = 16
SEED = 0
CLOSED = "it is computed in closed form, without draws"
OVER_DRAWS = "Standard error over the sixteen draws: how much it varies with the noise, on the same samples."

Value = float | Absent
Values = NDArray[np.float64]
_Drawn = tuple[Values, Values, Mapping[str, float]]


def _draws(evaluated: Evaluated) -> int:
    return DRAWS if evaluated.model.capabilities.stochastic_posterior else 1


@measures(
    Figure(
        "reconstruction",
        "reconstruction",
        "nats per sample",
        "lower is better",
        "−log p(x|z), summed over the features of a sample, averaged over the samples and over sixteen fixed draws "
        "of z from q(z|x).",
        needs=("an encoder", "a density p(x|z)"),
        errors=(StandardError("draws", "± of the reconstruction", OVER_DRAWS),),
    ),
    Figure(
        "kl",
        "KL",
        "nats per sample",
        "neither is better",
        "KL(q(z|x) ‖ p(z)), summed over the latent dimensions and averaged over the samples: in closed form, or over "
        "the draws of the reconstruction if there is none.",
        needs=("an encoder", "a stochastic posterior", "a prior"),
        errors=(
            StandardError(
                "draws", "± of the KL", "Standard error over the sixteen draws, if the KL has no closed form."
            ),
        ),
    ),
    Figure(
        "elbo",
        "ELBO",
        "nats per sample",
        "higher is better",
        "−(reconstruction + KL): a lower bound of log p(x).",
        needs=("an encoder", "a density p(x|z)", "a stochastic posterior", "a prior"),
        errors=(StandardError("draws", "± of the ELBO", OVER_DRAWS),),
    ),
    passes=lambda evaluated: _draws(evaluated) * len(evaluated.chunks),
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Compute reconstruction, KL and ELBO over the same draws; the KL in closed form if the prior has one."""
    # The KL may be defined without the reconstruction: a decode that is a ranking has no p(x|z).
    drawn = yield from _drawn(evaluated)
    if isinstance(drawn, Absent):
        by_kl = _kl_by_sample(evaluated, drawn)
        kl = by_kl if isinstance(by_kl, Absent) else _mean(by_kl)
        return {
            "reconstruction": drawn,
            "kl": kl,
            "elbo": _elbo(drawn, kl),
            **all_absent(("reconstruction_error", "kl_error", "elbo_error"), drawn.why),
        }
    costs, ratios, parts = drawn
    by_kl = _kl_by_sample(evaluated, ratios.mean(0))
    kl = by_kl if isinstance(by_kl, Absent) else _mean(by_kl)
    elbo = _elbo(float(costs.mean()), kl)
    note = " ".join(text for text in (_units(evaluated), _parts_text(parts)) if text)
    errors = _errors(evaluated, costs.mean(1), ratios.mean(1), kl)
    values = _by_sample(evaluated, costs.mean(0), by_kl)
    return {"reconstruction": float(costs.mean()), "kl": kl, "elbo": elbo, "note": note, **errors, **values}


def _by_sample(evaluated: Evaluated, costs: Values, kl: Values | Absent) -> Found:
    """Return the values of the samples whose means are the figures, from means over the draws ``(n,)``."""
    found = {"reconstruction": costs}
    if not isinstance(kl, Absent):
        found |= {"kl": kl, "elbo": -(costs + kl)}
    # The errors of these figures are over draws; a figure whose values are not finite is not finite itself.
    kept = {by_sample(name): figure_of_samples(name, 0.0, values, evaluated.index) for name, values in found.items()}
    return {key: values[key] for key, values in kept.items() if key in values}


def _units(evaluated: Evaluated) -> str:
    condition = evaluated.inputs(evaluated.chunks[0]).condition
    likelihood = likelihood_at(evaluated.model, evaluated.posteriors[0].mean, condition)
    return units_note(evaluated.dataset.description, likelihood)


def _parts_text(parts: Mapping[str, float]) -> str:
    """Return the parts of a reconstruction by column as a sentence."""
    titles = {name: KNOWN[name].title.removeprefix("reconstruction of ") for name in parts}
    listed = ", ".join(f"{titles[name]} {value:.4g}" for name, value in parts.items())
    return f"The reconstruction by kind of column, in nats: {listed}." if parts else ""


def _errors(evaluated: Evaluated, costs: Values, ratios: Values, kl: Value) -> Found:
    """Return the standard errors over the draws, from the means over the samples, ``(draws,)``."""
    if len(costs) < 2:  # a point encoder: all draws would be equal
        return all_absent(("reconstruction_error", "kl_error", "elbo_error"), f"{POINT}, so nothing is drawn")
    in_closed_form = isinstance(evaluated.model.prior, ClosedFormKl)
    # Both terms use the same draws, so the error of the ELBO is the error of their sum.
    return {
        "reconstruction_error": _standard_error(costs),
        "kl_error": kl if isinstance(kl, Absent) else Absent(CLOSED) if in_closed_form else _standard_error(ratios),
        "elbo_error": kl if isinstance(kl, Absent) else _standard_error(costs + ratios),
    }


def _standard_error(means: Values) -> float:
    return error_over_samples(means) if np.isfinite(means).all() else math.nan


def _drawn(evaluated: Evaluated) -> Steps[_Drawn | Absent]:
    """Return −log p(x|z) and log q(z|x) − log p(z), ``(draws, n)`` each.

    The latter are 0 if the KL has a closed form or there is no prior. Third come the parts of −log p(x|z), if it is by
    column, averaged over samples and draws.
    """
    parts: dict[str, float] = defaultdict(float)
    rng, count = evaluated.rng(SEED), len(evaluated.index)
    values = np.zeros((2, _draws(evaluated), count))  # first −log p(x|z), then log q(z|x) − log p(z)
    for draw in range(_draws(evaluated)):
        # Drawn for the whole split at once, so that the noise does not depend on the size of the chunks.
        epsilon = rng.standard_normal((count, evaluated.model.latent_dim)).astype(np.float32)
        for chunk, posterior in zip(evaluated.chunks, evaluated.posteriors, strict=True):
            try:
                values[:, draw, chunk] = _costs(evaluated, chunk, posterior, epsilon[chunk], parts)
            except NotDefined as lack:
                return Absent(str(lack))
            yield 1
    costs, ratios = values
    return costs, ratios, {name: value / count / _draws(evaluated) for name, value in parts.items()}


@torch.inference_mode()
def _costs(
    evaluated: Evaluated, chunk: slice, posterior: Posterior, epsilon: NDArray[np.float32], parts: dict[str, float]
) -> Values:
    """Return −log p(x|z) and log q(z|x) − log p(z) of a chunk, ``(2, n)``; add the sums of the parts to ``parts``."""
    given, model = evaluated.inputs(chunk), evaluated.model
    z = posterior.sample(torch.from_numpy(epsilon).to(given.x.device))
    likelihood = model.decode(z, given.condition)
    if isinstance(likelihood, ByColumn):
        log_probs = {name: as_double(part) for name, part in likelihood.log_probs(given.target).items()}
        for name, part in log_probs.items():
            parts[name] -= part.sum().item()
        costs = -torch.stack(list(log_probs.values())).sum(0)
    else:
        costs = -as_double(likelihood.log_prob(given.target))
    prior, ratios = model.prior, torch.zeros_like(costs)
    # E[log q(z|x) − log p(z)] is the KL, which is estimated only if it has no closed form.
    if prior is not None and not isinstance(prior, ClosedFormKl) and model.capabilities.stochastic_posterior:
        ratios = as_double(posterior.log_prob(z)) - as_double(prior.log_prob(z))
    found: Values = torch.stack([costs, ratios]).numpy()
    return found


def _kl_by_sample(evaluated: Evaluated, ratios: Values | Absent) -> Values | Absent:
    """Return the KL of each sample, ``(n,)``: in closed form in float64, or else the mean over the draws."""
    prior = evaluated.model.prior
    if not evaluated.model.capabilities.stochastic_posterior:
        return Absent(POINT)
    if prior is None:
        return Absent("the model has no prior")
    if isinstance(prior, ClosedFormKl):
        found = [prior.kl_per_dimension(in_double(posterior)).sum(1).numpy() for posterior in evaluated.posteriors]
        return np.concatenate(found)
    if isinstance(ratios, Absent):
        return Absent(f"this prior has no closed form of the KL, and nothing is drawn: {ratios.why}")
    return ratios


def _mean(values: Values) -> float:
    """Return the mean of values ``(n,)``, exactly rounded."""
    return math.fsum(values.tolist()) / len(values)


def _elbo(reconstruction: Value, kl: Value) -> Value:
    if isinstance(kl, Absent):
        return kl
    if isinstance(reconstruction, Absent):
        return reconstruction
    return -(reconstruction + kl)
