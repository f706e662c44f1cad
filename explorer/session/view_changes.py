"""Changes to a View that keep it consistent: distinct panes, a valid active pane, no run that was removed."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from explorer.session.view import Pane, View


def with_active(view: View, chosen: tuple[str, int] | None) -> View:
    """Return the View with the pane of this identity active; without such a pane, the pane at the same index."""
    indices = [index for index, pane in enumerate(view.panes) if pane.identity == chosen]
    active = view.active if view.active in indices or not indices else indices[0]
    return replace(view, active=max(0, min(active, len(view.panes) - 1)))


def with_distinct_copies(panes: Iterable[Pane]) -> tuple[Pane, ...]:
    """Return the panes with a distinct ``copy`` for each pane of the same run; a session file may repeat one."""
    found: dict[tuple[str, int], Pane] = {}
    # Take the first free number from the pane's own on; with n panes before it, n + 1 numbers suffice.
    for pane in panes:
        free = next(copy for copy in range(pane.copy, pane.copy + len(found) + 1) if (pane.run, copy) not in found)
        pane = replace(pane, copy=free)
        found[pane.identity] = pane
    return tuple(found.values())


def with_run(view: View, old: str, new: str | None) -> View:
    """Return the View with a run renamed, or without the run if ``new`` is None."""
    if new:
        panes = tuple(replace(pane, run=new) if pane.run == old else pane for pane in view.panes)
        active = view.active
    else:
        panes = tuple(pane for pane in view.panes if pane.run != old)
        # The active pane moves left by the number of removed panes before it.
        active = sum(pane.run != old for pane in view.panes[: view.active])
    changes: dict[str, Any] = {"panes": with_distinct_copies(panes), "active": max(0, min(active, len(panes) - 1))}
    for name in ("probe", "path"):
        part = getattr(view, name)
        if part is not None and part.run == old:
            changes[name] = replace(part, run=new) if new else None
    return replace(view, **changes)
