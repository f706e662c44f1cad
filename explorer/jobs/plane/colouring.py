"""Colours points by class, column, density or reconstruction error, for the window and for saved pictures."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Column, Description
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.bulk import bulk_of
from explorer.latent.information.discrete import NATS, Unit
from explorer.plot.contents import PointColours
from explorer.rendering.palette import NO_CLASS, class_colours, continuous_colours

UNKNOWN = -1
"""Key of the group of samples without a class or category, as in `Dataset.labels`."""

Span = tuple[float, float]

NO_CLASSIFIER = "classes of prior draws are known once the data is loaded"

_CELLS = 96
"""Cells per side of the histogram for the density."""
_SHOWN_OF_ERRORS = (1, 99)
"""Percentiles of the reconstruction error at the ends of the colours: a few outliers would hide the rest."""


@dataclass(frozen=True)
class ColourChoice:
    """A quantity to colour by: its name in ``View.colour_by`` and its title."""

    name: str
    title: str


@dataclass(frozen=True, eq=False)
class Colouring:
    """Colours of n points.

    Attributes
    ----------
    colours, groups
        ``(K, 3)`` sRGB and ``(n,)`` row indices into it; or ``(n, 3)`` and None for continuous values.
    keys, names
        Keys of the K groups in ``View.hidden_classes``, and their titles; empty without groups.
    values, span, unit
        Values ``(n,)``, those at the two ends of the colours, and their unit; None with groups.
    problem
        Reason why the points have no colours, or "".
    note
        What the colours show instead if the data lacks the chosen quantity, or "".
    """

    colours: NDArray[np.uint8]
    groups: NDArray[np.int64] | None = None
    keys: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    values: NDArray[np.float64] | None = None
    span: Span | None = None
    unit: str = ""
    problem: str = ""
    note: str = ""

    def rows_of(self, keys: Iterable[int]) -> frozenset[int]:
        """Return the row indices of the groups with these keys."""
        return frozenset(self.keys.index(key) for key in keys if key in self.keys)

    def meaning(self, title: str, hidden: Iterable[int] = ()) -> PointColours:
        """Return what the colours mean, for a saved picture; ``hidden`` are the keys of the hidden groups."""
        if self.values is not None and self.span is not None:
            return PointColours(title, values=self.values, span=self.span, unit=self.unit)
        if self.groups is None or self.problem:
            return PointColours(title)
        # The group of unknown samples is the last row here, and -1 there.
        names = tuple(name for key, name in zip(self.keys, self.names, strict=True) if key != UNKNOWN)
        groups = np.where(self.groups < len(names), self.groups, UNKNOWN).astype(np.int64)
        return PointColours(title, groups, names, frozenset(hidden))


def choices(description: Description, codes: PlaneCodes | None, unit: Unit = NATS) -> tuple[ColourChoice, ...]:
    """Return all quantities by which a run's points can be coloured; ``unit`` is that of information."""
    drawn = codes is not None and codes.drawn
    found = [ColourChoice("label", "class of the decode" if drawn else "class")] if description.class_names else []
    columns = () if codes is None else tuple(codes.columns.values())
    found += [ColourChoice(f"column:{column.name}", _with_unit(column)) for column in columns]
    found.append(ColourChoice("density", "density"))
    # Prior draws have no reconstruction error: nothing was encoded.
    return tuple(found) if drawn else (*found, ColourChoice("reconstruction", f"reconstruction error ({unit.name})"))


def choice_title(by: str, found: tuple[ColourChoice, ...]) -> str:
    """Return the title of a value of ``View.colour_by`` among the choices, without its unit."""
    column = title_of(by)
    title = next((choice.title for choice in found if choice.name == by), by)
    return column if column != by else title.partition(" (")[0]


def available_choice(by: str, codes: PlaneCodes) -> str:
    """Return ``by``, or "label" if it names a column that only other data has."""
    lacks = by.startswith("column:") and title_of(by) not in codes.columns
    return "label" if lacks and codes.labels is not None and not codes.drawn else by


def title_of(by: str) -> str:
    """Return the name of the column in a value of ``View.colour_by``."""
    return by.removeprefix("column:")


