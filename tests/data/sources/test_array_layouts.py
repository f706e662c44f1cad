"""Array files as people of the field have them: which arrays are samples, classes, factors and splits."""

import numpy as np
import pytest
from scipy import sparse

from explorer.config import DataConfig
from explorer.data.catalog import LoadContext, load
from explorer.data.dataset import DataError

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (30, 8, 8), dtype=np.uint8)
ODD = np.array([{"a": 1}], dtype=object)


def read(tmp_path, arrays, limit=None, **settings):
    path = tmp_path / "a.npz"
    np.savez(path, **arrays)
    return load(DataConfig(source=str(path), **settings), LoadContext(limit=limit))


def left_out(data):
    return {item.split()[0] for each in data.report.left_out for item in each.items}


def test_dsprites(tmp_path):
    values = np.c_[np.ones(30), RNG.integers(1, 4, 30), RNG.random((30, 4))]
    arrays = {"metadata": ODD, "imgs": GREY & 1, "latents_classes": values.astype(int), "latents_values": values}
    data = read(tmp_path, arrays)
    assert data.samples.shape == (30, 1, 8, 8) and data.description.value_range == (0, 1)
    assert list(data.factors) == ["color", "shape", "scale", "orientation", "pos_x", "pos_y"]
    np.testing.assert_allclose(data.factors["pos_y"].values, values[:, 5])
    assert left_out(data) == {"metadata", "latents_classes"}


@pytest.mark.parametrize("names", ["train_images train_labels", "x_train y_train", "X_train Y_train", "trainX trainY"])
def test_published_splits(tmp_path, names):
    samples, labels = names.split()
    sizes = {"train": (0, 18), "val": (18, 24), "test": (24, 30)}
    arrays = {samples.replace("train", part): GREY[low:high] for part, (low, high) in sizes.items()}
    arrays |= {labels.replace("train", part): np.arange(low, high)[:, None] % 3 for part, (low, high) in sizes.items()}
    data = read(tmp_path, arrays)
    assert [len(data.splits.named(split)) for split in ("train", "validation", "test")] == [18, 6, 6]
    assert np.array_equal(data.samples[:, 0], GREY) and data.labels.tolist() == (np.arange(30) % 3).tolist()
    assert "published splits: 18 train, 6 validation, 6 test" in data.report.understood
    one = read(tmp_path, arrays, samples_key=samples.replace("train", "test"))
    assert len(one) == 6 and one.labels.tolist() == (np.arange(24, 30) % 3).tolist()


def test_a_split_that_does_not_fit_costs_itself_alone(tmp_path):
    arrays = {"x_train": GREY[:20], "x_test": GREY[20:], "x_val": GREY[:5, :4], "y_train": np.arange(20) % 2}
    data = read(tmp_path, arrays)
    assert len(data) == 30 and data.labels.tolist() == [0, 1] * 10 + [-1] * 10
    assert left_out(data) == {"validation"}
    assert any(line == "y: the split test has no values" for line in data.report.understood)


def test_one_hot_rows_are_classes(tmp_path):
    classes = np.arange(30) % 10
    data = read(tmp_path, {"x": GREY, "y": np.eye(10, dtype=np.float32)[classes]})
    assert data.labels.tolist() == classes.tolist()
    assert data.report.changed == ("y: one-hot rows of 10 values became classes, the position of the 1",)


def test_several_classes_per_sample_are_attributes(tmp_path):
    several = RNG.integers(0, 2, (30, 4))
    data = read(tmp_path, {"images": GREY, "labels": several})
    assert data.labels is None and np.array_equal(data.columns["labels 2"].values, several[:, 2])
    named = read(tmp_path, {"images": GREY, "labels": several, "label_names": np.array(list("abcd"))})
    assert set(named.columns) == set("abcd")


def test_the_largest_array_is_the_samples_and_the_others_can_be_chosen(tmp_path):
    arrays = {"pics": GREY, "masks": GREY[:, :4] > 9, "extra": np.arange(7), "c": np.zeros(30, complex), "o": ODD}
    data = read(tmp_path, arrays)
    assert data.samples.shape == (30, 1, 8, 8) and left_out(data) == {"masks", "extra", "c", "o"}
    assert data.report.choices["samples_key"] == ("pics", "masks")
    assert read(tmp_path, arrays, samples_key="masks").samples.shape == (30, 1, 4, 8)


def test_records_and_lists_are_tables(tmp_path):
    rows = [(1.5, 2, "a"), (2.5, 4, "b")] * 10
    table = np.array(rows, dtype=[("height", float), ("count", int), ("label", "U3")])
    for arrays in ({"t": table}, {name: table[name] for name in table.dtype.names}):
        data = read(tmp_path, arrays)
        assert data.description.feature_names == ("height", "count") and data.class_names == ("a", "b")


def test_a_spectrum_finds_its_axis_and_names(tmp_path):
    arrays = {"intensity": RNG.random((30, 50)), "wavelengths": np.linspace(400, 700, 50)}
    data = read(tmp_path, arrays | {"sample_id": np.array([f"s{index}" for index in range(30)])})
    assert data.description.axis.name == "wavelengths" and data.description.sample_names[:2] == ("s0", "s1")
    names = read(tmp_path, {"x": RNG.random((30, 3)), "genes": np.array(["a", "b", "c"])})
    assert names.description.feature_names == ("a", "b", "c")


