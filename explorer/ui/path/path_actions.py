"""What can be done with a path, as actions: the row of buttons shows some, the menu has all."""

from collections.abc import Iterable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

METHODS = {
    "lerp": ("Straight · lerp", "Straight from A to B: z = (1 − t)·A + t·B"),
    "slerp": (
        "Spherical · slerp",
        "Along a great circle around the origin, so the norm stays typical of the prior",
    ),
}
SPEEDS = (0.5, 1.0, 2.0, 4.0)


class PathActions(QObject):
    """The actions of a path; the panel connects them and says when each makes sense."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.start_at_probe = self._action("path_a_probe", "A = probe", "Set A to the probe")
        self.end_at_probe = self._action("path_b_probe", "B = probe", "Set B to the probe")
        self.swap = self._action("path_swap", "Swap", "Swap A and B")
        self.random = self._action("path_random", "Random pair", "Use a random sample and one of another class")
        self.follow = self._action("path_follow", "Probe follows", "Move the probe along with t", True)
        self.save_strip = self._action("path_save_strip", "Save film strip…", "Save the film strip as PNG")
        self.save_gif = self._action("path_save_gif", "Save as GIF…", "Save the path from A to B as an animation")
        self.methods = {name: self._action(f"path_{name}", text, tip, True) for name, (text, tip) in METHODS.items()}
        self.speeds = {
            speed: self._action(f"path_speed_{speed:g}", f"{speed:g}×", f"Play at {speed:g} times the speed", True)
            for speed in SPEEDS
        }
        self.method_group = self._group(self.methods.values())
        self.speed_group = self._group(self.speeds.values())
        self.speeds[1.0].setChecked(True)

    def fill(self, menu: QMenu) -> None:
        """Put all of them into a menu."""
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
    """Enable an action with its tip, or say why it cannot be done."""
    action.setEnabled(not why_not)
    action.setToolTip(why_not or tip)
