"""Overlays that need no model: rings, the posterior of the followed sample, class names and words."""

from dataclasses import replace

import numpy as np
import pytest
from plane_cases import codes_of
from scene_cases import run_of, scene_of, small

from explorer.data.dataset import Column
from explorer.jobs.overlays.catalog import overlay
from explorer.jobs.overlays.densities.posteriors import DrawPosterior
from explorer.jobs.overlays.densities.prior import MAX_AT_TWO, project_components
from explorer.jobs.overlays.grouping import Grouping
from explorer.jobs.overlays.samples.class_names import DrawClassNames
from explorer.jobs.overlays.samples.words import DrawWords
from explorer.jobs.plane.projected_codes import project_codes
from explorer.latent.plane.projection import axes_projection
from explorer.models.priors import PriorComponents
from explorer.session import Probe, View

RNG = np.random.default_rng(3)


def mixture(count, dim):
    weights = np.sort(RNG.dirichlet(np.full(count, 2.0)))[::-1]
    roots = RNG.normal(size=(count, dim, dim))
    return PriorComponents(
        weights.astype(np.float32),
        RNG.normal(size=(count, dim)).astype(np.float32),
        (roots @ roots.transpose(0, 2, 1)).astype(np.float32),
    )


def assert_is_outline(outline, projected, mean, covariance, sigma):
    shown = projected.projection.components
    offset = outline - (mean - projected.projection.mean) @ shown.T
    lengths = np.einsum("ni,ij,nj->n", offset, np.linalg.inv(shown @ covariance @ shown.T), offset)
    np.testing.assert_allclose(lengths, sigma**2, rtol=1e-4)


def drawn(name, scene):
    found = overlay(name).drawing(scene)
    assert found is None or found == overlay(name).drawing(scene), "an unchanged scene gives an equal drawing"
    return found


# The prior


@pytest.mark.parametrize("latent_dim", [2, 5])
def test_rings_lie_around_zero_through_any_basis(latent_dim):
    loaded = small(latent_dim)
    scene = scene_of(loaded)
    result = drawn("prior_rings", scene).draw()
    (rings,) = result.parts
    projection = scene.projected.projection
    centre = (np.zeros(latent_dim) - projection.mean) @ projection.components.T
    assert rings.labels == ("1σ", "2σ", "3σ") and rings.dashed
    for sigma, path in zip((1, 2, 3), rings.paths, strict=True):
        np.testing.assert_allclose(np.linalg.norm(path - centre, axis=1), sigma, rtol=1e-9)
    np.testing.assert_allclose(result.numbers["centre"], centre)


def test_one_dimension_has_lines_at_each_side():
    scene = scene_of(small(1))
    (rings,) = drawn("prior_rings", scene).draw().parts
    zero = float(scene.projected.projection.point_of((0.0,))[0])
    assert rings.labels == ("−1σ", "1σ", "−2σ", "2σ", "−3σ", "3σ")
    assert [path[0, 0] - zero for path in rings.paths] == pytest.approx([-1, 1, -2, 2, -3, 3])
    assert all(np.ptp(path[:, 0]) == 0 and np.ptp(path[:, 1]) > 100 for path in rings.paths)


def test_rings_need_a_standard_normal_prior_and_a_mixture_needs_a_question():
    scene = scene_of(small())
    assert overlay("prior_rings").question(scene) is None
    learned = replace(scene.run, capabilities=replace(scene.run.capabilities, learned_prior=True))
    assert drawn("prior_rings", replace(scene, run=learned)) is None
    assert overlay("prior_rings").question(replace(scene, run=learned)) is not None


@pytest.mark.parametrize("dim", [2, 5])
def test_components_are_drawn_as_the_plane_sees_them(dim):
    projected, components = project_codes(codes_of(RNG.normal(size=(200, dim)) + 2)), mixture(4, dim)
    result = project_components(projected.projection, components)
    assert len(result.parts) == 2 * 4 and result.parts[-2].opacity == 1
    opacities = [part.opacity for part in result.parts[::2]]
    assert opacities == sorted(opacities), "the heaviest lies on top and is the clearest"
    for number, (one, two) in enumerate(zip(result.parts[-2::-2], result.parts[::-2], strict=True)):
        share = components.weights[number] / components.weights[0]
        assert one.opacity == pytest.approx(0.5 + 0.5 * share) and two.opacity < one.opacity
        mean, covariance = components.means[number].astype(np.float64), components.covariances[number]
        for sigma, part in ((1, one), (2, two)):
            assert_is_outline(part.paths[0], projected, mean, covariance.astype(np.float64), sigma)
    np.testing.assert_allclose(result.numbers["weights"], components.weights)


