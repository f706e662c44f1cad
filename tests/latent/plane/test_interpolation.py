import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from explorer.config import ConfigError
from explorer.data.dataset import Description
from explorer.data.transform import Transform
from explorer.latent.plane.interpolation import decoded_length, lerp, path, slerp

UNIT = Transform(np.float32(0), np.float32(1))
codes = arrays(np.float64, 4, elements=st.floats(-50, 50, allow_subnormal=False))


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
    np.testing.assert_allclose(slerp(a, scale * a, [0, 0.5, 1]), lerp(a, scale * a, [0, 0.5, 1]), atol=1e-12)


def test_slerp_of_opposite_codes_passes_around_the_origin():
    way = slerp([2.0, 0.0, 0.0], [-2.0, 0.0, 0.0], np.linspace(0, 1, 9))
    np.testing.assert_allclose(np.linalg.norm(way, axis=1), 2.0, atol=1e-12)
    np.testing.assert_allclose(way[[0, -1]], [[2, 0, 0], [-2, 0, 0]], atol=1e-12)
    steps = np.linalg.norm(np.diff(way, axis=0), axis=1)
    np.testing.assert_allclose(steps, steps[0], atol=1e-12)


def test_slerp_from_zero_is_linear():
    t = np.linspace(0, 1, 5)
    np.testing.assert_array_equal(slerp([0.0, 0.0], [1.0, 2.0], t), lerp([0.0, 0.0], [1.0, 2.0], t))
    np.testing.assert_array_equal(slerp([-1.0], [2.0], t), lerp([-1.0], [2.0], t))


@given(codes, codes)
def test_every_interpolation_is_finite_and_keeps_its_ends(a, b):
    for method in ("lerp", "slerp"):
        way = path(a, b, 7, method)
        assert way.shape == (7, 4) and np.isfinite(way).all()
        np.testing.assert_array_equal(way[0], a.astype(np.float32))
        np.testing.assert_array_equal(way[-1], b.astype(np.float32))
        np.testing.assert_allclose(way[[1, -2]], METHOD[method](a, b)[[1, -2]], atol=1e-4)


METHOD = {
    "lerp": lambda a, b: lerp(a, b, np.linspace(0, 1, 7)),
    "slerp": lambda a, b: slerp(a, b, np.linspace(0, 1, 7)),
}


def test_the_norm_changes_linearly_on_a_slerp():
    way = slerp([1.0, 0.0], [0.0, 3.0], np.linspace(0, 1, 5))
    np.testing.assert_allclose(np.linalg.norm(way, axis=1), [1, 1.5, 2, 2.5, 3])


def test_wrong_methods_and_counts_are_refused():
    with pytest.raises(ConfigError, match="lerp, slerp"):
        path([0, 0], [1, 1], 4, "spline")
    with pytest.raises(ConfigError, match="at least 2"):
        path([0, 0], [1, 1], 1)


def test_decoded_length_sums_distances_and_names_its_unit():
    pictures = np.zeros((3, 1, 2, 2), np.float32)
    pictures[1], pictures[2] = 2, 5
    picture = Description("p", "image", (1, 2, 2), UNIT, True, (0, 16))
    length = decoded_length(pictures, picture)
    assert length.value == pytest.approx((4 + 6) / 16)
    assert "pixel values from 0 to 1" in length.unit
    vector = Description("v", "vector", (4,), UNIT, False, (0, 1))
    assert "own units" in decoded_length(pictures.reshape(3, 4), vector).unit
