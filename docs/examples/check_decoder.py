"""The figures of a latent space that need the decoder, recomputed. Part of `check_figures.py`.

log p(x) is an integral over z. In one or two latent dimensions it is computed here by a plain grid, in more by
importance sampling from q(z|x), a wider q and the prior. Of more than 500 samples (200 by importance sampling), the gap
between log p(x) and the ELBO is computed for a random choice of them.

Covered are a Bernoulli p(x|z) and a Gaussian one with one σ. Not covered are other likelihoods, conditional models,
posteriors of full covariance, other priors than the standard normal, and other corruption than Gaussian noise.
"""

import itertools
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from check_codes import Codes, log_normal
from check_errors import (
    OF_A_JACKKNIFE,
    OF_AN_ERROR,
    OF_FEW,
    SURE,
    Array,
    Found,
    error,
    jackknife,
    plain_error,
    standard_error,
)
from scipy.special import logsumexp, xlogy
from sklearn.manifold import trustworthiness

DRAWS, DRAWS_OF_EVALUATE = 64, 16
GRID = {1: 20_000, 2: 400}
"""Points of the grid along a dimension."""
IMPORTANCE = 8192
"""Importance samples for each sample."""
ROWS = 4096
"""Codes decoded at once."""


class Model:
    """A decoder, and an encoder if there is one, with the likelihood of a sample."""

    def __init__(self, decoder: Path, encoder: Path | None, sigma: float | None) -> None:
        self.session = onnxruntime.InferenceSession(decoder)
        self.encoder = onnxruntime.InferenceSession(encoder) if encoder else None
        if len(self.session.get_inputs()) > 1:
            raise SystemExit(f"{decoder}: conditional models are not checked by this script")
        about = self.session.get_modelmeta().custom_metadata_map
        self.transform = json.loads(about["transform"])
        self.shape: list[int] = json.loads(about["shape"])
        self.sigma = sigma

    def samples(self, path: Path, rows: Array) -> Array:
        """Return the samples of a file at ``rows``, ``(n, features)``, as the model sees them."""
        return self.as_model_values(np.load(path, allow_pickle=False)[rows].astype(float))

    def as_model_values(self, values: Array) -> Array:
        """Return values in the samples' own units as the model sees them, ``(n, features)``."""
        transform, values = self.transform, values.reshape(len(values), *self.shape)
        values = np.where(transform["log1p"], np.log1p(np.maximum(values, 0)), values)
        scaled = (values - np.asarray(transform["offset"])) / np.asarray(transform["scale"])
        return np.asarray(scaled.reshape(len(values), -1))

    def decode(self, z: Array) -> Array:
        """Return the mean of p(x|z), ``(n, features)``, as model values."""
        (values,) = self.session.run(None, {"z": z.astype(np.float32)})
        return self.as_model_values(values.astype(float))

    def round_trips(self, z: Array) -> Array:
        """Return the distance between each code and the posterior mean of its decode, ``(n,)``."""
        assert self.encoder is not None
        decoded = self.session.run(None, {"z": z.astype(np.float32)})[0]
        again = self.encoder.run(None, {"x": decoded})[0]
        return np.asarray(np.linalg.norm(again - z, axis=1))

    def restore(self, x: Array) -> Array:
        """Return the decodes of the posterior means of pictures ``(n, features)``, as model values."""
        assert self.encoder is not None
        own = x.reshape(len(x), *self.shape) * np.asarray(self.transform["scale"]) + np.asarray(
            self.transform["offset"]
        )
        return self.decode(self.encoder.run(None, {"x": own.astype(np.float32)})[0])

    def log_likelihoods(self, x: Array, means: Array) -> Array:
        """Return log p(x|z) of m samples for k decodes, ``(m, k)``, in nats."""
        if self.sigma is None:
            # In float32 the largest below 1 is 1 − 2⁻²⁴, and onnxruntime rounds the sigmoid of −18 to 0.
            p = np.clip(means, 1e-9, 1 - 2.0**-24)
            return np.asarray(x @ (np.log(p) - np.log1p(-p)).T + np.log1p(-p).sum(axis=1))
        squares = (x**2).sum(axis=1)[:, None] - 2 * x @ means.T + (means**2).sum(axis=1)
        constant = x.shape[1] * (0.5 * math.log(2 * math.pi) + math.log(self.sigma))
        return np.asarray(-0.5 * squares / self.sigma**2 - constant)

    def costs(self, x: Array, z: Array) -> Array:
        """Return −log p(x|z) of each sample for its own code, ``(n,)``."""
        return np.array([-self.log_likelihoods(x[i : i + 1], row[None])[0, 0] for i, row in enumerate(self.decode(z))])


