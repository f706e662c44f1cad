"""The base of gestures: a press of the mouse on a plane that may become a drag, and what is at a pixel."""

from abc import ABC, abstractmethod

from PySide6.QtCore import QPointF

from explorer.session import Probe, Session, Waypoint
from explorer.ui.plane.plot.camera import Camera
from explorer.ui.plane.points.coloured_points import ColouredPoints
from explorer.ui.plane.points.pane_codes import PaneCodes

DRAG_PIXELS = 4
"""Distance in pixels at scale 1 below which a press remains a click."""

PICK_PIXELS = 6
"""Radius in pixels at scale 1 within which the cursor picks a point."""


class Picker:
    """Maps pixels of one plane to rows, probes and codes."""

    def __init__(self, camera: Camera, codes: PaneCodes, points: ColouredPoints) -> None:
        self.camera, self.codes, self.points = camera, codes, points

    def row_at(self, pixel: QPointF) -> int | None:
        """Return the row of the point picked at a pixel, or None."""
        return self.points.hit.at(*self.camera.point_at(pixel), *self.camera.reach(PICK_PIXELS))

    def code_at(self, pixel: QPointF) -> tuple[float, ...]:
        """Return the z at a pixel."""
        return self.codes.code_at(self.camera.point_at(pixel))

    def probe_at(self, pixel: QPointF, *, exactly: bool = False) -> Probe:
        """Return a probe on the picked sample, else on the z at the pixel; with ``exactly``, always the latter."""
        point = self.camera.point_at(pixel)
        # Points that the legend hides are not in this index, so they cannot be picked.
        row = None if exactly else self.points.hit.at(*point, *self.camera.reach(PICK_PIXELS))
        # Use the sample's code: the z at the pixel lacks the dimensions that the projection drops.
        return Probe(self.codes.key, self.codes.code_at(point)) if row is None else self.codes.probe_of_row(row)

    def waypoint_at(self, pixel: QPointF) -> Waypoint:
        """Return a waypoint at the picked sample, else at the z of the pixel."""
        probe = self.probe_at(pixel)
        return Waypoint(probe.z, probe.sample)


class Gesture(ABC):
    """A press at a pixel of the plane, which becomes a drag after `DRAG_PIXELS`."""

    def __init__(self, session: Session, picker: Picker, at: QPointF) -> None:
        self.session, self.picker, self.pressed = session, picker, at
        self.dragging = False

    def move_to(self, at: QPointF) -> None:
        """Handle a move of the mouse."""
        distance = (at - self.pressed).manhattanLength()
        # A drag remains a drag even if the mouse returns to the start.
        self.dragging = self.dragging or distance >= DRAG_PIXELS * self.picker.camera.scale
        if self.dragging:
            self.drag(at)

    @abstractmethod
    def drag(self, at: QPointF) -> None:
        """Handle a move during a drag."""

    def release(self, at: QPointF) -> None:
        """End the gesture as one undo step."""
        self.session.commit()

    def cancel(self) -> None:
        """Abort the gesture and restore the View from before the press."""
        self.session.cancel()
