"""Recomputes a run's figures from its exported codes, with nothing of Latent Explorer, and compares.

    latent-explorer encode RUN --out codes.npz
    latent-explorer evaluate RUN --json > figures.json
    python check_figures.py codes.npz figures.json

It needs numpy, scipy and scikit-learn alone. What is computed without draws must agree to a ten-thousandth, or where
neighbours are counted to one sample; what is sampled, here by other draws, to four of both standard errors together.
The prior is taken to be the standard normal, as most families have it; with ``--no-prior`` what needs one is left out.
Figures that need the decoder cannot be had from codes. Exits with 1 where a figure disagrees.
"""

import argparse
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.spatial import ConvexHull, Delaunay, cKDTree
from scipy.spatial.distance import cdist, pdist
from scipy.special import logsumexp
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_samples
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

NEIGHBOURS = 10
CODES_FOR_HOLES = 2000
SURE = 4.0
Array = np.ndarray[Any, np.dtype[Any]]


class Found(NamedTuple):
    """A figure as it is recomputed.

    ``slack`` is how far evaluate's may lie from it; its own error is allowed besides where it is ``sampled``.
    """

    name: str
    value: float
    slack: float = 0.0
    sampled: bool = False


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


def of_classes(codes: Codes) -> Iterator[Found]:
    """Recompute how well the classes are separated."""
    assert codes.labels is not None
    train = codes.all["split"] == "train"
    train &= codes.all["labels"] >= 0
    known = codes.labels >= 0
    mean, labels, one = codes.mean[known], codes.labels[known], 1 / known.sum()
    voters = KNeighborsClassifier(NEIGHBOURS).fit(codes.all["mean"][train], codes.all["labels"][train])
    yield Found("knn_accuracy", float((voters.predict(mean.astype(np.float32)) == labels).mean()), one)
    found = NearestNeighbors(n_neighbors=NEIGHBOURS + 1).fit(mean).kneighbors(mean, return_distance=False)
    others = np.array([labels[row[row != sample][:NEIGHBOURS]] for sample, row in enumerate(found)])
    among = (others != labels[:, None]).sum(axis=1) > NEIGHBOURS / 2
    yield Found("overlap", float(among.mean()), one)
    yield Found("overlap_error", math.sqrt(among.mean() * (1 - among.mean()) / len(among)), one)
    rows = (
        np.arange(len(mean)) if len(mean) <= 5000 else np.random.default_rng(1).choice(len(mean), 5000, replace=False)
    )
    widths = silhouette_samples(mean[rows], labels[rows])
    error = float(widths.std(ddof=1)) / math.sqrt(len(widths))
    drawn = len(mean) > 5000
    yield Found("silhouette", float(widths.mean()), SURE * error * drawn, drawn)
    yield Found("silhouette_error", error, 0.1 * error * drawn)


def of_pairs(codes: Codes, names: list[str]) -> dict[tuple[str, str], float]:
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


def of_codes(codes: Codes) -> Iterator[Found]:
    """Recompute the extent of the codes and the holes of their hull."""
    distances = np.sort(np.linalg.norm(codes.mean - codes.mean.mean(axis=0), axis=1))
    yield Found("extent", float(np.percentile(distances, 99)))
    if codes.mean.shape[1] > 1:
        axes = PCA(svd_solver="full").fit(codes.mean).explained_variance_
        yield Found("anisotropy", math.sqrt(axes[0] / axes[-1]))
        plane = codes.mean if codes.mean.shape[1] == 2 else PCA(2, svd_solver="full").fit_transform(codes.mean)
        yield repeated("hull_holes", lambda rng: hole_share(plane, rng, in_hull))


def of_posteriors(codes: Codes) -> Iterator[Found]:
    """Recompute the figures of the posteriors."""
    assert codes.log_variance is not None
    sigma = float(np.exp(0.5 * codes.log_variance).mean())
    yield Found("posterior_sigma", sigma)
    yield Found("sigma_over_spread", sigma / float(codes.mean.std(axis=0).mean()))
    yield Found("active_units", float((codes.mean.var(axis=0) > 0.01).sum()))
    yield Found("mutual_information_bound", math.log(min(len(codes.mean), 10_000)))
    yield repeated("mutual_information", lambda rng: float(np.mean(log_ratios(codes, rng)[0])), 4)


def of_prior(codes: Codes) -> Iterator[Found]:
    """Compare the aggregate posterior with a standard normal prior."""
    mean, dim = codes.mean, codes.mean.shape[1]

    def normal(_: Array, rng: np.random.Generator) -> Array:
        return rng.standard_normal((5000, dim))

    yield repeated("prior_holes", lambda rng: hole_share(mean, rng, normal))
    yield repeated("aggregate_mmd", lambda rng: discrepancy(codes, rng), 4)
    if codes.log_variance is not None:
        kl = 0.5 * (mean**2 + np.exp(codes.log_variance) - 1 - codes.log_variance).sum(axis=1)
        yield Found("kl", float(kl.mean()))
        yield repeated("aggregate_kl", lambda rng: float(np.mean(log_ratios(codes, rng)[1])), 4)


def repeated(name: str, once: Callable[[np.random.Generator], float], times: int = 16) -> Found:
    """Return the mean of several estimates by draws of its own, with four times its standard error."""
    values = [once(np.random.default_rng(1000 + seed)) for seed in range(times)]
    return Found(name, float(np.mean(values)), SURE * float(np.std(values, ddof=1)) / math.sqrt(times), sampled=True)


