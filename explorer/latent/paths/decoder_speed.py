"""How fast the decoder changes at codes and in holes: whether its metric keeps shortest curves near the codes."""

import numpy as np
from numpy.typing import NDArray

from explorer.latent.bulk import bulk_of
from explorer.latent.codes.neighbours import Neighbours
from explorer.latent.paths.decoded_space import DecodedSpace, Values
from explorer.latent.steps import Steps

COMPARED = 200
"""Number of codes, and maximum number of points in holes, that are compared."""
POINTS = 1_000
"""Number of points between two random codes among which holes are searched."""
MIN_HOLES = 20
"""With fewer points in holes there is nothing to compare."""
GROWTH = 1.1
"""The metric counts as growing in holes if the decoder changes more than this many times as fast there."""
STEP = 0.05
"""Length of the measured steps, relative to the spread of the codes along each axis."""


def advice_on_metric(
    space: DecodedSpace, codes: NDArray[np.float32], neighbours: Neighbours, seed: int = 0
) -> Steps[str]:
    """Return one sentence if the decoder's metric does not grow in holes, with the metric to try; otherwise "".

    A hole is a point between two codes that is farther from every code than 95 % of the codes are from their nearest
    neighbour. The median decoded distance of a short step in a random direction is compared with that at codes.
    """
    bulk, random = bulk_of(codes), np.random.default_rng(seed)
    if codes.shape[1] < 2 or len(bulk) < MIN_HOLES:
        return ""
    yield from neighbours.measure()
    # Between codes, as a hole is what a path between samples may cross.
    a, b = bulk[random.integers(len(bulk), size=(2, POINTS))]
    # Away from both ends, which are codes themselves.
    points = a + random.uniform(0.1, 0.9, (POINTS, 1)) * (b - a)
    # One point after another, as a search in many dimensions takes about a millisecond.
    holes = []
    for point in points:
        found = neighbours.nearest_rows(point, 1)[1]
        if found.size and found[0] > neighbours.typical_distance:
            holes.append(point)
        yield
        if len(holes) == COMPARED:
            break
    if len(holes) < MIN_HOLES:
        return ""
    # Medians, since a few points at the edges of classes change very fast.
    chosen = bulk[random.choice(len(bulk), min(COMPARED, len(bulk)), replace=False)]
    size = STEP * bulk.std(axis=0)
    at_codes = float(np.median((yield from _speeds(space, chosen, size, random))))
    in_holes = float(np.median((yield from _speeds(space, np.array(holes), size, random))))
    # A decoder that is constant at the codes, or diverges, has no ratio.
    if not (np.isfinite(in_holes) and 0 < at_codes < np.inf) or in_holes > GROWTH * at_codes:
        return ""
    return (
        f"The decoder changes no faster where there are no codes ({in_holes / at_codes:.2f} times the speed at the "
        "codes), so a geodesic may cross holes. Try the density metric."
    )


def _speeds(space: DecodedSpace, z: Values, size: Values, random: np.random.Generator) -> Steps[Values]:
    """Return the decoded distances of steps from codes in random directions, relative to their latent lengths."""
    steps = random.standard_normal(z.shape) * size
    lengths = np.linalg.norm(steps, axis=1)
    # Half a step to both sides, so that the step is measured at the point and not behind it.
    before = space.points((yield from space.decode(z - steps / 2)))
    after = space.points((yield from space.decode(z + steps / 2)))
    speeds: Values = np.linalg.norm(after - before, axis=1) / np.where(lengths > 0, lengths, np.inf)
    return speeds
