"""Combo boxes for rows of controls: filled from a table, and as low as their row."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QSizePolicy

from explorer.ui.widgets.identity import set_identity


def show_choice(box: QComboBox, data: object) -> None:
    """Select the entry with these data."""
    box.setCurrentIndex(max(0, box.findData(data)))


def choice_box(name: str, title: str, choices: Mapping[str, tuple[str, str]]) -> QComboBox:
    """Return a combo box; ``choices`` maps the data of each entry to its text and tooltip."""
    box = set_identity(QComboBox(), name, title, title)
    for key, (text, tip) in choices.items():
        box.addItem(text, key)
        box.setItemData(box.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return box


def low_boxes(pixels: float) -> str:
    """Return a style sheet that makes combo boxes and number boxes ``pixels`` high."""
    low = f"padding-top: 0; padding-bottom: 0; min-height: {round(pixels)}px; max-height: {round(pixels)}px;"
    return f"QComboBox, QComboBox:focus, QAbstractSpinBox, QAbstractSpinBox:focus {{ {low} }}"
