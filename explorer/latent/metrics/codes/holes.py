"""Holes of a latent space: points in the hull of the codes, or drawn from the prior, without a code near them.

Each of 16 rounds, with a seed of its own:

1. Choose 2,000 codes, as the holes depend on the number of codes.
2. Define "near" as the 95th percentile of the distances between codes and their nearest neighbours.
3. Draw points, uniformly in the hull of these codes or from the prior.
4. Compute the share of points that are farther than "near" from every chosen code.

The figure is the mean of these shares over the rounds.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import Evaluated, Found, measures
from explorer.latent.principal import on_plane, principal_deviations, rounding_of
from explorer.latent.steps import Absent, Steps, at_once
from explorer.models.latent_model import Prior

ROUNDS = 16
"""Number of choices of codes; the hull of a single choice depends on a few outermost codes."""
HOLE_CODES = 2_000
"""Number of codes in a round; a smaller split uses all of its codes."""
MIN_CODES = 20
"""Minimum number of codes for a meaningful 95th percentile."""
NEAR = 95
"""Percentile of the distances between codes and their nearest neighbours that counts as near."""
POINTS = 10_000
"""Number of points drawn in the hull in a round."""
DRAWS = 5_000
"""Number of draws from the prior in a round."""


@dataclass(frozen=True)
class Share:
    """The mean share of points over the rounds, and its standard error from their variation."""

    value: float
    error: float


def hull_holes(codes: NDArray[np.float32]) -> Share | Absent:
    """Return the holes of the hull at once; see `hull_holes_in_rounds`."""
    return at_once(hull_holes_in_rounds(codes))


def hull_holes_in_rounds(codes: NDArray[np.float32]) -> Steps[Share | Absent]:
    """Return the share of the area of the hull of codes ``(n, latent_dim)`` that is not near any code.

    Two dimensions are used unchanged, more are projected to the first two principal components. A round chooses codes
    by ``default_rng(round).choice(n, 2000, replace=False)`` if there are more, and uses the hull of these.
    """
    if why := _why_no_area(codes):
        return Absent(why)
    plane, shares = on_plane(codes), []
    for seed in range(ROUNDS):
        rng = np.random.default_rng(seed)
        # The hull of the chosen codes, not of all: its variation over the rounds is part of the error.
        chosen = _choice(plane, rng)
        shares.append(_share_far(chosen, _points_in_hull(chosen, rng)))
        yield 1
    return _mean(shares)


def prior_holes(codes: NDArray[np.float32], prior: Prior) -> Share | Absent:
    """Return the holes of the prior at once; see `prior_holes_in_rounds`."""
    return at_once(prior_holes_in_rounds(codes, prior))


def prior_holes_in_rounds(codes: NDArray[np.float32], prior: Prior) -> Steps[Share | Absent]:
    """Return the share of draws from a prior that are not near any code ``(n, latent_dim)``, over all dimensions.

    A round chooses codes as `hull_holes_in_rounds` does, and draws with ``torch.Generator().manual_seed(round)``.
    """
    if why := _why_no_distance(codes):
        return Absent(why)
    values, shares = codes.astype(np.float64), []
    for seed in range(ROUNDS):
        with torch.inference_mode():
            draws = prior.sample(DRAWS, torch.Generator().manual_seed(seed)).cpu().double().numpy()
        shares.append(_share_far(_choice(values, np.random.default_rng(seed)), draws))
        yield 1
    return _mean(shares)


def _choice(codes: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    return codes[rng.choice(len(codes), HOLE_CODES, replace=False)] if len(codes) > HOLE_CODES else codes


def _why_no_distance(codes: NDArray[np.float32]) -> str:
    if len(codes) < MIN_CODES:
        return f"{len(codes)} codes are too few to tell near from far; at least {MIN_CODES} are needed"
    # Coinciding codes have a neighbour at distance 0. If most coincide, "near" is 0 and everything else is a hole.
    counts = np.unique(codes, axis=0, return_counts=True)[1]
    if 2 * counts[counts > 1].sum() > len(codes):
        return "most codes coincide with another code, so the distance of nearest neighbours is 0"
    return ""


def _why_no_area(codes: NDArray[np.float32]) -> str:
    if codes.shape[1] < 2:
        return "one latent dimension has no area"
    if len(codes) >= MIN_CODES and principal_deviations(codes)[1] <= rounding_of(codes):
        return "the codes lie on one line, which has no area"
    return _why_no_distance(codes)


def _share_far(codes: NDArray[np.float64], points: NDArray[np.float64]) -> float:
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors().fit(codes)
    # Called without points, scikit-learn excludes each code from its own neighbours.
    near = np.percentile(search.kneighbors(n_neighbors=1)[0][:, 0], NEAR)
    return float((search.kneighbors(points, n_neighbors=1)[0][:, 0] > near).mean())


def _mean(shares: list[float]) -> Share:
    return Share(float(np.mean(shares)), float(np.std(shares, ddof=1) / np.sqrt(len(shares))))


def _points_in_hull(plane: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return `POINTS` points, uniform in the convex hull of points ``(n, 2)``."""
    from scipy.spatial import ConvexHull

    # A fan of triangles from the first corner covers a convex polygon; each is chosen by its share of the area.
    corners = plane[ConvexHull(plane).vertices]
    origin, sides = corners[0], corners[1:] - corners[0]
    areas = np.abs(sides[:-1, 0] * sides[1:, 1] - sides[:-1, 1] * sides[1:, 0])
    chosen = rng.choice(len(areas), POINTS, p=areas / areas.sum())
    along = rng.random((POINTS, 2))
    # Uniform in a triangle: points of the unit square beyond its diagonal are folded back.
    along = np.where(along.sum(axis=1, keepdims=True) > 1, 1 - along, along)
    points: NDArray[np.float64] = origin + along[:, :1] * sides[chosen] + along[:, 1:] * sides[chosen + 1]
    return points


