"""CSV tables: training curves, selections, and experiments on the loss."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Column
from explorer.latent.evaluation.figures import Figures
from explorer.runs.files import replace_file
from explorer.runs.history import History
from explorer.runs.latents import Latents

LossRow = tuple[str, str, float | None, float, float | None, float | None, Figures | None]
"""Title, loss, β and epoch of a run, its KL and reconstruction on the validation split, and its figures."""


def save_curves(path: Path, history: History) -> None:
    """Write the curves of a run, one row per logged step and split: losses in nats per sample, empty if not defined.

    Figures that the model computes from its weights follow under their own names, in the rows of the validation split.
    """
    # dict.fromkeys keeps the order of first appearance, which a set would lose.
    terms = list(dict.fromkeys(term for metric in history.metrics for term in metric.terms))
    # Rows of the training split have no KL per dimension, so the number comes from all rows.
    dimensions = max((len(metric.kl_per_dimension or ()) for metric in history.metrics), default=0)
    heads = ["step", "epoch", "split", *(f"{term}_nats" for term in terms)]
    heads += [f"kl_z{number}_nats" for number in range(1, dimensions + 1)]
    figures = list(dict.fromkeys(name for metric in history.metrics for name in metric.figures))
    heads += figures
    rows = (
        [metric.step, metric.epoch, metric.split]
        + [metric.terms.get(term, "") for term in terms]
        + _filled(metric.kl_per_dimension or (), dimensions)
        + [metric.figures.get(name, "") for name in figures]
        for metric in history.metrics
    )
    save_table(path, heads, rows)


def save_selection(
    path: Path,
    selection: NDArray[np.int64],
    runs: Mapping[str, Latents],
    class_names: Sequence[str] = (),
    sample_names: Sequence[str] = (),
) -> None:
    """Write one row per selected sample: index, name if there is one, label, split, columns, and z of every run.

    Parameters
    ----------
    selection
        Sample indices.
    runs
        Codes by the name of their run, at least one run. Label, split and columns come from the first. If a run has no
        code of a sample, its cells are empty.
    """
    # All runs show the same data, so the first one knows the labels of all samples.
    first = next(iter(runs.values()))
    rows_of = {name: _row_of_sample(latents) for name, latents in runs.items()}
    heads = [
        "index",
        *(["name"] if sample_names else []),
        *(["label"] if first.labels is not None else []),
        "split",
        *first.columns,
    ]
    heads += [f"{name} z{axis + 1}" for name, latents in runs.items() for axis in range(latents.mean.shape[1])]

    def row(sample: int) -> list[Any]:
        row_of_first = rows_of[next(iter(runs))].get(sample)
        named = [sample_names[sample] if 0 <= sample < len(sample_names) else ""] if sample_names else []
        cells = [sample, *named, *_known(first, row_of_first, class_names)]
        for name, latents in runs.items():
            cells += _code(latents, rows_of[name].get(sample))
        return cells

    save_table(path, heads, (row(int(sample)) for sample in selection))


def save_loss_table(path: Path, rows: Sequence[LossRow], figures: Sequence[str]) -> None:
    """Write one row per run with these figures of its test split; unknown values are empty."""
    heads = ["run", "loss", "beta", "epoch", "validation_kl_nats", "validation_reconstruction_nats"]
    save_table(
        path, [*heads, *figures], ([*_blank_where_none(row[:-1]), *_figures_of(row[-1], figures)] for row in rows)
    )


def save_table(path: Path, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a table as CSV (UTF-8, RFC 4180); an existing file is replaced only by a complete one."""

    def write(part: Path) -> None:
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(heads)
            writer.writerows(rows)

    replace_file(path, write)


def _row_of_sample(latents: Latents) -> dict[int, int]:
    return {sample: row for row, sample in enumerate(latents.index.tolist())}


def _known(latents: Latents, row: int | None, class_names: Sequence[str]) -> list[Any]:
    if row is None:
        return [""] * ((latents.labels is not None) + 1 + len(latents.columns))
    cells: list[Any] = []
    if latents.labels is not None:
        label = int(latents.labels[row])
        # Label −1 is unknown; imported codes may have labels without a name, which stay numbers.
        cells.append("" if label < 0 else class_names[label] if label < len(class_names) else label)
    cells.append(str(latents.split[row]))
    return cells + [_cell(column, row) for column in latents.columns.values()]


def _cell(column: Column, row: int) -> Any:
    value = column.values[row].item()
    if column.categories:
        # Category −1 is a missing value, as NaN is in a numeric column.
        return column.categories[value] if value >= 0 else ""
    return "" if np.isnan(value) else value


def _code(latents: Latents, row: int | None) -> list[Any]:
    dimensions = latents.mean.shape[1]
    return [""] * dimensions if row is None else latents.mean[row].tolist()


def _filled(values: Sequence[float], length: int) -> list[Any]:
    return [*values, *[""] * (length - len(values))]


def _blank_where_none(values: Sequence[str | float | None]) -> list[str | float]:
    return ["" if value is None else value for value in values]


def _figures_of(found: Figures | None, names: Sequence[str]) -> list[str | float]:
    return _blank_where_none([None if found is None else found[name] for name in names])
