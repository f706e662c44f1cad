"""Limits are checked before memory is taken, named in the error, and can be raised; readers raise only DataError."""

import gzip
import io
import zipfile
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
import torch
from PIL import Image
from pyarrow import ipc, parquet

from explorer.config import ConfigError, DataConfig
from explorer.data import catalog
from explorer.data.arrays.torch_archive import load_archive
from explorer.data.builtin.download import _Progress
from explorer.data.catalog import load
from explorer.data.context import Cancelled, LoadContext, only_data_errors
from explorer.data.dataset import DataError
from explorer.data.own_input.open_picture import open_picture
from explorer.data.reading import limits
from explorer.runs.files import RunError
from explorer.runs.latents import read_latents


def opened(path):
    return load(DataConfig(source=str(path)))


@pytest.mark.parametrize(("text", "value"), [("", 4 << 30), ("5", 5), ("2k", 2048), (" 3G ", 3 << 30)])
def test_an_environment_variable_raises_a_limit(monkeypatch, text, value):
    monkeypatch.setenv("LATENT_EXPLORER_MAX_ARRAY_BYTES", text)
    assert limits.ARRAY_BYTES.value == value


def test_an_error_names_the_limit_and_how_to_raise_it(monkeypatch):
    monkeypatch.setenv("LATENT_EXPLORER_MAX_ARRAY_BYTES", "1K")
    limits.ARRAY_BYTES.check(1024, "a.npy", "the array takes")
    with pytest.raises(DataError) as error:
        limits.ARRAY_BYTES.check(1025, "a.npy", "the array takes")
    assert str(error.value) == (
        "a.npy: the array takes 1,025 bytes; the limit is 1,024 bytes "
        "(the environment variable LATENT_EXPLORER_MAX_ARRAY_BYTES raises it)"
    )
    monkeypatch.setenv("LATENT_EXPLORER_MAX_ARRAY_BYTES", "many")
    with pytest.raises(DataError, match="whole number"):
        limits.ARRAY_BYTES.check(1, "a.npy", "the array takes")


def test_a_large_array_is_mapped(tmp_path):
    """A sparse file of 3 GB takes no memory; its rows are read where they are used."""
    path = tmp_path / "large.npy"
    np.lib.format.open_memmap(path, "w+", np.float32, (1_000_000, 750))[999_999] = 1
    from explorer.data.arrays.array_files import read_npy

    assert read_npy(path).shape == (1_000_000, 750) and read_npy(path)[999_999, 0] == 1


def test_unpacked_text_that_grows_like_a_bomb_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n") + gzip.compress(b"0,0\n" * 262_144) * 12)
    with pytest.raises(DataError, match=r"decompression bomb.*LATENT_EXPLORER_MAX_UNPACKED_RATIO"):
        opened(path)
    monkeypatch.setenv("LATENT_EXPLORER_MAX_UNPACKED_RATIO", "2000")
    with path.open("rb") as raw, limits.bounded(gzip.GzipFile(fileobj=raw), raw, path) as stream:
        assert len(stream.read()) == 12 * (1 << 20) + 4


@pytest.mark.parametrize("kind", ["word", "list", "struct", "schema"])
def test_a_word_of_a_dictionary_in_many_rows_is_not_decoded(tmp_path, kind):
    rows = 20_000
    column = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array(["x" * 200_000]))
    if kind == "list":
        column = pa.ListArray.from_arrays(pa.array(np.arange(rows + 1, dtype=np.int32)), column)
    if kind == "struct":
        column = pa.StructArray.from_arrays([column], ["word"])
    table = pa.table({"word": column, "x": np.arange(rows)})
    parquet.write_table(table, tmp_path / "a.parquet", store_schema=kind == "schema")
    before = pa.total_allocated_bytes()
    pa.default_memory_pool().release_unused()
    with pytest.raises(DataError, match=r"the table takes at least 4,0"):
        opened(tmp_path / "a.parquet")
    assert pa.total_allocated_bytes() - before < 50_000_000


def test_columns_of_words_are_read_as_before(tmp_path):
    table = pa.table({"name": [f"n{row}" for row in range(12)], "nested": [{"w": "a", "n": row} for row in range(12)],
                      "kind": pa.array(["a", "b", None] * 4).dictionary_encode(), "x": np.arange(12.0)})  # fmt: skip
    parquet.write_table(table, tmp_path / "a.parquet")
    data = load(DataConfig(source=str(tmp_path / "a.parquet"), label_column="kind"))
    assert data.description.feature_names[-1] == "x" and data.class_names == ("a", "b")


def test_a_compressed_arrow_batch_is_measured_before_it_is_unpacked(tmp_path):
    batch = pa.record_batch({"a": np.zeros(40_000_000), "b": np.zeros(40_000_000, np.int8)})
    for new in (ipc.new_file, ipc.new_stream):
        with new(str(tmp_path / "a.arrow"), batch.schema, options=ipc.IpcWriteOptions(compression="zstd")) as writer:
            writer.write_batch(batch)
        with pytest.raises(DataError, match="that unpack to 360,000,000"):
            opened(tmp_path / "a.arrow")


