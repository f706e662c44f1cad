"""The session's path in every run that can show it: its curves, its measures, and what is being edited.

1. Curves that need no model are computed at once, whenever a plane or the panel asks for them.
2. A geodesic, and equal steps in the decode, depend on the decoder: the run is asked (`FollowPath`) once the path
   has been at rest for `REST_MILLISECONDS`. Until the answer, a straight line is shown.
3. The path's own run is also asked for decoded lengths and measures while the panel is shown.
4. While the probe follows the path, it stays at t when the curve changes: by an edit, by an answer, or by newer codes.
5. ``changed`` says that planes and panel have to draw the path again; the session reports all other changes.
"""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from explorer.jobs.plane.drawn_path import DrawnPath, drawn_path, methods_of, needs_model
from explorer.jobs.plane.path_edits import MIN_LOOP, without_waypoint
from explorer.jobs.plane.scene import class_of_point, path_in_run
from explorer.jobs.queries.path_questions import FollowPath
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.latent.paths.path_answer import PathAnswer, PathProgress
from explorer.session import Path, Probe, Session, View, Waypoint
from explorer.ui.state.asker import Asker
from explorer.ui.state.live_question import LiveQuestions
from explorer.ui.state.rest_timer import RestTimer

REST_MILLISECONDS = 150
"""Milliseconds without a change of the path before its model is asked: a dragged waypoint asks nothing."""
SHARE = 0.3
"""Maximum share of the time for questions about newer weights while the run trains."""


