import json
import os
import shutil
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest

from explorer.config import DataConfig
from explorer.data.arrays import hdf5_reader
from explorer.data.arrays.isolated import read_isolated
from explorer.data.catalog import Cancelled, LoadContext, load
from explorer.data.dataset import DataError

h5py = pytest.importorskip("h5py")
RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (30, 8, 8), dtype=np.uint8)


def read(path, limit=None, **settings):
    return load(DataConfig(source=str(path), **settings), LoadContext(limit=limit))


def test_groups_of_splits_with_class_names(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for part, rows in (("train", slice(20)), ("test", slice(20, 30))):
            file[f"{part}/images"] = GREY[rows]
            file[f"{part}/labels"] = np.arange(30)[rows] % 3
        file["classes"] = np.array(["ant", "bee", "cat"], dtype=h5py.string_dtype())
    data = read(tmp_path / "a.h5")
    assert np.array_equal(data.samples[:, 0], GREY) and len(data.splits.test) == 10
    assert data.class_names == ("ant", "bee", "cat")


def test_words_booleans_and_compounds(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = RNG.random((30, 4))
        file["site"] = np.array([f"é{index % 3}" for index in range(30)], dtype=h5py.string_dtype())
        file["ok"] = np.arange(30) % 2 == 0
        file["table"] = np.array([(1.5, index * 3) for index in range(30)], dtype=[("size", "f8"), ("number", "i4")])
    data = read(tmp_path / "a.h5")
    assert data.columns["site"].categories == ("é0", "é1", "é2") and data.columns["ok"].categories == ("no", "yes")
    assert {"size", "number"} <= set(data.columns)


@pytest.mark.parametrize("kind", ["external", "soft", "virtual", "storage", "intermediate"])
def test_what_leads_elsewhere_is_not_followed(tmp_path, kind):
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["group/x"] = np.full((30, 4), 7.0)
    np.full((30, 4), 7.0).tofile(tmp_path / "secret.bin")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = RNG.random((30, 4))
        if kind == "external":
            file["trap"] = h5py.ExternalLink("secret.h5", "/group/x")
        elif kind == "soft":
            file["trap"] = h5py.SoftLink("/x")
        elif kind == "virtual":
            layout = h5py.VirtualLayout((30, 4), "f8")
            layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "group/x", (30, 4))
            file.create_virtual_dataset("trap", layout)
        elif kind == "storage":
            file.create_dataset("trap", (30, 4), "f8", external=[(str(tmp_path / "secret.bin"), 0, 960)])
        else:
            file["trap"] = h5py.ExternalLink("secret.h5", "/group")
    data = read(tmp_path / "a.h5")
    assert set(data.columns) == set() and data.samples.max() <= 1
    assert [each.items for each in data.report.left_out] == [("trap",)]


def test_circles_of_groups_end(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["g/x"] = GREY
        file["g/again"] = file["g"]
    assert len(read(tmp_path / "a.h5")) == 30


def test_a_flat_group_of_very_many_objects_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(hdf5_reader, "MAX_OBJECTS", 5)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for number in range(10):
            file[f"x{number}"] = np.zeros(3)
    with pytest.raises(DataError, match="more than 5 objects"):
        list(hdf5_reader.read(tmp_path / "a.h5", {}))


def test_bombs_junk_and_weights_are_refused(tmp_path):
    with h5py.File(tmp_path / "bomb.h5", "w") as file:
        file.create_dataset("x", (2**40, 8), "f8", chunks=(1000, 8))
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        file.attrs["layer_names"] = ["dense"]
        file["dense/kernel"] = np.zeros((3, 3))
    (tmp_path / "junk.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(300))
    for name, message in (
        ("bomb", "hardly any are stored"),
        ("weights", "weights of a Keras model"),
        ("junk", "damaged"),
    ):
        with pytest.raises(DataError, match=message) as error:
            read(tmp_path / f"{name}.h5")
        assert "\n" not in str(error.value)


def test_a_crash_of_the_reader_is_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "crashing.py").write_text("import os\ndef read(path, options):\n    os.abort()\n    yield\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(DataError, match=r"a\.h5: the file is damaged, .* its reader stopped"):
        read_isolated("crashing", tmp_path / "a.h5", {}, LoadContext())


def test_cancelling_ends_the_child(tmp_path, monkeypatch):
    (tmp_path / "slow.py").write_text(
        "import threading\nfrom explorer.data.arrays.isolated import ArrayPart\n"
        "def read(path, options):\n    yield ArrayPart('a', 1)\n    threading.Event().wait(60)\n"
        "    path.with_name('finished').touch()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    cancel = threading.Event()
    context = LoadContext(progress=lambda *_: cancel.set(), cancelled=cancel.is_set)
    # It returns only after the child has ended.
    with pytest.raises(Cancelled):
        read_isolated("slow", tmp_path / "a.h5", {}, context)
    assert not (tmp_path / "finished").exists()


def test_without_h5py_the_sentence_says_how_to_install_it(tmp_path, monkeypatch):
    from explorer.data import formats

    monkeypatch.setattr(formats, "find_spec", lambda name: None)
    (tmp_path / "a.h5").write_bytes(b"")
    with pytest.raises(DataError, match=r'needs the package h5py; install it with pip install ".*\[hdf5]"$'):
        read(tmp_path / "a.h5")


def write_zarr(folder, arrays, version):
    """Write uncompressed arrays of one chunk, independently of the library."""
    folder.mkdir()
    kind = {"zarr_format": version} | ({"node_type": "group"} if version == 3 else {})
    (folder / ("zarr.json" if version == 3 else ".zgroup")).write_text(json.dumps(kind))
    for name, array in arrays.items():
        shape = list(array.shape)
        (folder / name).mkdir()
        if version == 2:
            about = {"zarr_format": 2, "shape": shape, "chunks": shape, "dtype": array.dtype.str, "order": "C"}
            about |= {"compressor": None, "filters": None, "fill_value": 0}
            (folder / name / ".zarray").write_text(json.dumps(about))
            (folder / name / ".".join("0" * array.ndim)).write_bytes(array.tobytes())
            continue
        about = {"zarr_format": 3, "node_type": "array", "shape": shape, "data_type": array.dtype.name, "fill_value": 0}
        about["chunk_grid"] = {"name": "regular", "configuration": {"chunk_shape": shape}}
        about["chunk_key_encoding"] = {"name": "default", "configuration": {"separator": "/"}}
        about["codecs"] = [{"name": "bytes", "configuration": {"endian": "little"}}]
        (folder / name / "zarr.json").write_text(json.dumps(about))
        chunk = folder / name / "c" / "/".join("0" * array.ndim)
        chunk.parent.mkdir(parents=True)
        chunk.write_bytes(array.tobytes())


@pytest.mark.parametrize(("version", "zipped"), [(2, False), (3, True)])
def test_zarr(tmp_path, version, zipped):
    pytest.importorskip("zarr")
    path = tmp_path / "a.zarr"
    write_zarr(path, {"images": GREY, "label": np.arange(30) % 3}, version)
    if zipped:
        path = Path(shutil.make_archive(str(path), "zip", path))
    data = read(path)
    assert data.name == "a" and np.array_equal(data.samples[:, 0], GREY) and len(data.class_names) == 3


def test_a_zarr_codec_that_could_run_code_is_refused(tmp_path):
    pytest.importorskip("zarr")
    (tmp_path / "a.zarr" / "x").mkdir(parents=True)
    (tmp_path / "a.zarr" / ".zgroup").write_text('{"zarr_format": 2}')
    (tmp_path / "a.zarr" / "x" / ".zarray").write_text(
        '{"zarr_format": 2, "shape": [3, 2], "chunks": [3, 2], "dtype": "|O", "compressor": null, "fill_value": 0, '
        '"order": "C", "filters": [{"id": "pickle"}]}'
    )
    with pytest.raises(DataError, match="has the codec 'pickle', which is not opened"):
        read(tmp_path / "a.zarr")


def test_the_child_does_not_inherit_secrets_of_the_file(tmp_path):
    """The child runs no code of the file: a data set with a pickle stays closed."""
    import pickle

    class Canary:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "canary"),)

    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = GREY
        file["pickle"] = np.void(pickle.dumps(Canary()))
    assert len(read(tmp_path / "a.h5")) == 30 and not (tmp_path / "canary").exists()


def test_a_preview_of_a_large_file_is_from_all_parts(tmp_path, monkeypatch):
    pictures = RNG.integers(0, 256, (9000, 100, 100), dtype=np.uint8)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("images", data=pictures, chunks=(10, 100, 100))
        file["labels"] = np.repeat(np.arange(9), 1000)
    data = read(tmp_path / "a.h5", limit=100)
    assert len(data) == 100 and len(data.class_names) == 9 and data.description.shape == (1, 100, 100)
    assert np.array_equal(data.samples[0, 0], pictures[0])
    assert data.report.partial == "100 of 9,000 samples, from all parts of the file"


def test_the_sentence_of_the_child_names_the_file_as_it_was_chosen(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("bad.h5").write_bytes(b"no HDF5")
    with pytest.raises(DataError, match=r"^bad\.h5: damaged"):
        read("./bad.h5")


@pytest.mark.parametrize("prefix", ["", "a.zarr/"])
def test_a_zarr_archive_may_have_a_folder_around_it(tmp_path, prefix):
    pytest.importorskip("zarr")
    write_zarr(tmp_path / "a.zarr", {"images": GREY, "label": np.arange(30) % 3}, 2)
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for file in sorted((tmp_path / "a.zarr").rglob("*")):
            archive.write(file, prefix + file.relative_to(tmp_path / "a.zarr").as_posix())
    assert np.array_equal(read(tmp_path / "b.zip").samples[:, 0], GREY)
