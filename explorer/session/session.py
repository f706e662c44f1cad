"""The current View, with undo, redo and listeners.

Every change takes the same steps:

1. A caller asks for it: `Session.set` (one undo step), `preview` (in mid-drag) or `set_silent` (no undo step).
2. The session builds a new View; the old one goes on the undo list where the change is a step.
3. The change joins a queue, and the queue is delivered: each listener is called with ``(old, new)``.
4. A listener may ask for a further change. It waits in the queue until every listener has heard of the first, so that
   all listeners get all changes in the same order.

A step is named by its caller (`Session.set_step`), else by `step_words.words` from the fields that changed.
The name also says when the step was made, if that is long ago or many changes of the layout have followed.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from explorer.session.guard import guarded
from explorer.session.step_words import words
from explorer.session.view import View, with_active, with_run
from explorer.session.view_json import view_from_json, view_to_json

UNDO_STEPS = 200
"""Maximum number of steps that can be undone."""
OLD = timedelta(minutes=10)
"""Age from which the name of a step says when the step was made."""
LAYOUT = (
    *("panes", "enlarged", "linked", "point_size", "point_opacity"),
    *(
        "tab",
        "tab_size",
        "curves_axis",
        "curves_shown",
        "curves_hidden",
        "curves_as_elbo",
        "curves_log",
        "curves_by_dimension",
    ),
)
"""Fields whose silent changes count as changes of the layout."""
MANY_CHANGES = 3
"""Number of changes of the layout after a step from which the name of the step mentions them."""

Listener = Callable[[View, View], None]


@dataclass(frozen=True)
class Step:
    """A View that undo or redo brings back, and the change between it and the next View.

    Attributes
    ----------
    made, layout
        When the change was made: the time of day, and the number of changes of the layout until then.
    name
        What the change is called; "" if the Views say it.
    """

    view: View
    made: datetime
    layout: int
    name: str = ""


class Session:
    """Holds the current View, replaces it, notifies listeners, and keeps older Views for undo.

    A drag is one undo step: call `preview` on each move and `commit` at release. ``clock`` returns the time of day.
    """

    def __init__(self, view: View | None = None, clock: Callable[[], datetime] = datetime.now) -> None:
        self._view = view or View()
        self._clock = clock
        self._before_preview: View | None = None
        self._undo: list[Step] = []
        self._redo: list[Step] = []
        self._listeners: list[Listener] = []
        self._pending: deque[tuple[View, View]] = deque()
        self._notifying = False
        self._layout_changes = 0

    @property
    def view(self) -> View:
        """The current View."""
        return self._view

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone step to redo."""
        return bool(self._redo)

    @property
    def undo_name(self) -> str:
        """What `undo` would undo: ``"move the probe"``, or "" without a step."""
        if self._before_preview is not None and self._before_preview != self._view:
            return words(self._before_preview, self._view)
        return self._name(self._undo[-1].view, self._view, self._undo[-1]) if self._undo else ""

    @property
    def redo_name(self) -> str:
        """What `redo` would redo, or "" without a step."""
        return self._name(self._view, self._redo[-1].view, self._redo[-1]) if self._redo else ""

    def _name(self, before: View, after: View, step: Step) -> str:
        name, changes = step.name or words(before, after), self._layout_changes - step.layout
        if self._clock() - step.made > OLD:
            return f"{name}, from {step.made:%H:%M}"
        return f"{name}, before {changes} changes of the layout" if changes >= MANY_CHANGES else name

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener(old, new)`` after each change, and return a function that removes the listener.

        Listeners get every change in the same order: a change made by a listener is delivered once every listener has
        been called for the one before. An exception in a listener goes to `sys.excepthook`;
        the others are still called.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def set(self, **changes: Any) -> None:
        """Replace fields of the View as one undo step, which is named by what it changes."""
        self.set_step("", **changes)

    def set_step(self, name: str, **changes: Any) -> None:
        """Replace fields of the View as one undo step with this name: ``"close mnist-ae"``."""
        self.commit()
        new = replace(self._view, **changes)
        # An equal View would add an undo step that does nothing.
        if new != self._view:
            self._remember(self._view, name)
            self._show(new)

    def preview(self, **changes: Any) -> None:
        """Replace fields of the View during a drag, without an undo step."""
        if self._before_preview is None:
            self._before_preview = self._view
        self._show(replace(self._view, **changes))

    def commit(self) -> None:
        """End a drag and make it one undo step."""
        before, self._before_preview = self._before_preview, None
        if before is not None and before != self._view:
            self._remember(before)
            # The View is unchanged, but listeners must hear that there is something to undo now.
            self._show(self._view)

    def cancel(self) -> None:
        """End a drag and restore the View from before it."""
        before, self._before_preview = self._before_preview, None
        if before is not None:
            self._show(before)

    def set_silent(self, **changes: Any) -> None:
        """Replace fields of the View that undo does not restore: panes, mouse mode, sizes.

        The older Views get the same changes, so that no undo reverts them. The same pane stays active in each of them,
        at whatever index it has there.
        """
        panes = changes.get("panes", self._view.panes)
        active = changes.get("active", self._view.active)
        chosen = panes[active].identity if 0 <= active < len(panes) else None
        self._layout_changes += any(changes.get(name, now) != now for name, now in self._layout())
        self._show_everywhere(lambda view: with_active(replace(view, **changes), chosen))

    def amend(self, **changes: Any) -> None:
        """Replace fields of the current View as a part of its last step; undo restores what was before that step."""
        self._show(replace(self._view, **changes))

    def _layout(self) -> list[tuple[str, Any]]:
        return [(name, getattr(self._view, name)) for name in LAYOUT]

    def undo(self) -> None:
        """Undo one step."""
        self.commit()
        if self._undo:
            step = self._undo.pop()  # the newest of the older Views
            self._redo.append(replace(step, view=self._view))
            self._show(step.view)

    def redo(self) -> None:
        """Redo the step that was undone last."""
        self.commit()
        if self._redo:
            step = self._redo.pop()
            self._undo.append(replace(step, view=self._view))
            self._show(step.view)

    def reset(self, view: View) -> None:
        """Start over from a View, that of an opened session, with nothing to undo."""
        self._before_preview = None
        self._undo.clear()
        self._redo.clear()
        self._show(view)

    def rename_run(self, old: str, new: str | None) -> None:
        """Rename a run, or remove it (``new`` is None), in the current View and in every older one."""
        self.commit()
        self._show_everywhere(lambda view: with_run(view, old, new))

    def remembers(self, run: str) -> bool:
        """Return whether the current View, or one that undo or redo can bring back, has a pane of the run."""
        views = (self._view, *(step.view for step in (*self._undo, *self._redo)))
        return any(pane.run == run for view in views for pane in view.panes)

    def to_json(self) -> dict[str, Any]:
        """Return the View as plain JSON values."""
        return view_to_json(self._view)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Rebuild a session.

        Raises
        ------
        ConfigError
            If the format is another one, or the View is inconsistent.
        """
        return cls(view_from_json(value))

    def _remember(self, view: View, name: str = "") -> None:
        # Two hundred Views are small, as they share their unchanged fields.
        self._undo = [*self._undo, Step(view, self._clock(), self._layout_changes, name)][-UNDO_STEPS:]
        self._redo.clear()  # an undone step cannot be redone after a new one

    def _show_everywhere(self, change: Callable[[View], View]) -> None:
        """Apply a change to the current View and to all Views that undo and redo can bring back."""
        could = self.can_undo, self.can_redo
        # `rest` is the View that follows the undo list: the one before the drag, if there is one.
        new = rest = change(self._view)
        if self._before_preview is not None:
            rest = self._before_preview = change(self._before_preview)
        # The change may have made neighbours equal; an undo step that changes nothing would look like a dead button.
        self._undo, self._redo = (
            _without_repeats((replace(step, view=change(step.view)) for step in steps), rest)
            for steps in (self._undo, self._redo)
        )
        if new != self._view or could != (self.can_undo, self.can_redo):
            self._show(new)

    def _show(self, new: View) -> None:
        self._pending.append((self._view, new))
        self._view = new
        if self._notifying:  # called by a listener: the outer call delivers it
            return
        self._notifying = True
        try:
            while self._pending:
                old, new = self._pending.popleft()
                self._notify(old, new)
        finally:
            self._notifying = False
            self._pending.clear()

    def _notify(self, old: View, new: View) -> None:
        # A copy of the list: a listener may add or remove listeners while it is called.
        for listener in list(self._listeners):
            if listener not in self._listeners:  # an earlier listener may have removed it
                continue
            guarded(listener, old, new)


def _without_repeats(steps: Iterable[Step], follower: View) -> list[Step]:
    """Return the steps without those whose View equals the next one; ``follower`` comes after the last."""
    kept: list[Step] = []
    for step in reversed(list(steps)):
        if step.view != follower:
            kept.append(step)
        follower = step.view
    return kept[::-1]
