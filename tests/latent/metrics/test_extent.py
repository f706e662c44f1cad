"""Extent and anisotropy of codes, on constructions whose figures are known."""

import math

import numpy as np
import pytest
from scipy.stats import chi, ortho_group
from sklearn.decomposition import PCA

from explorer.latent.metrics.codes.extent import anisotropy, anisotropy_values, extent, extent_error
from explorer.latent.metrics.sample_values import error_over_samples
from explorer.latent.steps import Absent


def normal(deviations, count=20_000, seed=0):
    return (np.random.default_rng(seed).normal(size=(count, len(deviations))) * deviations).astype(np.float32)


@pytest.mark.parametrize("dimensions", [1, 2, 10])
def test_extent_of_a_standard_normal_is_the_quantile_of_chi(dimensions):
    assert extent(normal(np.ones(dimensions))) == pytest.approx(chi(dimensions).ppf(0.99), rel=0.02)


def test_extent_of_a_uniform_disc():
    rng = np.random.default_rng(1)
    radius, angle = np.sqrt(rng.random(50_000)), 2 * np.pi * rng.random(50_000)
    disc = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype(np.float32)
    assert extent(5 * disc + 100) == pytest.approx(5 * math.sqrt(0.99), rel=1e-3)
    assert anisotropy(disc) == pytest.approx(1, abs=0.02)


def test_anisotropy_is_the_ratio_of_deviations_in_any_direction():
    codes = normal([4, 2, 0.5])
    turned = (codes @ ortho_group.rvs(3, random_state=2) + 30).astype(np.float32)
    assert anisotropy(codes) == pytest.approx(8, rel=0.03)
    assert anisotropy(turned) == pytest.approx(anisotropy(codes), rel=1e-4)
    reference = PCA().fit(codes.astype(np.float64)).explained_variance_
    assert anisotropy(codes) == pytest.approx(math.sqrt(reference[0] / reference[-1]), rel=1e-9)


def test_scale_changes_the_extent_alone():
    codes = normal([3, 1])
    assert extent(4 * codes) == pytest.approx(4 * extent(codes), rel=1e-6)
    assert anisotropy(4 * codes) == pytest.approx(anisotropy(codes), rel=1e-6)


@pytest.mark.parametrize(
    ("codes", "why"),
    [
        (normal([1.0]), "one latent dimension"),
        (normal([1, 1, 0]), "along only 2 of 3 axes"),
        (normal([1, 1])[:, [0, 1, 0]] + 50, "along only 2 of 3 axes"),
        (normal([1] * 5, count=3), "along only 2 of 5 axes"),
        (np.zeros((9, 2), np.float32), "along only 0 of 2 axes"),
        (np.full((9, 2), 7, np.float32), "along only 0 of 2 axes"),
    ],
)
def test_without_a_last_axis_there_is_no_ratio(codes, why):
    found = anisotropy(codes)
    assert isinstance(found, Absent) and why in found.why
    assert extent(codes) >= 0


def error_of_anisotropy(codes):
    return error_over_samples(anisotropy_values(codes))


@pytest.mark.parametrize(
    ("figure", "error", "count"),
    [(extent, extent_error, 100), (extent, extent_error, 400), (anisotropy, error_of_anisotropy, 400)],
)
def test_errors_are_how_far_other_samples_are_off(figure, error, count):
    sets = [normal([3, 2, 1], count=count, seed=seed) for seed in range(300)]
    spread = np.std([figure(codes) for codes in sets], ddof=1)
    ratio = np.sqrt(np.mean(np.square([error(codes) for codes in sets]))) / spread
    assert 0.85 < ratio < 1.25


def test_the_error_of_the_extent_is_that_of_a_bootstrap():
    codes = normal([2, 1], count=200)
    lengths, rng = np.linalg.norm(codes - codes.mean(axis=0), axis=1), np.random.default_rng(0)
    resampled = [np.percentile(rng.choice(lengths, 200), 99) for _ in range(4000)]
    assert extent_error(codes) == pytest.approx(np.std(resampled), rel=0.1)
    assert extent_error(np.full((200, 2), 3, np.float32)) == 0


def test_values_of_the_anisotropy_have_it_as_their_mean():
    codes = normal([3, 2, 1], count=400)
    assert anisotropy_values(codes).mean() == pytest.approx(anisotropy(codes), rel=1e-6)


def test_three_codes_and_equal_ones():
    corners = np.array([[0, 0], [1, 0], [0, 1]], np.float32)
    assert anisotropy(corners) == pytest.approx(math.sqrt(3), rel=1e-6)
    assert extent(np.full((5, 3), 2, np.float32)) == 0
