"""Class hulls: around all codes of a class, with their area."""

from dataclasses import replace

import numpy as np
import pytest
from plane_cases import codes_of
from scene_cases import question_of, results_of, scene_of, small

from explorer.jobs.overlays.grouping import Grouping
from explorer.jobs.overlays.samples.class_hulls import CLASS_HULLS, FindClassHulls, hull
from explorer.jobs.plane.projected_codes import project_codes
from explorer.latent.steps import at_once
from explorer.session import View

RNG = np.random.default_rng(7)
SQUARE = np.array([(0.0, 0.0), (2.0, 0.0), (2.0, 3.0), (0.0, 3.0)])


def test_the_hull_of_a_rectangle_is_the_rectangle():
    path, area = hull(np.vstack([SQUARE, RNG.uniform(0.1, 1.9, (50, 2))]))
    assert area == pytest.approx(6.0)
    assert {tuple(corner) for corner in path.tolist()} == {tuple(corner) for corner in SQUARE.tolist()}
    assert (path[0] == path[-1]).all() and len(path) == 5


@pytest.mark.parametrize("count", [1, 2, 40])
def test_codes_on_a_line_have_a_line_and_no_area(count):
    points = np.linspace(0, 1, count)[:, None] * (3.0, 4.0) + (1.0, 1.0)
    path, area = hull(RNG.permutation(points))
    assert area == 0 and len(path) == 2
    assert sorted(path.tolist()) == [points[0].tolist(), points[-1].tolist()]


def test_equal_codes_have_a_point():
    path, area = hull(np.full((9, 2), 0.1))
    assert area == 0 and path.tolist() == [[0.1, 0.1]] * 2


def test_no_code_of_a_class_lies_outside_its_hull():
    loaded = small()
    labels = np.arange(90) % 3
    scene = replace(scene_of(loaded), projected=project_codes(codes_of(RNG.normal(size=(90, 2)), labels)))
    result = results_of(CLASS_HULLS, scene, loaded)[-1]
    assert [part.group for part in result.parts] == [0, 1, 2] and all(part.count == 3 for part in result.parts)
    for part, area, count in zip(result.parts, result.numbers["areas"], result.numbers["counts"], strict=True):
        points, (path,) = scene.projected.points[labels == part.group], part.paths
        edges, offsets = np.diff(path, axis=0), points[:, None] - path[None, :-1]
        left = edges[:, 0] * offsets[..., 1] - edges[:, 1] * offsets[..., 0]  # of each edge, counter-clockwise
        assert (left >= -1e-9).all() and len(points) == count
        x, y = path.T
        assert area == pytest.approx(0.5 * (x[:-1] * y[1:] - x[1:] * y[:-1]).sum())
    assert "around all codes of each class; area from" in result.words


def test_hidden_classes_and_lost_codes_are_left_out():
    mean = RNG.normal(size=(30, 2))
    mean[:3] = np.nan
    projected = project_codes(codes_of(mean, np.arange(30) % 3))
    found = at_once(FindClassHulls("r", projected, Grouping("label", frozenset({1}))).compute(small()))
    assert [part.group for part in found.parts] == [0, 2] and found.numbers["counts"].tolist() == [9, 9]


def test_one_dimension_has_an_interval_in_the_strip_of_each_class():
    loaded = small(1)
    scene = scene_of(loaded)
    result = results_of(CLASS_HULLS, scene, loaded)[-1]
    z = scene.projected.points[:, 0]
    for part, length in zip(result.parts, result.numbers["lengths"], strict=True):
        own = z[scene.projected.codes.labels == part.group]
        (path,) = part.paths
        assert (path[:, 0].min(), path[:, 0].max()) == (own.min(), own.max())
        assert length == pytest.approx(np.ptp(own))
        assert np.abs(path[:, 1] - part.group).max() < 0.5
    strips = replace(scene, view=View(colour_by="column:kind"))
    assert question_of(CLASS_HULLS, strips).grouping == Grouping()
