"""The button with the saved recipes: save the present settings as one, apply one, delete one."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QInputDialog, QMenu, QToolButton, QWidget

from explorer.config import DataConfig
from explorer.data.dataset import DataError
from explorer.data.imports.recipes import recipes, remove_recipe, save_recipe
from explorer.data.report import ImportReport
from explorer.ui.widgets.identity import set_identity

Present = tuple[DataConfig, ImportReport]


class RecipeButton(QToolButton):
    """A button that opens the menu of recipes.

    Parameters
    ----------
    present
        Returns the settings and the report to save.

    Signals
    -------
    chosen : str
        Apply the recipe of this name.
    failed : str
        A recipe could not be saved; one sentence.
    edited
        A recipe was saved or deleted.
    """

    chosen = Signal(str)
    failed = Signal(str)
    edited = Signal()

    def __init__(self, present: Callable[[], Present | None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._present = present
        set_identity(
            self, "data_recipes", "Save these settings under a name, or use saved ones for this file", "Recipes"
        )
        self.setText("Recipes")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self._fill)
        self.setMenu(self._menu)

    @Slot()
    def _fill(self) -> None:
        self._menu.clear()
        saved, ready = recipes(), self._present() is not None
        action = self._menu.addAction("Save as recipe…")
        action.setToolTip("Keep these settings for the next file of the kind")
        action.setEnabled(ready)
        action.triggered.connect(self._on_save)
        self._menu.addSeparator()
        for recipe in saved:
            entry = self._menu.addAction(recipe.name.replace("&", "&&"))
            entry.setToolTip(f"Apply: {', '.join(recipe.settings) or 'the defaults'}".replace("_", " "))
            entry.setEnabled(ready)
            entry.triggered.connect(partial(self.chosen.emit, recipe.name))
        if not saved:
            self._menu.addAction("No recipes yet").setEnabled(False)
            return
        self._menu.addSeparator()
        removal = self._menu.addMenu("Delete")
        for recipe in saved:
            removal.addAction(recipe.name.replace("&", "&&")).triggered.connect(partial(self._on_delete, recipe.name))

    @Slot()
    def _on_save(self) -> None:
        present = self._present()
        name, accepted = QInputDialog.getText(self, "Save as recipe", "Name of the recipe; an equal name is replaced:")
        if not accepted or present is None:
            return
        try:
            save_recipe(name, *present)
        except DataError as error:
            self.failed.emit(str(error))
            return
        self.edited.emit()

    def _on_delete(self, name: str) -> None:
        remove_recipe(name)
        self.edited.emit()
