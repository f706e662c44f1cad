"""Vectors that are kept with a run: made from an attribute vector, and carried to another run by their groups."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError
from explorer.latent.directions.attribute_vector import AttributeVector
from explorer.latent.steps import Absent
from explorer.runs.kept_vectors import MAX_LETTERS, KeptGroup, KeptVector


@dataclass(frozen=True)
class VectorOrigin:
    """The origin of a vector: the run, the fingerprint of its data, and step and checksum of its weights."""

    run: str
    data: str
    step: int
    weights: str = ""


def kept_vector(name: str, vector: AttributeVector, origin: VectorOrigin, searches: tuple[str, str]) -> KeptVector:
    """Return a vector as the record that is kept with the run.

    Parameters
    ----------
    searches
        The texts that find the groups, ``plus`` first; "" for a group that was chosen by other means.
    """
    plus, minus = (
        # Store samples only if no search text finds them again: a class of a large data set has thousands.
        KeptGroup(short_name(group.name), len(group.samples), search, () if search else tuple(group.samples.tolist()))
        for group, search in zip((vector.plus, vector.minus), searches, strict=True)
    )
    return KeptVector(
        name=short_name(name),
        values=tuple(vector.values.tolist()),
        plus=plus,
        minus=minus,
        by=vector.by,
        run=short_name(origin.run),
        data=origin.data,
        step=origin.step,
        weights=origin.weights,
        figures=figures_of(vector),
        made=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    )


def figures_of(vector: AttributeVector) -> dict[str, float]:
    """Return the figures of certainty by name; those that are not defined are missing."""
    found: dict[str, float | None] = {"length": vector.length}
    certainty = vector.certainty
    if certainty is not None:
        share, agreement = certainty.right_share, certainty.agreement
        found |= {
            "right": vector.right,
            "tested": vector.tested,
            "right_share": None if isinstance(share, Absent) else share,
            "median_angle": certainty.median_angle,
            "wide_angle": certainty.wide_angle,
            "agreement": None if isinstance(agreement, Absent) else agreement.cosine,
        }
    return {name: value for name, value in found.items() if value is not None}


def carried_groups(
    kept: KeptVector, data: str, find: Callable[[str], NDArray[np.int64]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the samples of both groups of a kept vector in the data of another run.

    With the same data they are the same samples; with other data, those that the same searches find.

    Parameters
    ----------
    data
        Fingerprint of the data of the other run.
    find
        Returns the samples of the other run that a search finds.

    Raises
    ------
    ConfigError
        If a group was chosen sample by sample from other data, or a search finds nothing.
    """
    found = []
    for group in (kept.plus, kept.minus):
        if not group.search and kept.data != data:
            raise ConfigError(
                f"the group {group.name!r} of {kept.name!r} was chosen sample by sample from other data; "
                "make the vector from searches, such as class 3"
            )
        samples = find(group.search) if group.search else np.array(group.samples, np.int64)
        if len(samples) == 0:
            raise ConfigError(f"{group.search or group.name!r} finds no samples in this data")
        found.append(samples)
    return found[0], found[1]


def short_name(name: str) -> str:
    """Return a name that can be kept: on one line, without control characters, at most `MAX_LETTERS` long."""
    # A name from a file may hold control characters, which could forge lines of a terminal.
    text = "".join(one if one.isprintable() else " " for one in " ".join(name.split()))
    return text if len(text) <= MAX_LETTERS else f"{text[: MAX_LETTERS - 1]}…"
