"""The words for a step of undo, found from the fields of the View that differ before and after it.

`WORDS` has an entry for each field; where a step changes several fields, the first in the order of `WORDS` names it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from explorer.session.view import View

OLD = timedelta(minutes=10)
"""Age from which the name of a step says when the step was made."""


@dataclass(frozen=True)
class Step:
    """A View that undo or redo brings back, and when the change between it and the next View was made."""

    view: View
    made: datetime


def step_name(before: View, after: View, made: datetime, now: datetime) -> str:
    """Return what a step did: ``"move the probe"``, with the time of day if it is older than `OLD`."""
    name = next(
        (words(before, after) for field, words in WORDS.items() if _differs(field, before, after)), "the change"
    )
    return f"{name}, from {made:%H:%M}" if now - made > OLD else name


def _differs(field: str, before: View, after: View) -> bool:
    return bool(getattr(before, field) != getattr(after, field))


def _panes(before: View, after: View) -> str:
    if len(before.panes) != len(after.panes):
        return "open a pane" if len(before.panes) < len(after.panes) else "close a pane"
    if [pane.identity for pane in before.panes] == [pane.identity for pane in after.panes]:
        return "choose the axes of a plane"
    same = sorted(pane.identity for pane in before.panes) == sorted(pane.identity for pane in after.panes)
    return "move a pane" if same else "show another run"


def _selection(before: View, after: View) -> str:
    return "change the selection" if after.selection else "clear the selection"


def _path(before: View, after: View) -> str:
    old, new = before.path, after.path
    if new is None:
        return "clear the path"
    if old is None or (old.run, old.start, old.end) != (new.run, new.start, new.end):
        return "set an end of the path"
    if old.t != new.t:
        return "move along the path"
    return "set the steps of the path" if old.steps != new.steps else "choose the line of the path"


def _probe(before: View, after: View) -> str:
    if after.probe is None:
        return "clear the probe"
    if after.probe.sample is not None and (before.probe is None or before.probe.sample != after.probe.sample):
        return f"follow sample {after.probe.sample:,}"
    return "move the probe"


def _overlays(before: View, after: View) -> str:
    return "show an overlay" if after.overlays - before.overlays else "hide an overlay"


def _hidden(before: View, after: View) -> str:
    return "hide a class" if after.hidden_classes - before.hidden_classes else "show a class"


def _replay(before: View, after: View) -> str:
    return "return from the replay" if after.replay_epoch is None else "move the replay"


def _always(words: str) -> Callable[[View, View], str]:
    return lambda before, after: words


WORDS: dict[str, Callable[[View, View], str]] = {
    # A selection may take the probe along, the path's t, too, and other colours show all classes: the cause is first.
    "panes": _panes,
    "selection": _selection,
    "path": _path,
    "replay_epoch": _replay,
    "probe": _probe,
    "overlays": _overlays,
    "colour_by": _always("choose the colours of the points"),
    "hidden_classes": _hidden,
    "hidden_of": _always("show or hide classes"),
    "hidden_besides": _always("show or hide classes"),
    "decode_as": _always("choose between mean and sample"),
    "noise_seed": _always("draw ε"),
    "draw_seed": _always("draw from p(x|z)"),
    "condition": _always("choose the decoded class"),
    "probe_follows_path": _always("let the probe follow the path"),
    "mode": _always("choose the mouse mode"),
    "linked": _always("link the views"),
    "enlarged": _always("maximize a pane"),
    "active": _always("choose a pane"),
    "point_size": _always("set the size of the points"),
    "point_opacity": _always("set the opacity of the points"),
    "curves_log": _always("change the scale of the curves"),
    "curves_axis": _always("choose the axis of the curves"),
    "curves_as_elbo": _always("choose between loss and ELBO"),
    "curves_by_dimension": _always("show the KL of each dimension"),
    "curves_shown": _always("choose the curves"),
    "curves_hidden": _always("choose the curves"),
}
"""What a change of each field is called; the functions get the Views before and after."""
