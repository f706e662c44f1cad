"""The submenu that chooses the weights of a run: final, best, or those of a kept step."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from explorer.runs.weights_choice import WeightsChoice
from explorer.ui.services.chosen_weights import ChosenWeights

TITLE = "Weights"
TIP = "Choose the weights for planes, decodes and figures"
DATA = "weights:"
"""Beginning of the data of an entry, which ends in the choice."""


def fill_weights_menu(menu: QMenu, weights: ChosenWeights, key: str) -> None:
    """Show what may be chosen for a run; without a choice the submenu is disabled, and its tooltip says why."""
    menu.clear()
    menu.setToolTipsVisible(True)
    for old in menu.findChildren(QActionGroup):
        old.deleteLater()
    group = QActionGroup(menu)
    for entry in weights.entries(key):
        action = group.addAction(menu.addAction(entry.text))
        action.setObjectName(f"weights_{str(entry.choice).replace(' ', '_')}")
        action.setData(f"{DATA}{entry.choice}")
        action.setToolTip(entry.tip)
        action.setCheckable(True)
        action.setChecked(entry.is_used)
    why_not = weights.why_not(key)
    menu.setEnabled(not why_not)
    menu.menuAction().setToolTip(why_not or TIP)


def choose_weights(action: QAction, weights: ChosenWeights, key: str) -> bool:
    """Choose the weights of an entry; return False for any other action."""
    what = str(action.data() or "")
    if not what.startswith(DATA):
        return False
    weights.choose(key, WeightsChoice.parse(what.removeprefix(DATA)))
    return True


class WeightsMenu(QObject):
    """Fills a submenu whenever the menu above it opens; ``key`` returns the run that it is about, "" for none."""

    def __init__(self, menu: QMenu, weights: ChosenWeights, key: Callable[[], str]) -> None:
        super().__init__(menu)
        self._menu, self._weights, self._key = menu, weights, key
        menu.triggered.connect(self._on_chosen)
        above = menu.parent()
        # Not at its own opening: a disabled submenu never opens.
        assert isinstance(above, QMenu)
        above.aboutToShow.connect(self.fill)
        self.fill()

    @Slot()
    def fill(self) -> None:
        """Show the weights of the run."""
        fill_weights_menu(self._menu, self._weights, self._key())

    @Slot(QAction)
    def _on_chosen(self, action: QAction) -> None:
        choose_weights(action, self._weights, self._key())
