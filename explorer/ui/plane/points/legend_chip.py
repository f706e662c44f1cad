"""The parts of the legend: a chip for each class, a pop-up of all chips, and a bar of colours for continuous values."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from explorer.rendering.palette import continuous_colours
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import cut_text

BAR_PIXELS = 160
"""Width of the colour bar at text scale 1."""
# Enough stops for Qt's linear interpolation to follow the perceptual colour map.
_STOPS = 24


class ColourBar(QWidget):
    """The colours of a continuous colouring from low to high, labelled with the values at both ends."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "colour_bar", "Colour scale, low to high")
        self._themes = themes
        self._ends = ("", "")
        self._stops: list[tuple[float, QColor]] = []
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        themes.changed.connect(self._apply_theme)

    def set_span(self, low: float, high: float, unit: str) -> None:
        """Set the values at the two ends, and their unit."""
        self._ends = (f"{low:.4g}", f"{high:.4g} {unit}".strip())
        self.setAccessibleName(f"colours from {self._ends[0]} to {self._ends[1]}")
        self._apply_theme()

    def sizeHint(self) -> QSize:
        """Return the size of the bar with both labels."""
        metrics = QFontMetrics(self.font())
        words = sum(metrics.horizontalAdvance(end) for end in self._ends)
        return QSize(round(BAR_PIXELS * self._themes.scale) + words + 4 * self._gap, metrics.height() + self._gap)

    def minimumSizeHint(self) -> QSize:
        """Return the size with a bar shortened by 60 %."""
        size = self.sizeHint()
        return QSize(size.width() - round(BAR_PIXELS * self._themes.scale * 0.6), size.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both labels and the bar between them."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            metrics, gap = QFontMetrics(self.font()), self._gap
            low, high = (metrics.horizontalAdvance(end) for end in self._ends)
            painter.setPen(QColor(self._themes.theme.muted))
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, 0, low + gap, self.height()), middle, self._ends[0])
            painter.drawText(QRectF(self.width() - high, 0, high + gap, self.height()), middle, self._ends[1])
            height = metrics.height() * 0.6
            bar = QRectF(low + gap * 1.5, (self.height() - height) / 2, self.width() - low - high - 3 * gap, height)
            gradient = QLinearGradient(bar.topLeft(), bar.topRight())
            for share, colour in self._stops:
                gradient.setColorAt(share, colour)
            shape = QPainterPath()
            shape.addRoundedRect(bar, height / 3, height / 3)
            painter.fillPath(shape, gradient)

    @property
    def _gap(self) -> int:
        return round(6 * self._themes.scale)

    @Slot()
    def _apply_theme(self) -> None:
        # The colours are computed here: their first use imports colorcet, which takes too long for a paint event.
        shares = np.linspace(0, 1, _STOPS)
        colours = continuous_colours(shares, self._themes.theme.dark)  # (_STOPS, 3)
        self._stops = [(float(at), QColor(*map(int, colour))) for at, colour in zip(shares, colours, strict=True)]
        self.updateGeometry()
        self.update()


MAX_CHARACTERS = 18
"""Maximum characters of a name on a chip; the tooltip has the full name."""
MAX_LISTED = 100
"""Maximum number of chips in the list; more classes are found by a search."""
POPUP_WIDTH, POPUP_HEIGHT = 320, 300
"""Width and maximum height of the chips in the pop-up, in pixels at text scale 1."""


@dataclass(frozen=True)
class ChipText:
    """The text and colour of a chip; ``hidden`` classes have a hollow dot and a muted name."""

    name: str
    count: int
    colour: tuple[int, int, int]
    hidden: bool = False
    brief: str = ""
    """Replaces the name if there are many classes; the tooltip has the name."""
    selected: int | None = None
    """How many of the samples are selected; None without a selection."""

    @property
    def words(self) -> str:
        """The counts in words, for the tooltip and for screen readers."""
        samples = f"{self.count:,} sample{'' if self.count == 1 else 's'}"
        return samples if self.selected is None else f"{self.selected:,} of {samples} selected"

    @property
    def counts(self) -> tuple[str, str, str]:
        """The text after the name: in full, shorter, and empty, for lines with less room."""
        if self.selected is None:
            return "", "", ""
        return f": {self.selected:,} of {self.count:,}", f": {self.selected:,}", ""


