"""Writes the layers of a file as the lists of `explorer.models.layer_list`, for one choice of what a file leaves open.

1. Each layer with weights becomes a text, with the stride and padding that were found for it.
2. Between two of them stand the normalizing layers of the file, an activation, and pools, as the numbers of modules
   between their names allow.
3. The heads of mean and log-variance are joined by rows: all means, then all log-variances.
4. The tensors get the names that they have in the built model: ``encoder.3.weight`` is the layer at position 3.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from explorer.models.weight_import.file_layers import FileLayer
from explorer.models.weight_import.layer_names import spread_of
from explorer.models.weight_import.network_parts import Block, Heads, NetworkParts
from explorer.models.weight_import.network_sizes import Shape, SizedNetwork, SizedParts, Window

HeadOrder = Literal["mean first", "log-variance first", "interleaved"]


@dataclass(frozen=True)
class ValueRange:
    """The values that a network takes and returns, and the activation of its last layer.

    Attributes
    ----------
    words
        For the user: ``"sigmoid, values from 0 to 1"``.
    before, after
        Layers before the network and after it, which map the values of the data to its own and back.
    likelihood
        The likelihood of the data, whose mean is the decode.
    """

    words: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    likelihood: Literal["bernoulli", "gaussian"] = "gaussian"


@dataclass(frozen=True)
class Usual:
    """The usual activation, words of the range of values, order of the heads, and `Choice.activates_maps`."""

    activation: str = "relu"
    values: str = ""
    order: HeadOrder = "mean first"
    activates_maps: bool = True


@dataclass(frozen=True)
class Choice:
    """A value for everything that the file leaves open.

    Attributes
    ----------
    activates_maps
        Whether an activation stands between the linear layer of the decoder and the maps that it is unflattened to.
    activates_code
        Whether an activation follows the code of an autoencoder.
    normalizes_first
        Whether normalizing layers come before the activation, where names do not tell.
    groups
        The number of groups of group norms.
    usual
        What would be taken if nothing could be measured.
    """

    activation: str
    values: ValueRange
    order: HeadOrder
    sizes: SizedParts
    activates_maps: bool = True
    activates_code: bool = False
    normalizes_first: bool = True
    groups: int = 8
    usual: Usual = field(default_factory=Usual)


@dataclass(frozen=True)
class NamedTensor:
    """A tensor of the model, with the names in the file that it is made of."""

    file: str
    tensor: Tensor


@dataclass(eq=False)
class LayerList:
    """The texts of one network, and the tensors of its layers under their names in the model."""

    side: str
    shape: Shape
    texts: list[str] = field(default_factory=list)
    tensors: dict[str, NamedTensor] = field(default_factory=dict)

    def add(self, text: str, tensors: Mapping[str, NamedTensor] | None = None) -> None:
        """Append a layer; the names of its tensors are those in a layer of torch."""
        at = len(self.texts)
        self.texts.append(text)
        self.tensors.update({f"{self.side}.{at}.{leaf}": tensor for leaf, tensor in (tensors or {}).items()})


def encoder_list(parts: NetworkParts, choice: Choice, found: Mapping[str, Tensor]) -> LayerList:
    """Return the encoder with its heads: x → the code, or all means and then all log-variances."""
    made = LayerList("encoder", choice.sizes.shape)
    for text in choice.values.before:
        made.add(text)
    heads = parts.heads
    code = Block(heads.first, heads.beside, heads.gap)
    sized = choice.sizes.encoder
    for at, block in enumerate(parts.encoder):
        following = (*parts.encoder, code)[at + 1]
        _add_block(made, block, sized, at, choice, found, following)
    last = len(parts.encoder)
    _arrive(made, code.layer, sized.windows[last], sized.inputs[last])
    made.add(
        _text(code.layer, sized.windows[last], 1 if heads.second is None else 2), _head_tensors(heads, choice, found)
    )
    act = choice.activation if choice.activates_code and not heads.has_variance else ""
    for text, layer in _behind(code, Window(), act, choice):
        made.add(text, _tensors(layer, found))
    if len(sized.output) == 3:
        made.add("flatten")
    return made


def decoder_list(parts: NetworkParts, choice: Choice, found: Mapping[str, Tensor]) -> LayerList:
    """Return the decoder: z → the parameters of p(x|z), without the layers of `ValueRange.after`."""
    made = LayerList("decoder", (choice.sizes.latent_dim,))
    for at, block in enumerate(parts.decoder):
        following = parts.decoder[at + 1] if at + 1 < len(parts.decoder) else None
        _add_block(made, block, choice.sizes.decoder, at, choice, found, following)
    return made


def _add_block(
    made: LayerList,
    block: Block,
    sized: SizedNetwork,
    at: int,
    choice: Choice,
    found: Mapping[str, Tensor],
    following: Block | None,
) -> None:
    """Append a layer and what stands between it and the following one."""
    window = sized.windows[at]
    _arrive(made, block.layer, window, sized.inputs[at])
    made.add(_text(block.layer, window), _tensors(block.layer, found))
    if window.enlarge > 1 or block.layer.kind != "linear":
        made.shape = (block.layer.outputs, 0, 0)
    else:
        made.shape = (block.layer.outputs,)
    act = choice.activation if following is not None else ""
    becomes_maps = following is not None and block.layer.kind == "linear" and following.layer.kind != "linear"
    # With one module in between it is either the activation or the unflattening.
    if becomes_maps and block.gap in (None, 1) and not choice.activates_maps:
        act = ""
    for text, layer in _behind(block, window, act, choice):
        # A norm of channels stands behind the unflattening.
        if becomes_maps and layer is not None and layer.outputs == sized.inputs[at + 1][0] != block.layer.outputs:
            _unflatten(made, sized.inputs[at + 1])
        made.add(text, _tensors(layer, found))


def _arrive(made: LayerList, layer: FileLayer, window: Window, shape: Shape) -> None:
    """Append what a layer needs before it: a flattening, an unflattening, an enlargement."""
    if layer.kind == "linear":
        if len(shape) == 3:
            made.add(f"{window.pooling} {window.pool}")
        if len(made.shape) == 3:
            made.add("flatten")
        made.shape = (layer.inputs,)
        return
    if len(made.shape) == 1:
        _unflatten(made, shape)
    if window.enlarge > 1:
        made.add(f"upsample {window.enlarge}" + (" mode=bilinear" if window.mode == "bilinear" else ""))


def _unflatten(made: LayerList, shape: Shape) -> None:
    made.add(f"unflatten {'x'.join(map(str, shape))}")
    made.shape = shape


def _text(layer: FileLayer, window: Window, times: int = 1) -> str:
    """Return the text of a layer with weights."""
    bias = "" if layer.has_bias else " bias=false"
    outputs = times * layer.outputs
    if layer.kind == "linear":
        return f"linear {outputs}{bias}"
    sides = layer.kernel
    kernel = str(sides[0]) if sides[0] == sides[1] else f"{sides[0]}x{sides[1]}"
    text = f"{layer.kind} {outputs} kernel={kernel} stride={window.stride} padding={window.padding}"
    more = f" output_padding={window.output_padding}" if window.output_padding else ""
    return f"{text}{more}{bias}"


def _behind(block: Block, window: Window, activation: str, choice: Choice) -> list[tuple[str, FileLayer | None]]:
    """Return what follows a layer: normalizing layers of the file, the activation, and a pool."""
    texts: list[tuple[str, FileLayer | None]] = []
    pool = [(f"{window.pooling} {window.pool}", None)] if window.pool > 1 and block.layer.kind != "linear" else []
    is_active = not activation
    for layer, gap in block.beside:
        if layer.kind == "prelu":
            texts.append((f"prelu {layer.outputs}" if layer.outputs > 1 else "prelu", layer))
            is_active = True
            continue
        is_after = gap > 0 if gap is not None else not choice.normalizes_first
        if is_after and not is_active:
            texts.append((activation, None))
            is_active = True
            if pool and gap and gap > 1:
                texts += pool
                pool = []
        texts.append((_normalizing(layer, block.layer, choice), layer))
    if not is_active and block.gap != 0:
        texts.append((activation, None))
    return [*texts, *pool]


def _normalizing(layer: FileLayer, before: FileLayer, choice: Choice) -> str:
    if layer.kind == "batch_norm":
        return "batch_norm"
    # Of maps, a weight for each channel belongs to a group norm, one for each value to a layer norm.
    is_group = before.kind != "linear" and len(layer.shape) == 1
    return f"group_norm {math.gcd(choice.groups, layer.outputs)}" if is_group else "layer_norm"


def _tensors(layer: FileLayer | None, found: Mapping[str, Tensor]) -> dict[str, NamedTensor]:
    return {} if layer is None else {leaf: NamedTensor(name, found[name]) for leaf, name in layer.tensors.items()}


def _head_tensors(heads: Heads, choice: Choice, found: Mapping[str, Tensor]) -> dict[str, NamedTensor]:
    """Return the tensors of the last layer of the encoder, with all means before all log-variances."""
    first = _tensors(heads.first, found)
    if heads.second is not None:
        pair = (first, _tensors(heads.second, found))
        mean, spread = pair if choice.order == "mean first" else pair[::-1]
        # log σ² is twice log σ.
        factor = 2.0 if heads.is_named and spread_of(heads.second.name) != "log variance" else 1.0
        return {leaf: joined((mean[leaf], spread[leaf]), factor) for leaf in mean}
    if not heads.is_joined or choice.order == "mean first":
        return first
    return {
        leaf: NamedTensor(f"{each.file} ({choice.order})", _sorted(each.tensor, choice.order))
        for leaf, each in first.items()
    }


def joined(tensors: Sequence[NamedTensor], factor: float = 1.0) -> NamedTensor:
    """Return the tensors of the heads as one, by rows: of the mean, then of the log-variance times a factor."""
    mean, spread = tensors
    return NamedTensor(f"{mean.file}+{spread.file}", torch.cat((mean.tensor, factor * spread.tensor)))


def _sorted(rows: Tensor, order: HeadOrder) -> Tensor:
    """Return the rows of a joined head with all means first."""
    if order == "interleaved":
        return torch.cat((rows[0::2], rows[1::2]))
    mean, spread = rows.chunk(2)
    return torch.cat((spread, mean))
