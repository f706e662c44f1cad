"""What can be done with the curves, as actions: the row of buttons shows some, the menu has all."""

from collections.abc import Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from explorer.ui.widgets.identity import set_identity


class CurvesActions(QObject):
    """The actions of the curves; the panel connects them and says when each makes sense."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.loss = self._action("curves_loss", "loss ↓", "Show the loss that training minimizes", True)
        self.elbo = self._action(
            "curves_elbo", "ELBO ↑", "Show −(reconstruction + KL), a lower bound of log p(x)", True
        )
        self.log = self._action("curves_log", "log", "Logarithmic scale", True)
        self.by_dimension = self._action(
            "curves_by_dimension", "by dimension", "Also show the KL of each latent dimension", True
        )
        self.whole = self._action("curves_whole", "Whole range", "Include the steep beginning (or double-click)", True)
        self.clear = self._action("curves_clear", "clear", "Hide the curves so far; nothing is deleted")
        self.show_all = self._action("curves_show_all", "Show all", "Show curves that were cleared")
        self.save_picture = self._action("curves_save_picture", "Save as picture…", "Save the curves as PNG or SVG")
        self.save_csv = self._action(
            "curves_save_csv", "Save as CSV…", "Save the values of the active run, in nats per sample"
        )
        self.plots = set_identity(QMenu("Plots", parent), "curves_plots_menu", "Choose the curves", "Plots")
        self.plots.setToolTipsVisible(True)
        choice = QActionGroup(self)
        for action in (self.loss, self.elbo):
            choice.addAction(action)

    def fill(self, menu: QMenu) -> None:
        """Put all of them into a menu."""
        menu.setToolTipsVisible(True)
        menu.addActions([self.loss, self.elbo])
        menu.addMenu(self.plots)
        menu.addSeparator()
        menu.addActions([self.log, self.by_dimension, self.whole, self.clear, self.show_all])
        menu.addSeparator()
        menu.addActions([self.save_picture, self.save_csv])

    def offer_plots(self, plots: Sequence[tuple[str, str, str]], absent: Sequence[tuple[str, str]] = ()) -> None:
        """List the plots that there are: name, title and tip of each; and what is not defined: title and why."""
        self.plots.clear()
        for name, title, tip in plots:
            action = self.plots.addAction(title)
            action.setObjectName(f"action_curves_plot_{name}")
            action.setToolTip(tip)
            action.setCheckable(True)
            action.setData(name)
        for title, why in absent:
            action = self.plots.addAction(f"{title}: not defined, {why}")
            action.setObjectName(f"action_curves_absent_{title}")
            action.setToolTip(f"No open run has it: {why}")
            action.setEnabled(False)

    def _action(self, name: str, text: str, tip: str, checkable: bool = False) -> QAction:
        action = QAction(text, self, checkable=checkable)
        action.setObjectName(f"action_{name}")
        action.setToolTip(tip)
        return action
