"""Questions of the path panel: its film, the decode at t, and the frames of an animation."""

from PySide6.QtCore import QObject, Signal, Slot

from explorer.jobs.plane.classes import class_of_place
from explorer.jobs.queries.decode_questions import DecodePlaces, Decodes
from explorer.jobs.workers.inference import Answer
from explorer.session import Path, View
from explorer.ui.path.travel import place_at, places
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion


class PathDecodes(QObject):
    """Ask again when the path or its model changes.

    All decodes are means of p(x|z): samples of it would differ from frame to frame by their noise.

    Signals
    -------
    film_came, frames_came : ndarray
        Decodes at the path's steps, or at the frames of `ask_frames`; ``(steps, *shape)``, in the units of the
        samples.
    place_came : ndarray
        The decode at t, ``(*shape)``.
    """

    film_came = Signal(object)
    place_came = Signal(object)
    frames_came = Signal(object)

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._store = state.session, state.store
        # Three handles: a question for the film must not replace one for the decode at t.
        self._film = LiveQuestion(state.asker, self._on_film, parent=self)
        self._place = LiveQuestion(state.asker, self._on_place, parent=self)
        self._frames = LiveQuestion(state.asker, self._on_frames, parent=self)
        state.store.weights_changed.connect(self._on_model)
        state.store.opened.connect(self._on_model)
        state.session.listen(self.show_view)

    @property
    def path(self) -> Path | None:
        """The session's path, if its run is open and has the same number of latent dimensions."""
        way = self._session.view.path
        if way is None or way.run not in self._store.runs:
            return None
        # A run trained again under the same name may have another latent dimension.
        ends = [way.start.z] if way.end is None else [way.start.z, way.end.z]
        return way if all(len(z) == self._store.runs[way.run].latent_dim for z in ends) else None

    def show_view(self, old: View, new: View) -> None:
        """Ask for what has changed."""
        if (old.path, old.condition) == (new.path, new.condition):
            return
        # t does not change the film: playing asks only for one decode per frame.
        if _shape(old.path) != _shape(new.path) or old.condition != new.condition:
            self.ask_film()
        self.ask_place()

    def ask_film(self) -> None:
        """Ask for the decodes at the path's steps."""
        if (way := self.path) is not None and way.end is not None:
            self._film.ask(self._question(way, places(way, way.steps)))

    def ask_place(self) -> None:
        """Ask for the decode at t."""
        # False: in a drag each answer is shown although the next question has been asked.
        if (way := self.path) is not None and (z := place_at(way, way.t)) is not None:
            self._place.ask(self._question(way, (z,)), supersedes=False)

    def ask_frames(self, count: int) -> None:
        """Ask for ``count`` decodes at even steps along the path."""
        if (way := self.path) is not None and way.end is not None:
            self._frames.ask(self._question(way, places(way, count)))

    def _question(self, way: Path, z: tuple[tuple[float, ...], ...]) -> DecodePlaces:
        condition = class_of_place(self._store.runs[way.run], self._session.view.condition)
        return DecodePlaces(way.run, z, condition=condition)

    @Slot(str)
    def _on_model(self, key: str) -> None:
        if (way := self.path) is not None and way.run == key:
            self.ask_film()
            self.ask_place()

    def _on_film(self, answer: Answer) -> None:
        way = self._way_of(answer)
        # The number of steps may have changed since the question.
        if way is not None and len(answer.value.pictures) == way.steps:
            self.film_came.emit(answer.value.pictures)

    def _on_place(self, answer: Answer) -> None:
        if self._way_of(answer) is not None:
            self.place_came.emit(answer.value.pictures[0])

    def _on_frames(self, answer: Answer) -> None:
        if self._way_of(answer) is not None:
            self.frames_came.emit(answer.value.pictures)

    def _way_of(self, answer: Answer) -> Path | None:
        """Return the path that an answer belongs to; None if there is another path by now."""
        way = self.path
        if way is None or way.end is None or way.run != answer.question.run or not isinstance(answer.value, Decodes):
            return None
        return way


def _shape(way: Path | None) -> object:
    """Return the parts of a path that its film depends on: all but t."""
    return None if way is None else (way.run, way.start.z, way.end, way.steps, way.method)
