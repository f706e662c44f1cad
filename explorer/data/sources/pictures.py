"""Opens folders and zip archives of pictures, and files with several pages.

`explorer.data.pictures.placement` says how folders are interpreted, `explorer.data.pictures.picture_lists` which files
beside the pictures give labels, and `explorer.data.pictures.picture_form` what pictures of different kinds become.
"""

import io
import os
import zipfile
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import ImageSequence

from explorer.config import DataConfig
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.folders import MAX_FILES_LOOKED_AT
from explorer.data.formats import opens
from explorer.data.pictures.collection import collect_archive, collect_folder, is_other_picture_name, is_picture_name
from explorer.data.pictures.picture_columns import collection_dataset
from explorer.data.pictures.picture_dataset import PictureSet, picture_dataset
from explorer.data.pictures.picture_file import FORMATS_TEXT, PictureFile, Unreadable, opened, raw_mode
from explorer.data.reading.limits import ARRAY_BYTES, check_growth

PAGES_FREE_BYTES = 256 << 20
"""Pages of a file that take less than this are read whatever they take on disk, as blank ones pack very well."""
_BAD_ARCHIVE = (zipfile.BadZipFile, OSError, RuntimeError, ValueError, LookupError, EOFError)


def _holds_pictures(path: Path) -> bool:
    if not path.is_dir():
        return is_picture_name(path.name) or is_other_picture_name(path.name)
    # A folder may have millions of files, and all formats are asked before one of them opens it.
    names = islice((name for _, _, files in os.walk(path) for name in files), MAX_FILES_LOOKED_AT)
    return any(is_picture_name(name) or is_other_picture_name(name) for name in names)


def _is_archive_of_pictures(path: Path) -> bool:
    if path.suffix.lower() != ".zip" or not path.is_file():
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return any(is_picture_name(name) for name in archive.namelist())
    except _BAD_ARCHIVE:
        return False


@opens("folder of pictures", recognizes=_holds_pictures)
def open_pictures(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a folder of pictures, or the pages of a file.

    Raises
    ------
    DataError
        If there is no picture that can be read, or they take too much memory.
    """
    if is_other_picture_name(path.name) and path.is_file():
        raise DataError(f"{path}: pictures of this format cannot be read; save them as PNG or JPEG")
    if path.is_file():
        return _open_pages(path, config, context)
    collection = collect_folder(path, context)
    return collection_dataset(collection, config, context, name=path.resolve().name, where=str(path))


@opens("zip archive of pictures (.zip)", recognizes=_is_archive_of_pictures)
def open_archive(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a zip archive of pictures; nothing is unpacked to disk.

    Raises
    ------
    DataError
        If the archive is damaged, or as for folders.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            collection = collect_archive(path, archive, context.notes)
            return collection_dataset(collection, config, context, name=path.stem, where=str(path), is_archive=True)
    except zipfile.BadZipFile as error:
        raise DataError(f"{path}: the archive is damaged ({error})") from error


def _open_pages(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open the pages of a TIFF, or the frames of an animation, as samples."""
    whole = PictureFile(path.name, lambda: path.open("rb"))
    pages: list[PictureFile] = []
    size = 0
    try:
        with opened(whole) as picture:
            count = getattr(picture, "n_frames", 1)
            if count == 1:
                raise DataError(f"{path} is a single picture; choose the folder with the pictures")
            # The first pages, not some of all parts: Pillow reaches a page only through those before it.
            most = count if context.limit is None else min(count, context.limit)
            for number, page in enumerate(islice(ImageSequence.Iterator(picture), most)):
                context.report(number, 3 * most, f"reading page {number + 1}")
                # Pages share one open file, and only a copy of each can be decoded in threads: it has 8 bits.
                if ";16" in raw_mode(page) and page.mode in ("RGB", "RGBA"):
                    context.notes.changed("pages with 16 bits per colour became 8 bits")
                # 4 bytes a value, as the copies of pages with more than 8 bits have.
                size += page.width * page.height * len(page.getbands()) * 4
                ARRAY_BYTES.check(size, path, "the pages take at least")
                check_growth(path.stat().st_size, size, path, PAGES_FREE_BYTES)
                name = f"page {number + 1:0{len(str(count))}}"
                # The opener is needed for error messages only; the page itself is in memory.
                pages.append(PictureFile(name, lambda: io.BytesIO(), page.copy()))
    except Unreadable as fault:
        raise DataError(f"{path}: {fault}; a picture is {FORMATS_TEXT}") from fault
    context.notes.understood(f"each of the {count:,} pages of the file is a sample")
    columns = {"page": np.arange(1, len(pages) + 1)}
    names = [page.name for page in pages]
    return picture_dataset(PictureSet(path.stem, str(path), pages, columns, names=names, total=count), config, context)
