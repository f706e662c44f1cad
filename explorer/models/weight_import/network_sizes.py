"""Finds strides, paddings, pools and enlargements of convolutions, which a file of weights does not tell.

1. The sizes of the kernels are those of the weights. The picture at the beginning and the number of values at each
   linear layer are known, so that only some strides and paddings fit.
2. A search by cost finds those that fit: usual ones cost nothing (a kernel of 4 with stride 2 and padding 1), unusual
   ones more, and so do layers that differ from the one before.
3. The cheapest few are returned; the reconstruction decides between them.
"""

import heapq
import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from explorer.models.weight_import.network_parts import Block, NetworkParts

Shape = tuple[int, ...]

MAX_COST = 3.0
"""Maximum cost of a network."""
MAX_DIFFERENCE = 2.5
"""Maximum difference of the cost from that of the most usual way."""
MAX_VISITS = 3
"""Maximum number of ways to the same shape after the same layer that are followed."""
MAX_WAYS = 12
"""Maximum number of ways that are returned."""
_OTHER_KIND = 0.4
"""Cost of a layer whose stride and padding differ from those of the one before."""
_PER_DOUBLING = 0.3
"""Cost of twice as many positions in a code of maps."""
_OTHER_SIDES = {32: 1.0, 64: 1.0, 28: 1.5, 96: 1.5, 128: 1.5, 48: 1.5, 16: 1.5, 224: 1.5, 256: 1.5}
"""Costs of sides of the picture that are not those of the data."""


@dataclass(frozen=True)
class Window:
    """How a convolution moves, and how the picture changes size beside it.

    Attributes
    ----------
    pool
        Side of a pool after the layer; 1 for none.
    enlarge
        Factor by which the picture grows before the layer; 1 for none.
    output_padding
        Of a transposed convolution.
    """

    stride: int = 1
    padding: int = 0
    output_padding: int = 0
    pool: int = 1
    pooling: Literal["max_pool", "average_pool"] = "max_pool"
    enlarge: int = 1
    mode: Literal["nearest", "bilinear"] = "nearest"


@dataclass(frozen=True)
class SizedNetwork:
    """A window for each layer, the shape that arrives at each, and the shape at the end."""

    windows: tuple[Window, ...]
    inputs: tuple[Shape, ...]
    output: Shape
    cost: float


@dataclass(frozen=True)
class SizedParts:
    """Encoder (with its heads) and decoder with all sizes, for pictures of ``shape``; ``price`` says how unusual."""

    shape: Shape
    encoder: SizedNetwork
    decoder: SizedNetwork
    latent_dim: int
    price: float = 0.0


def sized_parts(parts: NetworkParts, shape: Shape, most: int = 8) -> list[SizedParts]:
    """Return the ways in which a network maps samples of ``shape`` to z and back, the most usual first.

    Pictures of another side than that of the data are among them if these fit nearly as well.
    """
    found: list[SizedParts] = []
    for each, price in _possible_shapes(parts, shape):
        best = min((one.price for one in found), default=MAX_COST - MAX_DIFFERENCE)
        limit = best + MAX_DIFFERENCE - price
        fitting = sorted(_fitting(parts, each, most, limit), key=lambda one: one.price)[:most]
        # All that are about as usual as the first, and one more.
        near = [one for at, one in enumerate(fitting) if at < 2 or one.price <= fitting[0].price + 0.5]
        found += [replace(one, price=one.price + price) for one in near]
    found.sort(key=lambda one: one.price)
    least = found[0].price if found else 0.0
    return [replace(one, price=one.price - least) for one in found if one.price <= least + MAX_DIFFERENCE][:MAX_WAYS]


