"""Encodes and decodes by the forward of a module that returns, for example, (recon, mu, logvar).

`EncodeByForward` takes mean and spread from the outputs. `DecodeByNoise` runs the forward on any sample with the noise
of the reparameterization, z = μ + σ·ε, that makes z the wanted code: it needs no name of a decoder.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Distribution
from torch.utils._python_dispatch import TorchDispatchMode

from explorer.models.user_model.outputs import as_log_variance, is_array, posterior_parts


class FixedNoise(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """While it is active, standard normal noise of PyTorch is this value everywhere."""

    def __init__(self, value: float | Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.value = value

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run one operation; replace the numbers that it draws."""
        result = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        if name in ("randn", "randn_like"):
            return result.copy_(torch.as_tensor(self.value).expand_as(result))
        if name in ("normal", "normal_") and isinstance(result, Tensor):
            mean, std = ([*args[1:], 0.0, 1.0][:2]) if name == "normal_" else (*args, 1.0)[:2]
            return result.copy_((mean + std * torch.as_tensor(self.value)).expand_as(result))
        return result


def tensors_of(result: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the arrays in what a forward returned, with their names; those in distributions, tuples and objects too."""
    if isinstance(result, Distribution):
        yield "mean", result.mean
        yield "std", result.stddev
    elif is_array(result):
        yield name, result
    elif isinstance(result, Mapping):
        for key, value in result.items():
            yield from tensors_of(value, str(key))
    elif isinstance(result, tuple | list):
        names = getattr(result, "_fields", ("",) * len(result))
        for key, value in zip(names, result, strict=True):
            yield from tensors_of(value, key)
    elif hasattr(result, "__dict__") and not callable(result):
        yield from tensors_of(vars(result))


@contextmanager
def sampling(module: nn.Module) -> Iterator[None]:
    """Make a module draw z as in training, while its layers stay in evaluation mode."""
    # Only the module itself: train() would switch its dropout and batch norms, too.
    was, module.training = module.training, True
    try:
        yield
    finally:
        module.training = was


@dataclass(frozen=True)
class EncodeByForward:
    """Encodes by a module's forward: mean, and the spread if there is one, at their positions among its outputs."""

    mean: int
    spread: int | None = None
    kind: str = "log-variance"

    def __call__(self, module: nn.Module, values: Any) -> Any:
        """Return z or (mean, log σ²)."""
        outputs = [value for _, value in tensors_of(module(values))]
        mean = outputs[self.mean]
        return mean if self.spread is None else (mean, as_log_variance(outputs[self.spread], self.kind))


@dataclass(frozen=True)
class DecodeByNoise:
    """Decodes by a module's forward on one fixed sample, with the noise that makes z the wanted code.

    Attributes
    ----------
    template
        The sample as a tensor ``(1, …)``.
    """

    template: Tensor
    encode: EncodeByForward
    reconstruction: int

    def __call__(self, module: nn.Module, z: Tensor) -> Any:
        """Return the decodes of codes ``(n, …)``."""
        # The module may have been moved, or cast, since it was tried.
        weight = next(module.parameters())
        x = self.template.to(weight.device, weight.dtype).expand(len(z), *self.template.shape[1:])
        mean, log_variance = self.encode(module, x)
        noise = (z.reshape(mean.shape) - mean) / (0.5 * log_variance).exp()
        with sampling(module), FixedNoise(noise):
            return [value for _, value in tensors_of(module(x))][self.reconstruction]


@dataclass(frozen=True)
class PartCall:
    """A call of a part of a module: its name, and an activation that the forward applies after it."""

    name: str
    activation: Callable[[Tensor], Tensor] | None = None

    def __call__(self, module: nn.Module, values: Any) -> Any:
        """Call the part."""
        result = getattr(module, self.name)(values)
        return result if self.activation is None else self.activation(result)


@dataclass(frozen=True)
class EncodeByHeads:
    """Encodes by an encoder whose features go through two further layers, for the mean and for the spread."""

    encoder: PartCall
    mean: str
    spread: str | None = None

    def __call__(self, module: nn.Module, values: Any) -> Any:
        """Return the mean, or the pair of mean and spread."""
        features = self.encoder(module, values).flatten(1)
        mean = getattr(module, self.mean)(features)
        return mean if self.spread is None else (mean, getattr(module, self.spread)(features))


@dataclass(frozen=True)
class SpreadOf:
    """An encoder whose second output is of another kind than log σ²."""

    encoder: Callable[[nn.Module, Any], Any]
    kind: str

    def __call__(self, module: nn.Module, values: Any) -> Any:
        """Return (mean, log σ²)."""
        mean, spread = posterior_parts(self.encoder(module, values))
        return mean, as_log_variance(spread, self.kind)
