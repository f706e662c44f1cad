"""Overlays at a high zoom: shapes far larger than the view cost no more than their visible part."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from explorer.assets import shipped_runs
from explorer.latent.plane.overlay_parts import Pictures
from explorer.runs.run_directory import open_run
from explorer.ui.plane.overlays.overlay_painter import PaintStyle, Ready, paint_part
from explorer.ui.plane.plot.plane_map import PlaneMap
from explorer.ui.theme.theme import DARK


def test_a_decode_larger_than_the_plane_is_made_at_the_plane_s_size(qapp: QApplication) -> None:
    about = open_run(Path(shipped_runs()[0])).description
    white = np.full((1, *about.shape), about.transform.invert(np.ones(about.shape, np.float32)).max())
    part = Pictures(np.zeros((1, 2)), white, np.full((1, 2), 2.0))
    image = QImage(80, 60, QImage.Format.Format_RGB32)
    image.fill(0)
    ready, painter = Ready(), QPainter(image)
    look = PaintStyle(DARK, 1.0, 1.0, about, QRectF(0, 0, 80, 60), lambda: True)
    where = PlaneMap(lambda point: QPointF(40 + 1e6 * point[0], 30 - 1e6 * point[1]))
    paint_part(part, painter, where, look, ready)
    painter.end()
    assert max(ready.pictures[0].width(), ready.pictures[0].height()) == 80
    corners = [QColor(image.pixelColor(x, y)).lightness() for x in (1, 78) for y in (1, 58)]
    assert min(corners) > 200, "it fills the plane all the same"
