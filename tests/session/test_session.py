"""The session: undo and redo, drags, settings that undo does not touch, listeners, JSON."""

import json
import sys
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from explorer.config import ConfigError
from explorer.session import UNDO_STEPS, Pane, Path, Probe, Session, View, Waypoint, view_from_json
from explorer.session.step_words import WORDS

RUNS = ("runs/ae", "runs/vae", "runs/other")
NUMBERS = st.floats(-5, 5, width=32)
PLACES = st.tuples(NUMBERS, NUMBERS)
INDICES = st.integers(0, 9)
PROBES = st.builds(Probe, st.sampled_from(RUNS), PLACES, st.none() | INDICES)
METHODS = st.sampled_from(["straight", "spherical", "spline", "geodesic"])
PATHS = st.builds(
    Path,
    st.sampled_from(RUNS),
    st.lists(st.builds(Waypoint, PLACES, st.none() | INDICES), min_size=1, max_size=4).map(tuple),
    closed=st.booleans(),
    t=st.floats(0, 1),
    steps=st.integers(1, 20),
    method=METHODS,
    second=st.none() | METHODS,
    spacing=st.sampled_from(["latent", "decoded"]),
    metric=st.sampled_from(["decoder", "density"]),
)
UNDONE: dict[str, st.SearchStrategy[Any]] = {
    "probe": st.none() | PROBES,
    "path": st.none() | PATHS,
    "selection": st.lists(INDICES, unique=True, max_size=3).map(lambda found: tuple(sorted(found))),
    "hidden_classes": st.frozensets(INDICES, max_size=2),
    "decode_as": st.sampled_from(["mean", "sample"]),
}
ADJUSTED: dict[str, st.SearchStrategy[Any]] = {
    "mode": st.sampled_from(["probe", "pan", "select", "path"]),
    "point_size": st.sampled_from([0.5, 1.0, 2.0]),
    "curves_log": st.booleans(),
    "panes": st.lists(st.sampled_from(RUNS), unique=True, min_size=1).map(lambda runs: tuple(map(Pane, runs))),
}


