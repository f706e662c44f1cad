"""Overlays of the plane: the answers of each, from coarse to fine, and where it is not defined."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from job_cases import loaded_model, pictures
from scene_cases import BOX, PIXELS, question_of, results_of, run_of, scene_of, shifted, small

from explorer.jobs.overlays.catalog import GROUPS, NAMES, overlay, overlays
from explorer.jobs.overlays.decoder.manifold import MANIFOLD
from explorer.jobs.overlays.decoder.off_manifold import OFF_MANIFOLD, spread
from explorer.jobs.overlays.decoder.prior_manifold import PRIOR_MANIFOLD
from explorer.jobs.overlays.decoder.regions import REGIONS
from explorer.jobs.overlays.overlay import SIDES, Overlay, max_decodes
from explorer.jobs.overlays.samples.thumbnails import MAX_PICTURES, THUMBNAILS
from explorer.jobs.queries.decode_questions import decode
from explorer.latent.plane.box import Box, Lattice
from explorer.latent.plane.overlay_parts import Pictures, Regions, Shading
from explorer.models.latent_model import Capabilities, NotDefined
from explorer.session import Probe, View


def decoded(loaded, z, condition=None):
    z = np.asarray(z, np.float32)
    classes = None if condition is None else torch.full((len(z),), condition)
    return decode(loaded, z, classes)


def middles(part, values):
    rows, columns = values.shape
    return Lattice(part.box, rows, columns).points()


def test_the_catalogue_names_each_overlay_once():
    assert [one.name for one in overlays()] == list(NAMES) == [name for group in GROUPS for name in group]
    assert len(set(NAMES)) == len(NAMES)
    assert all(one.title and one.tip and not one.tip.endswith(".") for one in overlays())
    assert all(one.question is not None or one.drawing is not None for one in overlays())


def test_off_manifold_is_the_distance_after_one_round_trip_and_is_refined():
    loaded = small()
    scene = scene_of(loaded)
    answers = results_of(OFF_MANIFOLD, scene, loaded)
    shadings = [answer.parts[0] for answer in answers]
    assert len(shadings) > 3 and shadings[-1] is shadings[-2]
    assert [one.values.size for one in shadings[:-1]] == sorted({one.values.size for one in shadings})
    for shading in (shadings[0], shadings[-1]):
        z = torch.from_numpy(middles(shading, shading.values)).float()
        back = loaded.model.encode(loaded.model.decode(z).mean).mean
        expected = np.linalg.norm(back.double().numpy() - z.double().numpy(), axis=1)
        assert np.allclose(shading.values.ravel(), expected, atol=1e-5)
    assert shadings[-1].span == (0, spread(scene.projected)) and shadings[-1].unit == "latent units"
    assert shadings[-1].box.left < BOX.left and shadings[-1].box.top > BOX.top


def test_regions_are_the_class_of_the_real_sample_nearest_to_each_decode():
    loaded = small()
    answer = results_of(REGIONS, scene_of(loaded), loaded)[-1]
    (part,) = answer.parts
    assert isinstance(part, Regions) and part.count == 3
    pictures_ = decoded(loaded, middles(part, part.classes)).reshape(part.classes.size, -1)
    train = loaded.dataset.splits.train
    real = loaded.dataset.samples[train].reshape(len(train), -1).astype(np.float64)
    nearest = ((pictures_[:, None] - real[None]) ** 2).sum(-1).argmin(1)
    assert (part.classes.ravel() == loaded.dataset.labels[train][nearest]).mean() > 0.999
    assert "nearest to its decode among 48 real samples" in answer.words


class BrightClassifier:
    """A user's classifier that returns one class for bright pictures and none for dark ones."""

    words = "your classify applied to each decode"

    def __call__(self, samples):
        return np.where(samples.reshape(len(samples), -1).mean(1) > 127, 2, -1)


def test_the_users_classifier_takes_precedence():
    loaded = replace(small(labels=False), classifier=BrightClassifier())
    scene = scene_of(loaded)
    assert REGIONS.why_not(scene.run) == "the data has no classes"
    answer = REGIONS.question(scene).ask(loaded)
    found = [one for one in answer if one is not None][-1]
    assert found.words == BrightClassifier.words and set(np.unique(found.parts[0].classes)) <= {-1, 2}


def test_without_labels_and_classifier_regions_report_why():
    loaded = small(labels=False)
    answer = [one for one in REGIONS.question(scene_of(loaded)).ask(loaded) if one is not None]
    assert answer == []  # and the final one says why, see below
    with pytest.raises(NotDefined, match="no labels and no classifier"):
        list(REGIONS.question(scene_of(loaded)).compute(loaded))


