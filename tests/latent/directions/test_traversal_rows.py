"""Rows of a traversal: where their codes are, in which order, and what differs from the probe."""

from typing import Any

import numpy as np
import pytest
from job_cases import pictures
from known_models import dataset_of

from explorer.latent.directions.dimension_statistics import DimensionStatistics, no_statistics
from explorer.latent.directions.traversal import (
    decode_row,
    differences,
    dimension_directions,
    ordered,
    row_codes,
    vector_directions,
)
from explorer.latent.steps import Absent, at_once

NOT_KNOWN = no_statistics("no codes", "no KL")
Z = np.array([0.5, -1.0, 4.0], np.float32)
ABOUT = dataset_of(np.zeros((2, 3))).description


def statistics_of(**given: Any) -> DimensionStatistics:
    known = {"low": np.array([-1.0, -2, -3]), "high": np.array([1.0, 2, 3]), "shares": np.array([0.2, 0.5, 0.3])}
    return DimensionStatistics(**{**known, "kl": Absent("no KL"), **given})


def test_both_halves_have_equal_steps_and_the_probe_is_the_middle() -> None:
    one, two, three = dimension_directions(Z, NOT_KNOWN, "prior")
    coordinates, codes = row_codes(one, Z, 13)
    assert np.allclose(coordinates[:7], np.linspace(-3, 0.5, 7)) and np.allclose(
        coordinates[6:], np.linspace(0.5, 3, 7)
    )
    assert np.array_equal(codes[6], Z) and np.allclose(codes[:, 0], coordinates)
    assert (codes[:, 1:] == Z[1:]).all()
    assert (codes[0, 0], codes[-1, 0]) == (-3, 3)
    assert (two.low, two.high, two.widened) == (-3, 3, False)
    # The probe is outside the range of the third dimension, which ends at the probe.
    assert (three.low, three.high, three.widened) == (-3, 4, True)
    assert (row_codes(three, Z, 5)[1][2:] == Z).all()


def test_the_range_of_the_codes_is_that_of_the_statistics() -> None:
    rows = dimension_directions(Z, statistics_of(), "codes")
    assert [(row.low, row.high) for row in rows] == [(-1, 1), (-2, 2), (-3, 4)]
    assert [row.key for row in rows] == ["z1", "z2", "z3"] and rows[1].symbol == "z₂"


@pytest.mark.parametrize(
    ("given", "order", "keys"),
    [
        ({"kl": np.array([1.0, 3.0, 2.0])}, "kl", "z2 z3 z1"),
        ({"kl": np.array([1.0, np.nan, 2.0])}, "kl", "z3 z1 z2"),
        ({"kl": np.array([1.0, 3.0, 2.0])}, "index", "z1 z2 z3"),
        ({}, "kl", "z2 z3 z1"),
        ({"shares": Absent("not known")}, "kl", "z1 z2 z3"),
        ({}, "change", "z3 z1 z2"),
    ],
)
def test_the_order_is_by_kl_or_variance_or_change(given: dict[str, Any], order: Any, keys: str) -> None:
    rows = dimension_directions(Z, statistics_of(**given), "codes")

    def decode(codes: np.ndarray) -> np.ndarray:
        return codes * np.array([2, 0.1, 1], np.float32)

    found = at_once(ordered(rows, order, Z, decode, ABOUT))
    assert " ".join(row.key for row in found) == keys


def test_change_is_the_distance_between_the_decodes_of_both_ends() -> None:
    row = dimension_directions(Z, NOT_KNOWN, "prior")[0]
    found = at_once(decode_row(row, Z, 7, np.full(3, 9, np.float32), lambda codes: 2 * codes, ABOUT))
    assert not isinstance(found.change, Absent) and found.change.value == pytest.approx(12)
    assert "own units" in found.change.unit
    assert (found.decodes[3] == 9).all(), "the middle is the decode that was given"
    assert np.allclose(np.delete(found.decodes, 3, 0), np.delete(2 * found.codes, 3, 0))
    assert (found.value_text(0), found.centre) == ("z₁ = −3", 3)


def test_a_decode_that_is_not_finite_has_no_change() -> None:
    row = dimension_directions(Z, NOT_KNOWN, "prior")[0]
    found = at_once(decode_row(row, Z, 3, Z, lambda codes: np.full_like(codes, np.nan), ABOUT))
    assert isinstance(found.change, Absent) and "finite" in found.change.why


def test_differences_of_pictures_are_in_pixel_values_from_0_to_1() -> None:
    about = pictures().description  # 0 to 255
    decodes = np.zeros((3, *about.shape), np.float32)
    decodes[0], decodes[1], decodes[2] = 0, 51, 255
    assert np.allclose(differences(decodes, about).reshape(3, -1)[:, 0], (-0.2, 0, 0.8))
    assert np.allclose(differences(decodes, ABOUT).reshape(3, -1)[:, 0], (-51, 0, 204))


def test_attribute_vectors_are_rows_from_minus_two_to_two_times_the_vector() -> None:
    (row,) = vector_directions([("smile", (1, 0, -1))])
    assert (row.key, row.symbol, row.words) == ("v1", "v₁", "smile")
    _, codes = row_codes(row, Z, 5)
    assert np.allclose(codes - Z, np.outer((-2, -1, 0, 1, 2), (1, 0, -1)))
