"""The average of samples, by the kind of their features, and its distance from a decode."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.data.transform import Transform
from explorer.latent.blends.average import average_of, distance_between
from explorer.latent.steps import Absent

HALVES = np.array([0.5, 0.5])


def table(kinds: tuple[Any, ...], sizes: tuple[int, ...] = (), *, signed: bool = False) -> Description:
    count, angles = len(kinds), np.array([kind == "angle" for kind in kinds])
    offset = np.where(angles & (not signed), 180, 0).astype(np.float32)
    scale = np.where(angles, 180 / np.pi, 1).astype(np.float32)
    return Description(
        "a table", "vector", (count,), Transform(offset, scale), False, (0.0, 360.0), feature_kinds=kinds,
        category_sizes=sizes,
    )  # fmt: skip


def average(samples: Any, weights: NDArray[np.float64], about: Description) -> NDArray[np.float32]:
    found = average_of(np.asarray(samples, np.float32), weights, about)
    assert not isinstance(found, Absent)
    return found


def test_numbers_counts_and_yes_no_have_the_weighted_mean() -> None:
    about = table(("number", "count", "yes/no"))
    assert average([[1, 4, 1], [3, 0, 0]], np.array([0.75, 0.25]), about).tolist() == [1.5, 3.0, 0.75]


def test_a_category_has_the_shares_of_the_known_words() -> None:
    about = table(("number", "category", "category", "category", "category"), (2, 2))
    samples = [[1, 1, 0, 0, 0], [3, 0, 1, 0, 0], [5, 0, 0, 0, 1]]
    found = average(samples, np.array([0.2, 0.3, 0.5]), about)
    assert found == pytest.approx([3.6, 0.4, 0.6, 0, 1])
    # No sample knows the second category.
    assert average(samples[:2], HALVES, about) == pytest.approx([2, 0.5, 0.5, 0, 0])


@pytest.mark.parametrize(
    ("angles", "signed", "expected"),
    [((350, 20), False, 5), ((340, 10), False, 355), ((-170, 150), True, 170), ((90, 180), False, 135)],
)
def test_angles_have_the_mean_direction(angles: tuple[float, float], signed: bool, expected: float) -> None:
    about = table(("angle",), signed=signed)
    assert average([[angles[0]], [angles[1]]], HALVES, about) == pytest.approx([expected], abs=1e-3)


def test_opposite_directions_have_no_mean() -> None:
    about = table(("number", "angle"))
    found = average([[1, 0], [3, 180]], HALVES, about)
    assert found[0] == 2
    assert np.isnan(found[1])
    assert isinstance(distance_between(np.array([2, 10], np.float32), found, about), Absent)


def test_the_distance_of_angles_is_around_the_circle() -> None:
    about = table(("number", "angle"))
    found = distance_between(np.array([4, 358], np.float32), np.array([1, 2], np.float32), about)
    assert not isinstance(found, Absent)
    assert found.value == pytest.approx(5)


def test_pictures_are_measured_in_pixel_values_from_0_to_1() -> None:
    scale = Transform(np.zeros((), np.float32), np.full((), 255, np.float32))
    about = Description("pictures", "image", (1, 1, 2), scale, True, (0.0, 255.0))
    samples = np.array([[[[0, 255]]], [[[255, 255]]]], np.uint8)
    found = average(samples, HALVES, about)
    assert found.tolist() == [[[127.5, 255]]]
    length = distance_between(np.array([[[0, 255]]], np.float32), found, about)
    assert not isinstance(length, Absent)
    assert length.value == pytest.approx(0.5)
    assert length.unit == "L2 over pixel values from 0 to 1"


def test_words_have_no_average_and_texts_no_distance() -> None:
    identity = Transform(np.zeros((), np.float32), np.ones((), np.float32))
    words = Description(
        "w", "text", (2,), identity, False, (0.0, 1.0), feature_names=("a", "b"), sample_names=("a", "b")
    )
    found = average_of(np.eye(2), HALVES, words)
    assert isinstance(found, Absent)
    assert isinstance(distance_between(np.zeros(2, np.float32), found, words), Absent)
    texts = Description("t", "text", (2,), identity, False, (0.0, 1.0), feature_names=("a", "b"))
    shared = average(np.eye(2), HALVES, texts)
    assert shared.tolist() == [0.5, 0.5]
    assert isinstance(distance_between(shared, shared, texts), Absent)