def changes_of(parts: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(sorted(parts)).flatmap(lambda name: st.fixed_dictionaries({name: parts[name]}))


def undone_part(view: View) -> View:
    """Return a View with the parts that undo does not touch set to their defaults."""
    return replace(view, **{name: getattr(View(), name) for name in ADJUSTED}, active=0)


class MouseInput(RuleBasedStateMachine):
    """Checks a session against a model of it: plain lists of the parts that undo touches."""

    @initialize(view=st.builds(View, panes=ADJUSTED["panes"]))
    def begin(self, view: View) -> None:
        self.session = Session(view)
        self.received: list[tuple[View, View]] = []
        self.session.listen(lambda old, new: self.received.append((old, new)))
        self.first = view
        self.older: list[View] = []
        self.newer: list[View] = []
        self.dragging_from: View | None = None

    @property
    def now(self) -> View:
        return undone_part(self.session.view)

    def _end_drag(self) -> None:
        before, self.dragging_from = self.dragging_from, None
        if before is not None and before != self.now:
            self.older, self.newer = [*self.older, before], []

    @rule(changes=changes_of(UNDONE))
    def update(self, changes: dict[str, Any]) -> None:
        self._end_drag()
        before = self.now
        self.session.set(**changes)
        assert all(getattr(self.session.view, name) == value for name, value in changes.items())
        if self.now != before:
            self.older, self.newer = [*self.older, before], []

    @rule(changes=changes_of(UNDONE))
    def preview(self, changes: dict[str, Any]) -> None:
        self.dragging_from = self.dragging_from or self.now
        could = self.session.can_undo, self.session.can_redo
        self.session.preview(**changes)
        assert (self.session.can_undo, self.session.can_redo) == could, "a move of a drag is no step"

    @rule()
    def commit(self) -> None:
        self._end_drag()
        self.session.commit()

    @rule()
    def cancel(self) -> None:
        before, self.dragging_from = self.dragging_from, None
        expected = self.now if before is None else before
        self.session.cancel()
        assert self.now == expected

    @rule(changes=changes_of(ADJUSTED))
    def adjust(self, changes: dict[str, Any]) -> None:
        could, before = (self.session.can_undo, self.session.can_redo), self.now
        self.session.set_silent(**changes)
        assert (self.session.can_undo, self.session.can_redo) == could
        assert self.now == before
        assert all(getattr(self.session.view, name) == value for name, value in changes.items())

    @rule()
    def undo(self) -> None:
        self._end_drag()
        before = self.now
        self.session.undo()
        if self.older:
            self.newer = [*self.newer, before]
            assert self.now == self.older.pop()

    @rule()
    def redo(self) -> None:
        self._end_drag()
        before = self.now
        self.session.redo()
        if self.newer:
            self.older = [*self.older, before]
            assert self.now == self.newer.pop()

    @precondition(lambda self: self.older and self.dragging_from is None)
    @rule()
    def undo_and_redo_is_nothing(self) -> None:
        before = self.session.view
        self.session.undo()
        assert self.now != undone_part(before), "every undo can be seen"
        self.session.redo()
        assert self.session.view == before

    @invariant()
    def steps_are_counted(self) -> None:
        assert self.session.can_undo == bool(self.older)
        assert self.session.can_redo == bool(self.newer)

    @invariant()
    def listeners_heard_a_chain(self) -> None:
        seen = self.first
        for old, new in self.received:
            assert old == seen
            seen = new
        assert seen == self.session.view

    @invariant()
    def json_holds_all(self) -> None:
        text = json.dumps(self.session.to_json(), allow_nan=False)
        assert Session.from_json(json.loads(text)).view == self.session.view


TestHand = MouseInput.TestCase
TestHand.settings = settings(max_examples=200, stateful_step_count=30)


def probe_at(x: float, run: str = "runs/ae") -> Probe:
    return Probe(run, (x, 0.0))


def test_a_drag_is_one_step() -> None:
    session = Session()
    session.set(probe=probe_at(0))
    for x in range(50):
        session.preview(probe=probe_at(x))
    session.commit()
    session.undo()
    assert session.view.probe == probe_at(0)
    session.undo()
    assert session.view.probe is None
    assert not session.can_undo


def test_what_is_adjusted_survives_undo() -> None:
    session = Session(View(panes=(Pane("runs/ae"),)))
    session.set(probe=probe_at(1))
    session.set_silent(mode="select", panes=(Pane("runs/ae"), Pane("runs/vae")), active=1)
    session.undo()
    assert session.view == View(panes=(Pane("runs/ae"), Pane("runs/vae")), active=1, mode="select")


def test_old_steps_are_dropped() -> None:
    session = Session()
    for x in range(UNDO_STEPS + 10):
        session.set(probe=probe_at(x))
    for _ in range(UNDO_STEPS):
        session.undo()
    assert session.view.probe == probe_at(9)
    assert not session.can_undo


def test_listeners_hear_changes_in_order_though_one_of_them_makes_more() -> None:
    session = Session()
    received: dict[str, list[View]] = {"first": [session.view], "last": [session.view]}

    def hear(name: str, old: View, new: View) -> None:
        assert received[name][-1] == old
        received[name].append(new)

    def follow(old: View, new: View) -> None:
        if new.probe is not None and new.probe.sample is not None:
            session.set_silent(selection=(new.probe.sample,))

    session.listen(lambda old, new: hear("first", old, new))
    session.listen(follow)
    session.listen(lambda old, new: hear("last", old, new))
    session.set(probe=Probe("runs/ae", (0.0, 0.0), 4))
    assert received["first"] == received["last"]
    assert session.view.selection == (4,)
    assert received["last"][-1] == session.view


def test_a_listener_that_fails_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session()
    received: list[str] = []
    raised: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, traceback: raised.append(error))

    def fail(old: View, new: View) -> None:
        if new.mode == "pan":
            raise RuntimeError("cannot draw this")

    session.listen(fail)
    session.listen(lambda old, new: received.append(new.mode))
    session.set_silent(mode="pan")
    session.set_silent(mode="select")
    assert received == ["pan", "select"]
    assert [str(error) for error in raised] == ["cannot draw this"]


