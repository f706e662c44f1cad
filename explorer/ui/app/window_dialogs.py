"""The dialogs of the main window; each is created when first needed."""

from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from explorer.config import RunConfig
from explorer.ui.comparison.comparison_dialog import ComparisonDialog
from explorer.ui.corruption.corruption_dialog import CorruptionDialog
from explorer.ui.counterfactual.counterfactual_dialog import CounterfactualDialog
from explorer.ui.dialogs.import_dialog import ImportDialog
from explorer.ui.draws.draws_panel import DrawsWindow
from explorer.ui.information.information_window import InformationWindow
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.windows import bring_to_front


class WindowDialogs(QObject):
    """Creates the dialogs of a window and brings them to the front; dialogs that have not been opened are None."""

    def __init__(self, state: AppState, themes: ThemeSource, window: QWidget) -> None:
        super().__init__(window)
        self._state, self._themes, self._window = state, themes, window
        # Created only when needed, because they ask questions about every visible run.
        self.corruption: CorruptionDialog | None = None
        self.comparison: ComparisonDialog | None = None
        self.draws: DrawsWindow | None = None
        self.information: InformationWindow | None = None
        self.counterfactual: CounterfactualDialog | None = None
        self.weights: ImportDialog | None = None

    def import_weights(self, path: Path, config: RunConfig) -> None:
        """Show the dialog that imports a file of weights with these settings."""
        self.weights = ImportDialog(self._state, path, config, self._window)
        self.weights.open()

    @Slot()
    def show_corruption(self) -> None:
        """Show the corruption dialog beside the window."""
        if self.corruption is None:
            self.corruption = CorruptionDialog(self._state, self._themes, self._window)
        bring_to_front(self.corruption)

    @Slot()
    def show_comparison(self) -> None:
        """Show the comparison table of the visible runs beside the window."""
        if self.comparison is None:
            self.comparison = ComparisonDialog(self._state, self._themes, self._window)
        bring_to_front(self.comparison)

    @Slot()
    def show_draws(self) -> None:
        """Show the samples of all runs in view in a separate window."""
        if self.draws is None:
            self.draws = DrawsWindow(self._state, self._themes, self._window)
        bring_to_front(self.draws)

    @Slot(str, int)
    def show_counterfactual(self, key: str, sample: int) -> None:
        """Show the counterfactual of a sample beside the window."""
        if self.counterfactual is None:
            self.counterfactual = CounterfactualDialog(self._state, self._themes, self._window)
        bring_to_front(self.counterfactual)
        self.counterfactual.ask_about(key, sample)

    @Slot(str)
    def show_example(self, name: str) -> None:
        """Show an example in the Information window, by its key."""
        self.show_information()
        if self.information is not None:
            self.information.show_preset(name)

    @Slot()
    def show_information(self) -> None:
        """Show the Information window beside the main one."""
        if self.information is None:
            self.information = InformationWindow(self._state, self._themes, self._window)
        bring_to_front(self.information)

    def close(self) -> None:
        """Close all open dialogs; their timers ask questions and must not fire while the workers stop."""
        for dialog in (self.corruption, self.comparison, self.draws, self.information, self.counterfactual):
            if dialog is not None:
                dialog.close()
