"""What a linear model is made of, as arrays to be shown: its directions, and how much of the samples they explain."""

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

ShareOf = Literal["variance", "squared length"]

ANGLE = "angle to PCA's plane, degrees"
EXCESS = "mse above PCA's, %"
"""What a linear autoencoder observes of its weights, as its history names it."""


@dataclass(frozen=True, eq=False)
class LinearParts:
    """The parts of a linear model, in model values.

    Attributes
    ----------
    components
        ``(k, *shape)``: what one step along each latent dimension adds to a decode.
    explained_variance_ratio
        ``(S,)`` with S ≥ k: the share of the training samples' variance (or squared length, see ``share_of``) along
        each of the best directions, the greatest first, those that the bottleneck leaves out included.
    share_of
        Of what these are shares: the variance around the mean, or the squared length where nothing is centred.
    kept
        The share that the model keeps: 1 − its squared error ÷ the total.
    exact
        Whether the best directions were found exactly, not by a randomised solver.
    mean
        ``(*shape)``, what a code of zeros decodes to; None where nothing was centred.
    reference
        ``(k, *shape)``, PCA's components, for a model that was trained by gradient; None for those in closed form.
    angle
        The largest angle in degrees between the model's plane and PCA's; None for those in closed form.
    """

    components: NDArray[np.float32]
    explained_variance_ratio: NDArray[np.float64]
    share_of: ShareOf
    kept: float
    exact: bool
    mean: NDArray[np.float32] | None = None
    reference: NDArray[np.float32] | None = None
    angle: float | None = None


@runtime_checkable
class Linear(Protocol):
    """A model that is a linear map, and can tell its parts."""

    def linear_parts(self) -> LinearParts:
        """Return the parts."""
