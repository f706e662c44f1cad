"""Describes the curves of a run: the terms of a loss, and the figures that a model computes from its weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from explorer.models.linear_parts import ANGLE, EXCESS

NATS = "nats per sample"

Direction = Literal["lower is better", "higher is better", "neither is better"]
"""The better direction of a term or a figure."""
ARROWS = {"lower is better": " ↓", "higher is better": " ↑", "neither is better": ""}


@dataclass(frozen=True)
class Term:
    """The title, axis and tooltip of one curve.

    Attributes
    ----------
    name
        The key in `Losses.terms`, or in what `LatentModel.observe` returns.
    title, unit, definition
        Shown to users; the definition is one sentence without a full stop.
    figure
        Whether it is a figure from `LatentModel.observe` and not a term of a loss.
    absence
        Why a model may not have it: the words after "not defined: ".
    term
        Key of its term in `explorer.glossary`; "" if it has none.
    """

    name: str
    title: str
    unit: str = NATS
    direction: Direction = "lower is better"
    definition: str = ""
    absence: str = "its family has no such term"
    figure: bool = False
    term: str = ""

    @property
    def heading(self) -> str:
        """The title with an arrow in the direction that is better."""
        return self.title + ARROWS[self.direction]

    @property
    def tip(self) -> str:
        """The definition, the unit and the direction, for a tooltip."""
        parts = (self.definition, f"in {self.unit}" if self.unit else "")
        return f"{', '.join(part for part in parts if part) or self.title}: {self.direction}"


TOTAL = Term("total", "loss", definition="What training minimizes", term="loss")
RECONSTRUCTION = Term(
    "reconstruction",
    "reconstruction",
    definition="−log p(x|z), summed over a sample's features",
    absence="nothing is encoded, so there are no reconstructions",
    term="reconstruction",
)
KL = Term(
    "kl",
    "KL",
    direction="neither is better",
    definition="KL(q(z|x) ‖ p(z))",
    absence="it has no posterior to compare with a prior",
    term="kl",
)
ELBO = Term(
    "elbo",
    "ELBO",
    direction="higher is better",
    definition="−(reconstruction + KL), a lower bound of log p(x)",
    absence="it has no posterior, so there is no bound on log p(x)",
    term="elbo",
)
LOG_LIKELIHOOD = Term(
    "log_likelihood",
    "log p(x)",
    direction="higher is better",
    definition="ELBO of the validation split plus the mean gap KL(q(z|x) ‖ p(z|x)), estimated with 32 "
    "importance samples for each sample of a fixed subset",
    absence="it needs an encoder that returns a distribution, and a prior",
    term="p_x",
)
NEGATIVE_LOG_LIKELIHOOD = Term(
    "negative_log_likelihood",
    "−log p(x)",
    definition="The loss of a VAE is an upper bound of it; the band between them is KL(q(z|x) ‖ p(z|x))",
    absence=LOG_LIKELIHOOD.absence,
    term="why_minus",
)
GAP = Term(
    "gap",
    "gap",
    definition="log p(x) − ELBO = KL(q(z|x) ‖ p(z|x)), estimated on a fixed subset of the validation split",
    absence=LOG_LIKELIHOOD.absence,
    term="gap",
)
SIGMA = Term(
    "sigma",
    "learned σ",
    unit="model values",
    direction="neither is better",
    definition="Standard deviation of p(x|z), learned with the weights",
    absence="its likelihood has no learned σ",
    figure=True,
    term="likelihood_sigma",
)
DISCRIMINATOR = Term(
    "discriminator",
    "discriminator",
    direction="neither is better",
    definition="−E log D(real) − E log(1 − D(generated)); 2 log 2 = 1.39 nats if the discriminator guesses",
    absence="it has no discriminator",
    term="adversary",
)
GENERATOR = Term(
    "generator",
    "generator",
    direction="neither is better",
    definition="−E log D(generated): small while the discriminator takes generated samples for real ones, log "
    "2 = 0.69 nats if it guesses",
    absence="it has no generator that is trained against a discriminator",
    term="adversary",
)


def _part(name: str, kind: str, likelihood: str) -> Term:
    """Return the term of the columns of one kind, if a table mixes several."""
    return Term(
        f"reconstruction_{name}",
        f"reconstruction of {kind}",
        definition=f"The part of the reconstruction of {kind}, −log p of a {likelihood}; the parts add up",
        absence="its likelihood is not by column, or the data has no such columns",
        term="reconstruction",
    )


PARTS = (
    _part("numbers", "numbers", "Gaussian"),
    _part("yes_no", "yes/no columns", "Bernoulli"),
    _part("categories", "categories", "categorical distribution"),
    _part("counts", "counts", "negative binomial"),
    _part("angles", "angles", "von Mises distribution, per radian"),
)
"""The parts of a reconstruction by column."""
DISPERSION = Term(
    "dispersion",
    "median dispersion θ",
    unit="counts",
    direction="neither is better",
    definition="Median over the features of θ of the negative binomial, whose variance is μ + μ²/θ",
    absence="its likelihood is no negative binomial",
    figure=True,
)

_OTHERS = (
    Term("bound", "IWAE bound", NATS, "higher is better", "log of the mean importance weight, a bound of log p(x)"),
    Term("sparsity", "sparsity", "unweighted", definition="The penalty on the code, before it is weighted"),
    Term("true_pairs", "true pairs", definition="Loss of the pairs of words that occur"),
    Term("noise_pairs", "noise pairs", definition="Loss of the pairs that are drawn at random"),
    Term(
        ANGLE, "angle to PCA's plane", "degrees",
        definition="Largest angle between the decoder's columns and PCA's plane",
        absence="only a linear model has a plane to compare with PCA's", figure=True,
    ),
    Term(
        EXCESS, "mse above PCA's", "%",
        definition="Squared error on the training samples in excess of PCA's, in percent of PCA's",
        absence="only a linear model is compared with PCA", figure=True,
    ),
)  # fmt: skip

_SHARED = (
    TOTAL, RECONSTRUCTION, KL, ELBO, LOG_LIKELIHOOD, NEGATIVE_LOG_LIKELIHOOD, GAP, DISCRIMINATOR, GENERATOR, SIGMA,
    *PARTS, DISPERSION, *_OTHERS,
)  # fmt: skip
KNOWN = {term.name: term for term in _SHARED}
"""Terms shared by several families, by name; the descriptions of a family itself take precedence."""


def described(terms: Sequence[Term]) -> Mapping[str, Term]:
    """Return the terms of a family by name, together with the shared ones."""
    return {**KNOWN, **{term.name: term for term in terms}}


def plain_term(name: str, unit: str = NATS) -> Term:
    """Return a description of a term of which only the name is known."""
    return Term(name, name.replace("_", " "), unit, "neither is better")
