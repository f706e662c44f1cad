"""The squared error of the decodes of the means of the posteriors."""

import torch

from explorer.latent.metrics.figure import Figure
from explorer.latent.metrics.measure import Evaluated, Found, as_double, measures, why_no_sample
from explorer.latent.steps import Steps
from explorer.models.latent_model import Posterior


def _why_not(evaluated: Evaluated) -> str:
    kinds = {*evaluated.dataset.description.feature_kinds}
    if "angle" in kinds or ("count" in kinds and len(kinds) > 1):
        return "squares of numbers, counts and angles have no common unit; the reconstruction has a part for each"
    return why_no_sample(evaluated)


@measures(
    Figure(
        "mse",
        "squared error",
        "squared model values per sample",
        "lower is better",
        "Squared error of the decode of the posterior mean, summed over the features of a sample, averaged over the "
        "samples; pictures are in the range [0, 1], standardized features in standard deviations.",
    ),
    passes=lambda evaluated: len(evaluated.chunks),
    why_not=_why_not,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Sum the squared errors chunk by chunk."""
    squares = 0.0
    for chunk, posterior in zip(evaluated.chunks, evaluated.posteriors, strict=True):
        squares += _squares(evaluated, chunk, posterior)
        yield 1
    return {"mse": squares / len(evaluated.index)}


@torch.inference_mode()
def _squares(evaluated: Evaluated, chunk: slice, posterior: Posterior) -> float:
    given = evaluated.inputs(chunk)
    # At the mean of q(z|x): the noise of a draw would be part of the error.
    decode = evaluated.model.decode(posterior.mean, given.condition).mean
    return (as_double(decode) - as_double(given.x)).square().sum().item()