def test_the_manifold_is_the_decode_of_each_cell_and_covers_the_view():
    loaded = small()
    coarse, final = results_of(MANIFOLD, scene_of(loaded), loaded)
    (few,), (part,) = coarse.parts, final.parts
    assert isinstance(part, Pictures) and len(few.points) < len(part.points) / 8
    assert np.allclose(part.samples, decoded(loaded, part.points), atol=1e-3)
    assert part.box.left <= BOX.left and part.box.right >= BOX.right and part.box.top >= BOX.top
    pixels = part.sizes[0, 0] / 0.94 * PIXELS[0] / BOX.width
    assert SIDES["image"] <= pixels < 2 * SIDES["image"] + 1e-9


def test_a_manifold_keeps_its_cells_while_panning_and_halves_them_when_zooming_in():
    loaded = small()
    here = results_of(MANIFOLD, scene_of(loaded), loaded)[-1].parts[0]
    moved = results_of(MANIFOLD, scene_of(loaded, box=shifted(BOX, 0.37, -0.21)), loaded)[-1].parts[0]
    closer = results_of(MANIFOLD, scene_of(loaded, box=Box(-1.5, 1.5, -1, 1)), loaded)[-1].parts[0]
    points = {tuple(point) for point in here.points.round(9)}
    assert len(points & {tuple(point) for point in moved.points.round(9)}) > 0.7 * len(points)
    assert closer.sizes[0, 0] == pytest.approx(here.sizes[0, 0] / 2)
    scene = scene_of(loaded)
    tiny = [question_of(MANIFOLD, replace(scene, box=shifted(BOX, away))) for away in (0.01, 0.02)]
    assert tiny[0] == tiny[1]


def test_large_samples_have_fewer_decodes():
    loaded = small()
    scene = scene_of(loaded)
    shape = (3, 512, 512)
    large = replace(scene.run, description=replace(scene.run.description, shape=shape))
    question = MANIFOLD.question(replace(scene, run=large))
    assert question.rows * question.columns <= max_decodes(large.description) == 5


def test_the_manifold_at_quantiles_has_equal_shares_of_the_prior():
    loaded = small()
    answer = results_of(PRIOR_MANIFOLD, scene_of(loaded, box=Box(-5, 5, -5, 5), pixels=(400, 400)), loaded)[-1]
    (part,) = answer.parts
    count = round(len(part.points) ** 0.5)
    assert f"{count} × {count} decodes" in answer.words
    from scipy.stats import norm

    assert np.allclose(np.unique(norm.cdf(part.points[:, 0]).round(6)), (np.arange(count) + 0.5) / count, atol=1e-6)
    assert np.allclose(part.samples, decoded(loaded, part.points), atol=1e-3)
    closer = results_of(PRIOR_MANIFOLD, scene_of(loaded, box=Box(-0.5, 0.5, -0.5, 0.5), pixels=(400, 400)), loaded)[-1]
    assert closer.parts[0].sizes.min() < part.sizes.min() / 4


@pytest.mark.parametrize("overlay", [MANIFOLD, PRIOR_MANIFOLD, OFF_MANIFOLD, REGIONS])
def test_one_latent_dimension_is_a_row(overlay: Overlay):
    loaded = small(latent_dim=1)
    part = results_of(overlay, scene_of(loaded), loaded)[-1].parts[0]
    if isinstance(part, Pictures):
        assert len(set(part.points[:, 1].tolist())) == 1 and len(part.points) > 3
        assert (part.points[:, 1] + part.sizes[:, 1] / 2 < BOX.top).all()
    else:
        assert (part.values if isinstance(part, Shading) else part.classes).shape[0] == 1


def test_of_more_dimensions_the_shown_plane_through_the_probe_is_decoded():
    loaded = small(latent_dim=4)
    probed = View(probe=Probe("run", (0.1, 0.2, 0.3, 0.4)))
    scene = scene_of(loaded, view=probed)
    answer = results_of(MANIFOLD, scene, loaded)[-1]
    part = answer.parts[0]
    expected = [scene.projected.code_at(tuple(point), probed.probe.z) for point in part.points[:5]]
    assert np.allclose(part.samples[:5], decoded(loaded, expected), atol=0.02)
    assert answer.words == "other components of z from the probe"
    along = scene.projected.code_at((0.5, -0.5), probed.probe.z)
    assert question_of(MANIFOLD, scene_of_same(scene, along)) == question_of(MANIFOLD, scene)
    assert question_of(MANIFOLD, scene_of_same(scene, (1.0, 1, 1, 1))) != question_of(MANIFOLD, scene)
    nowhere = replace(scene, view=View())
    assert nowhere.rest_words == "other components of z from the mean code"
    assert np.allclose(
        scene.projected.projection.unseen(nowhere.base),
        scene.projected.projection.unseen(scene.projected.mean_code),
        atol=1e-4,
    )


