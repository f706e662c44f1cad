"""Chooses what the window shows of a run before the first click: a sample to follow, and a path between two others.

With classes:

1. The typical sample of a class is the test sample whose code is nearest to the median code of the class.
2. The path leads between the typical samples of the two classes whose medians are farthest apart.
3. The followed sample is typical of the class whose median is farthest from that path, so that no mark hides another;
   with two classes, it is the sample in the middle of all codes.

Without classes, the principal directions of the codes take their place: the path leads along the first one, and the
followed sample lies off it along the second.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.session import Path, Probe, Waypoint

REACH = 1.5
"""Distance of the chosen samples from the mean code where there are no classes, in standard deviations."""

Codes = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class FirstLook:
    """The probe on a sample and, if two samples have different codes, a path between two others."""

    probe: Probe
    path: Path | None


def first_look(run: str, plane: PlaneCodes) -> FirstLook | None:
    """Return what to show first of the run with this key; None if its plane has no valid code."""
    rows = _rows_to_choose_from(plane)
    if not len(rows):
        return None
    codes = plane.mean[rows].astype(np.float64)
    medians, typical = _typical_of_classes(plane, rows, codes)
    points, nearest = (medians, typical) if len(typical) > 1 else _along_directions(codes)
    # The path shows most if its ends differ most.
    first, last, followed = _farthest(points)
    start, end = (_waypoint(plane, int(rows[nearest[which]])) for which in (first, last))
    # If there are only two classes, both are ends of the path, so the sample in the middle of all codes is followed.
    middle = followed in (first, last)
    sample = _waypoint(plane, int(rows[_nearest(codes, np.median(codes, axis=0)) if middle else nearest[followed]]))
    path = None if start.z == end.z else Path(run, (start, end))
    return FirstLook(Probe(run, sample.z, sample.sample), path)


def _rows_to_choose_from(plane: PlaneCodes) -> Rows:
    """Return the rows of the test samples, or all rows where no sample is known to be one."""
    valid = np.isfinite(plane.mean).all(axis=1)
    test = valid & (plane.split == "test") if plane.split is not None else valid
    return np.flatnonzero(test if test.any() else valid)


def _typical_of_classes(plane: PlaneCodes, rows: Rows, codes: Codes) -> tuple[Codes, Rows]:
    """Return the median code of each class, ``(classes, latent_dim)``, and the index in ``codes`` nearest to each."""
    labels = None if plane.labels is None else plane.labels[rows]
    # Negative labels are unknown classes.
    found = np.empty(0, np.int64) if labels is None else np.unique(labels[labels >= 0])
    medians, typical = [], []
    for label in found:
        members = np.flatnonzero(labels == label)
        medians.append(np.median(codes[members], axis=0))
        typical.append(members[_nearest(codes[members], medians[-1])])
    return np.array(medians), np.array(typical, np.intp)


def _along_directions(codes: Codes) -> tuple[Codes, Rows]:
    """Return the codes nearest to points along the principal directions, and their indices; two ends come first."""
    centred = codes - codes.mean(axis=0)
    variances, directions = np.linalg.eigh(centred.T @ centred / len(codes))
    along = (directions * np.sqrt(np.maximum(variances, 0)) * REACH).T[::-1]  # the largest first
    offsets = [along[0], -along[0], along[1] if len(along) > 1 else np.zeros(codes.shape[1])]
    nearest = np.array([_nearest(centred, offset) for offset in offsets], np.intp)
    return codes[nearest], nearest


def _farthest(points: Codes) -> tuple[int, int, int]:
    """Return the two points that are farthest apart, and the one farthest from the line between them."""
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    first, last = map(int, np.unravel_index(distances.argmax(), distances.shape))
    along = points[last] - points[first]
    shares = ((points - points[first]) @ along / max(float(along @ along), 1e-12)).clip(0, 1)
    aside = np.linalg.norm(points - points[first] - shares[:, None] * along, axis=1)
    # On one line, the point farthest from both ends.
    on_line = aside.max() <= 1e-9 * float(np.linalg.norm(along))
    return first, last, int((distances[[first, last]].min(axis=0) if on_line else aside).argmax())


def _nearest(codes: Codes, point: Codes) -> int:
    return int(np.linalg.norm(codes - point, axis=1).argmin())


def _waypoint(plane: PlaneCodes, row: int) -> Waypoint:
    return Waypoint(tuple(map(float, plane.mean[row])), plane.sample_of(row))
