"""The current state of a pane: everything that its overlays may depend on, and the class that points are decoded as."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.information.discrete import NATS, Unit
from explorer.latent.plane.box import Box
from explorer.session import Path, View, Waypoint


def class_of_point(run: OpenRun, chosen: int | None) -> int | None:
    """Return the class for decoding a point: the chosen one, else the first; None if the model is not conditional."""
    valid = class_of_sample(run, chosen)
    # A conditional decoder needs some class; a point has none of its own.
    return 0 if valid is None and run.capabilities.condition else valid


def class_of_sample(run: OpenRun, chosen: int | None) -> int | None:
    """Return the class for decoding a sample: the chosen one, or None for the class of the sample."""
    if not run.capabilities.condition or chosen is None or chosen >= len(run.description.class_names):
        return None
    return chosen


def class_of_code(run: OpenRun, chosen: int | None, sample: int | None) -> int | None:
    """Return the class for decoding the code of a sample: the chosen one, else that of the sample, else the first.

    None if the model is not conditional. Without a sample, the code is a point.
    """
    row = run.plane.row_of(sample) if run.plane is not None and sample is not None else None
    known = -1 if run.plane is None else run.plane.label_of(row)
    is_open = class_of_sample(run, chosen) is None and run.capabilities.condition
    return known if is_open and known >= 0 else class_of_point(run, chosen)


@dataclass(frozen=True, eq=False)
class Scene:
    """The state of one pane.

    Attributes
    ----------
    box, pixels
        The visible part of the plane in latent units, and its width and height in pixels at scale 1, so that the same
        number of pixels is equally readable on every screen.
    same_data
        True if sample indices of the active pane mean the same samples in this pane.
    unit
        The unit in which overlays write information.
    """

    view: View
    run: OpenRun
    projected: ProjectedCodes
    box: Box
    pixels: tuple[int, int]
    same_data: bool = True
    unit: Unit = NATS

    @cached_property
    def base(self) -> tuple[float, ...]:
        """The z that supplies the components that the plane does not show: that of the probe, else the mean code.

        It is moved to the origin of the plane, so that it stays the same while the probe moves within the plane.
        """
        projection = self.projected.projection
        if projection.is_whole:
            return (0.0,) * projection.latent_dim
        base = base_code(self.view, self.run.key, self.projected, same_data=self.same_data)
        at_origin = projection.replace_components(self.projected.mean_code if base is None else base, (0.0, 0.0))
        # Rounded, so that rounding errors of a moving probe do not look like a change.
        return tuple(np.round(at_origin, 5).tolist())

    @property
    def rest_words(self) -> str:
        """Where the components that the plane does not show come from; "" if it shows all."""
        if self.projected.projection.is_whole:
            return ""
        known = base_code(self.view, self.run.key, self.projected, same_data=self.same_data) is not None
        return f"other components of z from {'the probe' if known else 'the mean code'}"

    @property
    def condition(self) -> int | None:
        """The class for decoding points with a conditional model; None for all others."""
        return class_of_point(self.run, self.view.condition)

    @cached_property
    def selected(self) -> tuple[int, ...]:
        """The rows of the selected samples on the plane."""
        return tuple(map(int, selected_rows(self.view, self.projected, self.same_data)))

    @cached_property
    def probed(self) -> int | None:
        """The row of the probed sample, or None."""
        return probed_row(self.view, self.run.key, self.projected, same_data=self.same_data)


def base_code(view: View, key: str, projected: ProjectedCodes, *, same_data: bool) -> tuple[float, ...] | None:
    """Return the z whose unseen components a click keeps: that of the probe, or of its sample in this run."""
    if view.probe is None:
        return None
    # A sample has another code in another run, and a new one with each step of a training.
    at_sample = view.probe.sample is not None and (same_data or view.probe.run == key)
    row = projected.codes.row_of(view.probe.sample) if at_sample and view.probe.sample is not None else None
    if row is None and view.probe.run == key:
        return view.probe.z if len(view.probe.z) == projected.projection.latent_dim else None
    return None if row is None else projected.code_of_row(row)


def path_now(path: Path, plane: PlaneCodes) -> Path:
    """Return the path with the newest codes of the samples that it goes through, which move while the run trains."""
    waypoints = tuple(_waypoint_now(waypoint, plane) for waypoint in path.waypoints)
    return path if waypoints == path.waypoints else replace(path, waypoints=waypoints)


def path_in_run(path: Path, run: OpenRun, own: OpenRun | None) -> Path | None:
    """Return a path as it is in an open run, or None if it cannot be drawn there.

    In its own run it has the newest codes of its samples. In another run of the same data, it is the path through the
    same samples, if all its waypoints are samples that this run has codes of.
    """
    plane = run.plane
    if path.run != run.key:
        same = own is not None and own.description.fingerprint == run.description.fingerprint
        if not same or plane is None or plane.drawn:
            return None
        if any(place.sample is None or plane.row_of(place.sample) is None for place in path.waypoints):
            return None
        path = replace(path, run=run.key)
    if plane is not None:
        path = path_now(path, plane)
    elif any(place.sample is not None for place in path.waypoints):
        return None  # the samples have no codes yet
    # A run trained again under the same name may have another latent dimension.
    usable = all(len(place.z) == run.latent_dim and bool(np.isfinite(place.z).all()) for place in path.waypoints)
    return path if usable else None


def _waypoint_now(waypoint: Waypoint, plane: PlaneCodes) -> Waypoint:
    row = None if waypoint.sample is None or plane.drawn else plane.row_of(waypoint.sample)
    return waypoint if row is None else replace(waypoint, z=tuple(map(float, plane.mean[row])))


def probed_row(view: View, key: str, projected: ProjectedCodes, *, same_data: bool) -> int | None:
    """Return the row of the probed sample; None if a point is probed, or a sample of other data."""
    if view.probe is None or view.probe.sample is None or not (view.probe.run == key or same_data):
        return None
    return projected.codes.row_of(view.probe.sample)


def selected_rows(view: View, projected: ProjectedCodes, same_data: bool) -> NDArray[np.intp]:
    """Return the rows of the selected samples on the plane."""
    if not view.selection or not same_data:
        return np.empty(0, np.intp)
    return np.flatnonzero(np.isin(projected.codes.index, np.array(view.selection, np.int64)))
