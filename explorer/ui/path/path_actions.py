"""The actions of a path, which the menu lists: waypoints, methods, playing and saving."""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from explorer.session import Method


@dataclass(frozen=True)
class MethodText:
    """Name and tooltip of a method, and a short description below its name."""

    name: str
    tip: str
    brief: str


METHODS: dict[Method, MethodText] = {
    "straight": MethodText("Straight line", "Straight from waypoint to waypoint (lerp)", "straight pieces"),
    "spherical": MethodText(
        "Spherical",
        "Along great circles around the origin (slerp), so the norm stays typical of the prior",
        "around the origin",
    ),
    "spline": MethodText("Spline", "A smooth curve through the waypoints (centripetal Catmull-Rom)", "smooth curve"),
    "geodesic": MethodText(
        "Geodesic",
        "The shortest curve through the waypoints, measured by how much the decode changes",
        "shortest decoded",
    ),
}
SPEEDS = (0.5, 1.0, 2.0, 4.0)
PLAY_MODES = {
    "bounce": ("There and back", "Play from A to the end and back, again and again"),
    "loop": ("Repeat from A", "Play from A to the end, then again from A"),
    "once": ("Once", "Play from A to the end, and stop"),
}


class PathActions(QObject):
    """The actions of a path; the panel connects and enables them."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.add_probe = self._action("path_add_probe", "Add probe", "Add the probe as the last waypoint")
        self.add_random = self._action(
            "path_add_random", "Add random sample", "Add a random sample as the last waypoint"
        )
        self.delete = self._action("path_delete", "Delete waypoint", "Delete the chosen waypoint")
        self.reverse = self._action("path_reverse", "Reverse", "Go through the waypoints in the opposite order")
        self.closed = self._action("path_closed", "Close into a loop", "Return from the last waypoint to A", True)
        self.random = self._action("path_random", "Random pair", "Use a random sample and one of another class")
        self.follow = self._action("path_follow", "Probe follows", "Move the probe along with t", True)
        self.save_strip = self._action("path_save_strip", "Save film strip…", "Save the film strip as PNG, SVG or PDF")
        self.save_film = self._action("path_save_gif", "Save as film…", "Save the path as a GIF or MP4 film")
        self.save_numbers = self._action(
            "path_save_numbers", "Save numbers…", "Save t, z and the measures along the path as CSV or NPZ"
        )
        self.copy_command = self._action(
            "path_copy_command", "Copy as command", "Copy the command line that makes this path"
        )
        # Methods, speeds and ways of playing are exclusive groups, so that exactly one of each is checked.
        self.methods = {name: self._action(f"path_{name}", text.name, text.tip, True) for name, text in METHODS.items()}
        self.speeds = {
            speed: self._action(f"path_speed_{speed:g}", f"{speed:g}×", f"Play at {speed:g} times the speed", True)
            for speed in SPEEDS
        }
        self.play_modes = {
            name: self._action(f"path_play_{name}", text, tip, True) for name, (text, tip) in PLAY_MODES.items()
        }
        self.method_group = self._group(self.methods.values())
        self.speed_group = self._group(self.speeds.values())
        self.play_group = self._group(self.play_modes.values())
        # Speed and play mode are not saved in the session: they do not change the content of the panel.
        self.speeds[1.0].setChecked(True)
        self.play_modes["bounce"].setChecked(True)

    def fill(self, menu: QMenu) -> None:
        """Add all actions to a menu."""
        # Qt hides them in menus by default; here they say why an entry is disabled.
        menu.setToolTipsVisible(True)
        menu.addActions([self.add_probe, self.add_random, self.delete, self.reverse, self.closed])
        menu.addActions([self.random, self.follow])
        menu.addSeparator()
        menu.addActions(list(self.methods.values()))
        menu.addSeparator()
        self._add_group(menu, "Play", self.play_modes.values())
        self._add_group(menu, "Speed", self.speeds.values())
        menu.addSeparator()
        menu.addActions([self.save_strip, self.save_film, self.save_numbers, self.copy_command])

    @property
    def need_path(self) -> tuple[QAction, ...]:
        """The actions that need a whole path."""
        return self.reverse, self.save_strip, self.save_film, self.save_numbers, self.copy_command

    def _add_group(self, menu: QMenu, title: str, actions: Iterable[QAction]) -> None:
        group = menu.addMenu(title)
        group.setToolTipsVisible(True)
        group.addActions(list(actions))

    def _action(self, name: str, text: str, tip: str, checkable: bool = False) -> QAction:
        action = QAction(text, self, checkable=checkable)
        action.setObjectName(f"action_{name}")
        action.setToolTip(tip)
        action.setWhatsThis(tip)
        return action

    def _group(self, actions: Iterable[QAction]) -> QActionGroup:
        group = QActionGroup(self)
        for action in actions:
            group.addAction(action)
        return group
