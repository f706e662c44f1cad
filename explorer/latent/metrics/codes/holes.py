"""Holes of a latent space: points in the hull of the codes, or drawn from the prior, without a code near them.

1. Divide the codes at random into sets of 2,000 codes, or into halves, as the holes depend on the number of codes.
2. Define "near" as the 95th percentile of the distances between the codes of a set and their nearest neighbours.
3. Draw points, uniformly in the hull of these codes or from the prior.
4. Compute the share of points that are farther than "near" from every code of the set.
5. Repeat this for other divisions, for the standard error (`random_groups`).

The figure is the mean of the shares over the sets of the first division alone. The mean over all divisions would vary
less between samples, by an amount that the divisions do not show, so its error would be up to 1.8 times too large.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import Evaluated, Found, all_absent, figure_of_samples, measures, too_few
from explorer.latent.metrics.random_groups import values_of_groups
from explorer.latent.metrics.sample_values import error_over_samples
from explorer.latent.principal import on_plane, principal_deviations, rounding_of
from explorer.latent.steps import Absent, Steps, at_once
from explorer.models.latent_model import NotDefined, Prior

HOLE_CODES = 2_000
"""Number of codes in a set; of a split of fewer than twice as many, a set has half of them."""
MAX_SETS = 16
"""Maximum number of sets."""
FREEDOM = 16
"""Degrees of freedom of the standard error, which they give to about 18 %."""
MIN_CODES = 40
"""Minimum number of codes for a meaningful 95th percentile in each half."""
NEAR = 95
"""Percentile of the distances between codes and their nearest neighbours that counts as near."""
POINTS = 5_000
"""Number of points drawn for each set."""
ROWS = 1_000
"""Number of points whose nearest codes are searched between two yields."""
SEED = 8

if TYPE_CHECKING:
    from sklearn.neighbors import NearestNeighbors

Points = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Returns `POINTS` points ``(count, dim)`` for a set of projected codes ``(n, dim)``."""
Projection = Callable[[NDArray[np.float32]], NDArray[np.float64]]
"""Projects a set of codes ``(n, latent_dim)`` to ``(n, dim)``."""


@dataclass(frozen=True, eq=False)
class Share:
    """A share of points, and values that give its error over samples (`values_of_groups`)."""

    value: float
    values: NDArray[np.float64]

    @property
    def error(self) -> float:
        """The standard error over samples."""
        return error_over_samples(self.values)


def hull_holes(codes: NDArray[np.float32], seed: int = SEED) -> Share | Absent:
    """Return the holes of the hull at once; see `hull_holes_in_sets`."""
    return at_once(hull_holes_in_sets(codes, seed))


def hull_holes_in_sets(codes: NDArray[np.float32], seed: int = SEED) -> Steps[Share | Absent]:
    """Return the share of the area of the hull of codes ``(n, latent_dim)`` that is not near any code.

    Two dimensions are used unchanged, more are projected to the first two principal components. Components and hull are
    those of the codes of a set, so that their dependence on the sample is part of the error.
    """
    if why := _why_no_area(codes):
        return Absent(why)
    yield 0
    rng = np.random.default_rng(seed)
    try:
        return (yield from _share_in_sets(codes, lambda chosen: _points_in_hull(chosen, rng), rng, on_plane))
    except NotDefined as lack:
        return Absent(str(lack))


def prior_holes(codes: NDArray[np.float32], prior: Prior, seed: int = SEED) -> Share | Absent:
    """Return the holes of the prior at once; see `prior_holes_in_sets`."""
    return at_once(prior_holes_in_sets(codes, prior, seed))


def prior_holes_in_sets(codes: NDArray[np.float32], prior: Prior, seed: int = SEED) -> Steps[Share | Absent]:
    """Return the share of draws from a prior that are not near any code ``(n, latent_dim)``, over all dimensions.

    The draws are from ``torch.Generator().manual_seed(seed)``, in the order in which they are needed.
    """
    if why := _why_no_distance(codes):
        return Absent(why)
    generator = torch.Generator().manual_seed(seed)

    @torch.inference_mode()
    def draw(chosen: NDArray[np.float64]) -> NDArray[np.float64]:
        drawn: NDArray[np.float64] = prior.sample(POINTS, generator).cpu().double().numpy()
        return drawn

    return (
        yield from _share_in_sets(codes, draw, np.random.default_rng(seed), lambda chosen: chosen.astype(np.float64))
    )


def _share_in_sets(
    codes: NDArray[np.float32], points: Points, rng: np.random.Generator, project: Projection
) -> Steps[Share]:
    """Return the mean share of far points over projected sets of codes ``(n, dim)``; yield 1 after each set."""
    sets, size = sets_of(len(codes))
    shares = np.zeros((_divisions(sets), sets))
    for row in shares:
        order = rng.permutation(len(codes))
        for place in range(sets):
            chosen = project(codes[order[place * size : (place + 1) * size]])
            row[place] = yield from _share_far(chosen, points(chosen))
            yield 1
    value = float(shares[0].mean())
    return Share(value, values_of_groups(value, shares))


