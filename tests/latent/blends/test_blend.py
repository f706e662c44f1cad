"""Blends of included runs: their codes, decodes, and what they are compared with."""

import numpy as np
import pytest
import torch

import explorer
from explorer.api import LoadedRun
from explorer.assets import shipped_runs
from explorer.config import MODEL_CONFIGS, ConfigError
from explorer.data.dataset import Dataset
from explorer.jobs.queries.blend_questions import BlendSamples, CompareBlend, DecodeBlends
from explorer.jobs.queries.decode_questions import DecodePoints
from explorer.latent.blends.blend import check_blend, code_of_blend, compare_blend, decode_blend
from explorer.latent.blends.blend_text import comparison_lines, nearest_text
from explorer.latent.steps import Absent, at_once
from explorer.models import catalog
from explorer.models.latent_model import LatentModel
from explorer.session import Blend, Waypoint


@pytest.fixture(scope="module")
def vae() -> LoadedRun:
    return explorer.load(next(path for path in shipped_runs() if path.name == "digits-vae"))


def pins_of(run: LoadedRun, *samples: int) -> tuple[Waypoint, ...]:
    return tuple(run.blends.pin(sample) for sample in samples)


def test_a_weight_of_1_is_the_decode_of_the_sample_to_the_bit(vae: LoadedRun) -> None:
    pins = pins_of(vae, 3, 17, 100)
    for index, weights in enumerate(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))):
        blend = vae.blends.decode(pins, weights)
        assert tuple(blend.z.tolist()) == pins[index].z
        (picture,) = vae.ask(DecodePoints(str(vae.path), (pins[index].z,))).pictures
        assert np.array_equal(blend.decode, picture)
        compared = vae.blends.compare(pins, weights)
        assert not isinstance(compared.nearest, Absent) and not isinstance(compared.average, Absent)
        assert (compared.nearest.pinned_as, compared.nearest.distance) == ("ABC"[index], 0)
        assert np.array_equal(compared.average, vae.dataset().rows(np.array([pins[index].sample]))[0])


def test_the_code_is_the_weighted_mean_and_other_pins_do_not_matter() -> None:
    pins = (Waypoint((1.0, 2.0)), Waypoint((3.0, -2.0)), Waypoint((float("nan"), float("inf"))))
    assert code_of_blend(pins, (0.25, 0.75, 0.0)).tolist() == [2.5, -1.0]
    assert code_of_blend(pins, (0.0, 1.0, 0.0)).tolist() == [3.0, -2.0]


def test_the_comparison_equals_an_independent_one(vae: LoadedRun) -> None:
    weights = (0.5, 0.3, 0.2)
    found = vae.blends.compare((3, 17, 100), weights)
    blend = vae.blends.decode((3, 17, 100), weights)
    samples = vae.dataset().rows(np.array([3, 17, 100])).astype(float)
    average = np.tensordot(weights, samples, axes=1)
    assert not isinstance(found.distance, Absent)
    assert found.distance.value == pytest.approx(np.linalg.norm(blend.decode - average) / 16, rel=1e-5)
    mean, _ = vae.encode(blend.decode[None])
    assert found.off_manifold == pytest.approx(np.linalg.norm(mean[0] - blend.z), rel=1e-4)
    latents = vae.latents
    assert latents is not None and not isinstance(found.nearest, Absent)
    lengths = np.linalg.norm(latents.mean.astype(float) - blend.z, axis=1)
    assert found.nearest.sample == latents.index[lengths.argmin()]
    assert found.nearest.distance == pytest.approx(lengths.min())
    assert found.nearest.near_data is True
    assert found.average_note == ""


def test_codes_are_averaged_by_their_decodes_and_far_blends_are_far_from_data(vae: LoadedRun) -> None:
    far = [40.0, 40.0]
    found = vae.blends.compare((3, far, far), (0.2, 0.4, 0.4))
    assert found.averaged_decodes == (1, 2)
    assert found.average_note == "B and C are not samples: their decodes are averaged."
    expected = 0.2 * vae.dataset().rows(np.array([3]))[0] + 0.8 * vae.decode(far)
    assert not isinstance(found.average, Absent) and not isinstance(found.nearest, Absent)
    assert found.average == pytest.approx(expected, rel=1e-5)
    assert found.nearest.near_data is False


