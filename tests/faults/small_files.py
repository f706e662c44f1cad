"""Writes a small valid file, or folder, of each format that the program reads."""

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROWS = 24
_RNG = np.random.default_rng(0)
SAMPLES = _RNG.normal(size=(ROWS, 6)).astype(np.float32)
PICTURES = _RNG.integers(0, 256, (ROWS, 8, 8), dtype=np.uint8)
LABELS = np.arange(ROWS) % 3


def _table() -> str:
    pairs = zip(SAMPLES, LABELS, strict=True)
    rows = [",".join([f"{value:.4f}" for value in row] + [f"kind {label}"]) for row, label in pairs]
    return "\n".join([",".join([f"a{index}" for index in range(6)] + ["kind"]), *rows]) + "\n"


def _arrow_table() -> Any:
    import pyarrow as pa

    columns = {f"a{index}": SAMPLES[:, index] for index in range(6)}
    return pa.table({**columns, "kind": [f"kind {label}" for label in LABELS], "list": list(SAMPLES)})


def _parquet(path: Path) -> None:
    from pyarrow import parquet

    parquet.write_table(_arrow_table(), path)


def _picture_bytes(index: int, kind: str = "PNG") -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(PICTURES[index]).save(stream, kind)
    return stream.getvalue()


def _parquet_pictures(path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    images = [{"bytes": _picture_bytes(index), "path": f"{index}.png"} for index in range(ROWS)]
    parquet.write_table(pa.table({"image": images, "label": LABELS}), path)


def _feather(path: Path) -> None:
    from pyarrow import feather

    feather.write_feather(_arrow_table(), path)


def _arrow(path: Path) -> None:
    import pyarrow as pa

    table = _arrow_table()
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as stream:
        stream.write_table(table)


def _idx() -> bytes:
    return struct.pack(">BBBB3I", 0, 0, 8, 3, *PICTURES.shape) + PICTURES.tobytes()


def _excel(path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for line in _table().splitlines():
        book.active.append([_cell(cell) for cell in line.split(",")])
    book.save(path)


def _cell(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def _sqlite(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE plants (height REAL, width REAL, kind TEXT)")
    rows = [(float(row[0]), float(row[1]), f"kind {label}") for row, label in zip(SAMPLES, LABELS, strict=True)]
    connection.executemany("INSERT INTO plants VALUES (?, ?, ?)", rows)
    connection.commit()
    connection.close()


def _hdf5(path: Path) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=SAMPLES, compression="gzip")
        file["y"] = LABELS


def _matlab(path: Path) -> None:
    from scipy.io import savemat

    savemat(path, {"X": SAMPLES, "y": LABELS, "names": np.array(["a", "b"], dtype=object)}, do_compression=True)


def _matlab_4(path: Path) -> None:
    from scipy.io import savemat

    savemat(path, {"X": SAMPLES, "y": LABELS}, format="4")


def _zarr(path: Path) -> None:
    import zarr

    with zarr.storage.ZipStore(str(path), mode="w") as store:
        group = zarr.open_group(store, mode="w")
        group.create_array("x", data=SAMPLES, chunks=(8, 6))
        group.create_array("y", data=LABELS, chunks=(ROWS,))


def _anndata(path: Path) -> None:
    import anndata
    import pandas
    from scipy.sparse import csr_matrix

    obs = pandas.DataFrame({"kind": LABELS.astype(str)}, index=[f"cell {row}" for row in range(ROWS)])
    anndata.AnnData(csr_matrix(np.round(np.abs(SAMPLES))), obs=obs).write_h5ad(path)


def _matrix_market(path: Path) -> None:
    from scipy.io import mmwrite
    from scipy.sparse import coo_array

    stream = io.BytesIO()
    mmwrite(stream, coo_array(np.where(SAMPLES > 0, SAMPLES, 0)))
    path.write_bytes(gzip.compress(stream.getvalue()) if path.suffix == ".gz" else stream.getvalue())


def _sparse(path: Path) -> None:
    from scipy.sparse import csr_array, save_npz

    save_npz(path, csr_array(np.where(SAMPLES > 0, SAMPLES, 0)))


def _pairs() -> str:
    pairs = zip(SAMPLES, LABELS, strict=True)
    lines = (f"{label} " + " ".join(f"{at + 1}:{value:.3f}" for at, value in enumerate(row)) for row, label in pairs)
    return "\n".join(lines) + "\n"


def _torch(path: Path) -> None:
    import torch

    torch.save({"samples": torch.tensor(SAMPLES), "labels": torch.tensor(LABELS)}, path)


def _weights() -> Any:
    import torch

    return {"encoder.weight": torch.tensor(SAMPLES), "decoder.weight": torch.tensor(SAMPLES.T.copy())}


def _torch_weights(path: Path) -> None:
    import torch

    torch.save(_weights(), path)


def _safetensors(path: Path) -> None:
    from safetensors.torch import save_file

    save_file(_weights(), path)


def _pages(path: Path) -> None:
    from PIL import Image

    first, *others = [Image.fromarray(picture) for picture in PICTURES]
    first.save(path, save_all=True, append_images=others)


def _archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for index in range(ROWS):
            archive.writestr(f"{'ab'[index % 2]}/{index}.png", _picture_bytes(index))


def _words() -> str:
    words = [f"word{''.join(chr(97 + int(each)) for each in str(row))}" for row in range(ROWS)]
    vectors = _RNG.normal(size=(ROWS, 12))
    pairs = zip(words, vectors, strict=True)
    return "\n".join(f"{word} " + " ".join(f"{value:.3f}" for value in row) for word, row in pairs) + "\n"


def _binary_words() -> bytes:
    return f"{ROWS} 6\n".encode() + b"".join(f"w{row} ".encode() + SAMPLES[row].tobytes() for row in range(ROWS))


def _ts() -> str:
    head = "@problemName small\n@timeStamps false\n@univariate true\n@classLabel true 0 1 2\n@data\n"
    rows = zip(SAMPLES, LABELS, strict=True)
    return head + "".join(",".join(f"{value:.3f}" for value in row) + f":{label}\n" for row, label in rows)


def _arff() -> str:
    head = "@relation small\n" + "".join(f"@attribute a{index} numeric\n" for index in range(6))
    rows = zip(SAMPLES, LABELS, strict=True)
    body = "".join(",".join(f"{value:.3f}" for value in row) + f",k{label}\n" for row, label in rows)
    return f"{head}@attribute kind {{k0,k1,k2}}\n@data\n{body}"


def _sound(path: Path) -> None:
    import soundfile

    soundfile.write(path, np.sin(np.arange(4 * 8000) / 20) * 0.5, 8000)


def _prose() -> str:
    words = ("river", "stone", "cloud", "forest", "bridge", "window", "garden", "market", "winter", "letter")
    lines = (" ".join(_RNG.choice(words, 30)) + "." for _ in range(ROWS))
    return "\n\n".join(lines) + "\n"


def _npz(path: Path) -> None:
    np.savez_compressed(path, x=SAMPLES, y=LABELS)


def _records() -> str:
    rows = zip(SAMPLES, LABELS, strict=True)
    return "\n".join(json.dumps({"a": float(row[0]), "b": float(row[1]), "kind": f"k{label}"}) for row, label in rows)


def _cifar() -> bytes:
    return b"".join(bytes([row % 10]) + bytes(_RNG.integers(0, 256, 3072, dtype=np.uint8)) for row in range(4))


def _text(make: Callable[[], str | bytes], pack: Callable[[bytes], bytes] = bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        content = make()
        path.write_bytes(pack(content.encode() if isinstance(content, str) else content))

    return write


DATA: dict[str, Callable[[Path], None]] = {
    "a.npy": lambda path: np.save(path, SAMPLES),
    "a.npz": _npz,
    "sparse.npz": _sparse,
    "a-idx3-ubyte": _text(_idx),
    "a-idx3-ubyte.gz": _text(_idx, gzip.compress),
    "a.csv": _text(_table),
    "a.csv.gz": _text(_table, gzip.compress),
    "a.csv.bz2": _text(_table, bz2.compress),
    "a.csv.xz": _text(_table, lzma.compress),
    "a.json": _text(lambda: json.dumps([json.loads(line) for line in _records().splitlines()])),
    "a.jsonl": _text(_records),
    "a.parquet": _parquet,
    "pictures.parquet": _parquet_pictures,
    "a.feather": _feather,
    "a.arrow": _arrow,
    "a.xlsx": _excel,
    "a.sqlite": _sqlite,
    "a.h5": _hdf5,
    "a.mat": _matlab,
    "four.mat": _matlab_4,
    "a.zarr.zip": _zarr,
    "a.h5ad": _anndata,
    "a.mtx": _matrix_market,
    "a.mtx.gz": _matrix_market,
    "a.svm": _text(_pairs),
    "a.pt": _torch,
    "a.tif": _pages,
    "a.gif": _pages,
    "a.zip": _archive,
    "words.txt": _text(_words),
    "words.bin": _text(_binary_words),
    "a.ts": _text(_ts),
    "a.arff": _text(_arff),
    "a.wav": _sound,
    "a.flac": _sound,
    "a.ogg": _sound,
    "prose.txt": _text(_prose),
    "data_batch_1.bin": _text(_cifar),
}
"""Writers of files of samples, by file name."""
WEIGHTS: dict[str, Callable[[Path], None]] = {"weights.pt": _torch_weights, "weights.safetensors": _safetensors}
"""Writers of files of weights."""
PICTURE_KINDS = {"PNG": "png", "JPEG": "jpg", "BMP": "bmp", "TIFF": "tif", "GIF": "gif", "WEBP": "webp", "PPM": "ppm"}
"""Pillow's names of formats of pictures, with their suffixes."""


def write_picture(path: Path, kind: str) -> None:
    """Write one picture."""
    path.write_bytes(_picture_bytes(0, kind))
