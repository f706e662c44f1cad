"""What a run's curves show, by name: the terms of a loss, and what a model observes of its own weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

NATS = "nats per sample"

Direction = Literal["lower is better", "higher is better", "neither is better"]
_ARROWS = {"lower is better": " ↓", "higher is better": " ↑", "neither is better": ""}


@dataclass(frozen=True)
class Term:
    """One curve, for its title, its axis and its tip.

    Attributes
    ----------
    name
        As in `Losses.terms`, or as `LatentModel.observe` calls it.
    title, unit, definition
        For people; the definition in one sentence, without a full stop.
    figure
        Whether it is no part of a loss, but observed of the weights at each validation (`LatentModel.observe`).
    absence
        Why a model may have none of it, after "not defined: ".
    """

    name: str
    title: str
    unit: str = NATS
    direction: Direction = "lower is better"
    definition: str = ""
    absence: str = "its family has no such term"
    figure: bool = False

    @property
    def heading(self) -> str:
        """The title with an arrow that says which way is better."""
        return self.title + _ARROWS[self.direction]

    @property
    def tip(self) -> str:
        """What it is, its unit and its direction."""
        parts = (self.definition, f"in {self.unit}" if self.unit else "")
        return f"{', '.join(part for part in parts if part) or self.title}: {self.direction}"


TOTAL = Term("total", "loss", definition="What training minimises")
RECONSTRUCTION = Term(
    "reconstruction",
    "reconstruction",
    definition="−log p(x|z), summed over a sample's features",
    absence="nothing is encoded, so that no sample is given back",
)
KL = Term(
    "kl",
    "KL",
    direction="neither is better",
    definition="KL(q(z|x) ‖ p(z))",
    absence="it has no posterior to compare with a prior",
)
ELBO = Term(
    "elbo",
    "ELBO",
    direction="higher is better",
    definition="−(reconstruction + KL), a lower bound of log p(x)",
    absence="it has no posterior, so there is no bound on log p(x)",
)
LOG_LIKELIHOOD = Term(
    "log_likelihood",
    "log p(x)",
    direction="higher is better",
    definition="ELBO + KL(q(z|x) ‖ p(z|x)) of the validation split, the latter by 32 importance samples of each of a "
    "fixed subset (train.log_likelihood)",
    absence="it needs an encoder that gives a distribution, and a prior",
)
NEGATIVE_LOG_LIKELIHOOD = Term(
    "negative_log_likelihood",
    "−log p(x)",
    definition="What the loss of a VAE bounds from above; the band between them is KL(q(z|x) ‖ p(z|x))",
    absence=LOG_LIKELIHOOD.absence,
)
GAP = Term(
    "gap",
    "gap",
    definition="log p(x) − ELBO = KL(q(z|x) ‖ p(z|x)), estimated on a fixed subset of the validation split",
    absence=LOG_LIKELIHOOD.absence,
)
SIGMA = Term(
    "sigma",
    "learned σ",
    unit="model values",
    direction="neither is better",
    definition="Standard deviation of p(x|z), learned with the weights",
    absence="its likelihood has no σ that is learned",
    figure=True,
)
DISCRIMINATOR = Term(
    "discriminator",
    "discriminator",
    direction="neither is better",
    definition="−E log D(real) − E log(1 − D(made)); 2 log 2 = 1.39 where it cannot tell them apart",
    absence="no discriminator is trained beside it",
)
GENERATOR = Term(
    "generator",
    "generator",
    direction="neither is better",
    definition="−E log D(made): small while the discriminator is fooled, log 2 = 0.69 where it cannot tell",
    absence="no generator plays against a discriminator",
)

_OTHERS = (
    Term("bound", "IWAE bound", NATS, "higher is better", "log of the mean importance weight, a bound of log p(x)"),
    Term("sparsity", "sparsity", "unweighted", definition="The penalty on the code before its weight"),
    Term("true_pairs", "true pairs", definition="Cost of the pairs of words that do occur"),
    Term("noise_pairs", "noise pairs", definition="Cost of the pairs that are drawn at random"),
    Term(
        "angle to PCA's plane, degrees", "angle to PCA's plane", "degrees",
        definition="Largest angle between the decoder's columns and PCA's plane",
        absence="only a linear model has such a plane", figure=True,
    ),
    Term(
        "mse above PCA's, %", "mse above PCA's", "%",
        definition="How much more squared error than PCA's the training samples have",
        absence="only a linear model is compared with PCA", figure=True,
    ),
)  # fmt: skip

_SHARED = (
    TOTAL, RECONSTRUCTION, KL, ELBO, LOG_LIKELIHOOD, NEGATIVE_LOG_LIKELIHOOD, GAP, DISCRIMINATOR, GENERATOR, SIGMA,
    *_OTHERS,
)  # fmt: skip
KNOWN = {term.name: term for term in _SHARED}
"""Terms that several families share, by name; a family's own descriptions go before these."""


def described(terms: Sequence[Term]) -> Mapping[str, Term]:
    """Return a family's terms by name, with those that several families share."""
    return {**KNOWN, **{term.name: term for term in terms}}


def plain_term(name: str, unit: str = NATS) -> Term:
    """Describe a term of which nothing but its name is known."""
    return Term(name, name.replace("_", " "), unit, "neither is better")
