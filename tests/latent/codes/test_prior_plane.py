"""Planes of draws: fixed draws with the classes of the nearest real samples, which are never treated as samples."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from explorer.config import ConfigError, RunConfig, TrainConfig
from explorer.jobs.queries.decode_questions import DecodePoints, FindLookalike
from explorer.jobs.queries.plane_questions import EmbedPlane, MeasureSeparability
from explorer.jobs.questions import LoadedModel
from explorer.jobs.runs.plane_codes import codes_of_draws, codes_of_latents
from explorer.jobs.runs.train_run import new_run, run_training
from explorer.latent.codes import nearest_real as module
from explorer.latent.codes.draws import draw
from explorer.latent.codes.nearest_real import class_finder, nearest_real
from explorer.models import catalog
from explorer.models.latent_model import NotDefined
from explorer.runs.run_directory import open_run


def gan(description, latent_dim=2, seed=0):
    config = catalog.family("gan").config_type(latent_dim=latent_dim, generator_widths=(16,))
    resolved = catalog.resolve(config, description)
    return catalog.build(resolved, description, torch.Generator().manual_seed(seed)).requires_grad_(False)


def answer(question, loaded):
    asking = question.ask(loaded)
    while True:
        try:
            next(asking)
        except StopIteration as stop:
            return stop.value


@pytest.fixture
def loaded(digits):
    return LoadedModel("run", 7, gan(digits.description), digits.description, digits)


def test_classes_are_those_of_the_nearest_real_sample(digits):
    real = nearest_real(digits)
    train = digits.splits.train
    assert np.array_equal(real.index, train)  # of so few, all
    made = np.random.default_rng(0).uniform(0, 16, (50, 1, 8, 8)).astype(np.float32)
    reference = NearestNeighbors(n_neighbors=1).fit(digits.model_inputs(train).reshape(len(train), -1))
    distances, rows = reference.kneighbors((made / 16).reshape(50, -1))
    found, lengths = real.find(made)
    assert np.array_equal(found, rows[:, 0])
    assert lengths == pytest.approx(distances[:, 0], rel=1e-4)
    classifier = KNeighborsClassifier(1).fit(digits.model_inputs(train).reshape(len(train), -1), digits.labels[train])
    assert np.array_equal(real(made), classifier.predict((made / 16).reshape(50, -1)))
    assert "1,437 real samples" in real.words


def test_many_samples_are_thinned_by_class(digits, monkeypatch):
    monkeypatch.setattr(module, "REFERENCES", 200)
    thinned = replace(digits)  # another data set for the memory of what is known
    real = nearest_real(thinned)
    assert len(real.index) == 200 and np.isin(real.index, digits.splits.train).all()
    counts = np.bincount(real.labels, minlength=10)
    assert counts.min() >= 17 and counts.max() <= 23
    assert nearest_real(thinned) is real
    assert nearest_real(replace(digits)) is not real


def test_no_labels_no_classes(digits):
    assert class_finder(None) is None
    assert class_finder(replace(digits, labels=None)) is None
    assert draw(gan(digits.description), digits.description, None, 10).labels is None


def test_draws_stay_and_their_classes_follow_the_model(digits):
    real = nearest_real(digits)
    one, other = (draw(gan(digits.description, seed=seed), digits.description, real, 300) for seed in (0, 1))
    assert np.array_equal(one.z, other.z)
    assert not np.array_equal(one.labels, other.labels)
    assert (one.index < 0).all() and (np.diff(one.index) > 0).all()
    assert one.z.std() == pytest.approx(1, abs=0.1)


def test_a_model_with_neither_encoder_nor_prior_has_no_plane(digits):
    model = gan(digits.description)
    type_without = type("Bare", (type(model),), {"prior": None})
    model.__class__ = type_without
    with pytest.raises(NotDefined, match="neither an encoder nor a prior"):
        draw(model, digits.description, None)
    assert answer(EmbedPlane("run"), LoadedModel("run", 0, model, digits.description)) is None


def test_the_plane_of_draws_has_no_samples(loaded, digits):
    plane = answer(EmbedPlane("run", np.arange(5)), loaded)
    assert plane.drawn and len(plane.mean) == 4_000 and plane.step == 7
    assert plane.rows_are == "prior draws"
    assert plane.sample_of(0) is None and all(plane.row_of(sample) is None for sample in (0, 5, 1796))
    assert plane.split is None and plane.reconstruction is None and not plane.columns
    decodes = answer(DecodePoints("run", tuple(map(tuple, plane.mean[:20].tolist()))), loaded).pictures
    assert np.array_equal(plane.labels[:20], nearest_real(digits)(decodes))
    measured = answer(MeasureSeparability("run", plane), loaded)
    assert measured.accuracy is None and "no encoder" in measured.reason


def test_the_users_classifier_takes_precedence_over_the_nearest_sample(loaded):
    class Sevens:
        words = "what I say"

        def __call__(self, samples):
            return np.full(len(samples), 7)

    plane = answer(EmbedPlane("run"), replace(loaded, classifier=Sevens(), dataset=None))
    assert (plane.labels == 7).all() and plane.labelled_by == "what I say"


def test_more_dimensions_show_the_first_two(digits):
    draws = draw(gan(digits.description, 5), digits.description, None, 50)
    plane = codes_of_draws(draws, 1)
    assert plane.projection.axis_names == ("z1", "z2")
    assert np.array_equal(plane.projection.project(plane.mean), draws.z[:, :2].astype(np.float64))


def test_the_lookalike_is_the_nearest_training_sample(loaded, digits):
    found = answer(FindLookalike("run", (0.3, -0.2)), loaded)
    picture = answer(DecodePoints("run", ((0.3, -0.2),)), loaded).pictures[0]
    train = digits.splits.train
    distances = np.linalg.norm((digits.samples[train] - picture).reshape(len(train), -1) / 16, axis=1)
    assert found.sample == train[distances.argmin()]
    assert found.distance == pytest.approx(distances.min(), rel=1e-4)
    assert answer(FindLookalike("run", (0.0, 0.0)), replace(loaded, dataset=None)) is None


def test_asking_for_a_draw_of_p_gives_what_there_is(loaded):
    codes = ((0.1, 0.2),)
    mean, drawn = (answer(DecodePoints("run", codes, wants), loaded).pictures for wants in (False, True))
    assert np.array_equal(mean, drawn)


def test_a_run_keeps_its_draws(tmp_path: Path, digits):
    model = catalog.family("gan").config_type(generator_widths=(8,), discriminator_widths=(8,))
    job = new_run(RunConfig(model=model, train=TrainConfig(epochs=1)), tmp_path / "gan", dataset=digits, device="cpu")
    for _ in run_training(job):
        pass
    latents = open_run(tmp_path / "gan").latents()
    assert latents.drawn and "real samples" in latents.labelled_by
    plane = codes_of_latents(latents, tmp_path / "gan", 2)
    assert plane.drawn and plane.split is None and plane.labelled_by == latents.labelled_by
    assert set(plane.labels) <= set(range(10))


def test_encode_in_a_script_reports_that_there_is_no_encoder(tmp_path: Path, digits):
    from explorer.api import load_run

    model = catalog.family("gan").config_type(generator_widths=(8,), discriminator_widths=(8,))
    job = new_run(RunConfig(model=model, train=TrainConfig(epochs=1)), tmp_path / "gan", dataset=digits, device="cpu")
    for _ in run_training(job):
        pass
    loaded = load_run(tmp_path / "gan")
    assert not loaded.has_encoder
    for call in (lambda: loaded.encode(digits.samples[:1]), lambda: loaded.code_of(3), loaded.encode_dataset):
        with pytest.raises(ConfigError, match="has no encoder"):
            call()
    assert loaded.sample(4).shape == (4, 1, 8, 8)
    figures = loaded.evaluate()
    assert figures.reconstruction is None and "no encoder" in figures.not_defined["reconstruction"]
