from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from explorer.data.dataset import Column
from explorer.jobs.queries.selection_questions import DRAWN, NO_CODES, FindNeighbours, FoundSamples, SearchSamples
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.codes.neighbours import Neighbours
from explorer.latent.plane.projection import default_projection
from explorer.latent.steps import at_once

MEAN = np.array([[0, 0], [1, 0], [0, 3], [np.nan, 0], [2, 0]], np.float32)
CODES = PlaneCodes(
    step=1,
    index=np.array([2, 3, 5, 8, 9]),
    mean=MEAN,
    log_variance=None,
    labels=np.array([0, 1, 1, -1, 0]),
    split=np.array(["train", "test", "train", "train", "test"]),
    reconstruction=None,
    columns={"width": Column("width", np.array([1.0, 4.0, np.nan, 9.0, 2.0]))},
    neighbours=Neighbours(MEAN),
    projection=default_projection(MEAN[:3]),
)


def answer(question) -> FoundSamples:
    about = SimpleNamespace(sample_names=(), class_names=("a", "b"))
    loaded = SimpleNamespace(description=about, dataset=None)
    return at_once(question.ask(loaded))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (SearchSamples("r", "width > 3", CODES), [3, 8]),
        (SearchSamples("r", "class b and split train", CODES), [5]),
        (SearchSamples("r", "index 3-8", CODES), [3, 5, 8]),
        (FindNeighbours("r", (0.0, 0.0), CODES, count=3), [2, 3, 9]),
        (FindNeighbours("r", (0.0, 0.0), CODES, count=99), [2, 3, 5, 9]),
        (FindNeighbours("r", (0.0, 0.0), CODES, radius=1.0), [2, 3]),
    ],
)
def test_samples_are_found(question, expected) -> None:
    found = answer(question)
    assert found.samples.tolist() == expected and not found.problem


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        (SearchSamples("r", "wdth > 3", CODES), "position 1 of the search"),
        (SearchSamples("r", "width > 3", None), NO_CODES),
        (SearchSamples("r", "width > 3", replace(CODES, drawn=True)), DRAWN),
        (FindNeighbours("r", (0.0,), CODES, count=3), "another number of latent dimensions"),
        (FindNeighbours("r", (0.0, 0.0), None, count=3), NO_CODES),
    ],
)
def test_what_cannot_be_found_is_said(question, problem) -> None:
    found = answer(question)
    assert problem in found.problem and len(found.samples) == 0
