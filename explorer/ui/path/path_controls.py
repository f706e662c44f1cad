"""What can be done with a path: its actions, the row of buttons, and the menu that has all of them."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QMenu, QSizePolicy, QSpinBox, QToolButton, QWidget

from explorer.ui.icons import icon
from explorer.ui.named import named
from explorer.ui.theme import Theme

METHODS = {
    "lerp": ("Straight (lerp)", "Straight from A to B: z = (1 − t)·A + t·B"),
    "slerp": ("Around the origin (slerp)", "Along a great circle: keeps the distance from the origin, as prior draws do"),
}
SPEEDS = (0.5, 1.0, 2.0, 4.0)
MOST_STEPS = 32


class PathActions(QObject):
    """The actions of a path; the panel connects them and says when each makes sense."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.start_at_probe = self._action("path_a_probe", "A = probe", "Put A where the probe is")
        self.end_at_probe = self._action("path_b_probe", "B = probe", "Put B where the probe is")
        self.swap = self._action("path_swap", "Swap", "Swap A and B")
        self.random = self._action("path_random", "Random", "From one random sample to another, of another class")
        self.follow = self._action("path_follow", "Probe follows", "The probe goes along with t", True)
        self.save_strip = self._action("path_save_strip", "Save film strip…", "Save the film strip as PNG")
        self.save_gif = self._action("path_save_gif", "Save as GIF…", "Save the way as an animation")
        self.methods = {
            name: self._choice(f"path_method_{name}", *words, QActionGroup) for name, words in METHODS.items()
        }
        self.speeds = {
            speed: self._choice(f"path_speed_{speed:g}", f"{speed:g}×", "Speed of playing", QActionGroup)
            for speed in SPEEDS
        }
        for actions in (self.methods, self.speeds):
            group = QActionGroup(self)
            for action in actions.values():
                group.addAction(action)
        self.speeds[1.0].setChecked(True)

    def fill(self, menu: QMenu) -> None:
        """Put all of them into a menu."""
        menu.addActions([self.start_at_probe, self.end_at_probe, self.swap, self.random, self.follow])
        for title, actions in (("Way", self.methods.values()), ("Speed", self.speeds.values())):
            menu.addSection(title)
            menu.addActions(list(actions))
        menu.addSeparator()
        menu.addActions([self.save_strip, self.save_gif])

    def dress(self, theme: Theme) -> None:
        """Take the colours of icons."""
        self.random.setIcon(icon("random", theme))

    def _action(self, name: str, text: str, tip: str, checkable: bool = False) -> QAction:
        action = QAction(text, self, checkable=checkable)
        action.setObjectName(f"action_{name}")
        action.setToolTip(tip)
        return action
