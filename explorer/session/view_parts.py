"""The parts of a View, and the limits of each: panes, probe, path, pins, groups and the tabs.

All parts are frozen and hashable. Their types carry the limits that `view_from_json` checks.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

Mode = Literal["probe", "pan", "select", "path"]
Method = Literal["straight", "spherical", "spline", "geodesic"]
"""Methods of interpolation between waypoints."""
CurvesAxis = Literal["epoch", "step", "time", "own"]
MAX_PANES = 4
"""Maximum number of panes; more would be too small to read."""
MAX_WAYPOINTS = 100
MAX_PINS = 8
"""Maximum number of pinned samples; more could not be told apart in a polygon."""
THE_PROBE = "the probe"
"""Stands for the probe among the parts of a − b + c."""
MAX_SEARCH = 400
"""Maximum number of characters of a search that stands for a group."""

Finite = Annotated[float, Field(allow_inf_nan=False)]
Index = Annotated[int, Field(ge=0, lt=2**63)]
Factor = Annotated[float, Field(gt=0, le=100)]
Share = Annotated[float, Field(ge=0, le=1)]
Title = Annotated[str, Field(max_length=80)]
GroupText = Annotated[str, Field(max_length=MAX_SEARCH)]
WeightsText = Annotated[str, Field(pattern=r"^(final|best|step \d{1,12})$")]
"""Which weights of a run are used, as `explorer.runs.weights_choice.WeightsChoice` writes it."""


@dataclass(frozen=True)
class Pane:
    """One plane: the path of a run's directory, and the two components of z that it shows.

    ``axes`` is None for the default: z itself with one or two latent dimensions, PCA of the codes with more.
    ``copy`` distinguishes panes of the same run. ``weights`` are the weights of the run that are used: the same ones in
    all its panes.
    """

    run: str
    axes: tuple[Index, Index] | None = None
    copy: Index = 0
    weights: WeightsText = "final"

    @property
    def identity(self) -> tuple[str, int]:
        """The run and the copy, which identify the pane wherever it is and whichever axes it shows."""
        return self.run, self.copy


@dataclass(frozen=True)
class Probe:
    """The point being decoded: the full z of one run, and the index of the sample if z is a sample's code."""

    run: str
    z: Annotated[tuple[Finite, ...], Field(min_length=1)]
    sample: Index | None = None


@dataclass(frozen=True)
class Waypoint:
    """A point that a path goes through, or that is pinned for a blend: any z, or the code of a sample."""

    z: Annotated[tuple[Finite, ...], Field(min_length=1)]
    sample: Index | None = None


@dataclass(frozen=True)
class Path:
    """A path through the latent space of one run.

    Attributes
    ----------
    waypoints
        The points that it goes through, in order; with one, it is only begun.
    closed
        Whether it returns from the last waypoint to the first.
    t
        The position on it that is decoded, as a share of its length.
    steps
        Number of equal steps along it.
    method, second
        Method of interpolation between waypoints, and the method that it is compared with.
    spacing
        Whether the steps are equal in latent space, or between decodes.
    metric
        The length that a geodesic minimizes: that of the decodes, or the same weighted with the inverse code density.
    """

    run: str
    waypoints: Annotated[tuple[Waypoint, ...], Field(min_length=1, max_length=MAX_WAYPOINTS)]
    closed: bool = False
    t: Share = 0.5
    steps: Annotated[int, Field(ge=1, le=1000)] = 96
    method: Method = "straight"
    second: Method | None = None
    spacing: Literal["latent", "decoded"] = "latent"
    metric: Literal["decoder", "density"] = "decoder"

    @property
    def is_whole(self) -> bool:
        """Whether the path leads from one waypoint to another."""
        return len(self.waypoints) > 1


@dataclass(frozen=True)
class Traversal:
    """How the directions around the probe are shown: their range, number of steps, order and differences.

    Attributes
    ----------
    span
        Whether each row spans ±3σ of the prior, or the range of the codes.
    row
        The symbol of the chosen row, such as ``"z6"``.
    difference
        The rows that also show the difference from the probe's decode.
    """

    span: Literal["prior", "codes"] = "prior"
    steps: Annotated[int, Field(ge=3, le=41)] = 13
    order: Literal["kl", "index", "change"] = "kl"
    difference: Literal["none", "row", "all"] = "none"
    row: Title = ""


@dataclass(frozen=True)
class Blend:
    """Pinned points of one run, and the weight of each; the weights add up to 1."""

    run: str
    pins: Annotated[tuple[Waypoint, ...], Field(min_length=1, max_length=MAX_PINS)]
    weights: Annotated[tuple[Share, ...], Field(min_length=1, max_length=MAX_PINS)]


@dataclass(frozen=True)
class KeptBlend:
    """A blend with a name."""

    name: Title
    blend: Blend


@dataclass(frozen=True)
class Group:
    """Samples with a name, of the data with the fingerprint ``data``; ``origin`` says where they come from."""

    name: Title
    data: str
    samples: tuple[Index, ...]
    origin: str = ""


@dataclass(frozen=True)
class Arithmetic:
    """The attribute vector that is applied: of two groups, or a kept one; or a − b + c.

    Attributes
    ----------
    plus, minus
        The groups whose means are subtracted: the name of a `Group`, or a search, such as ``"class 3"``.
    by
        Column whose values are left out and resampled as a whole, such as the person; "" for single samples.
    kept
        Name of a vector that is kept with the run; it goes before the groups.
    sample
        The sample that the vector is added to; None for the probe.
    strength
        Factor of the vector.
    shows
        Whether the tab shows the vector, or a − b + c.
    parts
        a, b and c: groups, indices of samples, or `THE_PROBE`.
    """

    plus: GroupText = ""
    minus: GroupText = ""
    by: GroupText = ""
    kept: Title = ""
    sample: Index | None = None
    strength: Annotated[float, Field(ge=-10, le=10)] = 1.0
    shows: Literal["vector", "analogy"] = "vector"
    parts: tuple[GroupText, GroupText, GroupText] = ("", "", "")


@dataclass(frozen=True)
class Sheet:
    """Draws side by side: the source of their codes, their number, and how each is shown.

    Attributes
    ----------
    source
        The prior (or the range of the codes, without one), a mixture of Gaussians fitted on the codes, the range of the
        codes, or around the probe.
    components
        Number of Gaussians of the mixture; 0 chooses it.
    temperature
        Factor of the standard deviations of the source.
    each_class
        Whether each row is decoded as another class, by conditional models.
    shows
        The mean of p(x|z), or a sample from it.
    nearest
        Whether the nearest training sample is below each draw.
    """

    source: Literal["prior", "mixture", "range", "around"] = "prior"
    rows: Annotated[int, Field(ge=1, le=20)] = 5
    columns: Annotated[int, Field(ge=1, le=20)] = 5
    seed: Index = 0
    temperature: Annotated[float, Field(gt=0, le=4)] = 1.0
    components: Annotated[int, Field(ge=0, le=100)] = 0
    each_class: bool = False
    shows: Literal["mean", "sample"] = "mean"
    nearest: bool = False
