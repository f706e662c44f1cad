"""Answers about a model equal the model's own results."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from job_cases import loaded_model, pictures, without_data

from explorer.data.transform import Transform
from explorer.jobs.queries.decode_questions import DecodePoints, ReconstructSamples
from explorer.jobs.queries.follow_sample import FollowSample
from explorer.jobs.queries.plane_questions import EmbedPlane, FindNearest, MeasureSpread
from explorer.jobs.questions import LoadedModel, Question
from explorer.latent.codes.neighbours import Neighbours
from explorer.latent.plane.projection import axes_projection

if TYPE_CHECKING:
    from explorer.latent.steps import Steps

PLACES = ((0.5, -1.0), (2.0, 0.25), (0.0, 0.0))
OFFSET, SCALE = np.float32(-3), np.float32(40)


def answer(question: Question, loaded: LoadedModel) -> Any:
    asking: Steps[Any] = question.ask(loaded)
    while True:
        try:
            next(asking)
        except StopIteration as stop:
            return stop.value


def in_units(loaded: LoadedModel) -> LoadedModel:
    """Return the subject other units, so that a forgotten transform shows."""
    description = replace(loaded.description, transform=Transform(OFFSET, SCALE))
    dataset = None if loaded.dataset is None else replace(loaded.dataset, description=description)
    return replace(loaded, description=description, dataset=dataset)


@pytest.fixture(params=["ae", "vae"])
def loaded(request: pytest.FixtureRequest) -> LoadedModel:
    return in_units(loaded_model(pictures(), request.param))


@pytest.fixture
def vae() -> LoadedModel:
    return in_units(loaded_model(pictures(), "vae"))


def inputs(loaded: LoadedModel, index: list[int]) -> torch.Tensor:
    assert loaded.dataset is not None
    samples = loaded.dataset.samples[index].astype(np.float32)
    return torch.from_numpy((samples - OFFSET) / SCALE)


def test_points_decode_to_the_mean_in_the_samples_units(loaded: LoadedModel) -> None:
    decodes = answer(DecodePoints("run", PLACES), loaded)
    expected = loaded.model.decode(torch.tensor(PLACES)).mean * float(SCALE) + float(OFFSET)
    assert decodes.pictures.shape == (3, 1, 4, 5)
    assert decodes.pictures.dtype == np.float32
    np.testing.assert_allclose(decodes.pictures, expected, rtol=1e-6)


def test_draws_of_a_decode_depend_on_their_seed_alone(vae: LoadedModel) -> None:
    seeds = [answer(DecodePoints("run", PLACES, True, seed), vae).pictures for seed in (0, 1, 1)]
    likelihood = vae.model.decode(torch.tensor(PLACES))
    drawn = likelihood.sample(torch.Generator().manual_seed(1)) * float(SCALE) + float(OFFSET)
    np.testing.assert_array_equal(seeds[1], seeds[2])
    np.testing.assert_allclose(seeds[1], drawn, rtol=1e-6)
    assert (seeds[0] != seeds[1]).any()


def test_a_sample_is_followed_through_a_vae(vae: LoadedModel) -> None:
    way = answer(FollowSample("run", 4), vae)
    x = inputs(vae, [4])
    posterior = vae.model.encode(x)
    assert posterior.log_variance is not None
    mean, log_variance = posterior.mean[0].double(), posterior.log_variance[0].double()
    np.testing.assert_array_equal(way.x, pictures().samples[4])
    np.testing.assert_allclose(way.mean, mean, rtol=1e-6)
    np.testing.assert_allclose(way.log_variance, log_variance, rtol=1e-6)
    assert not way.noise.any()
    np.testing.assert_array_equal(way.z, way.mean)
    kl = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum()
    assert way.kl == pytest.approx(kl.item(), rel=1e-5)
    likelihood = vae.model.decode(posterior.mean)
    assert way.reconstruction == pytest.approx(-likelihood.log_prob(x).item(), rel=1e-6)
    np.testing.assert_allclose(way.decoded, likelihood.mean[0] * float(SCALE) + float(OFFSET), rtol=1e-6)


def test_a_redrawn_noise_moves_the_code_by_sigma(vae: LoadedModel) -> None:
    ways = [answer(FollowSample("run", 4, noise_seed=seed), vae) for seed in (1, 2, 2)]
    for way in ways:
        assert way.noise.any()
        np.testing.assert_allclose(way.z, way.mean + np.exp(0.5 * way.log_variance) * way.noise, rtol=1e-6)
        at_z = vae.model.decode(torch.from_numpy(way.z)[None])
        assert way.reconstruction == pytest.approx(-at_z.log_prob(inputs(vae, [4])).item(), rel=1e-6)
        assert way.kl == ways[0].kl, "the divergence is of q, not of the draw"
    np.testing.assert_array_equal(ways[1].noise, ways[2].noise)
    assert (ways[0].noise != ways[1].noise).any()


def test_the_newest_draws_come_with_a_forward_pass(vae: LoadedModel) -> None:
    fifth, sixth, many = (answer(FollowSample("run", 4, noise_seed=seed), vae) for seed in (5, 6, 60))
    assert answer(FollowSample("run", 4), vae).draws is None, "ε = 0 is no draw"
    np.testing.assert_allclose(sixth.draws[:-1], fifth.draws, rtol=1e-6)
    np.testing.assert_array_equal(sixth.draws[-1], sixth.z)
    assert len(many.draws) == 25 and (many.draws[-1] == many.z).all()
    # Of many seeds, the draws have the mean and the spread of q(z|x).
    draws = np.concatenate([answer(FollowSample("run", 4, noise_seed=seed), vae).draws for seed in range(25, 1025, 25)])
    sigma = np.exp(0.5 * fifth.log_variance)
    np.testing.assert_allclose((draws.mean(0) - fifth.mean) / sigma, 0, atol=0.12)
    np.testing.assert_allclose(draws.std(0) / sigma, 1, atol=0.08)


def test_the_reconstruction_is_of_the_mean_code_though_the_picture_is_drawn(vae: LoadedModel) -> None:
    mean, drawn = (answer(FollowSample("run", 4, drawn=drawn, draw_seed=9), vae) for drawn in (False, True))
    at_z = DecodePoints("run", (tuple(map(float, mean.z)),), True, 9)
    np.testing.assert_array_equal(drawn.decoded, answer(at_z, vae).pictures[0])
    assert drawn.reconstruction == mean.reconstruction
    assert (drawn.decoded != mean.decoded).any()


def test_an_autoencoder_has_no_variance_and_no_divergence() -> None:
    loaded = in_units(loaded_model(pictures(), "ae"))
    way = answer(FollowSample("run", 4, noise_seed=3), loaded)
    assert (way.kl, way.log_variance, way.noise) == (None, None, None)
    x = inputs(loaded, [4])
    z = loaded.model.encode(x).mean
    np.testing.assert_array_equal(way.z, z[0])
    assert way.reconstruction == pytest.approx(-loaded.model.decode(z).log_prob(x).item(), rel=1e-6)


def test_samples_are_reconstructed_from_their_mean_codes(loaded: LoadedModel) -> None:
    found = answer(ReconstructSamples("run", (9, 2, 60, -1, 5)), loaded)
    assert found.samples == (9, 2, 5), "a sample that the data does not have is passed over"
    z = loaded.model.encode(inputs(loaded, [9, 2, 5])).mean
    np.testing.assert_array_equal(found.x, pictures().samples[[9, 2, 5]])
    np.testing.assert_allclose(found.z, z, rtol=1e-6)
    expected = loaded.model.decode(z).mean * float(SCALE) + float(OFFSET)
    np.testing.assert_allclose(found.pictures, expected, rtol=1e-5)


def test_no_samples_are_an_answer_too(loaded: LoadedModel) -> None:
    found = answer(ReconstructSamples("run", ()), loaded)
    assert found.samples == ()
    assert found.pictures.shape == (0, 1, 4, 5)


@pytest.mark.parametrize(
    "question",
    [
        FollowSample("run", 4),
        ReconstructSamples("run", (1, 2)),
        EmbedPlane("run"),
    ],
)
def test_without_data_the_answer_is_none(question: Question) -> None:
    assert answer(question, without_data(loaded_model(None))) is None


@pytest.mark.parametrize("sample", [-1, 60])
def test_a_sample_that_the_data_does_not_have_is_not_followed(loaded: LoadedModel, sample: int) -> None:
    assert answer(FollowSample("run", sample), loaded) is None


def test_points_decode_without_data() -> None:
    assert answer(DecodePoints("run", PLACES), without_data(loaded_model(None))).pictures.shape == (3, 1, 4, 5)


def test_the_plane_is_the_embedding_in_any_chunks(vae: LoadedModel) -> None:
    index = np.array([3, 7, 8, 59])
    projection = axes_projection(2)
    plane = answer(EmbedPlane("run", index, projection, reconstruct=True), vae)
    assert vae.dataset is not None
    x = inputs(vae, index.tolist())
    posterior = vae.model.encode(x)
    assert posterior.log_variance is not None
    np.testing.assert_allclose(plane.mean, posterior.mean, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(plane.log_variance, posterior.log_variance, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(plane.reconstruction, -vae.model.decode(posterior.mean).log_prob(x), rtol=1e-5)
    np.testing.assert_array_equal(plane.labels, pictures().labels[index])  # type: ignore[index]
    np.testing.assert_array_equal(plane.columns["weight"].values, pictures().columns["weight"].values[index])
    assert list(plane.split) == ["validation", "test", "test", "train"]
    assert plane.projection is projection
    assert plane.step == 7


def test_the_nearest_sample_and_the_spread_are_those_of_all_codes() -> None:
    codes = np.random.default_rng(0).standard_normal((200, 5)).astype(np.float32)
    loaded, neighbours = loaded_model(None), Neighbours(codes)
    z = (0.1, 0.2, -0.3, 0.0, 1.0)
    distances = np.linalg.norm(codes.astype(np.float64) - z, axis=1)
    nearest = answer(FindNearest("run", z, neighbours), loaded)
    assert (nearest.row, nearest.distance) == (distances.argmin(), pytest.approx(distances.min()))
    between = np.linalg.norm(codes[:, None].astype(np.float64) - codes[None], axis=2)
    np.fill_diagonal(between, np.inf)
    spread = answer(MeasureSpread("run", neighbours), loaded)
    assert spread == pytest.approx(np.percentile(between.min(axis=1), 95))
    assert neighbours.known_typical_distance == spread
