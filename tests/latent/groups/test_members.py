"""Groups of samples: members near a code, sets, units, and the summary of a group."""

from typing import Any

import numpy as np
import pytest
from job_cases import loaded_model, pictures
from plane_cases import codes_of

from explorer.config import ConfigError
from explorer.data.dataset import Column
from explorer.jobs.queries.vector_questions import SummarizeGroup
from explorer.latent.codes.embedding import embed
from explorer.latent.groups.members import (
    combined,
    members_within,
    nearest_members,
    rows_of,
    unit_columns,
    units_by,
)
from explorer.latent.groups.sample_table import SampleTable
from explorer.latent.groups.summary import MEDOID_CANDIDATES, GroupSummary, summarize_group
from explorer.latent.steps import Absent, at_once

INDEX = np.array([2, 3, 5, 8])
CODES = np.array([[0, 0], [3, 4], [np.nan, 0], [1, 0]], np.float32)


def test_the_nearest_codes_and_those_in_a_radius_are_groups() -> None:
    assert nearest_members(INDEX, CODES, (0, 0), 2).tolist() == [2, 8]
    assert nearest_members(INDEX, CODES, (0, 0), 99).tolist() == [2, 8, 3]  # not the code that is not finite
    assert members_within(INDEX, CODES, (0, 0), 1.0).tolist() == [2, 8]
    assert members_within(INDEX, CODES, (9, 9), 0.5).tolist() == []


@pytest.mark.parametrize(
    ("operation", "samples"), [("add", [1, 2, 3, 4]), ("remove", [1]), ("intersect", [2, 3]), ("replace", [2, 3, 4])]
)
def test_groups_combine_as_sets(operation: Any, samples: list[int]) -> None:
    assert combined(operation, (1, 2, 3), (4, 3, 2, 2)).tolist() == samples


def test_samples_without_a_code_have_no_row() -> None:
    assert rows_of(INDEX, (8, 4, 2, 2, -1, 99)).tolist() == [0, 3]
    assert rows_of(np.empty(0, np.int64), (1,)).tolist() == []


def test_units_are_the_values_of_a_column_and_each_unknown_sample() -> None:
    columns = {
        "person": Column("person", np.array([1, 0, 1, -1, -1]), ("a", "b")),
        "number": Column("number", np.array([7.0, 7, np.nan, 9, 9])),
        "weight": Column("weight", np.array([0.5, 1.5, 2.5, 3.5, 0.5])),
    }
    table = SampleTable(np.arange(5), np.array([0, 0, 1, 1, 1]), ("x", "y"), columns)
    assert units_by(table, "person").of_row.tolist() == [1, 0, 1, 2, 3]
    assert units_by(table, "number").of_row.tolist() == [0, 0, 2, 1, 1]
    assert units_by(table, "class").of_row.tolist() == [0, 0, 1, 1, 1]
    assert units_by(table, "").of_row.tolist() == [0, 1, 2, 3, 4]
    assert unit_columns(table) == ("class", "person", "number")
    with pytest.raises(ConfigError, match="did you mean person"):
        units_by(table, "persn")


def test_a_summary_has_the_mean_decode_and_the_mean_sample() -> None:
    dataset = pictures()
    loaded = loaded_model(dataset)
    codes = codes_of(embed(loaded.model, dataset).mean, dataset.labels)
    samples = (4, 9, 30, 31, 32, 33, 34, 35, 9)
    found: GroupSummary = at_once(SummarizeGroup("run", samples, codes, "class").ask(loaded))
    members = np.unique(samples)
    assert dataset.labels is not None
    assert found.count == 8 and dict(found.class_counts) == {
        dataset.class_names[one]: int((dataset.labels[members] == one).sum()) for one in set(dataset.labels[members])
    }
    assert found.units == len(set(dataset.labels[members]))
    assert np.allclose(found.mean_sample, dataset.samples[members].mean(axis=0))
    assert np.allclose(found.mean_code, codes.mean[members].mean(axis=0), atol=1e-6)
    assert not isinstance(found.mean_decode, Absent) and found.mean_decode.shape == (1, 4, 5)
    distances = np.linalg.norm(codes.mean[members, None] - codes.mean[None, members], axis=2).sum(axis=1)
    assert found.medoid == members[distances.argmin()]
    assert found.shown[0] == 4 and found.shown[-1] == 35 and len(found.shown) == 6


def test_the_medoid_of_a_large_group_is_near_its_mean() -> None:
    rng = np.random.default_rng(0)
    values = rng.standard_normal((20 * MEDOID_CANDIDATES, 2))
    loaded = loaded_model(pictures())
    found = at_once(summarize_group(loaded.model, loaded.description, np.arange(len(values)), codes_of(values)))
    assert not isinstance(found, Absent) and isinstance(found.medoid, int)
    assert np.linalg.norm(values[found.medoid] - np.median(values, axis=0)) < 0.2


@pytest.mark.parametrize(
    ("samples", "codes", "why"),
    [
        ((), None, "the group has no samples"),
        ((1,), None, "no sample of the group has a code"),
        ((1,), codes_of(np.full((3, 2), np.nan)), "no sample of the group has a code"),
        ((1,), codes_of(np.zeros((3, 2)), index=np.arange(-3, 0), drawn=True), "no sample of the group has a code"),
    ],
)
def test_a_summary_says_what_is_not_defined(samples: tuple[int, ...], codes: Any, why: str) -> None:
    loaded = loaded_model(pictures())
    found = at_once(SummarizeGroup("run", samples, codes).ask(loaded))
    missing = found if isinstance(found, Absent) else found.mean_code
    assert isinstance(missing, Absent) and missing.why == why
