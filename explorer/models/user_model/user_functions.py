"""Calls the functions of a user's program with the argument that they expect, while their training may continue.

1. At the first call, `UserFunction` tries argument forms (array, or tensor of several dtypes and devices; shapes of a
   row) until the function accepts one, and remembers it. For a module dtype and device follow from its weights.
2. Rows are passed in chunks, without gradients; what is returned is read (`explorer.models.user_model.outputs`),
   converted to float32 arrays and checked.
3. `UserFunction.frozen` copies a module with its current weights, so that the user's training can continue while the
   window works on the copy. What cannot be copied is called under a lock that the training holds while it moves the
   weights.
"""

import copy
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from types import MethodType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from explorer.config import ConfigError
from explorer.models.user_model.forms import AS_GIVEN, Form, RowForm
from explorer.models.user_model.outputs import Part, posterior_parts, sample_parts, score_parts, to_array

if TYPE_CHECKING:
    import threading

CHUNK = 1024
"""Maximum number of rows in one call of a function."""
MAX_CHUNK_VALUES = 1 << 22
"""Maximum number of values in one call, so that large pictures do not fill the memory of a deep network."""
Reader = Callable[[Any], tuple[Part, ...]]
READERS: dict[str, Reader] = {"encode": posterior_parts, "decode": sample_parts, "classify": score_parts}


@dataclass(frozen=True)
class ModuleCall:
    """A call of a module other than its forward: ``call`` takes the module and the values."""

    module: nn.Module
    call: Callable[[nn.Module, Any], Any]

    def __call__(self, values: Any) -> Any:
        """Call the module."""
        return self.call(self.module, values)


def failed_call(name: str, error: Exception, shape: tuple[int, ...], what: str = "samples") -> ConfigError:
    """Return the error for a call of the user's code that raised one, in one line."""
    message = f"{type(error).__name__}: {error}".partition("\n")[0]
    if isinstance(error, TypeError) and "positional argument" in message:
        return ConfigError(
            f"{name} takes more than the {what} ({message}); compute the codes yourself, and decode for one class c: "
            "explorer.explore(codes=model.encode(data, labels), decode=lambda z: model.decode(z, c.expand(len(z))), "
            "samples=data)"
        )
    return ConfigError(f"{name} fails on {what} of shape {shape}: {message}")


