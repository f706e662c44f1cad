"""Names of undo steps, from the Views before and after a step: ``"move the probe"``.

`WORDS` has an entry for each field of the View; where a step changes several fields, the first in the order of `WORDS`
names it.
"""

from collections.abc import Callable

from explorer.session.view import View
from explorer.session.view_parts import Path


def words(before: View, after: View) -> str:
    """Return the name of the change between two Views: ``"move the probe"``."""
    return next((name(before, after) for field, name in WORDS.items() if _differs(field, before, after)), "the change")


def _differs(field: str, before: object, after: object) -> bool:
    return bool(getattr(before, field) != getattr(after, field))


def _panes(before: View, after: View) -> str:
    if len(before.panes) != len(after.panes):
        return "open a pane" if len(before.panes) < len(after.panes) else "close a pane"
    if [pane.identity for pane in before.panes] == [pane.identity for pane in after.panes]:
        others = [pane.weights for pane in before.panes] != [pane.weights for pane in after.panes]
        return "choose the weights of a run" if others else "choose the axes of a plane"
    same = sorted(pane.identity for pane in before.panes) == sorted(pane.identity for pane in after.panes)
    return "move a pane" if same else "show another run"


def _selection(before: View, after: View) -> str:
    return "change the selection" if after.selection else "clear the selection"


def _path(before: View, after: View) -> str:
    old, new = before.path, after.path
    if new is None:
        return "clear the path"
    if old is None or old.run != new.run:
        return "begin a path"
    if old.waypoints != new.waypoints:
        return _waypoints(len(old.waypoints), len(new.waypoints), sorted_alike=_same_points(old, new))
    if old.t != new.t:
        return "move along the path"
    names = {
        "closed": "close the path" if new.closed else "open the path",
        "steps": "set the steps of the path",
        "spacing": "choose the spacing of the steps",
        "metric": "choose the metric of the path",
        "second": "choose the second path",
    }
    return next((name for field, name in names.items() if _differs(field, old, new)), "choose the method of the path")


def _waypoints(before: int, after: int, *, sorted_alike: bool) -> str:
    if before != after:
        return "add a waypoint" if before < after else "delete a waypoint"
    return "reorder the waypoints" if sorted_alike else "move a waypoint"


def _same_points(old: Path, new: Path) -> bool:
    return sorted(point.z for point in old.waypoints) == sorted(point.z for point in new.waypoints)


def _blend(before: View, after: View) -> str:
    old, new = before.blend, after.blend
    if new is None:
        return "remove all pins"
    pins = 0 if old is None else len(old.pins)
    if pins != len(new.pins):
        return "pin a sample" if pins < len(new.pins) else "remove a pin"
    return "set the weights" if old is not None and old.pins == new.pins else "replace a pin"


def _named(before: View, after: View, field: str, what: str) -> str:
    change = len(getattr(after, field)) - len(getattr(before, field))
    return f"keep a {what}" if change > 0 else f"remove a {what}" if change < 0 else f"rename a {what}"


def _probe(before: View, after: View) -> str:
    if after.probe is None:
        return "clear the probe"
    if after.probe.sample is not None and (before.probe is None or before.probe.sample != after.probe.sample):
        return f"follow sample {after.probe.sample}"
    return "move the probe"


def _overlays(before: View, after: View) -> str:
    return "show an overlay" if after.overlays - before.overlays else "hide an overlay"


def _hidden(before: View, after: View) -> str:
    return "hide a class" if after.hidden_classes - before.hidden_classes else "show a class"


def _replay(before: View, after: View) -> str:
    return "return from the replay" if after.replay_epoch is None else "move the replay"


def _arithmetic(before: View, after: View) -> str:
    old, new = before.arithmetic, after.arithmetic
    if old.strength != new.strength:
        return "set the strength of the vector"
    names = {
        "sample": "choose the sample of the vector",
        "shows": "show a − b + c" if new.shows == "analogy" else "show the vector",
        "parts": "choose a part of a − b + c",
        "by": "choose what is left out as a whole",
    }
    return next((name for field, name in names.items() if _differs(field, old, new)), "choose the vector")


def _traversal(before: View, after: View) -> str:
    old, new = before.traversal, after.traversal
    names = {
        "span": "choose the range of the traversal",
        "steps": "set the steps of the traversal",
        "order": "order the rows of the traversal",
        "difference": "choose the shown differences",
    }
    return next((name for field, name in names.items() if _differs(field, old, new)), "choose a row of the traversal")


def _sheet(before: View, after: View) -> str:
    old, new = before.sheet, after.sheet
    names = {
        "seed": "draw samples",
        "source": "choose the source of the samples",
        "components": "set the number of Gaussians",
        "temperature": "set the temperature of the samples",
        "each_class": "choose the classes of the samples",
        "shows": "choose between mean and sample",
        "nearest": "show or hide the nearest samples",
    }
    return next((name for field, name in names.items() if _differs(field, old, new)), "set the number of samples")


def _always(name: str) -> Callable[[View, View], str]:
    return lambda before, after: name


WORDS: dict[str, Callable[[View, View], str]] = {
    # A selection or the path's t may move the probe, and other colours show all classes: causes come before effects.
    "panes": _panes,
    "selection": _selection,
    "path": _path,
    "blend": _blend,
    "kept_blends": lambda before, after: _named(before, after, "kept_blends", "blend"),
    "groups": lambda before, after: _named(before, after, "groups", "group"),
    "arithmetic": _arithmetic,
    "traversal": _traversal,
    "sheet": _sheet,
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
    "select_by": _always("choose box or lasso"),
    "same_scale": _always("change the scale of the planes"),
    "linked": _always("link the views"),
    "enlarged": _always("maximize a pane"),
    "active": _always("choose a pane"),
    "point_size": _always("set the size of the points"),
    "point_opacity": _always("set the opacity of the points"),
    "curves_log": _always("change the scale of the curves"),
    "curves_as_elbo": _always("choose between loss and ELBO"),
    "curves_axis": _always("choose the axis of the curves"),
    "curves_by_dimension": _always("show the KL of each dimension"),
    "curves_shown": _always("choose the plots"),
    "curves_hidden": _always("choose the plots"),
    "tab": _always("choose a tab"),
    "tab_size": _always("set the size of the tabs"),
}
"""The name of a change of each field; the functions get the Views before and after."""