def test_a_picture_is_limited_by_pixels_and_depth(tmp_path, monkeypatch):
    Image.new("L", (200, 200)).save(tmp_path / "grey.png")
    Image.new("RGB", (200, 200)).save(tmp_path / "colour.png")
    monkeypatch.setenv("LATENT_EXPLORER_MAX_PICTURE_BYTES", "100K")
    assert open_picture(tmp_path / "grey.png")
    with pytest.raises(DataError, match="LATENT_EXPLORER_MAX_PICTURE_BYTES"):
        open_picture(tmp_path / "colour.png")
    monkeypatch.setenv("LATENT_EXPLORER_MAX_PICTURE_PIXELS", "39999")
    with pytest.raises(DataError, match="more than 39,999 pixels"):
        open_picture(tmp_path / "grey.png")


def test_wrong_bytes_of_weights_are_found_by_their_checksum(tmp_path):
    path = tmp_path / "a.pt"
    torch.save({"x": torch.arange(100.0)}, path)
    content = path.read_bytes()
    at = content.index(np.arange(100, dtype="<f4").tobytes())
    path.write_bytes(content[: at + 50] + b"\x7f" + content[at + 51 :])
    with pytest.raises(DataError, match=r"a\.pt: the archive is damaged \(Bad CRC-32"):
        load_archive(path, "plain tensors")


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (b"\x80\x05\x96\0\0\0\0\1\0\0\0abc.", "expected 4294967296 bytes in a bytearray8"),
        (b"\x80\x02)" + b"\x85" * 5000 + b".", "nested more than 500 times"),
        (b"\x80\x02]" + b"h\0a" * 50, "the limit is 100"),
    ],
)
def test_the_structure_of_weights_is_checked_before_it_is_built(tmp_path, monkeypatch, code, fault):
    if "limit" in fault:
        monkeypatch.setenv("LATENT_EXPLORER_MAX_STRUCTURE_STEPS", "100")
    with zipfile.ZipFile(tmp_path / "a.pt", "w") as archive:
        archive.writestr("a/data.pkl", code)
    with pytest.raises(DataError, match=fault):
        load_archive(tmp_path / "a.pt", "plain tensors")


def test_latents_are_limited(tmp_path):
    """A run folder may be a stranger's: its codes are read like any .npz file."""
    with zipfile.ZipFile(tmp_path / "latents.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        stream = io.BytesIO()
        np.save(stream, np.zeros((30_000_000, 1), np.float32))
        archive.writestr("mean.npy", stream.getvalue())
    with pytest.raises(RunError, match="decompression bomb"):
        read_latents(tmp_path / "latents.npz")


def test_a_download_is_limited(monkeypatch):
    monkeypatch.setenv("LATENT_EXPLORER_MAX_DOWNLOAD_BYTES", "1000")
    progress = _Progress(LoadContext(), "a file")
    progress.total = 10  # what the server announced
    for _ in range(10):
        progress.update(100)
    with pytest.raises(DataError, match="LATENT_EXPLORER_MAX_DOWNLOAD_BYTES"):
        progress.update(100)


@pytest.mark.parametrize(
    "error", [KeyError("x"), RecursionError("deep"), OverflowError("large"), NotImplementedError(), AssertionError()]
)
def test_whatever_a_reader_raises_becomes_one_sentence(tmp_path, monkeypatch, error):
    def read(path, config, context):
        raise error

    known = SimpleNamespace(title="a", read_as="", contents=None, recognizes=lambda path: True, load=read)
    monkeypatch.setattr(catalog, "format_of", lambda path, read_as: known)
    (tmp_path / "a.csv").write_text("1")
    with pytest.raises(DataError, match=r"a\.csv: damaged, or a rare variety of its format \(\w+"):
        opened(tmp_path / "a.csv")


@pytest.mark.parametrize("error", [DataError("a"), ConfigError("b"), Cancelled("c"), KeyboardInterrupt()])
def test_the_errors_of_the_program_are_left_as_they_are(error):
    with pytest.raises(type(error)) as raised, only_data_errors("a.csv"):
        raise error
    assert raised.value is error


def test_a_damaged_line_of_a_matrix_ends_the_reader_and_not_the_program(tmp_path):
    """The C++ of scipy can crash on a number without end."""
    lines = [f"{row} {column} 0.5" for row in range(1, 21) for column in (1, 3, 5)]
    text = "\n".join(["%%MatrixMarket matrix coordinate real general", "20 6 60", *lines]) + "\n"
    (tmp_path / "a.mtx").write_text(text.replace("\n9 3 0.5\n", "\n9\x003 0.5\n9"))
    with pytest.raises(DataError, match=r"a\.mtx: "):
        opened(tmp_path / "a.mtx")


def test_a_damaged_offset_in_an_arrow_file_is_found(tmp_path):
    """Arrow would read other memory, and end the process."""
    words = pa.array(["a", "b"] * 6)
    offsets = np.frombuffer(words.buffers()[1], np.int32).copy()
    offsets[5] = 2_000_000_000
    damaged = pa.Array.from_buffers(pa.string(), 12, [None, pa.py_buffer(offsets), words.buffers()[2]])
    batch = pa.record_batch({"kind": damaged, "x": np.arange(12.0)})
    with ipc.new_file(str(tmp_path / "a.arrow"), batch.schema) as writer:
        writer.write_batch(batch)
    with pytest.raises(DataError, match=r"a\.arrow: the table cannot be read"):
        opened(tmp_path / "a.arrow")
