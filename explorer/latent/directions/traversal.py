"""Traversals: decodes along directions through one code, the probe, in a row for each direction.

1. `dimension_directions` or `principal_rows` says where each row begins and ends.
2. `row_codes` computes an odd number of codes on it: the first half in equal steps from the low end to the probe, the
   second half from the probe to the high end. So the probe is the middle of each row, and steps differ by side.
3. `decode_row` decodes them, in chunks of a fixed size. The probe itself is decoded once, alone, for all rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.data.dataset import Description
from explorer.latent.directions.dimension_statistics import DimensionStatistics
from explorer.latent.directions.factor_directions import FactorChange
from explorer.latent.directions.principal_directions import PrincipalDirections, mostly
from explorer.latent.paths.decoded_length import Length, decoded_length
from explorer.latent.plane.projection import dimension_name
from explorer.latent.steps import Absent, Steps

Span = Literal["prior", "codes"]
Order = Literal["kl", "index", "change"]
Decode = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Decodes codes ``(n, latent_dim)`` to ``(n, *shape)`` in the samples' own units."""

PRIOR_SIGMAS = 3.0
DEVIATIONS = 3.0
"""Half the length of a row, in standard deviations of the prior or of the codes along a principal direction."""
STRENGTHS = 2.0
"""Half the length of a row of an attribute vector, as a multiple of the vector."""
CHUNK = 4
"""Codes decoded at once. A fixed number, so that equal rows have equal bits regardless of the other rows."""


NO_DIMENSION = Absent("the KL is measured for each latent dimension only")
NO_SHARE = Absent("its share of the variance is not known")


@dataclass(frozen=True, eq=False)
class Direction:
    """A straight line through the probe, and what is known about it.

    Attributes
    ----------
    key, symbol
        Its name in the session and on the command line, such as "z6", and as it is shown, such as "z₆".
    words
        What it is, such as "mostly z₁ and z₅"; "" for a latent dimension.
    vector
        ``(latent_dim,)``: the change of the code per unit of the coordinate.
    low, centre, high
        Coordinates of both ends and of the probe.
    unit
        Unit of the coordinate: "" for the values of a latent dimension, "sd" for standard deviations.
    widened
        Whether the probe is outside the range, so that one end was moved to it.
    kl
        Mean KL of the dimension in nats, or why there is none.
    share
        Share of the variance of the codes along it, or why it is not known.
    factor
        The attribute of the samples that changes along it, if one is clear.
    """

    key: str
    symbol: str
    words: str
    vector: NDArray[np.float64]
    low: float
    centre: float
    high: float
    unit: str = ""
    widened: bool = False
    kl: float | Absent = NO_DIMENSION
    share: float | Absent = NO_SHARE
    factor: FactorChange | None = None


@dataclass(frozen=True, eq=False)
class TraversalRow:
    """The codes and decodes along a direction, from its low to its high end; the probe is the middle one.

    Attributes
    ----------
    coordinates
        ``(steps,)``, in the unit of the direction.
    codes
        ``(steps, latent_dim)``.
    decodes
        ``(steps, *shape)``, in the samples' own units.
    change
        Distance between the decodes of both ends, in the unit of `decoded_length`; or why it is not defined.
    """

    direction: Direction
    coordinates: NDArray[np.float64]
    codes: NDArray[np.float32]
    decodes: NDArray[np.float32]
    change: Length | Absent

    @property
    def centre(self) -> int:
        """The step that is the probe."""
        return len(self.codes) // 2

    def value_text(self, step: int) -> str:
        """Return the coordinate of a step in words, such as "z₆ = 1.65" or "u₁ = −0.5 sd"."""
        value = f"{self.coordinates[step]:.3g}".replace("-", "−")
        return f"{self.direction.symbol} = {value}{' ' if self.direction.unit else ''}{self.direction.unit}"


def dimension_directions(z: ArrayLike, statistics: DimensionStatistics, span: Span) -> tuple[Direction, ...]:
    """Return the latent dimensions as directions through z ``(latent_dim,)``.

    Parameters
    ----------
    span
        "prior" for ±3σ of a standard normal prior; "codes" for the quantiles of the codes, which must be known.
    """
    probe = np.asarray(z, np.float64)
    # σ is 1: only a standard normal prior has the range "prior".
    low, high = np.full(len(probe), -PRIOR_SIGMAS), np.full(len(probe), PRIOR_SIGMAS)
    if span == "codes":
        assert not isinstance(statistics.low, Absent) and not isinstance(statistics.high, Absent)
        low, high = statistics.low, statistics.high
    found = []
    for index, centre in enumerate(probe.tolist()):
        vector = np.zeros(len(probe))
        vector[index] = 1.0
        # The range grows to the probe, since the probe is the middle of each row.
        lowest, highest = min(float(low[index]), centre), max(float(high[index]), centre)
        widened = bool(lowest < low[index] or highest > high[index])
        direction = Direction(
            f"z{index + 1}", dimension_name(index), "", vector, lowest, centre, highest, widened=widened,
            kl=_at(statistics.kl, index), share=_at(statistics.shares, index),
        )  # fmt: skip
        found.append(direction)
    return tuple(found)


