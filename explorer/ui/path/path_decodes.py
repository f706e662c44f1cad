"""Asks what a path decodes to: its film, the place at t, and the frames of an animation."""

from PySide6.QtCore import QObject, Signal, Slot

from explorer.jobs.plane.classes import class_of_place
from explorer.jobs.queries.decode_questions import DecodePlaces, Decodes
from explorer.jobs.workers.inference import Answer
from explorer.session import Path, View
from explorer.ui.path.travel import place_at, places
from explorer.ui.state.workbench import Workbench

FILM, AT_T, FRAMES = "path-film", "path-t", "path-frames"


class PathDecodes(QObject):
    """Listens to the session and the workbench, asks anew when the path or its model changes.

    Means of p(x|z) throughout: a drawn sample of it would differ from frame to frame by its noise.

    Signals
    -------
    film_came, frames_came : ndarray
        The decodes at the path's steps, or at the frames that `ask_frames` wanted; (steps, *shape), in own units.
    place_came : ndarray
        The decode at t, (*shape).
    """

    film_came = Signal(object)
    place_came = Signal(object)
    frames_came = Signal(object)

    def __init__(self, bench: Workbench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        bench.answered.connect(self._on_answer)
        bench.model_changed.connect(self._on_model)
        bench.run_opened.connect(self._on_model)
        bench.session.listen(self.show_view)

    @property
    def path(self) -> Path | None:
        """The session's path, where its run is open and has as many dimensions."""
        way = self._bench.session.view.path
        if way is None or way.run not in self._bench.runs:
            return None
        ends = [way.start.z] if way.end is None else [way.start.z, way.end.z]
        return way if all(len(z) == self._bench.runs[way.run].latent_dim for z in ends) else None

    def show_view(self, old: View, new: View) -> None:
        """Ask for what differs."""
        if (old.path, old.condition) == (new.path, new.condition):
            return
        if _shape(old.path) != _shape(new.path) or old.condition != new.condition:
            self.ask_film()
        self.ask_place()

    def ask_film(self) -> None:
        """Ask for the decodes at the path's steps."""
        if (way := self.path) is not None and way.end is not None:
            self._ask(way, FILM, places(way, way.steps))

    def ask_place(self) -> None:
        """Ask for the decode at t."""
        if (way := self.path) is not None and (z := place_at(way, way.t)) is not None:
            self._ask(way, AT_T, (z,))

    def ask_frames(self, count: int) -> None:
        """Ask for ``count`` decodes evenly along the path."""
        if (way := self.path) is not None and way.end is not None:
            self._ask(way, FRAMES, places(way, count))

    def _ask(self, way: Path, purpose: str, z: tuple[tuple[float, ...], ...]) -> None:
        condition = class_of_place(self._bench.runs[way.run], self._bench.session.view.condition)
        self._bench.ask(DecodePlaces(way.run, purpose, z, condition=condition))

    @Slot(str)
    def _on_model(self, key: str) -> None:
        if (way := self.path) is not None and way.run == key:
            self.ask_film()
            self.ask_place()

    @Slot(object)
    def _on_answer(self, answer: Answer) -> None:
        question, way = answer.question, self.path
        if not isinstance(question, DecodePlaces) or not isinstance(answer.value, Decodes):
            return
        if way is None or way.end is None or question.run != way.run:
            return
        pictures = answer.value.pictures
        if question.purpose == FILM and len(pictures) == way.steps:
            self.film_came.emit(pictures)
        elif question.purpose == AT_T:
            self.place_came.emit(pictures[0])
        elif question.purpose == FRAMES:
            self.frames_came.emit(pictures)


def _shape(way: Path | None) -> object:
    """Return what of a path its film depends on: all but t."""
    return None if way is None else (way.run, way.start.z, way.end, way.steps, way.method)
