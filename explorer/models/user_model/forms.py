"""The forms in which a user's function may take its argument: array or tensor, dtype, device, and shape of a row."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isqrt
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

CHANNELS = (3, 4)
"""Numbers of channels of colour pictures."""


@dataclass(frozen=True)
class RowForm:
    """The arrangement of one row: its axes in another order, or its values in another shape; None leaves them."""

    shape: tuple[int, ...] | None = None
    axes: tuple[int, ...] | None = None

    def arrange(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return rows ``(n, …)`` in this arrangement."""
        if self.axes is not None:
            values = values.transpose(0, *(axis + 1 for axis in self.axes))
        return values if self.shape is None else values.reshape(len(values), *self.shape)


AS_GIVEN = RowForm()


def sample_forms(shape: tuple[int, ...]) -> tuple[RowForm, ...]:
    """Return the arrangements to try for a sample of a shape: as given, with or without channels, and flat."""
    size = int(np.prod(shape))
    shapes: list[tuple[int, ...]] = []
    turned: list[RowForm] = []
    if len(shape) == 1:
        shapes += _square(size)
    elif len(shape) == 2:
        shapes += [(1, *shape), (*shape, 1), (size,)]
    elif len(shape) == 3:
        channels, last = shape[0], shape[-1]
        shapes += [shape[1:]] if channels == 1 else []
        shapes += [(1, *shape[:-1]), shape[:-1]] if last == 1 else []
        # Libraries differ in whether channels come first.
        turned += [RowForm(axes=(2, 0, 1))] if last in CHANNELS else []
        turned += [RowForm(axes=(1, 2, 0))] if channels in CHANNELS else []
        shapes.append((size,))
    return _distinct([AS_GIVEN, *turned, *(RowForm(each) for each in shapes if each != shape)])


def _square(size: int) -> list[tuple[int, ...]]:
    shapes: list[tuple[int, ...]] = []
    for channels in (1, 3):
        side = isqrt(size // channels)
        if side > 1 and channels * side * side == size:
            shapes += [(channels, side, side)] + ([(side, side)] if channels == 1 else [])
    return [*shapes, (1, size)]  # the last for networks of signals


def code_forms(shape: tuple[int, ...]) -> tuple[RowForm, ...]:
    """Return the arrangements to try for a code that the encoder returned in a shape."""
    size = int(np.prod(shape))
    # Generators that begin with a transposed convolution take (latent_dim, 1, 1).
    return _distinct(RowForm(each) for each in (shape, (size,), (size, 1, 1)))


def _distinct(forms: Iterable[RowForm]) -> tuple[RowForm, ...]:
    return tuple(dict.fromkeys(forms))


@dataclass(frozen=True)
class Form:
    """The form of a function's argument: tensor or array, its dtype (None: unchanged), its device, and its rows."""

    tensor: bool
    dtype: torch.dtype | None = None
    device: str = "cpu"
    row: RowForm = AS_GIVEN

    def convert(self, values: NDArray[Any]) -> Any:
        """Return values in this form."""
        values = self.row.arrange(values)
        if not self.tensor:
            return values
        return torch.from_numpy(np.ascontiguousarray(values)).to(self.device, self.dtype)
