"""The codes along a path, and the questions about them: the film, and the frames of an animation."""

from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from explorer.jobs.plane.scene import class_of_point, path_now
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


def moved(view: View, t: float, now: Path | None = None) -> dict[str, Any]:
    """Return the changes of the View for a new t: the path, and the probe if it follows.

    ``now`` is the path with the newest codes of its samples, None for the View's. Without a probe it begins to follow,
    so that the decode column shows the decode at t.
    """
    path = view.path
    if path is None:
        return {}
    t = min(max(t, 0.0), 1.0)
    changes: dict[str, Any] = {"path": replace(path, t=t)}
    z = code_at(path if now is None else now, t)
    if (view.probe_follows_path or view.probe is None) and z is not None:
        changes |= {"probe": Probe(path.run, z), "probe_follows_path": True}
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
    """

    film_came = Signal(object)
    frames_came = Signal(object)

    def __init__(self, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._store = state.session, state.store
        # Two live questions: a question for the film must not replace one for an animation.
        self._asked: Path | None = None
        self._film = LiveQuestion(state.asker, self._on_film, parent=self)
        self._frames = LiveQuestion(state.asker, self._on_frames, parent=self)
        state.store.weights_changed.connect(self._on_model)
        state.store.opened.connect(self._on_model)
        state.store.plane_changed.connect(self._on_plane)
        state.session.listen(self.show_view)

    @property
    def path(self) -> Path | None:
        """The session's path with the newest codes of its samples, if its run is open and has as many dimensions."""
        path = self._session.view.path
        if path is None or path.run not in self._store.runs:
            return None
        if (plane := self._store.runs[path.run].plane) is not None:
            path = path_now(path, plane)
        elif any(end is not None and end.sample is not None for end in (path.start, path.end)):
            return None  # the samples have no codes yet
        # A run trained again under the same name may have another latent dimension.
        ends = [path.start.z] if path.end is None else [path.start.z, path.end.z]
        return path if all(len(z) == self._store.runs[path.run].latent_dim for z in ends) else None

    def show_view(self, old: View, new: View) -> None:
        """Ask for what has changed."""
        if (old.path, old.condition) == (new.path, new.condition):
            return
        # t does not change the film.
        if _shape(old.path) != _shape(new.path) or old.condition != new.condition:
            self.ask_film()

    def ask_film(self) -> None:
        """Ask for the decodes at the path's steps."""
        self._asked = path = self.path
        if path is not None and path.end is not None:
            self._film.ask(self._question(path, codes_along(path, path.steps)))

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

    @Slot(str)
    def _on_plane(self, key: str) -> None:
        # Only if the samples at the ends have moved: a training reports new codes several times a second.
        path = self.path
        if path is not None and path.run == key and _shape(path) != _shape(self._asked):
            self.ask_film()

    def _on_film(self, answer: Answer) -> None:
        path = self._path_of(answer)
        # The number of steps may have changed since the question.
        if path is not None and len(answer.value.pictures) == path.steps:
            self.film_came.emit(answer.value.pictures)

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