def test_many_components_are_drawn_at_one_sigma_and_one_dimension_gives_bands():
    projection = project_codes(codes_of(RNG.normal(size=(50, 2)))).projection
    assert len(project_components(projection, mixture(MAX_AT_TWO + 1, 2)).parts) <= MAX_AT_TWO + 1
    wanted = mixture(2, 1)
    parts = project_components(axes_projection(1), wanted).parts
    for band, mean, covariance in zip(parts[-2::-2], wanted.means, wanted.covariances, strict=True):
        across = band.paths[0][:, 0]
        assert band.opacity == 0 and band.filled > 0
        assert (across.min(), across.max()) == pytest.approx(
            (mean[0] - covariance[0, 0] ** 0.5, mean[0] + covariance[0, 0] ** 0.5), rel=1e-5
        )


# Posteriors


def test_the_followed_posterior_is_the_projected_covariance():
    log_variance = RNG.normal(size=(40, 4)).astype(np.float32)
    projected = project_codes(codes_of(RNG.normal(size=(40, 4)), log_variance=log_variance))
    (part,) = DrawPosterior(projected, 3).draw().parts
    for sigma, path in zip((1, 2), part.paths, strict=True):
        covariance = np.diag(np.exp(log_variance[3].astype(np.float64)))
        assert_is_outline(path, projected, projected.codes.mean[3].astype(np.float64), covariance, sigma)


def test_a_posterior_of_full_covariance_is_tilted():
    scale = np.tril(RNG.normal(size=(30, 3, 3))).astype(np.float32)
    mean = RNG.normal(size=(30, 3))
    projected = project_codes(codes_of(mean, log_variance=np.zeros((30, 3), np.float32), scale_tril=scale))
    (part,) = DrawPosterior(projected, 4).draw().parts
    covariance = scale[4].astype(np.float64) @ scale[4].astype(np.float64).T
    for sigma, path in zip((1, 2), part.paths, strict=True):
        assert_is_outline(path, projected, projected.codes.mean[4].astype(np.float64), covariance, sigma)


def test_only_a_followed_sample_has_its_posterior_drawn_at_once():
    loaded = small()
    scene = scene_of(loaded)
    assert drawn("posterior", scene) is None
    probe = Probe(loaded.run, (0.0, 0.0), int(scene.projected.codes.index[4]))
    assert drawn("posterior", replace(scene, view=View(probe=probe))).row == 4


# Names and words


def test_class_names_stand_at_the_median_and_samples_without_a_class_are_unknown():
    points = np.array([[0.0, 0], [1, 1], [9, 2], [5, 5], [7, 7]])
    projected = project_codes(codes_of(points, np.array([0, 0, 0, 1, -1])))
    (part,) = DrawClassNames(projected, "label", ("a", "b", "c")).draw().parts
    assert part.texts == ("a", "b", "unknown") and part.bold
    assert part.points.tolist() == [[1, 1], [5, 5], [7, 7]]
    nothing = project_codes(codes_of(np.full((3, 2), np.nan), np.zeros(3, np.int64)))
    assert DrawClassNames(nothing, "label", ("a",)).draw().parts == ()


def test_names_are_of_what_colours_the_points():
    kind = Column("kind", np.array([0, 1, 1]), ("x", "y"))
    codes = codes_of(np.eye(3)[:, :2], np.zeros(3, np.int64), columns={"kind": kind})
    scene = replace(scene_of(small()), projected=project_codes(codes))
    for colour_by, names in (("label", ("a",)), ("column:kind", ("x", "y")), ("column:gone", ("a",))):
        found = drawn("labels", replace(scene, view=View(colour_by=colour_by)))
        assert found.draw().parts[0].texts == names
    assert drawn("labels", replace(scene, view=View(colour_by="density"))) is None


def test_words_of_marked_points_come_first_and_those_of_hidden_classes_not():
    projected = project_codes(codes_of(RNG.normal(size=(90, 2)), np.arange(90) % 2, index=np.arange(90)))
    names = tuple(f"word {number}" for number in range(90))
    words = DrawWords(projected, Grouping("label", frozenset({1})), (70, 80, 81), names, ("a", "b"))
    (part,) = words.draw().parts
    assert part.texts[:3] == ("word 70", "word 80", "word 0") and part.marked == 2
    assert len(part.texts) == 45 and "word 81" not in part.texts
    np.testing.assert_array_equal(part.points[0], projected.points[70])


def test_names_and_words_say_why_a_run_has_none():
    assert "strip" in overlay("labels").why_not(run_of(small(1)))
    assert "not words" in overlay("words").why_not(run_of(small()))
