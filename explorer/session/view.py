"""Everything on screen that can be undone, saved and opened, as one frozen value."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

Mode = Literal["probe", "pan", "select", "path"]
MAX_PANES = 4
"""So many planes are seen at a time; more would be too small to read."""
FIRST_OVERLAYS = frozenset({"prior_rings", "posterior", "words"})
"""Overlays that are on unless someone switches them off."""

Finite = Annotated[float, Field(allow_inf_nan=False)]
Index = Annotated[int, Field(ge=0, lt=2**63)]
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
        """Return what is switched off of the data of that fingerprint."""
        if self.hidden_of in ("", data):
            return self.hidden_classes
        return dict(self.hidden_besides).get(data, frozenset())

    def changes_to_hide(self, data: str, hidden: frozenset[int]) -> dict[str, Any]:
        """Return the changes that switch off just these of the data of that fingerprint, and leave other data's."""
        besides = dict(self.hidden_besides)
        if self.hidden_of not in ("", data):
            besides[self.hidden_of] = self.hidden_classes
        rest = tuple(sorted((other, keys) for other, keys in besides.items() if other != data and keys))
        return {"hidden_classes": hidden, "hidden_of": data if hidden or rest else "", "hidden_besides": rest}
