"""Codes on a plane: how far they are from the slice that the plane shows."""

import numpy as np

from explorer.jobs.plane.projected_codes import project_codes, slice_emphasis
from explorer.jobs.runs.plane_codes import codes_of_draws
from explorer.latent.codes.draws import PriorDraws

CODES = np.random.default_rng(0).normal(size=(50, 5)).astype(np.float32)


def test_the_distance_from_the_slice_is_along_the_axes_that_the_plane_hides() -> None:
    projected = project_codes(codes_of_draws(PriorDraws(CODES), 0), (1, 3))
    z = np.array([0.5, 9.0, -1.0, 9.0, 2.0])
    expected = np.linalg.norm((CODES - z)[:, [0, 2, 4]], axis=1)
    np.testing.assert_allclose(projected.distance_from_slice(z), expected, rtol=1e-5)


def test_points_near_the_slice_are_emphasized() -> None:
    projected = project_codes(codes_of_draws(PriorDraws(CODES), 0))
    weights = slice_emphasis(projected, CODES[7])
    assert weights is not None
    assert weights[7] == weights.max() and 0.99 < weights[7] <= 1 and weights.min() >= 0.12
    assert slice_emphasis(project_codes(codes_of_draws(PriorDraws(CODES[:, :2]), 0)), CODES[7, :2]) is None
