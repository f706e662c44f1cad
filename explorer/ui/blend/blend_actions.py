"""The actions of the blend panel: of the blend, of one pin, and of one kept blend."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction


class BlendActions(QObject):
    """The actions; the panel connects and enables them. Those of one pin or kept blend have its index as their data."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.add = self._action("add", "Add samples…", "Find samples by number or name, and pin them")
        self.pin_three = self._action("pin_three", "Pin three samples", "Pin three random samples of different classes")
        self.equal = self._action("equal", "Equal weights", "Give all pins the same weight")
        self.clear = self._action("clear", "Remove all", "Remove all pins")
        self.keep = self._action("keep", "Keep blend", "Keep this blend with the session")
        self.probe = self._action("probe", "Probe the blend", "Move the probe to the code of the blend")
        self.whole = self._action("whole", "Set weight to 1", "Give this pin the whole weight")
        self.follow = self._action("follow", "Probe this pin", "Move the probe to this pin")
        self.remove = self._action("remove", "Remove pin", "Remove this pin (Delete)")
        self.restore = self._action("restore", "Restore", "Show this blend with its pins and weights")
        self.rename = self._action("rename", "Rename…", "Give this blend another name (F2)")
        self.delete = self._action("delete", "Delete", "Delete this kept blend (Delete)")
        self.save_figure = self._action(
            "save_figure", "Save figure…", "Save pins, blend, average and nearest sample as PNG, SVG or PDF"
        )
        self.save_numbers = self._action(
            "save_numbers", "Save numbers…", "Save codes, weights and decode as NPZ, or codes and weights as CSV"
        )
        self.copy_command = self._action(
            "copy_command", "Copy as command", "Copy the command line that makes this blend"
        )

    @property
    def of_pin(self) -> tuple[QAction, ...]:
        """The actions of one pin."""
        return self.whole, self.follow, self.remove

    @property
    def of_kept(self) -> tuple[QAction, ...]:
        """The actions of one kept blend."""
        return self.restore, self.rename, self.delete

    @property
    def of_blend(self) -> tuple[QAction, ...]:
        """The actions that need a blend of two pins or more."""
        return self.equal, self.keep, self.probe, *self.exports

    @property
    def exports(self) -> tuple[QAction, ...]:
        """The actions that save or copy the blend."""
        return self.save_figure, self.save_numbers, self.copy_command

    def _action(self, name: str, text: str, tip: str) -> QAction:
        action = QAction(text, self)
        action.setObjectName(f"action_blend_{name}")
        action.setToolTip(tip)
        action.setWhatsThis(tip)
        return action
