"""A plot with its title, and beside that in a muted tone what differs from the other plots."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget
from superqt import QElidingLabel

from explorer.ui.curves.curve_plot import CurvePlot
from explorer.ui.theme.style_sheet import TEXT_PIXELS
from explorer.ui.theme.theme import Theme
from explorer.ui.widgets.identity import set_identity

MIN_EMS = (8.5, 4.0)
"""Minimum width and height of a plot, in heights of normal text."""


class CurveChart(QWidget):
    """One plot with its title; ``plot`` is the plot itself."""

    def __init__(self, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = set_identity(CurvePlot(self), f"curve_{name}", accessible=tip)
        self._title = set_identity(QLabel(self), f"curve_title_{name}", tip)
        self._note = set_identity(QElidingLabel(self), f"curve_note_{name}", tip)
        self._title.setProperty("role", "small")
        self._title.setStyleSheet("font-weight: 600;")
        self._note.setProperty("role", "muted")
        self._note.setElideMode(Qt.TextElideMode.ElideRight)
        # Ignored: a long note must not widen the plot. It elides instead.
        self._note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head = QHBoxLayout()
        head.setContentsMargins(4, 0, 0, 0)
        head.setSpacing(8)
        head.addWidget(self._title)
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
        self._title.setText(title)
        self._note.setText(note)
        self.plot.setAccessibleDescription(f"{title} {note}".strip())

    @property
    def title(self) -> str:
        """The title."""
        return str(self._title.text())

    @property
    def note(self) -> str:
        """The note beside the title."""
        return str(self._note.text())
