"""The question of how many more epochs a finished run is to be trained for."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.spin_boxes import IntegerBox

MAX_EPOCHS = 1_000_000


class EpochsDialog(QDialog):
    """Asks for the epochs to add, by default as many as before; ``then`` gets their total number."""

    def __init__(self, name: str, epochs: int, then: Callable[[int], None], parent: QWidget | None) -> None:
        super().__init__(parent)
        set_identity(self, "further_dialog", accessible=f"Train {name} further")
        self.setWindowTitle(f"Train {name} further")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._before, self._then = epochs, then
        self._more = set_identity(IntegerBox(), "further_epochs", "Epochs to add", "Epochs to add")
        self._more.setRange(1, MAX_EPOCHS)
        self._more.setValue(max(1, epochs))
        self._total = set_identity(QLabel(), "further_total", accessible="Epochs in total")
        self._total.setProperty("role", "muted")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        train = buttons.addButton("Train", QDialogButtonBox.ButtonRole.AcceptRole)
        set_identity(train, "further_train", "Train this run for so many more epochs", "Train")
        train.setProperty("kind", "primary")
        cancel = buttons.button(QDialogButtonBox.StandardButton.Cancel)
        set_identity(cancel, "further_cancel", "Leave the run as it is (Esc)", "Cancel")
        train.setDefault(True)
        form = QFormLayout()
        form.addRow("Epochs to add", self._more)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self._total)
        layout.addWidget(buttons)
        self._more.valueChanged.connect(self._show)
        buttons.accepted.connect(self._agree)
        buttons.rejected.connect(self.reject)
        self._more.selectAll()
        self._show()

    @Slot()
    def _show(self) -> None:
        self._total.setText(f"{self._before} so far, {self._before + self._more.value()} in total")

    @Slot()
    def _agree(self) -> None:
        total = self._before + self._more.value()
        self.accept()
        self._then(total)