class UserFunction:
    """One function of the user.

    Parameters
    ----------
    name
        Name of the function in messages, and what is read from its result: ``"decode"``.
    lock
        Held during calls, unless the function is a copied module.
    tensors
        Whether to try tensors before arrays.
    device
        Device of tensors for a function that is not a module; "" tries the CPU, then an accelerator.
    rows
        The arrangements of a row to try, in order.
    read
        Returns the arrays in a result; None for the reader of the name.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        name: str,
        lock: "threading.RLock",
        *,
        tensors: bool = False,
        device: str = "",
        rows: tuple[RowForm, ...] = (AS_GIVEN,),
        read: Reader | None = None,
    ) -> None:
        if not callable(function):
            raise ConfigError(f"{name} is {type(function).__name__}; pass a function or a torch.nn.Module")
        self.name = name
        self._function, self._lock, self._tensors, self._device = function, lock, tensors, device
        self._rows, self._read = rows, read or READERS[name]
        self._form: Form | None = None
        self._is_copy = False

    @property
    def module(self) -> nn.Module | None:
        """The module that the function is, or is a method or call of; None for any other function."""
        if isinstance(self._function, ModuleCall):
            return self._function.module
        owner = getattr(self._function, "__self__", self._function)
        return owner if isinstance(owner, nn.Module) else None

    @property
    def form(self) -> Form:
        """The form that the function accepted at its first call."""
        assert self._form is not None
        return self._form

    @property
    def read(self) -> Reader:
        """The reader of its results."""
        return self._read

    def in_rows(self, row: RowForm) -> "UserFunction":
        """Return the function with rows in another arrangement, in the form that it accepted otherwise."""
        made = copy.copy(self)
        made._form = replace(self.form, row=row)
        return made

    def with_rows(self, rows: tuple[RowForm, ...]) -> "UserFunction":
        """Return the function with other arrangements of a row to try."""
        made = copy.copy(self)
        made._rows, made._form = rows, None
        return made

    def reading(self, read: Reader) -> "UserFunction":
        """Return the function with another reader of its results."""
        made = copy.copy(self)
        made._read = read
        return made

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
        if isinstance(self._function, ModuleCall):
            made._function = replace(self._function, module=copied)
        elif self._function is self.module:
            made._function = copied
        elif isinstance(self._function, MethodType):
            made._function = MethodType(self._function.__func__, copied)
        else:  # a method of a scripted module
            return made
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
        size = max(1, int(np.prod(values.shape[1:])))
        chunk = min(CHUNK, max(1, MAX_CHUNK_VALUES // size))
        # Also for no rows: an empty result still has the shape of a row.
        parts = [self._on_part(values[start : start + chunk]) for start in range(0, max(len(values), 1), chunk)]
        return tuple(np.concatenate(part) for part in zip(*parts, strict=True))

    def _on_part(self, values: NDArray[Any]) -> tuple[NDArray[np.float32], ...]:
        try:
            with torch.no_grad(), nullcontext() if self._is_copy else self._lock, self._evaluating():
                return self._in_form(values, self._form) if self._form is not None else self._find_form(values)
        except SystemExit as error:  # it would end the worker thread
            raise ConfigError(f"{self.name} exits the program (SystemExit: {error}); raise an error instead") from error

    def _in_form(self, values: NDArray[Any], form: Form) -> tuple[NDArray[np.float32], ...]:
        """Call the function with values in a form, and read its result."""
        result = self._read(self._function(form.convert(values)))
        arrays = tuple(to_array(part, self.name) for part in result)
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

    def _find_form(self, values: NDArray[Any]) -> tuple[NDArray[np.float32], ...]:
        """Call the function with each form until it accepts one, remember the form, and return the result."""
        errors: list[Exception] = []
        for row in self._rows:
            for form in self._forms():
                try:
                    # A form that does not fit may be warned about before it fails.
                    with warnings.catch_warnings(action="ignore"):
                        arrays = self._in_form(values, replace(form, row=row))
                except Exception as error:  # the user's function may raise anything on an unexpected form
                    errors.append(error)
                    continue
                self._form = replace(form, row=row)
                return arrays
        # Raise the most informative error: a TypeError usually says only that an array is not a tensor.
        informative = [error for error in errors if not isinstance(error, TypeError | AttributeError)]
        raise (informative or errors)[0]

    def _forms(self) -> tuple[Form, ...]:
        """Return the forms to try, in order, but for the arrangement of a row."""
        if self.module is not None:
            weights = [weight for weight in self.module.parameters() if weight.is_floating_point()]
            dtype, device = (weights[0].dtype, str(weights[0].device)) if weights else (torch.float32, "cpu")
            if device == "meta":
                raise ConfigError(
                    f"{self.name}: the weights are on the meta device and have no values; load them first"
                )
            return (Form(True, dtype, self._device or device),)
        # A function with fixed tensors of its own fails on the wrong device and is tried on the next one.
        devices = [self._device] if self._device else ["cpu", *_accelerators()]
        dtypes = (None, torch.float32, torch.float64)
        tensors = [Form(True, dtype, device) for device in devices for dtype in dtypes]
        return tuple([*tensors, Form(False)] if self._tensors or self._device else [Form(False), *tensors])


def _accelerators() -> list[str]:
    return [torch.accelerator.current_accelerator().type] if torch.accelerator.is_available() else []  # type: ignore[union-attr]


@dataclass(frozen=True)
class UserFunctions:
    """The functions of a user's model, each of them optional."""

    decode: UserFunction | None = None
    encode: UserFunction | None = None
    classify: UserFunction | None = None

    def frozen(self) -> "UserFunctions":
        """Return all functions with copies of their current weights."""
        memo: dict[int, Any] = {}
        return UserFunctions(*(each and each.frozen(memo) for each in (self.decode, self.encode, self.classify)))
