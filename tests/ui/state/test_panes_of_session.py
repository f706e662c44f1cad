"""Panes of the session: shown, closed, swapped, duplicated, enlarged, in any order, and undone."""

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from explorer.session import MAX_PANES, Pane, Probe, Session, View, view_from_json
from explorer.ui.state import panes

RUNS = ("runs/a", "runs/b", "runs/c", "runs/d", "runs/e")
KEYS = st.sampled_from(RUNS)


def identities(view: View) -> list[tuple[str, int]]:
    return [pane.identity for pane in view.panes]


class MouseInput(RuleBasedStateMachine):
    """Random actions on panes; after each one the View is consistent and its runs are known."""

    @initialize(keys=st.lists(KEYS, unique=True, min_size=1, max_size=4))
    def begin(self, keys: list[str]) -> None:
        self.session = Session(View(panes=tuple(map(Pane, keys))))
        self.closed: list[tuple[int, Pane]] = []

    def _pane_index(self, share: float) -> int:
        return min(int(share * len(self.view.panes)), len(self.view.panes) - 1)

    @property
    def view(self) -> View:
        return self.session.view

    @rule(key=KEYS, share=st.none() | st.floats(0, 1))
    def show(self, key: str, share: float | None) -> None:
        before, pane = self.view, None if share is None or not self.view.panes else self._pane_index(share)
        replaced = panes.show(self.session, key, pane)
        assert self.view.active_run == key
        if panes.is_shown(Session(before), key):
            assert replaced is None and self.view.panes == before.panes
        elif len(before.panes) == MAX_PANES and pane is None:
            assert replaced == before.active_run, "a fifth takes the active pane"
            assert self.view.active == before.active
        elif pane is None:
            assert replaced is None and self.view.panes == (*before.panes, Pane(key))
        else:
            assert replaced == before.panes[pane].run and len(self.view.panes) == len(before.panes)

    @precondition(lambda self: self.view.panes)
    @rule(share=st.floats(0, 1))
    def close(self, share: float) -> None:
        before, pane = self.view, self._pane_index(share)
        assert panes.take_away(self.session, pane) == before.panes[pane].run
        self.closed.append((pane, before.panes[pane]))
        assert self.view.panes == (*before.panes[:pane], *before.panes[pane + 1 :])
        if pane != before.active:
            assert self.view.panes[self.view.active] == before.panes[before.active], "the active pane stays so"

    @precondition(lambda self: self.closed and not panes.is_full(self.session))
    @rule()
    def reopen(self) -> None:
        index, pane = self.closed.pop()
        panes.put_back(self.session, pane, index)
        back = self.view.panes[self.view.active]
        assert (back.run, back.axes) == (pane.run, pane.axes)
        assert self.view.active == min(index, len(self.view.panes) - 1)

    @precondition(lambda self: self.view.panes and not panes.is_full(self.session))
    @rule(share=st.floats(0, 1))
    def duplicate(self, share: float) -> None:
        before, pane = self.view, self._pane_index(share)
        panes.duplicate(self.session, pane)
        second = self.view.panes[pane + 1]
        assert (second.run, second.axes) == (before.panes[pane].run, before.panes[pane].axes)
        assert self.view.active == pane + 1
        self._undo_is(before)

    @precondition(lambda self: self.view.panes)
    @rule(one=st.floats(0, 1), other=st.floats(0, 1))
    def swap(self, one: float, other: float) -> None:
        before, points = self.view, (self._pane_index(one), self._pane_index(other))
        if points[0] == points[1]:
            return
        panes.swap(self.session, *points)
        assert [self.view.panes[index] for index in points] == [before.panes[index] for index in reversed(points)]
        assert self.view.panes[self.view.active] == before.panes[before.active]
        self._undo_is(before)

    def _undo_is(self, before: View) -> None:
        after = self.view
        self.session.undo()
        assert self.view == before
        self.session.redo()
        assert self.view == after

    @precondition(lambda self: self.view.panes)
    @rule(share=st.floats(0, 1))
    def enlarge(self, share: float) -> None:
        before, pane, could = self.view, self._pane_index(share), self.session.can_undo
        panes.enlarge(self.session, pane)
        assert self.view.active == pane and self.session.can_undo == could
        panes.enlarge(self.session, pane)
        assert self.view.panes == before.panes
        if len(before.panes) > 1:
            assert self.view.enlarged == (before.enlarged and before.active == pane)

    @precondition(lambda self: self.view.panes)
    @rule(share=st.floats(0, 1))
    def activate(self, share: float) -> None:
        self.session.set_silent(active=self._pane_index(share))
        assert self.view.active == self._pane_index(share)

    @precondition(lambda self: self.view.panes)
    @rule(step=st.sampled_from([-1, 1]))
    def turn(self, step: int) -> None:
        before = self.view.active
        panes.turn_to(self.session, step)
        assert (self.view.active - before - step) % len(self.view.panes) == 0

    @precondition(lambda self: self.view.panes)
    @rule(share=st.floats(0, 1), axes=st.none() | st.permutations(range(4)).map(lambda found: tuple(found[:2])))
    def choose_axes(self, share: float, axes: tuple[int, int] | None) -> None:
        pane, shown = self._pane_index(share), self.view.panes
        self.session.set(panes=(*shown[:pane], replace(shown[pane], axes=axes), *shown[pane + 1 :]))

    @rule(samples=st.lists(st.integers(0, 5), unique=True, max_size=2), key=KEYS)
    def probe_and_select(self, samples: list[int], key: str) -> None:
        self.session.set(selection=tuple(sorted(samples)), probe=Probe(key, (0.0, 0.0)))

    @rule(key=KEYS)
    def forget(self, key: str) -> None:
        active = self.view.panes[self.view.active] if self.view.panes else None
        self.session.rename_run(key, None)
        self.closed = [(index, pane) for index, pane in self.closed if pane.run != key]
        assert not panes.is_shown(self.session, key)
        if active is not None and active.run != key:
            assert self.view.panes[self.view.active] == active

    @rule(linked=st.booleans())
    def link(self, linked: bool) -> None:
        before = self.view
        self.session.set_silent(linked=linked)
        assert self.view == replace(before, linked=linked)

    @rule()
    def undo(self) -> None:
        self.session.undo()

    @rule()
    def redo(self) -> None:
        self.session.redo()

    @invariant()
    def holds_together(self) -> None:
        found = identities(self.view)
        assert len(found) == len(set(found)) <= MAX_PANES
        assert 0 <= self.view.active < max(1, len(found))

    @invariant()
    def json_holds_all(self) -> None:
        assert view_from_json(json.loads(json.dumps(self.session.to_json()))) == self.view

    def teardown(self) -> None:
        shown = set(identities(self.view))
        while self.session.can_undo:
            self.session.undo()
            self.holds_together()
            runs = {run for run, _ in identities(self.view)}
            assert runs >= {run for run, _ in shown}, "undo brings closed runs back, and closes none"


