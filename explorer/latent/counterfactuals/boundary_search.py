"""Finds the nearest code whose decode gets another class, with the predicted classes alone.

1. `first_change` finds where the class changes on lines to codes that have the wanted class, by bisection.
2. `pull_closer` moves the nearest of these points along the boundary towards the start. Each round estimates the normal
   of the boundary from the classes of random points around it (Chen, Jordan and Wainwright 2020, "HopSkipJumpAttack",
   arXiv 1904.02144), and tries directions from the start: towards the normal, and at random around the present one
   (Brendel, Rauber and Bethge 2018, arXiv 1712.04248).

No gradients are needed, so the search works for any decoder and any classifier. It finds a near point, and not always
the nearest one, as the region of a class may have any form.
"""

import numpy as np
from numpy.typing import NDArray

from explorer.latent.counterfactuals.decode_classifier import DecodeClassifier, Wanted
from explorer.latent.steps import Steps

Codes = NDArray[np.float64]

MAX_ROUNDS = 24
TRIED = 28
"""Random directions that are tried in one round."""
TOWARDS_NORMAL = (0.25, 0.5, 0.75, 1.0)
"""How far the other directions are turned from the present one towards the normal."""
MAX_SHORTENED = 6
"""Directions of a round on which the boundary is searched."""
WIDEST, NARROWEST = 2.0, 0.02
"""First spread of the random directions, relative to the present one, and the spread at which the search ends."""
MIN_GAIN = 1e-3
"""A point must be nearer by at least this share of the distance to be taken."""
PROBED, PROBE_RADIUS = 32, 0.05
"""Points around the boundary for its normal, and their distance as a share of that from the start."""


def first_change(
    classifier: DecodeClassifier, start: Codes, ends: Codes, wanted: Wanted, *, scan: int, halvings: int
) -> Steps[NDArray[np.float64]]:
    """Return the first t on each line at which the wanted class was found, ``(k,)``; 1 if only the end has it.

    Parameters
    ----------
    start, ends
        One start ``(latent_dim,)`` or one for each line; ends ``(k, latent_dim)`` that have the wanted class.
    scan
        Equal steps in which the first change is looked for; a narrower region may be missed.
    halvings
        Bisections of this step: t is at most 1 / (scan · 2^halvings) behind the boundary.
    """
    starts = np.broadcast_to(start, ends.shape)
    grid = np.arange(1, scan + 1) / scan
    points = starts[:, None] + grid[:, None] * (ends - starts)[:, None]  # (k, scan, latent_dim)
    found = wanted.reached((yield from classifier.classes(points.reshape(-1, ends.shape[1])))).reshape(len(ends), scan)
    # The end has the class by definition, even if rounding says otherwise.
    high = np.where(found.any(axis=1), grid[found.argmax(axis=1)], 1.0)
    low = high - 1 / scan
    for _ in range(halvings):
        middle = (low + high) / 2
        inside = wanted.reached((yield from classifier.classes(point_at(starts, ends, middle))))
        high, low = np.where(inside, middle, high), np.where(inside, low, middle)
    return high


def point_at(starts: Codes, ends: Codes, t: NDArray[np.float64]) -> Codes:
    """Return the points ``(k, latent_dim)`` at t ``(k,)`` of the lines, as float32 rounds them."""
    # Rounded like the codes that are decoded, so that the class of a point is that of the code that is returned.
    return np.asarray((starts + t[:, None] * (ends - starts)).astype(np.float32), np.float64)


def pull_closer(classifier: DecodeClassifier, start: Codes, code: Codes, wanted: Wanted, seed: int) -> Steps[Codes]:
    """Return a code of the wanted class that is as near to the start as could be found, ``(latent_dim,)``.

    It is never farther than ``code``, which has the wanted class.
    """
    rng = np.random.default_rng(seed)
    # Wide first, to leave a local minimum; it is halved where nothing nearer is found.
    spread = WIDEST
    for _ in range(MAX_ROUNDS):
        radius = float(np.linalg.norm(code - start))
        # The smallest directions found no nearer point, or the distance is 0 already.
        if spread < NARROWEST or radius == 0:
            break
        normal = yield from _normal(classifier, start, code, wanted, rng)
        # Search on a slightly smaller sphere: points of the wanted class there are nearer.
        tried = start + radius * (1 - MIN_GAIN) * _directions((code - start) / radius, normal, spread, rng)
        # The first of them are those towards the normal, which help most.
        nearer = tried[wanted.reached((yield from classifier.classes(tried)))][:MAX_SHORTENED]
        if len(nearer) == 0:
            # Near a smooth boundary only small turns stay inside the class.
            spread /= 2
            continue
        t = yield from first_change(classifier, start, nearer, wanted, scan=8, halvings=7)
        found = point_at(np.broadcast_to(start, nearer.shape), nearer, t)
        code = found[np.linalg.norm(found - start, axis=1).argmin()]
    return code


def _normal(
    classifier: DecodeClassifier, start: Codes, code: Codes, wanted: Wanted, rng: np.random.Generator
) -> Steps[Codes]:
    """Return the unit normal of the boundary near a code, towards the wanted class, ``(latent_dim,)``."""
    ahead = (code - start) / np.linalg.norm(code - start)
    # Normal numbers have no preferred direction, so their unit vectors are uniform on the sphere.
    around = _units(rng.standard_normal((PROBED, len(code))))
    radius = PROBE_RADIUS * np.linalg.norm(code - start)
    signs = np.where(wanted.reached((yield from classifier.classes(code + radius * around))), 1.0, -1.0)
    # The mean is subtracted, as the code may be a little behind the boundary, where more points are inside.
    normal = (signs - signs.mean()) @ around
    length = np.linalg.norm(normal)
    return np.asarray(normal / length, np.float64) if length > 0 else np.asarray(ahead, np.float64)


def _directions(ahead: Codes, normal: Codes, spread: float, rng: np.random.Generator) -> Codes:
    """Return unit directions to try, ``(n, latent_dim)``."""
    turned = [(1 - share) * ahead + share * normal for share in TOWARDS_NORMAL]
    # The length of the noise is about 1 in any number of dimensions.
    noise = rng.standard_normal((TRIED, len(ahead))) / np.sqrt(len(ahead))
    return _units(np.concatenate([np.array(turned), ahead + spread * noise]))


def _units(vectors: Codes) -> Codes:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0), np.float64)