def colour(
    codes: PlaneCodes,
    points: NDArray[np.float64],
    class_names: tuple[str, ...],
    by: str,
    dark: bool,
    span: Span | None = None,
    unit: Unit = NATS,
) -> Colouring:
    """Return the colours of a plane's points for a value of ``View.colour_by``.

    Parameters
    ----------
    points
        ``(n, 2)``, for the density.
    span
        Range of the reconstruction error in nats, shared by all planes; without it, the plane's own.
    unit
        The unit of the reconstruction error.
    """
    if by == "label":
        if codes.labels is None:
            return _plain(len(points), dark, NO_CLASSIFIER if codes.drawn else "no labels")
        return _grouped(codes.labels, class_names, dark)
    if by == "density":
        return _continuous(local_density(points), dark, (0.0, 100.0), "% of the highest density")
    if by == "reconstruction":
        if codes.drawn:
            return _plain(len(points), dark, "not defined for prior draws")
        if codes.reconstruction is None:
            return _plain(len(points), dark, "not known during training")
        span = span or error_span([codes])
        shown = None if span is None else (span[0] * unit.per_nat, span[1] * unit.per_nat)
        return _continuous(codes.reconstruction * unit.per_nat, dark, shown, unit.name)
    column = codes.columns.get(title_of(by))
    if column is None:
        return _plain(len(points), dark, "not defined for prior draws" if codes.drawn else "not in this data")
    if column.categories:
        return _grouped(column.values, column.categories, dark)
    return _continuous(column.values, dark, _span_of(column.values), column.unit)


def error_span(planes: Iterable[PlaneCodes]) -> Span | None:
    """Return the range of the reconstruction error over several planes, without outliers; None if unknown."""
    known = [codes.reconstruction for codes in planes if codes.reconstruction is not None]
    values = np.concatenate(known) if known else np.empty(0, np.float32)
    values = values[np.isfinite(values)]
    if len(values) == 0:
        return None
    low, high = np.percentile(bulk_of(values[:, None]), _SHOWN_OF_ERRORS)
    return float(low), float(high)


def local_density(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the density around each point, ``(n,)``, in per cent of the highest; NaN for non-finite points."""
    from scipy.ndimage import gaussian_filter, map_coordinates

    density = np.full(len(points), np.nan)
    finite = np.isfinite(points).all(axis=1)
    kept = points[finite]
    if len(kept) == 0:
        return density
    low, high = np.quantile(bulk_of(kept), [0.005, 0.995], axis=0)
    step = np.maximum(high - low, 1e-9) / (_CELLS - 1)
    cells = (kept - low) / step
    # Beyond the grid lie the outermost 1 %: there it is empty, or they would crowd its edge.
    within = ((cells >= 0) & (cells <= _CELLS - 1)).all(axis=1)
    columns, rows = np.rint(cells[within]).astype(np.intp).T
    # A smoothed histogram instead of a kernel density: linear in n, so it follows a training.
    counts = np.bincount(columns * _CELLS + rows, minlength=_CELLS**2).reshape(_CELLS, _CELLS)
    smooth = gaussian_filter(counts.astype(np.float64), 1.5)
    density[finite] = 100 * map_coordinates(smooth, cells.T, order=1) / max(smooth.max(), 1e-12)
    return density


def _grouped(values: NDArray[np.int64], names: tuple[str, ...], dark: bool) -> Colouring:
    colours, keys = class_colours(len(names), dark), tuple(range(len(names)))
    groups = np.where((values >= 0) & (values < len(names)), values, len(names)).astype(np.int64)
    if (groups == len(names)).any():
        colours = np.concatenate([colours, np.array([NO_CLASS[dark]], np.uint8)])
        keys, names = (*keys, UNKNOWN), (*names, "unknown")
    return Colouring(colours, groups, keys, names)


def _continuous(values: NDArray[np.floating], dark: bool, span: Span | None, unit: str) -> Colouring:
    low, high = span or (0.0, 1.0)
    known = np.asarray(values, np.float64)
    shares = (known - low) / ((high - low) or 1.0)
    return Colouring(continuous_colours(shares, dark), values=known, span=(low, high), unit=unit)


def _plain(count: int, dark: bool, problem: str) -> Colouring:
    return Colouring(class_colours(1, dark), np.zeros(count, np.int64), problem=problem)


def _span_of(values: NDArray[np.floating]) -> Span | None:
    known = bulk_of(values[:, None])
    return (float(known.min()), float(known.max())) if len(known) else None


def _with_unit(column: Column) -> str:
    return f"{column.name} ({column.unit})" if column.unit else column.name
