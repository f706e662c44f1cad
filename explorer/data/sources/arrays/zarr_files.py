"""Opens zarr stores of version 2 and 3: folders, and zip archives of them; those of anndata as cells."""

import json
import zipfile
from pathlib import Path
from typing import Any

from explorer.config import DataConfig
from explorer.data.arrays.arrays import dataset_from_arrays, rows_limit
from explorer.data.arrays.isolated import read_arrays_isolated
from explorer.data.arrays.zarr_reader import MAX_METADATA, METADATA, zip_root
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset
from explorer.data.formats import need, opens
from explorer.data.sources.arrays.anndata_files import read_cells


def is_zarr(path: Path) -> bool:
    """Return whether a folder, or a zip archive, is a zarr store."""
    if path.is_dir():
        return any((path / name).is_file() for name in METADATA)
    if path.suffix.lower() != ".zip":
        return False
    try:
        return zip_root(path) is not None
    except (OSError, ValueError, RuntimeError, zipfile.BadZipFile):
        return False


@opens("zarr (folder or .zip)", recognizes=is_zarr)
def open_zarr(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a zarr store."""
    need("zarr", path)
    name = path.name.removesuffix(".zip").removesuffix(".zarr")
    # AnnData stores sparse matrices in three arrays, which mean nothing on their own.
    if _attributes(path).get("encoding-type") == "anndata":
        return read_cells(path, config, context, name)
    context.report(0, 0, f"reading {path.name}")
    arrays = read_arrays_isolated("explorer.data.arrays.zarr_reader", path, rows_limit(config, context), context)
    return dataset_from_arrays(arrays, config, context, name=name, where=str(path))


def _attributes(path: Path) -> dict[str, Any]:
    """Return the attributes of the root group, {} if they cannot be read."""
    # Version 2 has a file for attributes, version 3 keeps them with the rest.
    for name, key in ((".zattrs", ""), ("zarr.json", "attributes")):
        try:
            text = _text(path, name)
            if text is not None:
                found = json.loads(text)
                found = found.get(key, {}) if key else found
                return found if isinstance(found, dict) else {}
        except (OSError, ValueError, AttributeError, RuntimeError, zipfile.BadZipFile):
            return {}
    return {}


def _text(path: Path, name: str) -> bytes | None:
    """Return a metadata file of the root of a folder or archive; None if it is missing or too large."""
    if path.is_dir():
        file = path / name
        return file.read_bytes() if file.is_file() and file.stat().st_size <= MAX_METADATA else None
    root = zip_root(path)
    member = f"{root}/{name}" if root else name
    with zipfile.ZipFile(path) as archive:
        known = member in archive.namelist() and archive.getinfo(member).file_size <= MAX_METADATA
        return archive.read(member) if known else None
