import numpy as np
import pytest
from scipy import sparse
from scipy.io import savemat

from explorer.config import DataConfig
from explorer.data.catalog import load
from explorer.data.dataset import DataError
from explorer.data.reading import limits

RNG = np.random.default_rng(0)


def read(tmp_path, variables, compress=False, **settings):
    savemat(tmp_path / "a.mat", variables, do_compression=compress)
    return load(DataConfig(source=str(tmp_path / "a.mat"), **settings))


def cell(*words):
    found = np.empty(len(words), dtype=object)
    found[:] = words
    return found


@pytest.mark.parametrize("compress", [False, True])
def test_pictures_with_the_samples_last_as_in_svhn(tmp_path, compress):
    pictures = RNG.integers(0, 256, (40, 8, 8, 3), dtype=np.uint8)
    data = read(tmp_path, {"X": np.moveaxis(pictures, 0, -1), "y": np.arange(40)[:, None] % 10 + 1}, compress)
    assert np.array_equal(data.samples, np.moveaxis(pictures, 3, 1)) and data.class_names[:2] == ("1", "2")


def test_samples_in_columns_are_offered_with_their_shape(tmp_path):
    rows, columns = np.mgrid[:28, :20]
    faces = 120 + 60 * np.sin(rows / 4 + RNG.random((50, 1, 1)) * 6) + 40 * np.cos(columns / 3)
    pixels = faces.reshape(50, -1).T.astype(np.uint8)
    data = read(tmp_path, {"ff": pixels})
    offer = data.report.offers[0]
    assert offer.assignment == "--set data.transpose=true" and "data.sample_shape=28x20" in offer.text
    data = read(tmp_path, {"ff": pixels}, transpose=True, sample_shape="28x20")
    assert data.samples.shape == (50, 1, 28, 20) and np.array_equal(data.samples[:, 0], faces.astype(np.uint8))


def test_structures_cells_and_labels_from_1(tmp_path):
    variables = {
        "fea": RNG.normal(size=(30, 5)),
        "gnd": np.arange(30)[:, None] % 3 + 1,
        "meta": {"class_names": cell("red", "green", "blue"), "weight": np.arange(30.0)},
        "mixed": cell("a", np.zeros((2, 2))),
    }
    data = read(tmp_path, variables)
    assert data.class_names == ("red", "green", "blue") and data.labels[:4].tolist() == [0, 1, 2, 0]
    assert "meta.weight" in data.columns and data.report.left_out[0].items == ("mixed",)
    assert "gnd: classes 1 to 3 were counted from 0" in data.report.changed[0]


def test_sparse_matrices_stay_sparse(tmp_path):
    counts = RNG.poisson(0.3, (30, 50))
    data = read(tmp_path, {"M": sparse.csc_matrix(counts.astype(float))})
    assert not isinstance(data.samples, np.ndarray) and np.array_equal(data.rows(), counts)


def test_sparse_matrices_and_labels_of_splits_are_joined(tmp_path):
    counts = RNG.poisson(0.1, (30, 200)).astype(float)
    variables = {"X_train": sparse.csc_matrix(counts[:20]), "X_test": sparse.csc_matrix(counts[20:])}
    variables |= {"y_train": np.arange(20) % 3, "y_test": np.arange(10) % 3, "more": sparse.csc_matrix(counts)}
    data = read(tmp_path, variables)
    assert np.array_equal(data.rows(), counts) and data.splits.test.tolist() == list(range(20, 30))
    # scipy writes lists as matrices of one row.
    assert len(data.class_names) == 3 and data.labels[18:22].tolist() == [0, 1, 0, 1]
    assert data.report.left_out[0].why.startswith("more than 64 values per sample")


def test_version_7_3(tmp_path):
    h5py = pytest.importorskip("h5py")
    pictures = RNG.integers(0, 256, (40, 8, 6, 3), dtype=np.uint8)
    with h5py.File(tmp_path / "v.mat", "w") as file:
        # MATLAB stores the first dimension last.
        file["X"] = pictures.transpose(0, 3, 2, 1)
        file["y"] = (np.arange(40) % 3 + 1.0)[None]
        words = [
            file.create_dataset(f"#refs#/{word}", data=np.frombuffer(word.encode(), "u1").astype("u2")[:, None])
            for word in ("red", "green", "blue")
        ]
        file["class_names"] = np.array([[word.ref for word in words]], dtype=h5py.ref_dtype)
        for name, kind in (("X", "uint8"), ("y", "double"), ("class_names", "cell")):
            file[name].attrs["MATLAB_class"] = np.bytes_(kind)
        for word in words:
            word.attrs["MATLAB_class"] = np.bytes_("char")
    data = load(DataConfig(source=str(tmp_path / "v.mat")))
    assert np.array_equal(data.samples, pictures.transpose(0, 3, 1, 2))
    assert data.class_names == ("red", "green", "blue")


