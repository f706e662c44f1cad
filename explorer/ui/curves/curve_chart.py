"""A plot with its title: what it shows, which way is better, and the newest values."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget
from superqt import QElidingLabel

from explorer.ui.curves.curve_plot import CurvePlot
from explorer.ui.theme.style_sheet import TEXT_PIXELS
from explorer.ui.theme.theme import Theme
from explorer.ui.widgets.identity import set_identity

VALIDATION = "validation "
"""How the note of a validation value begins; where it has no room, a dash like the line's says the same."""
DASHES = "╌ "
MIN_EMS = (8.5, 2.5)
"""The least width and height of a plot, in heights of normal text."""


class CurveChart(QWidget):
    """One plot with a title that tells its newest values in words; ``plot`` is the plot itself."""

    def __init__(self, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words, self._whole_title = "", ""
        self.plot = set_identity(CurvePlot(self), f"curve_{name}", accessible=tip)
        self._title = set_identity(QElidingLabel(self), f"curve_title_{name}", tip)
        self._note = set_identity(QElidingLabel(self), f"curve_note_{name}", tip)
        self._title.setProperty("role", "small")
        self._note.setProperty("role", "muted")
        for label in (self._title, self._note):
            label.setElideMode(Qt.TextElideMode.ElideRight)
        self._note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head = QHBoxLayout()
        head.setContentsMargins(4, 0, 0, 0)
        head.setSpacing(6)
        head.addWidget(self._title, 1000)  # up to its own width; the note has the rest
        head.addWidget(self._note, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.plot, 1)

    def dress(self, theme: Theme, scale: float) -> None:
        """Take colours and sizes."""
        self.plot.dress(theme, scale)
        em = TEXT_PIXELS * scale
        self.setMinimumSize(round(MIN_EMS[0] * em), round(MIN_EMS[1] * em))

    def set_title(self, title: str, note: str) -> None:
        """Write the title, and beside it a quieter note that may elide."""
        self._words = note
        self._whole_title = title
        self._title.setMaximumWidth(self._title.fontMetrics().horizontalAdvance(title) + 4)
        self._fit_title()
        self._fit_note()
        self.plot.setAccessibleDescription(f"{title} {note}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten the note rather than cut its number."""
        super().resizeEvent(event)
        self._fit_title()
        self._fit_note()

    def _fit_title(self) -> None:
        """Shorten the name rather than cut the number after it."""
        metrics, room = self._title.fontMetrics(), self.width() - 20
        name, _, value = self._whole_title.rpartition(" ")
        if metrics.horizontalAdvance(self._whole_title) <= room or not value[-1:].isdigit():
            self._title.setText(self._whole_title)
            return
        left = room - metrics.horizontalAdvance(f" {value}")
        self._title.setText(f"{metrics.elidedText(name, Qt.TextElideMode.ElideRight, left)} {value}")

    def _fit_note(self) -> None:
        metrics, room = self._note.fontMetrics(), self.width() - self._title.maximumWidth() - 18
        words = self._words
        if words.startswith(VALIDATION) and metrics.horizontalAdvance(words + "  ") > room:
            words = DASHES + words.removeprefix(VALIDATION)
        fits = metrics.horizontalAdvance(words) <= room or not words.startswith(DASHES)
        self._note.setText(words if fits else "")

    @property
    def title(self) -> str:
        """The title with its value, whole."""
        return self._whole_title

    @property
    def note(self) -> str:
        """The note beside the title, whole."""
        return self._words
