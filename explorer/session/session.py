"""The present View, its updates, undo and redo."""

import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Self

from explorer.session.view import View
from explorer.session.view_changes import with_active, with_run
from explorer.session.view_json import view_from_json, view_to_json

UNDO_STEPS = 200

Listener = Callable[[View, View], None]


class Session:
    """Holds the present View; replaces it, tells listeners ``(old, new)``, and keeps old ones for undo.

    A drag is one undo step: `preview` on each move, `commit` at release.
    """

    def __init__(self, view: View | None = None) -> None:
        self._view = view or View()
        self._before_preview: View | None = None
        self._undo: list[View] = []
        self._redo: list[View] = []
        self._listeners: list[Listener] = []
        self._untold: deque[tuple[View, View]] = deque()
        self._telling = False

    @property
    def view(self) -> View:
        """The present View."""
        return self._view

    @property
    def can_undo(self) -> bool:
        """Whether there is an older View to go back to."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether an undo can be taken back."""
        return bool(self._redo)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener(old, new)`` after each change; gives the function that ends it.

        Each listener hears of every change in its order: one that a listener makes is told when all know the last.
        What a listener raises goes to `sys.excepthook`, and the others are called all the same.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def set(self, **changes: Any) -> None:
        """Replace parts of the View, as one undo step."""
        self.commit()
        new = replace(self._view, **changes)
        if new != self._view:
            self._remember(self._view)
            self._show(new)

    def preview(self, **changes: Any) -> None:
        """Replace parts of the View in mid-drag: no undo step yet."""
        if self._before_preview is None:
            self._before_preview = self._view
        self._show(replace(self._view, **changes))

    def commit(self) -> None:
        """End a drag: what was before it becomes one undo step."""
        before, self._before_preview = self._before_preview, None
        if before is not None and before != self._view:
            self._remember(before)
            self._show(self._view)

    def cancel(self) -> None:
        """End a drag and go back to what was before it."""
        before, self._before_preview = self._before_preview, None
        if before is not None:
            self._show(before)

    def set_silent(self, **changes: Any) -> None:
        """Replace parts of the View that are no matter for undo: panes, the mode of the hand, sizes.

        They change in the older Views too, so that no undo brings them back. The active pane is the same one in each,
        wherever it stands there.
        """
        panes = changes.get("panes", self._view.panes)
        active = changes.get("active", self._view.active)
        chosen = panes[active].identity if 0 <= active < len(panes) else None
        self._show_everywhere(lambda view: with_active(replace(view, **changes), chosen))

    def undo(self) -> None:
        """Go back one step."""
        self.commit()
        if self._undo:
            self._redo.append(self._view)
            self._show(self._undo.pop())

    def redo(self) -> None:
        """Take back one undo."""
        self.commit()
        if self._redo:
            self._undo.append(self._view)
            self._show(self._redo.pop())

    def reset(self, view: View) -> None:
        """Begin anew with a View, for an opened session: nothing to undo."""
        self._before_preview = None
        self._undo.clear()
        self._redo.clear()
        self._show(view)

    def rename_run(self, old: str, new: str | None) -> None:
        """Follow a run that was renamed, or forget one that is gone (``new`` None), in this and every older View."""
        self.commit()
        self._show_everywhere(lambda view: with_run(view, old, new))

    def to_json(self) -> dict[str, Any]:
        """Return the View as plain JSON values."""
        return view_to_json(self._view)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Rebuild a session.

        Raises
        ------
        ConfigError
            For another format or a View that does not hold together.
        """
        return cls(view_from_json(value))

    def _remember(self, view: View) -> None:
        self._undo = [*self._undo, view][-UNDO_STEPS:]
        self._redo.clear()

    def _show_everywhere(self, change: Callable[[View], View]) -> None:
        could = self.can_undo, self.can_redo
        new = rest = change(self._view)
        if self._before_preview is not None:
            rest = self._before_preview = change(self._before_preview)
        self._undo = _without_repeats(map(change, self._undo), rest)
        self._redo = _without_repeats(map(change, self._redo), rest)
        if new != self._view or could != (self.can_undo, self.can_redo):
            self._show(new)

    def _show(self, new: View) -> None:
        self._untold.append((self._view, new))
        self._view = new
        if self._telling:
            return
        self._telling = True
        try:
            while self._untold:
                old, new = self._untold.popleft()
                self._tell(old, new)
        finally:
            self._telling = False
            self._untold.clear()

    def _tell(self, old: View, new: View) -> None:
        for listener in list(self._listeners):
            if listener not in self._listeners:  # it may have ended meanwhile
                continue
            try:
                listener(old, new)
            except Exception as error:  # as Qt does with what a slot raises; the window logs it and says so once
                sys.excepthook(type(error), error, error.__traceback__)


def _without_repeats(views: Iterable[View], follower: View) -> list[View]:
    """Drop each View that is equal to the one after it; ``follower`` comes after the last."""
    kept: list[View] = []
    for view in reversed(list(views)):
        if view != follower:
            kept.append(view)
        follower = view
    return kept[::-1]
