"""The actions of a traversal: those of one row, and saving."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction


class TraverseActions(QObject):
    """The actions; the panel connects and enables them. Those of a row have its key as their data."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        # The menu of a row sets the key of this row as the data of these three before it opens.
        self.rename = self._action(
            "rename", "Rename…", "Name this latent dimension; the name is kept with the run (F2)"
        )
        self.copy_name = self._action("copy_name", "Copy name", "Copy symbol and name of this direction")
        self.use_as_path = self._action(
            "use_as_path", "Use as path", "Make a path from the low to the high end of this row"
        )
        self.save_figure = self._action("save_figure", "Save figure…", "Save all rows as PNG, SVG or PDF")
        self.save_film = self._action(
            "save_film", "Save animation…", "Save a GIF or MP4 film that shows all rows at one step after the other"
        )
        self.save_numbers = self._action(
            "save_numbers", "Save numbers…", "Save codes, decodes, KL and changes of all rows as NPZ or CSV"
        )

    @property
    def of_row(self) -> tuple[QAction, ...]:
        """The actions of one row."""
        return self.rename, self.copy_name, self.use_as_path

    def _action(self, name: str, text: str, tip: str) -> QAction:
        action = QAction(text, self)
        action.setObjectName(f"action_traverse_{name}")
        action.setToolTip(tip)
        action.setWhatsThis(tip)
        return action
