"""A plot with its title: the term, the direction of improvement, and the newest values."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget
from superqt import QElidingLabel

from explorer.ui.curves.curve_plot import CurvePlot
from explorer.ui.theme.style_sheet import TEXT_PIXELS
from explorer.ui.theme.theme import Theme
from explorer.ui.widgets.identity import set_identity

VALIDATION = "validation "
"""Beginning of a note with a validation value; if it does not fit, a dash like the line's stands for it."""
DASHES = "╌ "
MIN_EMS = (8.5, 2.5)
"""Minimum width and height of a plot, in heights of normal text."""


class CurveChart(QWidget):
    """One plot with a title that contains its newest values; ``plot`` is the plot itself."""

    def __init__(self, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text, self._full_title = "", ""
        self.plot = set_identity(CurvePlot(self), f"curve_{name}", accessible=tip)
        self._title = set_identity(QElidingLabel(self), f"curve_title_{name}", tip)
        self._note = set_identity(QElidingLabel(self), f"curve_note_{name}", tip)
        self._title.setProperty("role", "small")
        self._note.setProperty("role", "muted")
        for label in (self._title, self._note):
            label.setElideMode(Qt.TextElideMode.ElideRight)
        # Ignored: a long note must not widen the plot. It elides instead.
        self._note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head = QHBoxLayout()
        head.setContentsMargins(4, 0, 0, 0)
        head.setSpacing(6)
        head.addWidget(self._title, 1000)  # up to its maximum width; the note gets the rest
        head.addWidget(self._note, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.plot, 1)

    def apply_theme(self, theme: Theme, scale: float) -> None:
        """Set colours and sizes."""
        self.plot.apply_theme(theme, scale)
        em = TEXT_PIXELS * scale
        self.setMinimumSize(round(MIN_EMS[0] * em), round(MIN_EMS[1] * em))

    def set_title(self, title: str, note: str) -> None:
        """Set the title, and the quieter note beside it, which may elide."""
        self._text = note
        self._full_title = title
        # The title keeps its full width as long as there is room; 4 pixels for the label's margins.
        self._title.setMaximumWidth(self._title.fontMetrics().horizontalAdvance(title) + 4)
        self._fit_title()
        self._fit_note()
        self.plot.setAccessibleDescription(f"{title} {note}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten title and note to the new width."""
        super().resizeEvent(event)
        self._fit_title()
        self._fit_note()

    def _fit_title(self) -> None:
        """Elide the term's name, so that the number after it stays readable."""
        metrics, room = self._title.fontMetrics(), self.width() - 20
        name, _, value = self._full_title.rpartition(" ")
        # Without a number at its end the whole title may elide.
        if metrics.horizontalAdvance(self._full_title) <= room or not value[-1:].isdigit():
            self._title.setText(self._full_title)
            return
        left = room - metrics.horizontalAdvance(f" {value}")
        self._title.setText(f"{metrics.elidedText(name, Qt.TextElideMode.ElideRight, left)} {value}")

    def _fit_note(self) -> None:
        metrics, room = self._note.fontMetrics(), self.width() - self._title.maximumWidth() - 18
        words = self._text
        # First replace the word by dashes, then drop the note: a number that is cut off is worse than none.
        if words.startswith(VALIDATION) and metrics.horizontalAdvance(words + "  ") > room:
            words = DASHES + words.removeprefix(VALIDATION)
        fits = metrics.horizontalAdvance(words) <= room or not words.startswith(DASHES)
        self._note.setText(words if fits else "")

    @property
    def title(self) -> str:
        """The full title with its value."""
        return self._full_title

    @property
    def note(self) -> str:
        """The full note beside the title."""
        return self._text
