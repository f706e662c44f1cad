"""The map from samples in their own units to the values that a model gets, and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Transform:
    """The map from samples to model values: ``(x - offset) / scale``, where x is the sample or log(1 + sample).

    Offset and scale are scalars (pictures: the declared range becomes [0, 1]) or one value per feature (tables:
    standardized). They are fitted on the training split. ``log1p`` says of which values the logarithm is taken: of all,
    of none, or one boolean per feature.
    """

    offset: NDArray[np.float32]
    scale: NDArray[np.float32]
    log1p: bool | NDArray[np.bool_] = False

    def apply(self, samples: NDArray[Any]) -> NDArray[np.float32]:
        """Map samples ``(…, *shape)`` to model values, float32."""
        values = samples.astype(np.float32)
        result: NDArray[np.float32] = (self._where_log(np.log1p, values) - self.offset) / self.scale
        return result

    def invert(self, model_values: NDArray[Any]) -> NDArray[np.float32]:
        """Map model values ``(…, *shape)`` to the samples' own units, float32."""
        return self._where_log(np.expm1, model_values.astype(np.float32) * self.scale + self.offset)

    def _where_log(self, function: np.ufunc, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the function of the values of which the logarithm is taken, the others unchanged."""
        if not np.any(self.log1p):
            return values
        # Not np.where, which would also take the logarithm of the others.
        wanted = np.broadcast_to(self.log1p, values.shape)
        result: NDArray[np.float32] = function(values, out=values.copy(), where=wanted)
        return result


def transform_from_json(value: Mapping[str, Any], shape: tuple[int, ...]) -> Transform:
    """Rebuild a transform for samples of a shape; raise ValueError if it does not fit or is not finite and positive."""
    # Numbers beyond float32 become infinity, which the check below reports.
    with np.errstate(over="ignore"):
        offset, scale = (np.array(value[name], np.float32) for name in ("offset", "scale"))
    for numbers in (offset, scale):
        if numbers.shape not in ((), shape):
            raise ValueError(f"the data set's transform has shape {numbers.shape} for samples of shape {shape}")
    if not np.isfinite(offset).all() or not np.isfinite(scale).all() or np.any(scale <= 0):
        raise ValueError("the data set's transform is not finite and positive")
    log1p = np.array(value.get("log1p", False))  # older runs do not have the field
    if log1p.dtype != bool or log1p.shape not in ((), shape):
        raise ValueError(f"the data set's transform has log1p of shape {log1p.shape} for samples of shape {shape}")
    return Transform(offset, scale, log1p if log1p.ndim else bool(log1p))
