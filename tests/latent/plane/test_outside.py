"""What lies outside the visible part of a plane is counted, and what is partly visible is not."""

import numpy as np
import pytest

from explorer.latent.plane.box import Box
from explorer.latent.plane.ellipses import FINE_CORNERS, ellipses
from explorer.latent.plane.overlay_parts import POINTS, Labels, Lines, Outside, Shading, outside_parts, outside_points

BOX = Box(-1, 1, -1, 1)
RINGS = ("ring", "rings")


def ring(radius: float, x: float = 0.0) -> np.ndarray:
    circle = ellipses(np.zeros((1, 2)), np.eye(2)[None], 1.0, 0.0, FINE_CORNERS)[0]
    return np.array([x, 0.0]) + radius * circle


def test_points_are_counted_in_full_with_the_box_around_those_outside() -> None:
    points = np.array([[0, 0], [2, 3], [-5, 0], [np.nan, 9]])
    found = outside_points(points, BOX, POINTS)
    assert found == Outside(POINTS, 2, 3, Box(-5, 2, 0, 3))
    assert found.forms == ("2 of 3 points outside", "2 of 3 outside", "2 outside")
    assert outside_points(points[:1], BOX, POINTS) is None


@pytest.mark.parametrize(("radius", "count"), [(0.5, 0), (1.2, 0), (1.5, 1), (9.0, 1)])
def test_a_ring_around_the_view_is_outside_unless_a_part_of_it_is_visible(radius: float, count: int) -> None:
    found = outside_parts((Lines((ring(radius),)),), BOX, RINGS)
    assert (found.count if found else 0) == count


def test_a_line_across_the_view_is_visible_without_a_vertex_in_it() -> None:
    across, beside = np.array([[-9.0, 0], [9, 0]]), np.array([[-3.0, 0], [0, 3.1]])
    found = outside_parts((Lines((across, beside)),), BOX, ("line", "lines"))
    assert found is not None and (found.count, found.total) == (1, 2)
    assert found.forms == ("1 of 2 lines outside", "1 line outside")


def test_a_filled_hull_around_the_view_is_visible() -> None:
    assert outside_parts((Lines((ring(9.0),), filled=0.1),), BOX, ("hull", "hulls")) is None
    assert outside_parts((Lines((ring(1.0, x=5.0),), filled=0.1),), BOX, ("hull", "hulls")) is not None


def test_names_are_counted_and_shadings_are_not() -> None:
    names = Labels(np.array([[0.0, 0], [4, 4]]), ("a", "b"))
    shading = Shading(Box(5, 6, 5, 6), np.ones((2, 2)), (0, 1))
    found = outside_parts((names, shading), BOX, ("class name", "class names"))
    assert found is not None and (found.count, found.total, found.box) == (1, 2, Box(4, 4, 4, 4))
