"""Gaussians of classes and posteriors on the plane, against scikit-learn and plain matrix products."""

import numpy as np
import pytest
from sklearn.covariance import EmpiricalCovariance

from explorer.latent.density.class_gaussians import ClassGaussian, class_gaussians
from explorer.latent.plane.ellipses import ellipses, plane_covariances, roots
from explorer.latent.plane.projection import fit_projection
from explorer.latent.steps import Absent

RNG = np.random.default_rng(8)


def test_class_gaussians_are_scikit_learns_maximum_likelihood():
    groups = RNG.integers(-1, 4, 900)
    codes = (RNG.normal(size=(900, 5)) @ RNG.normal(size=(5, 5)) + groups[:, None]).astype(np.float32)
    for group, found in enumerate(class_gaussians(codes, groups, 4)):
        wanted = EmpiricalCovariance().fit(codes[groups == group].astype(np.float64))
        assert isinstance(found, ClassGaussian)
        assert (found.group, found.count) == (group, (groups == group).sum())
        np.testing.assert_allclose(found.mean, wanted.location_, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(found.covariance, wanted.covariance_, rtol=1e-9, atol=1e-12)
        assert not found.is_singular


def test_a_fit_on_the_plane_is_the_planes_view_of_the_fit():
    codes = RNG.normal(size=(300, 6)).astype(np.float32) * np.arange(1, 7, dtype=np.float32)
    plane = fit_projection(codes)
    groups = np.arange(300) % 3
    for whole, seen in zip(class_gaussians(codes, groups, 3), class_gaussians(plane.project(codes), groups, 3),
                           strict=True):  # fmt: skip
        np.testing.assert_allclose(seen.mean, plane.project(whole.mean[None])[0], atol=1e-9)
        np.testing.assert_allclose(seen.covariance, plane.components @ whole.covariance @ plane.components.T, atol=1e-9)


def test_degenerate_classes():
    line = np.column_stack([np.linspace(0, 1, 20)] * 2)
    codes = np.vstack([RNG.normal(size=(2, 2)), line, np.ones((5, 2)), [[np.nan, 0.0]] * 4])
    groups = np.repeat([0, 1, 2, 3], [2, 20, 5, 4])
    few, on_a_line, one_place, unseen, none = class_gaussians(codes.astype(np.float32), groups, 5)
    assert isinstance(few, Absent) and few.why == "2 codes: a Gaussian needs at least 3"
    assert on_a_line.is_singular and on_a_line.rank == 1
    assert one_place.is_singular and one_place.rank == 0
    assert isinstance(unseen, Absent) and isinstance(none, Absent)


@pytest.mark.parametrize("full", [False, True])
def test_posteriors_are_seen_through_the_projection(full):
    codes = RNG.normal(size=(50, 4)).astype(np.float32)
    log_variance = RNG.normal(size=(50, 4)).astype(np.float32)
    scale = np.tril(RNG.normal(size=(50, 4, 4))).astype(np.float32)
    plane = fit_projection(codes)
    found = plane_covariances(plane, log_variance, scale if full else None)
    for row in (0, 17, 49):
        own = scale[row] @ scale[row].T if full else np.diag(np.exp(log_variance[row]))
        np.testing.assert_allclose(found[row], plane.components @ own @ plane.components.T, rtol=1e-5, atol=1e-6)


def test_roots_of_covariances_also_of_singular_ones():
    some = RNG.normal(size=(30, 2, 2))
    covariances = some @ some.transpose(0, 2, 1)
    covariances[:3] = [[[0, 0], [0, 4]], [[1, 1], [1, 1]], [[0, 0], [0, 0]]]
    found = roots(covariances)
    np.testing.assert_allclose(found @ found.transpose(0, 2, 1), covariances, atol=1e-12)
    np.testing.assert_allclose(found[5], np.linalg.cholesky(covariances[5]), atol=1e-12)


def test_ellipses_are_at_their_sigma():
    some = RNG.normal(size=(6, 2, 2))
    covariances, centres = some @ some.transpose(0, 2, 1), RNG.normal(size=(6, 2))
    offsets = ellipses(centres, covariances, 2, 0.3) - centres[:, None]
    lengths = np.einsum("nki,nij,nkj->nk", offsets, np.linalg.inv(covariances), offsets)
    np.testing.assert_allclose(lengths, 4, rtol=1e-9)
    bars = ellipses(centres, np.full((6, 1, 1), 0.25), 2, 0.3) - centres[:, None]
    np.testing.assert_allclose(np.abs(bars), np.broadcast_to([1.0, 0.3], bars.shape), rtol=1e-9)
