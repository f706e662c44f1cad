"""Kinds of features: how they are recognized, chosen, scaled, reported and stored."""

import json
import math
from typing import Any

import numpy as np
import pytest
import scipy.sparse
import torch

from explorer.config import DataConfig
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset, description_from_json, description_to_json
from explorer.data.imports.chosen_roles import with_offer
from explorer.data.imports.found import Found
from explorer.data.imports.interpret import interpret
from explorer.data.report import ImportReport, Role
from explorer.training.batches import ResidentSamples

ROWS = 60


def columns() -> dict[str, np.ndarray[Any, Any]]:
    rng = np.random.default_rng(0)
    return {
        "height": rng.normal(170, 10, ROWS),
        "smoker": np.tile([0.0, 1.0], ROWS // 2),
        "member": rng.random(ROWS) < 0.5,
        "eye": np.tile(np.array(["blue", "brown", "green"], object), ROWS // 3),
        "visits": rng.poisson(8, ROWS).astype(float),
        "wind": np.linspace(0, 359, ROWS),
    }


def read(samples: Any = None, *, kinds: tuple[str, ...] = (), **settings: Any) -> tuple[Dataset, ImportReport]:
    """Interpret the samples, or the columns above if there are none."""
    table = columns() if samples is None else {}
    roles: dict[str, Role] = dict.fromkeys(table, "feature")
    if table:
        roles["eye"] = "category"
    context = LoadContext()
    found = Found("made up", "made-up.csv", samples=samples, columns=table, roles=roles, feature_kinds=kinds)
    return interpret(found, DataConfig(**settings), context), context.notes.report()


def test_kinds_of_columns_are_recognized_and_only_numbers_are_scaled() -> None:
    dataset, report = read()
    kinds = dict(zip(dataset.description.feature_names, dataset.description.feature_kinds, strict=True))
    assert kinds == {
        "height": "number", "smoker": "yes/no", "member": "yes/no", "visits": "number", "wind": "number",
        "eye = blue": "category", "eye = brown": "category", "eye = green": "category",
    }  # fmt: skip
    assert dataset.description.category_sizes == (3,)
    values = dataset.model_inputs(dataset.splits.train)
    numbers = [index for index, kind in enumerate(dataset.description.feature_kinds) if kind == "number"]
    np.testing.assert_allclose(values[:, numbers].mean(0), 0, atol=1e-5)
    others = [index for index in range(8) if index not in numbers]
    assert np.array_equal(values[:, others], dataset.rows(dataset.splits.train)[:, others])
    assert "2 yes/no columns of 0 and 1, not scaled: smoker, member" in report.understood
    assert "1 category of 3 words" in report.understood
    assert any("each number is standardized" in line for line in report.understood)


def test_counts_and_angles_are_taken_where_asked_and_said() -> None:
    dataset, report = read(count_columns=("visits",), angle_columns=("wind",))
    about = dataset.description
    visits, wind = (about.feature_names.index(name) for name in ("visits", "wind"))
    values = dataset.model_inputs()
    assert np.array_equal(values[:, visits], dataset.samples[:, visits])
    np.testing.assert_allclose(values[:, wind], np.radians(dataset.samples[:, wind] - 180), atol=1e-5)
    assert "1 column of counts (whole numbers from 0 up), not scaled: visits" in report.understood
    assert "1 column of angles in degrees: wind" in report.understood
    assert "angles are given to the model in radians" in report.changed


@pytest.mark.parametrize(
    ("angles", "period", "wanted"),
    [
        (np.linspace(-math.pi, math.pi, 20), 0.0, 2 * math.pi),
        (np.linspace(0, 2 * math.pi, 20), 0.0, 2 * math.pi),
        (np.linspace(-180, 180, 20), 0.0, 360.0),
        (np.linspace(0, 23, 20), 24.0, 24.0),
    ],
    ids=["radians", "positive radians", "degrees", "hours"],
)
def test_the_unit_of_angles_follows_their_range_or_the_setting(
    angles: np.ndarray[Any, Any], period: float, wanted: float
) -> None:
    dataset, _ = read(np.stack([angles, angles], 1), angle_columns=("*",), angle_period=period)
    values = dataset.model_inputs()
    assert np.abs(values).max() <= math.pi * 1.001
    steps = np.diff(dataset.samples[:, 0]) / np.diff(values[:, 0])
    np.testing.assert_allclose(steps, wanted / (2 * math.pi), rtol=1e-4)
    # A decoded angle is from −π to π, and comes back in the range of the data.
    np.testing.assert_allclose(dataset.description.transform.invert(values), dataset.samples, atol=1e-3)


@pytest.mark.parametrize("scaling", ["standardize", "together", "robust", "range", "none"])
@pytest.mark.parametrize("log1p", [False, True])
def test_every_scaling_leaves_other_kinds_alone_and_is_inverted(scaling: str, log1p: bool) -> None:
    dataset, _ = read(scaling=scaling, log1p=log1p, count_columns=("visits",), angle_columns=("wind",))
    about, values = dataset.description, dataset.model_inputs()
    np.testing.assert_allclose(about.transform.invert(values), dataset.samples, rtol=1e-4, atol=1e-3)
    places = [index for index, kind in enumerate(about.feature_kinds) if kind not in ("number", "angle")]
    assert np.array_equal(values[:, places], dataset.samples[:, places])
    if scaling == "range":
        assert -1e-6 <= values[dataset.splits.train, 0].min() <= values[dataset.splits.train, 0].max() <= 1
    again = description_from_json(json.loads(json.dumps(description_to_json(about))))
    assert again.feature_kinds == about.feature_kinds
    assert again.category_sizes == about.category_sizes
    np.testing.assert_array_equal(again.transform.apply(dataset.samples), values)


@pytest.mark.parametrize("scaling", ["auto", "range"])
def test_a_training_sees_the_values_that_the_data_set_returns(scaling: str) -> None:
    dataset, _ = read(log1p=True, scaling=scaling)

    resident = ResidentSamples(dataset.rows(np.arange(9)), dataset.description.transform, torch.device("cpu"))
    np.testing.assert_allclose(resident.inputs(slice(0, 9)).numpy(), dataset.model_inputs(slice(0, 9)), atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, "count"),
        ({"scaling": "none"}, "count"),
        ({"log1p": True}, ""),
        ({"scaling": "standardize"}, ""),
        ({"normalize_counts": True}, ""),
        ({"number_columns": ("*",)}, ""),
    ],
)
@pytest.mark.parametrize("is_sparse", [True, False])
def test_counts_of_a_reader_stay_unless_another_scale_is_asked_for(
    settings: dict[str, Any], wanted: str, is_sparse: bool
) -> None:
    counts = np.random.default_rng(1).poisson(0.8, (40, 12)).astype(np.float32)
    samples = scipy.sparse.csr_array(counts) if is_sparse else counts
    dataset, _ = read(samples, kinds=() if is_sparse else ("count",) * 12, **settings)
    assert {*dataset.description.feature_kinds} == ({wanted} if wanted else set())


