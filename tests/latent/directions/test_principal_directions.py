"""Principal directions of all codes and of those near one code: against scikit-learn and on a known surface."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from explorer.latent.directions.principal_directions import (
    MAX_DIRECTIONS,
    PrincipalDirections,
    local_directions,
    mostly,
    principal_directions,
)
from explorer.latent.plane.projection import fit_projection
from explorer.latent.steps import Absent, at_once


def codes_of(count: int, latent_dim: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mixed = rng.standard_normal((count, latent_dim)) * np.geomspace(3, 0.2, latent_dim)
    turn, _ = np.linalg.qr(rng.standard_normal((latent_dim, latent_dim)))
    return (mixed @ turn + 5).astype(np.float32)


def defined(found: PrincipalDirections | Absent) -> PrincipalDirections:
    assert isinstance(found, PrincipalDirections)
    return found


@pytest.mark.parametrize(("count", "latent_dim"), [(3000, 10), (500, 1), (40, 90), (700, 300), (2, 3)])
def test_they_are_those_of_scikit_learn(count: int, latent_dim: int) -> None:
    codes = codes_of(count, latent_dim)
    found = defined(at_once(principal_directions(codes)))
    kept = min(len(found.vectors), 5)
    known = PCA(kept, svd_solver="full").fit(codes.astype(np.float64))
    assert np.allclose(np.abs((found.vectors[:kept] * known.components_).sum(axis=1)), 1, atol=1e-5)
    assert np.allclose(found.deviations[:kept], np.sqrt(known.explained_variance_), rtol=1e-5)
    assert np.allclose(found.shares[:kept], known.explained_variance_ratio_, rtol=1e-5)
    assert len(found.vectors) == min(latent_dim, count - 1, MAX_DIRECTIONS)
    assert (found.vectors[np.arange(kept), np.abs(found.vectors[:kept]).argmax(axis=1)] > 0).all()


def test_the_first_two_are_the_axes_of_the_plane() -> None:
    codes = codes_of(2000, 6)
    codes[3] = -9999  # far out, and left out by both
    found, plane = defined(at_once(principal_directions(codes))), fit_projection(codes)
    assert np.allclose(found.vectors[:2], plane.components)
    assert np.allclose(found.shares[:2], plane.explained_variance_ratio)


def test_local_ones_follow_a_curved_surface() -> None:
    """On the paraboloid z₃ = z₁² + z₂² the tangents at a point are (1, 0, 2 z₁) and (0, 1, 2 z₂)."""
    flat = np.random.default_rng(0).uniform(-1, 1, (20_000, 2))
    codes = np.column_stack([flat, (flat**2).sum(axis=1)]).astype(np.float32)
    for x, y in ((0.0, 0.0), (0.5, 0.0), (-0.4, 0.5)):
        tangents = np.array([[1, 0, 2 * x], [0, 1, 2 * y]])
        normal = np.cross(*tangents) / np.linalg.norm(np.cross(*tangents))
        found = defined(at_once(local_directions(codes, (x, y, x * x + y * y))))
        assert len(found.rows) == 200
        assert np.abs(found.vectors[:2] @ normal).max() < np.sin(np.deg2rad(3))
        assert found.shares[:2].sum() > 0.99
    # Those of all codes are other ones: the surface as a whole is no plane.
    assert defined(at_once(principal_directions(codes))).shares[:2].sum() < 0.9


def test_the_nearest_codes_are_the_nearest() -> None:
    codes = codes_of(900, 4)
    codes[7] = np.nan
    found = defined(at_once(local_directions(codes, codes[3], 50)))
    distances = np.linalg.norm(codes.astype(float) - codes[3], axis=1)
    assert set(found.rows) == set(np.argsort(distances)[:50])


@pytest.mark.parametrize(
    "codes", [np.zeros((0, 3)), np.zeros((1, 3)), np.ones((30, 3)), np.full((30, 3), np.nan)], ids=str
)
def test_too_few_or_equal_codes_have_none(codes: np.ndarray) -> None:
    given = codes.astype(np.float32)
    for found in (at_once(principal_directions(given)), at_once(local_directions(given, (0, 0, 0)))):
        assert isinstance(found, Absent) and found.why


@pytest.mark.parametrize(
    ("vector", "words"),
    [
        ((1, 0, 0, 0), "mostly z₁"),
        ((0.8, -0.6, 0, 0), "mostly z₁ and −z₂"),
        ((0.1, 0.5, 0.7, 0.1), "mostly z₃ and z₂"),
        ((0.5, 0.5, 0.5, 0.5), "mostly z₁ and z₂"),
        ((0.4,) * 6, "mostly z₁, z₂ and z₃"),
        ((0.3,) * 11, "z₁, z₂, z₃ and others"),
    ],
)
def test_the_largest_coordinates_name_a_direction(vector: tuple[float, ...], words: str) -> None:
    assert mostly(np.array(vector, float)) == words
