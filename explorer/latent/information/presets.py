"""Examples to begin with: probabilities, or two Gaussians, each with the words for its events."""

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError, suggestion
from explorer.latent.density.class_gaussians import Moments
from explorer.latent.information.discrete import BeliefComparison
from explorer.latent.information.gaussian import STANDARD, Normal

Page = Literal["bars", "densities", "gaussian"]


@dataclass(frozen=True)
class Outcomes:
    """Outcomes with their probabilities under the truth P and the belief Q.

    Attributes
    ----------
    names, p, q
        One entry for each outcome.
    heading, noun
        What the outcomes are, such as "rating received", and one event, such as "rating".
    groups
        The case that each outcome belongs to; the probabilities of a case sum to 1.
    separate
        True if each row is an event of its own: then nothing sums to 1, and there is only the information −log p.
    """

    names: tuple[str, ...]
    p: tuple[float, ...]
    q: tuple[float, ...]
    heading: str = "what can happen"
    noun: str = "event"
    groups: tuple[int, ...] = ()
    separate: bool = False

    @property
    def cases(self) -> tuple[int, ...]:
        """The case of each outcome; all belong to one case unless ``groups`` says otherwise."""
        return self.groups or (0,) * len(self.names)

    @property
    def comparison(self) -> BeliefComparison:
        """The comparison of P and Q; for several cases, its sums are means over cases."""
        return BeliefComparison(np.array(self.p), np.array(self.q), len(set(self.cases)))


@dataclass(frozen=True)
class GaussianPair:
    """Two Gaussians: the truth p and the belief q, and what x is."""

    p: Normal
    q: Normal
    quantity: str = "x"
    noun: str = "value"


@dataclass(frozen=True)
class Preset:
    """An example: its key, its title in the list, one sentence on it, and what it sets. Others need a run.

    ``short`` is the title for a narrow box.
    """

    name: str
    title: str
    short: str
    page: Page
    about: str
    outcomes: Outcomes | None = None
    densities: GaussianPair | None = None
    gaussian: Normal | None = None

    @property
    def needs_run(self) -> bool:
        """True if its values come from a run."""
        return self.outcomes is None and self.densities is None and self.gaussian is None


# The example of the first start: a belief that is wrong in both directions.
RATINGS: Final = Outcomes(
    ("Outstanding", "Good", "Average", "Weak", "Poor"),
    (0.05, 0.20, 0.50, 0.20, 0.05),
    (0.30, 0.40, 0.20, 0.08, 0.02),
    "rating received",
    "rating",
)
_EVENTS = ("Sunrise", "Road works", "Bridge collapse")

PRESETS: Final = (
    Preset("ratings", "Performance ratings", "Ratings", "bars", "You expect better ratings than are given.", RATINGS),
    Preset(
        "surprises", "Three surprises", "Surprises", "bars", "The less likely an event, the more information it has.",
        Outcomes(_EVENTS, (1.0, 0.1, 0.001), (1.0, 0.1, 0.001), "an event by itself", "event", separate=True),
    ),
    Preset(
        "one-variable", "The three as one variable", "One variable", "bars",
        "The greatest surprise is so rare that it adds little to the mean.",
        Outcomes(_EVENTS, (0.899, 0.1, 0.001), (0.899, 0.1, 0.001), "what happens today", "day"),
    ),
    Preset(
        "cow-and-duck", "Cow and duck", "Cow, duck", "bars",
        "A classifier is given two labels. They are certain, so their entropy is 0 and the cross-entropy is all KL.",
        Outcomes(
            ("Cow: cow", "Cow: no cow", "Duck: cow", "Duck: no cow"), (1.0, 0.0, 0.0, 1.0), (0.8, 0.2, 0.5, 0.5),
            "picture: label", "picture", groups=(0, 0, 1, 1),
        ),
    ),
    Preset(
        "impossible", "A surprise of probability 0", "Impossible", "bars",
        "What Q calls impossible happens: no finite number measures that surprise.",
        Outcomes(("Heads", "Tails", "On its edge"), (0.495, 0.495, 0.01), (0.5, 0.5, 0.0), "toss of a coin", "toss"),
    ),
    Preset("pixel", "A pixel of the followed sample", "A pixel", "bars", "P is its grey value, Q its decode."),
    Preset(
        "heights", "Children and Lilliputians", "Heights", "densities",
        "Expecting people of 15 cm, you meet children: hardly any belief costs more.",
        densities=GaussianPair(Normal(110.0, 12.0), Normal(15.0, 3.0), "height in cm", "height"),
    ),
    Preset("overlap", "Two overlapping Gaussians", "Overlap", "densities", "The belief is off-centre and too narrow.",
           densities=GaussianPair(Normal(0.0, 1.0), Normal(0.8, 0.7))),
    Preset("aggregate", "All codes against the prior", "All codes", "densities", "p is fitted to all codes of a run."),
    Preset("prior", "Gaussian against the prior", "The prior", "gaussian", "The KL of one latent dimension of a VAE.",
           gaussian=Normal(1.2, 0.45)),
    Preset("posterior", "q(z|x) of the followed sample", "q(z|x)", "gaussian", "The dimension with the greatest KL."),
)  # fmt: skip
BY_NAME: Final = {preset.name: preset for preset in PRESETS}


