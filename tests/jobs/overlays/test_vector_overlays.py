"""Contours, class Gaussians, posterior ellipses and strips, as the window and the command line compute them."""

from dataclasses import replace

import numpy as np
import pytest
from job_cases import loaded_model, pictures
from scipy.stats import norm
from sklearn.covariance import EmpiricalCovariance

from explorer.data.dataset import Column
from explorer.jobs.overlays.densities.axis_strips import MAX_POSTERIORS, MeasureStrips
from explorer.jobs.overlays.densities.class_gaussians import FitClassGaussians
from explorer.jobs.overlays.densities.contours import OF_A_GROUP, FindContours, FindGroupContours
from explorer.jobs.overlays.densities.posteriors import MAX_DRAWN, ProjectPosteriors
from explorer.jobs.overlays.grouping import Grouping
from explorer.jobs.plane.projected_codes import project_codes
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.codes.neighbours import Neighbours
from explorer.latent.plane.box import Box
from explorer.latent.plane.overlay_parts import Labels, Lines
from explorer.latent.plane.projection import default_projection
from explorer.latent.steps import at_once
from explorer.models.latent_model import Capabilities
from explorer.session import View

RNG = np.random.default_rng(11)
BOX, PIXELS = Box(-4, 4, -4, 4), (400, 400)
PIXEL = (0.02, 0.02)


def codes_of(count=600, latent_dim=2, *, sigma=0.2, **more):
    groups = RNG.integers(0, 3, count)
    mean = (RNG.normal(size=(count, latent_dim)) * 0.6 + np.outer(groups - 1, np.ones(latent_dim))).astype(np.float32)
    values = {
        "step": 1, "index": np.arange(count), "mean": mean, "labels": groups, "split": None,
        "log_variance": None if sigma is None else np.full_like(mean, 2 * np.log(sigma)), "reconstruction": None,
        "columns": {}, "neighbours": Neighbours(mean), "projection": default_projection(mean),
    }  # fmt: skip
    return PlaneCodes(**{**values, **more})


def compute(question, loaded):
    return at_once(question.compute(loaded))


def lines_of(result):
    return [part for part in result.parts if isinstance(part, Lines)]


# Groups


def test_points_are_grouped_by_what_colours_them_where_that_makes_groups():
    kind = Column("kind", np.array([0, 1, -1, 1]), ("x", "y"))
    heat = Column("heat", np.array([1.0, 2.0, 3.0, 4.0]), unit="K")
    codes = codes_of(4, labels=np.array([2, 1, 0, -1]), columns={"kind": kind, "heat": heat})
    by_kind = Grouping.of_view(View(colour_by="column:kind", hidden_classes=frozenset({1})), codes, "f")
    groups = by_kind.groups(codes, ("a", "b", "c"))
    assert (groups.names, groups.of_rows.tolist()) == (("x", "y"), [0, 1, -1, 1])
    assert groups.seen.tolist() == [True, False, True, False]
    gone = Grouping.of_view(View(colour_by="column:gone", hidden_classes=frozenset({1})), codes, "f")
    assert gone == Grouping("label", frozenset({1}))
    for other in ("column:heat", "density"):
        by_class = Grouping.of_view(View(colour_by=other, hidden_classes=frozenset({1})), codes, "f")
        assert by_class.groups(codes, ("a", "b", "c")).of_rows.tolist() == [2, 1, 0, -1]
        assert by_class.groups(codes, ("a", "b", "c")).seen.all()
    unknown = Grouping("label", frozenset({-1})).groups(codes, ("a", "b", "c"))
    assert unknown.seen.tolist() == [True, True, True, False]


# Contours


