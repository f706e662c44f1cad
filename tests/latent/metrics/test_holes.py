"""Holes of the hull and of the prior, on constructions whose figures are known."""

import math

import numpy as np
import pytest
import torch
from scipy.spatial import ConvexHull, Delaunay, cKDTree
from scipy.stats import ortho_group
from sklearn.decomposition import PCA

from explorer.config import MODEL_CONFIGS, DataConfig
from explorer.data import catalog
from explorer.latent.evaluation.evaluate import evaluate
from explorer.latent.metrics.codes.holes import (
    HOLE_CODES,
    MIN_CODES,
    POINTS,
    SEED,
    _points_in_hull,
    _share_far,
    hull_holes,
    prior_holes,
)
from explorer.latent.steps import Absent, at_once
from explorer.models import catalog as models
from explorer.models.priors import StandardNormal

RNG = np.random.default_rng


def ring(inner, count=2000, seed=0):
    """Uniform between two radii, the outer of which is 1."""
    rng = RNG(seed)
    radius, angle = np.sqrt(rng.uniform(inner**2, 1, count)), rng.uniform(0, 2 * np.pi, count)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype(np.float32)


def lattice(side=40):
    axis = np.arange(side, dtype=np.float32)
    return np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)


def share_of(codes):
    """Return the share of the area of the hull that is far from all codes, of one set."""
    return at_once(_share_far(codes, _points_in_hull(codes.astype(np.float64), RNG(0))))


def near_of(codes):
    return np.percentile(cKDTree(codes).query(codes, k=2)[0][:, 1], 95)


def test_a_lattice_has_no_hole():
    """No point of a square of side 1 is farther than √½ from its nearest corner: all is near at a distance of 1."""
    assert share_of(lattice()) == 0


def test_what_is_cut_out_of_a_lattice_is_a_hole():
    codes = lattice(41)
    radius = np.linalg.norm(codes - 20, axis=1)
    found = share_of(codes[radius > 10])
    grid = np.stack(np.meshgrid(*[np.linspace(0, 40, 1201)] * 2), axis=-1).reshape(-1, 2)
    exact = (cKDTree(codes[radius > 10]).query(grid)[0] > 1).mean()
    assert math.pi * 9**2 / 1600 < exact < math.pi * 10**2 / 1600
    assert found == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / POINTS))


def test_a_ring_has_the_hole_in_its_middle():
    codes = ring(0.7)
    full, near = hull_holes(codes), near_of(codes[:1000])
    hull = ConvexHull(codes).volume
    assert full.value > math.pi * (0.7 - 2 * near) ** 2 / hull
    disc = hull_holes(ring(0.0, seed=1))
    hole = math.pi * (0.7 - near) ** 2 / hull
    assert full.value - hole == pytest.approx(disc.value * (1 - hole), abs=0.05)


def test_a_uniform_square_has_few():
    """Of a Poisson process, exp(−π·λ·r²) of all points have no sample within r: a twentieth where 95 % do."""
    square = RNG(3).random((2000, 2)).astype(np.float32)
    assert hull_holes(square).value == pytest.approx(0.05, abs=0.015)


@pytest.mark.parametrize("codes", [RNG(5).standard_t(3, (500, 2)), RNG(5).standard_t(3, (500, 6))])
def test_it_agrees_with_a_grid_over_a_triangulation(codes):
    """In more than two dimensions, each half has its own principal components."""
    codes, shares = codes.astype(np.float32), []
    for rows in RNG(SEED).permutation(500).reshape(2, 250):
        half = codes[rows] if codes.shape[1] == 2 else PCA(2).fit_transform(codes[rows].astype(np.float64))
        axes = [np.linspace(half[:, axis].min(), half[:, axis].max(), 1500) for axis in range(2)]
        grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
        inside = grid[Delaunay(half).find_simplex(grid) >= 0]
        shares.append((cKDTree(half).query(inside)[0] > near_of(half)).mean())
    # The first half is exact up to its points; the division of the second follows from the same generator.
    assert hull_holes(codes).value == pytest.approx(np.mean(shares), abs=4 * 0.5 / math.sqrt(2 * POINTS))


def test_rotation_and_scale_do_not_change_the_figure():
    codes = RNG(6).normal(size=(400, 2)) * [3, 1]
    found = hull_holes(codes.astype(np.float32))
    turned = hull_holes((25 * codes @ ortho_group.rvs(2, random_state=0) + 9).astype(np.float32))
    assert turned.value == pytest.approx(found.value, abs=4 * math.hypot(found.error, turned.error))


def test_more_dimensions_are_seen_on_their_first_two_components():
    flat = ring(0.6, count=800) * [2, 1]
    wide = np.concatenate([flat, 1e-4 * RNG(0).normal(size=(800, 3))], axis=1) @ ortho_group.rvs(5, random_state=4)
    found, expected = hull_holes(wide.astype(np.float32)), hull_holes(flat.astype(np.float32))
    assert found.value == pytest.approx(expected.value, abs=0.01)


def test_of_many_codes_disjoint_sets_are_taken():
    codes = RNG(7).standard_t(4, (6000, 2)).astype(np.float32)
    shares = []
    for seed in range(100, 110):
        chosen = codes[RNG(seed).choice(6000, HOLE_CODES, replace=False)].astype(np.float64)
        low, high = chosen.min(0), chosen.max(0)
        points = RNG(seed).uniform(low, high, (20_000, 2))
        inside = points[Delaunay(chosen).find_simplex(points) >= 0]
        shares.append((cKDTree(chosen).query(inside)[0] > near_of(chosen)).mean())
    found, spread = hull_holes(codes), np.std(shares, ddof=1)
    assert len(found.values) == 2 * 8  # two contrasts of three sets in each of eight divisions
    assert found.error == pytest.approx(spread / math.sqrt(3), rel=0.8)
    assert found.value == pytest.approx(np.mean(shares), abs=4 * spread * math.sqrt(1 / 3 + 1 / 10))
    again = hull_holes(codes)
    assert found.value == again.value and np.array_equal(found.values, again.values)


