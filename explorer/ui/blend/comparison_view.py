"""A picture to compare the blend with, and its description: the average, or the nearest real sample."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from explorer.ui.pictures.sample_view import SampleView
from explorer.ui.state.tasks import Tasks
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import FittingLabel

MAX_LINES = 4
WORDS, MIN_WORDS = 104, 84
"""Largest and least width of the texts beside a picture, in pixels at text scale 1."""


class ComparisonView(QWidget):
    """A picture with a title and some lines beside it; if they do not fit, the tooltip shows them."""

    def __init__(self, tasks: Tasks, themes: ThemeSource, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._side, self._count = 0, 0
        self.setObjectName(name)
        self.picture = SampleView(tasks, themes, f"{name}_picture")
        self.title = set_identity(FittingLabel(), f"{name}_title", accessible=title)
        self.title.setProperty("role", "small")
        self.why = set_identity(QLabel(wordWrap=True), f"{name}_why", accessible=f"Why there is no {title.lower()}")
        self.why.setProperty("role", "muted")
        # Beside the first line of the texts, where the top of the picture would be.
        self.why.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.lines = [
            set_identity(FittingLabel(), f"{name}_line_{number}", accessible=f"{title}, line {number}")
            for number in range(1, MAX_LINES + 1)
        ]
        self._words = QWidget()
        words = QVBoxLayout(self._words)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(1)
        for label in (self.title, *self.lines):
            words.addWidget(label)
        words.addStretch(1)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        self._row.addWidget(self.why, 1)
        self._row.addWidget(self._words, 1)
        self.set_title(title)

    def set_title(self, *forms: str) -> None:
        """Set the title, the longest form first."""
        self.title.set_forms(*forms)

    def show_lines(self, lines: Sequence[str], strong: int, tip: str) -> None:
        """Show what is known, line by line; the line with the index ``strong`` is not muted."""
        # An empty line would leave a gap between two that say something.
        shown = [line for line in lines if line]
        for number, label in enumerate(self.lines):
            text = shown[number] if number < len(shown) else ""
            label.setProperty("role", "small" if number == strong else "muted")
            # A changed property takes effect only when the style sheet is applied again.
            label.style().polish(label)
            label.set_forms(*([text] if text else []))
        self._count = len(shown)
        self._show_fitting()
        self.picture.setToolTip(tip)

    def _show_fitting(self) -> None:
        """Show the lines that fit beside the picture, below the title."""
        # No more lines than the picture is high: the blocks of the wide form have no room below it.
        room = self._side // (self.title.fontMetrics().height() + 2) - 1
        for number, label in enumerate(self.lines):
            label.setVisible(number < min(self._count, room))

    def show_why(self, why: str) -> None:
        """Show why there is no picture; "" shows the picture."""
        self.picture.setVisible(not why)
        self.why.setText(why)
        self.why.setVisible(bool(why))

    def fit(self, side: int, *, words: bool) -> None:
        """Set the side of the picture in pixels, and whether the texts are beside it."""
        self.picture.fit(side)
        self._row.setSpacing(round(10 * self._themes.scale))
        # As wide as the picture, so that nothing moves when it appears.
        self.why.setFixedWidth(side)
        self._words.setVisible(words)
        self._words.setMaximumWidth(round(WORDS * self._themes.scale))
        self._words.setMinimumWidth(round(MIN_WORDS * self._themes.scale))
        self._side = side
        self._show_fitting()
