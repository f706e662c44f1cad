"""Descriptions and pictures for the list of waypoints."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QColor, QImage

from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.plane.cursor_marks import waypoint_name
from explorer.rendering.drawing import number
from explorer.rendering.palette import class_colours
from explorer.session import Waypoint
from explorer.ui.path.path_film import PathFilms
from explorer.ui.path.waypoint_list import SIDE, ShownWaypoint
from explorer.ui.pictures.renderers import render_sample
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource

SHOWN_NUMBERS = 2
"""Maximum number of components of z that the row of a point shows."""


class WaypointPictures(QObject):
    """Describes the waypoints, with the real sample as picture if there is one, else the decode.

    Signals
    -------
    changed
        More pictures are available.
    """

    changed = Signal()

    def __init__(self, state: AppState, films: PathFilms, themes: ThemeSource, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._paths, self._themes = state.store, state.paths, themes
        # Decodes of the waypoints, with the codes that they belong to.
        self._decodes: dict[tuple[float, ...], NDArray[np.float32]] = {}
        films.points_came.connect(self._on_points)
        themes.changed.connect(self.changed)

    def shown(self) -> Sequence[ShownWaypoint]:
        """Return a row for each waypoint of the path; empty without one."""
        drawn = self._paths.own
        if drawn is None:
            return ()
        run = self._store.runs[drawn.path.run]
        return [self._row(run, index, place) for index, place in enumerate(drawn.path.waypoints)]

    def _row(self, run: OpenRun, index: int, place: Waypoint) -> ShownWaypoint:
        letter, picture = waypoint_name(index), self._picture(run, place)
        if place.sample is None or run.plane is None:
            numbers = ", ".join(number(value, 2) for value in place.z[:SHOWN_NUMBERS])
            # The first numbers tell two points apart; all of them would not fit into a row.
            detail = numbers + (", …" if len(place.z) > SHOWN_NUMBERS else "")
            return ShownWaypoint(letter, "point", detail, None, picture)
        label = run.plane.label_of(run.plane.row_of(place.sample))
        name, names = run.description.class_name(label), run.description.class_names
        title = name or run.description.sample_title(place.sample)
        colour = QColor(*map(int, class_colours(len(names), self._themes.theme.dark)[label])) if name else None
        return ShownWaypoint(letter, title, f"{place.sample:,}" if name else "", colour, picture)

    def _picture(self, run: OpenRun, place: Waypoint) -> QImage | None:
        values = self._decodes.get(place.z)
        if place.sample is not None and run.dataset is not None and 0 <= place.sample < len(run.dataset):
            # The real picture, as the user chose the sample; a decode may look like another class.
            values = run.dataset.rows(np.array([place.sample]))[0]
        if values is None:
            return None
        theme, side = self._themes.theme, round(SIDE * self._themes.scale)
        return render_sample(values, run.description, theme, side)

    @Slot(object)
    def _on_points(self, pictures: NDArray[np.float32]) -> None:
        drawn = self._paths.own
        # Ignore an answer for another number of waypoints: its order would be wrong.
        if drawn is not None and len(drawn.path.waypoints) == len(pictures):
            # By code, so that a waypoint keeps its picture when others are moved or deleted.
            codes = [place.z for place in drawn.path.waypoints]
            self._decodes = dict(zip(codes, pictures, strict=True))
            self.changed.emit()
