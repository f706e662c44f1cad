"""The binary entropy of the data: the lowest reconstruction loss that a Bernoulli likelihood can reach."""

import torch

from explorer.latent.density.units import GREY_NOTE, is_grey, likelihood_at
from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import Evaluated, Found, as_double, figure_of_samples, measures, why_no_sample
from explorer.latent.steps import Steps
from explorer.models.latent_model import NotDefined
from explorer.models.likelihoods.bernoulli import Bernoulli, binary_entropy


@measures(
    Figure(
        "binary_entropy",
        "lowest possible reconstruction",
        "nats per sample",
        "neither is better",
        "Binary entropy of the data, −Σ x·log x + (1−x)·log(1−x): the lowest possible reconstruction loss of a "
        "Bernoulli likelihood on grey values, reached if every pixel is decoded exactly. The reconstruction is a "
        "cross-entropy: what exceeds this entropy is the KL between the pixels and their decodes.",
        needs=("an encoder", "a Bernoulli likelihood"),
        errors=(StandardError("samples", "± of the entropy", "Standard error over the samples."),),
    ),
    passes=lambda evaluated: len(evaluated.chunks),
    why_not=why_no_sample,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Average the entropy of the samples; add a note if they are grey."""
    condition = evaluated.inputs(evaluated.chunks[0]).condition
    likelihood = likelihood_at(evaluated.model, evaluated.posteriors[0].mean, condition)
    if not isinstance(likelihood, Bernoulli):
        raise NotDefined("the likelihood is not a Bernoulli")
    parts, grey = [], False
    for chunk in evaluated.chunks:
        x = evaluated.inputs(chunk).x
        parts.append(binary_entropy(as_double(x)))
        grey = grey or is_grey(likelihood, x)
        yield 1
    note = {"note": GREY_NOTE} if grey else {}  # without one, that of the other measures stays
    values = torch.cat(parts).numpy()
    return {**figure_of_samples("binary_entropy", float(values.mean()), values), **note}
