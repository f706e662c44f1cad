"""Texts of a plane: the number of points outside, and the reason why it is empty. No Qt."""

from pathlib import Path

from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.plane.box import Box


def outside_texts(projected: ProjectedCodes | None, visible: Box) -> tuple[str, ...]:
    """Return how many points are outside the visible part, as texts, the longest first; none if all are inside."""
    beyond = 0 if projected is None else visible.count_outside(projected.points)
    if projected is None or not beyond:
        return ()
    total = len(projected.points)
    points = "point" if total == 1 else "points"
    return f"{beyond:,} of {total:,} {points} outside", f"{beyond:,} of {total:,} outside", f"{beyond:,} outside"


def empty_text(key: str, run: OpenRun | None, training: bool) -> str:
    """Return why there are no points and what to do."""
    if run is None:
        return f"Opening {Path(key).name} …"
    if training or run.status == "training":
        return "Codes appear in a moment"
    if run.missing_data:
        return f"No codes are stored with this run, and its data is missing: {run.missing_data}"
    return "No codes yet: choose Resume in this pane's menu ▾"


def plane_description(run: OpenRun | None, projected: ProjectedCodes | None) -> str:
    """Return a description of the plane for screen readers."""
    if run is None or projected is None:
        return "Latent plane"
    return f"Latent plane of {run.name}: {len(projected.points):,} {projected.codes.rows_are}"


def drawn_text(codes: PlaneCodes | None) -> str:
    """Return what the points are if they are prior draws; "" if they are samples."""
    if codes is None or not codes.drawn:
        return ""
    coloured = f", each coloured by {codes.labelled_by}" if codes.labelled_by else ""
    return f"No encoder: {len(codes.index):,} draws from the prior{coloured}"
