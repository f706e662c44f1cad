"""The formats of files and folders: which reader opens a file, and what to do with one that none opens.

1. A reader registers itself by `opens`; `format_of` imports all readers, once.
2. The first reader that recognizes the name of a file, or else its contents, opens it.
3. Of other files, `advice` and `unknown_format` say what to do; `need` says which package is missing.
"""

import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from explorer.config import DataConfig
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.report import counted
from explorer.extras import missing_package

Opener = Callable[[Path, DataConfig, LoadContext], Dataset]


@dataclass(frozen=True)
class Format:
    """A format of files or folders: how to recognize it and how to read it.

    ``read_as`` is the choice of `DataConfig.read_as` that selects it, if there is one. ``contents`` recognizes files
    whose ending no format knows.
    """

    title: str
    recognizes: Callable[[Path], bool]
    load: Opener
    read_as: str = ""
    contents: Callable[[Path], bool] | None = None


_FORMATS: list[Format] = []
_FORMAT_MODULES = (
    "idx",
    "picture_tables",
    "picture_lists",
    "arrays.numpy_files",
    "arrays.cifar",
    "arrays.hdf5",
    "arrays.matlab",
    "arrays.zarr_files",
    "arrays.anndata_files",
    "arrays.ten_x",
    "arrays.sparse_files",
    "arrays.svmlight_files",
    "arrays.torch_files",
    "arrays.array_folders",
    "arrays.split_folders",
    "word_vectors",
    "projector",
    "signals",
    "audio",
    "text",
    "tables",
    "table_folders",
    "pictures",
)


def opens(
    title: str,
    *,
    recognizes: Callable[[Path], bool],
    read_as: str = "",
    contents: Callable[[Path], bool] | None = None,
) -> Callable[[Opener], Opener]:
    """Register the decorated function as the reader of the files and folders for which ``recognizes`` returns True.

    ``read_as`` and ``contents`` are those of `Format`.
    """

    def enter(opener: Opener) -> Opener:
        _FORMATS.append(Format(title, recognizes, opener, read_as, contents))
        return opener

    return enter


def format_of(path: Path, read_as: str = "auto") -> Format:
    """Return the format of a file or folder: the chosen one, or the first that recognizes its name or its contents.

    Raises
    ------
    DataError
        If no reader recognizes it.
    """
    chosen = next((known for known in _formats() if read_as != "auto" and known.read_as == read_as), None)
    if chosen is not None:
        return chosen
    for known in _formats():
        if known.recognizes(path):
            return known
    if path.is_dir() and not any(path.iterdir()):
        raise DataError(f"{path}: the folder is empty")
    what_to_do = advice(path)
    # Not if the name says what the file is: the bytes of an archive may look like a table.
    if path.is_file() and not what_to_do:
        for known in _formats():
            if known.contents is not None and known.contents(path):
                return known
    raise DataError(f"{path}: {what_to_do or unknown_format(path)}")


def format_titles() -> tuple[str, ...]:
    """Return the titles of the readable formats of files and folders."""
    return tuple(known.title for known in _formats())


@cache
def _formats() -> tuple[Format, ...]:
    """Import the readers of files and folders, once.

    They import pyarrow and Pillow, which loading by name does not need.
    """
    for module in _FORMAT_MODULES:
        import_module(f"explorer.data.sources.{module}")
    return tuple(sorted(_FORMATS, key=lambda known: module_rank(known.load, _FORMAT_MODULES)))


def module_rank(function: Callable[..., Dataset], modules: tuple[str, ...]) -> int:
    """Return the sort key of a function: the index of its module, or that of the end for other modules.

    The display order then does not depend on the order of imports.
    """
    name = function.__module__
    return next((index for index, module in enumerate(modules) if name.endswith(f".{module}")), len(modules))


_PICKLE = "pickled Python objects are not opened, as they can run code; save the numbers with numpy.savez or to_parquet"
_R = "R's own format is not read; save the table with write.csv"
_ARCHIVE = "unpack the archive, and open its folder"
_STATISTICS = "this format is not read; save the table as CSV, or as Parquet with pandas"
_VIDEO = "videos are not read; save their frames as pictures in a folder"

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
    **dict.fromkeys((".dcm", ".nii", ".mha", ".nrrd"), "medical images are not read; save slices as PNG or .npy"),
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
        endings = Counter(file.suffix.lower() or "no suffix" for file in files)
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
    what = f"reading {path.suffix or 'this format'}"
    return DataError(f"{path}: {missing_package(package, what)}")
