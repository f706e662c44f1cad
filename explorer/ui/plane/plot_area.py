"""The plot under a plane: its axes, what of it is in view, zoom and pan. It knows no run and no session."""

from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QTimer, Signal, Slot
from PySide6.QtGui import QFont, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QWidget

from explorer.latent.plane.box import Box, Place
from explorer.ui.plane.plane_axis import PlaneAxis
from explorer.ui.theme.style_sheet import TEXT_PIXELS
from explorer.ui.theme.theme import ThemeSource

LOW = 220
"""A plot lower than this at scale 1 saves height where it can."""
LONGEST_STRIP_NAME = 12
MAX_ZOOM = 1e4
"""How much closer or farther than fitted one may go."""

MAX_ROOM = 0.3
"""The share of a plane that may be kept free at an edge."""

GLIDE_MILLISECONDS = 33
GLIDE_SHARE = 0.3
"""How much of the way to its goal a gliding view goes at a time."""
ARRIVED = 0.01
"""A share of the goal's span that is not worth gliding."""


@dataclass(frozen=True)
class Look:
    """What the hand has brought into view, told by what is fitted, so that it means the same at any scale of codes.

    Attributes
    ----------
    across, up
        How far the middle lies from that of the fitted box, as shares of its width and height.
    zoom
        How much closer than fitted one is.
    """

    across: float = 0.0
    up: float = 0.0
    zoom: float = 1.0


FITTED = Look()


