"""The tables of ``notices.py``, written as CSV files."""

from collections.abc import Callable
from pathlib import Path

import numpy as np


def iris(file: Path) -> None:
    """Write 150 flowers with four columns and their species."""
    from sklearn.datasets import load_iris

    bunch = load_iris(as_frame=True)
    bunch.data.assign(species=[bunch.target_names[index] for index in bunch.target]).to_csv(file, index=False)


def wine(file: Path) -> None:
    """Write 178 wines with 13 columns."""
    from sklearn.datasets import load_wine

    load_wine(as_frame=True).data.to_csv(file, index=False)


def diabetes(file: Path) -> None:
    """Write 389 patients with 11 columns."""
    from sklearn.datasets import load_diabetes

    load_diabetes(as_frame=True, scaled=False).frame[:389].to_csv(file, index=False)


def digits_table(file: Path) -> None:
    """Write the 8×8 digits as 64 columns, as a spreadsheet has them."""
    from sklearn.datasets import load_digits

    load_digits(as_frame=True).data.to_csv(file, index=False)


def rare(file: Path) -> None:
    """Write 110 pictures as 784 columns of grey levels, many of which are 0 in almost every row."""
    from explorer.config import DataConfig
    from explorer.data import catalog as datasets

    samples = datasets.load(DataConfig(source="mnist-small")).samples
    _write(file, np.asarray(samples[:110]).reshape(110, -1).astype(float))


def heavy(file: Path) -> None:
    """Write 389 rows of four columns with heavy tails, the last log-normal."""
    _write(file, _heavy_rows())


def faults(file: Path) -> None:
    """Write the same with −9999 for two values that are missing."""
    rows = _heavy_rows()
    rows[[20, 200], [1, 2]] = -9999
    _write(file, rows)


def counts(file: Path) -> None:
    """Write 500 rows of six counts of two independent causes."""
    dice = np.random.default_rng(0)
    rate = np.exp(1 + dice.normal(size=(500, 2)) @ dice.normal(scale=0.6, size=(2, 6)))
    _write(file, dice.poisson(rate))


def _heavy_rows() -> np.ndarray:
    dice = np.random.default_rng(0)
    rows = dice.normal(size=(389, 2)) @ dice.normal(size=(2, 4)) + 0.3 * dice.standard_t(2.5, size=(389, 4))
    return np.column_stack([rows[:, :3], np.exp(rows[:, 3])])


def _write(file: Path, rows: np.ndarray) -> None:
    head = ",".join(f"c{column}" for column in range(rows.shape[1]))
    np.savetxt(file, rows, fmt="%.5g", delimiter=",", header=head, comments="")


TABLES: dict[str, Callable[[Path], None]] = {
    "iris": iris, "wine": wine, "diabetes": diabetes, "digits-table": digits_table, "rare": rare, "heavy": heavy,
    "faults": faults, "counts": counts,
}  # fmt: skip
"""Functions that write a CSV file; any other data is a built-in set."""
