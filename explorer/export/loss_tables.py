"""Experiments on the loss as CSV: one row a run."""

from collections.abc import Sequence
from pathlib import Path

from explorer.export.tables import save_table
from explorer.latent.evaluation.figures import Figures

Row = tuple[str, str, float | None, float, float | None, float | None, Figures | None]
"""A run's title, its loss, β, epoch, KL and reconstruction of the validation split, and its figures."""


def save_loss_table(path: Path, rows: Sequence[Row], figures: Sequence[str]) -> None:
    """Write a row for each run, with these figures of its test split; what is not known is empty."""
    heads = ["run", "loss", "beta", "epoch", "validation_kl_nats", "validation_reconstruction_nats"]
    save_table(path, [*heads, *figures], ([*_cells(row[:-1]), *_figures(row[-1], figures)] for row in rows))


def _cells(values: Sequence[str | float | None]) -> list[str | float]:
    return ["" if value is None else value for value in values]


def _figures(found: Figures | None, names: Sequence[str]) -> list[str | float]:
    return _cells([None if found is None else found[name] for name in names])
