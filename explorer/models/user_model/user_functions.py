"""Functions of a user's own program: called with what they take, torch or numpy, beside a training that goes on."""

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
"""So many rows are given to a function at once, at most."""


@dataclass(frozen=True)
class Form:
    """How a function takes its argument: as a tensor or as an array, of which type (None: as it is), and where."""

    tensor: bool
    dtype: torch.dtype | None = None
    device: str = "cpu"

    def give(self, values: NDArray[Any]) -> Any:
        """Return the argument."""
        if not self.tensor:
            return values
        return torch.from_numpy(np.ascontiguousarray(values)).to(self.device, self.dtype)


class OwnFunction:
    """One function of the user's, whose form is found at the first call and kept.

    An `nn.Module`, or a method of one, is copied by `frozen`, so that a training may go on meanwhile. Whatever else it
    is cannot be copied: it is called under ``lock``, which the user's training then holds while it changes weights.

    Parameters
    ----------
    name
        What messages call it: ``"decode"``.
    tensors
        Whether tensors are tried first.
    device
        Where tensors are put for a function that is no module; "" tries the CPU, then what accelerator there is.
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
            raise ConfigError(f"{name} is {type(function).__name__}; give a function or a torch.nn.Module")
        self.name = name
        self._function, self._lock, self._tensors, self._device = function, lock, tensors, device
        self._form: Form | None = None
        self._is_copy = False

    @property
    def module(self) -> nn.Module | None:
        """The module that it is, or is a method of."""
        owner = getattr(self._function, "__self__", self._function)
        return owner if isinstance(owner, nn.Module) else None

    def frozen(self, memo: dict[int, Any]) -> "OwnFunction":
        """Return it with a copy of its weights as they are now, in evaluation mode.

        ``memo`` is shared by functions of one module, which is then copied once. A module that cannot be copied stays
        as it is, and is called under the lock.
        """
        made = copy.copy(self)
        if self.module is None:
            return made
        try:
            with self._lock:
                copied = copy.deepcopy(self.module, memo).eval().requires_grad_(False)
        except (RuntimeError, TypeError):  # tensors of a graph, open files, locks: what they hold cannot be copied
            return made
        is_method = self._function is not self.module
        made._function = MethodType(self._function.__func__, copied) if is_method else copied  # type: ignore[attr-defined]
        made._is_copy = True
        return made

    def __call__(self, values: NDArray[Any]) -> tuple[NDArray[np.float32], ...]:
        """Call it on rows of values, at most `CHUNK` at once, and give what it gives as arrays, one for each part.

        Raises
        ------
        ConfigError
            Where it gives something else than numbers, or another number of rows.
        Exception
            Whatever the function raises.
        """
        parts = [self._on_part(values[start : start + CHUNK]) for start in range(0, max(len(values), 1), CHUNK)]
        return tuple(np.concatenate(part) for part in zip(*parts, strict=True))

    def _on_part(self, values: NDArray[Any]) -> tuple[NDArray[np.float32], ...]:
        try:
            with torch.no_grad(), nullcontext() if self._is_copy else self._lock, self._evaluating():
                given = self._function(self._form.give(values)) if self._form is not None else self._find_form(values)
        except SystemExit as error:  # it would end the thread that asks, and with it all answers
            raise ConfigError(f"{self.name} ends the program (SystemExit: {error}); raise an error instead") from error
        arrays = tuple(_to_array(part, self.name) for part in _parts(given, self.name))
        for array in arrays:
            if array.ndim == 0 or len(array) != len(values):
                raise ConfigError(
                    f"{self.name} gives shape {array.shape} for {len(values)} rows; one row each is needed"
                )
        return arrays

    @contextmanager
    def _evaluating(self) -> Iterator[None]:
        """Put a module that could not be copied into evaluation mode for one call."""
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
        """Try forms until one is taken; where none is, the error that says most is raised."""
        errors: list[Exception] = []
        for form in self._forms():
            try:
                given = self._function(form.give(values))
            except Exception as error:  # the user's function may raise anything where the form does not suit it
                errors.append(error)
                continue
            self._form = form
            return given
        # A function of torch says of an array only that it is none; how it fails on a tensor says what is wrong.
        telling = [error for error in errors if not isinstance(error, TypeError | AttributeError)]
        raise (telling or errors)[0]

    def _forms(self) -> tuple[Form, ...]:
        if self.module is not None:
            weights = [weight for weight in self.module.parameters() if weight.is_floating_point()]
            dtype, device = (weights[0].dtype, str(weights[0].device)) if weights else (torch.float32, "cpu")
            return (Form(True, dtype, self._device or device),)
        devices = [self._device] if self._device else ["cpu", *_accelerators()]
        dtypes = (None, torch.float32, torch.float64)
        tensors = [Form(True, dtype, device) for device in devices for dtype in dtypes]
        return tuple([*tensors, Form(False)] if self._tensors or self._device else [Form(False), *tensors])


def _accelerators() -> list[str]:
    return [torch.accelerator.current_accelerator().type] if torch.accelerator.is_available() else []  # type: ignore[union-attr]


def _parts(given: Any, name: str) -> tuple[Any, ...]:
    """Take apart a pair, or a distribution, whose mean and log σ² are its parts."""
    if isinstance(given, torch.distributions.Distribution):
        return given.mean, 2 * given.stddev.log()
    if isinstance(given, tuple | list) and not given:
        raise ConfigError(f"{name} gives an empty {type(given).__name__}; an array or a tensor is needed")
    if isinstance(given, tuple | list) and all(isinstance(part, Tensor | np.ndarray) for part in given):
        return tuple(given)
    if isinstance(given, Tensor | np.ndarray | list):
        return (given,)
    raise ConfigError(f"{name} gives {type(given).__name__}; an array or a tensor is needed")


def _to_array(part: Any, name: str) -> NDArray[np.float32]:
    if isinstance(part, Tensor):
        return part.detach().to("cpu", torch.float32).numpy()
    array = np.asarray(part)
    if array.dtype.kind not in "buif":
        raise ConfigError(f"{name} gives {array.dtype}, not numbers")
    return array.astype(np.float32)


@dataclass(frozen=True)
class OwnFunctions:
    """The functions of a model of the user's own; ``encode`` and ``classify`` may be missing."""

    decode: OwnFunction
    encode: OwnFunction | None = None
    classify: OwnFunction | None = None

    def frozen(self) -> "OwnFunctions":
        """Return them all with their weights as they are now."""
        memo: dict[int, Any] = {}
        encode, classify = (each and each.frozen(memo) for each in (self.encode, self.classify))
        return replace(self, decode=self.decode.frozen(memo), encode=encode, classify=classify)