def figures_of_decoder(
    codes: Codes, model: Model, x: Array, figures: dict[str, Any], *, prior: bool, noise: float | None = None
) -> Iterator[Found]:
    """Recompute the figures of samples ``(n, features)`` that need the decoder; the PSNRs for noise of a given σ."""
    yield from _of_decodes(codes, model, x)
    if noise is not None:
        yield from _of_noise(model, x, noise)
    if model.sigma is None:
        entropy = -(xlogy(x, x) + xlogy(1 - x, 1 - x)).sum(axis=1)
        yield Found("binary_entropy", float(entropy.mean()))
        yield plain_error("binary_entropy", entropy)
    if len(x) >= 30:  # with fewer, evaluate has none
        yield from _of_neighbours(codes, x)
    yield from _of_slope(codes, model)
    if codes.log_variance is None:
        yield Found("reconstruction", float(model.costs(x, codes.mean).mean()))
    else:
        yield from _of_bound(codes, model, x, figures, prior=prior)
    if prior and model.encoder:
        lengths = model.round_trips(np.random.default_rng(4).standard_normal((20_000, codes.mean.shape[1])))
        stated = float(lengths.std()) / math.sqrt(1000)
        yield Found("round_trip", float(lengths.mean()), SURE * math.hypot(stated, standard_error(lengths)))
        yield error("round_trip", stated)


def _of_decodes(codes: Codes, model: Model, x: Array) -> Iterator[Found]:
    """Recompute the figures of the decodes of the posterior means."""
    decodes = model.decode(codes.mean)
    squares = ((decodes - x) ** 2).sum(axis=1)
    yield Found("mse", float(squares.mean()))
    yield plain_error("mse", squares)

    def difference(rows: Array) -> float:
        return math.sqrt(2 * float(decodes[rows].var(axis=0, ddof=1).mean()))

    yield Found("decode_difference", difference(np.arange(len(x))))
    yield error("decode_difference", jackknife(difference, len(x)), OF_A_JACKKNIFE)


def _of_noise(model: Model, x: Array, noise: float) -> Iterator[Found]:
    """Recompute the PSNRs of pictures with Gaussian noise, and of their reconstructions."""

    def squares(rng: np.random.Generator) -> Array:
        corrupted = x + noise * rng.standard_normal(x.shape)
        return np.array([((some - x) ** 2).mean(axis=1) for some in (corrupted, model.restore(corrupted))])

    drawn = np.array([squares(np.random.default_rng(seed)) for seed in range(8)])  # (draws, 2, n)
    for name, errors in zip(("psnr_corrupted", "psnr_restored"), drawn.swapaxes(0, 1), strict=True):
        ratios = -10 * np.log10(errors.mean(axis=1))
        yield Found(name, float(ratios.mean()), SURE * float(ratios.std(ddof=1)) * math.sqrt(1 + 1 / len(ratios)))
        spreads = [standard_error(one) / one.mean() for one in errors]
        yield error(name, 10 / math.log(10) * float(np.mean(spreads)), OF_A_JACKKNIFE)


def _of_neighbours(codes: Codes, x: Array) -> Iterator[Found]:
    """Recompute the trustworthiness."""
    rows = np.sort(np.random.default_rng(0).permutation(len(x))[:1000])
    samples, mean = x[rows], codes.mean[rows]

    def trust(some: Array) -> float:
        return float(trustworthiness(samples[some], mean[some], n_neighbors=10))

    stated = jackknife(trust, len(rows), 100)
    # Each chose a thousand of more samples; otherwise both have all, and differ by the order of equal distances.
    slack = SURE * math.sqrt(2) * stated if len(x) > len(rows) else 3e-4
    yield Found("trustworthiness", trust(np.arange(len(rows))), slack)
    yield error("trustworthiness", stated, OF_A_JACKKNIFE)


