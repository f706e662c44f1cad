"""Calls the functions of a user's program with the argument type that they expect, while their training may continue.

1. At the first call, `UserFunction` tries argument forms (array, or tensor of several dtypes and devices) until the
   function accepts one, and remembers it. For a module the form follows from its weights.
2. Rows are passed in chunks, without gradients, and the results are converted to float32 arrays and checked.
3. `UserFunction.frozen` copies a module with its current weights, so that the user's training can continue while the
   window works on the copy. What cannot be copied is called under a lock that the training holds while it moves the
   weights.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from types import MethodType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explorer.config import ConfigError

if TYPE_CHECKING:
    import threading

CHUNK = 1024
"""Maximum number of rows in one call of a function."""


@dataclass(frozen=True)
class Form:
    """The form of a function's argument: tensor or array, its dtype (None: unchanged), and its device."""

    tensor: bool
    dtype: torch.dtype | None = None
    device: str = "cpu"

    def convert(self, values: NDArray[Any]) -> Any:
        """Return values in this form."""
        if not self.tensor:
            return values
        return torch.from_numpy(np.ascontiguousarray(values)).to(self.device, self.dtype)


class UserFunction:
    """One function of the user.

    Parameters
    ----------
    name
        Name of the function in messages: ``"decode"``.
    lock
        Held during calls, unless the function is a copied module.
    tensors
        Whether to try tensors before arrays.
    device
        Device of tensors for a function that is not a module; "" tries the CPU, then an accelerator.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        name: str,
        lock: "threading.RLock",
        *,
        tensors: bool = False,
        device: str = "",
    ) -> None:
        if not callable(function):
            raise ConfigError(f"{name} is {type(function).__name__}; pass a function or a torch.nn.Module")
        self.name = name
        self._function, self._lock, self._tensors, self._device = function, lock, tensors, device
        self._form: Form | None = None
        self._is_copy = False

    @property
    def module(self) -> nn.Module | None:
        """The module that the function is, or is a method of; None for any other function."""
        owner = getattr(self._function, "__self__", self._function)
        return owner if isinstance(owner, nn.Module) else None

    def frozen(self, memo: dict[int, Any]) -> "UserFunction":
        """Return the function with a copy of its current weights, in evaluation mode.

        Functions of one module share ``memo``, so that the module is copied once. A function whose module cannot be
        copied is returned without a copy.
        """
        made = copy.copy(self)
        if self.module is None:
            return made
        try:
            with self._lock:
                copied = copy.deepcopy(self.module, memo).eval().requires_grad_(False)
        except (RuntimeError, TypeError):  # the module holds tensors of a graph, open files or locks
            return made
        is_method = self._function is not self.module
        made._function = MethodType(self._function.__func__, copied) if is_method else copied  # type: ignore[attr-defined]
        made._is_copy = True  # no lock is needed any more
        return made

    def __call__(self, values: NDArray[Any]) -> tuple[NDArray[np.float32], ...]:
        """Call the function on rows of values, and return its results as arrays, one per returned value.

        Raises
        ------
        ConfigError
            If the function returns anything but numbers, or another number of rows.
        Exception
            Whatever the function raises.
        """
        # Also for no rows: an empty result still has the shape of a row.
        parts = [self._on_part(values[start : start + CHUNK]) for start in range(0, max(len(values), 1), CHUNK)]
        return tuple(np.concatenate(part) for part in zip(*parts, strict=True))

    def _on_part(self, values: NDArray[Any]) -> tuple[NDArray[np.float32], ...]:
        try:
            with torch.no_grad(), nullcontext() if self._is_copy else self._lock, self._evaluating():
                result = (
                    self._function(self._form.convert(values)) if self._form is not None else self._find_form(values)
                )
        except SystemExit as error:  # it would end the worker thread
            raise ConfigError(f"{self.name} exits the program (SystemExit: {error}); raise an error instead") from error
        arrays = tuple(_to_array(part, self.name) for part in _parts(result, self.name))
        for array in arrays:
            if array.ndim == 0 or len(array) != len(values):
                raise ConfigError(
                    f"{self.name} returns shape {array.shape} for {len(values)} rows; it must return one row for each"
                )
        return arrays

    @contextmanager
    def _evaluating(self) -> Iterator[None]:
        """Switch a module that could not be copied to evaluation mode for one call."""
        module = None if self._is_copy else self.module
        training = [part for part in module.modules() if part.training] if module is not None else []
        if module is not None:
            module.eval()
        try:
            yield
        finally:
            for part in training:
                part.training = True

    def _find_form(self, values: NDArray[Any]) -> Any:
        """Call the function with each form until it accepts one, remember the form, and return the result."""
        errors: list[Exception] = []
        for form in self._forms():
            try:
                result = self._function(form.convert(values))
            except Exception as error:  # the user's function may raise anything on an unexpected form
                errors.append(error)
                continue
            self._form = form
            return result
        # Raise the most informative error: a TypeError usually says only that an array is not a tensor.
        informative = [error for error in errors if not isinstance(error, TypeError | AttributeError)]
        raise (informative or errors)[0]

    def _forms(self) -> tuple[Form, ...]:
        """Return the forms to try, in order."""
        if self.module is not None:
            weights = [weight for weight in self.module.parameters() if weight.is_floating_point()]
            dtype, device = (weights[0].dtype, str(weights[0].device)) if weights else (torch.float32, "cpu")
            return (Form(True, dtype, self._device or device),)
        # A function with fixed tensors of its own fails on the wrong device and is tried on the next one.
        devices = [self._device] if self._device else ["cpu", *_accelerators()]
        dtypes = (None, torch.float32, torch.float64)
        tensors = [Form(True, dtype, device) for device in devices for dtype in dtypes]
        return tuple([*tensors, Form(False)] if self._tensors or self._device else [Form(False), *tensors])


def _accelerators() -> list[str]:
    return [torch.accelerator.current_accelerator().type] if torch.accelerator.is_available() else []  # type: ignore[union-attr]


def _parts(result: Any, name: str) -> tuple[Any, ...]:
    """Return the values of a result: those of a pair, mean and log σ² of a distribution, or the result itself."""
    if isinstance(result, torch.distributions.Distribution):
        return result.mean, 2 * result.stddev.log()
    if isinstance(result, tuple | list) and not result:
        raise ConfigError(f"{name} returns an empty {type(result).__name__}; it must return an array or a tensor")
    if isinstance(result, tuple | list) and all(isinstance(part, Tensor | np.ndarray) for part in result):
        return tuple(result)
    if isinstance(result, Tensor | np.ndarray | list):
        return (result,)
    raise ConfigError(f"{name} returns {type(result).__name__}; it must return an array or a tensor")


def _to_array(part: Any, name: str) -> NDArray[np.float32]:
    if isinstance(part, Tensor):
        return part.detach().to("cpu", torch.float32).numpy()
    array = np.asarray(part)
    if array.dtype.kind not in "buif":
        raise ConfigError(f"{name} returns {array.dtype} instead of numbers")
    return array.astype(np.float32)


@dataclass(frozen=True)
class UserFunctions:
    """The functions of a user's model; ``encode`` and ``classify`` are optional."""

    decode: UserFunction
    encode: UserFunction | None = None
    classify: UserFunction | None = None

    def frozen(self) -> "UserFunctions":
        """Return all functions with copies of their current weights."""
        memo: dict[int, Any] = {}
        encode, classify = (each and each.frozen(memo) for each in (self.encode, self.classify))
        return replace(self, decode=self.decode.frozen(memo), encode=encode, classify=classify)
