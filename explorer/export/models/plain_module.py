"""A trained model as a plain module of torch: classes of torch only, samples in their own units in and out.

1. The weights are copied; layers that only add other initial weights to a layer of torch become that layer.
2. `record` makes the encoder of: transform to model values, encode, mean and log-variance of q(z|x).
3. It makes the decoder of: decode, mean of p(x|z), transform back.
4. Both are compared with the model on other samples, and joined to the whole: encoder, then decoder.
"""

import copy
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, fx, nn

from explorer.config import ConfigError
from explorer.data.dataset import Description
from explorer.data.transform import Transform
from explorer.export.models.recording import record
from explorer.models.latent_model import LatentModel, NotDefined
from explorer.models.layers import Transposed

TOLERANCE = 1e-5
"""Largest allowed difference from the model, relative to the largest value, or to 1 if that is larger."""
_RECORDED, _COMPARED = 3, 5  # two batch sizes, so that none can remain in the graph unnoticed


def plain_module(model: LatentModel, description: Description, name: str) -> fx.GraphModule:
    """Return a model as a module of torch that needs nothing of this program, in evaluation mode.

    ``module(x)`` reconstructs samples ``(n, *shape)`` in their own units, ``module.encoder(x)`` returns the mean of
    q(z|x) ``(n, latent_dim)`` or, for a Gaussian, the pair (mean, log-variance), and ``module.decoder(z)`` returns the
    mean of p(x|z) ``(n, *shape)``. All take the class ``(n,)`` int64 as well if the model is conditional, with -1 for
    unknown. A model without an encoder only has a decoder, and is called with z.

    Raises
    ------
    ConfigError
        If the model cannot be exported; the message begins with ``name`` and says why.
    """
    if description.of_words:
        raise ConfigError(f"{name}: word vectors have no layers to export; save them with encode --out vectors.csv")
    try:
        parts = _parts(model, description)
    except (NotDefined, RuntimeError, TypeError, ValueError) as error:  # a plug-in may do what cannot be recorded
        why = str(error).partition("\n")[0]
        raise ConfigError(f"{name} cannot be exported: {why}; choose a run of another family") from error
    return join(parts)


def join(parts: Mapping[str, fx.GraphModule], *, with_codes: bool = False) -> fx.GraphModule:
    """Return the parts as one module that returns the reconstruction: the encoder, then the decoder of the mean.

    With ``with_codes`` it returns mean, log-variance if there is one, and reconstruction; of one part, its outputs.
    """
    if len(parts) == 1 and with_codes:
        return next(iter(parts.values()))
    graph = fx.Graph()
    inputs = _inputs(next(iter(parts.values())))
    value, *condition = [graph.placeholder(name) for name in inputs]
    codes: list[fx.Node] = []
    if "encoder" in parts:
        encoded = graph.call_module("encoder", (value, *condition))
        count = len(output) if isinstance(output := _output(parts["encoder"]), tuple) else 1
        codes = [graph.call_function(operator.getitem, (encoded, place)) for place in range(count)]
        codes = codes if count > 1 else [encoded]
        value = codes[0]
    decoded = graph.call_module("decoder", (value, *condition))
    graph.output((*codes, decoded) if with_codes else decoded)
    graph.eliminate_dead_code(lambda node: node.op in ("placeholder", "output"))
    return fx.GraphModule(dict(parts), graph, "Autoencoder" if "encoder" in parts else "Generator").eval()


def _inputs(part: fx.GraphModule) -> list[str]:
    return [str(node.target) for node in part.graph.nodes if node.op == "placeholder"]


def _output(part: fx.GraphModule) -> Any:
    return next(node for node in part.graph.nodes if node.op == "output").args[0]


def example_inputs(model: LatentModel, description: Description, count: int, part: str) -> dict[str, Tensor]:
    """Return random inputs of the encoder or decoder by name: x in own units or z, and classes if it takes them."""
    numbers = np.random.default_rng(0)
    if part == "decoder":
        inputs = {"z": torch.from_numpy(numbers.standard_normal((count, model.latent_dim)).astype(np.float32))}
    else:
        values = numbers.random((count, *description.shape), np.float32)
        inputs = {"x": torch.from_numpy(description.transform.invert(values))}
    if model.capabilities.condition:
        inputs["condition"] = torch.arange(count) % len(description.class_names)
    return inputs


