"""Translucent areas between two curves of a plot."""

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPolygonF
from PySide6.QtWidgets import QGraphicsPolygonItem

CLEAR = 0.22
"""Opacity of a band, 0 to 1."""


@dataclass(frozen=True, eq=False)
class Band:
    """An area as a closed outline: ``epochs`` and ``heights`` ``(n,)``, in the plot's coordinates."""

    epochs: NDArray[np.float64]
    heights: NDArray[np.float64]
    colour: str


class Bands:
    """Draw bands behind the curves of a view box, one for each key."""

    def __init__(self, box: pg.ViewBox) -> None:
        self._box = box
        self._items: dict[str, QGraphicsPolygonItem] = {}
        self._shown: dict[str, Band] = {}

    def band(self, key: str) -> Band | None:
        """Return the band drawn for a key, or None."""
        return self._shown.get(key)

    def set_band(self, key: str, band: Band | None) -> None:
        """Draw a band for a key; None removes it."""
        if band is None:
            self._shown.pop(key, None)
            if key in self._items:
                self._box.removeItem(self._items.pop(key))
            return
        if key not in self._items:
            self._items[key] = QGraphicsPolygonItem()
            self._items[key].setPen(Qt.PenStyle.NoPen)
            # Behind every curve: they have z values of 0 and below, one step for each line.
            self._items[key].setZValue(-1000)
            # ignoreBounds: a band never counts for the range, which `CurvePlot.set_range` sets.
            self._box.addItem(self._items[key], ignoreBounds=True)
        colour = QColor(band.colour)
        colour.setAlphaF(CLEAR)
        self._items[key].setBrush(colour)
        points = zip(band.epochs.tolist(), band.heights.tolist(), strict=True)
        self._items[key].setPolygon(QPolygonF([QPointF(x, y) for x, y in points]))
        self._shown[key] = band
