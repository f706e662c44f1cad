"""Closed forms of Gaussians against quadrature, the fits to two humps, and the presets."""

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from explorer.config import ConfigError
from explorer.latent.density.class_gaussians import aggregate_moments
from explorer.latent.information.discrete import BITS
from explorer.latent.information.gaussian import (
    STANDARD,
    TWO_HUMPS,
    Mixture,
    Normal,
    cross_entropy_of_gaussians,
    fit_forward,
    fit_reverse,
    forward_kl,
    gaussian,
    kl_of_gaussians,
    kl_over_sigma,
    kl_terms,
    reverse_kl,
)
from explorer.latent.information.presets import (
    BY_NAME,
    PRESETS,
    aggregate_pair,
    pixel_outcomes,
    posterior_dimension,
    preset_of,
)


@pytest.mark.parametrize("p, q", [(Normal(1.2, 0.45), STANDARD), (Normal(-2, 3), Normal(1, 0.8))])
def test_closed_forms_equal_the_integral(p: Normal, q: Normal) -> None:
    one, other = stats.norm(p.mean, p.sigma), stats.norm(q.mean, q.sigma)
    kl, _ = integrate.quad(
        lambda x: one.pdf(x) * (one.logpdf(x) - other.logpdf(x)), -60, 60, points=[p.mean], limit=200
    )
    assert kl_of_gaussians(p, q) == pytest.approx(kl, abs=1e-8)
    assert p.entropy == pytest.approx(float(one.entropy()), abs=1e-12)
    assert cross_entropy_of_gaussians(p, q) == pytest.approx(float(one.entropy()) + kl, abs=1e-8)


def test_the_four_terms_add_up_to_the_kl() -> None:
    values = [term.value for term in kl_terms(Normal(1.2, 0.45))]
    np.testing.assert_allclose(values, [0.72, 0.10125, 0.7985077, -0.5], atol=1e-7)
    assert sum(values) == pytest.approx(kl_of_gaussians(Normal(1.2, 0.45), STANDARD), abs=1e-12)
    assert sum(term.value for term in kl_terms(STANDARD)) == 0
    # −½ log σ² changes its sign at σ = 1; the other terms keep theirs.
    assert kl_terms(Normal(0, 2))[2].value < 0 < kl_terms(Normal(0, 0.5))[2].value


def test_kl_grows_without_limit_as_sigma_goes_to_zero() -> None:
    found = kl_over_sigma(1.2, np.array([1.0, 1e-3, 1e-6]))
    assert found[0] == pytest.approx(0.72) and (np.diff(found) > 6).all()


def test_forward_covers_both_humps_and_reverse_picks_one() -> None:
    forward, reverse = fit_forward(), fit_reverse()
    assert (forward.q.mean, forward.q.sigma) == pytest.approx((-0.3, 1.5524), abs=1e-4)
    assert (forward.forward, forward.reverse) == pytest.approx((0.4637, 0.9433), abs=1e-4)
    assert (reverse.q.mean, reverse.q.sigma) == pytest.approx((-1.494, 0.509), abs=1e-3)
    assert (reverse.forward, reverse.reverse) == pytest.approx((6.241, 0.5074), abs=2e-2)


def test_the_forward_fit_is_the_numerical_minimum() -> None:
    found = optimize.minimize(
        lambda at: forward_kl(TWO_HUMPS, Normal(at[0], float(np.exp(at[1])))), (0.0, 0.0), method="Nelder-Mead"
    )
    assert found.fun == pytest.approx(fit_forward().forward, abs=1e-6)


def test_the_kl_of_a_mixture_equals_the_closed_form_for_one_part() -> None:
    p, q = Normal(0.3, 0.7), Normal(-1, 1.4)
    assert forward_kl(Mixture((1.0,), (p,)), q) == pytest.approx(kl_of_gaussians(p, q), abs=1e-9)
    assert reverse_kl(Mixture((1.0,), (p,)), q) == pytest.approx(kl_of_gaussians(q, p), abs=1e-9)


@pytest.mark.parametrize("mean, sigma", [(0.0, 0.0), (0.0, -1.0), (float("nan"), 1.0), (0.0, float("inf"))])
def test_what_is_no_gaussian_is_refused(mean: float, sigma: float) -> None:
    with pytest.raises(ConfigError, match=r"^q: "):
        gaussian(mean, sigma, "q")


def test_presets_have_the_values_that_their_sentences_promise() -> None:
    one = BY_NAME["one-variable"].outcomes
    assert one is not None
    assert one.comparison.entropy == pytest.approx(0.333, abs=5e-4)
    assert one.comparison.entropy * BITS.per_nat == pytest.approx(0.480, abs=5e-4)
    cow = BY_NAME["cow-and-duck"].outcomes
    assert cow is not None and cow.comparison.entropy == 0
    assert cow.comparison.cross_entropy == cow.comparison.kl == pytest.approx(0.458, abs=5e-4)
    ratings = BY_NAME["ratings"].outcomes
    assert ratings is not None
    assert (ratings.comparison.kl, ratings.comparison.reverse.kl) == pytest.approx((0.459, 0.540), abs=5e-4)
    impossible = BY_NAME["impossible"].outcomes
    assert impossible is not None and impossible.comparison.kl == np.inf


def test_every_preset_is_valid() -> None:
    for preset in PRESETS:
        outcomes = preset.outcomes
        if outcomes is not None and not outcomes.separate:
            for values in (outcomes.p, outcomes.q):
                for case in set(outcomes.cases):
                    total = sum(v for v, own in zip(values, outcomes.cases, strict=True) if own == case)
                    assert total == pytest.approx(1, abs=1e-12)
    with pytest.raises(ConfigError, match="nosuch is not a preset; choose from ratings"):
        preset_of("nosuch")


def test_the_pixel_with_the_greatest_cost_is_chosen_among_the_grey_ones() -> None:
    found = pixel_outcomes(np.array([[0.0, 1.0], [0.5, 0.6]]), np.array([[0.9, 0.5], [0.5, 0.2]]))
    assert found is not None and found.heading == "pixel 3"
    np.testing.assert_allclose((found.p[0], found.q[0]), (0.6, 0.2))
    assert pixel_outcomes(np.array([2.0]), np.array([0.5])) is None  # no probability


def test_values_of_a_run() -> None:
    index, q = posterior_dimension(np.array([0.1, 2.0]), np.array([0.0, np.log(0.25)]))
    assert index == 1 and q == Normal(2.0, pytest.approx(0.5))
    # The second dimension is farther from N(0, 1); a code that is not finite does not count.
    codes = np.array([[-1.0, -1.0], [1.0, 1.0], [np.nan, 0.0]], np.float32)
    moments = aggregate_moments(codes, np.log(np.array([[0.1, 0.5], [0.1, 1.5], [0.1, 0.1]], np.float32)))
    assert moments is not None
    pair = aggregate_pair(moments)
    assert pair.p == Normal(0.0, pytest.approx(np.sqrt(2.0))) and pair.q == STANDARD and pair.quantity == "z2"
