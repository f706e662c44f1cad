"""The codes of samples as a file: arrays (.npz), a table (.csv, .parquet), or annotated data for scanpy (.h5ad)."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError
from explorer.data.dataset import Column, Description
from explorer.export.arrays import save_arrays
from explorer.export.tables import save_table
from explorer.extras import missing_package
from explorer.runs.files import replace_file
from explorer.runs.latents import Latents

Values = NDArray[Any] | list[str | None]
"""A column of a table: numbers, or words with None for unknown ones."""


def save_codes(path: Path, codes: Latents, description: Description, run: str) -> None:
    """Write codes with labels, splits and columns, in the format of the path's suffix, one of `CODE_FILES`.

    Parameters
    ----------
    run
        The name of the run that encoded the samples.

    Raises
    ------
    ConfigError
        If a package that the format needs is not installed.
    """
    _WRITERS[path.suffix.lower()](path, codes, description, run)


def _save_npz(path: Path, codes: Latents, description: Description, run: str) -> None:
    """Write the arrays mean, index, split, and those of the others that are defined.

    They are ``log_variance`` (not of a deterministic encoder), ``scale_tril`` (the lower triangular L of a full
    covariance L·Lᵀ), ``labels`` with ``class_names``, ``names`` of the samples, and ``column.NAME`` of each attribute.
    """
    arrays: dict[str, Any] = {"mean": codes.mean, "index": codes.index, "split": codes.split}
    for name in ("log_variance", "scale_tril"):
        if (values := getattr(codes, name)) is not None:
            arrays[name] = values
    if codes.labels is not None:
        arrays |= {"labels": codes.labels, "class_names": np.array(description.class_names, dtype=np.str_)}
    if names := _names(codes, description):
        arrays["names"] = np.array(names, dtype=np.str_)
    for name, column in codes.columns.items():
        words = [word or "" for word in _words(column.values, column.categories)]
        arrays[f"column.{name}"] = np.array(words, dtype=np.str_) if column.categories else column.values
    save_arrays(path, arrays)


def _save_csv(path: Path, codes: Latents, description: Description, run: str) -> None:
    table = {**_annotations(codes, description), **_numbers(codes)}
    cells = [_cells(values) for values in table.values()]
    save_table(path, list(table), zip(*cells, strict=True))


def _save_parquet(path: Path, codes: Latents, description: Description, run: str) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    def column(values: Values) -> Any:
        # Words are stored once each; pandas reads such a column as categories.
        return pa.array(values) if isinstance(values, np.ndarray) else pa.array(values, pa.string()).dictionary_encode()

    table = {**_annotations(codes, description), **_numbers(codes)}
    written = pa.table({name: column(values) for name, values in table.items()})
    # Facts on the run, once for the file instead of in every row.
    told = {f"latent_explorer.{name}": value for name, value in _facts(codes, description, run).items()}
    written = written.replace_schema_metadata({**(written.schema.metadata or {}), **told})
    replace_file(path, lambda part: parquet.write_table(written, part))


def _save_h5ad(path: Path, codes: Latents, description: Description, run: str) -> None:
    """Write annotated data whose variables are the latent dimensions.

    ``X`` and ``obsm["X_latent"]`` are the mean codes, so that scanpy's neighbours can be computed at once, and the
    codes can be copied into other annotated data; ``layers["log_variance"]`` are the log-variances. ``obs`` has label,
    split and columns; its names are those of the samples or, if they have none or not unique ones, their indices.
    """
    try:
        import anndata
        import pandas
    except ImportError as error:
        raise ConfigError(f"{missing_package('anndata', 'writing .h5ad')}, or choose .npz, .csv or .parquet") from error

    def column(values: Values) -> Any:
        return values if isinstance(values, np.ndarray) else pandas.Categorical(values)

    # HDF5 takes a slash for a group.
    obs = {name.replace("/", "_"): column(values) for name, values in _annotations(codes, description).items()}
    names = [str(name) for name in obs.pop("name", [])]
    # anndata only warns of names that occur twice, but cannot select by them.
    rows = names if len(set(names)) == len(names) > 0 else codes.index.astype(str)
    dimensions = [f"z{number + 1}" for number in range(codes.mean.shape[1])]
    written = anndata.AnnData(
        codes.mean,
        obs=pandas.DataFrame(obs, index=pandas.Index(rows, dtype=str)),
        var=pandas.DataFrame(index=dimensions),
        obsm={"X_latent": codes.mean},
        layers={} if codes.log_variance is None else {"log_variance": codes.log_variance},
        uns={"latent_explorer": _facts(codes, description, run)},
    )
    replace_file(path, written.write_h5ad)


_WRITERS: dict[str, Callable[[Path, Latents, Description, str], None]] = {
    ".npz": _save_npz,
    ".csv": _save_csv,
    ".parquet": _save_parquet,
    ".h5ad": _save_h5ad,
}
CODE_FILES: Mapping[str, str] = {
    "npz": "NumPy arrays",
    "csv": "CSV table",
    "parquet": "Parquet table",
    "h5ad": "AnnData for scanpy",
}
"""The formats of codes by suffix, with their titles for a dialog."""


def _annotations(codes: Latents, description: Description) -> dict[str, Values]:
    """Return what is known of each sample besides its code: index, name, label, split, columns."""
    found: dict[str, Values] = {"index": codes.index}
    if names := _names(codes, description):
        found["name"] = names
    if codes.labels is not None:
        found["label"] = _words(codes.labels, description.class_names)
    found["split"] = [str(split) for split in codes.split]
    for name, column in codes.columns.items():
        free = name
        # The data may have a column "label" of its own.
        while free in found:
            free = f"{free}_"
        found[free] = _column(column)
    return found


def _numbers(codes: Latents) -> dict[str, Values]:
    """Return the code of each sample by dimension: z1, z2, … and log_variance_z1, …."""
    parts = {"z": codes.mean, "log_variance_z": codes.log_variance}
    return {
        f"{head}{number + 1}": values[:, number]
        for head, values in parts.items()
        if values is not None
        for number in range(values.shape[1])
    }


def _column(column: Column) -> Values:
    return _words(column.values, column.categories) if column.categories else column.values


def _words(values: NDArray[Any], names: tuple[str, ...]) -> list[str | None]:
    """Return names for indices into them; None for −1. Imported codes may have labels without a name."""
    numbers = values.tolist()
    return [None if one < 0 else names[one] if one < len(names) else str(one) for one in numbers]


def _names(codes: Latents, description: Description) -> list[str | None]:
    names = description.sample_names
    return [names[sample] if 0 <= sample < len(names) else "" for sample in codes.index.tolist()] if names else []


def _cells(values: Values) -> list[Any]:
    cells = values.tolist() if isinstance(values, np.ndarray) else values
    # NaN is a missing value, as an unknown word is.
    return ["" if cell is None or cell != cell else cell for cell in cells]


def _facts(codes: Latents, description: Description, run: str) -> dict[str, str]:
    return {"run": run, "data": description.name, "fingerprint": description.fingerprint, "step": str(codes.step)}
