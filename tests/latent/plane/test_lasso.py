import numpy as np
import pytest

from explorer.latent.plane.lasso import inside_lasso

SQUARE = [(0, 0), (4, 0), (4, 4), (0, 4)]
STAR = [(np.cos(a), np.sin(a)) for a in np.linspace(0, 4 * np.pi, 5, endpoint=False)]
"""A pentagram: its line encircles its middle twice."""


def crossings(point: np.ndarray, corners: np.ndarray) -> bool:
    """Count crossings of a ray edge by edge, as an independent reference."""
    inside = False
    for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if (y1 > point[1]) != (y2 > point[1]) and point[0] < x1 + (point[1] - y1) / (y2 - y1) * (x2 - x1):
            inside = not inside
    return inside


@pytest.mark.parametrize(
    ("point", "corners", "expected"),
    [
        ((1, 1), SQUARE, True),
        ((5, 1), SQUARE, False),
        ((1, 1), SQUARE[::-1], True),
        ((np.nan, 1), SQUARE, False),
        ((np.inf, 1), SQUARE, False),
        ((0, 0), STAR, False),
        ((0.6, 0), STAR, True),
        ((1, 1), SQUARE[:2], False),
        ((1, 1), [], False),
        ((0, 0), [(0, 0)] * 4, False),
    ],
)
def test_a_point_is_inside_by_the_even_odd_rule(point, corners, expected) -> None:
    assert inside_lasso(np.array([point], float), corners).tolist() == [expected]


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_a_line_drawn_by_hand_agrees_with_counted_crossings(scale: float) -> None:
    rng = np.random.default_rng(0)
    points, corners = scale * rng.standard_normal((500, 2)), scale * np.cumsum(rng.standard_normal((40, 2)), axis=0)
    # Corners at the heights of points are the hard case.
    corners[::5, 1] = points[:8, 1]
    expected = [crossings(point, corners) for point in points]
    assert inside_lasso(points, corners).tolist() == expected and any(expected)
