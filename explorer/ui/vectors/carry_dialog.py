"""The window that shows how certain a vector is in this run and in another one, and keeps it there."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from explorer.latent.directions.attribute_vector import AttributeVector
from explorer.latent.directions.vector_verdict import certainty_rows, verdict_on
from explorer.ui.widgets.buttons import resize_to_text
from explorer.ui.widgets.identity import set_identity

Figures = tuple[str, tuple[tuple[str, str], ...], str]
"""Name of a run, names and values of the figures of the vector there, and a verdict."""


class CarryDialog(QDialog):
    """Two columns of figures; ``keep`` is called to keep the vector with the other run."""

    def __init__(
        self,
        name: str,
        here: Figures,
        there: tuple[str, AttributeVector],
        keep: Callable[[], None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        set_identity(self, "vector_carry", accessible=f"{name} in {there[0]}").setWindowTitle(f"{name} in {there[0]}")
        # A snapshot of two runs: the next one is another window.
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._keep = keep
        intro = QLabel(
            "The vector was made from the same groups with the codes of each run. Directions of two latent spaces "
            "cannot be compared with each other, but their certainty can.",
            wordWrap=True,
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        set_identity(close, "vector_carry_close", "Close (Esc)", "Close")
        take = buttons.addButton("Keep it there", QDialogButtonBox.ButtonRole.AcceptRole)
        set_identity(take, "vector_carry_keep", f"Keep the vector with {there[0]}", "Keep it there")
        take.setProperty("kind", "primary")
        rows = QVBoxLayout(self)
        rows.addWidget(intro)
        rows.addLayout(_figures(here, there))
        rows.addStretch(1)
        rows.addWidget(buttons)
        resize_to_text(self, 46, 20)
        buttons.accepted.connect(self._agree)
        buttons.rejected.connect(self.reject)

    @Slot()
    def _agree(self) -> None:
        # Closed first: a message about keeping it belongs to the window, not to the dialog above it.
        self.accept()
        self._keep()


def _figures(here: Figures, there: tuple[str, AttributeVector]) -> QGridLayout:
    """Return the figures and verdicts of both runs, a column for each."""
    grid = QGridLayout()
    grid.setColumnStretch(1, 1)
    grid.setColumnStretch(2, 1)
    own, other = dict(here[1]), dict(certainty_rows(there[1]))
    for column, title in ((1, here[0]), (2, there[0])):
        label = QLabel(title, wordWrap=True)
        label.setProperty("role", "head")
        grid.addWidget(label, 0, column)
    # Both lists in one order: an old vector may have been kept without some of the figures.
    for row, figure in enumerate(dict.fromkeys((*own, *other)), 1):
        name_label = QLabel(figure)
        name_label.setProperty("role", "muted")
        grid.addWidget(name_label, row, 0)
        grid.addWidget(QLabel(own.get(figure, "not known"), wordWrap=True), row, 1)
        grid.addWidget(QLabel(other.get(figure, "not known"), wordWrap=True), row, 2)
    verdict = verdict_on(there[1])
    for column, text in ((1, here[2]), (2, " ".join((verdict.text, *verdict.notes)))):
        grid.addWidget(QLabel(text, wordWrap=True), len(own) + len(other) + 1, column)
    return grid
