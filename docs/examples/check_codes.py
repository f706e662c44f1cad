"""The figures of a latent space that need only its codes, recomputed. Part of `check_figures.py`."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from check_errors import (
    OF_A_JACKKNIFE,
    OF_AN_ERROR,
    OF_FEW,
    SURE,
    Array,
    Found,
    bootstrap,
    error,
    jackknife,
    plain_error,
    random_groups,
    repeated,
    standard_error,
    without_groups,
)
from scipy.spatial import ConvexHull, Delaunay, cKDTree
from scipy.spatial.distance import cdist, pdist
from scipy.special import logsumexp
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_samples
from sklearn.neighbors import KNeighborsClassifier

NEIGHBOURS = 10
CODES_FOR_HOLES, MAX_SETS, POINTS = 2000, 16, 5000
SEED_OF_HOLES = 8
FOR_AN_ERROR = 100
"""Samples below which evaluate has no error of the overlap and the extent."""
Places = Callable[[Array, np.random.Generator], Array]


class Codes:
    """What `encode` wrote: the codes of the whole data set, and of one split."""

    def __init__(self, path: Path, split: str) -> None:
        with np.load(path, allow_pickle=False) as arrays:
            self.all = {name: arrays[name] for name in arrays.files}
        if "scale_tril" in self.all:
            raise SystemExit(f"{path}: posteriors of full covariance are not checked by this script")
        self.rows = np.flatnonzero(self.all["split"] == split)
        self.mean: Array = self.all["mean"][self.rows].astype(float)
        spread = self.all.get("log_variance")
        self.log_variance: Array | None = None if spread is None else spread[self.rows].astype(float)
        self.labels: Array | None = None if "labels" not in self.all else self.all["labels"][self.rows]

    def draw(self, rng: np.random.Generator) -> Array:
        """Return one draw of q(z|x) for each sample, or its code where q is a point."""
        if self.log_variance is None:
            return self.mean
        return self.mean + np.exp(0.5 * self.log_variance) * rng.standard_normal(self.mean.shape)

    def kl(self) -> Array:
        """Return the KL of each posterior from a standard normal prior, ``(n,)``, in nats."""
        assert self.log_variance is not None
        values: Array = 0.5 * (self.mean**2 + np.exp(self.log_variance) - 1 - self.log_variance).sum(axis=1)
        return values


def figures_of_codes(codes: Codes, *, prior: bool, active_above: float | None = None) -> Iterator[Found]:
    """Recompute all figures that need only codes; those of a sparse code if the level of an active unit is given."""
    if codes.labels is not None and len(np.unique(codes.labels[codes.labels >= 0])) > 1:
        yield from _of_classes(codes)
    yield from _of_extent(codes)
    if codes.mean.shape[1] > 1:
        yield from _holes("hull_holes", codes.mean, _in_hull, _on_plane)
    if codes.log_variance is not None:
        yield from _of_posteriors(codes)
    if prior:
        yield from _of_prior(codes)
    if active_above is not None:
        active = np.abs(codes.mean) > active_above
        yield Found("active_fraction", float(active.mean()))
        yield plain_error("active_fraction", active.mean(axis=1))
        yield Found("dead_units", float((~active.any(axis=0)).sum()))


def _of_classes(codes: Codes) -> Iterator[Found]:
    """Recompute how well the classes are separated."""
    assert codes.labels is not None
    train = codes.all["split"] == "train"
    train &= codes.all["labels"] >= 0
    known = codes.labels >= 0
    mean, labels, count = codes.mean[known], codes.labels[known], int(known.sum())
    voters = KNeighborsClassifier(NEIGHBOURS).fit(codes.all["mean"][train], codes.all["labels"][train])
    right = voters.predict(mean.astype(np.float32)) == labels
    yield Found("knn_accuracy", float(right.mean()), 1 / count)
    yield error("knn_accuracy", standard_error(right), 0.02)

    def overlap(rows: Array) -> float:
        return float((_others(mean[rows], labels[rows]).mean(axis=1) > 1 / 2).mean())

    yield Found("overlap", overlap(np.arange(count)), 1 / count)
    if count >= FOR_AN_ERROR:
        yield error("overlap", without_groups(overlap, count))
    rows = np.arange(count) if count <= 5000 else np.random.default_rng(1).choice(count, 5000, replace=False)
    widths = silhouette_samples(mean[rows], labels[rows])
    yield Found("silhouette", float(widths.mean()), SURE * standard_error(widths) * (count > 5000))

    def silhouette(some: Array) -> float:
        return float(silhouette_samples(mean[rows[some]], labels[rows[some]]).mean())

    yield error("silhouette", jackknife(silhouette, len(rows), 200 if len(rows) < 1000 else 50), OF_A_JACKKNIFE)


def _others(mean: Array, labels: Array) -> Array:
    """Return whether each of the at most ten nearest neighbours of each code is of another class, ``(n, k)``."""
    near = cKDTree(mean).query(mean, min(NEIGHBOURS + 1, len(mean)))[1]
    # Where codes coincide, a code need not be the first of its own neighbours.
    themselves = near == np.arange(len(mean))[:, None]
    themselves[~themselves.any(axis=1), -1] = True
    others: Array = labels[near[~themselves].reshape(len(mean), -1)] != labels[:, None]
    return others


def overlap_by_pairs(codes: Codes, names: list[str]) -> dict[tuple[str, str], float]:
    """Return the overlap by pairs of classes."""
    assert codes.labels is not None
    known = codes.labels >= 0
    mean, labels = codes.mean[known], codes.labels[known]
    found = cKDTree(mean).query(mean, NEIGHBOURS + 1)[1]
    shares: dict[tuple[str, str], float] = {}
    for label, name in enumerate(names):
        counts = dict.fromkeys(range(len(names)), 0)
        for sample in np.flatnonzero(labels == label):
            near = labels[[other for other in found[sample] if other != sample][:NEIGHBOURS]]
            others = np.bincount(near[near != label], minlength=len(names))
            counts[int(others.argmax()) if others.sum() > NEIGHBOURS / 2 else label] += 1
        total = sum(counts.values())
        shares |= {(name, names[other]): count / total for other, count in counts.items() if total}
    return shares


def _of_extent(codes: Codes) -> Iterator[Found]:
    """Recompute the extent of the codes."""
    mean, count = codes.mean, len(codes.mean)

    def extent(rows: Array) -> float:
        some = mean[rows]
        return float(np.percentile(np.linalg.norm(some - some.mean(axis=0), axis=1), 99))

    yield Found("extent", extent(np.arange(count)))
    if count >= FOR_AN_ERROR:
        yield error("extent", bootstrap(extent, count), OF_AN_ERROR)  # by the few outermost codes

    def anisotropy(rows: Array) -> float:
        variances = np.linalg.eigvalsh(np.cov(mean[rows].T))
        return math.sqrt(variances[-1] / variances[0])

    # Where a unit is never active, the codes have no last axis, and evaluate no anisotropy.
    if mean.shape[1] > 1 and np.linalg.matrix_rank(mean - mean.mean(axis=0)) == mean.shape[1]:
        yield Found("anisotropy", anisotropy(np.arange(count)))
        yield error("anisotropy", jackknife(anisotropy, count), OF_A_JACKKNIFE)


def _of_posteriors(codes: Codes) -> Iterator[Found]:
    """Recompute the figures of the posteriors."""
    assert codes.log_variance is not None
    sigma, mean = np.exp(0.5 * codes.log_variance).mean(axis=1), codes.mean
    yield Found("posterior_sigma", float(sigma.mean()))
    yield plain_error("posterior_sigma", sigma)

    def beside_spread(rows: Array) -> float:
        return float(sigma[rows].mean() / mean[rows].std(axis=0).mean())

    yield Found("sigma_over_spread", beside_spread(np.arange(len(mean))))
    yield error("sigma_over_spread", jackknife(beside_spread, len(mean)), OF_A_JACKKNIFE)
    yield Found("active_units", float((mean.var(axis=0) > 0.01).sum()))
    yield Found("mutual_information_bound", math.log(min(len(mean), 10_000)))
    yield repeated("mutual_information", lambda rng: float(np.mean(_log_ratios(codes, rng)[0])), 8)
    yield _error_over_draws("mutual_information", codes, 0)


def _of_prior(codes: Codes) -> Iterator[Found]:
    """Compare the aggregate posterior with a standard normal prior."""
    mean = codes.mean
    yield from _holes("prior_holes", mean, lambda some, rng: rng.standard_normal((POINTS, some.shape[1])), np.asarray)
    yield repeated("aggregate_mmd", lambda rng: _discrepancy(codes, rng)[0], 8)
    variances = [_discrepancy(codes, np.random.default_rng(seed))[1] for seed in range(8)]
    yield error("aggregate_mmd", math.sqrt(float(np.mean(variances))), OF_FEW)  # it varies by the draws
    if codes.log_variance is not None:
        yield Found("kl", float(codes.kl().mean()))
        yield repeated("aggregate_kl", lambda rng: float(np.mean(_log_ratios(codes, rng)[1])), 8)
        yield _error_over_draws("aggregate_kl", codes, 1)


def _holes(name: str, codes: Array, places: Places, project: Callable[[Array], Array]) -> Iterator[Found]:
    """Recompute the holes among projected codes ``(n, dim)``, in the documented sets of them but with other points."""
    count, rng = len(codes), np.random.default_rng(1)
    if count < 40:  # then evaluate has none
        return
    sets, size = max(2, min(MAX_SETS, count // CODES_FOR_HOLES)), min(CODES_FOR_HOLES, count // 2)
    order = np.random.default_rng(SEED_OF_HOLES).permutation(count)

    def holes(rows: Array) -> float:
        some = project(codes[rows])
        tree = cKDTree(some)
        near = np.percentile(tree.query(some, 2)[0][:, 1], 95)
        return float((tree.query(places(some, rng))[0] > near).mean())

    shares = [[holes(order[place * size : (place + 1) * size]) for _ in range(8)] for place in range(sets)]
    share = float(np.mean(shares))
    yield Found(name, share, SURE * math.sqrt(share * (1 - share) / (POINTS * sets) * (1 + 1 / 8)))
    yield error(name, random_groups(holes, count, sets, size, freedom=60), OF_FEW)


def _on_plane(codes: Array) -> Array:
    """Return codes ``(n, 2)``: two dimensions as they are, more on their first two principal components."""
    points: Array = codes if codes.shape[1] == 2 else PCA(2, svd_solver="full").fit_transform(codes)
    return points


def _in_hull(codes: Array, rng: np.random.Generator) -> Array:
    """Return points, uniform in the convex hull: those of its bounding box that are inside."""
    hull = Delaunay(codes[ConvexHull(codes).vertices])
    points = rng.uniform(codes.min(axis=0), codes.max(axis=0), (2 * POINTS, 2))
    inside: Array = points[hull.find_simplex(points) >= 0][:POINTS]
    return inside


def _discrepancy(codes: Codes, rng: np.random.Generator) -> tuple[float, float]:
    """Return the unbiased MMD² between draws of q(z) and of the prior, Gaussian kernel, and the variance of both draws.

    It is a U-statistic of order two, so its variance is 4(n − 2)/(n(n − 1))·ζ₁ + 2/(n(n − 1))·ζ₂ (Hoeffding 1948).
    """
    drawn = codes.draw(rng)
    drawn = drawn[rng.permutation(len(drawn))[:2000]]
    prior = rng.standard_normal(drawn.shape)
    bandwidth = np.median(pdist(rng.standard_normal((500, drawn.shape[1]))))

    def kernel(one: Array, other: Array) -> Array:
        values: Array = np.exp(-cdist(one, other, "sqeuclidean") / (2 * bandwidth**2))
        return values

    crossed = kernel(drawn, prior)
    terms = kernel(drawn, drawn) + kernel(prior, prior) - crossed - crossed.T
    np.fill_diagonal(terms, 0)
    count = len(terms)
    pairs, rows, square = count * (count - 1), terms.sum(axis=1), float((terms**2).sum())
    mean = float(rows.sum()) / pairs
    first = max(0.0, (float((rows**2).sum()) - square) / (pairs * (count - 2)) - mean**2)
    return mean, 4 * (count - 2) / pairs * first + 2 / pairs * (square / pairs - mean**2)


def _log_ratios(codes: Codes, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return log q(z|x) − log q(z) and log q(z) − log p(z) of one draw for each of at most 2,000 samples, in nats."""
    assert codes.log_variance is not None
    sigma, count = np.exp(0.5 * codes.log_variance), len(codes.mean)
    mixture = rng.permutation(count)[:10_000]
    rows = mixture[:2000]
    z = codes.draw(rng)[rows]
    own = log_normal(z, codes.mean[rows], sigma[rows])
    parts = [
        logsumexp(log_normal(z[start : start + 100, None], codes.mean[mixture], sigma[mixture]), axis=1)
        for start in range(0, len(z), 100)
    ]
    aggregate = np.concatenate(parts) - math.log(len(mixture))
    return own - aggregate, aggregate - log_normal(z, np.zeros_like(z), np.ones_like(z))


def _error_over_draws(name: str, codes: Codes, which: int) -> Found:
    """Return the standard error of a mean of `_log_ratios`, over several draws of them."""
    errors = [standard_error(_log_ratios(codes, np.random.default_rng(seed))[which]) for seed in range(4)]
    return error(name, math.sqrt(np.mean(np.square(errors))), OF_AN_ERROR if len(codes.mean) >= 100 else OF_FEW)


def log_normal(points: Array, mean: Array, deviation: Array) -> Array:
    """Return the log-density of independent normal numbers, summed over the last axis."""
    values: Array = -0.5 * (((points - mean) / deviation) ** 2 + np.log(2 * np.pi) + 2 * np.log(deviation)).sum(-1)
    return values
