"""Redrawing the plane while it is panned and zoomed: our points against pyqtgraph's scatter item.

    python benchmarks/plane_redraw.py

Both draw the same points in ten colours into the same 700 × 700 pixels, without a screen, on one core, once per step.
A pan moves by whole pixels, like a real mouse. The claim, for the pan: at least four times as quick with
70,000 points and with 1,000,000.
"""

import os
import statistics
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtWidgets import QApplication

from explorer.rendering.palette import PLANE_GROUND, class_colours
from explorer.ui.plane.points.points_item import PointsItem

SIDE = 700
CLASSES = 10
REPEATS = {10_000: 40, 70_000: 30, 1_000_000: 10}


def clusters(count: int) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Make overlapping elongated clusters, ``(count, 2)``, and their classes."""
    rng = np.random.default_rng(0)
    groups = rng.integers(0, CLASSES, count).astype(np.uint8)
    shapes = rng.normal(size=(CLASSES, 2, 2)) * 0.5
    centres = rng.normal(size=(CLASSES, 2)) * 1.5
    points = np.einsum("nij,nj->ni", shapes[groups], rng.normal(size=(count, 2))) + centres[groups]
    return points.astype(np.float32), groups


def our_items(points: NDArray[np.float32], groups: NDArray[np.uint8]) -> list[pg.GraphicsObject]:
    item = PointsItem()
    item.set_points(points)
    item.set_colours(class_colours(CLASSES, dark=True), groups)
    return [item]


def scatter_items(points: NDArray[np.float32], groups: NDArray[np.uint8]) -> list[pg.GraphicsObject]:
    """Return one scatter item per class, with shared brushes and no pens: its quickest way."""
    colours = class_colours(CLASSES, dark=True)
    return [
        pg.ScatterPlotItem(
            pos=points[groups == group], size=3, pen=None, brush=pg.mkBrush(*colours[group]), pxMode=True
        )
        for group in range(CLASSES)
    ]


def redraw_times(app: QApplication, items: list[pg.GraphicsObject], repeats: int) -> tuple[float, float]:
    """Return the median milliseconds of a pan step by whole pixels and of a zoom step, drawing included."""
    widget = pg.GraphicsView(background=PLANE_GROUND[True])
    widget.resize(SIDE, SIDE)
    box = pg.ViewBox(enableMenu=False)
    widget.setCentralItem(box)
    for item in items:
        box.addItem(item)
    box.setRange(xRange=(-4, 4), yRange=(-4, 4), padding=0)
    widget.show()
    app.processEvents()

    def show() -> None:
        widget.viewport().repaint()

    def pan() -> None:
        width, height = box.viewPixelSize()
        box.translateBy(x=5 * width, y=-3 * height)
        show()

    def zoom() -> None:
        box.scaleBy((0.995, 0.995))
        show()

    show()
    medians = [statistics.median(_timed(step) for _ in range(repeats)) for step in (pan, zoom)]
    widget.close()
    return medians[0], medians[1]


def _timed(step: Callable[[], None]) -> float:
    start = time.perf_counter()
    step()
    return (time.perf_counter() - start) * 1e3


def main() -> None:
    app = pg.mkQApp()
    print(f"{'points':>10} {'step':>5} {'ours':>10} {'pyqtgraph':>10} {'ratio':>7}")
    for count, repeats in REPEATS.items():
        points, groups = clusters(count)
        ours = redraw_times(app, our_items(points, groups), repeats)
        theirs = redraw_times(app, scatter_items(points, groups), repeats)
        for name, mine, other in zip(("pan", "zoom"), ours, theirs, strict=True):
            print(f"{count:>10,} {name:>5} {mine:>7.1f} ms {other:>7.1f} ms {other / mine:>6.1f}×")


if __name__ == "__main__":
    main()
