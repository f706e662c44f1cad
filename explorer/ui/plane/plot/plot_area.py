"""The plot of a plane: a view box with its axes inside, which passes its input to handlers."""

from typing import Protocol

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QWidget

from explorer.ui.plane.plot.camera import Camera
from explorer.ui.plane.plot.ticks import TicksItem
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.labels import cut_text

MAX_STRIP_NAME = 12
"""Maximum length of a class name on the axis, in characters."""

OVER_STRIPS = 1.8
"""z value of the axes, above the strips along them and below the marks."""
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
    """A view box with axes inside it, and with pyqtgraph's own axes, menu, buttons and mouse modes off.

    Attributes
    ----------
    ticks
        Draws the axes.

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
        super().__init__(parent, useOpenGL=False, viewBox=pg.ViewBox(enableMenu=False, enableMouse=False))
        self.themes = themes
        self._strip_names: tuple[str, ...] | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMenuEnabled(False)
        # pyqtgraph's menu is never shown, but without a parent it would outlive the window.
        menu = self.getPlotItem().ctrlMenu
        menu.setParent(self, menu.windowFlags())
        self.hideButtons()
        self.hideAxis("left")
        self.hideAxis("bottom")
        self.getPlotItem().layout.setContentsMargins(0, 0, 0, 0)
        # pyqtgraph accepts drops and ignores them; files dropped here belong to the window.
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self.camera = Camera(self.view_box, self)
        self.ticks = TicksItem(themes.theme, themes.scale)
        self.ticks.setZValue(OVER_STRIPS)
        self.view_box.addItem(self.ticks, ignoreBounds=True)
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
        """Return the area of the plane, in pixels of the widget."""
        return QRectF(self.mapFromScene(self.view_box.sceneBoundingRect()).boundingRect())

    def set_strips(self, names: tuple[str, ...] | None) -> None:
        """Show classes as strips on the second axis, or numbers on both (None)."""
        if names == self._strip_names:
            return
        self._strip_names = names
        self.camera.set_strips(names is not None)
        self.ticks.set_strips(None if names is None else tuple(cut_text(name, MAX_STRIP_NAME) for name in names))

    def set_edge_strips(self, left: float, bottom: float) -> None:
        """Keep the pixels of strips along the left and the bottom edge free of points and axes."""
        self.camera.set_margins(left, bottom)
        self.ticks.set_insets(left, bottom)

    def apply_theme(self) -> None:
        """Apply the theme's colours and text size."""
        self.camera.scale = self.themes.scale
        self.setBackground(self.themes.theme.plane)
        self.ticks.apply_theme(self.themes.theme, self.themes.scale)

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
        self.camera.resized.emit()
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
            self.camera.show_again()
            self.camera.resized.emit()