def preset_of(name: str) -> Preset:
    """Return a preset by its key.

    Raises
    ------
    ConfigError
        If there is none.
    """
    if name not in BY_NAME:
        raise ConfigError(f"{name} is not a preset; {suggestion(name, BY_NAME)}")
    return BY_NAME[name]


def pixel_outcomes(x: NDArray[np.floating], decoded: NDArray[np.floating]) -> Outcomes | None:
    """Return the pixel of a picture in [0, 1] whose decode costs most, as two outcomes; None for other values.

    A grey value is read as the probability that the pixel is on, as a Bernoulli likelihood does.
    """
    real, belief = (np.asarray(values, np.float64).ravel() for values in (x, decoded))
    if real.shape != belief.shape or not all(((values >= 0) & (values <= 1)).all() for values in (real, belief)):
        return None
    both = np.stack([real, 1 - real]), np.stack([belief, 1 - belief])
    # KL per pixel, not cross-entropy: a grey pixel has entropy that no decode can avoid.
    costs = BeliefComparison(*both).terms.sum(0)
    # Grey pixels only, if there are any: black and white ones have no entropy.
    grey = (real > 0.02) & (real < 0.98)
    index = int(np.argmax(np.where(grey, costs, -1.0) if grey.any() else costs))
    p, q = float(real[index]), float(belief[index])
    return Outcomes(("On", "Off"), (p, 1 - p), (q, 1 - q), f"pixel {index}", "pixel")


def posterior_dimension(mean: NDArray[np.floating], log_variance: NDArray[np.floating]) -> tuple[int, Normal]:
    """Return the dimension of q(z|x) with the greatest KL to N(0, 1), and its Gaussian."""
    m, v = np.asarray(mean, np.float64), np.asarray(log_variance, np.float64)
    # Twice the KL, without the factor ½, which does not change the order.
    index = int(np.argmax(m**2 + np.exp(v) - v - 1))
    return index, Normal(float(m[index]), float(np.exp(0.5 * v[index])))


def aggregate_pair(moments: Moments) -> GaussianPair:
    """Return the Gaussian with the moments of the aggregate posterior against the prior N(0, 1), in one dimension.

    It is the dimension whose mean and variance are farthest from those of the prior.
    """
    variances = np.maximum(np.diag(moments.covariance), 1e-12)
    dimension = int(np.argmax(np.abs(np.log(variances)) + np.square(moments.mean)))
    q = Normal(float(moments.mean[dimension]), float(np.sqrt(variances[dimension])))
    return GaussianPair(q, STANDARD, f"z{dimension + 1}", "code")


def renamed(outcomes: Outcomes, index: int, name: str) -> Outcomes:
    """Return outcomes with another name for one of them."""
    names = list(outcomes.names)
    names[index] = name
    return replace(outcomes, names=tuple(names))
