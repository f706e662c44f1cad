"""The plot of a plane: a view box with two axes, which passes its input to handlers."""

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
        self.getAxis("left").set_strips(None if names is None else tuple(map(_short, names)))
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
        """Keep the fitted box or the user's look at the new size."""
        super().resizeEvent(event)
        # pyqtgraph's constructor resizes the widget before the camera exists.
        if hasattr(self, "camera"):
            self._fit_axes()
            self.camera.show_again()


def _short(name: str) -> str:
    return name if len(name) <= MAX_STRIP_NAME else name[: MAX_STRIP_NAME - 1] + "…"