@pytest.mark.parametrize(
    ("shape", "read_as"),
    [
        ((9, 32, 32, 3), (3, 32, 32)),
        ((9, 3, 32, 32), (3, 32, 32)),
        ((9, 1, 28, 28), (1, 28, 28)),
        ((9, 28, 28, 1), (1, 28, 28)),
        ((9, 3, 2, 2), (3, 2, 2)),
        ((9, 6, 6, 3, 1), (3, 6, 6)),
    ],
)
def test_layouts_of_pictures(tmp_path, shape, read_as):
    assert read(tmp_path, {"x": RNG.integers(0, 256, shape)}).description.shape == read_as


@pytest.mark.parametrize(
    ("pictures", "dtype", "value_range"),
    [
        (GREY / 127.5 - 1, np.float32, (-1, 1)),
        (GREY.astype(np.float64), np.uint8, (0, 255)),
        (GREY.astype(np.int64), np.uint8, (0, 255)),
    ],
)
def test_ranges_of_pictures(tmp_path, pictures, dtype, value_range):
    data = read(tmp_path, {"x": pictures})
    assert data.samples.dtype == dtype and data.description.value_range == value_range and data.description.unit_range


def test_the_last_dimension_counts_samples_if_labels_say_so(tmp_path):
    data = read(tmp_path, {"X": np.moveaxis(GREY, 0, -1), "y": np.arange(30)[:, None] % 4})
    assert np.array_equal(data.samples[:, 0], GREY) and data.labels[:5].tolist() == [0, 1, 2, 3, 0]
    assert "the last dimension counts the samples" in data.report.changed[0]
    for shape in ((8, 30), (8, 8, 30)):
        turned = read(tmp_path, {"x": RNG.random(shape)}, transpose=True)
        assert len(turned) == 30


@pytest.mark.parametrize("kind", ["csr", "csc", "coo"])
def test_sparse_matrices_of_scipy(tmp_path, kind):
    counts = RNG.poisson(0.3, (30, 50))
    sparse.save_npz(tmp_path / "s.npz", getattr(sparse, f"{kind}_matrix")(counts))
    data = load(DataConfig(source=str(tmp_path / "s.npz")))
    assert data.description.kind == "vector" and not isinstance(data.samples, np.ndarray)
    assert np.array_equal(data.rows(), counts)


def test_a_sparse_matrix_that_points_outside_is_refused(tmp_path):
    parts = {"format": np.array(b"csr"), "shape": np.array([3, 4]), "data": np.ones(3), "indptr": np.arange(4)}
    np.savez(tmp_path / "s.npz", indices=np.array([0, 99, 1]), **parts)
    with pytest.raises(DataError, match=r"s\.npz: the sparse matrix is damaged"):
        load(DataConfig(source=str(tmp_path / "s.npz")))
    sparse.save_npz(tmp_path / "b.npz", sparse.bsr_matrix(np.eye(4)))
    with pytest.raises(DataError, match=r"format 'bsr' are not read; save matrix.tocsr\(\) instead"):
        load(DataConfig(source=str(tmp_path / "b.npz")))


def test_a_preview_reads_some_samples_of_all(tmp_path):
    many = np.repeat(GREY, 40, axis=0)
    data = read(tmp_path, {"x": many, "y": np.arange(1200) // 120}, limit=100)
    assert len(data) == 100 and len(data.class_names) == 10
    assert data.report.partial == "100 of 1,200 samples, equally spaced"


def test_a_preview_of_a_transposed_matrix_keeps_its_features(tmp_path):
    data = read(tmp_path, {"x": RNG.random((200, 500))}, limit=20, transpose=True)
    assert data.samples.shape == (20, 200) and data.report.partial == "20 of 500 samples, equally spaced"
    counts = sparse.random_array((200, 500), density=0.1, rng=RNG, format="csr")
    sparse.save_npz(tmp_path / "s.npz", counts)
    data = load(DataConfig(source=str(tmp_path / "s.npz"), transpose=True), LoadContext(limit=20))
    assert data.samples.shape == (20, 200)


def test_a_large_npy_is_mapped(tmp_path, monkeypatch):
    from explorer.data.arrays import array_files

    monkeypatch.setattr(array_files, "MAPPED_BYTES", 100)
    np.save(tmp_path / "a.npy", GREY)
    assert isinstance(array_files.read_npy(tmp_path / "a.npy"), np.memmap)
    assert np.array_equal(load(DataConfig(source=str(tmp_path / "a.npy"))).samples[:, 0], GREY)
    (tmp_path / "a.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:-1])
    with pytest.raises(DataError, match="the header declares"):
        load(DataConfig(source=str(tmp_path / "a.npy")))


def test_oblong_pictures_are_offered(tmp_path):
    rows, columns = np.mgrid[:20, :14]
    faces = 120 + 60 * np.sin(rows / 4 + RNG.random((40, 1, 1)) * 6) + 40 * np.cos(columns / 3)
    np.save(tmp_path / "faces.npy", faces.reshape(40, -1).astype(np.uint8))
    data = load(DataConfig(source=str(tmp_path / "faces.npy")))
    assert data.description.kind == "vector"
    assert "--set data.sample_shape=20x14" in {offer.assignment for offer in data.report.offers}