def test_a_removed_listener_is_not_called() -> None:
    session, received = Session(), []
    ends = []
    session.listen(lambda old, new: ends.pop()() if ends else None)
    ends.append(session.listen(lambda old, new: received.append(new)))
    session.set(selection=(1,))
    assert received == []


@pytest.fixture
def with_history() -> Session:
    session = Session(View(panes=(Pane("runs/ae"), Pane("runs/vae")), active=1))
    session.set(probe=probe_at(1, "runs/vae"))
    session.set(path=Path("runs/vae", (Waypoint((0.0, 0.0)), Waypoint((1.0, 0.0)))))
    session.set(probe=probe_at(2, "runs/ae"))
    session.undo()
    return session


def everywhere(session: Session) -> list[View]:
    views = [session.view]
    while session.can_redo:
        session.redo()
        views.append(session.view)
    while session.can_undo:
        session.undo()
        views.append(session.view)
    return views


def runs_in(view: View) -> set[str]:
    return {part.run for part in (*view.panes, view.probe, view.path) if part is not None}


def test_a_renamed_run_is_followed_everywhere(with_history: Session) -> None:
    with_history.rename_run("runs/vae", "runs/best")
    views = everywhere(with_history)
    assert len(views) > 4
    assert set.union(*map(runs_in, views)) == {"runs/ae", "runs/best"}
    assert all(view.panes == (Pane("runs/ae"), Pane("runs/best")) and view.active == 1 for view in views)


def test_a_run_that_is_gone_is_forgotten_everywhere(with_history: Session) -> None:
    with_history.rename_run("runs/vae", None)
    views = everywhere(with_history)
    assert set.union(*map(runs_in, views)) == {"runs/ae"}
    assert all(view.panes == (Pane("runs/ae"),) and view.active == 0 for view in views)
    assert {view.probe for view in views} == {None, probe_at(2, "runs/ae")}, "steps of the other run are left"


def test_undo_steps_without_a_change_are_dropped() -> None:
    session = Session(View(panes=(Pane("runs/ae"),)))
    session.set(selection=(1,))
    for x in range(5):
        session.set(probe=probe_at(x, "runs/vae"))
    session.rename_run("runs/vae", None)
    session.undo()
    assert session.view.selection == ()
    assert not session.can_undo


def test_a_new_session_has_nothing_to_undo(with_history: Session) -> None:
    with_history.preview(probe=None)
    with_history.reset(View(mode="pan"))
    assert (with_history.can_undo, with_history.can_redo) == (False, False)
    with_history.commit()
    assert with_history.view == View(mode="pan")
    assert not with_history.can_undo


