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
    assert "the last dimension was taken as the samples" in data.report.changed[0]
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

    monkeypatch.setattr(array_files, "MAPPED_ABOVE", 100)
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


@pytest.mark.parametrize(
    "names", ["trainData trainLabels testData testLabels", "datatrain labelstrain datatest labelstest"]
)
def test_names_of_splits_without_separator(tmp_path, names):
    x_train, y_train, x_test, y_test = names.split()
    arrays = {x_train: GREY[:20], y_train: np.arange(20) % 2, x_test: GREY[20:], y_test: np.arange(10) % 2}
    data = read(tmp_path, arrays)
    assert len(data.splits.test) == 10 and data.class_names == ("0", "1")


def test_the_only_classes_beside_the_samples_are_the_label(tmp_path):
    data = read(tmp_path, {"arr_0": GREY, "arr_1": np.arange(30) % 4})
    assert data.class_names == ("0", "1", "2", "3")
    assert data.report.columns[0].why == "the only column with repeated words or few whole numbers"
    ages = read(tmp_path, {"x": GREY, "age": 20 + 3 * (np.arange(30) % 14)})
    assert ages.labels is None and list(ages.columns) == ["age"]


def test_arrays_of_equal_length_are_no_classes(tmp_path):
    data = read(tmp_path, {"left": RNG.random((30, 12)), "right": RNG.random((30, 12))})
    assert data.labels is None and len(data) == 30
    data = read(tmp_path, {"cat": RNG.random((30, 12)), "dog": RNG.random((20, 12))})
    assert data.class_names == ("cat", "dog") and len(data) == 50


def test_the_samples_in_another_form_are_no_attributes(tmp_path):
    data = read(tmp_path, {"images": GREY / 16 // 1, "data": GREY.reshape(30, 64), "target": np.arange(30) % 2})
    assert not data.columns and left_out(data) == {"data"}
    assert data.description.value_range == (0, 15)


def test_series_frames_and_complex_numbers(tmp_path):
    series = RNG.random((30, 128, 3))
    data = read(tmp_path, {"x": series})
    assert "128×3 pixels are very oblong" in data.report.warnings[0]
    assert "--set data.sample_shape=signal" in {offer.assignment for offer in data.report.offers}
    curves = read(tmp_path, {"x": series}, sample_shape="signal")
    assert np.allclose(curves.samples.reshape(30, 3, 128), series.swapaxes(1, 2))
    assert "frames or slices" in read(tmp_path, {"x": RNG.random((10, 40, 50, 50))}).report.warnings[0]
    with pytest.raises(DataError, match="complex128 instead of numbers; save their magnitudes"):
        read(tmp_path, {"x": np.zeros((5, 8), complex)})


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_preview_of_a_large_archive_is_from_all_parts(tmp_path, monkeypatch, save):
    monkeypatch.setattr("explorer.data.arrays.array_files.FREE_BYTES", 1000)
    pictures = np.arange(3000, dtype=np.uint16)[:, None, None] + np.zeros((1, 4, 4), np.uint16)
    save(tmp_path / "a.npz", images=pictures, labels=np.repeat(np.arange(10), 300))
    data = load(DataConfig(source=str(tmp_path / "a.npz")), LoadContext(limit=100))
    assert len(data) == 100 and len(data.class_names) == 10
    assert np.array_equal(data.labels, data.samples[:, 0, 0, 0] // 300)
    assert data.report.partial == "100 of 3,000 samples, from all parts of the file"


def test_the_content_decides_between_npy_and_npz(tmp_path):
    np.savez(tmp_path / "a.npz", x=GREY, y=np.arange(30) % 2)
    (tmp_path / "a.npz").rename(tmp_path / "b.npy")
    data = load(DataConfig(source=str(tmp_path / "b.npy")))
    assert (
        len(data.class_names) == 2
        and data.report.understood[0] == "the content is that of .npz, in spite of the suffix"
    )
