"""What is shown of a run before the first click: typical test samples, whatever the codes are like."""

import numpy as np
import pytest
from numpy.typing import ArrayLike

from explorer.jobs.plane.first_look import FirstLook, first_look
from explorer.jobs.runs.plane_codes import PlaneCodes
from tests.cases.plane_cases import codes_of


def look_at(plane: PlaneCodes) -> FirstLook | None:
    return first_look("run", plane)


def clusters(centres: ArrayLike, members: int = 9) -> tuple[np.ndarray, np.ndarray]:
    """Return codes in a cross around each centre, whose first member is the centre itself; and their classes."""
    centres = np.asarray(centres, float)
    steps = np.linspace(-0.4, 0.4, members - 1)
    offsets = np.zeros((members, centres.shape[1]))
    offsets[1:, 0] = steps
    return (centres[:, None] + offsets).reshape(-1, centres.shape[1]), np.repeat(np.arange(len(centres)), members)


def test_the_path_joins_the_classes_farthest_apart_and_the_sample_is_of_the_class_farthest_from_it() -> None:
    codes, labels = clusters([(0, 0), (10, 0), (5, 1), (5, -4)])
    look = look_at(codes_of(codes, labels))
    assert look is not None and look.path is not None and look.path.is_whole
    assert {labels[look.path.waypoints[0].sample or 0], labels[look.path.waypoints[-1].sample or 0]} == {0, 1}
    assert look.probe.sample is not None and labels[look.probe.sample] == 3
    assert look.probe.z == pytest.approx((5, -4)), "the code nearest to the median of its class"


def test_test_samples_are_preferred() -> None:
    codes, labels = clusters([(0, 0), (10, 0), (5, 4)])
    split = np.where(np.arange(len(codes)) % 9 == 4, "test", "train")
    look = look_at(codes_of(codes, labels, split=split))
    assert look is not None and look.path is not None and look.path.is_whole
    assert all(
        split[end or 0] == "test"
        for end in (look.probe.sample, look.path.waypoints[0].sample, look.path.waypoints[-1].sample)
    )


def test_of_two_classes_the_sample_in_the_middle_is_followed() -> None:
    codes, labels = clusters([(0, 0), (10, 0)])
    look = look_at(codes_of(np.vstack([codes, (5.0, 0.0)]), np.append(labels, 1)))
    assert look is not None and look.path is not None and look.probe.z == (5.0, 0.0)


@pytest.mark.parametrize("latent_dim", [1, 2, 5])
@pytest.mark.parametrize("labels", [None, np.zeros(200, np.int64), np.full(200, -1)])
def test_without_classes_the_path_follows_the_largest_spread(latent_dim: int, labels: np.ndarray | None) -> None:
    codes = np.random.default_rng(0).normal(size=(200, latent_dim)) * ([5.0] + [1.0] * (latent_dim - 1))
    look = look_at(codes_of(codes, labels))
    assert look is not None and look.path is not None and look.path.is_whole
    assert abs(look.path.waypoints[0].z[0] - look.path.waypoints[-1].z[0]) > 10
    assert look.probe.sample not in (look.path.waypoints[0].sample, look.path.waypoints[-1].sample)


def test_few_equal_or_broken_codes() -> None:
    alone = look_at(codes_of([(1.0, 2.0)]))
    assert alone is not None and alone.probe.z == (1.0, 2.0) and alone.path is None
    equal = look_at(codes_of(np.ones((6, 2)), np.arange(6) % 2))
    assert equal is not None and equal.path is None, "two equal ends make no path"
    broken = look_at(codes_of([(np.nan, 0.0), (1.0, 2.0)]))
    assert broken is not None and broken.probe.sample == 1
    assert look_at(codes_of([(np.nan, 0.0)])) is None


def test_draws_of_a_prior_are_points_without_a_sample() -> None:
    codes, labels = clusters([(0, 0), (10, 0), (5, 4)])
    look = look_at(codes_of(codes, labels, drawn=True, index=np.arange(-len(codes), 0)))
    assert look is not None and look.probe.sample is None and look.path is not None
