"""The slope of the decoder: the norm of its Jacobian, with each column scaled by the spread of the codes."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.latent.inputs import classes_of
from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import Evaluated, Found, as_double, choose, mean_and_error, measures
from explorer.latent.steps import Steps
from explorer.models.latent_model import NotDefined

SEED = 5
MAX_SAMPLES, MIN_SAMPLES = 256, 16
"""Limits of the number of samples at whose codes the Jacobian is computed."""
DIRECTIONS = 2**14
"""Maximum of samples times dimensions, unless this gives fewer than `MIN_SAMPLES`."""
ROWS = 64
"""Samples at once; the feature maps of more would take hundreds of megabytes in a convolutional network."""
NO_DERIVATIVE = "the program cannot differentiate this decoder"


def rows_at(evaluated: Evaluated) -> NDArray[np.int64]:
    """Return the rows of the samples: all, or a fixed choice of at most 256."""
    count = max(MIN_SAMPLES, min(MAX_SAMPLES, DIRECTIONS // evaluated.model.latent_dim))
    return choose(len(evaluated.index), count, np.random.default_rng(SEED))


def _row_chunks(evaluated: Evaluated) -> list[NDArray[np.int64]]:
    rows = rows_at(evaluated)
    return [rows[start : start + ROWS] for start in range(0, len(rows), ROWS)]


def _why_not(evaluated: Evaluated) -> str:
    if len(evaluated.index) < 2:
        return "one code has no spread"
    return "" if evaluated.model.capabilities.differentiable else NO_DERIVATIVE


@measures(
    Figure(
        "smoothness",
        "slope of the decoder",
        "model values per spread of the codes",
        "neither is better",
        "Frobenius norm of the Jacobian of the decoder's mean at the code of a sample, with each column "
        "multiplied by the standard deviation of all codes in its dimension; averaged over 16 to "
        "256 samples, chosen with a fixed seed; the more latent dimensions, the fewer. It "
        "is small for a smooth decoder and 0 if the decoder ignores z.",
        needs=("an encoder", "a differentiable decoder"),
        errors=(StandardError("samples", "± of the slope", "Standard error over these samples."),),
    ),
    passes=lambda evaluated: len(_row_chunks(evaluated)) * evaluated.model.latent_dim,
    why_not=_why_not,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Average the norms of the Jacobian of the decoder over samples."""
    spread = evaluated.finite_means.astype(np.float64).std(axis=0)
    norms = []
    for rows in _row_chunks(evaluated):
        try:
            norms.append((yield from _norms(evaluated, rows, spread)))
        except NotImplementedError as lack:  # a plug-in may use an operation without a derivative
            raise NotDefined(NO_DERIVATIVE) from lack
    mean, error = mean_and_error(torch.cat(norms))
    return {"smoothness": mean, "smoothness_error": error}


def _norms(evaluated: Evaluated, rows: NDArray[np.int64], spread: NDArray[np.float64]) -> Steps[Tensor]:
    """Return the norms at the codes of the samples, ``(n,)``; ``spread`` ``(latent_dim,)`` scales the columns."""
    weights, pulled = _pull_back(evaluated, rows)
    squares = torch.zeros(len(rows), dtype=torch.float64)
    for dimension, scale in enumerate(spread):
        # Scaled by the spread of the codes, the figure does not change if z is rescaled.
        squares += scale**2 * _column(weights, pulled, dimension)
        yield 1
    return squares.sqrt()


@torch.inference_mode(mode=False)
@torch.enable_grad()
def _pull_back(evaluated: Evaluated, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    """Return weights v of the decoded values, and vᵀJ, ``(n, latent_dim)``, whose derivative by v is Jᵀ.

    1. A first reverse pass computes vᵀJ for symbolic weights v.
    2. A second reverse pass through the first one, by v, gives a column of J for each latent dimension.

    This needs as many passes as z has dimensions, not as x has values, and only reverse mode, which all operations
    support.
    """
    codes = torch.from_numpy(evaluated.means[rows]).to(evaluated.model.device).requires_grad_()
    condition = classes_of(evaluated.model, evaluated.dataset.labels, evaluated.index[rows])
    decoded = evaluated.model.decode(codes, condition).mean
    if not decoded.requires_grad:  # a decoder of the user may leave torch
        raise NotDefined(NO_DERIVATIVE)
    weights = torch.zeros_like(decoded, requires_grad=True)
    (pulled,) = torch.autograd.grad(decoded, codes, weights, create_graph=True, materialize_grads=True)
    return weights, pulled


@torch.inference_mode(mode=False)
def _column(weights: Tensor, pulled: Tensor, dimension: int) -> Tensor:
    """Return |∂ mean of p(x|z) / ∂ z_dimension|², ``(n,)``."""
    direction = torch.zeros_like(pulled)
    direction[:, dimension] = 1
    (column,) = torch.autograd.grad(pulled, weights, direction, retain_graph=True, materialize_grads=True)
    return as_double(column).flatten(1).square().sum(1)
