"""The plot that a plane is drawn on: a view box with two plain axes, whose input goes to handlers."""

from typing import Protocol

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QFont, QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QWidget

from explorer.ui.plane.plot.camera import Camera
from explorer.ui.plane.plot.plane_axis import PlaneAxis
from explorer.ui.theme.style_sheet import TEXT_PIXELS
from explorer.ui.theme.theme import ThemeSource

LOW = 220
"""A plot lower than this at scale 1 writes the name of its bottom axis beside the numbers."""
MAX_STRIP_NAME = 12
"""Letters of a class's name on the axis."""

TAB_REASONS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


class MouseHandler(Protocol):
    """Takes a plot's events of the mouse."""

    def handle(self, event: QEvent) -> bool:
        """Handle an event of the viewport; return False to leave it to Qt."""
        ...


class KeyHandler(Protocol):
    """Takes a plot's events of the keyboard."""

    def press(self, event: QKeyEvent) -> bool:
        """Handle a key; return False to leave it to the parent widget."""
        ...

    def release(self, event: QKeyEvent) -> bool:
        """Handle a released key; return False to leave it to the parent widget."""
        ...


class PlotArea(pg.PlotWidget):  # type: ignore[misc]
    """Two axes around a view box. pyqtgraph's own menu, buttons and mouse modes are off.

    Signals
    -------
    shown, hidden
        The plot became visible, or no longer is.
    tabbed_into
        The Tab key brought the focus here.
    focus_lost
        The keyboard focus went elsewhere.
    """

    shown = Signal()
    hidden = Signal()
    tabbed_into = Signal()
    focus_lost = Signal()
    _mouse: MouseHandler | None = None  # of the class: events come while pyqtgraph builds the widget
    _keys: KeyHandler | None = None

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        axes = {side: PlaneAxis(side) for side in ("left", "bottom")}
        super().__init__(
            parent, useOpenGL=False, viewBox=pg.ViewBox(enableMenu=False, enableMouse=False), axisItems=axes
        )
        self.themes = themes
        self._strip_names: tuple[str, ...] | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMenuEnabled(False)
        menu = self.getPlotItem().ctrlMenu  # pyqtgraph's own, never shown: it is deleted with this widget
        menu.setParent(self, menu.windowFlags())
        self.hideButtons()
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
        """Hand all input to these from now on."""
        self._mouse, self._keys = mouse, keys
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def plot_rect(self) -> QRectF:
        """Return the area of the points, in pixels of the widget."""
        return QRectF(self.mapFromScene(self.view_box.sceneBoundingRect()).boundingRect())

    # Axes

    def set_strips(self, names: tuple[str, ...] | None) -> None:
        """Show classes as strips on the second axis, or numbers on both (None)."""
        if names == self._strip_names:
            return
        self._strip_names = names
        self.camera.set_strips(names is not None)
        self.getAxis("left").set_strips(None if names is None else tuple(map(_short, names)))
        self.apply_theme()

    def set_axis_names(self, across: str, up: str) -> None:
        """Name both axes; words after the name are part of the text."""
        style = {"color": self.themes.theme.muted, "font-size": f"{self._text_pixels}px"}
        for side, name in (("bottom", across), ("left", up)):
            self.getAxis(side).setLabel(name, **style)
            self.getAxis(side).resizeEvent()  # centres a name of another length

    def apply_theme(self) -> None:
        """Take the theme's colours and text size."""
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
        """Offer each event of the viewport to the mouse handler first."""
        if self._mouse is not None and self._mouse.handle(event):
            return True
        return bool(super().viewportEvent(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Offer a key to the key handler, and nothing to pyqtgraph."""
        event.setAccepted(self._keys is not None and self._keys.press(event))

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Offer a released key to the key handler, and nothing to pyqtgraph."""
        event.setAccepted(self._keys is not None and self._keys.release(event))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell that the Tab key led here."""
        super().focusInEvent(event)
        if event.reason() in TAB_REASONS:
            self.tabbed_into.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell that the keyboard is elsewhere."""
        self.focus_lost.emit()
        super().focusOutEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Show what a hidden plot would have glided to."""
        super().showEvent(event)
        self.camera.show_again()
        self.shown.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop gliding while nobody sees it."""
        super().hideEvent(event)
        if hasattr(self, "camera"):
            self.camera.stop_gliding()
            self.hidden.emit()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Stay fitted, or keep the same look."""
        super().resizeEvent(event)
        if hasattr(self, "camera"):
            self._fit_axes()
            self.camera.show_again()


def _short(name: str) -> str:
    return name if len(name) <= MAX_STRIP_NAME else name[: MAX_STRIP_NAME - 1] + "…"