def test_sparse_numbers_and_binary_matrices_are_no_counts() -> None:
    words = scipy.sparse.random_array((40, 12), density=0.3, rng=np.random.default_rng(2)).tocsr()
    assert read(words)[0].description.feature_kinds == ()
    words.data[:] = 1
    assert {*read(words)[0].description.feature_kinds} == {"yes/no"}


def test_binary_rows_of_an_array_are_yes_or_no_but_not_lone_columns_of_bytes() -> None:
    rng = np.random.default_rng(3)
    binary = rng.integers(0, 2, (40, 6))
    dataset, _ = read(binary.astype(np.uint8))
    assert dataset.description.feature_kinds == ("yes/no",) * 6
    assert dataset.description.unit_range
    levels = rng.integers(0, 200, (40, 6)).astype(np.uint8)
    levels[:, 2] = binary[:, 2]
    assert read(levels)[0].description.feature_kinds == ()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"count_columns": ("height",)}, "height has no counts: row 1 is"),
        ({"count_columns": ("visit",)}, "there is no feature 'visit' (height, smoker"),
        ({"angle_columns": ("eye",)}, "there is no feature 'eye'"),
    ],
)
def test_a_wrong_choice_is_refused_with_its_reason(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as error:
        read(**settings)
    assert message in str(error.value)


def test_numbers_far_out_are_pointed_out_but_no_high_counts() -> None:
    table = np.random.default_rng(4).poisson(3, (60, 3)).astype(np.float32)
    table[7] = 1e6
    dataset, _ = read(table, count_columns=("*",))
    assert dataset.description.far_out == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"feature_kinds": ["number"]}, "kinds of 1 features"),
        ({"feature_kinds": ["word"] * 8}, "kinds of 8 features"),
        ({"category_sizes": [2]}, "categories have sizes"),
    ],
)
def test_damaged_kinds_of_a_stored_description_are_refused(change: dict[str, Any], message: str) -> None:
    value = description_to_json(read()[0].description) | change
    with pytest.raises(ValueError, match=message):
        description_from_json(value)


