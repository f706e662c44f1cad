"""How an estimator's samples are laid out: rows of features, or pictures with their channels last or first."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import ConfigError

_COLOUR = (1, 3)
"""Numbers of channels by which the dimension of the channels is recognized."""


@dataclass(frozen=True)
class InputLayout:
    """The form of the samples that a user passes, and of the decodes that are returned.

    Attributes
    ----------
    shape
        Shape of one picture, ``(H, W)``, ``(H, W, C)`` or ``(C, H, W)``; ``(F,)`` for vectors.
    flat
        Whether pictures are passed as rows of ``math.prod(shape)`` values.
    """

    shape: tuple[int, ...]
    flat: bool

    @property
    def is_picture(self) -> bool:
        """Whether a sample is a picture."""
        return len(self.shape) > 1

    @property
    def channels_last(self) -> bool:
        """Whether a picture has its channels in the last dimension."""
        # Where either end could be the channels, it is the last one, as in NumPy and Pillow.
        return len(self.shape) == 3 and not (self.shape[0] in _COLOUR and self.shape[2] not in _COLOUR)

    @property
    def model_shape(self) -> tuple[int, ...]:
        """The shape of one sample in a run: ``(C, H, W)`` or ``(F,)``."""
        if len(self.shape) == 2:
            return (1, *self.shape)
        return (self.shape[2], *self.shape[:2]) if self.channels_last else self.shape

    def to_model(self, samples: Any) -> Any:
        """Return the user's samples ``(n, …)`` in the form of a run, ``(n, *model_shape)``; sparse vectors stay so."""
        if not self.is_picture:
            return samples
        # Rows and pictures alike: the shape is that of one sample.
        pictures = np.asarray(samples).reshape(-1, *self.shape)
        moved = np.moveaxis(pictures, -1, 1) if self.channels_last else pictures
        # A view with moved axes would be slow to read, again and again.
        return np.ascontiguousarray(moved.reshape(-1, *self.model_shape))

    def from_model(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the samples of a run, ``(n, *model_shape)``, in the form of the user's."""
        if not self.is_picture:
            return samples
        moved = np.moveaxis(samples, 1, -1) if self.channels_last else samples
        pictures = moved.reshape(-1, *self.shape)
        return pictures.reshape(len(pictures), -1) if self.flat else pictures


def layout_of(shape: tuple[int, ...], wanted: Any) -> InputLayout:
    """Return the layout of samples of a shape ``(n, …)``, where ``wanted`` is the shape of a picture, or None.

    Raises
    ------
    ConfigError
        If the samples do not have the wanted shape, or cannot be pictures.
    """
    if wanted is None:
        layout = InputLayout(shape[1:], flat=False)
    else:
        try:
            layout = InputLayout(tuple(int(size) for size in wanted), flat=len(shape) == 2)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"sample_shape = {wanted!r}: write the shape of a picture, such as (28, 28)") from error
    if len(layout.shape) > 3 or (wanted is not None and len(layout.shape) < 2) or min(layout.shape) < 1:
        raise ConfigError(f"samples of shape {layout.shape} are not pictures; pass (H, W), (H, W, C) or (C, H, W)")
    if shape[1:] not in (layout.shape, (math.prod(layout.shape),)):
        raise ConfigError(f"X has samples of shape {shape[1:]}; sample_shape says {layout.shape}")
    return layout