def sets_of(count: int) -> tuple[int, int]:
    """Return the number of sets of ``count`` codes, and that of the codes in a set."""
    return max(2, min(MAX_SETS, count // HOLE_CODES)), min(HOLE_CODES, count // 2)


def _divisions(sets: int) -> int:
    return -(-FREEDOM // (sets - 1))


def _why_no_distance(codes: NDArray[np.float32]) -> str:
    if len(codes) < MIN_CODES:
        return too_few(len(codes), "code", "to tell near from far", MIN_CODES)
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


def _share_far(codes: NDArray[np.float64], points: NDArray[np.float64]) -> Steps[float]:
    """Return the share of points that are not near any code; yield 0 after each chunk."""
    from sklearn.neighbors import NearestNeighbors

    yield 0
    search = NearestNeighbors().fit(codes)
    # Two neighbours, as a code is the nearest of itself or coincides with the nearest.
    near = np.percentile((yield from _distances(search, codes, 2)), NEAR)
    return float(((yield from _distances(search, points, 1)) > near).mean())


def _distances(search: "NearestNeighbors", points: NDArray[np.float64], rank: int) -> Steps[NDArray[np.float64]]:
    """Return the distance of each point ``(n, dim)`` from the code of a rank by distance, ``(n,)``."""
    found = np.empty(len(points))
    for start in range(0, len(points), ROWS):
        part = slice(start, start + ROWS)
        found[part] = search.kneighbors(points[part], n_neighbors=rank)[0][:, -1]
        yield 0
    return found


def _points_in_hull(plane: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return `POINTS` points, uniform in the convex hull of points ``(n, 2)``."""
    from scipy.spatial import ConvexHull, QhullError

    try:
        corners = plane[ConvexHull(plane).vertices]
    except QhullError as error:
        raise NotDefined("half of the codes lie on one line, which has no area") from error
    # A fan of triangles from the first corner covers a convex polygon; each is chosen by its share of the area.
    origin, sides = corners[0], corners[1:] - corners[0]
    areas = np.abs(sides[:-1, 0] * sides[1:, 1] - sides[:-1, 1] * sides[1:, 0])
    chosen = rng.choice(len(areas), POINTS, p=areas / areas.sum())
    along = rng.random((POINTS, 2))
    # Uniform in a triangle: points of the unit square beyond its diagonal are folded back.
    along = np.where(along.sum(axis=1, keepdims=True) > 1, 1 - along, along)
    points: NDArray[np.float64] = origin + along[:, :1] * sides[chosen] + along[:, 1:] * sides[chosen + 1]
    return points


def _passes(evaluated: Evaluated) -> int:
    sets, _ = sets_of(len(evaluated.index))
    return 2 * sets * _divisions(sets)


OVER_SAMPLES = (
    "Standard error over the samples, from the differences between sets of codes in 2 to 16 random divisions."
)


@measures(
    Figure(
        "hull_holes",
        "holes of the hull",
        "share of the hull's area",
        "lower is better",
        "Share of the area of the convex hull of the codes that is not near any code. Near means closer than "
        "the 95th percentile of the distances between codes and their nearest neighbours. If there are more "
        "than two latent dimensions, the codes of each set are projected to their first two principal components. "
        "Computed in sets of 2,000 codes (posterior means), or in both halves of a smaller split, with 5,000 uniform "
        "draws in the hull of each; the mean over at most 16 sets, chosen with a fixed seed. The holes depend on the "
        "number of codes, so compare equal numbers.",
        needs=("an encoder", "two latent dimensions"),
        errors=(StandardError("samples", "± of the hull's holes", OVER_SAMPLES),),
        sample_count="hole_codes",
    ),
    Figure(
        "prior_holes",
        "holes of the prior",
        "share of the prior's draws",
        "lower is better",
        "Share of draws from the prior that are not near any code, over all latent dimensions. Near means "
        "closer than the 95th percentile of the distances between codes and their nearest neighbours. Computed in the "
        "same sets of codes, with 5,000 fixed draws for each.",
        needs=("an encoder", "a prior"),
        errors=(StandardError("samples", "± of the prior's holes", OVER_SAMPLES),),
        sample_count="hole_codes",
    ),
    passes=_passes,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Compute the holes of the hull, and those of the prior if the model has one."""
    codes, prior, seed = evaluated.finite_means, evaluated.model.prior, evaluated.seed_of(SEED)
    # Either may be defined without the other: one dimension has no area, an autoencoder no prior.
    of_hull = yield from hull_holes_in_sets(codes, seed)
    of_prior: Share | Absent = Absent("the model has no prior")
    if prior is not None:
        of_prior = yield from prior_holes_in_sets(codes, prior, seed)
    known = isinstance(of_hull, Share) or isinstance(of_prior, Share)
    # Only the same divisions of the same samples are compared.
    divisions = np.array([len(codes), seed])
    return {
        **_figures("hull_holes", of_hull, divisions),
        **_figures("prior_holes", of_prior, divisions),
        "hole_codes": sets_of(len(codes))[1] if known else 0,
    }


def _figures(name: str, share: Share | Absent, divisions: NDArray[np.int64]) -> Found:
    if isinstance(share, Absent):
        return all_absent((name, f"{name}_error"), share.why)
    return figure_of_samples(name, share.value, share.values, divisions)
