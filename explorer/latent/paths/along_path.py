"""Measures at the steps of a path: off-manifold error, density, class of the decode, nearest real sample."""

import numpy as np
from numpy.typing import NDArray

from explorer.latent.codes.nearest_real import Classifier
from explorer.latent.codes.sample_codes import SampleCodes
from explorer.latent.codes.training_codes import NO_ENCODER
from explorer.latent.metrics.decoder.round_trip import distances as round_trips
from explorer.latent.paths.code_density import CodeDensity
from explorer.latent.paths.decoded_space import DecodedSpace
from explorer.latent.paths.path_answer import NearestSamples, PathMeasures
from explorer.latent.steps import Absent, Steps

Values = NDArray[np.float64]

VOTERS = 15
"""Number of nearest codes that vote on the class of a decode."""
NO_CODES = "the codes of the samples are not known"


def measured(
    space: DecodedSpace,
    z: NDArray[np.float32],
    decodes: NDArray[np.float32],
    codes: SampleCodes | None,
    density: CodeDensity | Absent,
    classifier: Classifier | None,
) -> Steps[PathMeasures]:
    """Return the measures at codes ``(n, latent_dim)`` with their decodes; yield after each chunk.

    ``classifier`` is the user's; without it, the nearest codes vote.
    """
    error = yield from _errors(space, z)
    if classifier is not None:
        classes, words = (yield from _predicted(space, decodes, classifier)), classifier.words
    else:
        classes, words = (yield from classes_of_neighbours(codes, z)), f"majority of the {VOTERS} nearest codes"
    relative: Values | Absent = density if isinstance(density, Absent) else (yield from _densities(space, density, z))
    return PathMeasures(error, relative, classes, words, (yield from _nearest(codes, z)))


def classes_of_neighbours(codes: SampleCodes | None, z: NDArray[np.floating]) -> Steps[NDArray[np.int64] | Absent]:
    """Return the class of most of the `VOTERS` codes nearest to each z ``(n,)``; -1 if none of them has a class.

    A tie goes to the class of lower index.
    """
    if codes is None:
        return Absent(NO_CODES)
    if codes.labels is None or not (codes.labels >= 0).any():
        return Absent("the data has no classes")
    found = np.full(len(z), -1, np.int64)
    for row, code in enumerate(z):
        if np.isfinite(code).all():
            # One code after another, as a search in many dimensions takes about a millisecond.
            near = codes.labels[codes.neighbours.nearest_rows(code, VOTERS)[0]]
            if (known := near[near >= 0]).size:
                found[row] = np.bincount(known).argmax()
        yield
    return found


def _errors(space: DecodedSpace, z: NDArray[np.float32]) -> Steps[Values | Absent]:
    if not space.model.capabilities.encoder:
        return Absent("the model has no encoder")
    # A decode of a text holds weights of terms, which are not a text that could be encoded.
    if space.description.kind == "text":
        return Absent("decodes of texts cannot be encoded")
    found = np.empty(len(z))
    for rows in space.chunks(len(z)):
        shape = space.description.shape
        found[rows] = round_trips(space.model, shape, space.tensor(z[rows]), space.classes(len(z[rows]))).cpu().numpy()
        yield
    return found


def _predicted(
    space: DecodedSpace, decodes: NDArray[np.float32], classifier: Classifier
) -> Steps[NDArray[np.int64] | Absent]:
    found = np.full(len(decodes), -1, np.int64)
    for rows in space.chunks(len(decodes)):
        # Classifiers reject NaN, which a diverged decoder returns.
        known = np.isfinite(decodes[rows].reshape(len(decodes[rows]), -1)).all(axis=1)
        if known.any():
            found[rows] = np.where(known, classifier(np.nan_to_num(decodes[rows])), -1)
        yield
    return found


def _densities(space: DecodedSpace, density: CodeDensity, z: NDArray[np.float32]) -> Steps[Values]:
    found, others = np.empty(len(z)), density.without(z)
    for rows in space.chunks(len(z)):
        found[rows] = others.relative(z[rows])
        yield
    return found


def _nearest(codes: SampleCodes | None, z: NDArray[np.float32]) -> Steps[NearestSamples | Absent]:
    if codes is None:
        return Absent(NO_CODES)
    if codes.drawn:
        return Absent(NO_ENCODER)
    if len(codes.neighbours) == 0 or not np.isfinite(z).all():
        return Absent("codes are not finite")
    # The typical distance is measured in steps here; the property alone would block.
    yield from codes.neighbours.measure()
    rows, distances = np.empty(len(z), np.int64), np.empty(len(z))
    for step, code in enumerate(z):
        (rows[step],), (distances[step],) = codes.neighbours.nearest_rows(code, 1)
        yield
    return NearestSamples(codes.index[rows], distances, codes.neighbours.typical_distance)
