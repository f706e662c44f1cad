"""Data in memory that is kept in a file comes back as it was."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from explorer.config import DataConfig
from explorer.data import catalog
from explorer.data.dataset import Axis, DataError
from explorer.data.live.live_data import LiveData
from explorer.data.live.live_dataset import load_live
from explorer.data.live.live_file import is_live, live_arrays, read_live_arrays, write_live

RNG = np.random.default_rng(0)
VECTORS = RNG.normal(size=(30, 12))
CASES = {
    "vectors": LiveData(VECTORS, labels=np.arange(30) % 3, class_names=("a", "b", "c")),
    "names that say something else": LiveData(
        VECTORS,
        labels=np.array(["yes", "no"] * 15),
        # Read from any other file, these would be classes, a split and a layout.
        columns={"target": np.arange(30.0), "split": np.array(["x", "y", "z"] * 10), "layout/2": np.arange(30)},
        feature_names=tuple(f"pixel{number}" for number in range(12)),
        sample_names=tuple(f"row {number}" for number in range(30)),
    ),
    "signals": LiveData(VECTORS, axis=Axis("time", "s", np.linspace(0, 1, 12))),
    "pictures": LiveData(RNG.integers(0, 256, (30, 6, 6, 3), dtype=np.uint8)),
    "pictures of a range": LiveData(RNG.random((30, 6, 6)) - 0.5, value_range=(-1.0, 1.0)),
    "sparse": LiveData(csr_array(random_array((30, 12), density=0.3, rng=0)), labels=np.arange(30) % 2),
    "texts": LiveData(np.array([f"the cat {number % 7} sat on mat {number % 3}" for number in range(30)])),
}


@pytest.mark.parametrize("live", CASES.values(), ids=CASES)
def test_a_file_gives_the_data_set_that_the_data_in_memory_gave(live, tmp_path):
    path = tmp_path / "data.npz"
    write_live(path, live_arrays(live))
    given = load_live(live, DataConfig(), "data")
    read = catalog.load(DataConfig(source=str(path)))
    assert read.description.fingerprint == given.description.fingerprint
    for name in ("kind", "shape", "class_names", "feature_names", "sample_names", "value_range", "unit_range"):
        assert getattr(read.description, name) == getattr(given.description, name), name
    assert (read.description.axis is None) == (given.description.axis is None)
    assert list(read.columns) == list(given.columns)
    for name, column in given.columns.items():
        np.testing.assert_array_equal(read.columns[name].values, column.values)
    np.testing.assert_array_equal(read.splits.test, given.splits.test)


def test_a_damaged_or_later_file_is_refused_in_one_sentence():
    arrays = live_arrays(CASES["sparse"])
    assert is_live(arrays) and not is_live({"samples": VECTORS})
    with pytest.raises(DataError, match="update the program"):
        read_live_arrays({**arrays, "live_data": np.array(2)}, "x.npz")
    with pytest.raises(DataError, match=r"x\.npz: damaged"):
        read_live_arrays({**arrays, "samples.indices": arrays["samples.indices"] + 12}, "x.npz")
    del arrays["samples.data"]
    with pytest.raises(DataError, match=r"x\.npz: damaged"):
        read_live_arrays(arrays, "x.npz")
    axis = live_arrays(replace(CASES["signals"]))
    with pytest.raises(DataError, match="damaged"):
        read_live_arrays({**axis, "axis_name": np.array(["time"])}, "x.npz")
