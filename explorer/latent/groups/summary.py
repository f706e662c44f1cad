"""Summaries of groups of samples: size, classes, typical member, decode of the mean code, and mean sample."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.data.dataset import Dataset, Description
from explorer.latent.codes.sample_codes import SampleCodes
from explorer.latent.decoding import decode_means
from explorer.latent.groups.members import Units, rows_of
from explorer.latent.steps import Absent, Steps
from explorer.models.latent_model import LatentModel

SHOWN = 6
"""Number of members whose pictures stand for the group."""
MEDOID_CANDIDATES = 200
"""Of larger groups, only this many codes nearest to the mean are candidates for the medoid."""
CHUNK_ROWS = 256
"""Samples added at once for the mean sample."""
CHUNK_VALUES = 200_000
"""Differences of codes computed at once for the medoid."""


@dataclass(frozen=True, eq=False)
class GroupSummary:
    """A group of samples.

    Attributes
    ----------
    count
        Number of samples in the data.
    class_counts
        Classes with their numbers of members, the largest first; "" is unknown. Empty without labels.
    units
        Number of units that the members belong to, such as people; None without units.
    shown
        Samples that stand for the group, at equal steps of their index.
    mean_code
        ``(latent_dim,)``, or why there is none.
    mean_decode
        Decode of the mean code, ``(*shape)`` in the samples' own units.
    mean_sample
        Mean of the samples themselves, ``(*shape)`` in their own units; absent while the data is not loaded.
    medoid
        The member whose code has the smallest sum of distances to those of the others. In groups of more than
        `MEDOID_CANDIDATES`, only the codes nearest to the mean are candidates, and large groups are thinned out.
    """

    count: int
    class_counts: tuple[tuple[str, int], ...]
    units: int | None
    shown: tuple[int, ...]
    mean_code: NDArray[np.float32] | Absent
    mean_decode: NDArray[np.float32] | Absent
    mean_sample: NDArray[np.float64] | Absent
    medoid: int | Absent


def summarize_group(
    model: LatentModel,
    description: Description,
    samples: ArrayLike,
    codes: SampleCodes | None,
    dataset: Dataset | None = None,
    units: Units | None = None,
    condition: int | None = None,
) -> Steps[GroupSummary | Absent]:
    """Summarize a group; yields after each chunk.

    Parameters
    ----------
    samples
        Indices of the members in the data set; those that do not exist are left out.
    units
        Units of the rows of ``codes``.
    condition
        Class that a conditional model decodes; by default the most frequent class of the group.
    """
    # Each member once, as a group is a set.
    members = np.unique(np.asarray(samples, np.int64).reshape(-1))
    members = members[members >= 0] if dataset is None else members[(members >= 0) & (members < len(dataset))]
    if len(members) == 0:
        return Absent("the group has no samples")
    rows = np.empty(0, np.int64) if codes is None or codes.drawn else rows_of(codes.index, members)
    labels = _labels(members, rows, codes, dataset)
    yield
    code, medoid = yield from _centre(rows, codes)
    decode: NDArray[np.float32] | Absent
    if isinstance(code, Absent):
        decode = code
    elif not model.capabilities.decoder:
        decode = Absent("the model has no decoder")
    else:
        decode = decode_means(model, description, code[None], _decoded_class(model, labels, condition))[0]
    yield
    mean_sample = Absent("the data is not loaded") if dataset is None else (yield from _mean_of(dataset, members))
    return GroupSummary(
        len(members),
        _class_counts(labels, description),
        None if units is None else len(np.unique(units.of_row[rows])),
        _shown(members),
        code,
        decode,
        mean_sample,
        medoid,
    )


def _shown(members: NDArray[np.int64]) -> tuple[int, ...]:
    # Equal steps instead of a random choice: the pictures of a group stay the same while it is looked at.
    steps = np.linspace(0, len(members) - 1, min(SHOWN, len(members))).round().astype(np.int64)
    return tuple(members[steps].tolist())


def _labels(
    members: NDArray[np.int64], rows: NDArray[np.int64], codes: SampleCodes | None, dataset: Dataset | None
) -> NDArray[np.int64] | None:
    """Return the classes of the members, from the data or, while it is not loaded, from the stored codes."""
    if dataset is not None:
        return None if dataset.labels is None else dataset.labels[members]
    return None if codes is None or codes.labels is None or len(rows) == 0 else codes.labels[rows]


def _centre(
    rows: NDArray[np.int64], codes: SampleCodes | None
) -> Steps[tuple[NDArray[np.float32] | Absent, int | Absent]]:
    """Return the mean code of rows and the medoid."""
    finite = rows if codes is None else rows[np.isfinite(codes.mean[rows]).all(axis=1)]
    if codes is None or len(finite) == 0:
        why = Absent("no sample of the group has a code")
        return why, why
    values = codes.mean[finite].astype(np.float64)
    medoid = yield from _medoid(values)
    return values.mean(axis=0).astype(np.float32), int(codes.index[finite[medoid]])


def _decoded_class(model: LatentModel, labels: NDArray[np.int64] | None, condition: int | None) -> int | None:
    known = labels[labels >= 0] if labels is not None else None
    # A conditional model would decode the mean with no class at all.
    if condition is not None or not model.capabilities.condition or known is None or len(known) == 0:
        return condition
    return int(np.bincount(known).argmax())


def _class_counts(labels: NDArray[np.int64] | None, description: Description) -> tuple[tuple[str, int], ...]:
    if labels is None:
        return ()
    classes, counts = np.unique(labels, return_counts=True)
    # The most frequent class first; classes of equal size keep their order.
    order = np.argsort(-counts, kind="stable")
    return tuple((description.class_name(int(classes[one])), int(counts[one])) for one in order)


def _medoid(values: NDArray[np.float64]) -> Steps[int]:
    """Return the row of the medoid of codes ``(n, latent_dim)``."""
    candidates = np.arange(len(values))
    if len(values) > MEDOID_CANDIDATES:
        # Codes near the mean have the smallest sums of distances, so the others need not be tried.
        far = np.linalg.norm(values - values.mean(axis=0), axis=1)
        candidates = np.sort(np.argsort(far, kind="stable")[:MEDOID_CANDIDATES])
    # Of many codes every n-th: their sums of distances have nearly the same minimum.
    others = values[:: max(1, len(values) // MEDOID_CANDIDATES // 10)]
    best, least = 0, np.inf
    # All differences of a chunk are in memory at once.
    size = max(1, CHUNK_VALUES // others.size)
    for start in range(0, len(candidates), size):
        part = candidates[start : start + size]
        sums = np.linalg.norm(others[None] - values[part, None], axis=2).sum(axis=1)
        if sums.min() < least:
            best, least = int(part[sums.argmin()]), float(sums.min())
        yield
    return best


def _mean_of(dataset: Dataset, members: NDArray[np.int64]) -> Steps[NDArray[np.float64]]:
    """Return the mean of samples in their own units, ``(*shape)``."""
    total: NDArray[Any] = np.zeros(dataset.description.shape)
    for start in range(0, len(members), CHUNK_ROWS):
        part = members[start : start + CHUNK_ROWS]
        # In float64: thousands of bytes or float32 would overflow or lose digits.
        total += dataset.rows(part).sum(axis=0, dtype=np.float64)
        yield
    mean: NDArray[np.float64] = total / len(members)
    return mean