def test_damaged_and_too_large_files_are_one_sentence(tmp_path, monkeypatch):
    savemat(tmp_path / "a.mat", {"x": np.zeros((100, 100))}, do_compression=True)
    content = (tmp_path / "a.mat").read_bytes()
    (tmp_path / "cut.mat").write_bytes(content[:-20])
    (tmp_path / "junk.mat").write_bytes(b"junk" * 100)
    for name in ("cut.mat", "junk.mat"):
        with pytest.raises(DataError, match=rf"{name}: .*damaged") as error:
            load(DataConfig(source=str(tmp_path / name)))
        assert "\n" not in str(error.value)
    monkeypatch.setenv(limits.ARRAY_BYTES.variable, "10000")
    with pytest.raises(DataError, match=r"decompress to at least .* the limit is 10,000 bytes"):
        load(DataConfig(source=str(tmp_path / "a.mat")))


def test_emnist(tmp_path):
    pictures = RNG.integers(0, 256, (40, 28, 28), dtype=np.uint8)
    # Rows of pixels column by column, in a structure, with the codes of the characters.
    rows, labels = pictures.swapaxes(1, 2).reshape(40, 784), np.arange(40)[:, None] % 3
    parts = {
        split: {"images": rows[part], "labels": labels[part], "writers": np.arange(40)[part, None]}
        for split, part in (("train", slice(30)), ("test", slice(30, 40)))
    }
    savemat(tmp_path / "emnist-digits.mat", {"dataset": parts | {"mapping": [[0, 48], [1, 65], [2, 97]]}})
    data = load(DataConfig(source=str(tmp_path / "emnist-digits.mat")))
    assert np.array_equal(data.samples[:, 0], pictures) and data.class_names == ("0", "A", "a")
    assert len(data.splits.test) == 10 and list(data.columns) == ["writers"]
    assert any("column by column, as usual in EMNIST" in line for line in data.report.changed)
    by_rows = load(DataConfig(source=str(tmp_path / "emnist-digits.mat"), pixel_order="rows"))
    assert np.array_equal(by_rows.samples[:, 0], pictures.swapaxes(1, 2))


def test_rows_of_pixels_by_columns(tmp_path):
    faces = RNG.integers(0, 256, (30, 32, 32))
    found = {"fea": faces.swapaxes(1, 2).reshape(30, 1024).astype(float), "gnd": np.arange(30)[:, None] % 5 + 1}
    offers = {offer.assignment for offer in read(tmp_path, found).report.offers}
    assert "--set data.pixel_order=columns" in offers
    assert np.array_equal(read(tmp_path, found, pixel_order="columns").samples[:, 0], faces)
    oblong = read(
        tmp_path, {"x": faces[:, :8].swapaxes(1, 2).reshape(30, 256)}, sample_shape="8x32", pixel_order="columns"
    )
    assert np.array_equal(oblong.samples[:, 0], faces[:, :8])


def test_an_array_for_each_class(tmp_path):
    arrays = {
        f"{part}{digit}": np.full((9 + digit, 784), digit + 1) for part in ("train", "test") for digit in range(3)
    }
    data = read(tmp_path, arrays)
    assert len(data) == 60 and data.class_names == ("0", "1", "2") and len(data.splits.test) == 30
    assert np.array_equal(data.samples[:, 0, 0, 0], data.labels + 1)
    assert "each array is one class: 0, 1, 2" in data.report.understood
    assert len(read(tmp_path, arrays, samples_key="test2")) == 11


def test_samples_and_one_hot_labels_last_in_each_split(tmp_path):
    labels, tests = np.eye(4)[np.arange(40) % 4], np.eye(4)[np.arange(12) % 4]
    found = {
        "data": RNG.random((784, 40)),
        "target": labels.T,
        "testdata": RNG.random((784, 12)),
        "testtarget": tests.T,
    }
    data = read(tmp_path, found)
    assert np.allclose(data.samples[:40], found["data"].T) and len(data.splits.test) == 12
    assert data.labels.tolist() == [*np.arange(40) % 4, *np.arange(12) % 4]