def principal_rows(found: PrincipalDirections, name: Literal["PC", "u"]) -> tuple[Direction, ...]:
    """Return principal directions through a probe, ±3 standard deviations of the codes around it.

    ``name`` is "PC" for those of all codes, as on the axes of a plane, and "u" for local ones.
    """
    rows = []
    for index, vector in enumerate(found.vectors):
        direction = Direction(
            f"{name}{index + 1}",
            f"PC{index + 1}" if name == "PC" else f"u{_subscript(index)}",
            mostly(vector),
            # Scaled, so that coordinates count standard deviations, as the ends of the row do.
            found.deviations[index] * vector,
            *(-DEVIATIONS, 0.0, DEVIATIONS, "sd"),
            share=float(found.shares[index]),
        )
        rows.append(direction)
    return tuple(rows)


def vector_directions(vectors: Sequence[tuple[str, ArrayLike]]) -> tuple[Direction, ...]:
    """Return attribute vectors ``(latent_dim,)``, each with its name, as directions from −2 to 2 times the vector."""
    ends = (-STRENGTHS, 0.0, STRENGTHS, "times the vector")
    return tuple(
        Direction(f"v{index + 1}", f"v{_subscript(index)}", name, np.asarray(vector, np.float64), *ends)
        for index, (name, vector) in enumerate(vectors)
    )


def row_codes(
    direction: Direction, z: NDArray[np.float32], steps: int
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Return coordinates ``(steps,)`` and codes ``(steps, latent_dim)`` of a row; ``steps`` is odd, the middle is z."""
    half = steps // 2
    # Each half has a different step size, since the probe need not be in the middle of its range.
    left = np.linspace(direction.low, direction.centre, half + 1)
    coordinates = np.concatenate([left, np.linspace(direction.centre, direction.high, half + 1)[1:]])
    offsets = (coordinates - direction.centre)[:, None] * direction.vector
    codes = (z.astype(np.float64) + offsets).astype(np.float32)
    # Not a sum with 0, which would turn a −0 of the probe into 0.
    codes[half] = z
    return coordinates, codes


def decode_row(
    direction: Direction,
    z: NDArray[np.float32],
    steps: int,
    probe: NDArray[np.float32],
    decode: Decode,
    description: Description,
) -> Steps[TraversalRow]:
    """Decode a row; ``probe`` is the decode of z, ``(*shape)``, which becomes the middle of the row."""
    coordinates, codes = row_codes(direction, z, steps)
    half = steps // 2
    # The middle is the probe, which was decoded alone for all rows.
    others = np.delete(np.arange(steps), half)
    decodes = np.empty((steps, *probe.shape), np.float32)
    decodes[half] = probe
    for start in range(0, len(others), CHUNK):
        part = others[start : start + CHUNK]
        decodes[part] = decode(codes[part])
        yield
    return TraversalRow(direction, coordinates, codes, decodes, _change(decodes[[0, -1]], description))


def ordered(
    directions: Sequence[Direction],
    order: Order,
    z: NDArray[np.float32],
    decode: Decode,
    description: Description,
) -> Steps[tuple[Direction, ...]]:
    """Return directions in an order: by KL or, without one, by variance; by change, which decodes all ends; by index.

    The largest comes first; what is not known or not finite comes last.
    """
    sizes = np.full(len(directions), 0.0)
    if order == "change":
        for index, direction in enumerate(directions):
            # The ends only, and not whole rows: an order is needed before any row is decoded.
            _, ends = row_codes(direction, z, 3)
            change = _change(decode(ends[[0, -1]]), description)
            sizes[index] = -np.inf if isinstance(change, Absent) else change.value
            yield
    elif order == "kl":
        known = [one.share if isinstance(one.kl, Absent) else one.kl for one in directions]
        # What is not known comes last, behind a KL of 0.
        sizes = np.array([-np.inf if isinstance(one, Absent) else one for one in known])
    # Stable, so that equal rows keep the order of their dimensions and do not jump.
    return tuple(directions[index] for index in np.argsort(-sizes, kind="stable"))


def differences(decodes: NDArray[Any], description: Description) -> NDArray[np.float32]:
    """Return decodes of a row ``(steps, *shape)`` minus the one in the middle.

    Differences of pictures are in pixel values from 0 to 1, as their change is; others are in the samples' own units.
    """
    values = np.asarray(decodes, np.float32)
    found: NDArray[np.float32] = values - values[len(values) // 2]
    if description.kind != "image":
        return found
    low, high = description.value_range
    return np.asarray(found / np.float32((high - low) or 1.0), np.float32)


def with_factors(directions: Sequence[Direction], factors: Sequence[FactorChange | None]) -> tuple[Direction, ...]:
    """Return directions with the attributes that change along them."""
    return tuple(replace(one, factor=factor) for one, factor in zip(directions, factors, strict=True))


def _subscript(index: int) -> str:
    return dimension_name(index).removeprefix("z")


def _change(ends: NDArray[np.float32], description: Description) -> Length | Absent:
    found = decoded_length(ends, description)
    return found if np.isfinite(found.value) else Absent("a decode is not finite")


def _at(values: NDArray[np.float64] | Absent, index: int) -> float | Absent:
    if isinstance(values, Absent):
        return values
    value = float(values[index])
    return value if np.isfinite(value) else Absent("it is not finite")
