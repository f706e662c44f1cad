"""A sample's bound as rows of bars: from what to what each goes, and where the axis is broken. No Qt."""

from dataclasses import dataclass
from typing import Literal

from explorer.latent.bound.sample_bound import SampleBound

Tone = Literal["reconstruction", "kl", "gap", "whole"]
Bar = tuple[float, float, Tone]
"""From and to along the axis of costs, in nats, and what it is."""

ROOM = 0.12
"""Beyond the parts that are looked at, as a share of their width."""
STUB = 0.2
"""Of the width, for what stands for the part of the axis that is left out."""
FAR = 1.2
"""The axis is broken where 0 lies farther off than so many widths of the parts."""
MIN_NATS = 0.05
"""The parts' width is taken for this at least, so that noise is not magnified without end."""

TIPS = {
    "reconstruction": "Reconstruction: −E log p(x|z) under q(z|x), in nats",
    "kl": "KL(q(z|x) ‖ p(z)): how far q is from the prior, in nats",
    "elbo": "ELBO = −reconstruction − KL: the lower bound of log p(x) that a VAE maximizes, in nats",
    "gap": "Gap: KL(q(z|x) ‖ p(z|x)) = log p(x) − ELBO, zero if q is the true posterior, in nats",
    "log_likelihood": "log p(x) = log ∫ p(x|z) p(z) dz: the log-likelihood of the sample under the model, in nats",
}


@dataclass(frozen=True)
class BoundRow:
    """One row: its name, its value in words, and its bars."""

    name: str
    title: str
    value: str
    bars: tuple[Bar, ...]
    strong: bool = False

    @property
    def tip(self) -> str:
        """What it is."""
        return TIPS[self.name]


@dataclass(frozen=True)
class CostAxis:
    """Where costs −log p in nats lie along a track from 0 to 1; ``broken`` at ``stub``, beyond which is the origin.

    ``low`` and ``high`` are the costs at the ends of the part that is to scale.
    """

    low: float
    high: float
    broken: bool
    origin_at_left: bool = True

    def place(self, cost: float) -> float:
        """Return where a cost lies; the origin lies at the end beyond the break."""
        if not self.broken:
            return (cost - self.low) / (self.high - self.low)
        if cost == 0:
            return 0.0 if self.origin_at_left else 1.0
        share = (cost - self.low) / (self.high - self.low) * (1 - STUB)
        return share + STUB if self.origin_at_left else share

    @property
    def break_at(self) -> float | None:
        """The middle of the break; None where there is none."""
        if not self.broken:
            return None
        return STUB / 2 if self.origin_at_left else 1 - STUB / 2


def bound_rows(bound: SampleBound) -> tuple[BoundRow, ...]:
    """Return the rows of reconstruction, KL, ELBO, gap and log p(x); the last alone where there is no ELBO."""
    cost = -bound.log_likelihood
    whole = BoundRow("log_likelihood", "log p(x)", nats(bound.log_likelihood), ((0.0, cost, "whole"),), strong=True)
    if bound.reconstruction is None or bound.kl is None or bound.elbo is None or bound.gap is None:
        return (whole,)
    first, last = bound.reconstruction, -bound.elbo
    decode: Bar = (0.0, first, "reconstruction")
    prior: Bar = (first, last, "kl")
    return (
        BoundRow("reconstruction", "−reconstruction", nats(-first), (decode,)),
        BoundRow("kl", "−KL", nats(-bound.kl), (prior,)),
        BoundRow("elbo", "= ELBO", nats(bound.elbo), (decode, prior), strong=True),
        BoundRow("gap", "+ gap", _signed(bound.gap), ((cost, last, "gap"),)),
        BoundRow("log_likelihood", "= log p(x)", whole.value, whole.bars, strong=True),
    )


def axis_of(rows: tuple[BoundRow, ...]) -> CostAxis:
    """Return an axis that shows KL and gap well, however small they are beside the reconstruction."""
    ends = [end for row in rows for start, stop, _ in row.bars for end in (start, stop) if end != 0]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    width = max(high - low, MIN_NATS)
    low, high = low - ROOM * width, high + ROOM * width
    if len(rows) == 1 or min(abs(low), abs(high)) <= FAR * width or low < 0 < high:
        return CostAxis(min(low, 0.0), max(high, 0.0), broken=False)
    return CostAxis(low, high, broken=True, origin_at_left=low > 0)


def nats(value: float) -> str:
    """Write nats with two decimals and a true minus."""
    return f"{value:.2f}".replace("-", "−")


def _signed(value: float) -> str:
    if 0 <= value < 0.005:
        return f"+{value:.4f}"
    return f"{value:+.2f}".replace("-", "−")


def described(rows: tuple[BoundRow, ...]) -> str:
    """Return the rows as a phrase, for those who do not see them."""
    return ", ".join(f"{row.title} {row.value}" for row in rows)
