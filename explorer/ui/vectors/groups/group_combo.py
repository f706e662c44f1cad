"""The list that chooses a group or a sample: named groups, classes, the selection, a search, the probe."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from explorer.data import report
from explorer.ui.widgets.boxes import ChoiceBox
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import cut_middle

SELECTION, SEARCH = "\x00selection", "\x00search"
"""Values of the entries that take the selection, and that open the search."""
MAX_LETTERS = 48


@dataclass(frozen=True)
class ComboEntry:
    """An entry: what it says, its value, and why it cannot be chosen."""

    text: str
    value: str
    why_not: str = ""


def counted(count: int, units: int | None = None, by: str = "") -> str:
    """Return "38 samples", with the number of units, such as people, if there are any."""
    samples = report.counted(count, "sample")
    return samples if units is None or not by else f"{samples}, {units:,} by {by}"


class GroupCombo(ChoiceBox):
    """A list whose entries are asked for when it opens.

    Signals
    -------
    chosen : str
        The value of the entry that the user chose.
    """

    chosen = Signal(str)

    def __init__(
        self, name: str, tip: str, accessible: str, empty: str, choices: Callable[[], Sequence[ComboEntry]],
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        set_identity(self, name, tip, accessible)
        self._tip, self._empty, self._choices, self._value = tip, empty, choices, ""
        self.activated.connect(self._on_activated)
        self._show_alone("", empty)

    @property
    def value(self) -> str:
        """The value that is shown; "" if none is chosen."""
        return self._value

    def show_value(self, value: str, text: str, why_fixed: str = "") -> None:
        """Show what is chosen; ``why_fixed`` disables the list, and says why."""
        self.setEnabled(not why_fixed)
        # The tooltip has the whole of a name that the list has no room for.
        self.setToolTip(f"{text}. {why_fixed or self._tip}" if text else self._tip)
        # Filling an open list would close it.
        if value != self._value or not self.view().isVisible():
            self._show_alone(value, text or self._empty)

    def fill(self) -> None:
        """List all entries."""
        shown = self.currentText()
        self.clear()
        choices = list(self._choices())
        if self._value not in [choice.value for choice in choices]:
            choices.insert(0, ComboEntry(shown, self._value))
        for choice in choices:
            self.add(cut_middle(choice.text, MAX_LETTERS), choice.value, choice.why_not or choice.text)
            if choice.why_not or not choice.value:
                # Neither the words for "nothing chosen" nor what has a reason can be chosen.
                self.model().item(self.count() - 1).setEnabled(False)  # type: ignore[attr-defined]
        self.setCurrentIndex(self.findData(self._value))

    def showPopup(self) -> None:
        """List the current entries."""
        self.fill()
        super().showPopup()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the list with the arrow keys: until then there is one entry."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.showPopup()
        else:
            super().keyPressEvent(event)

    def _show_alone(self, value: str, text: str) -> None:
        self._value = value
        if self.count() == 1 and self.itemData(0, Qt.ItemDataRole.ToolTipRole) == text and self.itemData(0) == value:
            return
        self.clear()
        self.add(cut_middle(text, MAX_LETTERS), value, text)
        self.set_short_text(value, text.removeprefix("class "))

    @Slot(int)
    def _on_activated(self, row: int) -> None:
        value = str(self.itemData(row) or "")
        before = self._value
        # What is shown follows the session; an entry that opens a window chooses nothing yet.
        self.setCurrentIndex(max(0, self.findData(before)))
        if value and value != before:
            self.chosen.emit(value)
