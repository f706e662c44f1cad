"""Writes files that were made to take far more memory or time than their size suggests; each is small on the disk."""

import json
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import crafted_tables
import numpy as np
from crafted_parts import GIGABYTE, MEGABYTE, png_chunk, write_gzip, write_png, write_sparse, write_zip, zeros


def _npy_header(shape: str, kind: str = "<f4") -> bytes:
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header.encode()


def _in_folder(write: Callable[[Path], None], name: str, copies: int = 2) -> Callable[[Path], None]:
    def write_folder(path: Path) -> None:
        path.mkdir()
        for number in range(copies):
            write(path / f"{number}{name}")

    return write_folder


def _tiff(path: Path, width: int, height: int, channels: int = 1, bits: int = 8) -> None:
    """Write a TIFF whose header declares a size that is not there."""
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, bits), (259, 3, 1, 1), (262, 3, 1, 1),
               (273, 4, 1, 8), (277, 3, 1, channels), (278, 4, 1, height), (279, 4, 1, 64)]  # fmt: skip
    body = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *each) for each in entries) + bytes(4)
    path.write_bytes(b"II*\0" + struct.pack("<I", 72) + bytes(64) + body)


def _tiff_deflated(path: Path) -> None:
    from PIL import Image

    Image.new("F", (9000, 9000)).save(path, compression="tiff_adobe_deflate")


def _gif(path: Path, frames: int) -> None:
    head = b"GIF89a" + struct.pack("<HHBBB", 8000, 8000, 0x80, 0, 0) + bytes(6)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    path.write_bytes(head + frame * frames + b";")


