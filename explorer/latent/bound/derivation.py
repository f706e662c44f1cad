"""The derivation of the ELBO, worked out with the numbers of one sample.

log p(x) = E_q[log p(x|z)] − KL(q(z|x) ‖ p(z)) + KL(q(z|x) ‖ p(z|x))       (Kingma and Welling 2014, section 2.2)

1. `bound_numbers` rounds four numbers once: the reconstruction, both KLs, and the mean of log q. All others are sums of
   these, so that every line adds up to the last digit shown.
2. `derivation` writes the five lines from the definition of KL to the bound.
3. `closed_form` writes KL(q(z|x) ‖ p(z)) of a diagonal Gaussian to a standard normal, dimension by dimension.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.latent.bound.sample_bound import SampleBound
from explorer.latent.information.discrete import NATS, Unit
from explorer.latent.information.rounding import number_text, shown_parts

MANY = 100.0
"""Number of nats or bits from which one decimal is shown; smaller numbers have two."""


@dataclass(frozen=True)
class BoundNumbers:
    """The terms of one sample in the unit that is shown, rounded to ``digits`` decimals.

    Attributes
    ----------
    reconstruction
        −E log p(x|z) under q(z|x).
    kl, gap
        KL(q(z|x) ‖ p(z)) and KL(q(z|x) ‖ p(z|x)).
    log_q
        E log q(z|x) under q(z|x): the negative entropy of q.
    """

    digits: int
    reconstruction: float
    kl: float
    gap: float
    log_q: float

    @property
    def expected_likelihood(self) -> float:
        """E log p(x|z) under q(z|x)."""
        return -self.reconstruction

    @property
    def elbo(self) -> float:
        """The ELBO."""
        return -self.reconstruction - self.kl

    @property
    def log_likelihood(self) -> float:
        """Log p(x)."""
        return self.elbo + self.gap

    @property
    def log_prior(self) -> float:
        """E log p(z) under q(z|x)."""
        # From the rounded terms, so that the line adds up as it is shown.
        return self.log_q - self.kl

    @property
    def log_posterior(self) -> float:
        """E log p(z|x) under q(z|x)."""
        return self.log_q - self.gap

    def text(self, value: float) -> str:
        """Return a number as text, with the common number of decimals."""
        return number_text(value, self.digits)


def bound_numbers(bound: SampleBound, unit: Unit = NATS) -> BoundNumbers | None:
    """Return the rounded terms of a bound in a unit; None if q(z|x) is a point, so that there is no ELBO."""
    if bound.reconstruction is None or bound.kl is None or bound.gap is None or bound.log_q is None:
        return None
    digits = decimals(bound.reconstruction, bound.log_likelihood, unit=unit)
    exact = (bound.reconstruction, bound.kl, bound.gap, bound.log_q)
    # Rounded in the unit that is shown: sums of rounded nats, converted, would not add up.
    return BoundNumbers(digits, *(round(value * unit.per_nat, digits) for value in exact))


def decimals(*nats: float, unit: Unit = NATS) -> int:
    """Return the number of decimals in a unit for values in nats that are shown together."""
    return 1 if max(map(abs, nats), default=0.0) * unit.per_nat >= MANY else 2


@dataclass(frozen=True)
class DerivationLine:
    """One line: its key, the reason why it holds, the formula as plain text, and the same with numbers."""

    key: str
    reason: str
    formula: str
    numbers: str


def derivation(numbers: BoundNumbers) -> tuple[DerivationLine, ...]:
    """Return the five lines from the definition of KL(q(z|x) ‖ p(z|x)) to the bound; q is short for q(z|x)."""
    n, text = numbers, numbers.text
    gap, likelihood = f" = {text(n.gap)}", f" = {text(n.log_likelihood)}"
    # Signs as in E_q[log q − log p(x|z) − log p(z) + log p(x)].
    by_bayes = (n.log_q, -n.expected_likelihood, -n.log_prior, n.log_likelihood)
    return (
        DerivationLine(
            "definition",
            "Definition of KL",
            "KL(q ‖ p(z|x)) = E_q[log q − log p(z|x)]",
            _sum(n, n.log_q, -n.log_posterior) + gap,
        ),
        DerivationLine(
            "bayes",
            "Bayes’ rule for p(z|x)",
            "= E_q[log q − log p(x|z) − log p(z) + log p(x)]",
            _sum(n, *by_bayes) + gap,
        ),
        DerivationLine(
            "constant",
            "log p(x) does not depend on z",
            "= KL(q ‖ p(z)) − E_q[log p(x|z)] + log p(x)",
            _sum(n, n.kl, -n.expected_likelihood, n.log_likelihood) + gap,
        ),
        DerivationLine(
            "move",
            "Move log p(x) to the left",
            "log p(x) = E_q[log p(x|z)] − KL(q ‖ p(z)) + KL(q ‖ p(z|x))",
            _sum(n, n.expected_likelihood, -n.kl, n.gap) + likelihood,
        ),
        DerivationLine(
            "bound",
            "KL ≥ 0, so the ELBO is a lower bound",
            "log p(x) ≥ E_q[log p(x|z)] − KL(q ‖ p(z)) = ELBO",
            f"{text(n.log_likelihood)} ≥ {text(n.elbo)}",
        ),
    )


def _sum(numbers: BoundNumbers, *terms: float) -> str:
    """Return "2.98 − 1.80": signed terms as a sum."""
    first, *rest = terms
    parts = [numbers.text(first)]
    for term in rest:
        size = numbers.text(abs(term))
        parts.append(f"{'−' if term < 0 else '+'} {size}")
    return " ".join(parts)


@dataclass(frozen=True)
class KlLine:
    """KL of one latent dimension to N(0, 1): ½(μ² + σ² − log σ² − 1), with its numbers.

    ``kl``, in ``unit``, is rounded so that the lines add up to the KL that is shown for the sample. The formula is in
    nats, so in another unit it is divided.
    """

    mean_square: float
    variance: float
    log_variance: float
    kl: float
    unit: Unit = NATS

    def text(self, digits: int) -> str:
        """Return the line with its numbers, such as "½(0.65 + 0.00 + 5.76 − 1) = 2.71".

        In bits the sum is divided by log 2: "½(0.65 + 0.00 + 5.76 − 1) ÷ 0.693 = 3.91".
        """
        logs = f"{'−' if self.log_variance >= 0 else '+'} {number_text(abs(self.log_variance), 2)}"
        square, variance = number_text(self.mean_square, 2), number_text(self.variance, 2)
        divided = "" if self.unit == NATS else f" ÷ {1 / self.unit.per_nat:.3f}"
        return f"½({square} + {variance} {logs} − 1){divided} = {number_text(self.kl, digits)}"


def closed_form(
    mean: NDArray[np.floating],
    log_variance: NDArray[np.floating],
    digits: int = 2,
    unit: Unit = NATS,
    total: float | None = None,
) -> tuple[KlLine, ...]:
    """Return KL(N(μ, diag σ²) ‖ N(0, I)) line by line for ``(latent_dim,)`` means and log-variances.

    Kingma and Welling 2014, appendix B. ``total`` is the KL that is shown for the sample, in the unit: the lines add up
    to it. It may differ in the last digit from the rounded closed form, since it comes from a grid over z.
    """
    mu, logs = np.asarray(mean, np.float64), np.asarray(log_variance, np.float64)
    terms = 0.5 * (mu**2 + np.exp(logs) - logs - 1)
    shown = shown_parts(terms.tolist(), unit, digits, total)
    rows = zip(mu**2, np.exp(logs), logs, shown, strict=True)
    return tuple(KlLine(float(a), float(b), float(c), float(d), unit) for a, b, c, d in rows)
