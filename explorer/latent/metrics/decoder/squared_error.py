"""The squared error of the decodes of the means of the posteriors."""

import torch
from torch import Tensor

from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import Evaluated, Found, as_double, figure_of_samples, measures, why_no_sample
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
        errors=(StandardError("samples", "± of the squared error", "Standard error over the samples."),),
    ),
    passes=lambda evaluated: len(evaluated.chunks),
    why_not=_why_not,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Compute the squared errors chunk by chunk."""
    parts = []
    for chunk, posterior in zip(evaluated.chunks, evaluated.posteriors, strict=True):
        parts.append(_squares(evaluated, chunk, posterior))
        yield 1
    values = torch.cat(parts).numpy()
    return figure_of_samples("mse", float(values.mean()), values)


@torch.inference_mode()
def _squares(evaluated: Evaluated, chunk: slice, posterior: Posterior) -> Tensor:
    """Return the squared error of each sample, ``(n,)``."""
    given = evaluated.inputs(chunk)
    # At the mean of q(z|x): the noise of a draw would be part of the error.
    decode = evaluated.model.decode(posterior.mean, given.condition).mean
    return (as_double(decode) - as_double(given.x)).square().flatten(1).sum(1)
