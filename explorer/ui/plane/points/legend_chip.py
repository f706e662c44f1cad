"""One class of the legend: its colour, its name, how many samples it has."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from explorer.ui.theme.theme import ThemeSource

LONGEST_NAME = 18


@dataclass(frozen=True)
class ChipWords:
    """What a chip says; ``hidden`` classes have a hollow dot and a quiet name."""

    name: str
    count: str
    colour: tuple[int, int, int]
    hidden: bool = False
    brief: str = ""
    """Where there are many classes, this stands for name and count; the tooltip has both."""


class LegendChip(QAbstractButton):
    """A chip of the legend.

    Signals
    -------
    toggled_class : int
        Clicked: switch this class off, or on again.
    isolated_class : int
        Alt+clicked or double-clicked: show it alone.
    """

    toggled_class = Signal(int)
    isolated_class = Signal(int)

    def __init__(self, key: int, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key, self._themes = key, themes
        self._words = ChipWords("", "", (128, 128, 128))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def set_words(self, words: ChipWords) -> None:
        """Say something else; nothing moves unless its width changes."""
        if words == self._words:
            return
        self._words = words
        state = "hidden" if words.hidden else "shown"
        self.setAccessibleName(f"{words.name}: {words.count} samples, {state}")
        what = "Click to show" if words.hidden else "Click to hide"
        self.setToolTip(
            f"{words.name}: {words.count} samples. {what}; Alt+click or double-click shows only this class."
        )
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for the dot, the name and the count."""
        metrics, gap = QFontMetrics(self.font()), self._gap
        words = metrics.horizontalAdvance(self._short_name) + metrics.horizontalAdvance(self._count)
        return QSize(self._dot + words + (5 if self._count else 4) * gap, metrics.height() + gap)

    def minimumSizeHint(self) -> QSize:
        """Return the same: a cut number would lie."""
        return self.sizeHint()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Show or hide; with Alt alone."""
        if event.button() == Qt.MouseButton.LeftButton:
            alone = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            (self.isolated_class if alone else self.toggled_class).emit(self.key)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show it alone."""
        self.isolated_class.emit(self.key)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do the same by Space and Enter."""
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            alone = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            (self.isolated_class if alone else self.toggled_class).emit(self.key)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw dot, name and count."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, gap, dot = self._themes.theme, self._gap, self._dot
        if self.underMouse() or self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent)) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.raised))
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), gap, gap)
        colour = QColor(*self._words.colour)
        painter.setPen(QPen(colour, 1.5 * self._themes.scale))
        painter.setBrush(Qt.BrushStyle.NoBrush if self._words.hidden else colour)
        painter.drawEllipse(QPointF(gap + dot / 2, self.height() / 2), dot / 2 - 1, dot / 2 - 1)
        metrics, left = QFontMetrics(self.font()), 2 * gap + dot
        wide = metrics.horizontalAdvance(self._short_name)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(theme.muted if self._words.hidden else theme.text))
        painter.drawText(QRect(left, 0, wide + gap, self.height()), middle, self._short_name)
        painter.setPen(QColor(theme.muted))
        painter.drawText(QRect(left + wide + gap, 0, self.width(), self.height()), middle, self._count)

    @property
    def _short_name(self) -> str:
        name = self._words.brief or self._words.name
        return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"

    @property
    def _count(self) -> str:
        return "" if self._words.brief else self._words.count

    @property
    def _gap(self) -> int:
        return round(4 * self._themes.scale)

    @property
    def _dot(self) -> int:
        return round(11 * self._themes.scale)