def _possible_shapes(parts: NetworkParts, shape: Shape) -> Iterator[tuple[Shape, float]]:
    yield shape, 0.0
    if len(shape) != 3:
        return
    first = (*parts.encoder, Block(parts.heads.first))[0].layer
    if first.kind == "linear":
        side = math.isqrt(first.inputs // shape[0])
        if side and shape[0] * side * side == first.inputs:
            yield (shape[0], side, side), 2.0
        return
    yield from (((shape[0], side, side), price) for side, price in _OTHER_SIDES.items() if shape[1:] != (side, side))


def _fitting(parts: NetworkParts, shape: Shape, most: int, limit: float) -> Iterator[SizedParts]:
    heads = parts.heads
    code = Block(heads.first, heads.beside)
    for encoder in sized_networks((*parts.encoder, code), shape, None, grows=False, most=most, limit=limit):
        count = math.prod(encoder.output)
        latent_dim = count // 2 if heads.is_joined else count
        for decoder in sized_networks(
            parts.decoder, (latent_dim,), shape, grows=True, most=most, limit=limit - encoder.cost
        ):
            yield SizedParts(shape, encoder, decoder, latent_dim, encoder.cost + decoder.cost)


def sized_networks(
    blocks: Sequence[Block], shape: Shape, end: Shape | None, *, grows: bool, most: int = 4, limit: float = MAX_COST
) -> list[SizedNetwork]:
    """Return the ways in which layers map one shape to another, the most usual first.

    Parameters
    ----------
    shape
        The shape that arrives: (features,) or (channels, height, width).
    end
        The shape that must be reached, or as many numbers in a row; None for any.
    grows
        Whether the layers are those of a decoder, which enlarge pictures; those of an encoder shrink them.
    limit
        Maximum cost.
    """
    found: list[SizedNetwork] = []
    ticket = itertools.count()
    queue: list[tuple[float, int, tuple[Window, ...], tuple[Shape, ...], Shape]] = [(0.0, next(ticket), (), (), shape)]
    # The ways to one state differ in the past alone: the cheapest few of them are enough.
    visits: Counter[tuple[object, ...]] = Counter()
    while queue and len(found) < most:
        cost, _, windows, inputs, now = heapq.heappop(queue)
        at = len(windows)
        state = (at, now, windows[-1:])
        visits[state] += 1
        if visits[state] > MAX_VISITS:
            continue
        if at == len(blocks):
            if end is None or now in (end, (math.prod(end),)):
                found.append(SizedNetwork(windows, inputs, now, cost))
            continue
        for window, arriving, after, price in _priced_steps(blocks, windows, now, end, grows=grows):
            if cost + price <= min(limit, found[0].cost + MAX_DIFFERENCE if found else limit):
                heapq.heappush(queue, (cost + price, next(ticket), (*windows, window), (*inputs, arriving), after))
    return found


def _priced_steps(
    blocks: Sequence[Block], windows: tuple[Window, ...], now: Shape, end: Shape | None, *, grows: bool
) -> Iterator[tuple[Window, Shape, Shape, float]]:
    """Yield the windows of the next layer, with the shapes before and after it, and the cost."""
    at = len(windows)
    layer = blocks[at].layer
    ends_in_maps = end is None and at == len(blocks) - 1 and layer.kind != "linear"
    for arriving, more in _arrivals(blocks[at], now):
        for window, price, after in _steps(blocks, at, arriving, grows=grows):
            if end is not None and any(side > 2 * last for side, last in zip(after[1:], end[1:], strict=False)):
                continue
            # A kernel over the whole picture, or from one position, has no stride that could be unusual.
            is_whole = window == Window() and arriving[1:] in (layer.kernel, (1, 1))
            total = more + (0.0 if is_whole else price)
            total += 0.0 if is_whole or _is_usual(blocks, at, window, windows) else _OTHER_KIND
            # A code of maps: nothing else says how far they shrink, and a code is meant to be small.
            total += _PER_DOUBLING * math.log2(math.prod(after[1:])) if ends_in_maps else 0.0
            yield window, arriving, after, total


def _arrivals(block: Block, now: Shape) -> Iterator[tuple[Shape, float]]:
    """Yield the shapes in which values can arrive at a layer, flattened or unflattened, with their costs."""
    layer = block.layer
    if layer.kind == "linear":
        if math.prod(now) == layer.inputs:
            yield (layer.inputs,), 0.0
        elif len(now) == 3 and now[0] == layer.inputs and now[1] == now[2]:
            yield now, 1.0  # one number for each channel: a pool over the whole picture
        return
    if len(now) == 3:
        if now[0] == layer.inputs:
            yield now, 0.0
        return
    places = now[0] // layer.inputs
    for height in range(1, math.isqrt(places) + 1):
        if places % height == 0 and places // height <= 2 * height:
            sides = sorted({(height, places // height), (places // height, height)})
            yield from (((layer.inputs, *each), 0.0 if each[0] == each[1] else 1.0) for each in sides)


def _steps(blocks: Sequence[Block], at: int, shape: Shape, *, grows: bool) -> Iterator[tuple[Window, float, Shape]]:
    """Yield what a layer can do with what arrives: the window, its cost, and the shape after it."""
    block = blocks[at]
    layer = block.layer
    if layer.kind == "linear":
        whole = shape[1] if len(shape) == 3 else 1
        yield Window(pool=whole, pooling="average_pool"), 0.0, (layer.outputs,)
        return
    if layer.kind == "transposed_conv":
        for window, cost in _transposed_windows(layer.kernel):
            sides = [
                (side - 1) * window.stride - 2 * window.padding + kernel + window.output_padding
                for side, kernel in zip(shape[1:], layer.kernel, strict=True)
            ]
            if min(sides) >= 1:
                yield window, cost, (layer.outputs, *sides)
        return
    gap_before = _gap_before(blocks, at)
    for window, cost in _windows(layer.kernel, grows=grows and gap_before != 0, pools=_may_pool(block) and not grows):
        enlarged = [side * window.enlarge + 2 * window.padding for side in shape[1:]]
        if any(side < kernel for side, kernel in zip(enlarged, layer.kernel, strict=True)):
            continue
        sides = [
            ((side - kernel) // window.stride + 1) // window.pool
            for side, kernel in zip(enlarged, layer.kernel, strict=True)
        ]
        if min(sides) >= 1:
            yield window, cost, (layer.outputs, *sides)


def _gap_before(blocks: Sequence[Block], at: int) -> int | None:
    return blocks[at - 1].gap if at else None


def _may_pool(block: Block) -> bool:
    """Return whether modules without weights that follow a layer may be an activation and a pool."""
    gaps = [gap for _, gap in block.beside] + [block.gap]
    return None in gaps or sum(gap or 0 for gap in gaps) >= 2


def _is_usual(blocks: Sequence[Block], at: int, window: Window, windows: Sequence[Window]) -> bool:
    """Return whether a window is that of the last convolution of the same kind and kernel, or there is none."""
    layer = blocks[at].layer
    for earlier in range(at - 1, -1, -1):
        other = blocks[earlier].layer
        if (other.kind, other.kernel) == (layer.kind, layer.kernel):
            return windows[earlier] == window
    return True


def _windows(kernel: tuple[int, int], *, grows: bool, pools: bool) -> Iterator[tuple[Window, float]]:
    """Yield the windows of a convolution with their costs."""
    side = max(kernel)
    same = (side - 1) // 2
    for stride, padding in itertools.product((1, 2, 3), range(side // 2 + 1)):
        if side == 1 and (stride, padding) != (1, 0):
            continue
        cost = 0.6 * max(0, stride - 2) + (0 if padding == same else 0.5 if padding == 0 else 1.2)
        if grows and stride > 1:
            continue
        # A kernel of an even side never keeps the size of a picture.
        cost += 1.5 if stride == 1 and side % 2 == 0 and padding == same > 0 else 0.0
        yield Window(stride, padding), cost
        if pools:
            yield Window(stride, padding, pool=2), cost + (0.2 if stride == 1 else 1.5)
            yield Window(stride, padding, pool=2, pooling="average_pool"), cost + (0.9 if stride == 1 else 2.2)
        if grows and padding == same:
            yield Window(stride, padding, enlarge=2), cost + 0.2
            yield Window(stride, padding, enlarge=2, mode="bilinear"), cost + 0.9


def _transposed_windows(kernel: tuple[int, int]) -> Iterator[tuple[Window, float]]:
    """Yield the windows of a transposed convolution with their costs; those that double a picture cost least."""
    side = max(kernel)
    same = (side - 1) // 2
    for stride, padding in itertools.product((1, 2, 3), range(side // 2 + 1)):
        for more in range(min(stride, 2)):
            doubles = stride == 2 and side - 2 * padding + more == 2
            keeps = stride == 1 and side % 2 == 1 and padding == same
            cost = 0.0 if doubles or keeps else 0.3 if padding == same else 0.5 if padding == 0 else 1.2
            yield Window(stride, padding, more), cost + 0.6 * max(0, stride - 2) + 0.2 * (more and not doubles)
