"""What a View means on one plane: which marks and overlays its points get. No Qt."""

import numpy as np
from numpy.typing import NDArray

from explorer.jobs.plane.projected_codes import ProjectedCodes
from explorer.jobs.plane.scene import probed_row
from explorer.latent.plane.box import Box, Place
from explorer.latent.plane.interpolation import METHODS
from explorer.models.gaussian_mixture import PriorComponents
from explorer.session import Path, Probe, View
from explorer.ui.plane.overlays.cursor_marks import CursorMarks
from explorer.ui.plane.overlays.overlays import Overlays, class_names, posterior_ellipses, prior_components, prior_rings

MAX_RINGS = 400
"""Of a selection; more of them are told from the rest by its fading alone."""

_PATH_POINTS = 49


def marks_of(
    view: View, key: str, placed: ProjectedCodes, *, same_data: bool, hovered: int | None = None,
    box: Box | None = None, spoiled: tuple[float, ...] | None = None,
) -> CursorMarks:  # fmt: skip
    """Return the marks of one run's plane.

    Parameters
    ----------
    same_data
        Whether the active pane's samples are this run's too, so that its sample indices mean something here.
    hovered
        The row of the point under the hand.
    spoiled
        The code of the sample that the bench has corrupted.
    """
    probe, nearest, no_data, same_sample, across = None, None, False, None, False
    dimension = placed.projection.latent_dim
    if view.probe is not None and view.probe.run == key and len(view.probe.z) == dimension:
        probe = _place_of_probe(view.probe, placed)
        across = placed.is_strips and view.probe.sample is None
        if view.probe.sample is None and not placed.is_strips and not placed.codes.drawn:
            nearest, no_data = _nearest(placed, view.probe.z)
    elif view.probe is not None and view.probe.sample is not None and same_data:
        same_sample = placed.place_of_sample(view.probe.sample)
    selected: tuple[Place, ...] = ()
    if same_data and len(view.selection) <= MAX_RINGS:
        found = [placed.place_of_sample(sample) for sample in view.selection]
        selected = tuple(place for place in found if place is not None)
    path = view.path if view.path is not None and view.path.run == key else None
    if path is not None and len(path.start.z) != dimension:
        path = None
    return CursorMarks(
        probe=probe,
        probe_across=across,
        same_sample=same_sample,
        nearest=nearest,
        no_data=no_data,
        hovered=None if hovered is None else (float(placed.places[hovered, 0]), float(placed.places[hovered, 1])),
        selected=selected,
        path=path_line(path, placed) if path else (),
        start=placed.place_of(path.start.z, path.start.sample) if path else None,
        end=placed.place_of(path.end.z, path.end.sample) if path and path.end else None,
        here=path_place(path, placed) if path else None,
        box=box,
        spoiled=None if spoiled is None or len(spoiled) != dimension else _place_of_spoiled(view, placed, spoiled),
    )


def overlays_of(
    view: View, key: str, placed: ProjectedCodes, *, same_data: bool, has_prior: bool, groups: tuple[str, ...] = (),
    group_rows: NDArray[np.int64] | None = None, learned_prior: bool = False, components: PriorComponents | None = None,
) -> Overlays:  # fmt: skip
    """Return the overlays that are on.

    Parameters
    ----------
    groups
        The names of what the points are coloured by.
    learned_prior, components
        Whether the prior is no standard normal, and the Gaussians that it is made of, once they are known.
    """
    row = probed_row(view, key, placed, same_data=same_data)
    shows_posterior = "posterior" in view.overlays
    named = "labels" in view.overlays and group_rows is not None and not placed.is_strips
    shows_prior = has_prior and "prior_rings" in view.overlays
    return Overlays(
        rings=prior_rings(placed) if shows_prior and not learned_prior else (),
        components=prior_components(placed, components) if shows_prior and components is not None else (),
        ellipses=posterior_ellipses(placed, row) if shows_posterior else (),
        names=class_names(placed, group_rows, groups) if named and group_rows is not None else (),
    )


def path_line(path: Path, placed: ProjectedCodes) -> tuple[Place, ...]:
    """Return the path's line on the plane."""
    if path.end is None:
        return ()
    if placed.is_strips:
        return placed.place_of(path.start.z, path.start.sample), placed.place_of(path.end.z, path.end.sample)
    codes = METHODS[path.method](path.start.z, path.end.z, np.linspace(0, 1, _PATH_POINTS))
    return tuple((float(x), float(y)) for x, y in placed.projection.project(codes))


def path_place(path: Path, placed: ProjectedCodes) -> Place | None:
    """Return the place of t on the plane."""
    if path.end is None:
        return None
    code = METHODS[path.method](path.start.z, path.end.z, path.t)
    x, y = placed.place_of(code)
    if placed.is_strips:
        line = path_line(path, placed)
        y = line[0][1] + path.t * (line[1][1] - line[0][1])
    return x, y


def _place_of_probe(probe: Probe, placed: ProjectedCodes) -> Place:
    """Return where the probe lies: a sample where its code is now, as weights change while it is followed."""
    now = None if probe.sample is None or placed.codes.drawn else placed.place_of_sample(probe.sample)
    return placed.place_of(probe.z, probe.sample) if now is None else now


def _place_of_spoiled(view: View, placed: ProjectedCodes, z: tuple[float, ...]) -> Place:
    """Return where a corrupted sample's code lies; on strips, on the one of its class."""
    return placed.place_of(z, None if view.probe is None else view.probe.sample)


def _nearest(placed: ProjectedCodes, z: tuple[float, ...]) -> tuple[Place | None, bool]:
    neighbours = placed.codes.neighbours
    found = neighbours.nearest(z)
    if found is None:
        return None, False
    place = float(placed.places[found.row, 0]), float(placed.places[found.row, 1])
    far = neighbours.known_typical_distance  # told once a worker has measured it
    return place, far is not None and found.distance > far
