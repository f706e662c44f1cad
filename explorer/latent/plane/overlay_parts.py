"""What overlays draw on a plane, as plain values in latent units; whoever paints them has the colours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.latent.plane.box import Box

Ink = Literal["text", "muted", "line", "accent", "probe", "danger", "good"]
"""A colour by what it is for."""


@dataclass(frozen=True, eq=False)
class Shading:
    """A number per cell of a box: the clearer the ink, the higher the number; nothing where it is not finite.

    Attributes
    ----------
    values
        ``(rows, columns)``, the first row at the bottom.
    span
        The numbers at which the ink is not there, and at its clearest.
    name, unit
        What the numbers are, for the scale in the corner; no scale without a name.
    opacity
        Of the ink where it is clearest.
    """

    box: Box
    values: NDArray[np.floating]
    span: tuple[float, float]
    name: str = ""
    unit: str = ""
    ink: Ink = "muted"
    opacity: float = 0.75


@dataclass(frozen=True, eq=False)
class Regions:
    """A class per cell of a box, in the colours that the classes' points have: ``classes`` (rows, columns), -1 none.

    The first row is at the bottom. ``count`` is the number of classes that there are.
    """

    box: Box
    classes: NDArray[np.int64]
    count: int
    opacity: float = 0.3


@dataclass(frozen=True, eq=False)
class Pictures:
    """Samples or decodes drawn small at their places, each by the renderer of its kind.

    Attributes
    ----------
    places
        ``(n, 2)``, the middle of each.
    samples
        ``(n, *shape)`` in the samples' own units.
    sizes
        ``(n, 2)`` width and height that each may take: in latent units, or in pixels at scale 1 where ``in_pixels``.
    groups, count
        ``(n,)`` classes of so many, for a frame in the class's colour; -1 and None for no frame.
    box
        Where they are a lattice that fills one.
    rows
        ``(n,)`` the rows of the points that they are pictures of, where they are.
    """

    places: NDArray[np.float64]
    samples: NDArray[Any]
    sizes: NDArray[np.float64]
    in_pixels: bool = False
    opacity: float = 1.0
    groups: NDArray[np.int64] | None = None
    count: int = 0
    box: Box | None = None
    rows: NDArray[np.int64] | None = None


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines of one look.

    Attributes
    ----------
    paths
        Each ``(k, 2)``; one that is to be closed ends where it begins.
    group, count
        The class whose colour they have, of so many; the ink's for None.
    width
        In pixels at scale 1.
    filled
        How clearly what they enclose is filled with their colour.
    halo
        Whether a thin line of the ground's colour lies around them, so that they read over any point.
    labels
        A text for each path, written on it where it is highest within the visible area; empty for none. Of labels that
        would cover each other, the one of the later path is written.
    """

    paths: tuple[NDArray[np.float64], ...]
    ink: Ink = "muted"
    group: int | None = None
    count: int = 0
    width: float = 1.2
    opacity: float = 1.0
    dashed: bool = False
    dash_dotted: bool = False
    filled: float = 0.0
    halo: bool = False
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Labels:
    """Texts with their middle at places ``(n, 2)``, each on a small box of the ground's colour."""

    places: NDArray[np.float64]
    texts: tuple[str, ...]
    ink: Ink = "text"
    group: int | None = None
    count: int = 0
    bold: bool = False


@dataclass(frozen=True, eq=False)
class PointLabels:
    """Texts beside points at places ``(n, 2)``, the most important first: those that have room are written.

    Attributes
    ----------
    marked
        How many of them, from the first on, are of marked points. Beside several of these the others are muted.
    """

    places: NDArray[np.float64]
    texts: tuple[str, ...]
    marked: int = 0


@dataclass(frozen=True, eq=False)
class Curve:
    """A density along an axis: ``heights`` (bins,) per latent unit, over bins of even width.

    Attributes
    ----------
    name
        In the legend, once for all curves of a name.
    filled
        How clearly what lies under it is filled with its colour.
    """

    heights: NDArray[np.float64]
    name: str
    ink: Ink = "text"
    width: float = 1.2
    dashed: bool = False
    filled: float = 0.0


@dataclass(frozen=True, eq=False)
class Strip:
    """Curves along one axis of the plane, at the inside of its edge.

    Attributes
    ----------
    name
        Of the axis.
    ends
        Where the first bin begins and the last one ends, in latent units.
    top
        The density that is drawn as high as the strip.
    """

    side: Literal["bottom", "left"]
    name: str
    ends: tuple[float, float]
    curves: tuple[Curve, ...]
    top: float


@dataclass(frozen=True, eq=False)
class Strips:
    """Strips along the axes, with one legend."""

    along: tuple[Strip, ...]


Part = Shading | Regions | Pictures | Lines | Labels | PointLabels | Strips


@dataclass(frozen=True)
class OverlayResult:
    """All of one overlay.

    Attributes
    ----------
    parts
        The lowest first.
    words
        What the overlay shows, in one line, or why it shows nothing.
    numbers
        What the parts were made from, by name, for use in other programs.
    """

    parts: tuple[Part, ...] = ()
    words: str = ""
    numbers: Mapping[str, NDArray[Any]] = field(default_factory=dict, compare=False)
