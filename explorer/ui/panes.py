"""Which runs the session's panes show."""

from collections.abc import Mapping

from explorer.jobs.open_run import OpenRun
from explorer.session import Pane, Session, View


def is_shown(session: Session, key: str) -> bool:
    """Whether a pane shows the run."""
    return any(pane.run == key for pane in session.view.panes)


def show(session: Session, key: str, pane: int | None = None) -> str | None:
    """Show a run in a new pane, or in place of the run in ``pane``, whose key is given then."""
    panes = session.view.panes
    if is_shown(session, key):
        session.adjust(active=[shown.run for shown in panes].index(key))
        return None
    if pane is None or not 0 <= pane < len(panes):
        session.adjust(panes=(*panes, Pane(key)), active=len(panes))
        return None
    session.adjust(panes=(*panes[:pane], Pane(key), *panes[pane + 1 :]), active=pane)
    return panes[pane].run


def take_away(session: Session, pane: int) -> str:
    """Take a pane away and give the key of its run."""
    panes = session.view.panes
    rest = (*panes[:pane], *panes[pane + 1 :])
    session.adjust(panes=rest, active=max(0, min(session.view.active, len(rest) - 1)))
    return panes[pane].run


def pane_for(session: Session, runs: Mapping[str, OpenRun], run: OpenRun) -> int | None:
    """Give the pane that a new run takes: one of its family, or the active one when both are taken."""
    panes = session.view.panes
    families = [runs[pane.run].short_title if pane.run in runs else "" for pane in panes]
    if run.short_title in families:
        return families.index(run.short_title)
    return session.view.active if len(panes) > 1 else None


def drop_selection_of_other_data(session: Session, runs: Mapping[str, OpenRun], old: View, new: View) -> None:
    """Take the selection away when the active run has other data: sample indices mean nothing there."""
    before, now = runs.get(old.active_run or ""), runs.get(new.active_run or "")
    if before is None or now is None or not new.selection:
        return
    if before.description.fingerprint != now.description.fingerprint:
        session.adjust(selection=())


def drop_codes_of_another_size(session: Session, run: OpenRun) -> None:
    """Take away a probe and a path that do not fit the run: a session may be older than a run of that name."""
    view = session.view
    if view.probe is not None and view.probe.run == run.key and len(view.probe.z) != run.latent_dim:
        session.adjust(probe=None)
    if view.path is not None and view.path.run == run.key:
        ends = [end for end in (view.path.start, view.path.end) if end is not None]
        if any(len(end.z) != run.latent_dim for end in ends):
            session.adjust(path=None)
