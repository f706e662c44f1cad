"""Lists the pictures of a folder or of a zip archive, and the files beside them."""

import io
import os
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import BinaryIO

from explorer.data.context import LoadContext
from explorer.data.dataset import DataError
from explorer.data.pictures.picture_file import SUFFIXES, PictureFile, looks_like_picture
from explorer.data.report import Notes, noun

LIST_SUFFIXES = frozenset({".csv", ".tsv", ".jsonl", ".ndjson", ".txt"})
"""Suffixes of files that may list pictures with their labels."""
MAX_FILE_BYTES = 512 << 20
"""Maximum size of one file in an archive: 512 MiB."""
# Pictures are compressed already and hardly grow.
MAX_RATIO = 200
"""An archive that grows more than this by unpacking contains no pictures, or was made to fill a disk."""
MAX_SNIFFED = 2000
"""Maximum number of files with other suffixes whose first bytes are looked at."""
_OTHER_PICTURES = frozenset(
    {".heic", ".heif", ".svg", ".psd", ".eps", ".dcm", ".cr2", ".cr3", ".nef", ".arw", ".dng"}
    | {".exr", ".hdr", ".tga", ".ico", ".jxl", ".xcf"}
)


Opener = Callable[[], BinaryIO]


@dataclass(frozen=True)
class Collection:
    """The pictures of a folder or archive in a fixed order, and the other visible files."""

    pictures: tuple[PictureFile, ...]
    others: tuple[PictureFile, ...]


def collect_folder(folder: Path, context: LoadContext) -> Collection:
    """Return the pictures below a folder, and write into the report what is hidden or cannot be opened."""
    closed: list[str] = []
    names: list[str] = []
    empty: list[str] = []
    # os.walk does not follow links to folders, so that a circle of them does no harm.
    for here, folders, here_files in os.walk(folder, onerror=lambda error: closed.append(str(error.filename))):
        context.report(0, 0, f"listing {os.path.basename(here)}")
        relative = os.path.relpath(here, folder).replace(os.sep, "/")
        names += here_files if relative == "." else [f"{relative}/{name}" for name in here_files]
        if not folders and not here_files and relative != ".":
            empty.append(relative)
    context.notes.left_out(noun(len(closed), "folder"), "cannot be opened", closed)
    visible = [name for name in empty if not _is_hidden(name)]
    context.notes.left_out(noun(len(visible), "folder"), "empty", visible)
    # A data set that was copied without the folder to which its links point looks complete in a file manager.
    lost = sorted(name for name in names if is_picture_name(name) and not (folder / name).exists())
    context.notes.left_out(noun(len(lost), "picture"), "a link to a file that does not exist", lost)
    # Sorted, as the order of the disk differs between computers, and with it the random split would.
    files = [PictureFile(name, _opener(folder / name)) for name in sorted(names) if (folder / name).is_file()]
    return _collection(files, context.notes)


def _opener(path: Path) -> Opener:
    return lambda: path.open("rb")


def collect_archive(path: Path, archive: zipfile.ZipFile, notes: Notes) -> Collection:
    """Return the pictures of a zip archive, and write into the report what is hidden or not safe to read.

    Raises
    ------
    DataError
        If the archive would grow far too much by unpacking.
    """
    members = [member for member in archive.infolist() if not member.is_dir()]
    # At least 1 MiB is assumed, as a tiny archive of blank pictures may grow much.
    if sum(member.file_size for member in members) > MAX_RATIO * max(path.stat().st_size, 1 << 20):
        raise DataError(f"{path}: the archive grows more than {MAX_RATIO} times by unpacking; unpack it and look at it")
    outside = [member.filename for member in members if _leads_outside(member.filename)]
    large = [member.filename for member in members if member.file_size > MAX_FILE_BYTES]
    locked = [member.filename for member in members if member.flag_bits & 1]
    notes.left_out(noun(len(outside), "file"), "the path leads out of the archive", outside)
    notes.left_out(noun(len(large), "file"), f"larger than {MAX_FILE_BYTES >> 20} MiB", large)
    notes.left_out(noun(len(locked), "file"), "encrypted", locked)
    refused = {*outside, *large, *locked}
    lock = Lock()
    usable = {member.filename: member for member in members if member.filename not in refused}
    files = [PictureFile(name, _member(archive, usable[name], lock)) for name in sorted(usable)]
    return _collection(files, notes)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, lock: Lock) -> Opener:
    def open_member() -> BinaryIO:
        # A member is read as a whole: Pillow jumps back and forth in it, and only one thread may read the archive.
        with lock, archive.open(member) as stream:
            return io.BytesIO(stream.read())

    return open_member


def _leads_outside(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts


def is_picture_name(name: str) -> bool:
    """Return whether a visible file has the suffix of a picture."""
    return PurePosixPath(name).suffix.lower() in SUFFIXES and not _is_hidden(name)


def is_other_picture_name(name: str) -> bool:
    """Return whether a visible file has the suffix of a picture that cannot be read, such as .heic."""
    return PurePosixPath(name).suffix.lower() in _OTHER_PICTURES and not _is_hidden(name)


def _is_hidden(name: str) -> bool:
    # macOS puts a shadow of each file of an archive into the folder __MACOSX.
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


def _collection(files: Iterable[PictureFile], notes: Notes) -> Collection:
    pictures: list[PictureFile] = []
    others: list[PictureFile] = []
    hidden: list[str] = []
    sniffed = 0
    for file in files:
        suffix = PurePosixPath(file.name).suffix.lower()
        if _is_hidden(file.name):
            hidden += [file.name] if suffix in SUFFIXES else []
        elif suffix in SUFFIXES:
            pictures.append(file)
        # Downloads often lose their suffix. Opening a file takes time, though, and a folder may have millions.
        elif sniffed < MAX_SNIFFED and suffix not in LIST_SUFFIXES:
            sniffed += 1
            (pictures if _has_picture_inside(file) else others).append(file)
        else:
            others.append(file)
    notes.left_out(noun(len(hidden), "hidden picture"), "the name or the folder begins with a dot", hidden)
    return Collection(tuple(pictures), tuple(others))


def _has_picture_inside(file: PictureFile) -> bool:
    try:
        with file.open() as stream:
            return looks_like_picture(stream.read(16))
    except (OSError, RuntimeError, zipfile.BadZipFile, EOFError):
        return False


def note_others(others: Iterable[PictureFile], notes: Notes) -> None:
    """Write into the report which files are not used."""
    names = [file.name for file in others]
    rare = [name for name in names if is_other_picture_name(name)]
    other = [name for name in names if name not in set(rare)]
    notes.left_out(noun(len(rare), "file"), "a format of pictures that cannot be read; save as PNG or JPEG", rare)
    notes.left_out(noun(len(other), "file"), "neither pictures nor a list of them", other)
