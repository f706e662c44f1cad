"""Trial calls of a module on a few samples: its forward with fixed noise, and parts of it as encoder or decoder."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from explorer.models.user_model.forms import Form, code_forms, sample_forms
from explorer.models.user_model.forward_calls import FixedNoise, sampling, tensors_of
from explorer.models.user_model.outputs import sample_parts, shape_of
from explorer.models.user_model.user_functions import ModuleCall, UserFunction

Call = Callable[[nn.Module, Any], Any]


@dataclass(frozen=True, eq=False)
class Output:
    """One output of a forward with one row per sample: its name, "" in a tuple, and its position among all."""

    name: str
    position: int
    values: NDArray[np.float32]


class ModuleTrial:
    """Trial calls of one module on a few samples.

    Attributes
    ----------
    form
        The form of the samples that the forward accepted.
    error
        What the forward raised if it could not be called.
    """

    form: Form

    def __init__(self, module: nn.Module, samples: NDArray[Any]) -> None:
        self.module, self.samples = module, samples
        self._size = int(np.prod(samples.shape[1:]))
        self._lock = threading.RLock()
        self.error: Exception | None = None
        self._names: list[tuple[str, int]] = []

    def outputs(self, noise: float, *, draws: bool) -> list[Output] | None:
        """Return the outputs of the forward with fixed noise; None if it cannot be called with samples alone."""

        def run(module: nn.Module, values: Any) -> Any:
            with FixedNoise(noise):
                if not draws:
                    return module(values)
                with sampling(module):
                    return module(values)

        call = UserFunction(
            ModuleCall(self.module, run),
            "forward",
            self._lock,
            rows=sample_forms(self.samples.shape[1:]),
            read=self._rows_of,
        )
        try:
            arrays = call(self.samples)
        except Exception as error:  # a user's code may raise anything
            self.error = error
            return None
        if not arrays:
            return None
        self.form = call.form
        return [Output(name, at, values) for (name, at), values in zip(self._names, arrays, strict=True)]

    def _rows_of(self, result: Any) -> tuple[Any, ...]:
        """Return the outputs with one row per sample, and note their names and positions."""
        found = [
            (name, position, value)
            for position, (name, value) in enumerate(tensors_of(result))
            if len(shape_of(value)) > 1 and shape_of(value)[0] == len(self.samples)
        ]
        self._names = [(name, position) for name, position, _ in found]
        return tuple(value for *_, value in found)

    def decoded(self, call: Call, codes: NDArray[Any]) -> NDArray[np.float32] | None:
        """Return the decodes of codes by a call; None if it fails, or they have not the size of the samples."""
        rows, read = code_forms(codes.shape[1:]), partial(sample_parts, features=self._size)
        function = UserFunction(ModuleCall(self.module, call), "decode", self._lock, rows=rows, read=read)
        arrays = _tried(function, codes)
        return None if arrays is None or arrays[0].size != self.samples.size else arrays[0]

    def encoded(self, call: Call) -> tuple[NDArray[np.float32], ...] | None:
        """Return what a call encodes the samples to, without noise; None if it fails."""

        def quiet(module: nn.Module, values: Any) -> Any:
            with FixedNoise(0.0):
                return call(module, values)

        rows = sample_forms(self.samples.shape[1:])
        arrays = _tried(UserFunction(ModuleCall(self.module, quiet), "encode", self._lock, rows=rows), self.samples)
        return arrays if arrays and arrays[0].ndim > 1 else None


def _tried(function: UserFunction, values: NDArray[Any]) -> tuple[NDArray[np.float32], ...] | None:
    """Return the result of a trial call; None if it fails or returns no array."""
    try:
        return function(values) or None
    except Exception:  # a part that merely has a customary name may raise anything
        return None
