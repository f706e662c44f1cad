"""Texts of a plane: axis names, the number of points outside, and the reason why it is empty. No Qt."""

from typing import Literal

from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.plane.box import Box

Room = Literal["wide", "narrow", "narrowest"]


def axis_names(projected: ProjectedCodes | None, visible: Box, *, room: Room = "wide") -> tuple[str, str]:
    """Return the names of both axes. The first also gives the number of points outside, as long as the room permits."""
    if projected is None:
        return "", ""
    across, up = (projected.axis_title(axis) for axis in (0, 1))
    beyond = visible.count_outside(projected.points)
    if beyond:
        points = "point" if beyond == 1 else "points"
        across += {
            "wide": f"  ·  {beyond:,} {points} beyond the edge",
            "narrow": f"  ·  {beyond:,} beyond the edge",
            "narrowest": f" · {beyond:,} off",
        }[room]
    return across, up


def empty_text(run: OpenRun | None, training: bool) -> str:
    """Return why there are no points and what to do."""
    if run is None:
        return "Opening…"
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
