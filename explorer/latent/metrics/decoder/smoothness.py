"""How fast the decode changes along the codes' own scale: the norm of the decoder's Jacobian times their spread."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.latent.inputs import classes_of
from explorer.latent.metrics.aggregate_draws import choose, mean_and_error
from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import Evaluated, Found, as_double, measures
from explorer.latent.steps import Steps
from explorer.models.latent_model import NotDefined

SEED = 5
MAX_SAMPLES = 256
MIN_SAMPLES = 16
DIRECTIONS = 2**14
"""Samples times dimensions, at most, but for the fewest samples."""
ROWS = 64
"""Samples at once: a picture network's maps of more would take hundreds of megabytes."""
NO_DERIVATIVE = "the decode has no derivative that the program could take"


def rows_at(evaluated: Evaluated) -> NDArray[np.int64]:
    """Return the rows of the samples that are taken: all, or a fixed choice of 256 or fewer."""
    most = max(MIN_SAMPLES, min(MAX_SAMPLES, DIRECTIONS // evaluated.model.latent_dim))
    return choose(len(evaluated.index), most, np.random.default_rng(SEED))


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
        "Mean over at most 256 samples, by a fixed seed (16,384 / latent dimensions where that is fewer, but at least "
        "16), of the Frobenius norm of the Jacobian of the decode's mean at the sample's code, each column times the "
        "standard deviation of all codes in its dimension: small where the decoder is smooth, 0 where it ignores z.",
        needs=("an encoder", "a differentiable decoder"),
        errors=(StandardError("samples", "± of the slope", "Standard error over these samples."),),
    ),
    passes=lambda evaluated: len(_row_chunks(evaluated)) * evaluated.model.latent_dim,
    why_not=_why_not,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Average the norms of the decoder's Jacobian over some samples."""
    spread = evaluated.finite_means.astype(np.float64).std(axis=0)
    norms = []
    for rows in _row_chunks(evaluated):
        try:
            norms.append((yield from _norms(evaluated, rows, spread)))
        except NotImplementedError as lack:  # an operation of a plug-in without a derivative
            raise NotDefined(NO_DERIVATIVE) from lack
    mean, error = mean_and_error(torch.cat(norms))
    return {"smoothness": mean, "smoothness_error": error}


def _norms(evaluated: Evaluated, rows: NDArray[np.int64], spread: NDArray[np.float64]) -> Steps[Tensor]:
    """Return the norms at the samples' codes, (n,); ``spread`` (latent_dim,) is by how much each column counts."""
    weights, pulled = _pull_back(evaluated, rows)
    squares = torch.zeros(len(rows), dtype=torch.float64)
    for dimension, scale in enumerate(spread):
        # A column counts by how far codes spread in its dimension, so that rescaling z changes nothing.
        squares += scale**2 * _column(weights, pulled, dimension)
        yield 1
    return squares.sqrt()


@torch.inference_mode(mode=False)
@torch.enable_grad()
def _pull_back(evaluated: Evaluated, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    """Return weights v of the decodes' values and vᵀJ, (n, latent_dim), whose derivative by v is Jᵀ.

    A derivative of a derivative gives J's columns, one for each of the few dimensions, by reverse mode alone, which
    every operation has; its rows would be as many as the sample's values.
    """
    codes = torch.from_numpy(evaluated.means[rows]).to(evaluated.model.device).requires_grad_()
    condition = classes_of(evaluated.model, evaluated.dataset.labels, evaluated.index[rows])
    decoded = evaluated.model.decode(codes, condition).mean
    if not decoded.requires_grad:  # a decoder of the user's that leaves torch
        raise NotDefined(NO_DERIVATIVE)
    weights = torch.zeros_like(decoded, requires_grad=True)
    (pulled,) = torch.autograd.grad(decoded, codes, weights, create_graph=True, materialize_grads=True)
    return weights, pulled


@torch.inference_mode(mode=False)
def _column(weights: Tensor, pulled: Tensor, dimension: int) -> Tensor:
    """Return |∂ mean of p(x|z) / ∂ z_dimension|², (n,)."""
    direction = torch.zeros_like(pulled)
    direction[:, dimension] = 1
    (column,) = torch.autograd.grad(pulled, weights, direction, retain_graph=True, materialize_grads=True)
    return as_double(column).flatten(1).square().sum(1)
