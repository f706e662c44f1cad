"""The binary entropy of the data: the lowest reconstruction loss that a Bernoulli likelihood can reach."""

from torch import Tensor

from explorer.latent.density.units import likelihood_at
from explorer.latent.metrics.figure import Figure
from explorer.latent.metrics.measure import Evaluated, Found, as_double, measures, why_no_sample
from explorer.latent.steps import Steps
from explorer.models.latent_model import NotDefined
from explorer.models.likelihoods.bernoulli import Bernoulli, binary_entropy
from explorer.models.likelihoods.likelihood import Likelihood

GREY_NOTE = (
    "The Bernoulli likelihood of grey values is not a log-density: reconstruction, elbo and log_likelihood are "
    "comparable only between models with this likelihood. No decoder can have a reconstruction loss below "
    "the entropy of the data (binary_entropy)."
)


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
    ),
    passes=lambda evaluated: len(evaluated.chunks),
    why_not=why_no_sample,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Sum the entropy of the samples; add a note if they are grey."""
    condition = evaluated.inputs(evaluated.chunks[0]).condition
    likelihood = likelihood_at(evaluated.model, evaluated.posteriors[0].mean, condition)
    if not isinstance(likelihood, Bernoulli):
        raise NotDefined("the likelihood is not a Bernoulli")
    entropy, grey = 0.0, False
    for chunk in evaluated.chunks:
        x = evaluated.inputs(chunk).x
        entropy += binary_entropy(as_double(x)).sum().item()
        grey = grey or is_grey(likelihood, x)
        yield 1
    note = {"note": GREY_NOTE} if grey else {}  # without one, that of the other measures stays
    return {"binary_entropy": entropy / len(evaluated.index), **note}


def is_grey(likelihood: Likelihood, target: Tensor) -> bool:
    """Return whether a Bernoulli has targets strictly between 0 and 1, for which log p(x|z) is not a log-density."""
    return isinstance(likelihood, Bernoulli) and bool(((target > 0) & (target < 1)).any())
