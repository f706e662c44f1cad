"""The marks of the user on a plane as plain values, for the window and for saved pictures."""

from dataclasses import dataclass

import numpy as np

from explorer.latent.plane.box import Box, Point
from explorer.latent.plane.overlay_parts import Lines, Outside, outside_parts, outside_points


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
    path, steps, start, end, here
        The line of the path, its decoded steps between the ends, the ends A and B, and the point at t.
    box
        The selection box while it is drawn.
    corrupted
        The code of the corrupted sample.
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
    steps: tuple[Point, ...] = ()
    start: Point | None = None
    end: Point | None = None
    here: Point | None = None
    box: Box | None = None
    corrupted: Point | None = None
    noise_from: Point | None = None
    drawn: Point | None = None
    earlier_draws: tuple[Point, ...] = ()
    noise_name: str = ""

    def outside(self, box: Box) -> tuple[Outside, ...]:
        """Return which marks are outside a box of the plane."""
        # A probe without a sample is drawn across all strips, whatever their range.
        probe = self.probe if not self.probe_across else None
        path = (Lines((np.array(self.path),)),) if len(self.path) > 1 else ()
        found = (
            _outside(() if probe is None else (probe,), box, ("probe", "probes")),
            _outside(() if self.same_sample is None else (self.same_sample,), box, ("probed sample", "probed samples")),
            outside_parts(path, box, ("path", "paths")) or _outside(self._ends, box, ("end of the path", "path ends")),
            _outside(self.selected, box, ("selected point", "selected points")),
            _outside(() if self.corrupted is None else (self.corrupted,), box, ("corrupted sample", "")),
        )
        return tuple(outside for outside in found if outside is not None)

    @property
    def _ends(self) -> tuple[Point, ...]:
        return tuple(end for end in (self.start, self.end) if end is not None)


def _outside(points: tuple[Point, ...], box: Box, things: tuple[str, str]) -> Outside | None:
    return outside_points(np.array(points, np.float64), box, things) if points else None
