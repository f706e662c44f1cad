import numpy as np
import pytest
from sklearn.decomposition import PCA

from explorer.config import ConfigError
from explorer.latent.plane.projection import axes_projection, default_projection, fit_projection


@pytest.fixture
def codes():
    rng = np.random.default_rng(0)
    return (rng.normal(size=(200, 5)) @ rng.normal(size=(5, 5)) + 3).astype(np.float32)


def test_it_is_scikit_learns_pca(codes):
    ours, reference = fit_projection(codes), PCA(2).fit(codes.astype(np.float64))
    np.testing.assert_allclose(ours.explained_variance_ratio, reference.explained_variance_ratio_, rtol=1e-6)
    theirs = reference.transform(codes.astype(np.float64))
    signs = np.sign((ours.project(codes) * theirs).sum(0))
    np.testing.assert_allclose(ours.project(codes), theirs * signs, atol=1e-6)


def test_the_basis_is_fixed_and_its_sign_too(codes):
    basis = fit_projection(codes)
    again = fit_projection(codes[::-1])
    np.testing.assert_allclose(basis.components, again.components, atol=1e-9)
    assert (basis.components[np.arange(2), np.abs(basis.components).argmax(1)] > 0).all()


def test_replacing_the_shown_keeps_the_rest(codes):
    basis = fit_projection(codes)
    z = codes[0].astype(np.float64)
    moved = basis.replace_components(z, [1.5, -2.0])
    np.testing.assert_allclose(basis.point_of(moved), [1.5, -2.0])
    rest = np.eye(5) - basis.components.T @ basis.components
    np.testing.assert_allclose(rest @ moved, rest @ z, atol=1e-12)
    np.testing.assert_allclose(basis.unseen(moved), basis.unseen(z), atol=1e-12)


def test_what_a_plane_of_two_axes_hides_is_the_other_axes():
    basis = axes_projection(4, (1, 3))
    np.testing.assert_array_equal(basis.unseen([[3.0, 9.0, 4.0, 9.0]]), [[3.0, 0.0, 4.0, 0.0]])
    np.testing.assert_array_equal(basis.project([[1.0, 2.0, 3.0, 4.0]]), [[2.0, 4.0]])
    np.testing.assert_array_equal(basis.replace_components([1, 2, 3, 4], [7, 8]), [1, 7, 3, 8])
    assert basis.axis_names == ("z2", "z4")


def test_two_dimensions_are_never_reprojected():
    codes = np.random.default_rng(0).normal(size=(10, 2)).astype(np.float32)
    basis = default_projection(codes)
    np.testing.assert_array_equal(basis.project(codes), codes.astype(np.float64))
    np.testing.assert_array_equal(basis.replace_components(codes[0], [4.0, 5.0]), [4.0, 5.0])
    assert basis.is_whole and basis.explained_variance_ratio is None
    assert not basis.unseen(codes).any()


def test_one_dimension_has_strips_by_class():
    codes = np.linspace(-2, 2, 50, dtype=np.float32)[:, None]
    labels = np.arange(50) % 3
    basis = default_projection(codes)
    points = basis.project(codes, labels)
    np.testing.assert_allclose(points[:, 0], codes[:, 0])
    assert (np.abs(points[:, 1] - labels) <= 0.35).all()
    np.testing.assert_array_equal(points, basis.project(codes, labels))
    assert basis.replace_components([0.5], [1.25, 2.0]) == pytest.approx(1.25)
    assert basis.point_of([0.5]) == pytest.approx([0.5, 0.0])


def test_codes_without_variance_have_a_plane():
    basis = fit_projection(np.ones((6, 4), np.float32))
    assert basis.explained_variance_ratio == (0.0, 0.0)
    np.testing.assert_allclose(basis.components @ basis.components.T, np.eye(2), atol=1e-12)


@pytest.mark.parametrize("axes", [(0, 0), (0, 4), (-1, 2)])
def test_wrong_axes_are_refused(axes):
    with pytest.raises(ConfigError, match="choose two different"):
        axes_projection(4, axes)
