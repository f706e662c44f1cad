"""The data sets that failed once, in the dialog: each can be used, and the dialog says what was understood."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from explorer.ui.data_import.data_dialog import DataDialog

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases"
"""Looked for beside the repository; `tests/data/test_cases.py` checks the values that are read."""


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("05-dsprites/*.npz", "400 pictures of 64×64"),
        ("06-kaggle-mnist-csv/train.csv", "38 pictures of 28×28, 10 classes"),
        ("07-quickdraw", "114 pictures of 28×28, 3 classes"),
        ("08-medmnist/*.npz", "280 pictures of 28×28"),
        ("09-onehot-labels/*.npz", "200 pictures of 28×28, 10 classes"),
        ("11-decimal-comma/decimal_comma_mixed.csv", "150 vectors of 3"),
        ("13-glove-word2vec/glove*.txt", "90 vectors of 50"),
        ("14-ucr-ecg5000/*.ts", "30 signals of 140, 5 classes"),
        ("16-h5ad-mtx-sparse/*.h5ad", "40 vectors of 60, 4 classes"),
        ("17-hf-parquet/train*.parquet", "120 pictures of 28×28, 10 classes"),
        ("19-frey-mat/*.mat", "560 vectors of 120"),
        ("21-white-on-transparent/pictures", "30 pictures of 32×32"),
        ("22-outlier/*.csv", "400 vectors of 8"),
        ("23-kaggle-csv-*/train.csv", "45 pictures of 28×28, 10 classes"),
    ],
)
def test_the_data_can_be_used(file, words, empty_state, themes, qtbot):
    path = next(CASES.glob(file), None)
    if path is None:
        pytest.skip(f"{file} is not beside the repository")
    dialog = DataDialog(empty_state, themes, path)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(dialog.findChild(QPushButton, "data_use").isEnabled)
    assert any(words in label.text() for label in dialog.findChildren(QLabel))
    dialog.close()
