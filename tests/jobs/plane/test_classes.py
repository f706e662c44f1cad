"""Classes of conditional models: names, how a point and a sample are decoded, and the questions about them."""

from dataclasses import replace

import numpy as np
import torch
from job_cases import loaded_model, pictures

from explorer.jobs.queries.decode_questions import DecodeEveryClass, DecodePoints, ReconstructSamples
from explorer.jobs.queries.follow_sample import FollowSample, ForwardPass
from explorer.jobs.queries.measure_figures import MeasureFigures, Unmeasured
from explorer.jobs.questions import LoadedModel, Question
from explorer.latent.evaluation.evaluate import evaluate


def answer(question: Question, loaded: LoadedModel) -> object:
    work = question.ask(loaded)
    while True:
        try:
            next(work)
        except StopIteration as stop:
            return stop.value


def conditional() -> LoadedModel:
    return loaded_model(pictures(), "conditional-vae")


def decoded(loaded: LoadedModel, z: np.ndarray, label: int) -> np.ndarray:
    with torch.inference_mode():
        mean = loaded.model.decode(torch.from_numpy(z), torch.full((len(z),), label)).mean
    return mean.numpy() * 255


def test_a_point_decodes_as_the_requested_class() -> None:
    loaded, z = conditional(), np.array([[0.2, -0.4]], np.float32)
    every = answer(DecodeEveryClass("run", (0.2, -0.4)), loaded)
    for label in range(3):
        found = answer(DecodePoints("run", ((0.2, -0.4),), condition=label), loaded)
        np.testing.assert_allclose(found.pictures, decoded(loaded, z, label), rtol=1e-5)
        np.testing.assert_allclose(every.pictures[label], found.pictures[0], rtol=1e-5)


def test_other_models_have_no_decode_by_class() -> None:
    assert answer(DecodeEveryClass("run", (0.0, 0.0)), loaded_model(pictures())) is None


def test_a_sample_decodes_as_its_own_class_or_another() -> None:
    loaded = conditional()
    own, other = (answer(FollowSample("run", 20, condition=label), loaded) for label in (None, 2))
    assert isinstance(own, ForwardPass) and isinstance(other, ForwardPass)
    label = int(loaded.dataset.labels[20])
    assert label != 2
    np.testing.assert_allclose(own.decoded, decoded(loaded, own.z[None], label)[0], rtol=1e-5)
    np.testing.assert_allclose(other.decoded, decoded(loaded, own.z[None], 2)[0], rtol=1e-5)
    np.testing.assert_array_equal(own.z, other.z)
    assert own.reconstruction == other.reconstruction


def test_selected_samples_are_reconstructed_as_their_own_classes() -> None:
    loaded = conditional()
    found = answer(ReconstructSamples("run", (3, 30)), loaded)
    for index, sample in enumerate((3, 30)):
        way = answer(FollowSample("run", sample), loaded)
        np.testing.assert_allclose(found.pictures[index], way.decoded, rtol=1e-5)


def test_the_figures_are_those_of_the_evaluation() -> None:
    loaded = conditional()
    found = answer(MeasureFigures("run"), loaded)
    assert found.to_json() == evaluate(loaded.model, loaded.dataset).to_json()
    assert answer(MeasureFigures("run"), replace(loaded, dataset=None)) == Unmeasured("the data is not available")