def hole_share(
    codes: Array, rng: np.random.Generator, places_of: Callable[[Array, np.random.Generator], Array]
) -> float:
    """Return the share of points farther from every code than 95 % of the codes are from their nearest neighbour."""
    few = len(codes) <= CODES_FOR_HOLES
    chosen = codes if few else codes[rng.choice(len(codes), CODES_FOR_HOLES, replace=False)]
    tree = cKDTree(chosen)
    near = np.percentile(tree.query(chosen, 2)[0][:, 1], 95)
    return float((tree.query(places_of(chosen, rng))[0] > near).mean())


def in_hull(codes: Array, rng: np.random.Generator) -> Array:
    """Return points, uniform in the convex hull: those of its bounding box that are inside."""
    hull = Delaunay(codes[ConvexHull(codes).vertices])
    points = rng.uniform(codes.min(axis=0), codes.max(axis=0), (20_000, 2))
    inside: Array = points[hull.find_simplex(points) >= 0]
    return inside


def discrepancy(codes: Codes, rng: np.random.Generator) -> float:
    """Return the unbiased MMD² between draws of q(z) and of the prior; Gaussian kernel."""
    drawn = codes.draw(rng)
    drawn = drawn[rng.permutation(len(drawn))[:2000]]
    prior = rng.standard_normal(drawn.shape)
    bandwidth = np.median(pdist(rng.standard_normal((500, drawn.shape[1]))))

    def kernel(one: Array, other: Array) -> Array:
        values: Array = np.exp(-cdist(one, other, "sqeuclidean") / (2 * bandwidth**2))
        return values

    count = len(drawn)
    within = sum((kernel(one, one).sum() - count) / (count * (count - 1)) for one in (drawn, prior))
    return float(within - 2 * kernel(drawn, prior).mean())


def log_ratios(codes: Codes, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return log q(z|x) − log q(z) and log q(z) − log p(z) of one draw for each of at most 2,000 samples, in nats."""
    assert codes.log_variance is not None
    sigma = np.exp(0.5 * codes.log_variance)
    rows = rng.permutation(len(codes.mean))[:2000]
    mixture = rng.permutation(len(codes.mean))[:10_000] if len(codes.mean) > 10_000 else np.arange(len(codes.mean))
    z = codes.draw(rng)[rows]

    def log_normal(points: Array, mean: Array, deviation: Array) -> Array:
        values: Array = -0.5 * (((points - mean) / deviation) ** 2 + np.log(2 * np.pi) + 2 * np.log(deviation)).sum(-1)
        return values

    label = log_normal(z, codes.mean[rows], sigma[rows])
    parts = [
        logsumexp(log_normal(z[start : start + 100, None], codes.mean[mixture], sigma[mixture]), axis=1)
        for start in range(0, len(z), 100)
    ]
    aggregate = np.concatenate(parts) - math.log(len(mixture))
    return label - aggregate, aggregate - log_normal(z, np.zeros_like(z), np.ones_like(z))


def recomputed(codes: Codes, *, prior: bool) -> Iterator[Found]:
    """Recompute all figures that need only codes."""
    if codes.labels is not None and len(np.unique(codes.labels[codes.labels >= 0])) > 1:
        yield from of_classes(codes)
    yield from of_codes(codes)
    if codes.log_variance is not None:
        yield from of_posteriors(codes)
    if prior:
        yield from of_prior(codes)


def check(codes: Codes, figures: dict[str, Any], *, prior: bool) -> list[str]:
    """Print each figure beside its recomputation, and return those that disagree."""
    wrong = []
    print(f"{'figure':<26}{'evaluate':>14}{'recomputed':>14}{'allowed':>12}")  # noqa: T201
    for name, value, slack, sampled in recomputed(codes, prior=prior):
        said = figures.get(name)
        if said is None:
            continue
        stated = SURE * (figures.get(f"{name}_error") or 0.0) if sampled else 0.0
        allowed = 1e-4 * max(1.0, abs(value)) + math.hypot(slack, stated)
        fits = abs(said - value) <= allowed
        wrong += [] if fits else [name]
        print(f"{name:<26}{said:>14.6g}{value:>14.6g}{allowed:>12.2g}{'' if fits else '  DIFFERS'}")  # noqa: T201
    matrix = figures.get("overlap_matrix")
    if matrix:
        shares = of_pairs(codes, list(matrix))
        off = max(abs(share - matrix[one][other]) for (one, other), share in shares.items())
        wrong += [] if off <= 0.01 else ["overlap_matrix"]
        print(f"{'overlap_matrix':<26}largest difference of {len(shares)} pairs: {off:.2g}")  # noqa: T201
    return wrong


def main(arguments: list[str] | None = None) -> int:
    """Check the figures of one run."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("codes", type=Path, help="what `encode` wrote, .npz")
    parser.add_argument("figures", type=Path, help="what `evaluate --json` printed")
    parser.add_argument("--no-prior", action="store_true", help="leave out what needs a standard normal prior")
    given = parser.parse_args(arguments)
    figures = json.loads(given.figures.read_text(encoding="utf-8"))
    wrong = check(Codes(given.codes, figures["split"]), figures, prior=not given.no_prior)
    print(f"{figures['run']}: {'all agree' if not wrong else 'these disagree: ' + ', '.join(wrong)}")  # noqa: T201
    return bool(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
