"""The plot of a plane: a view box with two axes of its own kind, which passes its input to handlers."""

from typing import Any, Protocol

import pyqtgraph as pg
from pyqtgraph import AxisItem
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QFont, QFontMetricsF, QHideEvent, QKeyEvent, QPainter, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QWidget

from explorer.rendering.drawing import MINUS
from explorer.ui.plane.plot.camera import Camera
from explorer.ui.theme.style_sheet import TEXT_PIXELS
from explorer.ui.theme.theme import Theme, ThemeSource
from explorer.ui.widgets.eliding_label import cut_text

NO_PREFIX = ((-1.0, -1.0),)
"""A range that contains no value, so that pyqtgraph never writes 200 for 0.2; its own switch keeps the last factor."""


class PlaneAxis(AxisItem):  # type: ignore[misc]
    """An axis without ticks: shows numbers or the names of strips, and its own name; no wider than its numbers need."""

    def __init__(self, orientation: str) -> None:
        # Set before the base class is initialized, which calls the overridden methods.
        self._strips: tuple[str, ...] | None = None
        self._numbers_width = self._beside = self._text_height = 0.0
        self._low = False
        super().__init__(orientation)

    def set_strips(self, names: tuple[str, ...] | None) -> None:
        """Write these names at 0, 1, …, or numbers (None)."""
        self._strips = names
        self.setTicks(None if names is None else [list(enumerate(names))])
        self._numbers_width = 0.0

    def apply_theme(self, theme: Theme, scale: float, font: QFont) -> None:
        """Apply colours, text size and font."""
        self.setPen(theme.line)
        self.setTextPen(theme.muted)
        self.setStyle(tickFont=font, tickLength=0, maxTickLevel=0, tickTextOffset=round(4 * scale))
        self.setTickDensity(0.7)
        self.enableAutoSIPrefix(False)
        self.label.setFont(font)
        self._text_height = height = QFontMetricsF(font).height()
        # Width of the rotated axis name beside the numbers, in pixels.
        self._beside = 1.35 * height + 4 * scale + 2
        # Numbers in another font need another width: forget the former one, which only grows.
        self._numbers_width = 0.0
        self._fit_height()

    def set_low(self, low: bool) -> None:
        """Write the name of a horizontal axis beside its numbers instead of below them, to save height."""
        if low != self._low:
            self._low = low
            self._fit_height()
            self.resizeEvent()

    def resizeEvent(self, event: Any = None) -> None:
        """Centre the axis name, or move it to the end of the numbers."""
        super().resizeEvent(event)
        if self._low and self.orientation == "bottom" and self.label is not None:
            name = self.label.boundingRect()
            self.label.setPos(QPointF(self.size().width() - name.width(), (self.size().height() - name.height()) / 2))

    def generateDrawSpecs(self, painter: QPainter) -> Any:
        """Drop numbers that the axis name beside them would cover."""
        specs = super().generateDrawSpecs(painter)
        if specs is None or not self._low or self.orientation != "bottom":
            return specs
        line, ticks, words = specs
        edge = self.label.pos().x() - 0.3 * self._text_height
        return line, ticks, [word for word in words if word[0].right() <= edge]

    def getSIPrefixEnableRanges(self) -> tuple[tuple[float, float], ...]:
        """Disable SI prefixes; pyqtgraph calls it."""
        return NO_PREFIX

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the numbers with a true minus sign."""
        return [text.replace("-", MINUS) for text in super().tickStrings(values, scale, spacing)]

    def _fit_height(self) -> None:
        if self.orientation == "bottom":
            self.setHeight(round((1.2 if self._low else 2.2) * self._text_height + 6))

    def fit_numbers(self, low: float, high: float) -> None:
        """Widen a vertical axis to fit its numbers or names; never narrow it.

        A narrower axis would change the visible range, whose numbers may be wider again: the two would alternate.
        """
        words = list(self._strips or ())
        if self._strips is None:
            spacing, values = self.tickValues(low, high, max(self.size().height(), 1.0))[0]
            words = self.tickStrings(values, self.scale, spacing)
        metrics = QFontMetricsF(self.style["tickFont"])
        wanted = max([metrics.horizontalAdvance(text) for text in words], default=0.0)
        if wanted > self._numbers_width:
            self._numbers_width = wanted
            self.setWidth(round(wanted + self._beside))


LOW = 220
"""Height in pixels at scale 1 below which the name of the bottom axis is written beside its numbers."""
MAX_STRIP_NAME = 12
"""Maximum length of a class name on the axis, in characters."""

TAB_REASONS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


class MouseHandler(Protocol):
    """Handles the mouse events of a plot."""

    def handle(self, event: QEvent) -> bool:
        """Handle an event of the viewport; return False to leave it to Qt."""
        ...


class KeyHandler(Protocol):
    """Handles the keyboard events of a plot."""

    def press(self, event: QKeyEvent) -> bool:
        """Handle a key; return False to leave it to the parent widget."""
        ...

    def release(self, event: QKeyEvent) -> bool:
        """Handle a released key; return False to leave it to the parent widget."""
        ...


class PlotArea(pg.PlotWidget):  # type: ignore[misc]
    """A view box between two axes, with pyqtgraph's own menu, buttons and mouse modes off.

    Signals
    -------
    shown, hidden
        The plot became visible or hidden.
    tabbed_into
        The plot received the keyboard focus by the Tab key.
    focus_lost
        The plot lost the keyboard focus.
    """

    shown = Signal()
    hidden = Signal()
    tabbed_into = Signal()
    focus_lost = Signal()
    _mouse: MouseHandler | None = None  # class attributes: pyqtgraph's constructor already triggers events
    _keys: KeyHandler | None = None

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        # pyqtgraph's OpenGL is known to be buggy and would not help: numpy draws the points.
        axes = {side: PlaneAxis(side) for side in ("left", "bottom")}
        super().__init__(
            parent, useOpenGL=False, viewBox=pg.ViewBox(enableMenu=False, enableMouse=False), axisItems=axes
        )
        self.themes = themes
        self._strip_names: tuple[str, ...] | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMenuEnabled(False)
        # pyqtgraph's menu is never shown, but without a parent it would outlive the window.
        menu = self.getPlotItem().ctrlMenu
        menu.setParent(self, menu.windowFlags())
        self.hideButtons()
        # pyqtgraph accepts drops and ignores them; files dropped here belong to the window.
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self.camera = Camera(self.view_box, self)
        self.camera.moved.connect(self._fit_numbers)
        self.apply_theme()

    @property
    def view_box(self) -> pg.ViewBox:
        """The view box that holds the points."""
        return self.getPlotItem().getViewBox()

    def set_handlers(self, mouse: MouseHandler, keys: KeyHandler) -> None:
        """Pass all input to these handlers from now on."""
        self._mouse, self._keys = mouse, keys
        # Hovering needs move events without a pressed button, from widget and viewport.
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def plot_rect(self) -> QRectF:
        """Return the area inside the axes, in pixels of the widget."""
        return QRectF(self.mapFromScene(self.view_box.sceneBoundingRect()).boundingRect())

    # Axes

    def set_strips(self, names: tuple[str, ...] | None) -> None:
        """Show classes as strips on the second axis, or numbers on both (None)."""
        if names == self._strip_names:
            return
        self._strip_names = names
        self.camera.set_strips(names is not None)
        self.getAxis("left").set_strips(
            None if names is None else tuple(cut_text(name, MAX_STRIP_NAME) for name in names)
        )
        self.apply_theme()

    def set_axis_names(self, across: str, up: str) -> None:
        """Set the names of both axes."""
        style = {"color": self.themes.theme.muted, "font-size": f"{self._text_pixels}px"}
        for side, name in (("bottom", across), ("left", up)):
            self.getAxis(side).setLabel(name, **style)
            self.getAxis(side).resizeEvent()  # pyqtgraph centres a label only in this event

    def apply_theme(self) -> None:
        """Apply the theme's colours and text size."""
        theme = self.themes.theme
        self.camera.scale = self.themes.scale
        self.setBackground(theme.plane)
        font = QFont(self.font())
        font.setPixelSize(self._text_pixels)
        for name in ("bottom", "left"):
            self.getAxis(name).apply_theme(theme, self.themes.scale, font)
        self._fit_axes()
        self._fit_numbers()

    @property
    def _text_pixels(self) -> int:
        return round((TEXT_PIXELS - 2) * self.themes.scale)

    def _fit_axes(self) -> None:
        self.getAxis("bottom").set_low(self.height() < LOW * self.themes.scale)

    @Slot()
    def _fit_numbers(self) -> None:
        self.getAxis("left").fit_numbers(*self.view_box.viewRange()[1])

    # Events

    def viewportEvent(self, event: QEvent) -> bool:
        """Pass each event of the viewport to the mouse handler first, then to pyqtgraph."""
        if self._mouse is not None and self._mouse.handle(event):
            return True
        return bool(super().viewportEvent(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pass a key to the key handler; pyqtgraph gets none."""
        # An event that is not accepted goes to the parent widget, so shortcuts still work.
        event.setAccepted(self._keys is not None and self._keys.press(event))

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Pass a released key to the key handler; pyqtgraph gets none."""
        event.setAccepted(self._keys is not None and self._keys.release(event))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Emit `tabbed_into` if the focus came by the Tab key."""
        super().focusInEvent(event)
        if event.reason() in TAB_REASONS:
            self.tabbed_into.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Emit `focus_lost`."""
        self.focus_lost.emit()
        super().focusOutEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Show the goal of a glide that ended while the plot was hidden."""
        super().showEvent(event)
        self.camera.show_again()
        self.shown.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """End a glide: a hidden plot needs no frames."""
        super().hideEvent(event)
        # The event may come while pyqtgraph builds the widget, before the camera exists.
        if hasattr(self, "camera"):
            self.camera.stop_gliding()
            self.hidden.emit()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keep the fitted box or the user's view at the new size."""
        super().resizeEvent(event)
        # pyqtgraph's constructor resizes the widget before the camera exists.
        if hasattr(self, "camera"):
            self._fit_axes()
            self.camera.show_again()
