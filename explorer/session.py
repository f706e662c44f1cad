"""What is on screen: a frozen View, its updates, undo and redo, to and from JSON."""

import dataclasses
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError

from explorer.config import ConfigError

Mode = Literal["probe", "pan", "select", "path"]
FORMAT_VERSION = 1
UNDO_STEPS = 200
MOST_PANES = 4
"""So many planes are seen at a time; more would be too small to read."""
FIRST_OVERLAYS = frozenset({"prior_rings", "posterior", "words"})
"""Overlays that are on unless someone switches them off."""

Finite = Annotated[float, Field(allow_inf_nan=False)]
Index = Annotated[int, Field(ge=0)]
Factor = Annotated[float, Field(gt=0, le=100)]
Share = Annotated[float, Field(ge=0, le=1)]
"""Limits that an opened session is checked against."""


@dataclass(frozen=True)
class Pane:
    """One plane: a run by the path of its directory, and which two components of z it shows.

    ``axes`` is None for the run's own choice: z itself in one or two dimensions, PCA of the codes in more.
    ``copy`` tells panes of one run apart.
    """

    run: str
    axes: tuple[Index, Index] | None = None
    copy: Index = 0

    @property
    def identity(self) -> tuple[str, int]:
        """What stays the same wherever the pane stands and whatever it shows of its run."""
        return self.run, self.copy


@dataclass(frozen=True)
class Probe:
    """Where the hand is: the full z of one run; ``sample`` is the data set's index where z came from a sample."""

    run: str
    z: Annotated[tuple[Finite, ...], Field(min_length=1)]
    sample: Index | None = None


@dataclass(frozen=True)
class PathEnd:
    """One end of a path: a place, or a sample's code."""

    z: Annotated[tuple[Finite, ...], Field(min_length=1)]
    sample: Index | None = None


@dataclass(frozen=True)
class Path:
    """A path through one run's latent space; ``t`` in [0, 1] is the place on it that is shown."""

    run: str
    start: PathEnd
    end: PathEnd | None = None
    t: Share = 0.5
    steps: Annotated[int, Field(ge=2, le=1000)] = 9
    method: Literal["lerp", "slerp"] = "lerp"


@dataclass(frozen=True)
class View:
    """Everything on screen that can be undone, saved and opened; arrays and weights stay outside.

    Attributes
    ----------
    panes, active
        The planes, left to right, and which one the panels speak of.
    enlarged
        Whether the active pane fills the area of all.
    linked
        Whether zoom and pan of all planes go together.
    mode
        What the hand does on a plane.
    probe, path
        See there; None before the first click.
    selection
        Sample indices of the active pane's data set.
    hidden_classes
        What the legend has switched off: classes, or categories of the column that colours (-1: unknown).
    hidden_of, hidden_besides
        The fingerprint of the data that they are of ("" for whatever is shown), and what is switched off of other data
        beside it; `hidden_in` gives either.
    colour_by
        ``"label"``, ``"density"``, ``"reconstruction"`` or ``"column:<name>"``.
    overlays
        Names of overlays that are on, as `explorer.jobs.overlays.catalog` has them.
    decode_as
        Whether a decode shows the mean of p(x|z) or a sample of it.
    noise_seed
        Which ε is drawn for the probe's sample; 0 is none, each redraw takes the next.
    draw_seed
        Which sample of p(x|z) is drawn; each redraw takes the next.
    condition
        The class that is decoded by models that are told one; None: a sample's own, and the first for a place.
    point_size, point_opacity
        Of the points, as factors of the default.
    curves_log, curves_as_elbo
        Whether curves have a log scale, and show the ELBO (↑) instead of the loss (↓).
    curves_by_dimension
        Whether the KL of each latent dimension has a plot beside the others.
    curves_shown, curves_hidden
        Names of plots that the user has asked for, or switched off; the others are shown as far as there is room.
    probe_follows_path
        Whether the probe goes along as t does.
    replay_epoch
        The epoch that runs with a replay are shown at; None: as they are now.
    """

    panes: tuple[Pane, ...] = ()
    active: Index = 0
    enlarged: bool = False
    linked: bool = False
    mode: Mode = "probe"
    probe: Probe | None = None
    path: Path | None = None
    selection: tuple[Index, ...] = ()
    hidden_classes: frozenset[int] = frozenset()
    hidden_of: str = ""
    hidden_besides: tuple[tuple[str, frozenset[int]], ...] = ()
    colour_by: str = "label"
    overlays: frozenset[str] = FIRST_OVERLAYS
    decode_as: Literal["mean", "sample"] = "mean"
    noise_seed: Index = 0
    draw_seed: Index = 0
    condition: Index | None = None
    point_size: Factor = 1.0
    point_opacity: Factor = 1.0
    curves_log: bool = False
    curves_as_elbo: bool = False
    curves_by_dimension: bool = False
    curves_shown: frozenset[str] = frozenset()
    curves_hidden: frozenset[str] = frozenset()
    probe_follows_path: bool = False
    replay_epoch: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None

    @property
    def active_run(self) -> str | None:
        """The path of the active pane's run."""
        return self.panes[self.active].run if 0 <= self.active < len(self.panes) else None

    def hidden_in(self, data: str) -> frozenset[int]:
        """Give what is switched off of the data of that fingerprint."""
        if self.hidden_of in ("", data):
            return self.hidden_classes
        return dict(self.hidden_besides).get(data, frozenset())

    def changes_to_hide(self, data: str, hidden: frozenset[int]) -> dict[str, Any]:
        """Give the changes that switch off just these of the data of that fingerprint, and leave other data's."""
        besides = dict(self.hidden_besides)
        if self.hidden_of not in ("", data):
            besides[self.hidden_of] = self.hidden_classes
        rest = tuple(sorted((other, keys) for other, keys in besides.items() if other != data and keys))
        return {"hidden_classes": hidden, "hidden_of": data if hidden or rest else "", "hidden_besides": rest}


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
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def update(self, **changes: Any) -> None:
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

    def adjust(self, **changes: Any) -> None:
        """Replace parts of the View that are no matter for undo: panes, the mode of the hand, sizes.

        They change in the older Views too, so that no undo brings them back. The active pane is the same one in each,
        wherever it stands there.
        """
        panes = changes.get("panes", self._view.panes)
        active = changes.get("active", self._view.active)
        chosen = panes[active].identity if 0 <= active < len(panes) else None
        self._show_everywhere(lambda view: _with_active(replace(view, **changes), chosen))

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
        self._show_everywhere(lambda view: _with_run(view, old, new))

    def to_json(self) -> dict[str, Any]:
        """Give the View as plain JSON values."""
        return {"format": FORMAT_VERSION, "view": _VIEW.dump_python(self._view, mode="json")}

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
            if listener in self._listeners:  # it may have ended meanwhile
                listener(old, new)