@measures(
    Figure(
        "hull_holes",
        "holes of the hull",
        "share of the hull's area",
        "lower is better",
        "Share of the area of the convex hull of the codes that is not near any code. Near means closer than "
        "the 95th percentile of the distances between codes and their nearest neighbours. If there are more "
        "than two latent dimensions, the codes are projected to their first two principal components. Uses "
        "2,000 codes (posterior means), or all of a smaller split; averaged over 16 fixed choices of codes, "
        "each with 10,000 uniform draws in its hull. The holes depend on the number of codes, so compare equal "
        "numbers.",
        needs=("an encoder", "two latent dimensions"),
        errors=(
            StandardError(
                "choices",
                "± of the hull's holes",
                "Standard error over the 16 choices of codes and the draws in their hulls, for one split.",
            ),
        ),
        sample_count="hole_codes",
    ),
    Figure(
        "prior_holes",
        "holes of the prior",
        "share of the prior's draws",
        "lower is better",
        "Share of draws from the prior that are not near any code, over all latent dimensions. Near means "
        "closer than the 95th percentile of the distances between codes and their nearest neighbours. Uses the "
        "same 16 choices of 2,000 codes, or all of a smaller split, with 5,000 fixed draws each.",
        needs=("an encoder", "a prior"),
        errors=(
            StandardError(
                "choices",
                "± of the prior's holes",
                "Standard error over the 16 choices of codes and the draws from the prior, for one split.",
            ),
        ),
        sample_count="hole_codes",
    ),
    passes=lambda evaluated: 2 * ROUNDS,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Compute the holes of the hull, and those of the prior if the model has one."""
    codes, prior = evaluated.finite_means, evaluated.model.prior
    # Either may be defined without the other: one dimension has no area, an autoencoder no prior.
    of_hull = yield from hull_holes_in_rounds(codes)
    of_prior: Share | Absent = Absent("the model has no prior")
    if prior is not None:
        of_prior = yield from prior_holes_in_rounds(codes, prior)
    known = isinstance(of_hull, Share) or isinstance(of_prior, Share)
    counted = min(len(codes), HOLE_CODES) if known else 0
    return {**_figures("hull_holes", of_hull), **_figures("prior_holes", of_prior), "hole_codes": counted}


def _figures(name: str, share: Share | Absent) -> Found:
    if isinstance(share, Absent):
        return {name: share, f"{name}_error": share}
    return {name: share.value, f"{name}_error": share.error}
