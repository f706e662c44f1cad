"""Opens drop-downs of a real window, with and without the focus, and prints how much of their rows is visible."""

import json
import sys

import torch  # before PySide6
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QVBoxLayout, QWidget

from explorer.ui.theme.theme import ThemeSource

app = QApplication([])
torch.set_num_threads(1)
themes = ThemeSource("dark")
themes.apply_to(app)
window = QWidget()
column = QVBoxLayout(window)
combos = [QComboBox() for _ in range(3)]
for combo, count in zip(combos, (2, 3, 12), strict=True):
    combo.addItems([f"entry {number}" for number in range(count)])
    column.addWidget(combo)
window.show()
QTest.qWaitForWindowActive(window)
found = []
for scale in (1.0, 1.25):
    themes.set_scale(scale)
    for combo in combos:
        for _ in range(2):  # the first time it gets the focus, and the second time it has it
            combo.showPopup()
            QTest.qWaitForWindowExposed(combo.view().window())
            QTest.qWait(0)
            rows = sum(combo.view().sizeHintForRow(row) for row in range(combo.count()))
            found.append((combo.count(), scale, rows, combo.view().viewport().height()))
            combo.hidePopup()
sys.stdout.write(json.dumps(found))