def _torch_pickle(path: Path, code: bytes) -> None:
    """Write an archive of torch.save with any pickled structure."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a/data.pkl", code)
        archive.writestr("a/byteorder", "little")
        archive.writestr("a/version", "3\n")
        archive.writestr("a/data/0", bytes(64))


def _torch_repeated(path: Path) -> None:
    """Write a tensor of 10¹² elements that are all the same one."""
    import torch

    torch.save({"samples": torch.zeros(1).expand(1_000_000, 1_000_000)}, path)


def _nested_tuples(depth: int) -> bytes:
    return b"\x80\x02" + b")" + b"\x85" * depth + b"."


def _doubling_lists(steps: int) -> bytes:
    """Return the pickle of a list of lists that is printed or walked in 2^steps steps."""
    return b"\x80\x02]" + b"".join(b"q%c]h%ca" % (step, step) + b"h%ca" % step for step in range(steps)) + b"."


def _safetensors(path: Path, header: bytes, size: int | None = None) -> None:
    path.write_bytes(struct.pack("<Q", size or len(header)) + header)


def _hdf5(path: Path, shape: tuple[int, ...], chunks: tuple[int, ...] | None = None) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        file.create_dataset("x", shape=shape, dtype="f8", chunks=chunks or True, compression="gzip", fillvalue=1.5)


def _hdf5_in_parts(path: Path) -> None:
    """Write many data sets below the size at which one counts as a bomb."""
    import h5py

    with h5py.File(path, "w") as file:
        for number in range(60):
            file.create_dataset(f"x{number}", shape=(8_000_000,), dtype="f8", chunks=(8_000_000,), fillvalue=1.0)


def _hdf5_words(path: Path) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=np.zeros((10, 3)))
        file.create_dataset("words", shape=(10, 10), dtype="S60000000", chunks=(1, 1), compression="gzip")


def _zarr(path: Path, shape: list[int], chunks: list[int]) -> None:
    metadata = {"zarr_format": 2, "shape": shape, "chunks": chunks, "dtype": "<f8", "compressor": None,
                "fill_value": 1.0, "order": "C", "filters": None}  # fmt: skip
    write_zip(path, {".zgroup": [b'{"zarr_format": 2}'], "x/.zarray": [json.dumps(metadata).encode()]})


def _matlab(path: Path) -> None:
    """Write a matrix of zeros that is compressed twice as far as its size suggests."""
    from scipy.io import savemat

    savemat(path, {"X": np.zeros((16_000, 16_000), np.uint8)}, do_compression=True)


def _matlab_struct(path: Path) -> None:
    from scipy.io import savemat

    savemat(path, {"a": np.empty((3000, 3000), dtype=object)}, do_compression=True)


def _wav(path: Path, channels: int, seconds: int) -> None:
    size = 8000 * channels * 2 * seconds
    head = b"RIFF" + struct.pack("<I", min(size + 36, 2**32 - 1)) + b"WAVEfmt "
    head += struct.pack("<IHHIIHH", 16, 1, channels, 8000, 16000 * channels % 2**32, 2 * channels % 2**16, 16)
    write_sparse(path, head + b"data" + struct.pack("<I", min(size, 2**32 - 37)), min(size, 2**32 - 37) + 44)


def _flac(path: Path) -> None:
    import soundfile

    with soundfile.SoundFile(path, "w", 48_000, 8) as file:
        for _ in range(120):
            file.write(np.zeros((48_000, 8), np.int16))


def _matrix_market(path: Path, text: str) -> None:
    path.write_text(f"%%MatrixMarket matrix {text}\n")


def _many_arrays(path: Path) -> None:
    write_zip(path, {f"{n}.npy": [_npy_header("(4000000,)"), *zeros(16_000_000)] for n in range(90)})


def _png_of_text(path: Path) -> None:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
    text = png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(200 * MEGABYTE), 1))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + text * 4)


def _wav_of_a_rate(path: Path) -> None:
    form = struct.pack("<IHHIIHH", 16, 1, 1, 2**31 - 1, 2**31 - 1, 2, 16)
    write_sparse(path, b"RIFF\xff\xff\xff\x0fWAVEfmt " + form + b"data\xff\xff\xff\x0f", 200_000_000)


def _projector(path: Path) -> None:
    path.mkdir()
    shape = "tensor_shape: 2000000000 tensor_shape: 2000000000"
    (path / "projector_config.pbtxt").write_text(f'embeddings {{ tensor_name: "a" {shape} tensor_path: "t.bytes" }}')
    (path / "t.bytes").write_bytes(bytes(64))


_IDX = struct.pack(">BBBB3I", 0, 0, 8, 3, 2_000_000, 28, 28)
_MATRIX = b"%%MatrixMarket matrix array real general\n50000 5000\n"

WRITERS: dict[str, Callable[[Path], Any]] = {
    **crafted_tables.WRITERS,
    "claims.npy": lambda path: path.write_bytes(_npy_header("(1000000, 1000000)") + bytes(64)),
    "empty-side.npy": lambda path: path.write_bytes(_npy_header("(0, 4611686018427387904)")),
    "nested-header.npy": lambda path: path.write_bytes(_npy_header("(" * 300 + ")" * 300)),
    "zeros.npz": lambda path: write_zip(path, {"x.npy": [_npy_header("(125000000, 2)"), *zeros(1_000_000_000)]}),
    "claims.npz": lambda path: write_zip(path, {"x.npy": [_npy_header("(1000000, 1000000)")]}),
    "stored.npz": _many_arrays,
    "wide-words.npz": lambda path: write_zip(path, {"x.npy": [_npy_header("(1000, 3)"), *zeros(12_000)],
        "w.npy": [_npy_header("(1000,)", "<U50000"), *zeros(200_000_000)]}),
    "zeros-idx3-ubyte.gz": lambda path: write_gzip(path, _IDX, bytes(1_568_000), 1000),
    "zeros.mtx.gz": lambda path: write_gzip(path, _MATRIX, b"0\n" * 500_000, 500),
    "words.vec.gz": lambda path: write_gzip(path, b"9999999 300\n", (b"a" + b" 0" * 300 + b"\n") * 1700, 1500),
    "one-line.txt": lambda path: write_sparse(path, b"word " * 1000, 2 * GIGABYTE),
    "letters.txt": lambda path: path.write_bytes(b"a" * 40_000_000),
    "fill.h5": lambda path: _hdf5(path, (100_000, 1000)),
    "claims.h5": lambda path: _hdf5(path, (1_000_000, 1_000_000)),
    "chunk.h5": lambda path: _hdf5(path, (60_000, 60_000), (20_000, 20_000)),
    "parts.h5": _hdf5_in_parts,
    "words.h5": _hdf5_words,
    "fill.zarr.zip": lambda path: _zarr(path, [20_000, 20_000], [10, 10]),
    "chunk.zarr.zip": lambda path: _zarr(path, [10, 10], [60_000, 60_000]),
    "zeros.mat": _matlab,
    "cells.mat": _matlab_struct,
    "claims.mtx": lambda path: _matrix_market(path, "coordinate real general\n2000000000 2000000000 1\n1 1 1"),
    "wide.mtx": lambda path: _matrix_market(path, "coordinate real general\n90000000 90000000 1\n1 1 1"),
    "claims.svm": lambda path: path.write_text("1 1:2 999999:1\n0 1:1 2:1\n" * 10),
    "huge-number.svm": lambda path: path.write_text("1 1:2 99999999999999999999:1\n0 1:1 2:1\n" * 10),
    "bytes.pt": lambda path: _torch_pickle(path, b"\x80\x05\x96" + struct.pack("<Q", 4 * GIGABYTE) + b"abc."),
    "unicode.pt": lambda path: _torch_pickle(path, b"\x80\x04\x8d" + struct.pack("<Q", 4 * GIGABYTE) + b"abc."),
    "memo.pt": lambda path: _torch_pickle(path, b"\x80\x02]r\xff\xff\xff\x7f."),
    "nested.pt": lambda path: _torch_pickle(path, _nested_tuples(2_000_000)),
    "nested-lists.pt": lambda path: _torch_pickle(path, b"\x80\x02" + b"]" * 200_000 + b"a" * 199_999 + b"."),
    "doubling.pt": lambda path: _torch_pickle(path, _doubling_lists(60)),
    "number.pt": lambda path: _torch_pickle(path, b"\x80\x02\x8b" + struct.pack("<i", 2**31 - 1) + b"ab."),
    "empty-lists.pt": lambda path: _torch_pickle(path, b"\x80\x02]" + b"(" + b"}" * 15_000_000 + b"e."),
    "pickle.pt": lambda path: _torch_pickle(path, pickle.dumps({"a": {"b": [1] * 100}}, 2)),
    "repeated.pt": _torch_repeated,
    "repeated-weights.pt": _torch_repeated,
    "doubling-weights.pt": lambda path: _torch_pickle(path, _doubling_lists(60)),
    "bytes-weights.pt": lambda path: _torch_pickle(path, b"\x80\x05\x96" + struct.pack("<Q", 4 * GIGABYTE) + b"abc."),
    "header-weights.safetensors": lambda path: _safetensors(path, b"{}", 2**40),
    "names-weights.safetensors": lambda path: _safetensors(path, b"{" + b'"a":{},' * 10_000_000 + b"}"),
    "picture-claims.png": lambda path: write_png(path, 100_000, 100_000),
    "picture-large.png": lambda path: write_png(path, 13_000, 13_000, whole=True),
    "picture-deep.png": lambda path: write_png(path, 9_400, 9_400, 16, 6, whole=True),
    "picture-claims.tif": lambda path: _tiff(path, 100_000, 100_000),
    "picture-deep.tif": lambda path: _tiff(path, 9_000, 9_000, 3, 32),
    "picture-floats.tif": _tiff_deflated,
    "picture-text.png": _png_of_text,
    "folder-large": _in_folder(lambda path: write_png(path, 13_000, 13_000, whole=True), ".png"),
    "folder-deep": _in_folder(lambda path: write_png(path, 9_400, 9_400, 16, 2, whole=True), ".png"),
    "folder-claims": _in_folder(lambda path: write_png(path, 100_000, 100_000), ".png"),
    "frames.gif": lambda path: _gif(path, 3000),
    "pictures.zip": lambda path: write_zip(path, {f"{n}.png": zeros(450 * MEGABYTE) for n in range(2)}),
    "channels.wav": lambda path: _wav(path, 1000, 10),
    "hours.wav": lambda path: _wav(path, 2, 6_000),
    "hours.flac": _flac,
    "rate.wav": _wav_of_a_rate,
    "projector": _projector,
}  # fmt: skip
"""Writers of crafted files and folders, by name; names that begin with "picture" are opened as one picture."""
