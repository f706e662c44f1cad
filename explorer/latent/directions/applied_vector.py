"""Applies vectors to codes: z + strength · v, and a − b + c of samples or groups, with the nearest real samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.data.dataset import Description
from explorer.latent.codes.sample_codes import SampleCodes
from explorer.latent.decoding import decode_means
from explorer.latent.directions.attribute_vector import NO_CODES, NO_ENCODER
from explorer.latent.groups.members import rows_of
from explorer.latent.steps import Absent, Steps
from explorer.models.latent_model import LatentModel

STRENGTHS = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
"""The usual strengths of a film strip."""
CHUNK = 8
"""Codes decoded at once."""


@dataclass(frozen=True, eq=False)
class NearestCodes:
    """The samples whose codes are nearest to k codes.

    Attributes
    ----------
    samples, distances
        ``(k,)``: indices in the data set, and Euclidean distances in latent units.
    typical
        The distance within which 95 % of the samples have a neighbour.
    """

    samples: NDArray[np.int64]
    distances: NDArray[np.float64]
    typical: float

    @property
    def no_data(self) -> NDArray[np.bool_]:
        """Which of the codes are farther than that from every sample, ``(k,)``: the model has seen no data there."""
        far: NDArray[np.bool_] = self.distances > self.typical
        return far


@dataclass(frozen=True, eq=False)
class AppliedVector:
    """A code moved along a vector.

    Attributes
    ----------
    strengths, codes, decodes
        ``(k,)``, ``(k, latent_dim)``, and ``(k, *shape)`` in the samples' own units.
    nearest
        The samples near each code, or why they are not known.
    """

    strengths: NDArray[np.float64]
    codes: NDArray[np.float32]
    decodes: NDArray[np.float32]
    nearest: NearestCodes | Absent


def apply_vector(
    model: LatentModel,
    description: Description,
    z: ArrayLike,
    vector: ArrayLike,
    strengths: Sequence[float] = STRENGTHS,
    codes: SampleCodes | None = None,
    condition: int | None = None,
) -> Steps[AppliedVector]:
    """Decode z + strength · v for each strength; yields after each chunk.

    Parameters
    ----------
    z, vector
        ``(latent_dim,)`` each.
    codes
        The codes of the samples; None if there are none yet.
    condition
        Class that a conditional model decodes; None for all other models.
    """
    start = np.asarray(z, np.float32)
    amounts = np.asarray(strengths, np.float64)
    moved = (start.astype(np.float64) + amounts[:, None] * np.asarray(vector, np.float64)).astype(np.float32)
    # Strength 0 is the code itself, to the bit: −0 + 0 would be 0.
    moved[amounts == 0] = start
    parts = []
    for first in range(0, len(moved), CHUNK):
        parts.append(decode_means(model, description, moved[first : first + CHUNK], condition))
        yield
    return AppliedVector(amounts, moved, np.concatenate(parts), (yield from nearest_codes(moved, codes)))


def nearest_codes(z: NDArray[np.float32], codes: SampleCodes | None) -> Steps[NearestCodes | Absent]:
    """Return the samples whose codes are nearest to codes ``(k, latent_dim)``."""
    if codes is None or codes.drawn:
        return Absent(NO_CODES if codes is None else NO_ENCODER)
    found = []
    for one in z:
        # A strong vector on a diverged model may leave the range of float32.
        neighbour = codes.neighbours.nearest(one) if np.isfinite(one).all() else None
        if neighbour is None:
            return Absent("there are no finite codes to compare with")
        found.append(neighbour)
        yield
    # In steps, as the typical distance of many codes takes long.
    yield from codes.neighbours.measure()
    samples = codes.index[[one.row for one in found]]
    return NearestCodes(samples, np.array([one.distance for one in found]), codes.neighbours.typical_distance)


@dataclass(frozen=True, eq=False)
class Analogy:
    """The code a − b + c and what it decodes to.

    Attributes
    ----------
    code, decode
        ``(latent_dim,)``, and ``(*shape)`` in the samples' own units.
    decodes
        Decodes of a, b and c, ``(3, *shape)``.
    nearest
        The real sample near the code; ``in_group`` is the name of the part that it belongs to, or "".
    """

    code: NDArray[np.float32]
    decode: NDArray[np.float32]
    decodes: NDArray[np.float32]
    nearest: NearestCodes | Absent
    in_group: str = ""


def find_analogy(
    model: LatentModel,
    description: Description,
    parts: Sequence[tuple[str, ArrayLike]],
    codes: SampleCodes | None,
    condition: int | None = None,
) -> Steps[Analogy | Absent]:
    """Return a − b + c for three groups of samples, of which the mean codes are taken; a sample is a group of one.

    Parameters
    ----------
    parts
        Name and sample indices of a, b and c; floats in place of indices are a code, ``(latent_dim,)``.
    """
    if codes is None or codes.drawn:
        return Absent(NO_CODES if codes is None else NO_ENCODER)
    means = []
    for name, samples in parts:
        values = (
            np.asarray(samples, np.float64)[None]
            if _is_code(samples)
            else codes.mean[rows_of(codes.index, samples)].astype(np.float64)
        )
        # One NaN would make the whole mean NaN.
        values = values[np.isfinite(values).all(axis=1)]
        if len(values) == 0:
            return Absent(f"no sample of {name!r} has a code")
        means.append(values.mean(axis=0))
        yield
    a, b, c = means
    # One batch of four, so that all decodes are rounded alike.
    z = np.stack([a - b + c, a, b, c]).astype(np.float32)
    decodes = decode_means(model, description, z, condition)
    yield
    nearest = yield from nearest_codes(z[:1], codes)
    return Analogy(z[0], decodes[0], decodes[1:], nearest, _part_of(nearest, parts))


def _part_of(nearest: NearestCodes | Absent, parts: Sequence[tuple[str, Any]]) -> str:
    if isinstance(nearest, Absent):
        return ""
    groups = ((name, samples) for name, samples in parts if not _is_code(samples))
    return next((name for name, samples in groups if nearest.samples[0] in np.asarray(samples)), "")


def _is_code(members: ArrayLike) -> bool:
    # An empty array is of floats, too, but it is a group without samples.
    values = np.asarray(members)
    return values.dtype.kind == "f" and values.size > 0
