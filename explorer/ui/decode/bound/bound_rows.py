"""A sample's bound as rows of bars on an axis that may be broken. No Qt."""

from dataclasses import dataclass
from typing import Literal

from explorer.latent.bound.sample_bound import SampleBound

Tone = Literal["reconstruction", "kl", "gap", "whole"]
Bar = tuple[float, float, Tone]
"""Start and end of a bar as costs −log p in nats, and the term that it shows."""

ROOM = 0.12
"""Margin beyond the terms, as a share of their width."""
STUB = 0.2
"""Share of the axis that stands for the range left out."""
FAR = 1.2
"""The axis is broken if 0 is farther away than this many widths of the terms."""
MIN_NATS = 0.05
"""Minimum width of the terms in nats, so that noise is not magnified without limit."""

TIPS = {
    "reconstruction": "Reconstruction: −E log p(x|z) under q(z|x), in nats",
    "kl": "KL(q(z|x) ‖ p(z)): how far q is from the prior, in nats",
    "elbo": "ELBO = −reconstruction − KL: the lower bound of log p(x) that a VAE maximizes, in nats",
    "gap": "Gap: KL(q(z|x) ‖ p(z|x)) = log p(x) − ELBO, zero if q is the true posterior, in nats",
    "log_likelihood": "log p(x) = log ∫ p(x|z) p(z) dz: the log-likelihood of the sample under the model, in nats",
}


@dataclass(frozen=True)
class BoundRow:
    """One row: its name, its value as text, and its bars."""

    name: str
    title: str
    value: str
    bars: tuple[Bar, ...]
    strong: bool = False

    @property
    def tip(self) -> str:
        """The definition of the row's term."""
        return TIPS[self.name]


@dataclass(frozen=True)
class CostAxis:
    """Positions of costs −log p (in nats) on a track from 0 to 1.

    ``low`` and ``high`` are the costs at the ends of the part that is to scale. On a ``broken`` axis cost 0 is at the
    end
    beyond the break.
    """

    low: float
    high: float
    broken: bool
    origin_at_left: bool = True  # False if all costs are negative: log p(x) above 0

    def position(self, cost: float) -> float:
        """Return the position of a cost, 0 to 1; on a broken axis cost 0 is at the end beyond the break."""
        if not self.broken:
            return (cost - self.low) / (self.high - self.low)
        if cost == 0:
            return 0.0 if self.origin_at_left else 1.0
        share = (cost - self.low) / (self.high - self.low) * (1 - STUB)
        return share + STUB if self.origin_at_left else share

    @property
    def break_at(self) -> float | None:
        """The middle of the break, 0 to 1; None without a break."""
        if not self.broken:
            return None
        return STUB / 2 if self.origin_at_left else 1 - STUB / 2


def bound_rows(bound: SampleBound) -> tuple[BoundRow, ...]:
    """Return the rows of reconstruction, KL, ELBO, gap and log p(x); only the last if the ELBO is not defined."""
    # Costs (negative log probabilities) make all bars grow to the right from 0.
    cost = -bound.log_likelihood
    whole = BoundRow("log_likelihood", "log p(x)", nats(bound.log_likelihood), ((0.0, cost, "whole"),), strong=True)
    if bound.reconstruction is None or bound.kl is None or bound.elbo is None or bound.gap is None:
        return (whole,)
    first, last = bound.reconstruction, -bound.elbo
    # The KL's bar starts where the reconstruction's ends: end to end they are the bar of the ELBO.
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
    """Return an axis on which KL and gap are readable even if they are small beside the reconstruction."""
    # 0 is left out: with it the reconstruction of 80 nats would squeeze a gap of 2 nats to a few pixels.
    ends = [end for row in rows for start, stop, _ in row.bars for end in (start, stop) if end != 0]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    width = max(high - low, MIN_NATS)
    low, high = low - ROOM * width, high + ROOM * width
    # Unbroken if 0 is near anyway, if costs have both signs, or if there is only log p(x).
    if len(rows) == 1 or min(abs(low), abs(high)) <= FAR * width or low < 0 < high:
        return CostAxis(min(low, 0.0), max(high, 0.0), broken=False)
    return CostAxis(low, high, broken=True, origin_at_left=low > 0)


def nats(value: float) -> str:
    """Format nats with two decimals and a true minus sign."""
    return f"{value:.2f}".replace("-", "−")


def _signed(value: float) -> str:
    # A gap near 0 is the point of the row: show that it is positive, however small.
    if 0 <= value < 0.005:
        return f"+{value:.4f}"
    return f"{value:+.2f}".replace("-", "−")


def described(rows: tuple[BoundRow, ...]) -> str:
    """Return the rows as a sentence for screen readers."""
    return ", ".join(f"{row.title} {row.value}" for row in rows)