def test_contours_are_of_the_codes_that_the_legend_shows():
    codes = codes_of()
    projected, loaded = project_codes(codes), loaded_model(pictures())
    result = compute(FindContours("r", projected, Grouping()), loaded)
    assert [len(part.paths) > 0 for part in lines_of(result)] == [True] * 3
    assert "600 codes" in result.words
    (labels,) = [part for part in result.parts if isinstance(part, Labels)]
    assert labels.texts == ("50 %", "80 %", "95 %")
    fewer = compute(FindContours("r", projected, Grouping("label", frozenset({2}))), loaded)
    assert f"{(codes.labels != 2).sum()} codes" in fewer.words
    reach = max(path[:, 0].max() for part in lines_of(fewer) for path in part.paths)
    assert reach < max(path[:, 0].max() for part in lines_of(result) for path in part.paths)


def test_contours_by_class_say_which_classes_are_too_small():
    labels = np.repeat([0, 1, 2], [200, 200, 4])
    mean = (RNG.normal(size=(404, 2)) + labels[:, None]).astype(np.float32)
    projected = project_codes(codes_of(404, mean=mean, labels=labels))
    result = compute(FindGroupContours("r", projected, Grouping()), loaded_model(pictures()))
    assert [part.group for part in lines_of(result)] == [0] * len(OF_A_GROUP) + [1] * len(OF_A_GROUP)
    assert all(part.count == 3 for part in lines_of(result))
    assert "none for c" in result.words


def test_contours_of_nan_codes_report_why_there_are_none():
    projected = project_codes(codes_of(30, mean=np.full((30, 2), np.nan, np.float32)))
    assert "10 codes" in compute(FindContours("r", projected, Grouping()), loaded_model(pictures())).words
    assert compute(FindGroupContours("r", projected, Grouping()), loaded_model(pictures())).parts == ()


# Class Gaussians


def test_class_gaussians_are_ellipses_of_the_classes_covariance():
    codes = codes_of(latent_dim=5)
    projected = project_codes(codes)
    result = compute(FitClassGaussians("r", projected, Grouping()), loaded_model(pictures(), latent_dim=5))
    assert [part.group for part in lines_of(result)] == [0, 0, 1, 1, 2, 2]
    assert all(part.dash_dotted for part in lines_of(result))
    for number, part in enumerate(lines_of(result)):
        fit = EmpiricalCovariance().fit(projected.points[codes.labels == part.group])
        (path,) = part.paths
        np.testing.assert_allclose(fit.mahalanobis(path), (1 + number % 2) ** 2, rtol=1e-6)


def test_class_gaussians_of_one_dimension_stand_in_their_strips_and_small_classes_are_named():
    labels = np.repeat([0, 1, 2], [50, 2, 50])
    projected = project_codes(codes_of(102, 1, labels=labels))
    result = compute(FitClassGaussians("r", projected, Grouping()), loaded_model(pictures(), latent_dim=1))
    assert "none for b: fewer than 3 codes" in result.words
    one = projected.codes.mean[labels == 2, 0].astype(np.float64)
    (path,) = lines_of(result)[2].paths
    assert (path[:, 0].min(), path[:, 0].max()) == pytest.approx((one.mean() - one.std(), one.mean() + one.std()))
    assert 1.5 < path[:, 1].min() < 2 < path[:, 1].max() < 2.5


def test_a_class_on_a_line_is_said_to_be_singular():
    line = np.column_stack([np.linspace(0, 1, 40)] * 2).astype(np.float32)
    projected = project_codes(codes_of(40, mean=line, labels=np.zeros(40, np.int64)))
    result = compute(FitClassGaussians("r", projected, Grouping()), loaded_model(pictures()))
    assert "singular: a" in result.words and np.isfinite(lines_of(result)[0].paths[0]).all()


# Posteriors


def posteriors(projected, rows=None, box=BOX, pixel=PIXEL, grouping=None):
    return ProjectPosteriors("r", projected, grouping or Grouping(), rows, box, pixel)


