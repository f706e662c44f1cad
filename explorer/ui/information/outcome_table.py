"""The rows of the table of the page Bars, whose head and sums are in `outcome_parts`.

1. `OutcomeRow` shows one outcome: its name, P and Q as bars and numbers, a lock, information, weighted terms, cost.
2. `BarsPage` makes and removes rows, gives all of them their numbers, and does what they ask for.
3. Head, rows and sums have the same columns: all but the bars have a fixed width.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from explorer.latent.information.rounding import number_text
from explorer.ui.information.painting import Tone, tone_colour
from explorer.ui.information.probability_bar import ProbabilityBar
from explorer.ui.pictures.renderers import RIGHT
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity, set_style_property


@dataclass(frozen=True)
class Columns:
    """Widths of the columns in pixels at text scale 1; the bars have the rest."""

    name: int
    number: int
    lock: int
    information: int
    weighted: int
    cost: int

    @property
    def all(self) -> tuple[int, ...]:
        """All widths in order; 0 is the column of the bars."""
        return self.name, 0, self.number, self.lock, self.information, self.weighted, self.cost


WIDE, COMPACT = Columns(128, 62, 30, 108, 148, 168), Columns(112, 54, 26, 101, 117, 136)
ROW, LINE = 46, 21
"""Height of a row and of one of its two lines in pixels at text scale 1."""
COST_NUMBER = 58
"""Width of the number beside a signed bar, in pixels at text scale 1."""


class ColumnRow(QWidget):
    """A row of cells with the widths of the columns, which are narrower while it is compact."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._cells: tuple[QWidget, ...] = ()
        self.is_compact = False

    def widths(self, columns: Columns) -> tuple[int, ...]:
        """Return the width of each cell at text scale 1; 0 is the one that takes the rest."""
        return columns.all

    def set_compact(self, compact: bool) -> None:
        """Make the columns narrow, or wide."""
        if compact != self.is_compact:
            self.is_compact = compact
            self._set_widths()

    def add_cells(self, cells: Sequence[QWidget | None]) -> None:
        """Add the cells from the left; None is an empty one."""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._cells = tuple(QWidget() if cell is None else cell for cell in cells)
        for cell, width in zip(self._cells, self.widths(WIDE), strict=True):
            # Only the bars stretch, so that head, rows and sums keep one set of columns.
            row.addWidget(cell, 0 if width else 1)
        self._set_widths()

    def _set_widths(self) -> None:
        for cell, width in zip(self._cells, self.widths(COMPACT if self.is_compact else WIDE), strict=True):
            if width:
                cell.setFixedWidth(round(width * self._themes.scale))


class NumberPair(QWidget):
    """Two numbers below each other, that of P and that of Q, at the right edge; the tooltip has them exactly."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.texts: tuple[str, ...] = ("", "")
        self.bold = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def show_numbers(self, texts: tuple[str, ...], tip: str) -> None:
        """Show the number of P and that of Q; a single one is centred."""
        if texts != self.texts:
            self.texts = texts
            self.update()
        self.setToolTip(tip)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the numbers."""
        line = LINE * self._themes.scale
        font = self.font()
        # Digits of one width: the decimal points of a column stay below each other.
        font.setFeature(QFont.Tag("tnum"), 1)
        font.setBold(self.bold)
        tones: tuple[Tone, ...] = ("truth", "belief")
        with QPainter(self) as painter:
            painter.setFont(font)
            top = (self.height() - line * len(self.texts)) / 2
            for index, text in enumerate(self.texts):
                painter.setPen(tone_colour(self._themes.theme, tones[index]))
                painter.drawText(QRectF(0, top + index * line, self.width(), line), RIGHT, text)


