"""The codes along a path, and the questions about them: the film, the decode at t, and the frames of an animation."""

from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from explorer.jobs.plane.scene import class_of_point
from explorer.jobs.queries.decode_questions import DecodePoints, Decodes
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.jobs.workers.inference import Answer
from explorer.latent.plane.interpolation import METHODS
from explorer.latent.plane.interpolation import path as codes_on_path
from explorer.session import Path, PathEnd, Probe, View
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion


def random_pair(plane: PlaneCodes, random: np.random.Generator) -> tuple[PathEnd, PathEnd]:
    """Draw two samples of a plane with at least two: of different classes if possible."""
    first = int(random.integers(len(plane.index)))
    others = np.arange(len(plane.index)) != first  # (n,) bool
    if plane.labels is not None and (plane.labels != plane.labels[first]).any():
        others = plane.labels != plane.labels[first]
    second = int(random.choice(np.flatnonzero(others)))
    return _end(plane, first), _end(plane, second)


def _end(plane: PlaneCodes, row: int) -> PathEnd:
    return PathEnd(tuple(map(float, plane.mean[row])), plane.sample_of(row))


def code_at(path: Path, t: float) -> tuple[float, ...] | None:
    """Return z at t, ``(latent_dim,)`` floats; None while the path has only one end."""
    if path.end is None:
        return None
    return tuple(METHODS[path.method](path.start.z, path.end.z, t).tolist())


def codes_along(path: Path, steps: int) -> tuple[tuple[float, ...], ...]:
    """Return ``steps`` codes at even steps of t, both ends included; () while the path has only one end."""
    if path.end is None:
        return ()
    return tuple(map(tuple, codes_on_path(path.start.z, path.end.z, steps, path.method).tolist()))


def moved(view: View, t: float) -> dict[str, Any]:
    """Return the changes of the View for a new t: the path, and the probe if it follows."""
    path = view.path
    if path is None:
        return {}
    t = min(max(t, 0.0), 1.0)
    changes: dict[str, Any] = {"path": replace(path, t=t)}
    z = code_at(path, t)
    if view.probe_follows_path and z is not None:
        changes["probe"] = Probe(path.run, z)
    return changes


def swapped(path: Path) -> Path:
    """Return the path with its ends swapped; t stays at the same point of latent space."""
    return path if path.end is None else replace(path, start=path.end, end=path.start, t=1.0 - path.t)


def with_start(path: Path | None, run: str, start: PathEnd) -> Path:
    """Return a path with another A; in another run it is a new path."""
    # B is a code of the old run, and means nothing in another one.
    return Path(run, start) if path is None or path.run != run else replace(path, start=start)


class PathDecodes(QObject):
    """Asks for the decodes of the session's path, and again when the path or its model changes.

    All decodes are means of p(x|z): samples of it would differ from frame to frame by their noise.

    Signals
    -------
    film_came, frames_came : ndarray
        Decodes at the path's steps, or at the frames of `ask_frames`; ``(steps, *shape)``, in the units of the
        samples.
    decode_came : ndarray
        The decode at t, ``(*shape)``.
    """

    film_came = Signal(object)
    decode_came = Signal(object)
    frames_came = Signal(object)

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._store = state.session, state.store
        # Three live questions: a question for the film must not replace one for the decode at t.
        self._film = LiveQuestion(state.asker, self._on_film, parent=self)
        self._decode = LiveQuestion(state.asker, self._on_decode, parent=self)
        self._frames = LiveQuestion(state.asker, self._on_frames, parent=self)
        state.store.weights_changed.connect(self._on_model)
        state.store.opened.connect(self._on_model)
        state.session.listen(self.show_view)

    @property
    def path(self) -> Path | None:
        """The session's path, if its run is open and has the same number of latent dimensions."""
        path = self._session.view.path
        if path is None or path.run not in self._store.runs:
            return None
        # A run trained again under the same name may have another latent dimension.
        ends = [path.start.z] if path.end is None else [path.start.z, path.end.z]
        return path if all(len(z) == self._store.runs[path.run].latent_dim for z in ends) else None

    def show_view(self, old: View, new: View) -> None:
        """Ask for what has changed."""
        if (old.path, old.condition) == (new.path, new.condition):
            return
        # t does not change the film: playing asks only for one decode per frame.
        if _shape(old.path) != _shape(new.path) or old.condition != new.condition:
            self.ask_film()
        self.ask_decode()

    def ask_film(self) -> None:
        """Ask for the decodes at the path's steps."""
        if (path := self.path) is not None and path.end is not None:
            self._film.ask(self._question(path, codes_along(path, path.steps)))

    def ask_decode(self) -> None:
        """Ask for the decode at t."""
        # False: in a drag each answer is shown although the next question has been asked.
        if (path := self.path) is not None and (z := code_at(path, path.t)) is not None:
            self._decode.ask(self._question(path, (z,)), supersedes=False)

    def ask_frames(self, count: int) -> None:
        """Ask for ``count`` decodes at even steps along the path."""
        if (path := self.path) is not None and path.end is not None:
            self._frames.ask(self._question(path, codes_along(path, count)))

    def _question(self, path: Path, z: tuple[tuple[float, ...], ...]) -> DecodePoints:
        condition = class_of_point(self._store.runs[path.run], self._session.view.condition)
        return DecodePoints(path.run, z, condition=condition)

    @Slot(str)
    def _on_model(self, key: str) -> None:
        if (path := self.path) is not None and path.run == key:
            self.ask_film()
            self.ask_decode()

    def _on_film(self, answer: Answer) -> None:
        path = self._path_of(answer)
        # The number of steps may have changed since the question.
        if path is not None and len(answer.value.pictures) == path.steps:
            self.film_came.emit(answer.value.pictures)

    def _on_decode(self, answer: Answer) -> None:
        if self._path_of(answer) is not None:
            self.decode_came.emit(answer.value.pictures[0])

    def _on_frames(self, answer: Answer) -> None:
        if self._path_of(answer) is not None:
            self.frames_came.emit(answer.value.pictures)

    def _path_of(self, answer: Answer) -> Path | None:
        """Return the path that an answer belongs to; None if there is another path by now."""
        path = self.path
        if path is None or path.end is None or path.run != answer.question.run or not isinstance(answer.value, Decodes):
            return None
        return path


def _shape(path: Path | None) -> object:
    """Return the parts of a path that its film depends on: all but t."""
    return None if path is None else (path.run, path.start.z, path.end, path.steps, path.method)