def test_of_thousands_of_posteriors_a_spread_subset_is_drawn_and_more_when_zooming_in():
    codes = codes_of(10_000)
    projected = project_codes(codes)
    result = compute(posteriors(projected), loaded_model(pictures()))
    assert sum(len(part.paths) for part in lines_of(result)) == MAX_DRAWN
    assert f"{MAX_DRAWN} of 10,000 in view" in result.words
    near = Box(0.9, 1.0, 0.9, 1.0)
    few = compute(posteriors(projected, box=Box(3.4, 3.6, 3.4, 3.6)), loaded_model(pictures()))
    closer = compute(posteriors(replace_sigma(projected, 1e-3), box=near, pixel=(1e-4, 1e-4)), loaded_model(pictures()))
    assert sum(len(part.paths) for part in lines_of(few)) < MAX_DRAWN and "spread" not in few.words
    inside = ((codes.mean > 0.9 - 1e-3) & (codes.mean < 1 + 1e-3)).all(axis=1).sum()
    assert sum(len(part.paths) for part in lines_of(closer)) == inside


def replace_sigma(projected, sigma):
    codes = projected.codes
    return replace(projected, codes=replace(codes, log_variance=np.full_like(codes.mean, 2 * np.log(sigma))))


def test_an_ellipse_is_the_projected_covariance_of_its_sample():
    log_variance = RNG.normal(-2, 1, (50, 6)).astype(np.float32)
    projected = project_codes(codes_of(50, 6, log_variance=log_variance))
    (part,) = lines_of(compute(posteriors(projected, rows=(3, 17), box=Box(-99, 99, -99, 99)), loaded_model(None)))
    assert part.ink == "text" and not part.halo  # the colours of the selected points are seen through them
    for row, path in zip((3, 17), part.paths, strict=True):
        shown = projected.projection.components
        covariance = shown @ np.diag(np.exp(log_variance[row].astype(np.float64))) @ shown.T
        offset = path - projected.points[row]
        np.testing.assert_allclose(np.einsum("ni,ij,nj->n", offset, np.linalg.inv(covariance), offset), 1, rtol=1e-5)


def test_posteriors_shrunk_to_points_are_not_drawn_and_said_to_be():
    result = compute(posteriors(replace_sigma(project_codes(codes_of()), 1e-5)), loaded_model(pictures()))
    assert result.parts == () and result.words == "each is smaller than a pixel: σ is 1e-05 at most"


def test_posteriors_of_hidden_classes_and_of_lost_codes_are_left_out():
    codes = codes_of(60)
    codes.mean[:5] = np.nan
    projected = project_codes(codes)
    result = compute(posteriors(projected, grouping=Grouping("label", frozenset({0}))), loaded_model(pictures()))
    assert sum(len(part.paths) for part in lines_of(result)) == (codes.labels[5:] != 0).sum()
    nothing = compute(posteriors(projected, rows=(0, 1)), loaded_model(pictures()))
    assert nothing.parts == () and nothing.words == ""


# Strips


def strips(projected, probed=None, selected=(), box=BOX):
    return MeasureStrips("r", projected, Grouping(), probed, tuple(selected), box, PIXELS)


def middles(strip):
    count = len(strip.curves[0].heights)
    low, high = strip.ends
    return low + (np.arange(count) + 0.5) * (high - low) / count


def test_the_aggregate_is_the_mean_of_all_posteriors_and_the_prior_a_normal():
    codes = codes_of(200, sigma=0.3)
    result = compute(strips(project_codes(codes), probed=4, selected=(4, 9)), loaded_model(pictures()))
    for axis, strip in enumerate(result.parts[0].along):
        aggregate, prior, *densities = strip.curves
        z = middles(strip)
        wanted = norm.pdf(z, codes.mean[:, axis, None], 0.3).mean(axis=0)
        np.testing.assert_allclose(aggregate.heights, wanted, atol=1e-3)
        np.testing.assert_allclose(prior.heights, norm.pdf(z), atol=1e-3)
        assert strip.top == pytest.approx(max(wanted.max(), 0.3989), rel=0.01)
        factor = int(densities[0].name.split("÷")[1])
        assert [density.name for density in densities] == [f"selected q(z|x) ÷ {factor}", f"probed q(z|x) ÷ {factor}"]
        for row, density in zip((9, 4), densities, strict=True):
            np.testing.assert_allclose(density.heights * factor, norm.pdf(z, codes.mean[row, axis], 0.3), atol=0.01)
            assert density.heights.max() <= strip.top * 1.01


