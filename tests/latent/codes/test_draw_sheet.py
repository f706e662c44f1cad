"""Sheets of draws: equal to the draws of before, by seed, at a temperature, around a code, by class, and copies."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from cases.job_cases import loaded_model, pictures

from explorer.config import MODEL_CONFIGS
from explorer.jobs.queries.sample_questions import DrawSamples
from explorer.latent.codes.draw_sheet import SheetRequest, codes_of_source, sheet_of_draws
from explorer.latent.codes.draws import CodeSource, with_nearest
from explorer.latent.inputs import inputs_of
from explorer.latent.steps import Absent, at_once
from explorer.models import catalog


def model_of(family):
    """Return an untrained model of any family."""
    loaded = loaded_model(pictures())
    config = catalog.resolve(MODEL_CONFIGS[family](latent_dim=2), loaded.description)
    model = catalog.build(config, loaded.description, torch.Generator().manual_seed(0)).eval()
    return replace(loaded, model=model.requires_grad_(False))


def asked(loaded, request, codes=None):
    source = CodeSource(loaded.model.latent_dim, loaded.model.capabilities, codes)
    z, words = codes_of_source(source, request)
    question = DrawSamples("run", request, tuple(map(tuple, z.tolist())), words)
    assert hash(question) == hash(replace(question))
    return at_once(question.ask(loaded))


def test_draws_of_the_prior_are_those_of_before_to_the_bit():
    loaded = loaded_model(pictures())
    sheet = asked(loaded, SheetRequest(count=25, seed=4))
    z = CodeSource(2, loaded.model.capabilities).draw(25, np.random.default_rng(4))
    assert np.array_equal(z, np.random.default_rng(4).standard_normal((25, 2)).astype(np.float32))
    with torch.inference_mode():
        decodes = loaded.description.transform.invert(loaded.model.decode(torch.from_numpy(z)).mean.numpy())
    before = with_nearest(z, decodes, loaded.dataset)
    for name in ("z", "decodes", "nearest", "distances"):
        assert np.array_equal(getattr(sheet.draws, name), getattr(before, name)), name
    assert sheet.log_density == pytest.approx((-0.5 * (z**2 + np.log(2 * np.pi))).sum(1), abs=1e-5)


@pytest.mark.parametrize(
    "request_",
    [
        SheetRequest(count=70, drawn=True),
        SheetRequest("mixture", count=9),
        SheetRequest("around", count=9, sample=14),
        SheetRequest("around", count=9, centre=(0.5, -1.0)),
    ],
    ids=["drawn", "mixture", "around a sample", "around a code"],
)
def test_a_seed_gives_the_same_sheet_and_another_seed_another(request_):
    loaded = loaded_model(pictures())
    first, second = asked(loaded, request_), asked(loaded_model(pictures()), request_)
    other = asked(loaded, replace(request_, seed=1))
    assert np.array_equal(first.draws.z, second.draws.z) and np.array_equal(first.shown, second.shown)
    assert not np.array_equal(first.draws.z, other.draws.z)


def test_a_temperature_scales_the_same_draws():
    loaded = loaded_model(pictures())
    warm, cold = (asked(loaded, SheetRequest(temperature=t)).draws.z for t in (1.0, 0.5))
    assert cold == pytest.approx(0.5 * warm, rel=1e-6)
    around = [asked(loaded, SheetRequest("around", centre=(2.0, 3.0), temperature=t)) for t in (1.0, 0.5)]
    assert around[1].draws.z - [2, 3] == pytest.approx(0.5 * (around[0].draws.z - [2, 3]), abs=1e-5)
    assert "0.5 × " in around[1].words


def test_draws_around_a_sample_have_the_moments_of_its_posterior():
    loaded = loaded_model(pictures())
    with torch.inference_mode():
        posterior = loaded.model.encode(inputs_of(loaded.model, loaded.dataset, np.array([14])).x)
    sheet = asked(loaded, SheetRequest("around", count=4000, sample=14))
    sigma = (0.5 * posterior.log_variance[0]).exp().numpy()
    assert sheet.draws.z.mean(0) == pytest.approx(posterior.mean[0].numpy(), abs=float(5 * sigma.max() / 4000**0.5))
    assert sheet.draws.z.std(0) == pytest.approx(sigma, rel=0.05)
    assert sheet.words == "draws around sample 14, with the posterior's σ of sample 14"
    with torch.inference_mode():
        many = posterior.rows(torch.zeros(4000, dtype=torch.int64))
        assert sheet.log_density == pytest.approx(many.log_prob(torch.from_numpy(sheet.draws.z)).numpy(), abs=1e-3)


def test_a_point_encoder_takes_the_spread_of_the_nearest_codes():
    sheet = asked(loaded_model(pictures(), "ae"), SheetRequest("around", sample=14))
    assert "standard deviation of the 48 codes nearest" in sheet.words


def test_each_class_decodes_the_same_codes():
    loaded = loaded_model(pictures(), "conditional-vae")
    sheet = asked(loaded, SheetRequest(count=4, classes=(0, 1, 2)))
    assert sheet.classes.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert np.array_equal(sheet.draws.z[:4], sheet.draws.z[4:8]) and len(sheet.log_density) == 12
    assert not np.array_equal(sheet.draws.decodes[:4], sheet.draws.decodes[4:8])


def test_a_sample_of_p_x_given_z_is_drawn_on_demand():
    loaded = loaded_model(pictures())
    drawn, mean = (asked(loaded, SheetRequest(drawn=one)) for one in (True, False))
    assert np.array_equal(drawn.draws.decodes, mean.draws.decodes) and mean.samples is None
    assert not np.array_equal(drawn.shown, mean.shown)
    gan = asked(model_of("gan"), SheetRequest(drawn=True))
    assert gan.samples is None and "p(x|z)" in gan.no_samples


@pytest.mark.parametrize(
    ("family", "request_", "has_data", "why"),
    [
        ("gan", SheetRequest("mixture"), True, "no encoder"),
        ("vae", SheetRequest("mixture"), False, "not loaded"),
        ("vae", SheetRequest("mixture", components=40), True, "choose 16"),
        ("sparse-ae", SheetRequest("mixture"), True, "sparse code"),
        ("vae", SheetRequest("around"), True, "need the code"),
        ("vae", SheetRequest("around", sample=999), True, "no sample 999"),
        ("vae", SheetRequest("around", centre=(1.0,)), True, "has 1 numbers"),
    ],
)
def test_what_is_not_defined_is_told(family, request_, has_data, why):
    loaded = model_of(family)
    found = asked(loaded if has_data else replace(loaded, dataset=None), request_)
    assert isinstance(found, Absent) and why in found.why


def test_copies_of_training_samples_are_found_and_their_mean_is_none():
    dataset = pictures()
    rows = dataset.rows(dataset.splits.train)
    copies = dataset.description.transform.apply(rows[:3])

    class Copying(torch.nn.Module):
        """A decoder that returns training samples, and their mean for all other codes."""

        capabilities, latent_dim, device, prior, config = loaded_model(dataset).model.capabilities, 1, "cpu", None, None

        def decode(self, z, condition=None):
            mean = dataset.description.transform.apply(rows).mean(axis=0)
            values = np.stack([copies[int(one)] if one < 3 else mean for one in z[:, 0]])
            return type("Decoded", (), {"mean": torch.from_numpy(values)})()

    z = np.array([[0.0], [1.0], [9.0]], np.float32)
    sheet = at_once(sheet_of_draws(Copying(), dataset.description, dataset, SheetRequest("range"), z, "made up"))
    assert sheet.is_copy.tolist() == [True, True, False]
    assert sheet.nearness[:2] == pytest.approx([0, 0], abs=1e-3) and 0.5 < sheet.nearness[2] < 1.5
    assert sheet.copies_text.startswith("2 of 3 draws are near copies")
    assert sheet.draws.nearest[:2].tolist() == dataset.splits.train[:2].tolist()


def test_without_data_a_sheet_has_no_nearest_samples():
    sheet = asked(replace(loaded_model(pictures()), dataset=None), SheetRequest(count=3))
    assert sheet.draws.nearest is None and sheet.nearness is None and sheet.copies_text == ""
    assert sheet.is_copy.tolist() == [False] * 3
