"""A model's networks as a diagram: x → f → z → g → x̂, as polygons and texts in logical pixels. No Qt.

1. A layer is a column whose height grows with the logarithm of its size; a convolution is a stack of sheets.
2. Between two columns stands a trapezoid, which is what the weights do: amber for those of the encoder (φ), blue for
   those of the decoder (θ), as everywhere.
3. z is the bottleneck, with a ring around it.

The window paints it with Qt, `explorer.plot.network_figure` with matplotlib.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from explorer.latent.plane.overlay_parts import surrounds
from explorer.models.architecture import Architecture, LayerShape

Tone = Literal["encoder", "decoder", "code", "data", "muted"]
Point = tuple[float, float]

MIN_HEIGHT = 0.16
"""Height of the smallest layer as a share of that of the largest."""
SHEETS, SHIFT = 3, 2.5
"""Sheets of the stack of a convolution, and their distance in pixels."""
COLUMN = 5.0
"""Width of a column in pixels."""
FOLLOWING = 1.4
"""Height of a line of text in heights of its letters."""


@dataclass(frozen=True)
class DiagramShape:
    """A filled polygon with its tooltip. ``strong`` ones are columns, the others trapezoids of weights."""

    points: tuple[Point, ...]
    tone: Tone
    tip: str
    strong: bool = True


@dataclass(frozen=True)
class DiagramText:
    """A line of text, centred at ``x``; ``y`` is the middle of its height."""

    x: float
    y: float
    text: str
    tone: Tone = "muted"


@dataclass(frozen=True)
class NetworkDiagram:
    """The shapes from back to front, and the texts."""

    width: float
    height: float
    shapes: tuple[DiagramShape, ...]
    texts: tuple[DiagramText, ...]

    def tip_at(self, x: float, y: float) -> str:
        """Return the tooltip of the front shape at a point, or ""."""
        return next(
            (shape.tip for shape in reversed(self.shapes) if surrounds(np.array(shape.points), np.array([x, y]))), ""
        )


@dataclass(frozen=True)
class _Column:
    """A layer in the diagram: its middle, half its height, and its name."""

    x: float
    half: float
    layer: LayerShape
    tone: Tone
    name: str


def network_diagram(
    network: Architecture, width: float, height: float, line: float, text_width: Callable[[str], float]
) -> NetworkDiagram:
    """Return the diagram of a model in a room of this size; ``line`` and ``text_width`` are those of the texts."""
    top, foot = FOLLOWING * line, FOLLOWING * line
    columns = _columns(network, width, (height - top - foot) / 2)
    middle = top + (height - top - foot) / 2
    shapes = [*_weights(network, columns, middle), *(one for column in columns for one in _column(column, middle))]
    texts = [DiagramText(column.x, top / 2, column.name, column.tone) for column in columns if column.name]
    texts += _sizes(columns, height - line / 2, text_width)
    texts += _functions(columns, top / 2)
    return NetworkDiagram(width, height, tuple(shapes), tuple(texts))


def weights_text(network: Architecture) -> str:
    """Return the numbers of weights: ``"φ 535,044 · θ 533,776 weights"``."""
    parts = [f"φ {network.encoder_weights:,}"] if network.encoder else []
    return f"{' · '.join([*parts, f'θ {network.decoder_weights:,}'])} weights"


def described(network: Architecture) -> str:
    """Return the diagram as a sentence, for screen readers."""
    encoder = " → ".join(layer.words for layer in network.encoder[:-1])
    decoder = " → ".join(layer.words for layer in network.decoder)
    path = f"x {encoder} → z {decoder} x̂" if encoder else f"z {decoder} x̂"
    return f"{path}. {network.summary}. {weights_text(network)}"


def _columns(network: Architecture, width: float, half: float) -> list[_Column]:
    # The last layer of the encoder gives μ and log σ²; in the diagram it is z.
    layers: list[tuple[LayerShape, Tone, str]] = [(layer, "encoder", "") for layer in network.encoder[:-1]]
    if layers:
        layers[0] = (layers[0][0], "data", "x")
    layers.append((network.decoder[0], "code", "z"))
    layers += [(layer, "decoder", "") for layer in network.decoder[1:-1]]
    layers.append((network.decoder[-1], "data", "x̂"))
    # Logarithms: with true sizes, z would vanish beside x.
    largest = max(math.log(1 + layer.size) for layer, _, _ in layers)
    margin = 3 * COLUMN
    step = (width - 2 * margin) / max(1, len(layers) - 1)
    return [
        _Column(margin + number * step, half * max(MIN_HEIGHT, math.log(1 + layer.size) / largest), layer, tone, name)
        for number, (layer, tone, name) in enumerate(layers)
    ]


def _weights(network: Architecture, columns: list[_Column], middle: float) -> Iterator[DiagramShape]:
    """Yield a trapezoid between each two columns, whose tooltip says what its weights do."""
    steps = [*network.encoder[1:], *network.decoder[1:]]
    encoders = len(network.encoder[1:])
    for number, (left, right, step) in enumerate(zip(columns, columns[1:], steps, strict=False)):
        points = (
            (left.x, middle - left.half),
            (right.x, middle - right.half),
            (right.x, middle + right.half),
            (left.x, middle + left.half),
        )
        is_encoder = number < encoders
        whose = "φ, encoder" if is_encoder else "θ, decoder"
        shared = " (the matrix is that of the encoder)" if network.is_tied and not is_encoder else ""
        blocks = f", with {step.blocks} residual block{'s' if step.blocks > 1 else ''}" if step.blocks else ""
        to = (
            f"{step.words} (μ and log σ²)"
            if is_encoder and step.kind == "code" and step.size > network.latent_dim
            else step.words
        )
        tip = f"{whose}: {left.layer.words} → {to}{blocks}, {step.weights:,} weights{shared}"
        yield DiagramShape(points, "encoder" if is_encoder else "decoder", tip, strong=False)


def _column(column: _Column, middle: float) -> Iterator[DiagramShape]:
    kinds = {"input": "x", "output": "x̂, parameters of p(x|z)", "code": "z, the bottleneck"}
    what = kinds.get(column.layer.kind, "hidden layer")
    unit = "values" if len(column.layer.shape) > 1 else "units" if column.layer.kind == "dense" else "numbers"
    shape = f"{column.layer.words} = {column.layer.size:,}" if len(column.layer.shape) > 1 else column.layer.words
    tip = f"{what}: {shape} {unit}"
    if len(column.layer.shape) > 1 and column.layer.kind == "convolution":
        # Sheets one behind the other: the channels of a convolution.
        for sheet in reversed(range(SHEETS)):
            yield DiagramShape(_box(column, middle, SHIFT * (sheet - (SHEETS - 1) / 2)), column.tone, tip)
    else:
        yield DiagramShape(_box(column, middle, 0.0), column.tone, tip)


def _box(column: _Column, middle: float, shift: float) -> tuple[Point, ...]:
    left, right = column.x - COLUMN / 2 + shift, column.x + COLUMN / 2 + shift
    top, bottom = middle - column.half - shift, middle + column.half - shift
    return (left, top), (right, top), (right, bottom), (left, bottom)


def _sizes(columns: list[_Column], y: float, text_width: Callable[[str], float]) -> Iterator[DiagramText]:
    """Yield the sizes below the columns: of x, z and x̂ always, of the others where there is room."""
    taken: list[tuple[float, float]] = []
    # Those that are always shown come first.
    for column in sorted(columns, key=lambda one: not one.name):
        text = f"{column.layer.size:,}"
        half = text_width(text) / 2 + 2
        if column.name or all(column.x + half <= left or column.x - half >= right for left, right in taken):
            taken.append((column.x - half, column.x + half))
            yield DiagramText(column.x, y, text, "code" if column.tone == "code" else "muted")


def _functions(columns: list[_Column], y: float) -> Iterator[DiagramText]:
    """Yield f and g above the middles of encoder and decoder."""
    code = next(number for number, column in enumerate(columns) if column.tone == "code")
    # A model without an encoder begins with z.
    if code:
        yield DiagramText((columns[0].x + columns[code].x) / 2, y, "f, φ", "encoder")
    yield DiagramText((columns[code].x + columns[-1].x) / 2, y, "g, θ", "decoder")
