"""The row of a path's settings: the way, the steps, its ends; what does not fit is in the menu."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from explorer.ui.path.path_actions import METHODS, PathActions
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.spin_boxes import IntegerBox

MAX_STEPS = 32


class PathRow(QWidget):
    """Holds ``method`` (its data is the method's name) and ``steps``, and buttons for as many actions as fit."""

    def __init__(self, actions: PathActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.method = set_identity(QComboBox(), "path_method", "Interpolation method", "Interpolation method")
        for name, (text, tip) in METHODS.items():
            self.method.addItem(text, name)
            self.method.setItemData(self.method.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.steps = set_identity(IntegerBox(), "path_steps", "Number of decodes in the film strip", "Steps")
        self.steps.setRange(2, MAX_STEPS)
        self.steps.setKeyboardTracking(False)
        self.steps.setSuffix(" steps")
        shown = (actions.random, actions.start_at_probe, actions.end_at_probe, actions.swap, actions.follow)
        self._buttons = [_button(action) for action in shown]
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.method, self.steps, *self._buttons):
            self._layout.addWidget(widget)
        self._layout.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_method(self, name: str) -> None:
        """Choose a method in the list."""
        self.method.setCurrentIndex(self.method.findData(name))
        self.method.setToolTip(f"Interpolation method. {METHODS[name][1]}")

    def set_padding(self, scale: float) -> None:
        """Keep the buttons small, and fit them anew."""
        self._layout.setSpacing(round(6 * scale))
        for button in self._buttons:
            button.setStyleSheet(f"QToolButton {{ padding: {round(3 * scale)}px {round(6 * scale)}px; }}")
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what fits."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width()
        for widget in (self.method, self.steps, *self._buttons):
            room -= widget.sizeHint().width() + self._layout.spacing()
            widget.setVisible(room >= 0)


def _button(action: QAction) -> QToolButton:
    name = action.objectName().removeprefix("action_")
    button = set_identity(QToolButton(), f"{name}_button", action.toolTip())
    button.setDefaultAction(action)
    return button