class PlotArea(pg.PlotWidget):  # type: ignore[misc]
    """A plot with two quiet axes; it stays fitted to `fit_to`'s box, also when resized, until the hand moves it.

    Signals
    -------
    view_moved
        Another part of the plane is in view.
    handled
        The hand has moved the view, or fitted it; not a view that follows another one.
    refitted
        The view was fitted to what is newly shown, without the hand.
    """

    view_moved = Signal()
    handled = Signal()
    refitted = Signal()

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        axes = {side: PlaneAxis(side) for side in ("left", "bottom")}
        super().__init__(
            parent, useOpenGL=False, viewBox=pg.ViewBox(enableMenu=False, enableMouse=False), axisItems=axes
        )
        self.themes = themes
        self.touched = False
        self._fitted = self._goal = Box(-1, 1, -1, 1)
        self._look = FITTED
        self._room = (0.0, 0.0)
        self._glide = QTimer(self, interval=GLIDE_MILLISECONDS)
        self._glide.timeout.connect(self._go_on)
        self._strips = False
        self._strip_names: tuple[str, ...] | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMenuEnabled(False)
        menu = self.getPlotItem().ctrlMenu  # pyqtgraph's own, never shown: it goes when this goes
        menu.setParent(self, menu.windowFlags())
        self.hideButtons()
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self.view_box.setDefaultPadding(0.0)
        self.view_box.disableAutoRange()
        self.view_box.setAspectLocked(True)
        self.view_box.sigRangeChanged.connect(self._on_range)
        self.dress_axes()

    @property
    def view_box(self) -> pg.ViewBox:
        """The view box that holds the points."""
        return self.getPlotItem().getViewBox()

    def set_strips(self, names: tuple[str, ...] | None) -> None:
        """Show classes as strips on the second axis, or numbers on both (None)."""
        if names == self._strip_names:
            return
        self._strip_names = names
        self._strips = names is not None
        self.view_box.setAspectLocked(not self._strips)
        self.getAxis("left").set_strips(None if names is None else tuple(map(_short, names)))
        self.dress_axes()

    def set_axis_names(self, across: str, up: str) -> None:
        """Name both axes; words after the name are part of the text."""
        style = {"color": self.themes.theme.muted, "font-size": f"{self._text_pixels}px"}
        for side, name in (("bottom", across), ("left", up)):
            self.getAxis(side).setLabel(name, **style)
            self.getAxis(side).resizeEvent()  # puts a name of another length in the middle

    def dress_axes(self) -> None:
        """Take the theme's colours and text size."""
        theme = self.themes.theme
        self.setBackground(theme.plane)
        font = QFont(self.font())
        font.setPixelSize(self._text_pixels)
        for name in ("bottom", "left"):
            self.getAxis(name).dress(theme, self.themes.scale, font)
        self._fit_axes()
        self._fit_numbers()

    def fit_to(self, box: Box) -> None:
        """Show a box, and keep to it until the hand moves the view."""
        self._glide.stop()
        self._fitted = self._goal = box
        self.touched = False
        self._look = FITTED
        self._show_fitted()

    def keep_free(self, left: float, bottom: float) -> None:
        """Fit from now on beside so many pixels at the left and the bottom edge, in which something else is drawn."""
        if self._room != (left, bottom):
            self._room = (left, bottom)
            self._show_again()

    @property
    def look(self) -> Look:
        """What is in view, told by what is fitted."""
        return self._look

    def follow(self, look: Look) -> None:
        """Look at the same share of what is fitted here as another plane does of its own."""
        if look == FITTED:
            self.fit_to(self._goal)
            return
        self._glide.stop()
        self.touched = True
        self._look = look
        self._show_look()

    def glide_to(self, box: Box) -> None:
        """Go smoothly to a box and keep to it, unless the hand has moved the view or moves it on the way."""
        if not self.touched:
            self._goal = box
            self._glide.start()

    def jump_to(self, box: Box) -> None:
        """Keep to a box from now on, at once, unless the hand has moved the view."""
        if not self.touched:
            self._glide.stop()
            self._fitted = self._goal = box
            self._show_fitted()

    @property
    def goal(self) -> Box:
        """The box that is shown, or glided to."""
        return self._goal

    def visible_box(self) -> Box:
        """Return what is in view."""
        (left, right), (bottom, top) = self.view_box.viewRange()
        return Box(left, right, bottom, top)

    def pan(self, pixels: QPointF) -> None:
        """Move what is in view by pixels, as the hand pulls it."""
        across, up = self.pixel_size()
        self._take_hold()
        self.view_box.translateBy(x=-pixels.x() * across, y=0.0 if self._strips else pixels.y() * up)
        self._note_look()

    def zoom(self, factor: float, at: QPointF) -> None:
        """Come closer (factor over 1) or go farther; the place under ``at``, in widget pixels, stays there."""
        box, fitted = self.visible_box(), self._fitted
        width = (box.right - box.left) / factor
        if not 1 / MAX_ZOOM <= width / (fitted.right - fitted.left) <= MAX_ZOOM:
            return
        self._take_hold()
        scale = (1 / factor, 1.0 if self._strips else 1 / factor)
        self.view_box.scaleBy(scale, center=pg.Point(*self.place_at(at)))
        self._note_look()

    def pixel_size(self) -> tuple[float, float]:
        """Return how wide and high a pixel is, in latent units."""
        box = self.visible_box()
        width, height = self.view_box.width(), self.view_box.height()
        return (box.right - box.left) / max(width, 1), (box.top - box.bottom) / max(height, 1)

    def place_at(self, at: QPointF) -> Place:
        """Return the place under a pixel of the widget."""
        point = self.view_box.mapSceneToView(self.mapToScene(at.toPoint()))
        return float(point.x()), float(point.y())

    def pixel_at(self, place: Place) -> QPointF:
        """Return the pixel of the widget where a place lies."""
        return QPointF(self.mapFromScene(self.view_box.mapViewToScene(QPointF(*place))))

    def plot_rect(self) -> QRectF:
        """Return the area of the points, in pixels of the widget."""
        return QRectF(self.mapFromScene(self.view_box.sceneBoundingRect()).boundingRect())

    def hideEvent(self, event: QHideEvent) -> None:
        """Do not glide unseen."""
        super().hideEvent(event)
        self._glide.stop()
        self._fitted = self._goal

    def showEvent(self, event: QShowEvent) -> None:
        """Be where the view would have glided to."""
        super().showEvent(event)
        self._show_again()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Stay fitted, or keep the same share of it in view."""
        super().resizeEvent(event)
        if hasattr(self, "_look"):
            self._fit_axes()
            self._show_again()

    @property
    def _text_pixels(self) -> int:
        return round((TEXT_PIXELS - 2) * self.themes.scale)

    def _fit_axes(self) -> None:
        self.getAxis("bottom").set_low(self.height() < LOW * self.themes.scale)

    def _fit_numbers(self) -> None:
        self.getAxis("left").fit_numbers(*self.view_box.viewRange()[1])

    def _take_hold(self) -> None:
        """Leave the view to the hand from now on."""
        self.touched = True
        self._glide.stop()

    @Slot()
    def _go_on(self) -> None:
        near = self._fitted.is_near(self._goal, ARRIVED)
        self._fitted = self._goal if near else self._fitted.towards(self._goal, GLIDE_SHARE)
        if near:
            self._glide.stop()
        self._show_fitted()

    def _show_again(self) -> None:
        if self.touched:
            self._show_look()
        else:
            self._show_fitted()

    @property
    def _fitted_pixel(self) -> float:
        """How much of the first axis a pixel shows when fitted, in latent units."""
        width, height = float(self.view_box.width()), float(self.view_box.height())
        across = (self._fitted.right - self._fitted.left) / max(width, 1.0)
        up = (self._fitted.top - self._fitted.bottom) / max(height, 1.0)
        return across if self._strips else max(across, up)

    def _note_look(self) -> None:
        """Remember what the hand has brought into view, and tell it."""
        fitted, seen = self._fitted, self.visible_box()
        (x, y), (fitted_x, fitted_y) = seen.middle, fitted.middle
        across = (x - fitted_x) / (fitted.right - fitted.left)
        up = 0.0 if self._strips else (y - fitted_y) / (fitted.top - fitted.bottom)
        self._look = Look(across, up, self._fitted_pixel / self.pixel_size()[0])
        self.handled.emit()

    def _show_look(self) -> None:
        fitted, look = self._fitted, self._look
        x, y = fitted.middle
        x += look.across * (fitted.right - fitted.left)
        pixel = self._fitted_pixel / look.zoom
        wide = pixel * self.view_box.width() / 2
        if self._strips:
            whole = self._with_room()
            self._show(Box(x - wide, x + wide, whole.bottom, whole.top))
            return
        y += look.up * (fitted.top - fitted.bottom)
        high = pixel * self.view_box.height() / 2
        self._show(Box(x - wide, x + wide, y - high, y + high))

    def _show_fitted(self) -> None:
        self._show(self._with_room())

    def _with_room(self) -> Box:
        """Return the fitted box and what lies around it when it is fitted beside what is kept free."""
        fitted = self._fitted
        if not any(self._room):
            return fitted
        width, height = max(float(self.view_box.width()), 1.0), max(float(self.view_box.height()), 1.0)
        left, bottom = min(self._room[0], MAX_ROOM * width), min(self._room[1], MAX_ROOM * height)
        across = (fitted.right - fitted.left) / (width - left)
        up = (fitted.top - fitted.bottom) / (height - bottom)
        if not self._strips:
            across = up = max(across, up)
        x, y = fitted.middle
        start, base = x - across * (width + left) / 2, y - up * (height + bottom) / 2
        return Box(start, start + across * width, base, base + up * height)

    def _show(self, box: Box) -> None:
        rect = QRectF(QPointF(box.left, box.bottom), QPointF(box.right, box.top))
        self.view_box.setRange(rect=rect, padding=0)

    def _on_range(self, *_: Any) -> None:
        self._fit_numbers()
        self.view_moved.emit()


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_STRIP_NAME else name[: LONGEST_STRIP_NAME - 1] + "…"
