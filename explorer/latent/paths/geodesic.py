"""Geodesics: shortest curves under the pull-back metric of the decoder, through waypoints that stay where they are.

From each waypoint to the next:

1. Take the straight line and, where there are codes, the shortest path over a graph of them (`code_graph`).
2. Bend each as a coarse chain until its energy is minimal (`chain_energy`, `minimized`), and keep the shorter one.
3. Refine it, and bend again.
4. Keep the straight line if it is still the shortest: a geodesic is never longer.

Two metrics are offered. "decoder" measures how far the mean of the decode moves (Arvanitidis, Hansen and Hauberg 2018,
"Latent space oddity"; Shao, Kumar and Fletcher 2018). It need not grow where there are no codes, since the decoder
was not trained there. "density" multiplies it by a weight that is large in such regions (Arvanitidis, Hauberg and
Schölkopf 2021). A metric by the decoder's own uncertainty (Syrota, Moreno-Muñoz and Hauberg 2024) needs an ensemble of
decoders, or a variance that was trained to grow; the families here have neither.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.latent.paths.chain_energy import ChainEnergy, PathMetric
from explorer.latent.paths.code_graph import CodeGraph
from explorer.latent.paths.curves import joined
from explorer.latent.paths.minimize import minimized
from explorer.latent.steps import Absent, Steps, reporting

Values = NDArray[np.float64]

COARSE, FINE = 16, 64
"""Steps of the chain from one waypoint to the next."""
COARSE_ITERATIONS, FINE_ITERATIONS = 60, 40


@dataclass(frozen=True, eq=False)
class GeodesicPiece:
    """A shortest curve from one code to another: its chain ``(m, latent_dim)`` and its length under the metric."""

    chain: Values
    length: float


def geodesic_piece(
    metric: PathMetric, graph: CodeGraph | None, start: Values, end: Values
) -> Steps[GeodesicPiece | Absent]:
    """Return the shortest curve from one code to another; yields numbers from 0 to 1 as it advances."""
    capabilities = metric.space.model.capabilities
    if not capabilities.differentiable:
        return Absent("no gradients flow through the decoder of this model")
    straight = np.stack([start, end])
    length = yield from reporting(metric.length(straight), 0.0)
    if not np.isfinite(length):
        return Absent("the decodes between two waypoints are not finite")
    best = GeodesicPiece(straight, length)
    # In one dimension the straight line is the only curve; with constant decodes, no curve is shorter.
    if len(start) == 1 or length == 0 or np.array_equal(start, end):
        return best
    energy = ChainEnergy(metric, start, end, length)
    begun = [straight]
    if graph is not None and (found := (yield from reporting(graph.shortest(metric, start, end), 0.05))) is not None:
        begun.append(found)
    # Coarse first: chains of 16 steps find the way round a hole at a quarter of the cost.
    bent = []
    for number, chain in enumerate(begun):
        share = 0.1 + 0.5 * number / len(begun)
        bent.append((yield from reporting(_bent(energy, chain, COARSE, COARSE_ITERATIONS), share)))
    shorter = min(bent, key=lambda piece: piece.length)
    # Only the shorter one, as refining takes most of the time.
    fine = yield from reporting(_bent(energy, shorter.chain, FINE, FINE_ITERATIONS), 0.6)
    return min((best, shorter, fine), key=lambda piece: piece.length)


def _bent(energy: ChainEnergy, chain: Values, steps: int, iterations: int) -> Steps[GeodesicPiece]:
    """Return a chain of ``steps`` steps near the given one whose energy is minimal."""
    # Both ends are waypoints, which stay where they are.
    inner = joined([chain]).resampled(steps)[1:-1]
    inner = yield from minimized(energy, inner, energy.precondition, iterations)
    made = np.concatenate([energy.start[None], inner, energy.end[None]])
    length = yield from energy.metric.length(made)
    return GeodesicPiece(made, length if np.isfinite(length) else np.inf)