def test_an_older_description_without_kinds_has_numbers() -> None:
    value = description_to_json(read()[0].description)
    del value["feature_kinds"], value["category_sizes"], value["transform"]["log1p"]
    about = description_from_json(value)
    assert about.feature_kinds == about.category_sizes == ()
    assert about.transform.log1p is False


@pytest.mark.parametrize("is_sparse", [True, False])
@pytest.mark.parametrize("settings", [{"scaling": "standardize"}, {"log1p": True}])
def test_a_rare_gene_of_0_and_1_is_a_number_among_counts(is_sparse: bool, settings: dict[str, Any]) -> None:
    counts = np.random.default_rng(5).poisson(np.linspace(0.02, 2, 40), (90, 40)).astype(np.float32)
    assert (counts.max(axis=0) == 1).sum() == 3
    samples = scipy.sparse.csr_array(counts) if is_sparse else counts
    dataset, report = read(samples, **settings)
    assert dataset.description.feature_kinds == ()
    assert not any("yes/no" in line for line in report.understood)
    assert not any("far out" in line for line in report.warnings)


def test_names_with_commas_are_quoted_in_offers() -> None:
    context = LoadContext()
    samples = np.random.default_rng(6).uniform(0, 360, (ROWS, 2))
    interpret(Found("a", "a.csv", samples=samples, feature_names=("angle(X,mean)", "b")), DataConfig(), context)
    (offer,) = (each for each in context.notes.report().offers if each.setting == "angle_columns")
    assert offer.value == '"angle(X,mean)"'
    assert with_offer(DataConfig(), offer).angle_columns == ("angle(X,mean)",)


def test_scaling_that_changes_nothing_is_said() -> None:
    _, report = read(np.tile([[0.0, 1], [1, 0]], (20, 1)), log1p=True)
    assert "data.scaling and data.log1p have no effect: no feature is a plain number" in report.warnings


def test_the_logarithm_of_a_declared_range_from_minus_one() -> None:
    pictures = np.random.default_rng(7).uniform(-0.5, 1, (ROWS, 6, 6)).astype(np.float32)
    dataset, _ = read(pictures, log1p=True)
    values = dataset.model_inputs()
    assert 0 <= values.min() < 1e-5 and 1 - 1e-3 < values.max() <= 1
    np.testing.assert_allclose(dataset.description.transform.invert(values), dataset.samples, atol=1e-5)


def test_robust_scaling_of_a_rare_feature_ignores_values_far_out() -> None:
    values = np.random.default_rng(8).normal(size=(200, 2))
    values[:, 1] *= np.arange(200) % 8 == 0
    values[16] = 1e9
    dataset, _ = read(values, scaling="robust")
    assert (dataset.description.transform.scale < 10).all()
