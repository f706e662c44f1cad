import numpy as np
import pytest

from explorer.config import DataConfig
from explorer.data.catalog import LoadContext, load
from explorer.data.dataset import DataError

RNG = np.random.default_rng(0)


def pixels(count, size=3072):
    return RNG.integers(0, 256, (count, size), dtype=np.uint8)


def test_cifar_10(tmp_path):
    pictures, labels = pixels(30), RNG.integers(0, 10, 30, dtype=np.uint8)
    records = np.c_[labels, pictures]
    for name, rows in (("data_batch_1", slice(10)), ("data_batch_2", slice(10, 20)), ("test_batch", slice(20, 30))):
        records[rows].tofile(tmp_path / f"{name}.bin")
    (tmp_path / "batches.meta.txt").write_text(
        "\n".join(["airplane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"])
    )
    data = load(DataConfig(source=str(tmp_path)))
    assert np.array_equal(data.samples, pictures.reshape(-1, 3, 32, 32)) and np.array_equal(data.labels, labels)
    assert data.class_names[1] == "car" and data.splits.test.tolist() == list(range(20, 30))
    one = load(DataConfig(source=str(tmp_path / "test_batch.bin")))
    assert len(one) == 10 and one.class_names[1] == "car"
    preview = load(DataConfig(source=str(tmp_path / "test_batch.bin")), LoadContext(limit=5))
    assert len(preview) == 5 and preview.report.partial == "5 samples, equally spaced"


def test_cifar_100_has_fine_and_coarse_classes(tmp_path):
    for name, count in (("train", 20), ("test", 10)):
        np.c_[np.arange(count) % 2, np.arange(count) % 4, pixels(count)].astype(np.uint8).tofile(
            tmp_path / f"{name}.bin"
        )
    (tmp_path / "fine_label_names.txt").write_text("apple\nbee\ncat\ndog\n")
    (tmp_path / "coarse_label_names.txt").write_text("plant\nanimal\n")
    data = load(DataConfig(source=str(tmp_path)))
    assert data.class_names == ("apple", "bee", "cat", "dog") and data.labels[:5].tolist() == [0, 1, 2, 3, 0]
    assert data.columns["coarse"].categories == ("animal", "plant")


def test_stl_10_has_pictures_by_columns(tmp_path):
    pictures = pixels(20, 3 * 96 * 96)
    for name, rows in (("train", slice(10)), ("test", slice(10, 20))):
        pictures[rows].tofile(tmp_path / f"{name}_X.bin")
        (np.arange(10, dtype=np.uint8) + 1).tofile(tmp_path / f"{name}_y.bin")
    pixels(3, 3 * 96 * 96).tofile(tmp_path / "unlabeled_X.bin")
    data = load(DataConfig(source=str(tmp_path)))
    assert np.array_equal(data.samples, pictures.reshape(-1, 3, 96, 96).transpose(0, 1, 3, 2))
    assert data.report.left_out[0].count == 3
    preview = load(DataConfig(source=str(tmp_path)), LoadContext(limit=8))
    assert len(preview) == 8 and preview.report.partial == "4 samples of each file, equally spaced"


def test_pickles_and_other_sizes_are_refused(tmp_path):
    (tmp_path / "batches.meta").write_bytes(b"\x80\x04")
    with pytest.raises(DataError, match=r"CIFAR's Python version .* download the binary version"):
        load(DataConfig(source=str(tmp_path)))
    pixels(1, 3000).tofile(tmp_path / "data_batch_1.bin")
    with pytest.raises(DataError, match=r"data_batch_1\.bin: 3,000 bytes are not whole records of 3,073 bytes"):
        load(DataConfig(source=str(tmp_path)))
