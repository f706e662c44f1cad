"""Networks given layer by layer: each layer is a short text, such as ``conv 32 kernel=4 stride=2 padding=1``.

1. `explorer.models.layer_text` splits a text into the kind of the layer, its numbers and its options.
2. The function of the kind, from `KINDS`, makes the layer for the shape that arrives, and computes the shape that the
   layer returns. Nothing is run, so that a form can follow every key press; a test compares the shapes with torch's.
3. That shape arrives at the next layer. So a text has no number of inputs, and an error names the layer that is wrong.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from explorer.config import ConfigError
from explorer.models.layer_text import LayerSyntax, LayerText, Shape, Sides, read_layer, words
from explorer.models.layers import ACTIVATIONS, Affine, SeededDropout

LayerSize = tuple[str, Shape, int]
"""The kind of a layer, the shape that it returns for one sample, and the number of its weights."""

ENCODER, DECODER = "model.encoder_layers", "model.decoder_layers"
MAX_LAYERS = 128
"""Maximum number of layers of a list."""
MAX_VALUES = 2**24
"""Maximum number of values that a layer returns for one sample."""


@dataclass(frozen=True)
class LayerStep:
    """A layer and its place in the list.

    Attributes
    ----------
    name
        The name of its kind: ``"conv"``.
    shape
        The shape that it returns for one sample.
    """

    name: str
    module: nn.Module
    shape: Shape


def build_layers(items: Sequence[str], shape: Shape, setting: str = "layers") -> nn.Sequential:
    """Build the layers of a list; the layer at position i of the list is child i of the result.

    Parameters
    ----------
    shape
        The shape of one sample that arrives: (features,) or (channels, height, width).
    setting
        The name of the list in messages.

    Raises
    ------
    ConfigError
        If a text cannot be read or does not fit the shape that arrives; the message names it and says what to write.
    """
    return nn.Sequential(*(step.module for step in layer_steps(items, shape, setting)))


def layer_sizes(items: Sequence[str], shape: Shape, setting: str = "layers") -> list[LayerSize]:
    """Return the kind of each layer, the shape that it returns, and the number of its weights; nothing is allocated.

    Raises
    ------
    ConfigError
        As `build_layers`.
    """
    # Without memory for the weights, which may be more than there is.
    with torch.device("meta"):
        return [
            (step.name, step.shape, sum(weights.numel() for weights in step.module.parameters()))
            for step in layer_steps(items, shape, setting)
        ]


def output_shape(items: Sequence[str], shape: Shape, setting: str = "layers") -> Shape:
    """Return the shape that a list of layers returns for one sample of ``shape``.

    Raises
    ------
    ConfigError
        As `build_layers`.
    """
    return [shape, *(after for _, after, _ in layer_sizes(items, shape, setting))][-1]


def encoder_sizes(items: Sequence[str], shape: Shape, outputs: int, latent_dim: int) -> list[LayerSize]:
    """Return the `layer_sizes` of an encoder for samples of ``shape``.

    Raises
    ------
    ConfigError
        As `build_layers`, and if the list does not return ``outputs`` numbers; the message has both.
    """
    sizes = layer_sizes(items, shape, ENCODER)
    if not sizes:
        raise ConfigError(f"{ENCODER} has no layers: write for example flatten,linear 400,relu,linear {outputs}")
    found = sizes[-1][1]
    if found == (outputs,):
        return sizes
    # Only what is missing is suggested, so that the sentence can be followed word by word.
    ends = (["'flatten'"] if len(found) > 1 else []) + ([f"'linear {outputs}'"] if math.prod(found) != outputs else [])
    what = "the code" if outputs == latent_dim else "all means, then all log-variances"
    raise ConfigError(
        f"{ENCODER} returns {_numbers(found)}, but {outputs} numbers are needed ({what}, for model.latent_dim = "
        f"{latent_dim}): end it with {' and '.join(ends)}"
    )


def decoder_sizes(items: Sequence[str], inputs: int, shape: Shape) -> list[LayerSize]:
    """Return the `layer_sizes` of a decoder of ``inputs`` numbers, for parameters of p(x|z) of ``shape``.

    Raises
    ------
    ConfigError
        As `build_layers`, and if the list returns neither this shape nor as many numbers; the message has both.
    """
    sizes, size = layer_sizes(items, (inputs,), DECODER), math.prod(shape)
    if not sizes:
        raise ConfigError(f"{DECODER} has no layers: write for example linear 400,relu,linear {size}")
    # A row of as many numbers is reshaped by the model.
    if sizes[-1][1] in ((size,), shape):
        return sizes
    raise ConfigError(
        f"{DECODER} returns {_numbers(sizes[-1][1])}, but p(x|z) needs {_numbers(shape)}: end it with 'linear {size}', "
        "or with layers that return this shape"
    )


def _numbers(shape: Shape) -> str:
    return words(shape) + (" numbers" if len(shape) == 1 else "")


def layer_steps(items: Sequence[str], shape: Shape, setting: str = "layers") -> Iterator[LayerStep]:
    """Yield the layers of a list, built on torch's default device; arguments and errors are those of `build_layers`."""
    for place, text in enumerate(items, start=1):
        read = read_layer(text, f"{setting}: layer {place}, {text!r}", KINDS)
        needed = read.kind.rank
        if needed and len(shape) != needed:
            raise read.error(_wrong_rank(needed, shape), example=False)
        # The shape that this layer returns arrives at the next one.
        module, shape = read.kind.make(read, shape)
        if min(shape) < 1:
            raise read.error(f"it leaves nothing of the picture ({words(shape)})", example=False)
        if math.prod(shape) > MAX_VALUES:
            raise read.error(f"it returns {math.prod(shape):,} values per sample; the limit is {MAX_VALUES:,}")
        yield LayerStep(read.name, module, shape)


