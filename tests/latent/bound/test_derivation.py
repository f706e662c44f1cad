"""The derivation of the ELBO with numbers: every line adds up as it is shown, and each term is what it says."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.latent.bound.derivation import BoundNumbers, bound_numbers, closed_form, derivation
from explorer.latent.bound.sample_bound import SampleBound, error_words
from explorer.latent.information.discrete import BITS, UNITS

NATS = st.floats(-400, 400, allow_nan=False)


def worked_out(text: str) -> float:
    """Return the value of a sum such as "2.98 − 1.80"."""
    return eval(text.replace("−", "-"))


def sides(line: str) -> tuple[float, float]:
    left, right = re.split(r" [=≥] ", line)
    return worked_out(left), worked_out(right)


@given(NATS, st.floats(0, 60), st.floats(0, 60), NATS, st.sampled_from(tuple(UNITS.values())))
def test_every_line_adds_up_to_the_last_digit_shown(reconstruction, kl, gap, log_q, unit) -> None:
    likelihood = gap - reconstruction - kl
    bound = SampleBound(0, 2, "grid", 1, likelihood, 0.0, reconstruction, kl, log_q=log_q)
    numbers = bound_numbers(bound, unit)
    lines = derivation(numbers)
    for line in lines[:-1]:
        left, right = sides(line.numbers)
        assert left == pytest.approx(right, abs=1e-9), line
    left, right = sides(lines[-1].numbers)
    assert left >= right - 1e-9 and left - right == pytest.approx(numbers.gap, abs=1e-9)
    # Numbers that are sums of rounded ones are at most two half digits off.
    assert numbers.log_likelihood == pytest.approx(likelihood * unit.per_nat, abs=1.5 * 10**-numbers.digits)


def test_the_numbers_are_those_of_a_gaussian_model() -> None:
    """q = N(0.5, 0.4²), prior N(0, 1), p(z|x) = N(0.7, 0.5²): all terms have closed forms."""
    mu, sigma, log_evidence = 0.5, 0.4, -12.0
    log_q = -0.5 * np.log(2 * np.pi * np.e * sigma**2)
    log_prior = -0.5 * np.log(2 * np.pi) - 0.5 * (mu**2 + sigma**2)
    log_posterior = -0.5 * np.log(2 * np.pi * 0.25) - 0.5 * ((mu - 0.7) ** 2 + sigma**2) / 0.25
    kl, gap = log_q - log_prior, log_q - log_posterior
    bound = SampleBound(0, 1, "grid", 1, log_evidence, 0.0, -(log_evidence - gap + kl), kl, log_q=log_q)
    numbers = bound_numbers(bound)
    assert numbers.log_prior == pytest.approx(log_prior, abs=0.011)
    assert numbers.log_posterior == pytest.approx(log_posterior, abs=0.011)
    assert numbers.elbo == pytest.approx(log_evidence - gap, abs=0.011)


def test_a_point_posterior_has_no_derivation() -> None:
    assert bound_numbers(SampleBound(0, 2, "grid", 1, -3.0, 0.0, None, None)) is None


def test_signs_are_written_as_in_a_sum() -> None:
    lines = derivation(BoundNumbers(2, 78.00, 5.51, 1.18, 2.98))
    assert [line.numbers for line in lines] == [
        "2.98 − 1.80 = 1.18",
        "2.98 + 78.00 + 2.53 − 82.33 = 1.18",
        "5.51 + 78.00 − 82.33 = 1.18",
        "−78.00 − 5.51 + 1.18 = −82.33",
        "−82.33 ≥ −83.51",
    ]


def test_the_closed_form_adds_up_to_the_kl() -> None:
    rng = np.random.default_rng(0)
    mean, log_variance = rng.normal(size=7), rng.normal(-2, 2, 7)
    lines = closed_form(mean, log_variance)
    exact = 0.5 * (mean**2 + np.exp(log_variance) - log_variance - 1)
    assert sum(line.kl for line in lines) == pytest.approx(round(exact.sum(), 2), abs=1e-9)
    assert [line.kl for line in lines] == pytest.approx(exact.tolist(), abs=0.01)
    first = closed_form(np.array([0.8]), np.array([-5.76]))[0]
    assert first.text(2) == "½(0.64 + 0.00 + 5.76 − 1) = 2.70"
    assert "− 1.50 − 1)" in closed_form(np.array([0.0]), np.array([1.5]))[0].text(2)


def test_in_bits_the_closed_form_is_divided_by_log_2_and_still_adds_up() -> None:
    rng = np.random.default_rng(1)
    mean, log_variance = rng.normal(size=7), rng.normal(-2, 2, 7)
    lines = closed_form(mean, log_variance, unit=BITS)
    exact = 0.5 * (mean**2 + np.exp(log_variance) - log_variance - 1) / np.log(2)
    assert sum(line.kl for line in lines) == pytest.approx(round(exact.sum(), 2), abs=1e-9)
    first = closed_form(np.array([0.8]), np.array([-5.76]), unit=BITS)[0]
    assert first.text(2) == "½(0.64 + 0.00 + 5.76 − 1) ÷ 0.693 = 3.90"


def test_the_error_of_log_p_of_x_is_in_the_unit() -> None:
    bound = SampleBound(0, 2, "grid", 9, -3.0, 0.0693, None, None)
    assert "error 0.069 nats" in error_words(bound) and "error 0.1 bits" in error_words(bound, BITS)