def _of_slope(codes: Codes, model: Model) -> Iterator[Found]:
    """Recompute the slope of the decoder, by central differences."""
    mean, count, dim = codes.mean, len(codes.mean), codes.mean.shape[1]
    most = max(16, min(256, 2**14 // dim))
    chosen = np.sort(np.random.default_rng(0).permutation(count)[:most])
    steps = 0.0003 * mean.std(axis=0)  # short, as networks of ReLU have edges
    squares = np.zeros((count, dim))  # of the derivative by each dimension
    for dimension, step in enumerate(steps):
        if step == 0:  # a unit that is never active
            continue
        to = step * np.eye(dim)[dimension]
        change = model.decode(mean[chosen] + to) - model.decode(mean[chosen] - to)
        squares[chosen, dimension] = (change**2).sum(axis=1) / (2 * step) ** 2

    def slope(rows: Array) -> float:
        norms = np.sqrt(squares[np.intersect1d(rows, chosen)] @ mean[rows].var(axis=0))
        return float(norms.mean())

    value, stated = slope(np.arange(count)), jackknife(slope, count)
    yield Found("smoothness", value, 0.003 * value + SURE * math.sqrt(2) * stated * (count > most))
    yield error("smoothness", stated, OF_A_JACKKNIFE)


def _of_bound(codes: Codes, model: Model, x: Array, figures: dict[str, Any], *, prior: bool) -> Iterator[Found]:
    """Recompute reconstruction and ELBO by draws of q(z|x), and log p(x) and its gap to the ELBO by an integral."""
    rng = np.random.default_rng(0)
    costs = np.array([model.costs(x, codes.draw(rng)) for _ in range(DRAWS)])  # (draws, n)
    drawn, of_draws = costs.mean(axis=1), float(costs.mean(axis=1).std(ddof=1))
    over_draws = of_draws * math.sqrt(1 / DRAWS + 1 / DRAWS_OF_EVALUATE)
    stated = of_draws / math.sqrt(DRAWS_OF_EVALUATE)
    yield Found("reconstruction", float(drawn.mean()), SURE * over_draws)
    yield error("reconstruction", stated, OF_FEW)
    if not prior:
        return
    bounds = -(costs.mean(axis=0) + codes.kl())
    yield Found("elbo", float(bounds.mean()), SURE * over_draws)
    yield error("elbo", stated, OF_FEW)
    if figures.get("log_likelihood") is None:
        return
    few = codes.mean.shape[1] in GRID
    rows = np.sort(rng.permutation(len(x))[: 500 if few else 200])
    values, errors = (_by_grid if few else _by_importance)(codes, model, x, rows)
    gaps = values - bounds[rows]
    chosen = standard_error(gaps) * math.sqrt(1 - len(rows) / len(x))
    mine = math.hypot(chosen, float(np.sqrt((errors**2).mean() / (1 if few else len(rows)))))
    theirs = figures["monte_carlo_error"] or 0.0
    yield Found("log_likelihood", float(bounds.mean() + gaps.mean()), SURE * math.hypot(mine, theirs))
    # Estimates by few draws, which `evaluate` has for the samples without an accurate value, are noisier.
    share = 0.02 if len(rows) == len(x) == figures["accurate_samples"] else OF_AN_ERROR
    yield error("log_likelihood", float(values.std(ddof=1)) / math.sqrt(len(x)), share)
    yield Found("gap", float(gaps.mean()), SURE * math.hypot(mine, theirs, over_draws))
    # The gap of a sample in `evaluate` has the noise of sixteen draws.
    noisy = values + (costs[:DRAWS_OF_EVALUATE].mean(axis=0) + codes.kl())[rows]
    yield error("gap", float(noisy.std(ddof=1)) / math.sqrt(len(x)))
    # An identity of three stated errors.
    yield Found("gap_monte_carlo_error", math.hypot(theirs, figures["elbo_error"]))


def _by_grid(codes: Codes, model: Model, x: Array, rows: Array) -> tuple[Array, Array]:
    """Return log p(x) of samples at ``rows`` by a grid, and how much it changes if half of the points are left out."""
    dim = codes.mean.shape[1]
    half = max(6.0, float(np.abs(codes.mean).max()) + 2)
    axis = np.linspace(-half, half, GRID[dim])
    cell = dim * math.log(axis[1] - axis[0])
    # Every second point along each dimension, so that the parts are grids of their own.
    parts = np.array(
        [
            _log_sum(model, x[rows], np.stack(np.meshgrid(*(axis[start::2] for start in starts)), -1).reshape(-1, dim))
            for starts in itertools.product((0, 1), repeat=dim)
        ]
    )
    values = logsumexp(parts, axis=0) + cell
    return values, np.abs(parts[0] + cell + dim * math.log(2) - values)


def _log_sum(model: Model, x: Array, points: Array) -> Array:
    """Return log Σ p(x|z)·p(z) over codes ``(k, dim)``, ``(n,)``."""
    total = np.full(len(x), -np.inf)
    for start in range(0, len(points), ROWS):
        z = points[start : start + ROWS]
        joint = model.log_likelihoods(x, model.decode(z)) + log_normal(z, np.zeros_like(z), np.ones_like(z))
        total = np.logaddexp(total, logsumexp(joint, axis=1))
    return total


def _by_importance(codes: Codes, model: Model, x: Array, rows: Array) -> tuple[Array, Array]:
    """Return log p(x) of samples at ``rows`` by importance sampling, and the standard errors, in nats."""
    assert codes.log_variance is not None
    rng, found = np.random.default_rng(2), []
    for row in rows:
        mean, sigma = codes.mean[row], np.exp(0.5 * codes.log_variance[row])
        # q as it is, q twice and four times as wide, and the prior, so that no weight is large where q fits badly.
        centres = np.stack([mean, mean, mean, np.zeros_like(mean)])
        widths = np.stack([sigma, 2 * sigma, 4 * sigma, np.ones_like(sigma)])
        part = rng.choice(4, IMPORTANCE, p=(0.4, 0.4, 0.1, 0.1))
        z = centres[part] + widths[part] * rng.standard_normal((IMPORTANCE, len(mean)))
        proposal = logsumexp(log_normal(z[:, None], centres, widths) + np.log([0.4, 0.4, 0.1, 0.1]), axis=1)
        joint = model.log_likelihoods(x[row : row + 1], model.decode(z))[0]
        weights = joint + log_normal(z, np.zeros_like(z), np.ones_like(z)) - proposal
        mean_weight = logsumexp(weights) - math.log(IMPORTANCE)
        found.append((mean_weight, standard_error(np.exp(weights - mean_weight))))
    values, errors = np.array(found).T
    # A logarithm of a mean is too low by half its relative variance.
    return values + errors**2 / 2, errors
