"""The answer about a path: its curve and decodes by each method, and the measures along it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.latent.paths.curves import Curve
from explorer.latent.steps import Absent
from explorer.session import Method

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class NearestSamples:
    """The real sample nearest to each step of a path, by the Euclidean distance of codes in all dimensions.

    Attributes
    ----------
    samples
        Indices in the data set, ``(steps + 1,)``.
    distances
        In latent units, ``(steps + 1,)``.
    typical
        The distance within which 95 % of the codes have a neighbour; farther away the model has seen no data.
    """

    samples: NDArray[np.int64]
    distances: Values
    typical: float

    @property
    def near(self) -> NDArray[np.bool_]:
        """Whether each step is near data, ``(steps + 1,)``."""
        return self.distances <= self.typical


@dataclass(frozen=True, eq=False)
class PathMeasures:
    """The measures at each step of a path; each is `Absent` with the reason where it is not defined.

    Attributes
    ----------
    error
        The off-manifold error |z − mean of q(z|decode(z))| in latent units, ``(steps + 1,)``.
    density
        Density of the codes relative to that at their median code, ``(steps + 1,)``: 1 is typical, 0 is a hole.
    classes
        Class of the decode, ``(steps + 1,)``, with -1 for unknown; indices into ``description.class_names``.
    classes_by
        How the classes were found, such as "majority of the 15 nearest codes".
    nearest
        The nearest real samples.
    """

    error: Values | Absent
    density: Values | Absent
    classes: NDArray[np.int64] | Absent
    classes_by: str
    nearest: NearestSamples | Absent


@dataclass(frozen=True, eq=False)
class PathRow:
    """A path by one method.

    Attributes
    ----------
    method
        The method.
    curve
        The curve: ``curve.at(t)`` is z at any t, ``curve.knots`` are the t of the waypoints.
    z
        Codes of the steps, ``(steps + 1, latent_dim)`` float32: step i is at t = i / steps.
    decodes
        Means of p(x|z) at the steps, ``(steps + 1, *shape)`` in the samples' own units.
    distances
        Decoded distance of each step, ``(steps,)``, in the unit of the answer.
    length
        Decoded length of the curve, in the unit of the answer. It is measured at finer steps than those of the row, so
        that it does not depend on their number.
    excess
        ``length`` relative to the straight line's: 0.07 is 7 % longer.
    measures
        None until they are computed.
    """

    method: Method
    curve: Curve
    z: NDArray[np.float32]
    decodes: NDArray[Any]
    distances: Values
    length: float
    excess: float
    measures: PathMeasures | None = None


@dataclass(frozen=True, eq=False)
class PathAnswer:
    """A path by one or two methods.

    Attributes
    ----------
    t
        Positions of the steps, ``(steps + 1,)``.
    rows
        One for each method that was asked for; `Absent` with the reason where a method is not defined.
    straight_length
        Decoded length of the straight line through the same waypoints.
    unit
        The unit of decoded distances, such as "L2 over pixel values from 0 to 1".
    advice
        One sentence if a geodesic by the decoder's metric may pass where there are no codes, as the decoder changes
        no faster there; then ``density`` is the metric to try. Otherwise empty.
    """

    t: Values
    rows: tuple[PathRow | Absent, ...]
    straight_length: float
    unit: str
    advice: str = ""

    def step_at(self, t: float) -> int:
        """Return the step nearest to a position t from 0 to 1."""
        return int(np.abs(self.t - t).argmin())

    def error_at(self, t: float, row: int) -> float | None:
        """Return the off-manifold error of a row at the step nearest to t; None where it is not known."""
        # The second row may be missing, and the window asks for both.
        found = self.rows[row] if row < len(self.rows) else None
        measures = found.measures if isinstance(found, PathRow) else None
        error = None if measures is None or isinstance(measures.error, Absent) else measures.error
        return None if error is None else float(error[self.step_at(t)])


@dataclass(frozen=True)
class PathProgress:
    """How much of the geodesics is computed, from 0 to 1."""

    share: float
    text: str = field(default="shortest curve")