def broken(**parts: Any) -> dict[str, Any]:
    value = Session(View(panes=(Pane("runs/ae"),), probe=probe_at(1))).to_json()
    return {**value, "view": {**value["view"], **parts}}


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (None, "this is not a session of format 2, or 1"),
        ([], "this is not a session of format 2, or 1"),
        ({}, "this is not a session of format 2, or 1"),
        ({"format": 3, "view": {}}, "this is not a session of format 2, or 1"),
        ({"format": 1}, "this session is inconsistent: view: "),
        ({"format": 2}, "this session is inconsistent: view: "),
        ({"format": 1, "view": {"path": {"run": "a"}}}, "view.path.waypoints: .*at least 1"),
        ({"format": 1, "view": {"path": {"run": "a", "start": 3}}}, "view.path.waypoints.0: "),
        ({"format": 1, "view": [1]}, "this session is inconsistent: view: "),
        (broken(panes="runs/ae"), "view.panes: "),
        (broken(panes=[{"axes": [0, 1]}]), r"view.panes.0.run: it is missing"),
        (broken(panes=[{"run": "a", "axes": [-1, 1]}]), r"view.panes.0.axes.0: must be at least 0"),
        (broken(active=3), "pane 3 of 1 is active"),
        (broken(mode="fly"), "view.mode: choose from probe, pan, select, path"),
        (broken(probe={"run": "a", "z": ["x"]}), "view.probe.z.0: .*number"),
        (broken(probe={"run": "a", "z": [float("nan")]}), "view.probe.z.0: .*finite"),
        (broken(probe={"run": "a", "z": []}), "view.probe.z: .*at least 1"),
        (broken(path={"run": "a", "waypoints": [{"z": [0]}], "t": 2}), "view.path.t: must be at most 1"),
        (broken(path={"run": "a", "waypoints": [{"z": [0]}], "steps": 10**9}), "view.path.steps: must be at most"),
        (broken(path={"run": "a", "waypoints": []}), "view.path.waypoints: .*at least 1"),
        (broken(path={"run": "a", "waypoints": [{"z": [0]}] * 101}), "view.path.waypoints: .*at most 100"),
        (broken(path={"run": "a", "waypoints": [{"z": [0]}], "method": "lerp"}), "path.method: choose from straight"),
        (broken(blend={"run": "a", "pins": [{"z": [0]}], "weights": [0.5]}), "do not add up to 1"),
        (broken(groups=[{"name": "g", "data": "d", "samples": []}] * 2), "two groups have the same name"),
        (broken(point_size=0), "view.point_size: must be above 0"),
        (broken(selection=[-1]), "view.selection.0: "),
        (broken(selection=[10**30]), "view.selection.0: "),
        (broken(panes=[{"run": "a", "axes": [1, 1]}]), "a pane has z2 on both axes"),
        (
            broken(path={"run": "a", "waypoints": [{"z": [0, 0]}, {"z": [0, 0, 0]}]}),
            "its path has codes of different dimensions",
        ),
    ],
)
def test_what_is_no_session_is_refused_in_a_sentence(value: Any, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence) as refused:
        view_from_json(value)
    assert "\n" not in str(refused.value)


def test_parts_that_a_file_lacks_are_the_defaults() -> None:
    assert view_from_json({"format": 1, "view": {}}) == View()


def test_every_field_has_words_for_its_step() -> None:
    assert set(WORDS) == {field.name for field in fields(View)}


A, B, C = Waypoint((0.0, 0.0)), Waypoint((1.0, 1.0)), Waypoint((2.0, 0.0), 7)


