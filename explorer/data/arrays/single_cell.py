"""Makes a data set of a matrix of cells × genes and the columns that describe the cells, for every format of cells."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.arrays.array_columns import side_arrays
from explorer.data.arrays.arrays import limited, roles_of
from explorer.data.context import LoadContext
from explorer.data.dataset import Dataset
from explorer.data.imports.found import Found
from explorer.data.imports.interpret import ROW_SETTINGS, interpret
from explorer.data.report import Notes, Role, some

GROUPS = ("batch", "donor", "donor_id", "patient", "individual", "sample", "sample_id", "orig.ident")
"""Names of columns whose cells come from one person or one preparation."""
# A csr matrix takes 8 bytes for each value that is not 0, a dense one 4 for each: the same at one half.
MOSTLY_ZERO = 0.5


def cells_dataset(
    matrix: Any,
    columns: Mapping[str, NDArray[Any]],
    *,
    cells: Sequence[str],
    genes: Sequence[str],
    name: str,
    where: str,
    config: DataConfig,
    context: LoadContext,
) -> Dataset:
    """Return the data set of cells.

    Parameters
    ----------
    matrix
        ``(cells, genes)``, sparse or dense.
    columns
        Values per cell.
    """
    notes = context.notes
    notes.applies(*ROW_SETTINGS)
    features = f"genes: {some(genes, 3)}" if genes else "values"
    notes.understood(f"{matrix.shape[0]:,} cells × {matrix.shape[1]:,} {features}")
    matrix = _sparse_if_mostly_zero(matrix)
    side = side_arrays(columns, matrix.shape[0], notes, source=name)
    roles, why = roles_of(side, config, where, notes)
    if not config.group_column:
        _offer_groups(roles, notes)
    found = Found(
        name=name,
        where=where,
        samples=matrix,
        columns=side.columns,
        roles=roles,
        why=why,
        feature_names=unique_names(genes, notes),
        names=tuple(cells),
    )
    return interpret(limited(found, config, context), config, context)


def _offer_groups(roles: Mapping[str, Role], notes: Notes) -> None:
    # Samples of one batch or person resemble each other: in two splits, they would make the test too easy.
    for column, role in roles.items():
        if column.lower() in GROUPS and role == "attribute":
            notes.offer("group_column", column, f"keep all cells of one {column} in the same split")


def _sparse_if_mostly_zero(matrix: Any) -> Any:
    """Return a matrix of counts as sparse, so that the same counts are treated alike however they are stored."""
    if not isinstance(matrix, np.ndarray) or matrix.dtype.kind not in "buif":
        return matrix
    if np.count_nonzero(matrix) > (1 - MOSTLY_ZERO) * matrix.size:
        return matrix
    from scipy.sparse import csr_array

    return csr_array(matrix)


def unique_names(names: Sequence[str], notes: Notes) -> tuple[str, ...]:
    """Return names with "-1", "-2", … after those that repeat, as scanpy makes them unique."""
    # Ensembl has several genes with one symbol, and features are told apart by name.
    counts: dict[str, int] = {}
    result, repeated = [], []
    for name in names:
        count = counts.get(name, 0)
        counts[name] = count + 1
        result.append(f"{name}-{count}" if count else name)
        if count:
            repeated.append(name)
    if repeated:
        notes.changed(f"{len(repeated):,} names of genes repeat and got a number: {some(repeated, 3)}")
    return tuple(result)
