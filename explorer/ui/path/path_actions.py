"""The actions of a path, which the menu lists, and its settings."""

from collections.abc import Iterable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QSizePolicy, QWidget

from explorer.session import Path
from explorer.ui.widgets.boxes import IntegerBox
from explorer.ui.widgets.identity import set_identity

METHODS = {
    "lerp": ("Straight line", "Straight from A to B (lerp): z = (1 − t)·A + t·B"),
    "slerp": (
        "Spherical",
        "Along a great circle around the origin (slerp), so the norm stays typical of the prior",
    ),
}
SPEEDS = (0.5, 1.0, 2.0, 4.0)


class PathActions(QObject):
    """The actions of a path; the panel connects and enables them."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.start_at_probe = self._action("path_a_probe", "A = probe", "Set A to the probe")
        self.end_at_probe = self._action("path_b_probe", "B = probe", "Set B to the probe")
        self.swap = self._action("path_swap", "Swap", "Swap A and B")
        self.random = self._action("path_random", "Random pair", "Use a random sample and one of another class")
        self.follow = self._action("path_follow", "Probe follows", "Move the probe along with t", True)
        self.save_strip = self._action("path_save_strip", "Save film strip…", "Save the film strip as PNG")
        self.save_gif = self._action("path_save_gif", "Save path as GIF…", "Save the path from A to B as an animation")
        # Methods and speeds are exclusive groups, so that exactly one of each is checked.
        self.methods = {name: self._action(f"path_{name}", text, tip, True) for name, (text, tip) in METHODS.items()}
        self.speeds = {
            speed: self._action(f"path_speed_{speed:g}", f"{speed:g}×", f"Play at {speed:g} times the speed", True)
            for speed in SPEEDS
        }
        self.method_group = self._group(self.methods.values())
        self.speed_group = self._group(self.speeds.values())
        self.speeds[1.0].setChecked(True)

    def fill(self, menu: QMenu) -> None:
        """Add all actions to a menu."""
        menu.setToolTipsVisible(True)
        menu.addActions([self.start_at_probe, self.end_at_probe, self.swap, self.random, self.follow])
        menu.addSeparator()
        menu.addActions(list(self.methods.values()))
        menu.addSeparator()
        menu.addActions(list(self.speeds.values()))
        menu.addSeparator()
        menu.addActions([self.save_strip, self.save_gif])

    def _action(self, name: str, text: str, tip: str, checkable: bool = False) -> QAction:
        action = QAction(text, self, checkable=checkable)
        action.setObjectName(f"action_{name}")
        action.setToolTip(tip)
        return action

    def _group(self, actions: Iterable[QAction]) -> QActionGroup:
        group = QActionGroup(self)
        for action in actions:
            group.addAction(action)
        return group


def enable(action: QAction, tip: str, why_not: str) -> None:
    """Enable an action with its tooltip, or disable it with the reason as its tooltip."""
    action.setEnabled(not why_not)
    action.setToolTip(why_not or tip)


MAX_STEPS = 32


class PathTools(QWidget):
    """Holds ``method`` (with the method's name as data) and ``steps``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.method = set_identity(QComboBox(), "path_method", "Interpolation method", "Interpolation method")
        for name, (text, tip) in METHODS.items():
            self.method.addItem(text, name)
            self.method.setItemData(self.method.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.steps = set_identity(IntegerBox(), "path_steps", "Number of decodes in the film strip", "Steps")
        self.steps.setRange(2, MAX_STEPS)
        self.steps.setValue(Path.steps)
        # Each number typed asks for a new film: wait until it is complete.
        self.steps.setKeyboardTracking(False)
        self.steps.setSuffix(" steps")
        self.method.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for box in (self.method, self.steps):
            box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget in (self.method, self.steps):
            row.addWidget(widget)

    def apply_theme(self, scale: float) -> None:
        """Make both as low as the tabs beside them."""
        low = (
            f"padding-top: 0; padding-bottom: 0; min-height: {round(22 * scale)}px; max-height: {round(22 * scale)}px;"
        )
        widest = self.steps.fontMetrics().horizontalAdvance(f"{MAX_STEPS} steps")
        self.steps.setFixedWidth(widest + round(34 * scale))
        self.setStyleSheet(f"QComboBox, QComboBox:focus, QAbstractSpinBox, QAbstractSpinBox:focus {{ {low} }}")

    def show_method(self, name: str) -> None:
        """Select a method in the list."""
        self.method.setCurrentIndex(self.method.findData(name))
        self.method.setToolTip(f"Interpolation method. {METHODS[name][1]}")
