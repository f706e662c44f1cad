"""What to do with files that cannot be read: a sentence by suffix or contents, or the package that is missing."""

import zipfile
from collections import Counter
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from explorer.data.dataset import DataError
from explorer.data.report import counted

_PICKLE = "pickled Python objects are not opened, as they can run code; save the numbers with numpy.savez or to_parquet"
_R = "R's own format is not read; save the table with write.csv"
_ARCHIVE = "unpack the archive, and open its folder"
_STATISTICS = "this format is not read; save the table as CSV, or as Parquet with pandas"
_VIDEO = "films are not read; save their frames as pictures in a folder"

KNOWN = "such as CSV, Excel, Parquet, .npy, .mat, HDF5, or a folder of pictures; docs/data.md lists all"
"""Examples of formats for messages."""

_ADVICE = {
    **dict.fromkeys((".pkl", ".pickle", ".joblib", ".dill"), _PICKLE),
    **dict.fromkeys((".rds", ".rdata", ".rda"), _R),
    **dict.fromkeys((".tar", ".tgz", ".rar", ".7z", ".xz", ".bz2"), _ARCHIVE),
    **dict.fromkeys((".sav", ".dta", ".sas7bdat", ".por", ".ods", ".orc", ".avro"), _STATISTICS),
    **dict.fromkeys(
        (".docx", ".odt", ".pdf", ".rtf"), "documents are not read; save the table as CSV, or the text as .txt"
    ),
    **dict.fromkeys((".mp4", ".avi", ".mov", ".mkv", ".webm"), _VIDEO),
    ".tsf": "series for forecasting are not read; save them as .ts, or as a table with one row per series",
    **dict.fromkeys((".dcm", ".nii", ".mha", ".nrrd"), "medical pictures are not read; save slices as PNG or .npy"),
}


def advice(path: Path) -> str:
    """Return what to do with a file that no reader recognizes, or "" if that is not known."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes[-2:] == [".tar", ".gz"]:
        return _ARCHIVE
    if suffixes[-1:] == [".zip"] and path.is_file():
        if not zipfile.is_zipfile(path):
            return "the archive is damaged or cut off; copy or download it again"
        return "the archive contains neither pictures nor a zarr store; unpack it, and open a file or folder of it"
    # "mnist.pkl.gz": what is compressed matters.
    return next((_ADVICE[suffix] for suffix in reversed(suffixes) if suffix in _ADVICE), "")


def unknown_format(path: Path) -> str:
    """Return what a file or folder that no reader recognizes looks like, and what to do with it."""
    if path.is_dir():
        files = (entry for entry in islice(path.iterdir(), 1000) if entry.is_file())
        endings = Counter(file.suffix.lower() or "no ending" for file in files)
        if not endings:
            return "the folder has no files of a known format; open a file or a folder that contains the data itself"
        ending, count = endings.most_common(1)[0]
        return (
            f"a folder with {counted(count, 'file')} of type {ending}, which is not read as one data set; open one of "
            f"them, or join them into one table with a row per sample ({KNOWN})"
        )
    with path.open("rb") as stream:
        head = stream.read(8192)
    if not head:
        return "the file is empty"
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return f"a binary file of an unknown format; save the data in a known one ({KNOWN})"
    return (
        "a text in which no table is recognized; set data.read_as to table or text, or save the data with one row per "
        f"sample ({KNOWN})"
    )


def need(package: str, path: Path) -> None:
    """Raise DataError if a package that reads a file is not installed; it has the name of its module."""
    if find_spec(package) is None:
        raise missing(package, path)


def missing(package: str, path: Path) -> DataError:
    """Return the error of a package that is not installed."""
    what = path.suffix or "this format"
    # The package itself, not an extra of this program, which need not come from a package index.
    return DataError(f"{path}: reading {what} needs {package}; install it with pip install {package}")
