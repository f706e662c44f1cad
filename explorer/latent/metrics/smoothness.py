"""How fast the decode changes along the codes' own scale: the norm of the decoder's Jacobian times their spread."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.latent.inputs import classes_of
from explorer.latent.measure import NOT_FINITE, Evaluated, Found, Measure, all_absent, as_double
from explorer.latent.metrics.aggregate_draws import chosen, mean_and_error
from explorer.latent.steps import Steps
from explorer.models.latent_model import NotDefined

SEED = 5
SAMPLES = 256
FEWEST = 16
DIRECTIONS = 2**14
"""Samples times dimensions, at most, but for the fewest samples."""
ROWS = 64
"""Samples at once: a picture network's maps of more would take hundreds of megabytes."""
NO_DERIVATIVE = "the decode has no derivative that the program could take"
_FIGURES = ("smoothness", "smoothness_error")


def samples_at(about: Evaluated) -> NDArray[np.int64]:
    """Return the places within the split of the samples that are taken: all, or a fixed choice of 256 or fewer."""
    most = max(FEWEST, min(SAMPLES, DIRECTIONS // about.model.latent_dim))
    return chosen(len(about.index), most, np.random.default_rng(SEED))


def _places(about: Evaluated) -> list[NDArray[np.int64]]:
    places = samples_at(about)
    return [places[start : start + ROWS] for start in range(0, len(places), ROWS)]


def _why_not(about: Evaluated) -> str:
    if len(about.index) < 2:
        return "one code has no spread"
    return "" if about.model.capabilities.differentiable else NO_DERIVATIVE


def _work(about: Evaluated, _: Found) -> Steps[Found]:
    if why := _why_not(about):
        return all_absent(_FIGURES, why)
    if not np.isfinite(about.means).all():
        return all_absent(_FIGURES, NOT_FINITE)
    spread = about.means.astype(np.float64).std(axis=0)
    norms = []
    for places in _places(about):
        try:
            norms.append((yield from _norms(about, places, spread)))
        except NotDefined as lack:
            return all_absent(_FIGURES, str(lack))
        except NotImplementedError:  # an operation of a plug-in's without a derivative
            return all_absent(_FIGURES, NO_DERIVATIVE)
    mean, error = mean_and_error(torch.cat(norms))
    return {"smoothness": mean, "smoothness_error": error}


def _norms(about: Evaluated, places: NDArray[np.int64], spread: NDArray[np.float64]) -> Steps[Tensor]:
    """Return the norms at the samples' codes, (n,); ``spread`` (latent_dim,) is by how much each column counts."""
    weights, pulled = _pull_back(about, places)
    squares = torch.zeros(len(places), dtype=torch.float64)
    for dimension, scale in enumerate(spread):
        squares += scale**2 * _column(weights, pulled, dimension)
        yield 1
    return squares.sqrt()


@torch.inference_mode(mode=False)
@torch.enable_grad()
def _pull_back(about: Evaluated, places: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    """Return weights v of the decodes' values and vᵀJ, (n, latent_dim), whose derivative by v is Jᵀ.

    A derivative of a derivative gives J's columns, one for each of the few dimensions, by reverse mode alone, which
    every operation has; its rows would be as many as the sample's values.
    """
    codes = torch.from_numpy(about.means[places]).to(about.model.device).requires_grad_()
    condition = classes_of(about.model, about.dataset.labels, about.index[places])
    decoded = about.model.decode(codes, condition).mean
    if not decoded.requires_grad:
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


SMOOTHNESS = Measure(
    lambda about: 0 if _why_not(about) else len(_places(about)) * about.model.latent_dim,
    _work,
)