def scene_of_same(scene, z):
    return replace(scene, view=View(probe=Probe("run", tuple(z))))


def test_a_conditional_model_decodes_as_the_given_class():
    loaded = loaded_model(pictures(), "conditional-vae")
    scene = scene_of(loaded, "conditional-vae", View(condition=2))
    answer = results_of(MANIFOLD, scene, loaded)[-1]
    assert answer.words == "as class c"
    assert np.allclose(answer.parts[0].samples, decoded(loaded, answer.parts[0].points, 2), atol=1e-3)


def test_thumbnails_are_real_samples_at_their_points_where_there_is_room():
    loaded = small()
    scene = scene_of(loaded)
    spot = scene.projected.points.mean(0)
    box = Box(spot[0] - 0.2, spot[0] + 0.2, spot[1] - 0.2, spot[1] + 0.2)
    close = replace(scene, box=box, pixels=(900, 900))
    answer = results_of(THUMBNAILS, close, loaded)[-1]
    (part,) = answer.parts
    assert isinstance(part, Pictures) and part.in_pixels and 0 < part.opacity <= 1 and len(part.rows) <= MAX_PICTURES
    assert (part.samples == loaded.dataset.samples[scene.projected.codes.index[part.rows]]).all()
    assert np.allclose(part.points, scene.projected.points[part.rows])
    assert "zoom in" in THUMBNAILS.question(replace(scene, pixels=(60, 40)))
    assert THUMBNAILS.question(replace(scene, box=Box(90, 91, 90, 91))) == ""


def test_thumbnails_follow_codes_that_move():
    loaded = small()
    scene = scene_of(loaded)
    other = scene_of(replace(loaded, step=8))
    pixels = (20_000, 20_000)
    assert question_of(THUMBNAILS, replace(scene, pixels=pixels)) != question_of(
        THUMBNAILS, replace(other, pixels=pixels)
    )


GAN = Capabilities(encoder=False, prior=True, stochastic_posterior=False)


@pytest.mark.parametrize(
    ("name", "changes", "why"),
    [
        ("off_manifold", {"capabilities": GAN}, "no encoder"),
        ("posterior", {"capabilities": GAN}, "no encoder"),
        ("prior_rings", {"capabilities": replace(GAN, prior=False)}, "no prior"),
        ("prior_manifold", {"capabilities": replace(GAN, prior=False)}, "no prior"),
        ("prior_manifold", {"capabilities": replace(GAN, learned_prior=True)}, "learned"),
        ("regions", {"dataset": None}, "data is loading"),
        ("thumbnails", {"dataset": None, "missing_data": "it has gone"}, "it has gone"),
        ("words", {}, "not words"),
    ],
)
def test_missing_requirements_are_reported(name, changes, why):
    assert why in overlay(name).why_not(run_of(small(), **changes))


def test_an_error_of_the_model_is_reported_in_the_answer(caplog):
    loaded = small(latent_dim=2)
    broken = replace(loaded, model=loaded_model(pictures(), latent_dim=3).model)
    answer = results_of(MANIFOLD, scene_of(loaded), broken)[-1]
    assert answer.parts == () and "RuntimeError" in answer.words
    assert len(caplog.records) == 1


def test_a_question_knows_whether_only_the_plane_has_moved():
    loaded = small()
    scene = scene_of(loaded)
    first, moved = (question_of(OFF_MANIFOLD, replace(scene, box=box)) for box in (BOX, shifted(BOX, 1)))
    assert first.is_moved(moved) and first != moved
    assert not first.is_moved(replace(moved, high=9.0))
    assert not first.is_moved(question_of(MANIFOLD, scene))


def test_nan_codes_are_ignored():
    loaded = small()
    scene = scene_of(loaded)
    mean = scene.projected.codes.mean.copy()
    mean[:5] = np.nan
    codes = replace(scene.projected.codes, mean=mean)
    with_nan = replace(
        scene, projected=replace(scene.projected, codes=codes, points=np.where(np.isnan(mean), np.nan, mean))
    )
    assert np.isfinite(spread(with_nan.projected))
    assert THUMBNAILS.question(with_nan) is not None
    assert spread(replace(with_nan.projected, codes=replace(codes, mean=np.full_like(mean, np.nan)))) == 1.0
