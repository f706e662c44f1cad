"""Changes of a View that keep it whole: its panes told apart, one of them active, no run that is gone."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from explorer.session.view import Pane, View


def with_active(view: View, chosen: tuple[str, int] | None) -> View:
    """Make the pane of that identity the active one; where there is none, the one that stands in its place."""
    places = [place for place, pane in enumerate(view.panes) if pane.identity == chosen]
    active = view.active if view.active in places or not places else places[0]
    return replace(view, active=max(0, min(active, len(view.panes) - 1)))


def told_apart(panes: Iterable[Pane]) -> tuple[Pane, ...]:
    """Return panes of one run copies of their own, where a file has left it open."""
    found: dict[tuple[str, int], Pane] = {}
    for pane in panes:
        free = next(copy for copy in range(pane.copy, pane.copy + len(found) + 1) if (pane.run, copy) not in found)
        pane = replace(pane, copy=free)
        found[pane.identity] = pane
    return tuple(found.values())


def with_run(view: View, old: str, new: str | None) -> View:
    """Follow a run that was renamed, or leave out one that is gone (``new`` None)."""
    if new:
        panes = tuple(replace(pane, run=new) if pane.run == old else pane for pane in view.panes)
        active = view.active
    else:
        panes = tuple(pane for pane in view.panes if pane.run != old)
        active = sum(pane.run != old for pane in view.panes[: view.active])
    changes: dict[str, Any] = {"panes": told_apart(panes), "active": max(0, min(active, len(panes) - 1))}
    for name in ("probe", "path"):
        part = getattr(view, name)
        if part is not None and part.run == old:
            changes[name] = replace(part, run=new) if new else None
    return replace(view, **changes)