def test_the_error_is_how_far_other_samples_are_off(monkeypatch):
    monkeypatch.setattr("explorer.latent.metrics.codes.holes.POINTS", 500)
    monkeypatch.setattr("explorer.latent.metrics.codes.holes.FREEDOM", 6)
    rng = RNG(4)
    sets = [(rng.normal(size=(150, 2)) + 2 * rng.integers(0, 3, (150, 2))).astype(np.float32) for _ in range(40)]
    for found in (
        [hull_holes(codes, seed) for seed, codes in enumerate(sets)],
        [prior_holes(codes, StandardNormal(2), seed) for seed, codes in enumerate(sets)],
    ):
        spread = np.std([share.value for share in found], ddof=1)
        assert np.sqrt(np.mean([share.error**2 for share in found])) == pytest.approx(spread, rel=0.35)


def test_where_half_of_the_codes_lie_on_a_line_it_says_so():
    codes = np.stack([np.arange(50), np.zeros(50)], axis=1).astype(np.float32)
    codes[7, 1] = 3
    assert "half of the codes lie on one line" in hull_holes(codes).why


def test_the_prior_has_holes_where_no_code_is():
    rng, prior = RNG(8), StandardNormal(2)
    match = prior_holes(rng.normal(size=(2000, 2)).astype(np.float32), prior)
    assert match.value == pytest.approx(0.05, abs=0.02)
    half = rng.normal(size=(4000, 2))
    half = half[half[:, 0] > 0][:2000]
    assert prior_holes(half.astype(np.float32), prior).value == pytest.approx(0.5, abs=0.06)
    far = prior_holes((rng.normal(size=(2000, 2)) + 100).astype(np.float32), prior)
    assert far.value == 1 and far.error == 0


@pytest.mark.parametrize("dimensions", [1, 3, 20])
def test_the_share_of_the_prior_is_estimated_from_its_draws(dimensions):
    codes = (0.7 * RNG(9).normal(size=(600, dimensions))).astype(np.float32)
    generator, shares = torch.Generator().manual_seed(5), []
    for half in codes.astype(np.float64)[RNG(5).permutation(600)].reshape(2, 300, dimensions):
        draws = torch.randn(POINTS, dimensions, generator=generator).double().numpy()
        shares.append((cKDTree(half).query(draws)[0] > near_of(half)).mean())
    assert prior_holes(codes, StandardNormal(dimensions), seed=5).value == pytest.approx(np.mean(shares), abs=1e-3)


@pytest.mark.parametrize(
    ("codes", "why"),
    [
        (np.zeros((3, 2), np.float32), "3 codes are too few"),
        (RNG(0).normal(size=(MIN_CODES - 1, 2)).astype(np.float32), "39 codes are too few"),
        (RNG(0).normal(size=(100, 1)).astype(np.float32), "no area"),
        (np.outer(np.arange(50), [1, 2]).astype(np.float32), "one line"),
        (np.outer(np.arange(50), [1, 2, 3]).astype(np.float32), "one line"),
        (np.full((50, 2), 3, np.float32), "one line"),
        (np.repeat(RNG(0).normal(size=(50, 2)), 2, axis=0).astype(np.float32), "coincide"),
        (np.repeat(RNG(0).normal(size=(50, 20)) + 40, 4, axis=0).astype(np.float32), "coincide"),
    ],
)
def test_codes_without_an_area_or_a_distance_report_it(codes, why):
    found = hull_holes(codes)
    assert isinstance(found, Absent) and why in found.why
    of_prior = prior_holes(codes, StandardNormal(codes.shape[1]))
    assert isinstance(of_prior, Absent) == (why not in ("no area", "one line") or not np.ptp(codes))


NAMES = ("hull_holes", "hull_holes_error", "prior_holes", "prior_holes_error")


def built(name, digits, **settings):
    config = models.resolve(MODEL_CONFIGS[name](hidden_widths=(8,), **settings), digits.description)
    return models.build(config, digits.description, torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def digits():
    return catalog.load(DataConfig())


def test_an_evaluation_counts_them_and_says_among_how_many_codes(digits):
    figures = evaluate(built("vae", digits, latent_dim=3), digits)
    assert all(0 <= getattr(figures, name) <= 1 for name in NAMES)
    assert figures.hole_codes == len(digits.splits.test) // 2 == 90


def test_without_a_prior_or_a_plane_they_say_why(digits):
    figures = evaluate(built("ae", digits), digits)
    assert figures.hull_holes > 0 and figures.prior_holes is None
    assert figures.not_defined["prior_holes"] == figures.not_defined["prior_holes_error"] == "the model has no prior"
    figures = evaluate(built("ae", digits, latent_dim=1), digits)
    assert "no area" in figures.not_defined["hull_holes"] and figures.hole_codes == 0


def test_codes_that_are_not_finite_give_no_figures(digits):
    model = built("vae", digits)
    encode = model.encode

    def broken(x, condition=None):
        posterior = encode(x, condition)
        posterior.mean[0] = float("nan")
        return posterior

    model.encode = broken
    figures = evaluate(model, type(digits)(digits.description, digits.samples, digits.splits), importance_samples=0)
    for name in (*NAMES, "extent", "anisotropy"):
        assert "not finite" in figures.not_defined[name]