def view_from_json(value: Mapping[str, Any]) -> View:
    """Read a View from what `Session.to_json` gave.

    Raises
    ------
    ConfigError
        For another format or a View that does not hold together.
    """
    if not isinstance(value, Mapping) or value.get("format") != FORMAT_VERSION:
        raise ConfigError(f"no session of format {FORMAT_VERSION}")
    try:
        view = _VIEW.validate_python(value.get("view"))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(["view", *map(str, first["loc"])])
        raise ConfigError(f"no session that holds together: {place}: {first['msg']}") from error
    if view.active >= max(1, len(view.panes)):
        raise ConfigError(f"no session that holds together: pane {view.active} of {len(view.panes)} is active")
    return replace(view, panes=_told_apart(view.panes))


def _without_repeats(views: Iterable[View], follower: View) -> list[View]:
    """Drop each View that is equal to the one after it; ``follower`` comes after the last."""
    kept: list[View] = []
    for view in reversed(list(views)):
        if view != follower:
            kept.append(view)
        follower = view
    return kept[::-1]


def _with_active(view: View, chosen: tuple[str, int] | None) -> View:
    """Make the pane of that identity the active one; where there is none, the one that stands in its place."""
    places = [place for place, pane in enumerate(view.panes) if pane.identity == chosen]
    active = view.active if view.active in places or not places else places[0]
    return replace(view, active=max(0, min(active, len(view.panes) - 1)))


def _told_apart(panes: Iterable[Pane]) -> tuple[Pane, ...]:
    """Give panes of one run copies of their own, where a file has left it open."""
    found: dict[tuple[str, int], Pane] = {}
    for pane in panes:
        free = next(copy for copy in range(pane.copy, pane.copy + len(found) + 1) if (pane.run, copy) not in found)
        pane = replace(pane, copy=free)
        found[pane.identity] = pane
    return tuple(found.values())


def _with_run(view: View, old: str, new: str | None) -> View:
    if new:
        panes = tuple(replace(pane, run=new) if pane.run == old else pane for pane in view.panes)
        active = view.active
    else:
        panes = tuple(pane for pane in view.panes if pane.run != old)
        active = sum(pane.run != old for pane in view.panes[: view.active])
    changes: dict[str, Any] = {"panes": _told_apart(panes), "active": max(0, min(active, len(panes) - 1))}
    for name in ("probe", "path"):
        part = getattr(view, name)
        if part is not None and part.run == old:
            changes[name] = dataclasses.replace(part, run=new) if new else None
    return replace(view, **changes)


_VIEW = TypeAdapter(View)
