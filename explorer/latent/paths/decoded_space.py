"""The space in which decodes are compared: means of p(x|z) in the samples' own units, pictures from 0 to 1."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.data.dataset import Description
from explorer.latent.paths.decoded_length import unit_of_distances
from explorer.latent.steps import Steps
from explorer.models.latent_model import LatentModel

Values = NDArray[np.float64]

CHUNK_VALUES, MIN_ROWS, MAX_ROWS = 40_000, 4, 64
"""Values of the decodes of one chunk, and the limits of its rows."""


class DecodedSpace:
    """Maps codes of one model to decodes, and decodes to points whose Euclidean distance is the decoded distance.

    Parameters
    ----------
    condition
        Class index for a conditional model; None for all others.
    """

    def __init__(self, model: LatentModel, description: Description, condition: int | None = None) -> None:
        self.model, self.description, self.condition = model, description, condition
        self._one, self.unit = unit_of_distances(description)
        features = int(np.prod(description.shape))
        # A fixed number: results of a chunk differ in their last bits if it has other rows.
        self._rows = max(MIN_ROWS, min(MAX_ROWS, CHUNK_VALUES // features))
        self.features = features

    def decode(self, z: NDArray[np.floating]) -> Steps[NDArray[np.float32]]:
        """Decode codes ``(n, latent_dim)`` to ``(n, *shape)`` in the samples' own units; yield after each chunk."""
        decodes = np.empty((len(z), *self.description.shape), np.float32)
        for rows in self.chunks(len(z)):
            with torch.inference_mode():
                mean = self.model.decode(self.tensor(z[rows]), self.classes(len(z[rows]))).mean.cpu().numpy()
            decodes[rows] = self.description.transform.invert(mean.reshape(-1, *self.description.shape))
            yield
        return decodes

    def points(self, decodes: NDArray[np.float32]) -> Values:
        """Return decodes ``(n, *shape)`` in the samples' own units as points ``(n, features)``."""
        # In float64, as differences of near decodes lose digits in float32.
        points: Values = decodes.reshape(len(decodes), -1).astype(np.float64) / self._one
        return points

    def differentiable_points(self, z: Tensor) -> Tensor:
        """Return the points of codes ``(n, latent_dim)``, float32 ``(n, features)``, through which gradients flow."""
        values = self.model.decode(z, self.classes(len(z))).mean.reshape(len(z), -1)
        transform = self.description.transform
        own = values * self._per_feature(transform.scale, values) + self._per_feature(transform.offset, values)
        if np.any(transform.log1p):
            taken = self._per_feature(np.asarray(transform.log1p), values).bool()
            # Zero where no logarithm was taken: an overflow there would turn the gradient into NaN.
            own = torch.where(taken, torch.where(taken, own, 0.0).expm1(), own)
        return own / self._one

    def chunks(self, count: int) -> Iterator[slice]:
        """Return the rows of each chunk of ``count`` rows."""
        return (slice(start, start + self._rows) for start in range(0, count, self._rows))

    def tensor(self, z: NDArray[np.floating]) -> Tensor:
        """Return codes as a tensor on the device of the model."""
        return torch.from_numpy(np.ascontiguousarray(z, np.float32)).to(self.model.device)

    def classes(self, count: int) -> Tensor | None:
        """Return the class for ``count`` codes; None without a class."""
        return None if self.condition is None else torch.full((count,), self.condition, device=self.model.device)

    def _per_feature(self, values: NDArray[np.generic], like: Tensor) -> Tensor:
        flat = np.broadcast_to(values, self.description.shape).reshape(1, -1).astype(np.float32)
        return torch.from_numpy(flat).to(like.device)


def distances_between(points: Values) -> Values:
    """Return the distances between consecutive points, ``(n - 1,)``."""
    found: Values = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return found