class CostCell(QWidget):
    """p·log(p/q) as a bar from a zero line: filled to the right, outlined to the left; the number beside it."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._share, self._low, self.text = 0.0, 0.0, ""

    def show_cost(self, text: str, value: float, low: float, high: float, tip: str) -> None:
        """Show a term; ``low`` ≤ 0 and ``high`` > 0 are the smallest and the greatest term of all rows."""
        span = max(high - low, 1e-9)
        # An infinite term fills its side up to the longest bar.
        now = (min(value, high) / span, -low / span, text)
        if now != (self._share, self._low, self.text):
            self._share, self._low, self.text = now
            self.update()
        self.setToolTip(tip)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the zero line, the bar and the number."""
        if not self.text:
            return
        theme, scale = self._themes.theme, self._themes.scale
        left, right = 14 * scale, self.width() - COST_NUMBER * scale
        zero = left + self._low * (right - left)
        width, thick = self._share * (right - left), LINE * scale
        middle = self.height() / 2
        colour = tone_colour(theme, "kl")
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            box = QRectF(min(zero, zero + width), middle - thick / 2, abs(width), thick)
            painter.setPen(QPen(colour, 1.4 * scale) if width < 0 else Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush if width < 0 else colour)
            # With rounded corners, a narrower bar would look like a blot.
            if abs(width) >= 0.5:
                painter.drawRoundedRect(box, 3 * scale, 3 * scale)
            painter.setPen(QPen(QColor(theme.edge), scale))
            painter.drawLine(QPointF(zero, middle - 0.75 * thick), QPointF(zero, middle + 0.75 * thick))
            painter.setFont(self.font())
            painter.setPen(QColor(theme.text))
            painter.drawText(QRectF(self.rect()), RIGHT, self.text)


@dataclass(frozen=True)
class RowValues:
    """What one row shows; texts are rounded and in the unit, ``term`` is in nats."""

    name: str
    p: float
    q: float
    probabilities: tuple[str, str]
    information: tuple[str, ...]
    weighted: tuple[str, ...]
    cost: str
    term: float
    tips: tuple[str, str, str]
    locked: bool
    separate: bool


