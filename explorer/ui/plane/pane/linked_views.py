"""Views that belong together: all planes that are linked, and planes of equal axes at the same scale.

1. Linked planes zoom and pan together. Scales differ between runs: an autoencoder's codes may reach ±40 and a VAE's
   ±4. So they share a `RelativeView`, relative to the box that fits each one's codes, and not latent units.
2. At the same scale, planes of equal axes are fitted to one box, which the run with the whole loss sets, and a pixel is
   as many latent units in each (`Camera.set_shared`, `Camera.set_floor`). They always zoom and pan together, since
   their scales would differ otherwise.
3. The user moves a plane: its `Camera` emits ``moved_by_user``. Its relative view is stored for the planes that belong
   with it, and they `follow` it without emitting ``moved_by_user``, so the cameras cannot trigger each other.
4. A camera that is refitted to new codes (``refitted``) takes the stored view again.
5. New codes (``home_changed``) may change the common box; planes that the user has moved keep their view until they
   are fitted.
"""

from collections.abc import Hashable

from PySide6.QtCore import QObject, Slot

from explorer.jobs.plane.projected_codes import axes_of, common_box, reference_index
from explorer.latent.plane.box import Box
from explorer.ui.plane.latent_plane import LatentPlane
from explorer.ui.plane.plot.camera import FITTED, RelativeView

ALL_LINKED = "all"
"""Key of the view that all planes share when they are linked."""


class LinkedViews(QObject):
    """Makes planes that belong together follow the one that the user moves."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._planes: list[LatentPlane] = []
        self._linked = self._same_scale = False
        self._views: dict[Hashable, RelativeView] = {}

    def set_planes(self, planes: list[LatentPlane]) -> None:
        """Set the visible planes; new ones follow the others."""
        for plane in [plane for plane in planes if plane not in self._planes]:
            # Only new planes are connected: a second connection would call the slot twice.
            plane.camera.moved_by_user.connect(self._on_moved)
            plane.camera.refitted.connect(self._on_refitted)
            plane.camera.home_changed.connect(self._on_home)
            plane.camera.resized.connect(self._level)
        self._planes = planes
        self._rescale()
        for plane in planes:
            self._let_follow(plane)

    def set_state(self, linked: bool, same_scale: bool, leading: LatentPlane | None) -> None:
        """Link or unlink the planes, or set one scale for them; when linked, all take the view of ``leading``."""
        relinked, rescaled = linked != self._linked, same_scale != self._same_scale
        self._linked, self._same_scale = linked, same_scale
        if rescaled:
            self._views.clear()
            self._rescale(fit=True)
        elif relinked and leading is not None:
            self._lead(leading)

    # Which planes belong together

    def _groups(self) -> list[list[LatentPlane]]:
        """Return the planes of equal axes that are shown at the same scale; each group has several."""
        found: dict[Hashable, list[LatentPlane]] = {}
        for plane in self._planes if self._same_scale else ():
            if plane.codes.run is not None and (axes := axes_of(plane.codes.projected)) is not None:
                found.setdefault(axes, []).append(plane)
        return [planes for planes in found.values() if len(planes) > 1]

    def _key(self, plane: LatentPlane) -> Hashable | None:
        """Return what the view of a plane is stored under; None if it moves independently."""
        if self._linked:
            return ALL_LINKED
        in_group = any(plane in group for group in self._groups())
        return axes_of(plane.codes.projected) if in_group else None

    # Same scale

    def _rescale(self, *, fit: bool = False) -> None:
        """Set the common box of each group, and of all other planes their own; ``fit`` also moves held ones."""
        groups = self._groups()
        for group in groups:
            if fit or not any(plane.camera.is_held for plane in group):
                box = _box_of(group)
                for plane in group:
                    plane.camera.set_shared(_for_strips(box, plane), fit=fit)
        for plane in self._planes:
            if not any(plane in group for group in groups):
                plane.camera.set_shared(None, fit=fit)
        self._level()

    @Slot()
    def _level(self) -> None:
        """Set the pixel of each group to the largest one, in latent units, that any of its planes needs."""
        groups = self._groups()
        for group in groups:
            pixel = max((plane.camera.needed_pixel for plane in group if plane.plot.isVisible()), default=0.0)
            for plane in group:
                plane.camera.set_floor(pixel)
        for plane in self._planes:
            if not any(plane in group for group in groups):
                plane.camera.set_floor(0.0)

    # Changes of planes and codes

    def _plane_of(self, camera: QObject) -> LatentPlane | None:
        # The camera of a closed pane may still emit until it is deleted.
        return next((plane for plane in self._planes if plane.camera is camera), None)

    @Slot()
    def _on_moved(self) -> None:
        if (moved := self._plane_of(self.sender())) is not None:
            self._lead(moved)

    @Slot()
    def _on_refitted(self) -> None:
        if (fitted := self._plane_of(self.sender())) is not None:
            self._let_follow(fitted)

    @Slot()
    def _on_home(self) -> None:
        if self._same_scale and self._plane_of(self.sender()) is not None:
            self._rescale()

    def _lead(self, leading: LatentPlane) -> None:
        key = self._key(leading)
        if key is None:
            return
        self._views[key] = leading.camera.relative_view
        if leading.camera.relative_view == FITTED:
            self._rescale()  # codes may have come while the view was held
        for plane in self._planes:
            self._let_follow(plane)

    def _let_follow(self, plane: LatentPlane) -> None:
        view = self._views.get(self._key(plane), FITTED) if self._key(plane) is not None else None
        if view is not None and plane.camera.relative_view != view:
            plane.camera.follow(view)


def _box_of(group: list[LatentPlane]) -> Box | None:
    pairs = [(plane.codes.run, plane.codes.projected) for plane in group]
    known = [(run, projected) for run, projected in pairs if run is not None and projected is not None]
    return common_box(*known[reference_index([run for run, _ in known])]) if known else None


def _for_strips(box: Box | None, plane: LatentPlane) -> Box | None:
    """Return the box with the plane's own vertical range if that has classes as strips."""
    projected, own = plane.codes.projected, plane.camera.home
    if box is None or own is None or projected is None or not projected.is_strips:
        return box
    return Box(box.left, box.right, own.bottom, own.top)