def test_the_window_gets_the_same_bits(vae: LoadedRun) -> None:
    pins, weights, run = pins_of(vae, 3, 17), (0.4, 0.6), str(vae.path)
    decoded = vae.ask(BlendSamples(run, pins, weights))
    kept = vae.ask(DecodeBlends(run, (Blend(run, pins, weights), Blend(run, pins, (1.0, 0.0)))))
    assert np.array_equal(kept.pictures[0], decoded.decode)
    assert np.array_equal(decoded.decode, vae.blends.decode((3, 17), weights).decode)
    question = CompareBlend(run, pins, weights, codes=vae.plane_codes)
    assert question == CompareBlend(run, pins, weights, codes=vae.plane_codes)
    assert hash(question)
    assert vae.ask(DecodeBlends(run, ())).pictures.shape == (0, 1, 8, 8)


def test_without_data_and_codes_the_reasons_are_given() -> None:
    run = explorer.load(next(path for path in shipped_runs() if path.name == "digits-ae"))
    pins = pins_of(run, 3, 17)
    found = run.ask(CompareBlend(str(run.path), pins, (0.5, 0.5), has_data=False))
    for value in (found.average, found.distance, found.nearest):
        assert isinstance(value, Absent)
        assert value.why == "the data of the run is not loaded"
    assert isinstance(found.off_manifold, float)


def test_a_grid_has_the_pins_at_its_corners(vae: LoadedRun) -> None:
    weights, codes, decodes = vae.blends.grid((3, 17, 100), 4)
    assert weights.shape == (15, 3)
    for row, sample in ((0, 3), (10, 17), (14, 100)):
        assert weights[row].max() == 1
        assert np.array_equal(codes[row], vae.code_of(sample))
    assert decodes.shape == (15, 1, 8, 8)
    with pytest.raises(ConfigError, match="two or three pins, not 4"):
        vae.blends.grid((1, 2, 3, 4), 3)


def new_model(name: str, digits: Dataset) -> LatentModel:
    config = catalog.resolve(MODEL_CONFIGS[name](latent_dim=2), digits.description)
    return catalog.build(config, digits.description, torch.Generator().manual_seed(0))


def test_a_model_without_an_encoder_has_the_sample_nearest_to_its_decode(digits: Dataset) -> None:
    model, about = new_model("gan", digits), digits.description
    pins, weights = (Waypoint((0.5, 1.0)), Waypoint((-1.0, 0.3))), (0.5, 0.5)
    found = at_once(compare_blend(model, about, digits, None, pins, weights))
    assert isinstance(found.off_manifold, Absent) and not isinstance(found.nearest, Absent)
    train = digits.splits.train
    decode = decode_blend(model, about, pins, weights).decode
    lengths = np.linalg.norm((digits.rows(train) - decode).reshape(len(train), -1), axis=1) / 16
    assert found.nearest.sample == train[lengths.argmin()]
    assert found.nearest.distance == pytest.approx(lengths.min(), rel=1e-4)
    assert "model values from the decode" in nearest_text(found.nearest, about)
    assert "no encoder" in dict(comparison_lines(found, about))["off-manifold error"]


def test_a_conditional_model_decodes_the_class(digits: Dataset) -> None:
    model, about = new_model("conditional-vae", digits), digits.description
    pins = (Waypoint((0.5, 1.0)), Waypoint((-1.0, 0.3)))
    first, second = (decode_blend(model, about, pins, (0.5, 0.5), condition).decode for condition in (3, 4))
    assert not np.array_equal(first, second)
    found = at_once(compare_blend(model, about, digits, None, pins, (0.5, 0.5), 3))
    assert isinstance(found.off_manifold, float)


@pytest.mark.parametrize(
    ("count", "weights", "fault"),
    [
        (0, (), "1 to 8 pins, not 0"),
        (9, (1 / 9,) * 9, "1 to 8 pins, not 9"),
        (2, (1.0,), "1 weights for 2 pins"),
        (2, (1.5, -0.5), "at least 0 and add up to 1"),
        (2, (0.5, 0.6), "add up to 1"),
        (2, (float("nan"), 1.0), "add up to 1"),
    ],
)
def test_wrong_blends_are_refused(count: int, weights: tuple[float, ...], fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        check_blend((Waypoint((0.0, 1.0)),) * count, weights, 2)
    with pytest.raises(ConfigError, match="3 numbers"):
        check_blend((Waypoint((0.0, 1.0)),), (1.0,), 3)
