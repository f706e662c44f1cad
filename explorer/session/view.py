"""The state of the screen as one frozen value: everything that can be undone, saved and opened.

`with_active`, `with_distinct_copies` and `with_run` return changed Views that are still consistent: their panes are
distinct, the active pane exists, and no part belongs to a removed run.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

from pydantic import Field

from explorer.session.view_parts import (
    Arithmetic,
    Blend,
    CurvesAxis,
    Factor,
    Group,
    Index,
    KeptBlend,
    Mode,
    Pane,
    Path,
    Probe,
    Sheet,
    Title,
    Traversal,
)

FIRST_OVERLAYS = frozenset({"prior_rings", "posterior", "words"})
"""Overlays that are on by default."""


@dataclass(frozen=True)
class View:
    """Everything on screen that can be undone, saved and opened, except arrays and weights.

    Attributes
    ----------
    panes, active
        The planes from left to right, and the index of the one that the panels describe.
    enlarged
        Whether the active pane is maximized.
    linked
        Whether all planes zoom and pan together.
    same_scale
        Whether planes of equal axes show the same range in the same units.
    mode, select_by
        The effect of dragging the mouse on a plane, and the shape that selects samples.
    probe, path
        The point being decoded and the path; None before the first click.
    traversal, blend, arithmetic, sheet
        Settings and contents of the tabs Traverse, Blend, Vectors and Samples.
    kept_blends, groups
        Blends and groups of samples that the user has named.
    selection
        Indices of the selected samples in the data set of the active pane.
    hidden_classes
        Classes that the legend hides, or categories of the column that colours the points; -1 stands for unknown.
    hidden_of, hidden_besides
        The fingerprint of the data that ``hidden_classes`` belongs to ("" for any data), and the hidden classes of
        other data by fingerprint; `hidden_in` looks up either.
    colour_by
        ``"label"``, ``"density"``, ``"reconstruction"`` or ``"column:<name>"``.
    overlays
        Names of the visible overlays, from `explorer.jobs.overlays.catalog`.
    decode_as
        Whether a decode shows the mean of p(x|z) or a sample from it.
    noise_seed
        Seed of the ε with which z is drawn for the probe's sample; 0 decodes the mean, each redraw adds 1.
    draw_seed
        Seed of the sample from p(x|z); each redraw adds 1.
    condition
        The class that conditional models decode; None means the sample's own class, or class 0 for any other z.
    point_size, point_opacity
        Size and opacity of the points as factors of the default.
    curves_log, curves_as_elbo
        Whether curves have a log scale, and whether they show the ELBO (↑) instead of the loss (↓).
    curves_axis
        The horizontal axis of the curves: ``"own"`` is the share of each run's own training.
    curves_by_dimension
        Whether there is a plot of the KL of each latent dimension.
    curves_shown, curves_hidden
        Names of plots that the user has shown or hidden; the others appear if there is room.
    probe_follows_path
        Whether the probe moves with t.
    tab, tab_size
        The tab in front below the planes, and the share of the window that the tabs take.
    replay_epoch
        The epoch at which runs with a replay are shown; None means the newest weights.
    """

    # All fields are immutable and hashable, so Views can be compared, shared and kept for undo without copies.
    panes: tuple[Pane, ...] = ()
    active: Index = 0
    enlarged: bool = False
    linked: bool = False
    same_scale: bool = False
    mode: Mode = "probe"
    select_by: Literal["box", "lasso"] = "box"
    probe: Probe | None = None
    path: Path | None = None
    selection: tuple[Index, ...] = ()
    groups: tuple[Group, ...] = ()
    traversal: Traversal = field(default_factory=Traversal)
    blend: Blend | None = None
    kept_blends: tuple[KeptBlend, ...] = ()
    arithmetic: Arithmetic = field(default_factory=Arithmetic)
    sheet: Sheet = field(default_factory=Sheet)
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
    curves_axis: CurvesAxis = "epoch"
    curves_by_dimension: bool = False
    curves_shown: frozenset[str] = frozenset()
    curves_hidden: frozenset[str] = frozenset()
    probe_follows_path: bool = False
    tab: Title = ""
    tab_size: Literal["compact", "wide", "enlarged"] = "compact"
    replay_epoch: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None

    def weights_of(self, run: str) -> str:
        """Return which weights of a run are used; "final" if no pane shows it."""
        return next((pane.weights for pane in self.panes if pane.run == run), "final")

    def with_weights(self, run: str, weights: str) -> tuple[Pane, ...]:
        """Return the panes with other weights of a run."""
        return tuple(replace(pane, weights=weights) if pane.run == run else pane for pane in self.panes)

    @property
    def active_run(self) -> str | None:
        """The path of the active pane's run."""
        return self.panes[self.active].run if 0 <= self.active < len(self.panes) else None

    def hidden_in(self, data: str) -> frozenset[int]:
        """Return the hidden classes of the data with this fingerprint."""
        if self.hidden_of in ("", data):
            return self.hidden_classes
        return dict(self.hidden_besides).get(data, frozenset())

    def changes_to_hide(self, data: str, hidden: frozenset[int]) -> dict[str, Any]:
        """Return the changes to the View that hide exactly these classes of the data with this fingerprint.

        The hidden classes of other data stay as they are.
        """
        # Each data set keeps its own hidden classes, so that switching panes does not lose them.
        besides = dict(self.hidden_besides)
        if self.hidden_of not in ("", data):
            besides[self.hidden_of] = self.hidden_classes
        rest = tuple(sorted((other, keys) for other, keys in besides.items() if other != data and keys))
        return {"hidden_classes": hidden, "hidden_of": data if hidden or rest else "", "hidden_besides": rest}


def with_active(view: View, chosen: tuple[str, int] | None) -> View:
    """Return the View with the pane of this identity active; without such a pane, the pane at the same index."""
    indices = [index for index, pane in enumerate(view.panes) if pane.identity == chosen]
    active = view.active if view.active in indices or not indices else indices[0]
    return replace(view, active=max(0, min(active, len(view.panes) - 1)))


def with_distinct_copies(panes: Iterable[Pane]) -> tuple[Pane, ...]:
    """Return the panes with distinct copies and equal weights for each run; a session file may have others."""
    panes = tuple(panes)
    found: dict[tuple[str, int], Pane] = {}
    weights = {pane.run: pane.weights for pane in reversed(panes)}  # those of the first pane of each run
    # Take the first free number from the pane's own on; with n panes before it, n + 1 numbers suffice.
    for pane in panes:
        free = next(copy for copy in range(pane.copy, pane.copy + len(found) + 1) if (pane.run, copy) not in found)
        pane = replace(pane, copy=free, weights=weights[pane.run])
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
    for name in ("probe", "path", "blend"):
        part = getattr(view, name)
        if part is not None and part.run == old:
            changes[name] = replace(part, run=new) if new else None
    kept = [one if one.blend.run != old else _of_run(one, new) for one in view.kept_blends]
    changes["kept_blends"] = tuple(one for one in kept if one is not None)
    return replace(view, **changes)


def _of_run(kept: KeptBlend, run: str | None) -> KeptBlend | None:
    return None if run is None else replace(kept, blend=replace(kept.blend, run=run))
