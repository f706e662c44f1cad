"""The bound of a sample and its true posterior as questions: computed once, replaceable, drawn at the right points."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from job_cases import loaded_model, pictures, without_data

from explorer.jobs.overlays.catalog import overlay
from explorer.jobs.overlays.densities.true_posterior import DrawTruePosterior
from explorer.jobs.queries.model_questions import FindBound, bound_once
from explorer.jobs.questions import LoadedModel
from explorer.latent.bound.sample_bound import bound_of_sample
from explorer.latent.plane.overlay_parts import Lines, Shading
from explorer.latent.plane.projection import axes_projection, default_projection
from explorer.latent.steps import at_once


def ask(question: Any, loaded: LoadedModel) -> Any:
    return at_once(question.ask(loaded))


@pytest.fixture
def loaded() -> LoadedModel:
    return loaded_model(pictures())


def test_it_is_the_bound_of_the_sample(loaded: LoadedModel) -> None:
    found = ask(FindBound("run", 3), loaded)
    assert loaded.dataset is not None
    wanted = at_once(bound_of_sample(loaded.model, loaded.dataset, 3))
    assert (found.sample, found.log_likelihood, found.gap) == (3, wanted.log_likelihood, wanted.gap)


def test_it_is_found_once_for_all_who_ask(loaded: LoadedModel) -> None:
    """The worker alternates between two equal questions; the second waits for the first, so the work is done once."""
    one, other = bound_once(loaded, 3), bound_once(loaded, 3)
    results: list[Any] = []
    turns = [0, 0]
    while len(results) < 2:
        for index, work in enumerate((one, other)):
            try:
                next(work)
                turns[index] += 1
            except StopIteration as stop:
                results.append(stop.value)
    assert results[0] is results[1]
    assert ask(FindBound("run", 3), loaded) is results[0]


def test_a_waiting_question_continues_when_the_first_is_dropped(loaded: LoadedModel) -> None:
    one, other = bound_once(loaded, 3), bound_once(loaded, 3)
    next(one)
    next(other)
    one.close()
    assert at_once(other) is not None


def test_a_missing_requirement_is_reported_and_not_cached(loaded: LoadedModel) -> None:
    autoencoder = loaded_model(pictures(), "ae")
    for _ in range(2):
        assert "no prior" in ask(FindBound("run", 3), autoencoder).why
    assert ask(FindBound("run", 3), without_data(loaded)) is None
    assert ask(FindBound("run", 3000), loaded) is None


def test_the_bound_is_a_replaceable_question_of_low_priority(loaded: LoadedModel) -> None:
    assert FindBound.gives_way and not FindBound.urgent


def compute(loaded: LoadedModel, sample: int | None, projection: Any = None, height: float = 0.0) -> Any:
    assert loaded.dataset is not None
    codes = np.zeros((1, loaded.model.latent_dim), np.float32)
    projection = default_projection(codes) if projection is None else projection
    return at_once(DrawTruePosterior("run", sample, projection, height).ask(loaded))


def test_the_overlay_is_highest_at_the_posterior_mode(loaded: LoadedModel) -> None:
    found = ask(FindBound("run", 3), loaded).posterior
    shading, outer, inner = compute(loaded, 3).parts
    assert isinstance(shading, Shading) and isinstance(outer, Lines) and isinstance(inner, Lines)
    rows, columns = shading.values.shape
    x = np.linspace(shading.box.left, shading.box.right, 2 * columns + 1)[1::2]
    y = np.linspace(shading.box.bottom, shading.box.top, 2 * rows + 1)[1::2]
    weights = shading.values / shading.values.sum()
    middle = np.array([(weights.sum(0) * x).sum(), (weights.sum(1) * y).sum()])
    assert middle == pytest.approx(found.mean, abs=0.15 * np.sqrt(found.covariance.diagonal().max()))
    for lines in (outer, inner):
        points = np.concatenate(lines.paths)
        assert (points.min(0) < found.mean).all() and (points.max(0) > found.mean).all()


def test_turned_axes_turn_it(loaded: LoadedModel) -> None:
    plain, turned = compute(loaded, 3).parts[0], compute(loaded, 3, axes_projection(2, (1, 0))).parts[0]
    assert (turned.box.left, turned.box.top) == (plain.box.bottom, plain.box.right)
    assert (turned.values == plain.values.T).all()


def test_one_dimension_is_a_hill_over_the_strip() -> None:
    line = loaded_model(pictures(), latent_dim=1)
    (hill,) = compute(line, 3, height=2.0).parts
    found = ask(FindBound("run", 3), line).posterior
    (path,) = hill.paths
    assert path[:, 1].min() == 2.0 < path[:, 1].max() < 2.5
    assert path[path[:, 1].argmax(), 0] == pytest.approx(found.mean[0], abs=2 * np.sqrt(found.covariance[0, 0]))


def test_it_says_what_to_do_and_what_is_lacking(loaded: LoadedModel) -> None:
    assert compute(loaded, None).words == "click a point to follow its sample"
    assert "log p(x) −" in compute(loaded, 3).words and "= ELBO" in compute(loaded, 3).words
    result = at_once(DrawTruePosterior("run", 3, axes_projection(2, (0, 1))).ask(without_data(loaded)))
    assert result.words == "the samples of this run are not available"


def test_many_dimensions_report_why_there_is_no_overlay(loaded: LoadedModel) -> None:
    class Run:
        capabilities = loaded.model.capabilities
        latent_dim = 8
        dataset = loaded.dataset

    why = overlay("true_posterior").why_not
    assert "200^8 = 2.6e+18 decodes, so p(x) is intractable" in why(Run())  # type: ignore[arg-type]
    Run.latent_dim = 2
    assert why(Run()) == ""  # type: ignore[arg-type]
    Run.capabilities = replace(Run.capabilities, prior=False)
    assert "no prior" in why(Run())  # type: ignore[arg-type]
