"""The round trip: the distance between a code drawn from the prior and the code of its decode."""

import numpy as np
import torch
from torch import Tensor

from explorer.latent.inputs import classes_of
from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import Evaluated, Found, as_double, figure_of_samples, measures, prior_draws
from explorer.latent.steps import Steps
from explorer.models.latent_model import LatentModel, NotDefined

SEED = 4
DRAWS = 1000
"""Number of codes drawn from the prior."""
ROWS = 256
"""Number of codes that are decoded and encoded between two yields."""


def _why_not(evaluated: Evaluated) -> str:
    if evaluated.model.prior is None:
        return "the model has no prior to draw codes from"
    if evaluated.dataset.targets is not None or evaluated.dataset.description.kind == "text":
        return "the decode cannot be encoded"
    return ""


@torch.inference_mode()
def distances(model: LatentModel, shape: tuple[int, ...], z: Tensor, condition: Tensor | None) -> Tensor:
    """Return |z − mean of q(z|decode(z))|, ``(n,)``, for codes ``(n, latent_dim)``; the decode is the mean of p(x|z).

    ``shape`` is the shape of a sample for the encoder.
    """
    # The mean of p(x|z), not a sample of it, whose noise would add to the distance.
    decoded = model.decode(z, condition).mean.reshape(len(z), *shape)
    found = model.encode(decoded, condition).mean
    return (as_double(found) - as_double(z)).square().sum(1).sqrt()


@measures(
    Figure(
        "round_trip",
        "round trip",
        "latent units",
        "lower is better",
        "Mean Euclidean distance between z and the posterior mean of the decode of z (the mean of p(x|z)), over "
        "1,000 draws z from the prior with a fixed seed.",
        needs=("an encoder", "a prior"),
        errors=(StandardError("draws", "± of the round trip", "Standard error over the draws."),),
    ),
    passes=lambda evaluated: -(-DRAWS // ROWS),
    why_not=_why_not,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Decode draws of the prior and encode the decodes again."""
    z, classes, parts = prior_draws(evaluated, DRAWS, SEED), _classes(evaluated), []
    shape = evaluated.dataset.description.shape
    for start in range(0, DRAWS, ROWS):
        rows = slice(start, start + ROWS)
        parts.append(distances(evaluated.model, shape, z[rows], None if classes is None else classes[rows]))
        yield 1
    lengths = torch.cat(parts)
    if not lengths.isfinite().all():
        raise NotDefined("a decode or its code is not finite")
    # The draws take the place of samples: runs with the same prior have the same draws.
    draws = np.append(np.arange(DRAWS), evaluated.seed_of(SEED))
    return figure_of_samples("round_trip", float(lengths.mean()), lengths.numpy(), draws)


def _classes(evaluated: Evaluated) -> Tensor | None:
    """Return a class for each draw, by the shares of the classes in the split; None unless the model is conditional."""
    # With equal shares, rare classes would dominate the figure of a model that was trained on few of them.
    rows = evaluated.rng(SEED).integers(len(evaluated.index), size=DRAWS)
    return classes_of(evaluated.model, evaluated.dataset.labels, evaluated.index[rows])