class LegendChip(QAbstractButton):
    """A button of the legend for one class: its colour and name, and with a selection the number of samples in it.

    Signals
    -------
    toggled_class : int
        The class is to be hidden or shown: the chip was clicked.
    isolated_class : int
        The class is to be shown alone: the chip was Alt+clicked or double-clicked.
    menu_wanted : int, QPoint
        A menu for the class, at a point of the screen.
    """

    toggled_class = Signal(int)
    isolated_class = Signal(int)
    menu_wanted = Signal(int, QPoint)

    def __init__(self, key: int, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key, self._themes = key, themes
        self._text = ChipText("", 0, (128, 128, 128))
        self._form = 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def set_text(self, text: ChipText) -> None:
        """Set the text. The layout changes only if the width does."""
        if text == self._text:
            return
        self._text = text
        state = "hidden" if text.hidden else "shown"
        self.setAccessibleName(f"{text.name}: {text.words}, {state}")
        what = "Click to show" if text.hidden else "Click to hide"
        keys = "Alt+click or double-click shows only this class; right-click to select it"
        self.setToolTip(f"{text.name}: {text.words}. {what}; {keys}.")
        self.updateGeometry()
        self.update()

    def set_form(self, form: int) -> None:
        """Show "0: 47 of 412" (form 0), "0: 47" (1) or "0" (2), for many classes in one line."""
        if form != self._form:
            self._form = form
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Return the size of dot, name and count."""
        metrics, gap = QFontMetrics(self.font()), self._gap
        text = metrics.horizontalAdvance(self._short_name) + metrics.horizontalAdvance(self._count)
        return QSize(self._dot + text + (4 if self._count else 3) * gap, metrics.height() + gap)

    def minimumSizeHint(self) -> QSize:
        """Return the same size: a cut count would be read as another number."""
        return self.sizeHint()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Hide or show the class; with Alt, show it alone."""
        # At the press, not the release: a click that moves a little still counts.
        if event.button() == Qt.MouseButton.LeftButton:
            alone = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            (self.isolated_class if alone else self.toggled_class).emit(self.key)
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the class."""
        self.menu_wanted.emit(self.key, event.globalPos())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the class alone."""
        self.isolated_class.emit(self.key)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hide or show the class on Space or Enter, as a click does."""
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            alone = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            (self.isolated_class if alone else self.toggled_class).emit(self.key)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw dot, name and count."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            theme, gap, dot = self._themes.theme, self._gap, self._dot
            if self.underMouse() or self.hasFocus():
                painter.setPen(QPen(QColor(theme.accent)) if self.hasFocus() else Qt.PenStyle.NoPen)
                painter.setBrush(QColor(theme.raised))
                painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), gap, gap)
            colour = QColor(*self._text.colour)
            painter.setPen(QPen(colour, 1.5 * self._themes.scale))
            painter.setBrush(Qt.BrushStyle.NoBrush if self._text.hidden else colour)
            painter.drawEllipse(QPointF(0.7 * gap + dot / 2, self.height() / 2), dot / 2 - 1, dot / 2 - 1)
            metrics, left = QFontMetrics(self.font()), round(1.8 * gap) + dot
            # The count follows the name directly, in a muted colour.
            wide = metrics.horizontalAdvance(self._short_name)
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.setPen(QColor(theme.muted if self._text.hidden else theme.text))
            painter.drawText(QRect(left, 0, wide + gap, self.height()), middle, self._short_name)
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRect(left + wide, 0, self.width(), self.height()), middle, self._count)

    @property
    def _short_name(self) -> str:
        return cut_text(self._text.brief or self._text.name, MAX_CHARACTERS)

    @property
    def _count(self) -> str:
        return self._text.counts[self._form]

    @property
    def _gap(self) -> int:
        return round(4 * self._themes.scale)

    @property
    def _dot(self) -> int:
        return round(10 * self._themes.scale)


class ClassesPopup(QFrame):
    """A pop-up with the chips of all classes, for those that do not fit into the line.

    Signals
    -------
    toggled_class, isolated_class : int
        See `LegendChip`.
    menu_wanted : int, QPoint
        See `LegendChip`.
    all_wanted
        All classes are to be shown.
    """

    toggled_class = Signal(int)
    isolated_class = Signal(int)
    menu_wanted = Signal(int, QPoint)
    all_wanted = Signal()

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._themes = themes
        set_identity(self, "legend_popup", accessible="All classes").setProperty("panel", "raised")
        self.chips: dict[int, LegendChip] = {}
        self._texts: Mapping[int, ChipText] = {}
        self._search = set_identity(QLineEdit(), "legend_search", "Show the classes whose names contain this", "Search")
        self._search.textChanged.connect(self._fill)
        self._inside = QWidget()
        self._flow = FlowLayout(self._inside, spacing=2)
        self._scroll = set_identity(QScrollArea(widgetResizable=True), "legend_classes", accessible="All classes")
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._inside)
        self._all = set_identity(QPushButton("Show all"), "legend_popup_show_all", "Show all classes")
        self._all.setProperty("kind", "link")
        self._all.clicked.connect(self.all_wanted)
        column = QVBoxLayout(self)
        column.addWidget(self._search)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._all, 0, Qt.AlignmentFlag.AlignLeft)

    def set_texts(self, texts: Mapping[int, ChipText]) -> None:
        """Show these classes; of more than `MAX_LISTED`, the first ones with the searched text in their names."""
        self._texts = texts
        is_long = len(texts) > MAX_LISTED
        self._search.setVisible(is_long)
        self._search.setPlaceholderText(f"Search {len(texts):,} classes; {MAX_LISTED} are shown at once")
        if not is_long:
            self._search.clear()
        self._fill()
        self._all.setEnabled(any(text.hidden for text in texts.values()))

    @Slot()
    def _fill(self) -> None:
        """Show the chips. They are reused while the classes stay, since they may be in the middle of a click."""
        needle = self._search.text().strip().lower()
        found = (key for key, text in self._texts.items() if needle in text.name.lower())
        texts = {key: self._texts[key] for key in islice(found, MAX_LISTED)}
        if tuple(self.chips) != tuple(texts):
            for chip in self.chips.values():
                self._flow.removeWidget(chip)
                chip.hide()
                chip.deleteLater()
            self.chips = {key: self._chip(key) for key in texts}
        for key, text in texts.items():
            self.chips[key].set_text(replace(text, brief=""))

    def open_above(self, anchor: QWidget) -> None:
        """Show the classes above a widget."""
        scale = self._themes.scale
        width = round(POPUP_WIDTH * scale)
        height = min(self._flow.heightForWidth(width), round(POPUP_HEIGHT * scale))
        self._scroll.setFixedSize(width + self._scroll.verticalScrollBar().sizeHint().width(), height)
        self.adjustSize()
        corner = anchor.mapToGlobal(QPoint(0, -self.height()))
        right = anchor.window().mapToGlobal(QPoint(anchor.window().width(), 0)).x()
        self.move(min(corner.x(), right - self.width()), corner.y())
        self.show()
        if not self._search.isHidden():
            self._search.setFocus(Qt.FocusReason.PopupFocusReason)
        elif self.chips:
            next(iter(self.chips.values())).setFocus(Qt.FocusReason.PopupFocusReason)

    def _chip(self, key: int) -> LegendChip:
        chip = LegendChip(key, self._themes)
        chip.setObjectName(f"legend_popup_class_{key}")
        chip.toggled_class.connect(self.toggled_class)
        chip.isolated_class.connect(self.isolated_class)
        chip.menu_wanted.connect(self.menu_wanted)
        self._flow.addWidget(chip)
        chip.show()
        return chip
