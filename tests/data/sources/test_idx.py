import gzip
import shutil
import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from explorer.config import DataConfig
from explorer.data.arrays import idx_files
from explorer.data.arrays.idx_files import read_idx
from explorer.data.catalog import LoadContext, load
from explorer.data.dataset import DataError

CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}
MNIST = Path(__file__).parents[4] / "shared" / "data" / "mnist"


def encode(array):
    """Write IDX independently of the reader, value by value order given by the format."""
    code = CODES[array.dtype.str[1:]]
    head = bytes([0, 0, code, array.ndim]) + b"".join(struct.pack(">I", size) for size in array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


def write(path, array, compress=True):
    path.write_bytes(gzip.compress(encode(array), 1) if compress else encode(array))


arrays = st.sampled_from(sorted(CODES)).flatmap(
    lambda code: hnp.arrays(np.dtype(code), hnp.array_shapes(min_dims=1, max_dims=4, max_side=5))
)


@settings(deadline=None)
@given(array=arrays, compress=st.booleans())
def test_round_trip(array, compress):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.idx"
        write(path, array, compress)
        read = read_idx(path)
    assert read.dtype == array.dtype and read.shape == array.shape
    assert read.tobytes() == array.tobytes()


@settings(deadline=None)
@given(array=arrays, compress=st.booleans(), data=st.data())
def test_every_truncation_is_refused_in_a_sentence(array, compress, data):
    whole = gzip.compress(encode(array), 1) if compress else encode(array)
    kept = data.draw(st.integers(0, len(whole) - 1))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cut.idx"
        path.write_bytes(whole[:kept])
        with pytest.raises(DataError, match=r"cut\.idx: "):
            read_idx(path)


@settings(deadline=None)
@given(garbage=st.binary(max_size=200))
def test_garbage_never_raises_anything_else(garbage):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "garbage.idx"
        path.write_bytes(garbage)
        try:
            read_idx(path)
        except DataError as error:
            assert "garbage.idx" in str(error) and "\n" not in str(error)


@pytest.mark.parametrize("compress", [True, False])
def test_a_lying_header_is_refused_before_it_is_believed(tmp_path, compress):
    lie = bytes([0, 0, 8, 3]) + struct.pack(">III", 60000, 28, 28) + bytes(100)
    path = tmp_path / "lie.idx"
    path.write_bytes(gzip.compress(lie) if compress else lie)
    with pytest.raises(DataError, match=r"more than \d+ can decompress to"):
        read_idx(path)
    path.write_bytes(bytes([0, 0, 8, 4]) + struct.pack(">IIII", *[2**32 - 1] * 4))
    with pytest.raises(DataError, match="the limit is 4,294,967,296"):
        read_idx(path)


def test_too_much_data_is_refused(tmp_path):
    path = tmp_path / "long.idx"
    path.write_bytes(encode(np.zeros((2, 2, 2), np.uint8)) + b"\0")
    with pytest.raises(DataError, match=r"declares 8 values of shape \(2, 2, 2\), the file has more"):
        read_idx(path)


def test_a_wrong_magic_number_is_refused(tmp_path):
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(b"<!DOCTYPE html>")
    with pytest.raises(DataError, match=r"not an IDX file \(it begins with 3c 21 44 4f\)"):
        load(DataConfig(source=str(tmp_path)))


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for part, count in (("train", 50), ("t10k", 10)):
        write(tmp_path / f"{part}-images-idx3-ubyte.gz", rng.integers(0, 256, (count, 5, 4), dtype=np.uint8))
        write(tmp_path / f"{part}-labels-idx1-ubyte", (np.arange(count) % 3).astype(np.uint8), compress=False)
    return tmp_path


def test_a_folder_keeps_the_published_test_split(folder):
    data = load(DataConfig(source=str(folder)))
    assert data.samples.shape == (60, 1, 5, 4) and data.samples.dtype == np.uint8
    assert data.splits.test.tolist() == list(range(50, 60))
    assert len(data.splits.validation) == 5 and len(data.splits.train) == 45
    assert data.class_names == ("0", "1", "2")
    assert np.array_equal(data.labels, np.r_[np.arange(50) % 3, np.arange(10) % 3])
    assert data.description.unit_range and data.description.value_range == (0.0, 255.0)


def test_a_folder_without_labels_or_without_test(folder):
    for name in ("train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"):
        (folder / name).unlink()
    assert load(DataConfig(source=str(folder))).labels is None
    (folder / "t10k-images-idx3-ubyte.gz").unlink()
    data = load(DataConfig(source=str(folder)))
    assert len(data) == 50 and len(data.splits.test) == 5


def test_one_file_takes_its_labels_from_beside_it(folder):
    data = load(DataConfig(source=str(folder / "train-images-idx3-ubyte.gz")))
    assert len(data) == 50 and data.class_names == ("0", "1", "2")  # its labels are not packed
    write(folder / "train-labels-idx1-ubyte.gz", np.ones(50, np.uint8))
    data = load(DataConfig(source=str(folder / "train-images-idx3-ubyte.gz")))
    assert data.class_names == ("1",) and np.array_equal(data.labels, np.zeros(50))


def test_faults_of_a_folder_name_the_file(folder):
    write(folder / "t10k-labels-idx1-ubyte", np.zeros(9, np.uint8), compress=False)
    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte has 9 labels for the 10 pictures"):
        load(DataConfig(source=str(folder)))
    (folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match="only one of the training and test pictures has a labels file"):
        load(DataConfig(source=str(folder)))
    write(folder / "t10k-images-idx3-ubyte.gz", np.zeros((10, 6, 6), np.uint8))
    with pytest.raises(DataError, match="differ in size"):
        load(DataConfig(source=str(folder)))
    write(folder / "t10k-images-idx3-ubyte.gz", np.zeros((10, 6, 6), np.int32))
    with pytest.raises(DataError, match="8-bit values"):
        load(DataConfig(source=str(folder)))
    for name in ("train", "t10k"):
        (folder / f"{name}-images-idx3-ubyte.gz").unlink()
    with pytest.raises(DataError, match="contains neither train-images-idx3-ubyte"):
        load(DataConfig(source=str(folder)))


def test_no_samples_and_a_column_that_cannot_be(folder):
    with pytest.raises(DataError, match=r"IDX files have no columns, so data\.group_column cannot be 'who'"):
        load(DataConfig(source=str(folder), group_column="who"))
    write(folder / "one-idx3-ubyte", np.zeros((0, 4, 4), np.uint8), compress=False)
    with pytest.raises(DataError, match="contains no samples"):
        load(DataConfig(source=str(folder / "one-idx3-ubyte")))


@pytest.mark.skipif(not MNIST.is_dir(), reason="the MNIST files are not in ../shared/data/mnist")
def test_mnist(monkeypatch):
    monkeypatch.setenv("LATENT_EXPLORER_DATA", str(MNIST.parent))
    data = load(DataConfig(source="mnist"))
    assert data.samples.shape == (70000, 1, 28, 28) and data.samples.dtype == np.uint8
    assert [len(data.splits.named(name)) for name in ("train", "validation", "test")] == [54000, 6000, 10000]
    assert data.splits.test[0] == 60000
    # The published counts of each digit among the test pictures.
    assert np.bincount(data.labels[60000:]).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_folders_as_torchvision_and_kaggle_have_them(folder, tmp_path):
    for place in (folder / "MNIST" / "raw", folder / "own"):
        place.mkdir(parents=True)
    for file in [file for file in folder.iterdir() if file.is_file()]:
        (folder / "own" / file.name).mkdir()
        shutil.copy(file, folder / "own" / file.name / file.name)
        file.rename(folder / "MNIST" / "raw" / file.name)
    for path in (folder / "MNIST", folder / "own"):
        data = load(DataConfig(source=str(path)))
        assert len(data) == 60 and data.class_names == ("0", "1", "2") and len(data.splits.test) == 10


def test_emnist_has_several_sets_stored_by_columns(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (30, 5, 5), dtype=np.uint8)
    for name in ("digits", "letters"):
        for part in ("train", "test"):
            write(tmp_path / f"emnist-{name}-{part}-images-idx3-ubyte.gz", pictures.swapaxes(1, 2))
            write(tmp_path / f"emnist-{name}-{part}-labels-idx1-ubyte.gz", (np.arange(30) % 3 + 1).astype(np.uint8))
    (tmp_path / "emnist-letters-mapping.txt").write_text("1 65 97\n2 66 98\n3 67 99\n")
    (tmp_path / "notes.csv").write_text("a\n")
    data = load(DataConfig(source=str(tmp_path), samples_key="emnist-letters"))
    assert data.class_names == ("A", "B", "C") and np.array_equal(data.samples[:30, 0], pictures)
    assert [each.items for each in data.report.left_out] == [("emnist-digits",), ("notes.csv",)]
    with pytest.raises(DataError, match=r"set data\.samples_key to emnist-digits, emnist-letters"):
        load(DataConfig(source=str(tmp_path), samples_key="emnist"))


@pytest.mark.parametrize("compress", [True, False])
def test_a_preview_reads_some_of_all_parts(tmp_path, monkeypatch, compress):
    monkeypatch.setattr(idx_files, "FREE_BYTES", 100)
    numbers = np.repeat(np.arange(10, dtype=np.uint8), 100)
    write(tmp_path / "train-images-idx3-ubyte.gz", np.tile(numbers[:, None, None], (1, 4, 4)), compress)
    write(tmp_path / "train-labels-idx1-ubyte.gz", numbers, compress)
    data = load(DataConfig(source=str(tmp_path)), LoadContext(limit=50))
    assert len(data) == 50 and len(data.class_names) == 10
    assert np.array_equal(data.samples[:, 0, 0, 0], data.labels)
    assert data.report.partial == "50 of 1,000 samples, equally spaced"
