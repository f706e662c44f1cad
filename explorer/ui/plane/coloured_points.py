"""A plane's points with their colours and their hit test, which belong together."""

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.open_run import OpenRun
from explorer.ui.plane.colouring import Colouring, colour, error_span
from explorer.ui.plane.hit_test import HitTest
from explorer.ui.plane.placed import PlacedCodes
from explorer.ui.plane.points_item import PointsItem
from explorer.ui.workbench import Workbench


class ColouredPoints:
    """Keeps the item, what its colours mean, and which of its points can be hit."""

    def __init__(self, *, dark: bool) -> None:
        self.item = PointsItem(dark)
        self.hit = HitTest(PlacedCodes.no_places())
        self.colouring: Colouring | None = None

    def move_to(self, places: NDArray[np.float64]) -> None:
        """Move the points to ``(n, 2)``; colours are to be given anew where there are more or fewer."""
        self.item.set_points(places)
        self.hit = HitTest(places)
        self.colouring = None

    def colour(self, placed: PlacedCodes, run: OpenRun, bench: Workbench, *, dark: bool) -> None:
        """Colour the points as the View says, and leave out what its legend has switched off."""
        view, span = bench.session.view, None
        if view.colour_by == "reconstruction":
            shown = [bench.runs[pane.run].plane for pane in view.panes if pane.run in bench.runs]
            span = error_span(codes for codes in shown if codes is not None)
        found = colour(placed.codes, placed.places, run.description.class_names, view.colour_by, dark, span)
        self.colouring = found
        self.item.set_colours(found.colours, found.groups)
        self.item.set_hidden(found.rows_of(view.hidden_classes))
        self.hit.set_shown(self.item.shown())
