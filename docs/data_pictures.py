"""Draws the dialog that opens data, for docs/data.md: `python docs/data_pictures.py`."""

from contextlib import chdir
from pathlib import Path

import numpy as np
from drawn_window import application, fresh_home, live, opened_window, save, wait
from PySide6.QtWidgets import QPushButton
from sklearn.datasets import load_wine

from explorer.config import DataConfig
from explorer.ui.data_import.data_dialog import DataDialog

SIZE = (1440, 900)
MISSING = range(16, 170, 31)
"""Rows of the table whose first value is missing."""


def main() -> None:
    """Open a table as German programs write it, and show the dialog once in each theme."""
    # In the folder of the table, so that its path is short.
    with fresh_home() as home, chdir(home):
        app = application()
        write_table(Path("wine.csv"))
        for theme in ("dark", "light"):
            with opened_window(app, theme, SIZE) as window:
                live(1)
                config = DataConfig(source="wine.csv", label_column="grape", ignored_columns=("sample",))
                dialog = DataDialog(window.state, window.themes, config, window)
                dialog.open()
                use = dialog.findChild(QPushButton, "data_use")
                wait(use.isEnabled)
                save(dialog, f"data-{theme}")
                dialog.reject()


def write_table(path: Path) -> None:
    """Write the wines of three grapes with semicolons, decimal commas and a few missing values."""
    wine = load_wine()
    names = [str(name).replace("_", " ") for name in wine.feature_names[:8]]
    lines = [";".join(["sample", "grape", *names])]
    for row, (values, label) in enumerate(zip(wine.data, wine.target, strict=True)):
        cells = [f"{value:g}".replace(".", ",") for value in np.asarray(values)[:8]]
        if row in MISSING:
            cells[0] = ""
        lines.append(";".join([f"W{1000 + row}", f"grape {'ABC'[label]}", *cells]))
    path.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
