import numpy as np
import pytest
from scipy.sparse import csr_array

from explorer.config import DataConfig
from explorer.data.arrays.arrays import dataset_from_arrays
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError
from explorer.data.imports.counts import are_counts, with_equal_totals
from explorer.data.imports.features import with_most_variable
from explorer.data.imports.found import Found
from explorer.data.imports.interpret import interpret
from explorer.data.report import Notes

COUNTS = np.random.default_rng(0).poisson(0.5, (40, 60))


def found(samples, **more):
    return Found(name="cells", where="cells.npz", samples=samples, **more)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (COUNTS, True),
        (csr_array(COUNTS), True),
        (COUNTS > 0, False),
        (COUNTS * 0.5, False),
        (COUNTS - 1, False),
        (COUNTS + 1, False),
        (COUNTS[:, :5], False),
    ],
)
def test_counts_are_whole_numbers_that_are_mostly_0(samples, expected):
    assert are_counts(samples) is expected


@pytest.mark.parametrize("sparse", [False, True])
def test_equal_totals_are_those_of_scanpy(sparse):
    counts = COUNTS.copy()
    counts[3] = 0
    notes = Notes()
    result = with_equal_totals(found(csr_array(counts) if sparse else counts), DataConfig(normalize_counts=True), notes)
    totals = counts.sum(axis=1)
    expected = (
        counts / np.where(totals, totals, 1)[:, None] * np.median(totals[totals > 0])
    )  # scanpy.pp.normalize_total
    got = result.samples.toarray() if sparse else result.samples
    np.testing.assert_allclose(got, expected, rtol=1e-5)
    report = notes.report()
    assert "scaled to the median total" in report.changed[0] and report.warnings == ("1 sample has a total of 0",)


def pixels(side, count=40, peak=255):
    """Return grey values of blobs on black, most of them 0."""
    y, x = np.mgrid[:side, :side]
    centres = np.random.default_rng(2).uniform(side / 3, 2 * side / 3, (count, 2))
    blobs = [peak * np.exp(-((y - a) ** 2 + (x - b) ** 2) / side) for a, b in centres]
    return np.rint(blobs).astype(int).reshape(count, -1)


@pytest.mark.parametrize(
    ("samples", "names", "shape", "offered"),
    [
        (COUNTS, [f"GENE{n}" for n in range(60)], "auto", True),
        (pixels(28), [f"pixel{n}" for n in range(784)], "auto", False),
        (pixels(28), [f"pixel{n}" for n in range(784)], "vector", False),
        (pixels(28), [f"{n // 28 + 1}x{n % 28 + 1}" for n in range(784)], "auto", False),
        (pixels(8, peak=16), [f"attr{n}" for n in range(64)], "auto", False),
        (pixels(16), [f"left {n}" for n in range(256)], "vector", False),
        (COUNTS, [f"t{n}" for n in range(60)], "signal", False),
    ],
)
def test_counts_are_offered_for_vectors_of_counts_and_not_for_pixels(samples, names, shape, offered):
    context = LoadContext()
    data = found(samples, feature_names=names)
    interpret(data, DataConfig(source="cells.npz", sample_shape=shape), context)
    assert ("normalize_counts" in {offer.setting for offer in context.notes.report().offers}) is offered


def test_equal_totals_need_numbers_from_0():
    with pytest.raises(DataError, match=r"cells\.npz: data\.normalize_counts needs rows of numbers from 0"):
        with_equal_totals(found(COUNTS - 1.0), DataConfig(normalize_counts=True), Notes())


def test_the_most_variable_features_are_those_of_the_logarithm():
    rng = np.random.default_rng(1)
    counts = np.c_[rng.poisson(1000, 200), rng.integers(0, 30, 200), np.ones(200, int)]
    names = ("frequent", "switching", "constant")
    for log1p, kept in ((False, "frequent"), (True, "switching")):
        for samples in (counts, csr_array(counts)):
            notes = Notes()
            config = DataConfig(max_features=1, log1p=log1p)
            result = with_most_variable(found(samples, feature_names=names), config, notes)
            assert list(result.feature_names) == [kept]
            assert {*notes.report().left_out[0].items} == {*names} - {kept}


@pytest.mark.parametrize("scaling", ["standardize", "robust", "together"])
def test_a_sparse_matrix_is_scaled_as_a_dense_one(scaling):
    sparse, dense = (
        dataset_from_arrays(
            {"x": samples}, DataConfig(scaling=scaling, log1p=True, number_columns=("*",)), name="cells", where="cells"
        )
        for samples in (csr_array(COUNTS), COUNTS)
    )
    assert not isinstance(sparse.samples, np.ndarray)
    np.testing.assert_allclose(sparse.model_inputs(), dense.model_inputs(), atol=1e-4)
    np.testing.assert_allclose(sparse.description.transform.invert(sparse.model_inputs()), COUNTS, atol=1e-3)


def test_the_preparation_of_counts_is_offered():
    context = LoadContext()
    dataset_from_arrays({"x": csr_array(COUNTS)}, DataConfig(), context, name="cells", where="cells")
    assert {offer.setting for offer in context.notes.report().offers} >= {"normalize_counts", "log1p"}


def test_measurements_beside_many_one_hot_columns_are_no_counts():
    rng = np.random.default_rng(0)
    soil = np.eye(40)[rng.integers(0, 40, 300)]
    assert not are_counts(np.hstack([rng.integers(1, 4000, (300, 10)), soil]))
    assert are_counts(np.hstack([rng.poisson(1, (300, 10)), soil]))


@pytest.mark.parametrize(("name", "kind"), [("attr{}", "image"), ("gene{}", "vector"), ("pixel{}", "image")])
def test_only_rows_whose_names_say_nothing_or_pixels_become_pictures(name, kind):
    data = found(pixels(8, peak=250), feature_names=[name.format(n) for n in range(64)])
    assert interpret(data, DataConfig(source="cells.npz"), LoadContext()).description.kind == kind