class OutcomeRow(ColumnRow):
    """One outcome.

    Signals
    -------
    wanted : bool, float
        Another probability for P (True) or Q.
    dropped
        The mouse was released: what was previewed becomes a step of undo.
    renamed : str
        Another name.
    locked : bool
        Keep the probabilities, or not.
    """

    wanted = Signal(bool, float)
    dropped = Signal()
    renamed = Signal(str)
    locked = Signal(bool)

    def __init__(self, number: int, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(themes, parent)
        self.name = set_identity(
            QLineEdit(), f"outcome_name_{number}", "Name of the outcome", f"Name of outcome {number}"
        )
        self.name.setProperty("kind", "cell")
        self.bars = tuple(ProbabilityBar(f"outcome_{letter}_bar_{number}", tone, themes) for letter, tone in _LETTERS)
        self.fields = tuple(self._field(f"outcome_{letter}_{number}", tone) for letter, tone in _LETTERS)
        self.lock = set_identity(
            QToolButton(), f"outcome_lock_{number}",
            "Keep this outcome’s probabilities while others are dragged", f"Lock outcome {number}",
        )  # fmt: skip
        self.lock.setCheckable(True)
        self.lock.setProperty("kind", "inline")
        # A hidden lock keeps its place: the columns to the right must not move.
        room = self.lock.sizePolicy()
        room.setRetainSizeWhenHidden(True)
        self.lock.setSizePolicy(room)
        self.information, self.weighted, self.cost = NumberPair(themes), NumberPair(themes), CostCell(themes)
        self._values: RowValues | None = None
        self._arrange()
        self._connect()
        self._set_icon()

    def show_values(self, values: RowValues, full: float, low: float, high: float) -> None:
        """Show an outcome; ``full`` is the probability of a full bar, ``low`` and ``high`` the range of all terms."""
        self._values = values
        # A field that is being edited keeps its text.
        for field, text in ((self.name, values.name), *zip(self.fields, values.probabilities, strict=True)):
            if field.text() != text and not (field.hasFocus() and field.isModified()):
                field.setText(text)
                field.setCursorPosition(0)  # a long name shows its beginning
        for letter, bar, field, value in zip("PQ", self.bars, self.fields, (values.p, values.q), strict=True):
            bar.show_probability(value, full)
            words = f"{letter} of {values.name}"
            if bar.accessibleName() != words:
                bar.setAccessibleName(words)
                bar.setToolTip(f"{words}: drag, or use the arrow keys")
                field.setAccessibleName(f"{words}, number")
                field.setToolTip(f"{words}: type a probability, such as 0.2 or 20 %")
        # For an event by itself there is no belief to compare with.
        self.bars[1].setVisible(not values.separate)
        self.fields[1].setVisible(not values.separate)
        self.lock.setVisible(not values.separate)
        # `toggled` is emitted by code, too: `_on_lock` compares with the values that are shown.
        if self.lock.isChecked() != values.locked:
            self.lock.setChecked(values.locked)
            self._set_icon()
        self.information.show_numbers(values.information, values.tips[0])
        self.weighted.show_numbers(values.weighted, values.tips[1])
        self.cost.show_cost(values.cost, values.term, low, high, values.tips[2])

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line between rows."""
        with QPainter(self) as painter:
            painter.setPen(QPen(QColor(self._themes.theme.line), 1))
            painter.drawLine(0, 0, self.width(), 0)

    def sizeHint(self) -> QSize:
        """Return the preferred height in pixels."""
        return QSize(super().sizeHint().width(), round(ROW * self._themes.scale))

    def _field(self, name: str, tone: str) -> QLineEdit:
        field = set_identity(QLineEdit(), name)
        field.setProperty("kind", "cell")
        field.setProperty("tone", tone)
        field.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return field

    def _arrange(self) -> None:
        scale = self._themes.scale
        self.setFixedHeight(round(ROW * scale))
        bars, numbers = QWidget(), QWidget()
        side = round(4 * scale)
        for box, cells, margin in ((bars, self.bars, side), (numbers, self.fields, 0)):
            column = QVBoxLayout(box)
            column.setContentsMargins(margin, 0, margin, 0)
            column.setSpacing(round(scale) if cells is self.bars else 0)
            column.addStretch(1)
            for cell in cells:
                cell.setFixedHeight(round((LINE if cells is self.fields else 15) * scale))
                column.addWidget(cell)
            column.addStretch(1)
        self.add_cells((self.name, bars, numbers, self.lock, self.information, self.weighted, self.cost))

    def _connect(self) -> None:
        for truth, bar, field in zip((True, False), self.bars, self.fields, strict=True):
            bar.wanted.connect(self._ask_truth if truth else self._ask_belief)
            bar.dropped.connect(self.dropped)
            field.editingFinished.connect(self._read_truth if truth else self._read_belief)
        self.name.editingFinished.connect(self._read_name)
        self.lock.toggled.connect(self._on_lock)
        self._themes.changed.connect(self._set_icon)

    @Slot(float)
    def _ask_truth(self, value: float) -> None:
        self.wanted.emit(True, value)

    @Slot(float)
    def _ask_belief(self, value: float) -> None:
        self.wanted.emit(False, value)

    @Slot()
    def _read_truth(self) -> None:
        self._read(truth=True)

    @Slot()
    def _read_belief(self) -> None:
        self._read(truth=False)

    def _read(self, *, truth: bool) -> None:
        field = self.fields[0 if truth else 1]
        # `editingFinished` also comes when the focus leaves an unchanged field.
        if not field.isModified() or self._values is None:
            return
        field.setModified(False)
        value = probability_of(field.text())
        set_style_property(field, "invalid", value is None)
        if value is None:
            field.setToolTip("A probability is a number from 0 to 1, or from 0 to 100 %")
            return
        # Shown again as the table rounds it, also if the value is refused because all others are locked.
        field.setText(self._values.probabilities[0 if truth else 1])
        self.wanted.emit(truth, value)
        self.dropped.emit()

    @Slot()
    def _read_name(self) -> None:
        if self.name.isModified():
            self.name.setModified(False)
            self.renamed.emit(self.name.text().strip())

    @Slot(bool)
    def _on_lock(self, locked: bool) -> None:
        self._set_icon()
        if self._values is not None and locked != self._values.locked:
            self.locked.emit(locked)

    @Slot()
    def _set_icon(self) -> None:
        checked = self.lock.isChecked()
        theme = self._themes.theme
        self.lock.setIcon(icon("lock" if checked else "unlock", theme, theme.text if checked else theme.muted))


_LETTERS: tuple[tuple[str, Tone], ...] = (("p", "truth"), ("q", "belief"))


def probability_of(text: str) -> float | None:
    """Return a typed probability, such as 0.2, 0,2 or 20 %; None if the text is not one."""
    # A decimal comma is common where the window is used in other languages.
    cleaned = text.strip().replace(",", ".")
    percent = cleaned.endswith("%")
    try:
        value = float(cleaned.removesuffix("%")) / (100 if percent else 1)
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None


def exact_tip(name: str, unit: str, p: float | None, q: float | None = None) -> str:
    """Return exact numbers for a tooltip."""
    parts = [f"{letter} {number_text(value, 6)}" for letter, value in (("P:", p), ("Q:", q)) if value is not None]
    return f"{name}, {', '.join(parts)} {unit}"


def muted_label(text: str, alignment: Qt.AlignmentFlag = RIGHT) -> QLabel:
    """Return a small muted label."""
    label = QLabel(text, alignment=alignment)
    label.setProperty("role", "muted")
    return label
