"""The visible part of a plane: fit, zoom, pan, and the map between pixels and points. Knows no run and no session."""

from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QElapsedTimer, QObject, QPointF, QRectF, QTimer, Signal, Slot

from explorer.latent.plane.box import Box, Point

MAX_ZOOM = 1e4
"""Limit of the zoom relative to the fitted view, in and out."""
MAX_MARGIN = 0.3
"""Largest share of the plot's width or height that `Camera.set_margins` keeps free."""

GLIDE_MILLISECONDS = 33  # about the rate at which new codes arrive during a training
GLIDE_SHARE = 0.3
"""Share of the remaining distance that a gliding view covers in that time; in more, if a busy machine is late."""
ARRIVED = 0.01
"""Share of the goal's span below which a glide ends."""
NEARLY = 0.05
"""Share of a shared box by which it must change before the planes take the new one."""
REVEAL_MARGIN = 0.08
"""Margin around what a click on a count of things outside shows, as a share of its size."""
MIN_REVEALED = 0.5
"""Minimum width and height of that view, as a share of the previous view."""
RESOLVED = 1e-3
"""And as a share of the distance from the origin."""


@dataclass(frozen=True)
class RelativeView:
    """The visible part of a plane, relative to the fitted box.

    The same view can be shown by planes whose codes have different scales.

    Attributes
    ----------
    across, up
        Offset of the middle of the view from that of the fitted box, as shares of its width and height.
    zoom
        Magnification relative to the fitted view.
    """

    across: float = 0.0
    up: float = 0.0
    zoom: float = 1.0


FITTED = RelativeView()