def test_in_more_dimensions_strips_show_the_posterior_along_the_shown_direction():
    log_variance = RNG.normal(-1, 0.5, (90, 7)).astype(np.float32)
    projected = project_codes(codes_of(90, 7, log_variance=log_variance))
    result = compute(strips(projected, probed=5, box=Box(-6, 6, -6, 6)), loaded_model(pictures(), latent_dim=7))
    for axis, strip in enumerate(result.parts[0].along):
        direction = projected.projection.components[axis]
        sigma = np.sqrt(np.exp(log_variance[5].astype(np.float64)) @ direction**2)
        wanted = norm.pdf(middles(strip), projected.points[5, axis], sigma)
        density = strip.curves[-1]
        factor = int(density.name.split("÷")[1]) if "÷" in density.name else 1
        np.testing.assert_allclose(density.heights * factor, wanted, atol=0.01)
        centre = -projected.projection.mean @ direction
        np.testing.assert_allclose(strip.curves[1].heights, norm.pdf(middles(strip), centre), atol=1e-3)


def test_point_posteriors_have_no_gaussians_but_a_density_of_their_codes():
    codes = project_codes(codes_of(sigma=None))
    result = compute(strips(codes, probed=2, selected=(3,)), loaded_model(pictures(), "ae"))
    assert [[curve.name for curve in strip.curves] for strip in result.parts[0].along] == [["600 codes"]] * 2
    assert "no posteriors to draw: this encoder returns points" in result.words
    strip = result.parts[0].along[0]
    assert strip.curves[0].heights.sum() * (middles(strip)[1] - middles(strip)[0]) == pytest.approx(1, abs=0.02)


def test_a_mixture_prior_is_the_mixture_that_the_model_has():
    loaded = loaded_model(pictures(), "mixture-vae")
    result = compute(strips(project_codes(codes_of()), box=Box(-9, 9, -9, 9)), loaded)
    components = loaded.model.prior.components
    strip = result.parts[0].along[1]
    deviations = np.sqrt(components.covariances[:, 1, 1])
    wanted = components.weights @ norm.pdf(middles(strip), components.means[:, 1, None], deviations[:, None])
    np.testing.assert_allclose(strip.curves[1].heights, wanted, atol=2e-3 * wanted.max())


def test_draws_of_a_prior_have_the_prior_alone():
    codes = replace(codes_of(sigma=None), drawn=True)
    loaded = loaded_model(pictures())
    loaded.model.capabilities = Capabilities(encoder=False, prior=True, stochastic_posterior=False)
    result = compute(strips(project_codes(codes)), loaded)
    assert [curve.name for curve in result.parts[0].along[0].curves] == ["prior p(z)"]
    assert "no encoder" in result.words


def test_one_dimension_has_one_strip_and_a_large_selection_a_few_gaussians():
    projected = project_codes(codes_of(200, 1))
    result = compute(strips(projected, selected=range(100)), loaded_model(pictures(), latent_dim=1))
    (strip,) = result.parts[0].along
    assert strip.side == "bottom" and len(strip.curves) == 2 + MAX_POSTERIORS
    assert f"q(z|x) of {MAX_POSTERIORS} of the 100 selected samples" in result.words


def test_strips_of_an_empty_view_are_flat():
    result = compute(strips(project_codes(codes_of()), probed=1, box=Box(500, 501, 500, 501)), loaded_model(pictures()))
    for strip in result.parts[0].along:
        assert strip.top > 0 and all(np.isfinite(curve.heights).all() for curve in strip.curves)
