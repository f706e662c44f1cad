"""The length and the discrete energy of a chain of codes under the decoder's metric, and the gradient of the energy.

The energy of a chain is m · Σ wᵢ² |f(zᵢ₊₁) − f(zᵢ)|² over its m steps. f is the mean of the decode. The weight wᵢ is 1,
or that of the density at the middle of the step. A chain of minimal energy is a shortest curve, with equal steps (Shao,
Kumar and Fletcher 2018, "The Riemannian geometry of deep generative models").
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.latent.paths.code_density import CodeDensity
from explorer.latent.paths.curves import Curve, joined
from explorer.latent.paths.decoded_space import DecodedSpace, distances_between
from explorer.latent.steps import Steps

Values = NDArray[np.float64]

PIECE_STEPS = 128
"""Equal latent steps in which the length from one waypoint to the next is measured."""
STIFFNESS = 1e-3
"""Share of the latent length in the energy. Along directions that the decoder ignores, it keeps the chain straight."""


@dataclass(frozen=True, eq=False)
class PathMetric:
    """The length that a geodesic minimizes: the decoded length, with a density times the density's weight."""

    space: DecodedSpace
    density: CodeDensity | None = None

    def weights(self, z: Values) -> Values:
        """Return the weight of steps whose middles are at codes ``(n, latent_dim)``, ``(n,)``."""
        return np.ones(len(z)) if self.density is None else self.density.weight_with_gradient(z)[0]

    def length(self, piece: Values) -> Steps[float]:
        """Return the length of a chain ``(m, latent_dim)``, measured in `PIECE_STEPS` equal latent steps."""
        # Equal steps for all chains, so that a coarse one does not look shorter than a fine one.
        chain = joined([piece]).resampled(PIECE_STEPS)
        points = self.space.points((yield from self.space.decode(chain)))
        return float((self.weights((chain[1:] + chain[:-1]) / 2) * distances_between(points)).sum())


def decoded_length_of(curve: Curve, space: DecodedSpace) -> Steps[float]:
    """Return the decoded length of a curve, in `PIECE_STEPS` steps from each waypoint to the next."""
    metric, total = PathMetric(space), 0.0
    for piece in curve.pieces:
        total += yield from metric.length(piece)
    return total


@dataclass(frozen=True, eq=False)
class ChainEnergy:
    """The energy of a chain between two fixed codes, relative to that of a straight line of the given length.

    Attributes
    ----------
    start, end
        The fixed codes, ``(latent_dim,)``.
    straight_length
        Length of the straight line between them under the metric, above 0.
    """

    metric: PathMetric
    start: Values
    end: Values
    straight_length: float

    def __call__(self, inner: Values) -> Steps[tuple[float, Values]]:
        """Return the energy of the codes between start and end ``(m - 1, latent_dim)``, and its gradient."""
        chain = np.concatenate([self.start[None], inner, self.end[None]])
        steps = len(chain) - 1
        # The energy of a straight line in a flat space is 1: tolerances need no unit.
        scale = steps / self.straight_length**2
        passes: list[tuple[torch.Tensor, torch.Tensor]] = []
        parts = []
        for rows in self.metric.space.chunks(len(chain)):
            z = self.metric.space.tensor(chain[rows]).requires_grad_()
            points = self.metric.space.differentiable_points(z)
            passes.append((z, points))
            parts.append(points.detach().cpu().numpy())
            yield
        # In float64, as differences of near decodes lose digits in float32.
        changes = np.diff(np.concatenate(parts).astype(np.float64), axis=0)
        squares, weights, slopes = (changes**2).sum(axis=1), np.ones(steps), None
        if self.metric.density is not None:
            weights, slopes = self.metric.density.weight_with_gradient((chain[1:] + chain[:-1]) / 2)
        # The gradient at the decodes; autograd pulls it back to the codes chunk by chunk.
        pulls = 2 * scale * _ends(-(weights**2)[:, None] * changes)
        gradient = yield from self._pulled_back(pulls, passes)
        value = scale * float((weights**2 * squares).sum())
        if slopes is not None:
            # The middle of a step moves by half of what either end moves.
            bends = (scale * weights * squares)[:, None] * slopes
            gradient[:-1] += bends
            gradient[1:] += bends
        flat, flat_gradient = self._latent_part(chain)
        # Without the ends, which are fixed.
        return value + flat, (gradient + flat_gradient)[1:-1]

    def _pulled_back(self, pulls: Values, passes: "list[tuple[torch.Tensor, torch.Tensor]]") -> Steps[Values]:
        """Return the gradient at the codes ``(m, latent_dim)`` from that at their points ``(m, features)``."""
        parts, done = [], 0
        for z, points in passes:
            pull = torch.from_numpy(pulls[done : done + len(z)].astype(np.float32)).to(points.device)
            # Passed as grad_outputs, the pull would make torch import symbolic shapes, which takes long.
            (found,) = torch.autograd.grad((points * pull).sum(), z)
            parts.append(found.cpu().numpy().astype(np.float64))
            done += len(z)
            yield
        return np.concatenate(parts)

    def _latent_part(self, chain: Values) -> tuple[float, Values]:
        """Return the latent energy and its gradient, weighted such that those of a straight line are `STIFFNESS`."""
        changes = np.diff(chain, axis=0)
        # Relative to the straight line, so that the share does not depend on the unit of the codes.
        scale = STIFFNESS * len(changes) / max(float(((self.end - self.start) ** 2).sum()), 1e-12)
        return scale * float((changes**2).sum()), 2 * scale * _ends(-changes)

    def precondition(self, slope: Values) -> Values:
        """Multiply by the inverse second derivatives of the energy of a chain in a flat space."""
        count = len(slope)
        # The inverse of the matrix with 2 on the diagonal and −1 beside it.
        rows = np.arange(1, count + 1)
        inverse = np.minimum.outer(rows, rows) * (count + 1 - np.maximum.outer(rows, rows)) / (count + 1)
        solved: Values = float(((self.end - self.start) ** 2).sum()) / (2 * (count + 1)) * (inverse @ slope)
        return solved


def _ends(per_step: Values) -> Values:
    """Return the sums at codes ``(m + 1, n)`` of steps ``(m, n)``, each added at its start, subtracted at its end."""
    found = np.zeros((len(per_step) + 1, per_step.shape[1]))
    found[:-1] += per_step
    found[1:] -= per_step
    return found
