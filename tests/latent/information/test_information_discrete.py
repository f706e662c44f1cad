"""Entropy, cross-entropy and KL of a few outcomes against scipy, and their exact limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import rel_entr
from scipy.stats import entropy

from explorer.config import ConfigError
from explorer.latent.information.discrete import (
    BITS,
    BeliefComparison,
    compare,
    distribution,
    draw_events,
    information,
    running_mean,
    scaled_others,
    search_negative_kl,
)
from explorer.latent.information.rounding import number_text, probability_texts, shown_parts, shown_sums, shown_table

P, Q = (0.05, 0.2, 0.5, 0.2, 0.05), (0.3, 0.4, 0.2, 0.08, 0.02)


def pairs(least: float = 0.0) -> st.SearchStrategy[tuple[np.ndarray, np.ndarray]]:
    """Draw two distributions over the same 2 to 10 outcomes."""

    def made(size: int) -> st.SearchStrategy[tuple[np.ndarray, np.ndarray]]:
        weights = st.lists(st.floats(least, 1.0), min_size=size, max_size=size).filter(lambda one: sum(one) > 1e-3)
        one = weights.map(lambda found: np.array(found) / np.sum(found))
        return st.tuples(one, one)

    return st.integers(2, 10).flatmap(made)


@given(pairs(least=1e-6))
def test_equals_scipy(pair: tuple[np.ndarray, np.ndarray]) -> None:
    found = BeliefComparison(*pair)
    assert found.entropy == pytest.approx(entropy(pair[0]), abs=1e-12)
    assert found.kl == pytest.approx(entropy(*pair), abs=1e-12)
    assert found.reverse.kl == pytest.approx(entropy(pair[1], pair[0]), abs=1e-12)
    assert found.cross_entropy == pytest.approx(found.entropy + found.kl, abs=1e-12)
    np.testing.assert_allclose(found.terms, rel_entr(*pair), atol=1e-12)


@given(pairs())
def test_kl_is_never_negative(pair: tuple[np.ndarray, np.ndarray]) -> None:
    assert BeliefComparison(*pair).kl >= 0


def test_impossible_outcomes_are_exact() -> None:
    never = compare((1.0, 0.0), (0.5, 0.5))
    assert never.entropy == 0 and never.kl == pytest.approx(np.log(2), abs=1e-15)
    assert never.weighted_p[1] == 0 and never.information_p[1] == np.inf
    excluded = compare((0.5, 0.5), (1.0, 0.0))
    assert excluded.kl == np.inf and excluded.cross_entropy == np.inf and excluded.entropy == pytest.approx(np.log(2))
    both = compare((1.0, 0.0), (1.0, 0.0))
    assert both.kl == 0 and both.cross_entropy == 0


def test_information_of_rare_events_in_bits() -> None:
    found = information(np.array([1, 0.1, 0.001])) * BITS.per_nat
    np.testing.assert_allclose(found, [0, 3.3219, 9.9658], atol=1e-4)
    assert not np.signbit(found[0])  # never shown as −0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((0.5, 0.6), "p: the probabilities sum to 1.1; they must sum to 1"),
        ((1.0,), "p: 1 probabilities; give 2 to 10"),
        ((0.1,) * 11, "p: 11 probabilities; give 2 to 10"),
        ((1.2, -0.2), "p: probability 2 is -0.2; none may be negative"),
        ((float("nan"), 1.0), "p: probability 1 is nan; each must be a number from 0 to 1"),
        ((float("inf"), 0.0), "p: probability 1 is inf; each must be a number from 0 to 1"),
    ],
)
def test_what_is_no_distribution_is_refused(values: tuple[float, ...], message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        distribution(values, "p")
    assert str(refused.value) == message


def test_different_numbers_of_outcomes_are_refused() -> None:
    with pytest.raises(ConfigError, match="p has 2 outcomes and q has 3"):
        compare((0.5, 0.5), (0.2, 0.3, 0.5))


def test_ratings_add_up_as_they_are_shown() -> None:
    shown = shown_table(compare(P, Q))
    assert (shown.entropy, shown.kl, shown.cross_entropy) == (1.29, 0.459, 1.749)
    # 0.3466 is shown as 0.346, so that the column adds up to 1.290.
    np.testing.assert_allclose(shown.weighted_p, [0.15, 0.322, 0.346, 0.322, 0.15], atol=1e-12)
    np.testing.assert_allclose(shown.terms, [-0.09, -0.139, 0.459, 0.183, 0.046], atol=1e-12)


@given(pairs(least=1e-6))
def test_shown_numbers_add_up_by_row_and_column(pair: tuple[np.ndarray, np.ndarray]) -> None:
    comparison = BeliefComparison(*pair)
    for unit in (BITS,):
        shown = shown_table(comparison, unit)
        a, b, t = (np.rint(1000 * one).astype(int) for one in (shown.weighted_p, shown.weighted_q, shown.terms))
        assert (a + t == b).all()
        assert a.sum() == round(1000 * shown.entropy) and t.sum() == round(1000 * shown.kl)
        assert a.sum() + t.sum() == round(1000 * shown.cross_entropy)
        # Each is rounded down or up, never further.
        assert np.abs(a - 1000 * comparison.weighted_p * unit.per_nat).max() < 1 + 1e-9
        assert np.abs(t - 1000 * comparison.terms * unit.per_nat).max() < 1 + 1e-9


def test_infinite_terms_are_shown_as_infinite() -> None:
    shown = shown_table(compare((0.495, 0.495, 0.01), (0.5, 0.5, 0.0)))
    assert shown.terms[2] == np.inf and shown.kl == np.inf and shown.entropy == 0.742


def test_sums_over_cases_are_means() -> None:
    found = BeliefComparison(np.array([1.0, 0, 0, 1]), np.array([0.8, 0.2, 0.5, 0.5]), cases=2)
    assert found.entropy == 0 and found.kl == pytest.approx(0.45814536)
    shown = shown_table(found)
    assert (shown.entropy, shown.kl, shown.cross_entropy) == (0.0, 0.458, 0.458)


@given(pairs(), st.integers(0, 1), st.floats(-1, 2))
def test_the_others_are_scaled_to_a_sum_of_one(pair: tuple[np.ndarray, np.ndarray], index: int, value: float) -> None:
    found = scaled_others(pair[0], index, value, [False] * len(pair[0]))
    assert found.sum() == pytest.approx(1, abs=1e-12) and (found >= 0).all()
    assert found[index] == pytest.approx(min(max(value, 0), 1))


def test_locked_outcomes_keep_their_probability() -> None:
    found = scaled_others(np.array(P), 2, 0.6, [True, False, False, False, True])
    assert found[0] == found[4] == 0.05 and found[2] == 0.6
    np.testing.assert_allclose(found[[1, 3]], 0.15)
    assert scaled_others(np.array(P), 2, 5.0, [True, True, False, False, True])[2] == pytest.approx(0.7)
    all_locked = [True, True, False, True, True]
    np.testing.assert_array_equal(scaled_others(np.array(P), 2, 0.9, all_locked), P)
    # Zeros share what is left.
    np.testing.assert_allclose(scaled_others(np.array([1.0, 0, 0]), 0, 0.5, [False] * 3), [0.5, 0.25, 0.25])


def test_events_are_drawn_by_seed_and_their_mean_approaches_the_cross_entropy() -> None:
    found = compare(P, Q)
    events = draw_events(found.p, 100, seed=0)
    np.testing.assert_array_equal(draw_events(found.p, 40, seed=0), events[:40])
    means = running_mean(events, found.information_q)
    assert means[-1] == pytest.approx(1.869, abs=5e-4) and means[0] == found.information_q[events[0]]
    many = running_mean(draw_events(found.p, 200_000, seed=1), found.information_q)
    assert many[-1] == pytest.approx(found.cross_entropy, abs=0.01)


def test_impossible_outcomes_are_never_drawn() -> None:
    assert set(draw_events(np.array([0.0, 1.0, 0.0]), 1000, seed=3).tolist()) == {1}


def test_the_search_lowers_kl_to_zero_and_no_further() -> None:
    attempts = list(search_negative_kl(np.array(P), np.array(Q)))
    kls = [one.kl for one in attempts]
    assert kls == sorted(kls, reverse=True) and 0 <= kls[-1] < 1e-9
    np.testing.assert_allclose(attempts[-1].q, P, atol=1e-4)
    # It finds its way out of an infinite KL.
    assert list(search_negative_kl(np.array([0.5, 0.5]), np.array([1.0, 0.0])))[-1].kl < 1e-9


@given(st.floats(-3, 3), st.floats(0, 9))
def test_shown_sums_add_up(entropy_in_nats: float, kl: float) -> None:
    first, second, third = shown_sums(entropy_in_nats, kl, BITS)
    assert round(1000 * first) + round(1000 * second) == round(1000 * third)
    assert shown_sums(0.5, float("inf"))[2] == np.inf


@given(st.lists(st.floats(-9, 9), min_size=1, max_size=8))
def test_shown_parts_add_up_to_their_rounded_sum(values: list[float]) -> None:
    shown = shown_parts(values)
    assert round(1000 * sum(shown)) == round(1000 * float(np.sum(values)))
    assert np.abs(np.array(shown) - values).max() < 1.001e-3


@given(st.lists(st.floats(0, 9), min_size=1, max_size=8), st.integers(-4, 4))
def test_shown_parts_add_up_to_a_total_that_is_shown_elsewhere(values: list[float], steps: int) -> None:
    total = round(float(np.sum(values)), 3) + 0.001 * steps
    shown = shown_parts(values, total=total)
    assert round(1000 * sum(shown)) == round(1000 * total)


def test_numbers_that_are_not_finite_are_rounded_one_by_one() -> None:
    first, second = shown_parts([np.inf, 0.12345])
    assert first == np.inf and second == 0.123
    assert np.isnan(shown_parts([np.nan])[0])


def test_probabilities_are_shown_with_as_many_decimals_as_they_need() -> None:
    assert probability_texts(P, Q)[0] == ("0.05", "0.20", "0.50", "0.20", "0.05")
    # Both columns have three decimals if one needs them, and each adds up.
    assert probability_texts((1 / 3, 1 / 3, 1 / 3), (0.5, 0.5, 0.0)) == (
        ("0.334", "0.333", "0.333"),
        ("0.500", "0.500", "0.000"),
    )
    assert probability_texts((1.0, 0.1, 0.001))[0] == ("1.000", "0.100", "0.001")


def test_numbers_have_a_true_minus_and_no_negative_zero() -> None:
    assert [number_text(value) for value in (-0.0001, -1.5, float("inf"))] == ["0.000", "−1.500", "∞"]
    assert number_text(0.25, 2, signed=True) == "+0.25" and number_text(-float("inf")) == "−∞"
