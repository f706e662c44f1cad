"""Maps a pixel of a plane to the row of a sample, or to a point and its z."""

from PySide6.QtCore import QPointF

from explorer.session import PathEnd, Probe
from explorer.ui.plane.plot.camera import Camera
from explorer.ui.plane.points.coloured_points import ColouredPoints
from explorer.ui.plane.points.pane_codes import PaneCodes

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
        row = None if exactly else self.points.hit.at(*point, *self.camera.reach(PICK_PIXELS))
        return Probe(self.codes.key, self.codes.code_at(point)) if row is None else self.codes.probe_of_row(row)

    def path_end_at(self, pixel: QPointF) -> PathEnd:
        """Return the end of a path at the picked sample, else at the z of the pixel."""
        probe = self.probe_at(pixel)
        return PathEnd(probe.z, probe.sample)
