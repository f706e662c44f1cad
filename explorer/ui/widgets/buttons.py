"""Small buttons that stand beside a head in a narrow column."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from explorer.ui.theme.theme import ThemeSource


def compact_button(themes: ThemeSource) -> str:
    """Return the style of a tool button that is no higher than the head beside it."""
    scale = themes.scale
    padding = f"{round(2 * scale)}px {round(5 * scale)}px"
    pixels = f"{round(14 * scale)}px"
    icon_size = f"qproperty-iconSize: {pixels} {pixels};"
    return f"QToolButton {{ padding: {padding}; font-size: {round(12 * scale)}px; {icon_size} }}"


def side_by_side(*buttons: QWidget) -> QWidget:
    """Put buttons into one row that stays together where its line has no room for it."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(2)
    for button in buttons:
        layout.addWidget(button)
    layout.addStretch(1)
    return row
