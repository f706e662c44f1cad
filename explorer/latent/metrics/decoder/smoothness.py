"""The slope of the decoder: the norm of its Jacobian, with each column scaled by the spread of the codes."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.latent.inputs import classes_of
from explorer.latent.metrics.codes.posterior_width import spread_values
from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import Evaluated, Found, as_double, choose, figure_of_samples, measures
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
    return choose(len(evaluated.index), count, evaluated.rng(SEED))


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
        errors=(
            StandardError(
                "samples",
                "± of the slope",
                "Standard error over these samples, with that of the standard deviations of the codes.",
            ),
        ),
    ),
    passes=lambda evaluated: len(_row_chunks(evaluated)) * evaluated.model.latent_dim,
    why_not=_why_not,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Average the norms of the Jacobian of the decoder over samples."""
    spread = evaluated.finite_means.astype(np.float64).std(axis=0)
    parts = []
    for rows in _row_chunks(evaluated):
        try:
            parts.append((yield from _squares(evaluated, rows, spread)))
        except NotImplementedError as lack:  # a plug-in may use an operation without a derivative
            raise NotDefined(NO_DERIVATIVE) from lack
    squares = torch.cat(parts).numpy()
    norms, rows = np.sqrt(squares.sum(axis=1)), rows_at(evaluated)
    effects = _effects_of_spread(evaluated.means, squares, norms)
    value = float(norms.mean())
    return figure_of_samples("smoothness", value, _values(norms, effects, rows), rows)


def _squares(evaluated: Evaluated, rows: NDArray[np.int64], spread: NDArray[np.float64]) -> Steps[Tensor]:
    """Return the squared norms of the columns of the Jacobians, scaled by the spread, ``(n, latent_dim)``."""
    weights, pulled = _pull_back(evaluated, rows)
    columns = []
    for dimension, scale in enumerate(spread):
        # Scaled by the spread of the codes, the figure does not change if z is rescaled.
        columns.append(scale**2 * _column(weights, pulled, dimension))
        yield 1
    return torch.stack(columns, 1)


def _effects_of_spread(
    codes: NDArray[np.float32], squares: NDArray[np.float64], norms: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what each of the codes ``(n, latent_dim)`` changes of the figure by changing the spread, ``(n,)``.

    ``squares`` ``(m, latent_dim)`` are the squared norms of the scaled columns at m of the codes, and ``norms``
    ``(m,)`` the roots of their sums.
    """
    values = spread_values(codes)
    spread = values.mean(axis=0)
    # The derivative of a norm by the logarithm of the spread in a dimension is its square there, divided by the norm.
    slopes = (squares / np.where(norms == 0, 1.0, norms)[:, None]).mean(axis=0)
    effects: NDArray[np.float64] = (values / np.where(spread == 0, 1.0, spread) - 1) @ slopes
    return effects


def _values(norms: NDArray[np.float64], effects: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the values of the measured samples ``(m,)`` from their norms and the effects ``(n,)`` of all samples.

    The effects of the samples that are not measured are added to the values of the measured ones, in groups of about
    equal size. The values are linear in norms and effects, so they give the error of the difference of two models.
    """
    offsets = effects - effects.mean()
    others = np.setdiff1d(np.arange(len(effects)), rows)
    groups = np.bincount(np.arange(len(others)) % len(rows), offsets[others], minlength=len(rows))
    values: NDArray[np.float64] = norms + len(rows) / len(effects) * (offsets[rows] + groups)
    return values


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
