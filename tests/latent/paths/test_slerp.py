import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from explorer.latent.paths.curves import slerp

T = np.array([0.0, 0.5, 1.0])
codes = arrays(np.float64, 4, elements=st.floats(-50, 50, allow_subnormal=False))


def linear(a, b, t):
    """Return points on the straight line."""
    return (1 - t)[:, None] * np.asarray(a) + t[:, None] * np.asarray(b)


def closed_form(a, b, t):
    """Shoemake 1985, for unit vectors."""
    angle = np.arccos(a @ b)
    return (np.sin((1 - t) * angle)[:, None] * a + np.sin(t * angle)[:, None] * b) / np.sin(angle)


def test_slerp_is_the_closed_form_on_the_sphere():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 5))
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    t = np.linspace(0, 1, 11)
    np.testing.assert_allclose(slerp(a, b, t), closed_form(a, b, t), atol=1e-12)
    np.testing.assert_allclose(slerp(3 * a, 3 * b, t), 3 * closed_form(a, b, t), atol=1e-12)


def test_slerp_of_nearly_equal_directions_keeps_its_digits():
    a, b = np.array([1.0, 0.0]), np.array([1.0, 1e-9])
    np.testing.assert_allclose(slerp(a, b, 0.5), [1.0, 5e-10], rtol=1e-6)


@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_slerp_of_parallel_codes_is_linear(scale):
    a = np.array([1.0, 2.0, -1.0])
    np.testing.assert_allclose(slerp(a, scale * a, T), linear(a, scale * a, T), atol=1e-12)


def test_slerp_of_opposite_codes_passes_around_the_origin():
    way = slerp([2.0, 0.0, 0.0], [-2.0, 0.0, 0.0], np.linspace(0, 1, 9))
    np.testing.assert_allclose(np.linalg.norm(way, axis=1), 2.0, atol=1e-12)
    np.testing.assert_allclose(way[[0, -1]], [[2, 0, 0], [-2, 0, 0]], atol=1e-12)
    steps = np.linalg.norm(np.diff(way, axis=0), axis=1)
    np.testing.assert_allclose(steps, steps[0], atol=1e-12)


def test_slerp_from_zero_is_linear():
    t = np.linspace(0, 1, 5)
    np.testing.assert_array_equal(slerp([0.0, 0.0], [1.0, 2.0], t), linear([0.0, 0.0], [1.0, 2.0], t))
    np.testing.assert_array_equal(slerp([-1.0], [2.0], t), linear([-1.0], [2.0], t))


@given(codes, codes)
def test_slerp_is_finite_and_keeps_its_ends(a, b):
    way = slerp(a, b, np.linspace(0, 1, 7))
    assert way.shape == (7, 4) and np.isfinite(way).all()
    np.testing.assert_allclose(way[[0, -1]], [a, b], atol=1e-12)


def test_the_norm_changes_linearly_on_a_slerp():
    way = slerp([1.0, 0.0], [0.0, 3.0], np.linspace(0, 1, 5))
    np.testing.assert_allclose(np.linalg.norm(way, axis=1), [1, 1.5, 2, 2.5, 3])