def _wrong_rank(needed: int, shape: Shape) -> str:
    if needed == 1:
        return f"it needs numbers in a row, but a picture of {words(shape)} arrives: write 'flatten' before it"
    return f"it needs a picture, but {words(shape)} numbers arrive: write for example 'unflatten 64x7x7' before it"


def _linear(text: LayerText, shape: Shape) -> tuple[nn.Module, Shape]:
    outputs = text.count()
    return nn.Linear(shape[0], outputs, bias=text.bias), (outputs,)


def _conv(text: LayerText, shape: Shape) -> tuple[nn.Module, Shape]:
    channels, (kernel, stride, padding) = text.count(), _window(text)
    layer = nn.Conv2d(shape[0], channels, kernel, stride, padding, bias=text.bias)
    return layer, (channels, *_shrunk(text, shape, kernel, stride, padding))


def _transposed_conv(text: LayerText, shape: Shape) -> tuple[nn.Module, Shape]:
    channels, (kernel, stride, padding) = text.count(), _window(text)
    more = text.sides("output_padding", (0, 0), least=0)
    # torch says so only when the layer runs.
    if any(extra >= step for extra, step in zip(more, stride, strict=True)):
        raise text.error("output_padding must be smaller than stride")
    layer = nn.ConvTranspose2d(shape[0], channels, kernel, stride, padding, more, bias=text.bias)
    sides = tuple(
        (side - 1) * stride[axis] - 2 * padding[axis] + kernel[axis] + more[axis] for axis, side in enumerate(shape[1:])
    )
    return layer, (channels, *sides)


def _pool(layer: Callable[..., nn.Module]) -> Callable[[LayerText, Shape], tuple[nn.Module, Shape]]:
    def make(text: LayerText, shape: Shape) -> tuple[nn.Module, Shape]:
        kernel = text.pair(text.numbers[0], "the window")
        # As in torch, windows do not overlap by default.
        stride, padding = text.sides("stride", kernel), text.sides("padding", (0, 0), least=0)
        # torch refuses more, but only when the layer runs.
        if any(2 * extra > side for extra, side in zip(padding, kernel, strict=True)):
            raise text.error("padding must be at most half of the window")
        return layer(kernel, stride, padding), (shape[0], *_shrunk(text, shape, kernel, stride, padding))

    return make


def _window(text: LayerText) -> tuple[Sides, Sides, Sides]:
    """Return the kernel, the stride and the padding of a convolution."""
    return text.sides("kernel", (1, 1)), text.sides("stride", (1, 1)), text.sides("padding", (0, 0), least=0)


