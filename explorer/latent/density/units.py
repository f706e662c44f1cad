"""The units of log p(x): a density is per unit of the values that the model sees, a probability has none."""

import numpy as np
import torch
from torch import Tensor

from explorer.data.dataset import Description
from explorer.models.latent_model import LatentModel
from explorer.models.likelihoods.bernoulli import Bernoulli
from explorer.models.likelihoods.by_column import ByColumn
from explorer.models.likelihoods.continuous_bernoulli import ContinuousBernoulli
from explorer.models.likelihoods.counts import NegativeBinomial, Poisson, ZeroInflated
from explorer.models.likelihoods.gaussian import Gaussian
from explorer.models.likelihoods.likelihood import Likelihood

OF_COUNTS = "log p(x) is the log-probability of the counts themselves: it has no unit, and is never positive."
GREY_NOTE = (
    "The Bernoulli likelihood of grey values is not a log-density: reconstruction, elbo and log_likelihood are "
    "comparable only between models with this likelihood. No decoder can have a reconstruction loss below "
    "the entropy of the data (binary_entropy)."
)


@torch.inference_mode()
def likelihood_at(model: LatentModel, z: Tensor, condition: Tensor | None) -> Likelihood:
    """Return p(x|z) of codes z ``(n, latent_dim)``, for its type, which is the same for all codes."""
    return model.decode(z, condition)


def units_note(description: Description, likelihood: Likelihood) -> str:
    """Return a sentence on the units of log p(x), or "" if none is needed: for pictures and for values as they are.

    A density of the values y = (x − offset) / scale becomes one of x by dividing by the scale of each value, so that
    log p(x) falls by Σ log scale; for y of log(1 + x), also by Σ log(1 + x).
    """
    if isinstance(likelihood, Poisson | NegativeBinomial | ZeroInflated):
        return OF_COUNTS
    is_density = isinstance(likelihood, Gaussian | ContinuousBernoulli | ByColumn)
    if description.kind == "image" or not is_density:
        return ""
    of_numbers = np.ones(description.features, bool)
    if isinstance(likelihood, ByColumn):
        # Yes/no columns, categories and counts have probabilities, which have no unit.
        of_numbers = np.isin(np.array(description.feature_kinds or "number"), ("number", "angle"))
        of_numbers = np.broadcast_to(of_numbers, (description.features,))
    transform = description.transform
    # One scale for all values, as that of a signal, counts once for each.
    scale = np.broadcast_to(np.asarray(transform.scale, np.float64).ravel(), of_numbers.shape)
    shift = float(np.log(scale[of_numbers]).sum())
    has_logs = bool(np.any(np.broadcast_to(np.ravel(transform.log1p), of_numbers.shape)[of_numbers]))
    if abs(shift) < 1e-6 and not has_logs:
        return ""
    more = f"{'lower' if shift > 0 else 'higher'} by {abs(shift):.5g} nats"
    logs = ", and lower by log(1 + x) of each value" if has_logs else ""
    return (
        "log p(x), ELBO and reconstruction are of a density per unit of scaled values, as the model sees them. "
        f"For the values in their own units, log p(x) and ELBO are {more}{logs}."
    )


def is_grey(likelihood: Likelihood, target: Tensor) -> bool:
    """Return whether a Bernoulli has targets strictly between 0 and 1, for which log p(x|z) is not a log-density."""
    return isinstance(likelihood, Bernoulli) and bool(((target > 0) & (target < 1)).any())