def largest_difference(found: Sequence[NDArray[Any]], expected: Sequence[NDArray[Any]]) -> float:
    """Return the largest difference between arrays, each relative to its largest value, or to 1 if that is larger."""
    return max(_difference(one, other) for one, other in zip(found, expected, strict=True))


def _difference(one: NDArray[Any], other: NDArray[Any]) -> float:
    with np.errstate(invalid="ignore"):
        apart = np.abs(one - other) / max(1.0, np.abs(other, where=np.isfinite(other), out=np.zeros_like(other)).max())
    # Infinity in both is no difference; a number that is NaN in one of them is a large one.
    apart[(one == other) | (np.isnan(one) & np.isnan(other))] = 0
    return float(np.nan_to_num(apart, nan=np.inf).max())


def _parts(model: LatentModel, description: Description) -> dict[str, fx.GraphModule]:
    """Return the encoder, if there is one, and the decoder."""
    plain = _with_torch_layers(copy.deepcopy(model).cpu().eval())
    transform = description.transform
    names = {name: torch.from_numpy(np.asarray(getattr(transform, name))) for name in ("offset", "scale", "log1p")}

    def encode(x: Tensor, condition: Tensor | None = None) -> Any:
        posterior = plain.encode(_to_model_values(x, transform, names), condition)
        return posterior.mean if posterior.log_variance is None else (posterior.mean, posterior.log_variance)

    def decode(z: Tensor, condition: Tensor | None = None) -> Tensor:
        return _to_samples(plain.decode(z, condition).mean, transform, names)

    wanted: dict[str, Callable[..., Any]] = {"encoder": encode} if model.capabilities.encoder else {}
    wanted["decoder"] = decode
    parts: dict[str, fx.GraphModule] = {}
    for part, function in wanted.items():
        example = example_inputs(model, description, _RECORDED, part)
        recorded = record(function, example, plain, names, part.title())
        _check(recorded, function, example_inputs(model, description, _COMPARED, part), part)
        parts[part] = recorded
    return parts


@torch.no_grad()
def _check(recorded: nn.Module, function: Callable[..., Any], inputs: dict[str, Tensor], part: str) -> None:
    found, expected = (_arrays(each(*inputs.values())) for each in (recorded, function))
    if largest_difference(found, expected) > TOLERANCE:
        raise NotDefined(f"as a plain module, its {part} returns other values")


def _arrays(outputs: Tensor | tuple[Tensor, ...]) -> list[NDArray[Any]]:
    return [one.numpy() for one in (outputs if isinstance(outputs, tuple) else (outputs,))]


def _with_torch_layers(model: LatentModel) -> LatentModel:
    """Replace, in place, layers of this program by equal layers of torch where there are some."""
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, Transposed):
                setattr(module, name, _linear(child))
            else:
                base = next(kind for kind in type(child).__mro__ if not kind.__module__.startswith("explorer."))
                # A layer with other initial weights, not a network: those derive from Module itself.
                if base is not nn.Module and base is not type(child):
                    child.__class__ = base
    return model


def _linear(transposed: Transposed) -> nn.Linear:
    """Return a layer with a copy of the transposed matrix: the tie to the encoder is for training only."""
    weight = transposed.weight.detach()
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(transposed.bias)
    return layer


def _to_model_values(x: Tensor, transform: Transform, named: dict[str, Tensor]) -> Tensor:
    """Return `Transform.apply` of samples, with as few steps as possible."""
    if np.any(transform.log1p):
        x = _where(named["log1p"], torch.log1p, x)
    if np.any(transform.offset):
        x = x - _number(named["offset"])
    return x / _number(named["scale"]) if np.any(transform.scale != 1) else x


def _to_samples(values: Tensor, transform: Transform, named: dict[str, Tensor]) -> Tensor:
    """Return `Transform.invert` of model values."""
    if np.any(transform.scale != 1):
        values = values * _number(named["scale"])
    if np.any(transform.offset):
        values = values + _number(named["offset"])
    return _where(named["log1p"], torch.expm1, values) if np.any(transform.log1p) else values


def _number(values: Tensor) -> Tensor | float:
    # A number is easier to read in the code of the module than a buffer with one value.
    return values if values.ndim else float(values)


def _where(mask: Tensor, function: Callable[[Tensor], Tensor], values: Tensor) -> Tensor:
    """Return the function of the values that the mask chooses, and the others unchanged."""
    if not mask.ndim:
        return function(values)
    # Zeros in place of the others, of which the function may not be defined.
    return torch.where(mask, function(torch.where(mask, values, 0.0)), values)
