"""A sample's bound as rows of bars on one axis of log-probability, as frozen values. No Qt.

1. `bound_rows` turns a `SampleBound` into rows: E log p(x|z), the ELBO, log p(x). The numbers are rounded as shown, so
   that they add up.
2. `axis_of` chooses the part of the axis that is drawn, and its ticks. All bars begin far to the left, beyond a cut.
"""

import math
from dataclasses import dataclass

from explorer.latent.bound.derivation import decimals
from explorer.latent.bound.sample_bound import SampleBound
from explorer.latent.information.discrete import NATS, Unit
from explorer.rendering.bound_formula import Tone
from explorer.rendering.drawing import MINUS, tick_step
from explorer.ui.decode.decode_state import fixed

ROOM = 0.15
"""Margin to the left of the terms, and to the right, as a share of their width."""
STUB = 0.12
"""Share of the axis that stands for what is left out, up to the cut."""
MIN_WIDTH = 0.05
"""Minimum width of the terms, so that noise is not magnified without limit."""
TICKS = 4
"""Maximum number of steps between the ticks of an axis."""
TINY = 0.005
"""A gap smaller than this is written with more decimals: that it is positive is the point."""

RECONSTRUCTION = f"{MINUS}reconstruction"
EXPECTATION = "E log p(x|z)"
"""The name of the first row, and what it is, for a bar without room for the name."""
TIPS = {
    "reconstruction": "E log p(x|z) under q(z|x): minus the reconstruction",
    "elbo": f"ELBO = {MINUS}reconstruction {MINUS} KL(q(z|x) ‖ p(z)): the lower bound of log p(x) that a VAE maximizes",
    "log_likelihood": "log p(x) = log ∫ p(x|z) p(z) dz = ELBO + gap, where the gap is KL(q(z|x) ‖ p(z|x))",
}


@dataclass(frozen=True)
class Bar:
    """A part of a row, from ``start`` to ``stop`` in the unit shown; None is far to the left, beyond the cut.

    ``words`` stand in it or beside it. A ``dashed`` part is missing from the row's value.
    """

    start: float | None
    stop: float
    tone: Tone
    words: str = ""
    dashed: bool = False


@dataclass(frozen=True)
class BoundRow:
    """One row: its name, its title, its value as text and exactly in ``unit``, and its bars."""

    name: str
    title: str
    value: str
    exact: float
    bars: tuple[Bar, ...]
    unit: Unit = NATS

    @property
    def tip(self) -> str:
        """The definition of the row's term, with its value."""
        return f"{TIPS[self.name]}: {fixed(self.exact, 4)} {self.unit.name}"


@dataclass(frozen=True)
class BoundAxis:
    """Positions of log-probabilities on a track from 0 to 1; what is left of ``low`` is left out."""

    low: float
    high: float
    ticks: tuple[float, ...] = ()

    @property
    def tick_texts(self) -> tuple[str, ...]:
        """The ticks as text, all with as many decimals as their step needs."""
        digits = max(0, -math.floor(math.log10(self.ticks[1] - self.ticks[0]) + 1e-9)) if len(self.ticks) > 1 else 2
        return tuple(fixed(tick, digits) for tick in self.ticks)

    def position(self, value: float | None) -> float:
        """Return the position of a log-probability; None is at the left end, beyond the cut."""
        if value is None:
            return 0.0
        share = (value - self.low) / (self.high - self.low)
        return STUB + min(max(share, 0.0), 1.0) * (1 - STUB)


def bound_rows(bound: SampleBound, unit: Unit = NATS) -> tuple[BoundRow, ...]:
    """Return the rows of E log p(x|z), ELBO and log p(x) in a unit; only the last if the ELBO is not defined."""
    likelihood = bound.log_likelihood * unit.per_nat
    if bound.reconstruction is None or bound.kl is None or bound.elbo is None or bound.gap is None:
        bars, text = (Bar(None, likelihood, "whole"),), fixed(likelihood, decimals(likelihood))
        return (BoundRow("log_likelihood", "log p(x)", text, likelihood, bars, unit),)
    exact = (-bound.reconstruction, bound.elbo, bound.kl, bound.gap)
    expected, elbo, kl, gap = (value * unit.per_nat for value in exact)
    digits = decimals(expected, likelihood)
    # Rounded as shown, so that the numbers on screen add up.
    shown = round(expected, digits) - round(kl, digits)
    kl_words, gap_words = f"KL {fixed(kl, digits)}", f"gap {_small(gap, digits)}"
    return (
        BoundRow(
            "reconstruction",
            RECONSTRUCTION,
            fixed(expected, digits),
            expected,
            (Bar(None, expected, "reconstruction", RECONSTRUCTION),),
            unit,
        ),
        BoundRow(
            "elbo",
            "ELBO",
            fixed(shown, digits),
            elbo,
            (Bar(None, elbo, "reconstruction"), Bar(elbo, expected, "kl", kl_words, dashed=True)),
            unit,
        ),
        BoundRow(
            "log_likelihood",
            "log p(x)",
            fixed(shown + round(gap, digits), digits),
            likelihood,
            (Bar(None, min(elbo, likelihood), "whole"), Bar(elbo, likelihood, "gap", gap_words)),
            unit,
        ),
    )


def axis_of(rows: tuple[BoundRow, ...]) -> BoundAxis:
    """Return an axis on which KL and gap are readable even if they are small beside the reconstruction."""
    ends = [value for row in rows for bar in row.bars for value in (bar.start, bar.stop) if value is not None]
    ends = [value for value in ends if math.isfinite(value)]
    low, high = min(ends, default=-1.0), max(ends, default=0.0)
    width = max(high - low, MIN_WIDTH)
    middle = (low + high) / 2
    low, high = min(low, middle - width / 2) - ROOM * width, max(high, middle + width / 2) + ROOM * width
    step = tick_step(high - low, TICKS)
    # From the multiple of a step at the left, which the axis names.
    low = math.floor(low / step) * step
    count = int((high - low) / step + 1e-9)
    return BoundAxis(low, high, tuple(low + index * step for index in range(count + 1)))


def _small(value: float, digits: int) -> str:
    """Format a gap; one near 0 with as many decimals as it needs to be positive."""
    return fixed(value, 4) if 0 < value < TINY else fixed(value, 2 if 0 < value < 0.1 else digits)


def described(rows: tuple[BoundRow, ...]) -> str:
    """Return the rows as a sentence for screen readers."""
    parts = (f"{row.title} {row.value}" for row in rows)
    words = (bar.words for row in rows for bar in row.bars if bar.tone in ("kl", "gap"))
    return ", ".join((*parts, *words))