def _shrunk(text: LayerText, shape: Shape, kernel: Sides, stride: Sides, padding: Sides) -> Shape:
    """Return height and width after a window has been moved over a padded picture."""
    room = [side + 2 * padding[axis] - kernel[axis] for axis, side in enumerate(shape[1:])]
    if min(room) < 0:
        raise text.error(f"its window is larger than the picture of {words(shape[1:])} that arrives", example=False)
    # A window that would reach beyond the padded picture is left out, as torch does.
    return tuple(rest // step + 1 for rest, step in zip(room, stride, strict=True))


def _upsample(text: LayerText, shape: Shape) -> tuple[nn.Module, Shape]:
    factors = text.pair(text.numbers[0], "the factor")
    mode = text.options.get("mode", "nearest")
    if mode not in ("nearest", "bilinear"):
        raise text.error(f"mode = {mode} must be nearest or bilinear")
    scale = tuple(float(factor) for factor in factors)
    sides = (shape[0], shape[1] * factors[0], shape[2] * factors[1])
    return nn.Upsample(scale_factor=scale, mode=mode, align_corners=False if mode == "bilinear" else None), sides


def _batch_norm(text: LayerText, shape: Shape) -> tuple[nn.Module, Shape]:
    # One word for both: the shape that arrives tells which one is meant.
    layer = nn.BatchNorm1d if len(shape) == 1 else nn.BatchNorm2d
    return layer(shape[0], eps=text.decimal("eps", 1e-5)), shape


def _layer_norm(text: LayerText, shape: Shape) -> tuple[nn.Module, Shape]:
    return nn.LayerNorm(shape, eps=text.decimal("eps", 1e-5)), shape


def _group_norm(text: LayerText, shape: Shape) -> tuple[nn.Module, Shape]:
    groups = text.count()
    if shape[0] % groups:
        raise text.error(f"{shape[0]} channels cannot be divided into {groups} equal groups", example=False)
    return nn.GroupNorm(groups, shape[0], eps=text.decimal("eps", 1e-5)), shape


def _dropout(text: LayerText, shape: Shape) -> tuple[nn.Module, Shape]:
    share = text.real(0)
    if not 0 <= share < 1:
        raise text.error(f"the share {share:g} must be at least 0 and below 1")
    return SeededDropout(share), shape


def _flatten(text: LayerText, shape: Shape) -> tuple[nn.Module, Shape]:
    return nn.Flatten(), (math.prod(shape),)


def _unflatten(text: LayerText, shape: Shape) -> tuple[nn.Module, Shape]:
    sides = text.shape(text.numbers[0])
    if math.prod(sides) != shape[0]:
        raise text.error(f"{words(sides)} are {math.prod(sides):,} numbers, but {shape[0]:,} arrive", example=False)
    # Dimension 0 counts the samples of a batch.
    return nn.Unflatten(1, sides), sides


def _leaky_relu(text: LayerText, shape: Shape) -> tuple[nn.Module, Shape]:
    return nn.LeakyReLU(text.real(0, 0.01)), shape


def _prelu(text: LayerText, shape: Shape) -> tuple[nn.Module, Shape]:
    count = text.count() if text.numbers else 1
    if count not in (1, shape[0]):
        raise text.error(f"it needs 1 slope or one for each of {shape[0]} channels, not {count}")
    return nn.PReLU(count), shape


def _affine(text: LayerText, shape: Shape) -> tuple[nn.Module, Shape]:
    return Affine(text.real(0), text.real(1)), shape


def _activation(name: str) -> LayerSyntax:
    return LayerSyntax(lambda text, shape: (ACTIVATIONS[name](), shape), name)


_WINDOW = ("kernel", "stride", "padding")

KINDS: dict[str, LayerSyntax] = {
    "linear": LayerSyntax(_linear, "linear 400", (1, 1), ("bias",), rank=1),
    "conv": LayerSyntax(_conv, "conv 32 kernel=4 stride=2 padding=1", (1, 1), (*_WINDOW, "bias"), ("kernel",), rank=3),
    "transposed_conv": LayerSyntax(
        _transposed_conv, "transposed_conv 32 kernel=4 stride=2 padding=1", (1, 1),
        (*_WINDOW, "output_padding", "bias"), ("kernel",), rank=3,
    ),
    "batch_norm": LayerSyntax(_batch_norm, "batch_norm", options=("eps",)),
    "layer_norm": LayerSyntax(_layer_norm, "layer_norm", options=("eps",)),
    "group_norm": LayerSyntax(_group_norm, "group_norm 8", (1, 1), ("eps",)),
    "dropout": LayerSyntax(_dropout, "dropout 0.2", (1, 1)),
    "max_pool": LayerSyntax(_pool(nn.MaxPool2d), "max_pool 2", (1, 1), ("stride", "padding"), rank=3),
    "average_pool": LayerSyntax(_pool(nn.AvgPool2d), "average_pool 2", (1, 1), ("stride", "padding"), rank=3),
    "upsample": LayerSyntax(_upsample, "upsample 2 mode=bilinear", (1, 1), ("mode",), rank=3),
    "flatten": LayerSyntax(_flatten, "flatten"),
    "unflatten": LayerSyntax(_unflatten, "unflatten 64x7x7", (1, 1), rank=1),
    **{name: _activation(name) for name in ACTIVATIONS},
    "leaky_relu": LayerSyntax(_leaky_relu, "leaky_relu 0.01", (0, 1)),
    "prelu": LayerSyntax(_prelu, "prelu", (0, 1)),
    "affine": LayerSyntax(_affine, "affine 2 -1", (2, 2)),
}  # fmt: skip
"""The kinds of layers by name."""
