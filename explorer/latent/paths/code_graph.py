"""A graph of codes whose edges are as long as they are decoded: its shortest paths lead around holes.

1. The nodes are codes of samples or, in two dimensions, a lattice over the box of the codes, which has no gaps.
2. Each node has edges to its nearest nodes. Parts without an edge between them are joined at their nearest nodes.
3. An edge's length is the metric's along the straight line.
4. A shortest path between two more codes is found by Dijkstra's algorithm. A geodesic starts from it.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.latent.bulk import bulk_of
from explorer.latent.paths.chain_energy import PathMetric
from explorer.latent.paths.decoded_space import Values
from explorer.latent.steps import Steps

NODES, NEIGHBOURS = 1_000, 8
"""Maximum number of codes in the graph, and the number of edges that begin at each."""
SIDE, MIN_SIDE = 48, 12
"""Nodes along each side of a lattice, and the fewest where decodes are large."""
MAX_VALUES = 2**23
"""Maximum number of values in the decodes of all nodes."""
MARGIN = 0.05
"""How far a lattice reaches beyond the codes, as a share of their range."""
EDGES = 64
"""Edges whose lengths are computed at once."""


@dataclass(frozen=True, eq=False)
class CodeGraph:
    """Nodes ``(n, latent_dim)``, and edges ``(e, 2)`` with their lengths ``(e,)`` under a metric."""

    # Without the metric: it holds the model, and graphs are cached for as long as their model exists.
    nodes: Values
    edges: NDArray[np.int64]
    lengths: Values

    def shortest(self, metric: PathMetric, start: Values, end: Values) -> Steps[Values | None]:
        """Return the shortest path from one code to another over nodes, ``(m, latent_dim)``; None if there is none.

        ``metric`` is that of the edges.
        """
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import dijkstra
        from scipy.spatial import cKDTree

        count = len(self.nodes)
        _, near = cKDTree(self.nodes).query(np.stack([start, end]), k=min(NEIGHBOURS, count))
        ends = np.concatenate([np.repeat([count, count + 1], np.size(near) // 2)[:, None], near.reshape(-1, 1)], axis=1)
        # The start is node ``count``, the end the one after it.
        nodes = np.concatenate([self.nodes, start[None], end[None]])
        lengths = yield from edge_lengths(metric, nodes, ends)
        edges = np.concatenate([self.edges, ends])
        # An edge of length 0 would count as none.
        values = np.maximum(np.concatenate([self.lengths, lengths]), 1e-12)
        graph = coo_array((values, edges.T), shape=(count + 2, count + 2)).tocsr()
        _, before = dijkstra(graph, directed=False, indices=count, return_predecessors=True)
        path = [count + 1]  # from the end back to the start
        while path[-1] != count:
            if before[path[-1]] < 0:
                return None
            path.append(int(before[path[-1]]))
        return nodes[path[::-1]]


def code_graph(metric: PathMetric, codes: NDArray[np.floating], seed: int = 0) -> Steps[CodeGraph | None]:
    """Return a graph over codes ``(n, latent_dim)``; None for one latent dimension, and for fewer than two codes."""
    bulk = bulk_of(codes)
    if codes.shape[1] < 2 or len(bulk) < 2:
        return None
    room = max(MAX_VALUES // metric.space.features, MIN_SIDE**2)
    if codes.shape[1] == 2:
        nodes, edges = _lattice(bulk, min(SIDE, math.isqrt(room)))
    else:
        # Equal codes would fill the neighbours of each other with edges of length 0.
        nodes = np.unique(bulk, axis=0)
        if len(nodes) > min(NODES, room):
            chosen = np.random.default_rng(seed).choice(len(nodes), min(NODES, room), replace=False)
            nodes = nodes[np.sort(chosen)]
        edges = _joined(nodes, _edges_to_nearest(nodes))
    yield
    return CodeGraph(nodes, edges, (yield from edge_lengths(metric, nodes, edges)))


def edge_lengths(metric: PathMetric, nodes: Values, edges: NDArray[np.int64]) -> Steps[Values]:
    """Return the lengths of edges ``(e, 2)`` between nodes, each measured in two halves."""
    # Each node has several edges, and is decoded once.
    used, rows = np.unique(edges, return_inverse=True)
    rows = rows.reshape(edges.shape)
    ends = yield from metric.space.decode(nodes[used])
    lengths = np.empty(len(edges))
    for start in range(0, len(edges), EDGES):
        part = slice(start, start + EDGES)
        a, b = nodes[edges[part, 0]], nodes[edges[part, 1]]
        # In halves, as the straight chord between both ends would miss a detour of the decodes.
        middles = metric.space.points((yield from metric.space.decode((a + b) / 2)))
        halves = [np.linalg.norm(middles - metric.space.points(ends[rows[part, side]]), axis=1) for side in (0, 1)]
        lengths[part] = metric.weights((a + b) / 2) * (halves[0] + halves[1])
    return lengths


def _lattice(codes: Values, side: int) -> tuple[Values, NDArray[np.int64]]:
    """Return the nodes of a square lattice over the box of codes, and its edges along rows, columns and diagonals."""
    low, high = codes.min(axis=0), codes.max(axis=0)
    # Geodesics may leave the box of the codes a little.
    margin = np.maximum(MARGIN * (high - low), 1e-6)
    # Nodes of a lattice need no codes near them, so paths may cross holes if that is shorter.
    axes = [np.linspace(a, b, side) for a, b in zip(low - margin, high + margin, strict=True)]
    nodes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    index = np.arange(side * side).reshape(side, side)
    pairs = [
        (index[1:], index[:-1]),
        (index[:, 1:], index[:, :-1]),
        (index[1:, 1:], index[:-1, :-1]),
        (index[1:, :-1], index[:-1, 1:]),
    ]
    return nodes, np.concatenate([np.stack([a.ravel(), b.ravel()], axis=1) for a, b in pairs])


def _edges_to_nearest(nodes: Values) -> NDArray[np.int64]:
    from scipy.spatial import cKDTree

    count = min(NEIGHBOURS + 1, len(nodes))
    _, near = cKDTree(nodes).query(nodes, k=count)
    # The nearest of each is itself.
    edges = np.stack([np.repeat(np.arange(len(nodes)), count - 1), near[:, 1:].ravel()], axis=1)
    return np.unique(np.sort(edges, axis=1), axis=0)


def _joined(nodes: Values, edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return edges with more of them, so that there is a path between any two nodes."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    while True:
        graph = coo_array((np.ones(len(edges)), edges.T), shape=(len(nodes),) * 2)
        count, part = connected_components(graph, directed=False)
        if count == 1:
            return edges
        more = []
        # Each part gets an edge to the nearest node of the others, so at least half of the parts vanish.
        for one in range(count):
            inside, outside = np.flatnonzero(part == one), np.flatnonzero(part != one)
            distances, near = cKDTree(nodes[outside]).query(nodes[inside])
            first = int(distances.argmin())
            more.append((inside[first], outside[near[first]]))
        edges = np.concatenate([edges, np.array(more)])
