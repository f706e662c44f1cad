"""Curves and selections as CSV."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Column
from explorer.runs.files import replace_file
from explorer.runs.history import History
from explorer.runs.latents import Latents


def save_curves(path: Path, history: History) -> None:
    """Write a run's curves, one row a logged step and split; losses in nats per sample, empty where not defined.

    What the model observed of its weights follows, under its own name, on the rows of the validation.
    """
    terms = list(dict.fromkeys(term for metric in history.metrics for term in metric.terms))
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
    """Write the selected samples, one row each: index, name if there are names, label, split, columns, z by every run.

    Parameters
    ----------
    selection
        Sample indices.
    runs
        The codes in view by their run's name, at least one; what is known of a sample is taken from the first. Cells
        of samples that a run has no code of are empty.
    """
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
        place = rows_of[next(iter(runs))].get(sample)
        named = [sample_names[sample] if 0 <= sample < len(sample_names) else ""] if sample_names else []
        cells = [sample, *named, *_known(first, place, class_names)]
        for name, latents in runs.items():
            cells += _code(latents, rows_of[name].get(sample))
        return cells

    save_table(path, heads, (row(int(sample)) for sample in selection))


def save_table(path: Path, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a table as CSV (UTF-8, RFC 4180), whole or not at all."""

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
        cells.append("" if label < 0 else class_names[label] if label < len(class_names) else label)
    cells.append(str(latents.split[row]))
    return cells + [_cell(column, row) for column in latents.columns.values()]


def _cell(column: Column, row: int) -> Any:
    value = column.values[row].item()
    if column.categories:
        return column.categories[value] if value >= 0 else ""
    return "" if np.isnan(value) else value


def _code(latents: Latents, row: int | None) -> list[Any]:
    dimensions = latents.mean.shape[1]
    return [""] * dimensions if row is None else latents.mean[row].tolist()


def _filled(values: Sequence[float], length: int) -> list[Any]:
    return [*values, *[""] * (length - len(values))]
