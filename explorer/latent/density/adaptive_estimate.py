"""Estimates log p(x) of one sample accurately, by adaptive importance sampling.

1. Adapt a mixture to p(z|x) until enough draws are effective, at most `ROUNDS` times
   (see `explorer.latent.density.adaptive_sampling`).
2. Choose the number K of final draws by the variance of the weights of the last round, and draw new ones: an estimate
   that stops when its own draws agree would be biased.
3. log (1/K) Σ w is too low by half its squared error, to first order. This is added, and counts as an error.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.latent.density.adaptive_sampling import AdaptiveRound, DrawPool, adapt, draw_round, next_proposal
from explorer.latent.density.proposal import NOT_FINITE, NOWHERE, error_of_log_mean
from explorer.latent.inputs import Inputs, in_double
from explorer.latent.steps import Steps
from explorer.models.latent_model import LatentModel, NotDefined

ROUNDS = 30
"""Maximum number of rounds of the adaptation."""
POOLED = 8
"""Maximum number of rounds whose draws determine the next Gaussian."""
MIN_SIZE, MAX_SIZE = 256, 512
"""Limits of the number of draws in a round."""


@dataclass(frozen=True)
class AdaptiveEstimate:
    """log p(x) of one sample in nats.

    Attributes
    ----------
    error
        Standard error over the final draws.
    correction
        What was added for the bias of the logarithm.
    draws, decodes
        Number K of final draws, and of all decodes.
    effective_draws
        1 / Σ (w / Σ w)² of the final draws.
    """

    log_likelihood: float
    error: float
    correction: float
    draws: int
    decodes: int
    effective_draws: float


@dataclass(frozen=True)
class Precision:
    """The wanted standard error of log p(x) in nats, and the least and the largest number of final draws."""

    error: float
    least: int
    most: int

    def draws(self, error: float, draws: int) -> int:
        """Return the number of final draws, a power of 2 unless limited, from the error of other draws."""
        if not error > 0:
            return self.least
        wanted = draws * (error / self.error) ** 2
        return int(min(max(self.least, 2.0 ** math.ceil(math.log2(wanted))), self.most))


def adaptive_estimate(
    model: LatentModel, given: Inputs, seed: tuple[int, ...], precision: Precision, rows: int
) -> Steps[AdaptiveEstimate]:
    """Estimate log p(x) of one sample; yields the number of decodes after each chunk of at most ``rows``, or 0.

    Raises
    ------
    NotDefined
        If the code of the sample is not finite, or the weight of no draw is a positive number.
    """
    with torch.inference_mode():
        q = in_double(model.encode(given.x, given.condition))
    if not (torch.isfinite(q.mean).all() and (q.log_variance is None or torch.isfinite(q.log_variance).all())):
        raise NotDefined(NOT_FINITE)
    dimensions, rngs = model.latent_dim, [np.random.default_rng(seed)]
    # A covariance needs some effective draws per dimension. With very many dimensions it takes too long to be exact.
    size, enough = min(max(MIN_SIZE, 16 * dimensions), MAX_SIZE), 100 + 10 * dimensions
    most = min(POOLED, max(2, MAX_SIZE // dimensions))
    pool, gaussian, effective, rounds = DrawPool(), None, 0.0, 0
    while rounds < ROUNDS and effective < enough:
        last = yield from draw_round(model, given, next_proposal(q, gaussian, size), rngs, rows)
        _weights(last)  # raises if there are none
        rounds += 1
        pool = yield from pool.added(last, min(most, rounds // 2 + 1))
        adapted = adapt(pool, min(6 * dimensions, len(pool.rounds) * size / 4))
        gaussian, effective = adapted.gaussian, adapted.effective.item()
        yield 0
    draws = precision.draws(_error(last), size)
    final = yield from draw_round(model, given, next_proposal(q, gaussian, draws), rngs, rows)
    weights, highest = _weights(final)
    error = _error(final)
    correction = 0.5 * error**2
    return AdaptiveEstimate(
        highest + math.log(weights.mean()) + correction,
        error,
        correction,
        draws,
        draws + size * rounds,
        float(weights.sum() ** 2 / np.square(weights).sum()),
    )


def _weights(one: AdaptiveRound) -> tuple[NDArray[np.float64], float]:
    """Return the weights (K,) of a round divided by the largest one, and the logarithm of that."""
    logs = one.log_weights[0].numpy()
    highest = float(logs.max())
    if not np.isfinite(highest):
        raise NotDefined(NOWHERE)
    return np.exp(logs - highest), highest


def _error(one: AdaptiveRound) -> float:
    return error_of_log_mean(_weights(one)[0], one.proposal.strata)
