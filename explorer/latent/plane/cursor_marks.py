"""The marks of the user on a plane as plain values, for the window and for saved pictures."""

from dataclasses import dataclass

import numpy as np

from explorer.latent.plane.box import Box, Point
from explorer.latent.plane.overlay_parts import Lines, Outside, outside_parts, outside_points

LETTERS = 26


def waypoint_name(index: int) -> str:
    """Return the letter of a waypoint: A to Z, then AA, AB and so on."""
    name = ""
    # Like the columns of a spreadsheet: there is no digit 0, so each place counts from 1.
    index += 1
    while index > 0:
        index, last = divmod(index - 1, LETTERS)
        name = chr(ord("A") + last) + name
    return name


@dataclass(frozen=True)
class SelectedArea:
    """The box or the lasso that is being drawn to select points, and a sign such as "+" at the cursor ``at``."""

    box: Box | None = None
    lasso: tuple[Point, ...] = ()
    sign: str = ""
    at: Point = (0.0, 0.0)


@dataclass(frozen=True)
class CursorMarks:
    """The marks of one plane; points are in latent units.

    Attributes
    ----------
    probe, probe_across
        The probe; whether it is drawn as a line across all strips, for a one-dimensional latent space.
    followed
        Whether the probe is at a sample, which is drawn as a bullseye; a free code has a cross.
    same_sample
        The sample that is probed on another plane.
    nearest, no_data
        The real sample nearest to the probe; whether it is so far away that there is no data at the probe.
    hovered, hovered_elsewhere
        The point under the cursor; the point of the sample hovered on another plane.
    selected
        The selected samples.
    path, path_t
        The line of the path, and t at each of its vertices.
    second_path, straight_path
        The line of the path by the second method; the straight line that both are compared with.
    path_name, second_name
        The methods of both lines; "" if there is only one.
    waypoints, chosen_waypoint
        The points that the path goes through, and the index of the one that *Delete* deletes.
    here, second_here
        The points at t of the path and of the second path.
    direction, direction_here, direction_name
        The steps along a direction through the probe, the index of the one under the mouse, and the direction's name.
    direction_arrow
        Whether the direction is a vector: an arrow from the first point to the second, with its multiple at the third.
    pins, blend
        The pinned samples and codes, and the blend of their codes.
    turn, turn_words
        The counterfactual, where the predicted class changes, and a label with the new class: "turns to 3".
    area
        The area that is being selected.
    corrupted
        The code of the corrupted sample.
    own_input, own_input_name
        The mean code of the user's own input, and its name.
    own_ellipses
        The outlines of its posterior at 1 and 2 σ.
    noise_from, drawn, earlier_draws
        The mean μ of q(z|x) of the followed sample, the newest draw z, and the draws before it.
    noise_name
        What is added to μ: "σ·ε", or "L·ε" for a full covariance.
    """

    probe: Point | None = None
    probe_across: bool = False
    followed: bool = False
    same_sample: Point | None = None
    nearest: Point | None = None
    no_data: bool = False
    hovered: Point | None = None
    hovered_elsewhere: Point | None = None
    selected: tuple[Point, ...] = ()
    path: tuple[Point, ...] = ()
    path_t: tuple[float, ...] = ()
    second_path: tuple[Point, ...] = ()
    straight_path: tuple[Point, ...] = ()
    path_name: str = ""
    second_name: str = ""
    waypoints: tuple[Point, ...] = ()
    chosen_waypoint: int | None = None
    here: Point | None = None
    second_here: Point | None = None
    direction: tuple[Point, ...] = ()
    direction_here: int | None = None
    direction_name: str = ""
    direction_arrow: bool = False
    pins: tuple[Point, ...] = ()
    blend: Point | None = None
    turn: Point | None = None
    turn_words: str = ""
    area: SelectedArea | None = None
    corrupted: Point | None = None
    own_input: Point | None = None
    own_input_name: str = ""
    own_ellipses: tuple[tuple[Point, ...], ...] = ()
    noise_from: Point | None = None
    drawn: Point | None = None
    earlier_draws: tuple[Point, ...] = ()
    noise_name: str = ""

    def outside(self, box: Box) -> tuple[Outside, ...]:
        """Return which marks are outside a box of the plane."""
        # A probe without a sample is drawn across all strips, whatever their range.
        probe = self.probe if not self.probe_across else None
        path = tuple(Lines((np.array(line),)) for line in (self.path, self.second_path) if len(line) > 1)
        found = (
            _outside(() if probe is None else (probe,), box, ("probe", "probes")),
            _outside(() if self.same_sample is None else (self.same_sample,), box, ("probed sample", "probed samples")),
            outside_parts(path, box, ("path", "paths")) or _outside(self.waypoints, box, ("waypoint", "waypoints")),
            _outside(self.pins, box, ("pin", "pins")),
            _outside(self.selected, box, ("selected point", "selected points")),
            _outside(() if self.corrupted is None else (self.corrupted,), box, ("corrupted sample", "")),
            _outside(() if self.own_input is None else (self.own_input,), box, ("own input", "")),
        )
        return tuple(outside for outside in found if outside is not None)


def _outside(points: tuple[Point, ...], box: Box, things: tuple[str, str]) -> Outside | None:
    return outside_points(np.array(points, np.float64), box, things) if points else None
