"""Finds encoder, heads and decoder in the layers of a file: the chain of sizes from the data to z and back.

1. Two layers of equal sizes that begin at the same input are the heads of mean and log-variance. Names tell which
   layers; without such names each two neighbours of equal sizes are tried, after a chain without heads.
2. A chain begins at the data, uses every layer once, and ends at the data. Layers are tried in the order of the file,
   so that its order decides where sizes do not.
3. The chain is cut after the heads; without heads where the encoder returns twice the numbers that the decoder takes
   (mean and log-variance in one layer), else where names tell, else after the narrowest layer.
4. Normalizing layers are put behind the layer that they follow in the file, or the next one of their size.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from explorer.models.weight_import.file_layers import WEIGHTED, FileLayer
from explorer.models.weight_import.layer_names import head_of, modules_between, side_of

MAX_STEPS = 20_000
"""Maximum number of layers that are tried before the search ends."""


@dataclass(frozen=True)
class Heads:
    """The last layer of the encoder: of the code, of mean and log-variance jointly, or one of each.

    Attributes
    ----------
    first, second
        The layers in the order mean, log-variance if ``is_named``; ``second`` is None for a single layer.
    is_joined
        Whether a single layer returns mean and log-variance.
    beside, gap
        As in `Block`, for the code of an autoencoder.
    """

    first: FileLayer
    second: FileLayer | None = None
    is_joined: bool = False
    is_named: bool = False
    beside: tuple[tuple[FileLayer, int | None], ...] = ()
    gap: int | None = None

    @property
    def has_variance(self) -> bool:
        """Whether the file is that of a VAE."""
        return self.is_joined or self.second is not None


@dataclass(frozen=True)
class Block:
    """A layer with weights and what follows it up to the next one.

    Attributes
    ----------
    beside
        Normalizing layers and PReLUs, each with the number of modules without weights before it; None if unknown.
    gap
        The number of modules without weights before the next block; None if unknown.
    """

    layer: FileLayer
    beside: tuple[tuple[FileLayer, int | None], ...] = ()
    gap: int | None = None


@dataclass(frozen=True)
class NetworkParts:
    """The layers of an autoencoder: those before the heads, the heads, and those of the decoder."""

    encoder: tuple[Block, ...]
    heads: Heads
    decoder: tuple[Block, ...]


def network_parts(layers: Sequence[FileLayer], shape: tuple[int, ...]) -> Iterator[NetworkParts]:
    """Yield the ways to read layers as encoder, heads and decoder, the most likely first.

    Parameters
    ----------
    shape
        The shape of a sample; the sides of pictures may be others in the file.
    """
    weighted = [layer for layer in layers if layer.kind in WEIGHTED]
    for heads in possible_heads(weighted):
        for chain, cut in _Search(weighted, heads, shape).chains():
            yield from _with_beside(chain, cut, heads, layers)


def possible_heads(layers: Sequence[FileLayer]) -> Iterator[Heads | None]:
    """Yield the layers that may be heads of mean and log-variance, and None for a network without such a pair."""
    named = [layer for layer in layers if head_of(layer.name) == "log_variance"]
    for spread in named:
        alike = [each for each in layers if each is not spread and _is_alike(each, spread) and each not in named]
        # pythae calls the mean "embedding", others "fc21" or nothing in particular.
        alike.sort(key=lambda each: (head_of(each.name) != "mean", abs(layers.index(each) - layers.index(spread))))
        yield from (Heads(mean, spread, is_named=True) for mean in alike[:1])
    yield None
    for first, second in pairwise(layers):
        if _is_alike(first, second):
            yield Heads(first, second)


def _is_alike(one: FileLayer, other: FileLayer) -> bool:
    return (one.kind, one.shape) == (other.kind, other.shape)


class _Search:
    """A depth-first search for chains of layers; the second of two heads is left out of them."""

    def __init__(self, layers: Sequence[FileLayer], heads: Heads | None, shape: tuple[int, ...]) -> None:
        self._layers = [layer for layer in layers if heads is None or layer is not heads.second]
        self._heads, self._shape = heads, shape
        self._steps = 0
        self._has_transposed = any(each.kind == "transposed_conv" and not each.is_either for each in layers)

    def chains(self) -> Iterator[tuple[list[FileLayer], int]]:
        """Yield chains, each with the number of its layers in the encoder."""
        yield from self._longer([], 0)

    def _longer(self, chain: list[FileLayer], cut: int) -> Iterator[tuple[list[FileLayer], int]]:
        used = {layer.name for layer in chain}
        if len(chain) == len(self._layers):
            if self._ends_at_data(chain[-1]) and (cut or self._heads is None):
                at = cut or _narrowest(chain)
                yield from [(chain, at)] if at else []
            return
        for layer in self._layers:
            for each in self._variants(layer, cut) if layer.name not in used else ():
                self._steps += 1
                if self._steps > MAX_STEPS:
                    return
                now = self._cut_before(chain, each, cut)
                if now is not None:
                    yield from self._longer([*chain, each], now)

    def _variants(self, layer: FileLayer, cut: int) -> list[FileLayer]:
        """Return a layer, and as a transposed one if it may be that, the more likely first."""
        if not layer.is_either:
            return [layer]
        is_decoder = side_of(layer.name) == "decoder" or (cut > 0 and side_of(layer.name) is None)
        prefers_transposed = layer.kind == "transposed_conv" or (is_decoder and self._has_transposed)
        both = sorted((layer, layer.turned()), key=lambda each: (each.kind == "transposed_conv") != prefers_transposed)
        return both if is_decoder else both[:1] if not prefers_transposed else both

    def _cut_before(self, chain: list[FileLayer], layer: FileLayer, cut: int) -> int | None:
        """Return the number of layers in the encoder if a layer may follow a chain, 0 if not known yet; else None."""
        if not chain:
            return 0 if self._begins_at_data(layer) else None
        before = chain[-1]
        if side_of(layer.name) == "encoder" and (cut or side_of(before.name) == "decoder"):
            return None
        if self._heads is not None:
            if before.name == self._heads.first.name:
                return len(chain) if _follows(before, layer) else None
            return cut if _follows(before, layer) else None
        if _follows(before, layer):
            return cut
        # A layer of mean and log-variance: the decoder takes half of its numbers.
        return len(chain) if not cut and _follows(before, layer, share=2) else None

    def _begins_at_data(self, layer: FileLayer) -> bool:
        is_first = side_of(layer.name) != "decoder" and layer.kind != "transposed_conv"
        return is_first and self._is_data(layer.inputs, layer)

    def _ends_at_data(self, layer: FileLayer) -> bool:
        return side_of(layer.name) != "encoder" and self._is_data(layer.outputs, layer)

    def _is_data(self, size: int, layer: FileLayer) -> bool:
        if len(self._shape) != 3:
            return layer.kind == "linear" and size == math.prod(self._shape)
        if layer.kind != "linear":
            return size == self._shape[0]
        side = math.isqrt(size // self._shape[0])
        return size == math.prod(self._shape) or size == self._shape[0] * side * side


def _follows(before: FileLayer, layer: FileLayer, share: int = 1) -> bool:
    """Return whether the outputs of a layer, or a share of them, are the inputs of another."""
    if before.outputs % share:
        return False
    outputs = before.outputs // share
    if before.kind != "linear" and layer.kind == "linear":
        return layer.inputs % outputs == 0  # flattened
    if before.kind == "linear" and layer.kind != "linear":
        return outputs % layer.inputs == 0  # unflattened
    return layer.inputs == outputs


def _narrowest(chain: Sequence[FileLayer]) -> int:
    """Return the number of layers up to the code of an autoencoder without heads; 0 if there is no place for it."""
    sides = [side_of(layer.name) for layer in chain]
    if "encoder" in sides and "decoder" in sides:
        return sides.index("decoder")
    first = next((at for at, layer in enumerate(chain) if layer.kind == "transposed_conv"), None)
    last = len(chain) - 1 if first is None else first
    linear = [at for at in range(1, last + 1) if chain[at - 1].kind == "linear"]
    middle = len(chain) // 2 if first is None else first
    # Channels say little of the size of a picture: without linear layers the first transposed one begins the decoder.
    return min(linear, key=lambda at: (chain[at - 1].outputs, abs(2 * at - len(chain))), default=middle)


def _with_beside(
    chain: Sequence[FileLayer], cut: int, heads: Heads | None, layers: Sequence[FileLayer]
) -> Iterator[NetworkParts]:
    """Yield the parts with their normalizing layers; nothing if one of these has no place."""
    beside = _places(chain, [layer.name for layer in layers], [each for each in layers if each.kind not in WEIGHTED])
    if beside is None:
        return
    blocks = []
    for at, layer in enumerate(chain):
        names = [layer.name, *(each.name for each in beside.get(at, []))]
        gaps = [modules_between(*pair) for pair in pairwise(names)]
        after = modules_between(names[-1], chain[at + 1].name) if at + 1 < len(chain) else None
        blocks.append(Block(layer, tuple(zip(beside.get(at, []), gaps, strict=True)), after))
    code = blocks[cut - 1]
    possible = [heads] if heads is not None else _single_heads(code, chain[cut])
    yield from (
        NetworkParts(tuple(blocks[: cut - 1]), each, tuple(blocks[cut:]))
        for each in possible
        if not (each.has_variance and code.beside)
    )


def _single_heads(code: Block, after: FileLayer) -> Iterator[Heads]:
    """Yield what the last layer of an encoder may be: the code, or mean and log-variance in one."""
    if _follows(code.layer, after):
        yield Heads(code.layer, beside=code.beside, gap=code.gap)
    if _follows(code.layer, after, share=2):
        yield Heads(code.layer, is_joined=True)


def _places(
    chain: Sequence[FileLayer], order: Sequence[str], beside: Sequence[FileLayer]
) -> dict[int, list[FileLayer]] | None:
    """Return the normalizing layers and PReLUs by the position of the layer before them; None if one has no place."""
    position = {layer.name: at for at, layer in enumerate(chain)}
    places: dict[int, list[FileLayer]] = {}
    for layer in beside:
        earlier = [position[name] for name in order[: order.index(layer.name)] if name in position]
        kinds = [
            at
            for at, each in enumerate(chain)
            if _fits_behind(layer, each) and all(other.kind != layer.kind for other in places.get(at, []))
        ]
        # "conv1, conv2, bn1, bn2" in a file: equal numbers belong together.
        own = [at for at in kinds if _number(chain[at].name) == _number(layer.name) and _has_parent(layer, chain[at])]
        wanted = earlier[-1:] if layer.name.rpartition(".")[2].isdigit() else [*own, *earlier[-1:]]
        at = next((each for each in wanted if each in kinds), min(kinds, default=None))
        if at is None:
            return None
        places.setdefault(at, []).append(layer)
    return places


def _fits_behind(beside: FileLayer, layer: FileLayer) -> bool:
    if beside.kind == "prelu" and beside.outputs == 1:
        return True
    return beside.outputs == layer.outputs


def _has_parent(one: FileLayer, other: FileLayer) -> bool:
    return one.name.rpartition(".")[0] == other.name.rpartition(".")[0]


def _number(name: str) -> str:
    return "".join(re.findall(r"\d+", name.rpartition(".")[2])[-1:])