class Camera(QObject):
    """Keeps a box of latent units fitted in a view box until the user zooms or pans; then keeps the user's view.

    1. The plane sets ``home``, the box that fits its codes. Planes at the same scale are fitted to a ``shared`` box
       instead, and to pixels of at least the same size (`set_floor`).
    2. `fit`, `refit`, `jump_to` and `glide_to` show a box, which is fitted from then on: also after a resize.
    3. `pan` and `zoom` move the view from there, and store the result as a `RelativeView`.
    4. `follow` shows the relative view of another camera. It emits neither `moved_by_user` nor `refitted`, so cameras
       that follow each other cannot start a loop.

    Pixels are those of the plot widget.

    Attributes
    ----------
    touched
        Whether the user has moved the view since it was fitted.
    scale
        Factor on all text and marks; `reach` uses it.

    Signals
    -------
    moved
        The visible part of the plane changed.
    moved_by_user
        The user has moved or fitted the view.
    refitted
        The view was fitted to new codes.
    home_changed
        The box that fits the codes changed.
    resized
        The plot got another size or was shown.
    """

    moved = Signal()
    moved_by_user = Signal()
    refitted = Signal()
    home_changed = Signal()
    resized = Signal()

    def __init__(self, view_box: pg.ViewBox, parent: QObject) -> None:
        super().__init__(parent)
        self._home: Box | None = None
        self._shared: Box | None = None
        self._floor = 0.0
        self.touched = False
        self.scale = 1.0
        self._view_box = view_box
        self._fitted = self._goal = Box(-1, 1, -1, 1)
        self._relative_view = FITTED
        self._margins = (0.0, 0.0)
        self._strips = False
        # Whether the view is that of another camera, which keeps it, relative to the codes, while they spread.
        self._led = False
        self._since = QElapsedTimer()
        self._glide = QTimer(self, interval=GLIDE_MILLISECONDS)
        self._glide.timeout.connect(self._glide_on)
        # pyqtgraph fits by itself, with a margin, whenever an item changes; the camera alone decides.
        view_box.setDefaultPadding(0.0)
        view_box.disableAutoRange()
        # A latent unit is as long on both axes: distances can be compared by eye.
        view_box.setAspectLocked(True)
        view_box.sigRangeChanged.connect(self._on_range)

    # What is in view

    @property
    def relative_view(self) -> RelativeView:
        """The visible part of the plane, relative to the fitted box."""
        return self._relative_view

    @property
    def home(self) -> Box | None:
        """The box that fits the codes; None without codes."""
        return self._home

    @home.setter
    def home(self, box: Box | None) -> None:
        changed, self._home = box != self._home, box
        if changed:
            self.home_changed.emit()

    @property
    def target(self) -> Box | None:
        """The box to fit: the one shared with other planes, else the one that fits the codes; None without codes."""
        return self._home if self._home is None or self._shared is None else self._shared

    @property
    def goal(self) -> Box:
        """The box that is shown or glided to."""
        return self._goal

    @property
    def is_held(self) -> bool:
        """Whether the user has moved this view itself, so that it does not follow the codes until it is fitted."""
        return self.touched and not self._led

    def visible_box(self) -> Box:
        """Return the visible box, in latent units."""
        (left, right), (bottom, top) = self._view_box.viewRange()
        return Box(left, right, bottom, top)

    # Pixels and points

    def point_at(self, pixel: QPointF) -> Point:
        """Return the point of the plane at a pixel."""
        point = self._view_box.mapSceneToView(QPointF(pixel.toPoint()))  # scene and widget share pixels
        return float(point.x()), float(point.y())

    def pixel_at(self, point: Point) -> QPointF:
        """Return the pixel of a point of the plane, rounded to whole pixels as `point_at` does."""
        return QPointF(self._view_box.mapViewToScene(QPointF(*point)).toPoint())

    def pixel_size(self) -> tuple[float, float]:
        """Return the width and height of a pixel, in latent units."""
        box = self.visible_box()
        width, height = self._view_box.width(), self._view_box.height()
        # A plot that was never shown has no size.
        return (box.right - box.left) / max(width, 1), (box.top - box.bottom) / max(height, 1)

    def reach(self, pixels: float) -> tuple[float, float]:
        """Return a distance in pixels at scale 1 as latent units along each axis."""
        across, up = self.pixel_size()
        return pixels * self.scale * across, pixels * self.scale * up

    # Fitting

    def fit(self) -> None:
        """Fit the codes or the shared box at the user's request: linked planes follow."""
        self._fit_home()
        self.moved_by_user.emit()

    def refit(self) -> None:
        """Fit the codes or the shared box after other codes were loaded."""
        self._fit_home()
        self.refitted.emit()

    def fit_to(self, box: Box) -> None:
        """Show a box and keep it fitted until the user moves the view."""
        self._glide.stop()
        self._fitted = self._goal = box
        self.touched = self._led = False
        self._relative_view = FITTED
        self._show_fitted()

    def glide_to(self, box: Box) -> None:
        """Move smoothly to a box and keep it fitted, unless the user has moved the view or moves it meanwhile.

        A view that was moved with that of another plane is moved on, so that it stays the same part of the codes.
        """
        if not self.is_held:
            self._goal = box
            if not self._glide.isActive():
                self._since.start()
                self._glide.start()

    def jump_to(self, box: Box) -> None:
        """Fit a box immediately, unless the user has moved the view."""
        if not self.is_held:
            self._glide.stop()
            self._fitted = self._goal = box
            self.show_again()

    def stop_gliding(self) -> None:
        """End a glide; the view will be at its goal when it is shown again."""
        self._glide.stop()
        self._fitted = self._goal

    def set_margins(self, left: float, bottom: float) -> None:
        """Set the pixels to keep free at the left and the bottom edge of a fitted box."""
        if self._margins != (left, bottom):
            self._margins = (left, bottom)
            self.show_again()

    def set_strips(self, strips: bool) -> None:
        """Fix the second axis at its fitted range, for classes as strips; or give both axes one scale."""
        self._strips = strips
        self._view_box.setAspectLocked(not strips)

    def show_again(self) -> None:
        """Show the fitted box, or the user's view, in a plot of a new size."""
        if self.touched:
            self._show_relative_view()
        else:
            self._show_fitted()

    # The scale of several planes

    def set_shared(self, box: Box | None, *, fit: bool = False) -> None:
        """Fit a box that several planes share, or the codes again (None); ``fit`` also if the user has moved the view.

        A box that is almost the present one changes nothing, as during a training the codes move all the time.
        """
        if not fit and box is not None and self._shared is not None and box.is_near(self._shared, NEARLY):
            return
        changed, self._shared = box != self._shared, box
        if (target := self.target) is None or not (changed or fit):
            return
        if fit:
            self.fit_to(target)
        else:
            self.jump_to(target)

    @property
    def needed_pixel(self) -> float:
        """The width of a pixel, in latent units, with which the fitted box fills the plot."""
        return self._pixels_with_margins()[0]

    def set_floor(self, pixel: float) -> None:
        """Set the minimum width of a pixel of the fitted view, in latent units, so that planes share one scale."""
        if pixel != self._floor:
            self._floor = pixel
            self.show_again()

    def reveal(self, box: Box) -> None:
        """Show a box that lies outside the view, with some margin, as a move of the user."""
        here, (x, y) = self.visible_box(), box.middle
        # A single point is shown with its surroundings.
        # A point at 10⁹ needs a wide view, or its float32 position would be rounded to another pixel.
        least = RESOLVED * max(abs(x), abs(y))
        across = max(box.width, MIN_REVEALED * here.width, least) / 2
        up = max(box.height, MIN_REVEALED * here.height, least) / 2
        box = Box(x - across, x + across, y - up, y + up)
        self._begin_move()
        if self._strips:
            box = Box(box.left, box.right, here.bottom, here.top)
        self._show(box.grown(REVEAL_MARGIN))
        self._end_move()

    # The user's moves

    def follow(self, view: RelativeView) -> None:
        """Show the relative view of another camera; emit neither `moved_by_user` nor `refitted`."""
        if view == FITTED:
            self._fit_home()
            return
        self._glide.stop()
        self._fitted = self._goal
        self.touched = self._led = True
        self._relative_view = view
        self._show_relative_view()

    def pan(self, pixels: QPointF) -> None:
        """Move the plane by pixels, right and down."""
        across, up = self.pixel_size()
        self._begin_move()
        self._view_box.translateBy(x=-pixels.x() * across, y=0.0 if self._strips else pixels.y() * up)
        self._end_move()

    def zoom(self, factor: float, pixel: QPointF) -> None:
        """Zoom in (factor above 1) or out around a pixel, whose point stays where it is."""
        box, fitted = self.visible_box(), self._fitted
        width = (box.right - box.left) / factor
        # Far beyond the limit the float32 positions of points would move in visible steps.
        if not 1 / MAX_ZOOM <= width / (fitted.right - fitted.left) <= MAX_ZOOM:
            return
        self._begin_move()
        scale = (1 / factor, 1.0 if self._strips else 1 / factor)
        self._view_box.scaleBy(scale, center=pg.Point(*self.point_at(pixel)))
        self._end_move()

    def _begin_move(self) -> None:
        self.touched, self._led = True, False
        self._glide.stop()

    def _end_move(self) -> None:
        """Store the user's view, relative to the fitted box."""
        fitted, box = self._fitted, self.visible_box()
        (x, y), (fitted_x, fitted_y) = box.middle, fitted.middle
        across = (x - fitted_x) / (fitted.right - fitted.left)
        up = 0.0 if self._strips else (y - fitted_y) / (fitted.top - fitted.bottom)
        # The zoom is a ratio of pixel sizes, not of spans: it survives a resize of the plot.
        self._relative_view = RelativeView(across, up, self._fitted_pixel / self.pixel_size()[0])
        self.moved_by_user.emit()

    # Showing boxes

    @property
    def _fitted_pixel(self) -> float:
        """The width of a pixel in the fitted view, in latent units."""
        width, height = float(self._view_box.width()), float(self._view_box.height())
        across = (self._fitted.right - self._fitted.left) / max(width, 1.0)
        up = (self._fitted.top - self._fitted.bottom) / max(height, 1.0)
        # With one scale for both axes, the axis with less room decides.
        return max(self._floor, across) if self._strips else max(self._floor, across, up)

    def _fit_home(self) -> None:
        if (target := self.target) is not None:
            self.fit_to(target)

    def _show_fitted(self) -> None:
        self._show(self._with_margins())

    def _show_relative_view(self) -> None:
        fitted, view = self._fitted, self._relative_view
        x, y = fitted.middle
        x += view.across * (fitted.right - fitted.left)
        pixel = self._fitted_pixel / view.zoom
        half_width = pixel * self._view_box.width() / 2
        if self._strips:
            whole = self._with_margins()
            self._show(Box(x - half_width, x + half_width, whole.bottom, whole.top))
            return
        y += view.up * (fitted.top - fitted.bottom)
        half_height = pixel * self._view_box.height() / 2
        self._show(Box(x - half_width, x + half_width, y - half_height, y + half_height))

    def _with_margins(self) -> Box:
        """Return the fitted box grown by the margins at the left and the bottom edge, and to the minimum pixel."""
        fitted = self._fitted
        if not any(self._margins) and not self._floor:
            return fitted
        width, height, left, bottom = self._room()
        across, up = self._pixels_with_margins()
        across, up = max(across, self._floor), up if self._strips else max(up, self._floor)
        x, y = fitted.middle
        # Shift the box by half the margins, so that the codes are in the middle of the free area.
        start, base = x - across * (width + left) / 2, y - up * (height + bottom) / 2
        return Box(start, start + across * width, base, base + up * height)

    def _room(self) -> tuple[float, float, float, float]:
        """Return width and height of the plot and of its margins, in pixels."""
        # A small plot keeps most of its area for points: margins take at most `MAX_MARGIN` of it.
        width, height = max(float(self._view_box.width()), 1.0), max(float(self._view_box.height()), 1.0)
        return width, height, min(self._margins[0], MAX_MARGIN * width), min(self._margins[1], MAX_MARGIN * height)

    def _pixels_with_margins(self) -> tuple[float, float]:
        """Return width and height of a pixel, in latent units, with which the fitted box fills the free area."""
        width, height, left, bottom = self._room()
        across, up = self._fitted.width / (width - left), self._fitted.height / (height - bottom)
        return (across, up) if self._strips else (max(across, up),) * 2

    def _show(self, box: Box) -> None:
        rect = QRectF(QPointF(box.left, box.bottom), QPointF(box.right, box.top))
        # The box is exact: margins are part of it.
        self._view_box.setRange(rect=rect, padding=0)

    @Slot()
    def _glide_on(self) -> None:
        near = self._fitted.is_near(self._goal, ARRIVED)
        share = 1 - (1 - GLIDE_SHARE) ** max(1.0, self._since.restart() / GLIDE_MILLISECONDS)
        self._fitted = self._goal if near else self._fitted.towards(self._goal, share)
        if near:
            self._glide.stop()
        self.show_again()

    def _on_range(self, *_: Any) -> None:
        self.moved.emit()
