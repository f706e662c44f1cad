"""The decodes of the film strips and of the waypoints."""

from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from explorer.jobs.plane.drawn_path import DrawnPath
from explorer.jobs.plane.scene import class_of_point
from explorer.jobs.queries.decode_questions import DecodePoints, Decodes
from explorer.jobs.questions import Question
from explorer.jobs.workers.inference import Answer
from explorer.session import Path
from explorer.ui.path.over_t.film_strip import Film
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion

ROWS = 2
"""Maximum number of rows of a path."""


class PathFilms(QObject):
    """Asks for decodes along the path, and again when the weights change.

    All decodes are means of p(x|z): samples of it would differ from frame to frame by their noise.

    Signals
    -------
    film_came : int, Film
        The decodes of a row at the positions of `ask`.
    points_came : ndarray
        Decodes of the waypoints, ``(waypoints, *shape)``.
    """

    film_came = Signal(int, object)
    points_came = Signal(object)

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._store, self._paths = state.session, state.store, state.paths
        # One question object for each, so that none replaces another.
        self._films = [
            LiveQuestion(state.asker, partial(self._on_film, row), partial(self._film_question, row), parent=self)
            for row in range(ROWS)
        ]
        self._positions: list[NDArray[np.float64]] = [np.empty(0)] * ROWS
        self._points = LiveQuestion(state.asker, self._on_points, self._points_question, parent=self)

    def ask(self, row: int, positions: NDArray[np.float64]) -> None:
        """Ask for the decodes of a row at these t, unless the same question has been asked."""
        self._positions[row] = positions
        question = self._film_question(row)
        if question is None:
            self._films[row].drop()
        elif question != self._films[row].asked:
            # While a waypoint is dragged, the answer to the previous question is still shown.
            self._films[row].ask(question, supersedes=False)

    def ask_points(self) -> None:
        """Ask for the decodes of the waypoints."""
        question = self._points_question()
        if question is not None and question != self._points.asked:
            self._points.ask(question, supersedes=False)

    def _film_question(self, row: int) -> Question | None:
        return self._question(self._paths.own, row, self._positions[row])

    def _points_question(self) -> Question | None:
        drawn = self._paths.own
        return None if drawn is None else self._decodes(drawn.path, tuple(place.z for place in drawn.path.waypoints))

    def _question(self, drawn: DrawnPath | None, row: int, positions: NDArray[np.float64]) -> Question | None:
        codes = () if drawn is None else drawn.codes_at(positions, row)
        return None if drawn is None or not codes else self._decodes(drawn.path, codes)

    def _decodes(self, path: Path, codes: tuple[tuple[float, ...], ...]) -> Question | None:
        run = self._store.get(path.run)
        # A conditional model decodes a code as a class; use the class of the decode column.
        condition = None if run is None else class_of_point(run, self._session.view.condition)
        return None if run is None else DecodePoints(path.run, codes, condition=condition)

    def _film_of(self, answer: Answer, positions: NDArray[np.float64]) -> Film | None:
        """Return an answer as a film; None if the path is gone, or has another number of frames by now."""
        path, run = self._session.view.path, self._store.get(answer.question.run)
        if path is None or run is None or path.run != run.key or not isinstance(answer.value, Decodes):
            return None
        # The window may have been resized since the question.
        if len(answer.value.pictures) != len(positions):
            return None
        return Film(answer.value.pictures, positions, run.description)

    def _on_film(self, row: int, answer: Answer) -> None:
        if (film := self._film_of(answer, self._positions[row])) is not None:
            self.film_came.emit(row, film)

    @Slot(object)
    def _on_points(self, answer: Answer) -> None:
        path = self._session.view.path
        if path is not None and isinstance(answer.value, Decodes) and len(answer.value.pictures) == len(path.waypoints):
            self.points_came.emit(answer.value.pictures)