TestPaneActions = MouseInput.TestCase
TestPaneActions.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_the_active_pane_is_the_same_after_an_undo_of_a_swap() -> None:
    session = Session(View(panes=(Pane("a"), Pane("b"))))
    panes.swap(session, 0, 1)
    session.set_silent(active=0)
    session.undo()
    assert session.view.panes == (Pane("a"), Pane("b")) and session.view.active_run == "b"


def test_a_session_of_more_panes_is_cut() -> None:
    view = View(panes=tuple(Pane(f"runs/{name}") for name in "abcdef"), active=5)
    kept = panes.at_most(view)
    assert kept.panes == view.panes[:4] and kept.active == 3
    few = View(panes=view.panes[:4], active=2)
    assert panes.at_most(few) is few


def test_equal_panes_of_a_file_get_different_copy_numbers() -> None:
    value = {"format": 1, "view": {"panes": [{"run": "a"}, {"run": "a"}, {"run": "a", "copy": 1}, {"run": "b"}]}}
    assert view_from_json(value).panes == (Pane("a"), Pane("a", copy=1), Pane("a", copy=2), Pane("b"))


def test_a_run_renamed_to_one_in_view_keeps_panes_apart() -> None:
    session = Session(View(panes=(Pane("a"), Pane("b"))))
    session.rename_run("a", "b")
    assert identities(session.view) == [("b", 0), ("b", 1)]


def a_run(name: str, data: str, fingerprint: str) -> Any:
    return SimpleNamespace(name=name, description=SimpleNamespace(name=data, fingerprint=fingerprint))


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        ((), ""),
        ((("one", "digits", "x"), ("two", "digits", "x")), ""),
        (
            (("one", "digits", "x"), ("two", "faces", "y")),
            "one and two show different data, so selection and hover are not linked",
        ),
        (
            (("one", "digits", "x"), ("two", "faces", "y"), ("three", "digits", "x")),
            "Different data: one and three of digits; two of faces. "
            "Selection and hover are linked only between runs on the same data",
        ),
    ],
)
def test_different_data_is_said(shown: tuple[tuple[str, str, str], ...], words: str) -> None:
    assert panes.other_data_text([a_run(*run) for run in shown]) == words


def test_what_is_hidden_belongs_to_its_data() -> None:
    session = Session()
    session.set(**session.view.changes_to_hide("digits", frozenset({3})))
    assert session.view.hidden_in("digits") == {3} and not session.view.hidden_in("faces")
    session.set(**session.view.changes_to_hide("faces", frozenset({1, 2})))
    assert session.view.hidden_in("digits") == {3} and session.view.hidden_in("faces") == {1, 2}
    session.set(**session.view.changes_to_hide("digits", frozenset()))
    assert not session.view.hidden_in("digits") and session.view.hidden_in("faces") == {1, 2}
    assert view_from_json(json.loads(json.dumps(session.to_json()))) == session.view
    session.undo()
    assert session.view.hidden_in("digits") == {3}
    session.set(**session.view.changes_to_hide("digits", frozenset()))
    session.set(**session.view.changes_to_hide("faces", frozenset()))
    assert session.view == View(), "what hides nothing leaves no trace"


def test_what_an_old_session_hides_is_hidden_of_all_data() -> None:
    view = view_from_json({"format": 1, "view": {"hidden_classes": [3]}})
    assert view.hidden_in("digits") == view.hidden_in("faces") == {3}
    assert view.changes_to_hide("faces", frozenset({3, 4}))["hidden_classes"] == {3, 4}