class Paths(QObject):
    """The path in each run; see the module's docstring.

    Attributes
    ----------
    is_ended
        Whether the next click in path mode begins another path instead of adding a waypoint.
    progress
        How far the computation for the path's own run is, 0 to 1; None if nothing is being computed.

    Signals
    -------
    changed
        Curves or measures changed by an answer, or by new codes of samples.
    progressed
        ``progress`` changed.
    chosen_changed
        Another waypoint is chosen, or the path is ended.
    """

    changed = Signal()
    progressed = Signal()
    chosen_changed = Signal()

    def __init__(self, session: Session, asker: Asker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._store = session, asker.store
        self.is_ended = False
        self.progress: float | None = None
        self._chosen: int | None = None
        self._is_wanted = False
        self._followed: tuple[float, ...] | None = None  # the code at which the probe was put last
        # Per run: the newest answer, with the path that it belongs to.
        self._answers: dict[str, tuple[Path, PathAnswer]] = {}
        self._drawn: dict[str, DrawnPath] = {}
        self._questions = LiveQuestions(asker, self._on_answer, self._question_of, share=SHARE, parent=self)
        self._soon = RestTimer(asker, REST_MILLISECONDS, self)
        self._soon.timeout.connect(self._ask_all)
        session.listen(self.show_view)
        for signal in (self._store.opened, self._store.closed, self._store.plane_changed):
            signal.connect(self._on_run)

    # The path and its curves

    @property
    def own(self) -> DrawnPath | None:
        """The path in its own run; None without one, or before its samples have codes."""
        path = self._session.view.path
        return None if path is None else self.drawn(path.run)

    def drawn(self, key: str) -> DrawnPath | None:
        """Return the path in a run, or None if it cannot be drawn there."""
        path = self._path_in(key)
        if path is None:
            self._drawn.pop(key, None)
            return None
        found = self._drawn.get(key)
        if found is not None and _shape(found.path) == _shape(path):
            # Only t has changed: the curves are the same objects.
            return found if found.path == path else replace(found, path=path)
        self._drawn[key] = made = drawn_path(path, self.answer(key))
        return made

    def answer(self, key: str) -> PathAnswer | None:
        """Return the measures along the path in a run; None while they are computed, or not asked for."""
        path, (asked, answer) = self._path_in(key), self._answers.get(key, (None, None))
        return answer if path is not None and asked is not None and _shape(asked) == _shape(path) else None

    def code_at(self, key: str, t: float) -> tuple[float, ...] | None:
        """Return z at t of the path in a run; None if it is not drawn there."""
        drawn = self.drawn(key)
        return None if drawn is None else drawn.code_at(t)

    def probed_code(self, key: str) -> tuple[float, ...] | None:
        """Return z at t in a run while the probe is at t of the path; None if it is elsewhere."""
        view, own = self._session.view, self.own
        if own is None or view.probe is None or view.probe.run != own.path.run or view.probe.sample is not None:
            return None
        return self.code_at(key, own.path.t) if view.probe.z == own.code_at(own.path.t) else None

    def _path_in(self, key: str) -> Path | None:
        path, run = self._session.view.path, self._store.get(key)
        return None if path is None or run is None else path_in_run(path, run, self._store.get(path.run))

    # Editing

    @property
    def chosen(self) -> int | None:
        """The index of the chosen waypoint, which *Delete* deletes; None without one."""
        path = self._session.view.path
        return (
            self._chosen
            if path is not None and self._chosen is not None and self._chosen < len(path.waypoints)
            else None
        )

    def choose(self, index: int | None) -> None:
        """Choose a waypoint, or none."""
        if index != self._chosen:
            self._chosen = index
            self.chosen_changed.emit()

    def begin(self) -> None:
        """Let further clicks add waypoints."""
        self._set_ended(ended=False)

    def end(self) -> None:
        """Let the next click begin another path."""
        self._set_ended(ended=True)

    def _set_ended(self, *, ended: bool) -> None:
        self.is_ended, self._chosen = ended, None if ended else self._chosen
        self.chosen_changed.emit()

    def close_loop(self) -> bool:
        """Close the path into a loop and end it; return False if it has too few waypoints, or is closed already."""
        path = self._session.view.path
        if path is None or path.closed or len(path.waypoints) < MIN_LOOP:
            return False
        self._session.set(path=replace(path, closed=True))
        self.end()
        return True

    def delete(self, index: int) -> None:
        """Delete a waypoint; deleting the last one removes the path."""
        path = self._session.view.path
        if path is not None and index < len(path.waypoints):
            self._chosen = None
            self._session.set(path=without_waypoint(path, index))

    def waypoint_of(self, sample: int | None) -> Waypoint | None:
        """Return a sample as a waypoint in the path's run; None if that run has no code of it."""
        path = self._session.view.path
        z = None if path is None or sample is None else self._store.code_of(path.run, sample)
        return None if z is None else Waypoint(z, sample)

    def moved(self, t: float) -> dict[str, Any]:
        """Return the changes of the View for a new t: the path, and the probe if it follows.

        Without a probe it begins to follow, so that the decode column shows the decode at t.
        """
        view, drawn = self._session.view, self.own
        if view.path is None:
            return {}
        t = min(max(t, 0.0), 1.0)
        changes: dict[str, Any] = {"path": replace(view.path, t=t)}
        z = None if drawn is None else drawn.code_at(t)
        if (view.probe_follows_path or view.probe is None) and z is not None:
            self._followed = z
            changes |= {"probe": Probe(view.path.run, z), "probe_follows_path": True}
        return changes

    def follow(self) -> None:
        """Put the probe at t again if it was there and the curve has changed; without a probe, begin to follow."""
        view, own = self._session.view, self.own
        z = None if own is None else own.code_at(own.path.t)
        if view.path is None or z is None:
            return
        if view.probe is None:
            changes = self.moved(view.path.t)
            self._session.amend(probe=changes["probe"], probe_follows_path=True)
        elif view.probe_follows_path and view.probe.z == self._followed != z and view.probe.run == view.path.run:
            self._followed = z
            self._session.amend(probe=Probe(view.path.run, z))

    # Questions and answers

    def want(self, *, wanted: bool) -> None:
        """Set whether lengths and measures of the path's own run are needed."""
        if wanted != self._is_wanted:
            self._is_wanted = wanted
            self._soon.begin()

    def cancel(self) -> None:
        """Stop computing; a straight line remains in place of the geodesic."""
        self._questions.drop()
        self._set_progress(None)

    def show_view(self, old: View, new: View) -> None:
        """Ask again after a change of the path, or of the panes that show it."""
        if old.path is None or new.path is None or old.path.run != new.path.run:
            self._chosen = None
        if (_shape(old.path), old.panes, old.condition) != (_shape(new.path), new.panes, new.condition):
            self._soon.begin()
        if new.probe is not None and _shape(old.path) != _shape(new.path):
            self.follow()

    @Slot()
    def compute(self) -> None:
        """Resume a cancelled computation."""
        self._soon.begin()

    @Slot()
    def _ask_all(self) -> None:
        view = self._session.view
        keys = {} if view.path is None else dict.fromkeys([view.path.run, *(pane.run for pane in view.panes)])
        for key in keys:
            question = self._question_of(key)
            if question is None:
                self._questions.drop(key)
            elif question != self._questions.asked(key) or self.answer(key) is None:
                self._questions.ask(question)
        if view.path is None or self._question_of(view.path.run) is None:
            self._set_progress(None)

    def _question_of(self, key: str) -> FollowPath | None:
        path, run, own = self._path_in(key), self._store.get(key), self._session.view.path
        measured = self._is_wanted and own is not None and own.run == key
        if path is None or run is None or not path.is_whole or not (measured or needs_model(path)):
            return None
        if not run.capabilities.decoder:  # lengths and geodesics are of decodes
            return None
        return _question(path, run, self._session.view.condition, measured=measured)

    def _on_answer(self, answer: Answer) -> None:
        key, question = answer.question.run, answer.question
        path, run = self._path_in(key), self._store.get(key)
        view = self._session.view
        if path is None or run is None or not isinstance(question, FollowPath):
            return
        # A run in training has newer codes by now; this answer is still the newest available.
        wanted = _question(path, run, view.condition, measured=question.measured)
        if replace(wanted, codes=None) != replace(question, codes=None):
            return
        is_own = view.path is not None and view.path.run == key
        if isinstance(answer.value, PathProgress):
            if is_own:
                self._set_progress(answer.value.share)
            return
        if not isinstance(answer.value, PathAnswer):
            return
        self._answers[key] = (path, answer.value)
        self._drawn.pop(key, None)
        if is_own and answer.final:
            self._set_progress(None)
        if is_own and view.probe is not None:
            self.follow()
        self.changed.emit()

    def _set_progress(self, progress: float | None) -> None:
        if progress != self.progress:
            self.progress = progress
            self.progressed.emit()

    @Slot(str)
    def _on_run(self, key: str) -> None:
        view = self._session.view
        if key not in self._store.runs:
            self._answers.pop(key, None)
            self._drawn.pop(key, None)
        if view.path is None:
            return
        before, now = self._drawn.get(key), self._path_in(key)
        # A training reports new codes several times a second; only those of the waypoints matter.
        if (None if before is None else _shape(before.path)) != _shape(now):
            self._soon.begin()
            if view.probe is not None and key == view.path.run:
                self.follow()
            self.changed.emit()


def _question(path: Path, run: OpenRun, condition: int | None, *, measured: bool) -> FollowPath:
    waypoints = tuple(place.z for place in path.waypoints)
    return FollowPath(
        path.run, waypoints, methods_of(path), closed=path.closed, steps=path.steps, spacing=path.spacing,
        metric=path.metric, condition=class_of_point(run, condition), codes=run.plane, measured=measured,
    )  # fmt: skip


def _shape(path: Path | None) -> Path | None:
    """Return the fields of a path that its curves depend on: all but t."""
    return None if path is None else replace(path, t=0.0)
