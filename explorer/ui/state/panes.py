"""Operations on the session's panes: show, close, swap, duplicate, enlarge; and the marks of the runs that they show.

Panes are identified by their index from the left, from 0; two of them may show the same run. A mark is a number that
stands for one colour and one shape in all parts of the window.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.evaluation.comparison_text import listed
from explorer.session import MAX_PANES, Pane, Path, Probe, Session, View

COMPARED_BY = "all_posteriors"
"""The overlay that shows what the terms of a loss do to the posteriors."""
NO_ROOM = f"At most {MAX_PANES} panes fit: close one first"


def is_shown(session: Session, key: str) -> bool:
    """Return whether a pane shows the run."""
    return any(pane.run == key for pane in session.view.panes)


def is_full(session: Session) -> bool:
    """Return whether the maximum number of panes is reached."""
    return len(session.view.panes) >= MAX_PANES


def index_of(session: Session, pane: Pane | None) -> int | None:
    """Return the current index of a pane; None if it is closed, or for None."""
    identities = [shown.identity for shown in session.view.panes]
    return identities.index(pane.identity) if pane is not None and pane.identity in identities else None


def show(session: Session, key: str, pane: int | None = None, *, step: str = "") -> str | None:
    """Show a run in a new pane, or replace the run in ``pane`` and return the replaced run's key.

    If the run is already visible, its pane becomes the active one. Without room for a new pane, the active one is used.
    With the name of a ``step`` the change can be undone.
    """
    panes = session.view.panes
    if is_shown(session, key):
        # Activating a pane is not an undo step.
        session.set_silent(active=_nearest_of(session.view, key))
        return None
    if is_full(session) and (pane is None or not 0 <= pane < len(panes)):
        pane = session.view.active
    if pane is None or not 0 <= pane < len(panes):
        _change(session, step, (*panes, Pane(key)), len(panes), enlarged=False)
        return None
    enlarged = session.view.enlarged and pane == session.view.active
    _change(session, step, (*panes[:pane], Pane(key), *panes[pane + 1 :]), pane, enlarged=enlarged)
    return panes[pane].run


def _change(session: Session, step: str, panes: tuple[Pane, ...], active: int, *, enlarged: bool) -> None:
    """Show other panes: as an undo step with this name, or in all Views without one."""
    if step:
        parts = parts_after(session.view, panes)
        session.set_step(step, panes=panes, active=active, enlarged=enlarged, **parts)
    else:
        session.set_silent(panes=panes, active=active, enlarged=enlarged)


def take_over(session: Session, runs: Mapping[str, OpenRun], run: OpenRun, pane: int) -> str | None:
    """Show a run that begins to train in a pane of another; can be undone, with the probe and path of that run.

    Return the replaced run's key; None if the run was visible already.
    """
    view = session.view
    if is_shown(session, run.key):
        return show(session, run.key)
    panes = (*view.panes[:pane], Pane(run.key), *view.panes[pane + 1 :])
    session.set_step(f"train {run.name}", panes=panes, active=pane, **parts_after(view, panes, run, runs))
    return view.panes[pane].run


def parts_after(
    view: View, panes: tuple[Pane, ...], successor: OpenRun | None = None, runs: Mapping[str, OpenRun] | None = None
) -> dict[str, Probe | Path | None]:
    """Return the probe and the path of runs that lose their last pane, as changes for the new panes.

    A followed sample, and a path between samples, pass to the ``successor`` if it encodes the same data. Others are
    left to the View before.
    """
    before, after = ({pane.run for pane in some} for some in (view.panes, panes))
    changes: dict[str, Probe | Path | None] = {}
    for name, part in (("probe", view.probe), ("path", view.path)):
        if part is None or part.run not in before - after:
            continue
        old = (runs or {}).get(part.run)
        inherits = (
            successor is not None
            and old is not None
            and old.description.fingerprint == successor.description.fingerprint
            and successor.capabilities.encoder
        )
        changes[name] = _of_successor(part, successor) if successor is not None and inherits else None
    return changes


def _of_successor(part: Probe | Path, successor: OpenRun) -> Probe | Path | None:
    """Return a probe or a path at the same samples of another run; None if it is not at samples."""
    # Its codes are not known before its first plane. Where a sample is named, its newest code is used.
    z = (0.0,) * successor.latent_dim
    if isinstance(part, Probe):
        return None if part.sample is None else Probe(successor.key, z, part.sample)
    if not part.is_whole or any(place.sample is None for place in part.waypoints):
        return None
    return replace(part, run=successor.key, waypoints=tuple(replace(place, z=z) for place in part.waypoints))


def take_away(session: Session, pane: int, name: str = "") -> str:
    """Remove a pane of a run with this name, and return the key of the run; can be undone.

    If it was active, its successor becomes active.
    """
    panes, active = session.view.panes, session.view.active
    rest = (*panes[:pane], *panes[pane + 1 :])
    # A pane to the left of the active one shifts its index by one.
    active = max(0, min(active - (pane < active), len(rest) - 1))
    enlarged = session.view.enlarged and pane != session.view.active and len(rest) > 1
    _change(session, f"close {name or 'a pane'}", rest, active, enlarged=enlarged)
    return panes[pane].run


def duplicate(session: Session, pane: int) -> None:
    """Show a pane's run in a second pane beside it and make that active; can be undone.

    Raises
    ------
    ValueError
        If there is no room; check `is_full` first.
    """
    panes = session.view.panes
    if is_full(session):
        raise ValueError(NO_ROOM)
    second = _distinct_from(panes, panes[pane])
    session.set(panes=(*panes[: pane + 1], second, *panes[pane + 1 :]), active=pane + 1, enlarged=False)


def put_back(session: Session, pane: Pane, index: int) -> None:
    """Insert a removed pane again at its former index, as the active one.

    Raises
    ------
    ValueError
        If there is no room.
    """
    panes = session.view.panes
    if is_full(session):
        raise ValueError(NO_ROOM)
    index = min(index, len(panes))
    session.set_silent(
        panes=(*panes[:index], _distinct_from(panes, pane), *panes[index:]), active=index, enlarged=False
    )


def swap(session: Session, pane: int, other: int) -> None:
    """Swap two panes; can be undone. The active pane remains active at its new index."""
    panes, active = list(session.view.panes), session.view.active
    panes[pane], panes[other] = panes[other], panes[pane]
    indices = {pane: other, other: pane}
    session.set(panes=tuple(panes), active=indices.get(active, active))


def enlarge(session: Session, pane: int) -> None:
    """Enlarge a pane to the whole area, or restore all panes if it is enlarged; large tabs become compact."""
    view = session.view
    is_seen = view.enlarged and view.active == pane and view.tab_size == "compact"
    session.set_silent(active=pane, enlarged=len(view.panes) > 1 and not is_seen, tab_size="compact")


def turn_to(session: Session, step: int) -> None:
    """Make the pane ``step`` further to the right the active one, cyclically."""
    if session.view.panes:
        session.set_silent(active=(session.view.active + step) % len(session.view.panes))


def pane_for(session: Session, runs: Mapping[str, OpenRun], run: OpenRun) -> int | None:
    """Return the pane for a new run, None for a new pane.

    Of two panes it is the one that shows the run's family, so that AE and VAE stay side by side; else it is the active
    one of several.
    """
    panes, active = session.view.panes, session.view.active
    families = [runs[pane.run].short_title if pane.run in runs else "" for pane in panes]
    if run.short_title in families and len(panes) <= 2:
        return active if families[active] == run.short_title else families.index(run.short_title)
    return active if len(panes) > 1 else None


def at_most(view: View) -> View:
    """Return a View cut to the maximum number of panes; an old session may have more."""
    if len(view.panes) <= MAX_PANES:
        return view
    kept = view.panes[:MAX_PANES]
    return replace(view, panes=kept, active=min(view.active, len(kept) - 1))


def drop_selection_of_other_data(session: Session, runs: Mapping[str, OpenRun], old: View, new: View) -> None:
    """Clear the selection if the active run has other data, where the sample indices mean nothing."""
    before, now = runs.get(old.active_run or ""), runs.get(new.active_run or "")
    # A run that is not open yet has an unknown fingerprint; the check is repeated when the next run becomes active.
    if before is None or now is None or not new.selection:
        return
    if before.description.fingerprint != now.description.fingerprint:
        session.set_silent(selection=())


def drop_codes_of_another_size(session: Session, run: OpenRun) -> None:
    """Clear probe, path and blend of another latent dimension: the run may be newer than the session."""
    view = session.view
    if view.probe is not None and view.probe.run == run.key and len(view.probe.z) != run.latent_dim:
        session.set_silent(probe=None)
    path = view.path
    if path is not None and path.run == run.key and any(len(place.z) != run.latent_dim for place in path.waypoints):
        session.set_silent(path=None)
    if view.blend is not None and view.blend.run == run.key and len(view.blend.pins[0].z) != run.latent_dim:
        session.set_silent(blend=None)


def shown_runs(view: View, runs: Mapping[str, OpenRun]) -> list[OpenRun]:
    """Return the visible open runs from left to right, each once."""
    return [runs[key] for key in dict.fromkeys(pane.run for pane in view.panes) if key in runs]


def experiment_of(view: View, runs: Mapping[str, OpenRun]) -> str:
    """Return the identity of the experiment that all visible runs, at least two, are members of; "" without one."""
    shown = {pane.run for pane in view.panes}
    groups = {run.group.identity if (run := runs.get(key)) is not None and run.group else "" for key in shown}
    return next(iter(groups)) if len(shown) > 1 and len(groups) == 1 else ""


def to_compare(view: View) -> dict[str, Any]:
    """Return the changes to the View with which members of an experiment are compared: one scale, and posteriors."""
    return {"same_scale": True, "overlays": view.overlays | {COMPARED_BY}}


def other_data_text(shown: Iterable[OpenRun]) -> str:
    """Return a text on visible runs with different data, which are not linked; "" if all have the same data."""
    groups: dict[str, list[OpenRun]] = {}
    for run in shown:
        groups.setdefault(run.description.fingerprint, []).append(run)
    if len(groups) < 2:
        return ""
    if all(len(group) == 1 for group in groups.values()):
        names = listed([group[0].name for group in groups.values()])
        return f"{names} show different data, so selection and hover are not linked"
    parts = [f"{listed([run.name for run in group])} of {group[0].description.name}" for group in groups.values()]
    return f"Different data: {'; '.join(parts)}. Selection and hover are linked only between runs on the same data"


def _distinct_from(panes: tuple[Pane, ...], pane: Pane) -> Pane:
    """Return the pane with the lowest copy number that no other pane of its run has, and with their weights."""
    others = [other for other in panes if other.run == pane.run]
    taken = {other.copy for other in others}
    copy = next(copy for copy in range(len(panes) + 1) if copy not in taken)
    return replace(pane, copy=copy, weights=others[0].weights if others else pane.weights)


def _nearest_of(view: View, key: str) -> int:
    """Return the active pane's index if it shows the run, else the first that does."""
    indices = [index for index, pane in enumerate(view.panes) if pane.run == key]
    return view.active if view.active in indices else indices[0]


class RunMarks(QObject):
    """Assigns the first free mark to each run in a pane; the run keeps it until no pane shows it any more.

    Signals
    -------
    changed
        A run got its mark, or lost it.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._marks: dict[str, int] = {}
        session.listen(self.show_view)
        self.show_view(View(), session.view)

    def of(self, key: str) -> int | None:
        """Return the mark of a run, 0 to `MAX_PANES` − 1; None if no pane shows it."""
        return self._marks.get(key)

    def show_view(self, old: View, new: View) -> None:
        """Update the marks after the panes have changed."""
        shown = list(dict.fromkeys(pane.run for pane in new.panes))
        marks = {key: mark for key, mark in self._marks.items() if key in shown}
        # A run that is renamed gets the mark that its former name leaves free.
        for key in (key for key in shown if key not in marks):
            marks[key] = next(mark for mark in range(MAX_PANES) if mark not in marks.values())
        if marks != self._marks:
            self._marks = marks
            self.changed.emit()
