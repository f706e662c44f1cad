"""The directions of a linear model and the variance that each explains, as arrays for display."""

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

ShareOf = Literal["variance", "squared length"]

ANGLE = "angle to PCA's plane, degrees"
EXCESS = "mse above PCA's, %"
"""Names in the history of the figures that a linear autoencoder computes from its weights."""


@dataclass(frozen=True, eq=False)
class LinearParts:
    """The directions of a linear model, in model values.

    Attributes
    ----------
    components
        ``(k, *shape)``: what one unit of each latent dimension adds to a decode.
    explained_variance_ratio
        ``(S,)`` with S ≥ k: the share of the training samples' variance (or squared length, see ``share_of``) along
        each of the best directions, in decreasing order, including those beyond the bottleneck.
    share_of
        Whether the shares are of the variance around the mean, or of the squared length for models without centring.
    kept
        The share that the model reconstructs: 1 − squared error / total.
    exact
        Whether the best directions are exact, and not those of a randomized solver.
    mean
        ``(*shape)``: the decode of z = 0; None for models without centring.
    reference
        ``(k, *shape)``: PCA's components, for models trained by gradient descent; None for closed forms.
    angle
        The largest angle in degrees between the model's plane and PCA's; None for closed forms.
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
    """A model that is a linear map."""

    def linear_parts(self) -> LinearParts:
        """Return the directions and the variance that each explains."""
