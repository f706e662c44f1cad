import numpy as np
import pytest

from explorer.config import DataConfig
from explorer.data.catalog import LoadContext, load
from explorer.data.dataset import DataError
from explorer.data.reading import limits

RNG = np.random.default_rng(0)


def bitmaps(count):
    return RNG.integers(0, 256, (count, 784), dtype=np.uint8)


@pytest.fixture
def drawings(tmp_path):
    for name, count in (("cat", 20), ("dog", 30), ("The Eiffel Tower", 25)):
        np.save(tmp_path / f"full_numpy_bitmap_{name}.npy", bitmaps(count))
    return tmp_path


def test_a_file_per_class_as_in_quickdraw(drawings):
    data = load(DataConfig(source=str(drawings)))
    assert data.samples.shape == (75, 1, 28, 28)
    assert data.class_names == ("The Eiffel Tower", "cat", "dog")
    assert np.bincount(data.labels).tolist() == [25, 20, 30]


def test_a_preview_shows_every_class(drawings):
    data = load(DataConfig(source=str(drawings)), LoadContext(limit=30))
    assert np.bincount(data.labels).tolist() == [10, 10, 10]
    assert data.report.partial == "30 of 75 samples, from all classes"


def test_too_many_samples_are_capped_and_said(drawings, monkeypatch):
    monkeypatch.setenv(limits.ARRAY_BYTES.variable, str(30 * 784))
    data = load(DataConfig(source=str(drawings)))
    assert len(data) < 75 and data.report.left_out[0].count == 75 - len(data)


def test_files_of_other_shape_and_pickles_are_left_out(drawings):
    np.save(drawings / "notes.npy", np.arange(5))
    np.save(drawings / "odd.npy", np.array([{}], dtype=object))
    data = load(DataConfig(source=str(drawings)))
    assert len(data) == 75 and {item for each in data.report.left_out for item in each.items} == {
        "notes.npy",
        "odd.npy",
    }
    with pytest.raises(DataError, match=r"odd\.npy: this is an object array"):
        load(DataConfig(source=str(drawings), unreadable="refuse"))


def test_files_with_customary_names_are_one_data_set(tmp_path):
    for part, count in (("train", 20), ("test", 10)):
        np.save(tmp_path / f"X_{part}.npy", bitmaps(count))
        np.save(tmp_path / f"y_{part}.npy", np.arange(count) % 2)
    data = load(DataConfig(source=str(tmp_path)))
    assert len(data) == 30 and len(data.splits.test) == 10 and data.class_names == ("0", "1")


def test_a_file_per_sample_with_folders_as_classes(tmp_path):
    for folder in ("ill", "well"):
        (tmp_path / folder).mkdir()
        for index in range(6):
            np.save(tmp_path / folder / f"{index}.npy", RNG.random((8, 8)))
    data = load(DataConfig(source=str(tmp_path)))
    assert data.samples.shape == (12, 1, 8, 8) and data.class_names == ("ill", "well")
    assert data.description.sample_names[0] == "ill/0"


def test_arrays_of_equal_length_are_one_data_set(tmp_path):
    np.save(tmp_path / "olivetti_faces.npy", RNG.random((40, 8, 8)))
    alone = load(DataConfig(source=str(tmp_path)))
    assert len(alone) == 40 and alone.labels is None
    np.save(tmp_path / "olivetti_faces_target.npy", np.arange(40) // 4)
    data = load(DataConfig(source=str(tmp_path)))
    assert len(data.class_names) == 10 and not data.report.left_out
    faces = load(DataConfig(source=str(tmp_path / "olivetti_faces.npy")))
    assert faces.report.understood[0].startswith("olivetti_faces_target.npy in the same folder is not read")
    np.save(tmp_path / "more.npy", np.arange(40))
    faces = load(DataConfig(source=str(tmp_path / "olivetti_faces.npy")))
    assert "more.npy, olivetti_faces_target.npy in the same folder are not read" in faces.report.understood[0]