@pytest.mark.parametrize(
    ("old", "path"),
    [
        (None, None),
        ({"start": {"z": [0, 0]}}, Path("a", (A,))),
        ({"start": {"z": [0, 0]}, "end": None, "steps": 9}, Path("a", (A,))),
        ({"start": {"z": [0, 0]}, "end": {"z": [2, 0], "sample": 7}, "t": 0.25}, Path("a", (A, C), t=0.25)),
        (
            {"start": {"z": [0, 0]}, "end": {"z": [1, 1]}, "method": "slerp", "steps": 9},
            Path("a", (A, B), method="spherical"),
        ),
    ],
)
def test_a_path_of_format_1_has_its_ends_as_waypoints(old: Any, path: Path | None) -> None:
    content = {"panes": [{"run": "a"}], "path": old if old is None else {"run": "a", **old}}
    view = view_from_json({"format": 1, "view": content})
    assert view.path == path and view.panes == (Pane("a"),)
    assert Session.from_json(Session(view).to_json()).view == view


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        ({}, {"probe": Probe("ae", (1.0, 2.0))}, "move the probe"),
        ({}, {"probe": Probe("ae", (1.0, 2.0), sample=9805)}, "follow sample 9805"),
        ({"probe": Probe("ae", (1.0,))}, {"probe": None}, "clear the probe"),
        ({}, {"selection": (1,), "probe": Probe("ae", (1.0, 2.0), sample=1)}, "change the selection"),
        ({"selection": (1,)}, {"selection": ()}, "clear the selection"),
        ({}, {"path": Path("ae", (A,))}, "begin a path"),
        ({"path": Path("vae", (A,))}, {"path": Path("ae", (A,))}, "begin a path"),
        ({"path": Path("ae", (A,))}, {"path": Path("ae", (A, B))}, "add a waypoint"),
        ({"path": Path("ae", (A, B))}, {"path": Path("ae", (A,))}, "delete a waypoint"),
        ({"path": Path("ae", (A, B))}, {"path": Path("ae", (A, C))}, "move a waypoint"),
        ({"path": Path("ae", (A, B))}, {"path": Path("ae", (B, A), t=0.7)}, "reorder the waypoints"),
        ({"path": Path("ae", (A, B))}, {"path": Path("ae", (A, B), t=0.7), "probe": None}, "move along the path"),
        ({"path": Path("ae", (A, B))}, {"path": Path("ae", (A, B), closed=True)}, "close the path"),
        ({"path": Path("ae", (A, B), closed=True)}, {"path": Path("ae", (A, B))}, "open the path"),
        ({"path": Path("ae", (A, B))}, {"path": Path("ae", (A, B), method="spline")}, "choose the method of the path"),
        ({"path": Path("ae", (A, B))}, {"path": Path("ae", (A, B), second="geodesic")}, "choose the second path"),
        ({"path": Path("ae", (A, B))}, {"path": Path("ae", (A, B), steps=7)}, "set the steps of the path"),
        ({"path": Path("ae", (A, B))}, {"path": None}, "clear the path"),
        ({}, {"overlays": frozenset({"prior_rings"})}, "hide an overlay"),
        ({}, {"panes": (Pane("ae"),)}, "open a pane"),
        ({"panes": (Pane("ae"),)}, {"panes": (Pane("ae", axes=(0, 2)),)}, "choose the axes of a plane"),
    ],
)
def test_undo_and_redo_say_what_they_do(before: dict[str, Any], after: dict[str, Any], name: str) -> None:
    session = Session(View(**before))
    assert (session.undo_name, session.redo_name) == ("", "")
    session.set(**after)
    assert (session.undo_name, session.redo_name) == (name, "")
    session.undo()
    assert (session.undo_name, session.redo_name) == ("", name)
    session.redo()
    assert (session.undo_name, session.redo_name) == (name, "")


def test_a_drag_is_named_before_it_ends() -> None:
    session = Session()
    session.set(selection=(1,))
    session.preview(probe=Probe("ae", (1.0, 2.0)))
    assert session.undo_name == "move the probe", "undo ends the drag, and undoes it"


def test_a_step_older_than_ten_minutes_says_when_it_was_made() -> None:
    now = datetime(2026, 11, 29, 14, 32)
    session = Session(clock=lambda: now)
    session.set(selection=(1, 2))
    now += timedelta(minutes=10)
    assert session.undo_name == "change the selection"
    now += timedelta(seconds=1)
    assert session.undo_name == "change the selection, from 14:32"
    session.undo()
    assert session.redo_name == "change the selection, from 14:32"


def test_a_step_can_have_a_name_of_its_own_which_undo_and_redo_keep() -> None:
    session = Session(View(panes=(Pane("ae"), Pane("vae"))))
    session.set_step("close vae", panes=(Pane("ae"),), active=0)
    assert session.undo_name == "close vae"
    session.undo()
    assert session.redo_name == "close vae" and len(session.view.panes) == 2
    session.redo()
    assert session.undo_name == "close vae"


def test_a_step_says_that_many_changes_of_the_layout_have_followed() -> None:
    session = Session(View(panes=(Pane("ae"), Pane("vae"))))
    session.set(selection=(1,))
    for changes in ({"enlarged": True}, {"linked": True}, {"mode": "pan"}, {"linked": True}):
        session.set_silent(**changes)
        assert session.undo_name == "change the selection"
    session.set_silent(enlarged=False)
    assert session.undo_name == "change the selection, before 3 changes of the layout"
    session.set(selection=(2,))
    assert session.undo_name == "change the selection", "a new step has nothing after it"
