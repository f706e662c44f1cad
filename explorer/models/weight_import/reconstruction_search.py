"""Searches for the network that reconstructs the data: activation, output, values, order of heads, sizes.

1. A few activations, all value ranges, orders of the heads, sizes and positions of activations are tried together on
   very few samples, and the best of them again on more.
2. For the best few of them all activations are tried, then what is left, such as the number of groups of a group norm.
3. The best few are returned, to be measured on still more samples.

A network runs once for all activations of its last layer, which only change what it returns.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from explorer.models.layer_list import build_layers
from explorer.models.weight_import.layer_lists import Choice, LayerList, ValueRange, decoder_list, encoder_list
from explorer.models.weight_import.network_parts import NetworkParts
from explorer.models.weight_import.network_sizes import Shape
from explorer.models.weight_import.norm_statistics import mismatch_of, recorded_differences, worse_by
from explorer.models.weight_import.open_questions import Options, alike, unusualness

COARSE = ("relu", "tanh", "leaky_relu 0.2")
"""The activations that are tried first; the others are each close to one of them."""
FEWEST, FEW = 8, 32
"""Smallest and largest number of samples in the search; its first step takes the smallest."""
KEPT = 40
"""Number of choices that are tried again after the first step."""
MAX_WORK = 5e8
"""Number of multiplications that a network may take in the search."""
STARTS = 3
"""Number of choices whose neighbours are tried."""
RANKED = 6
"""Number of choices that are returned."""


@dataclass(frozen=True, eq=False)
class Measured:
    """A choice with its lists of layers, and its errors.

    Attributes
    ----------
    errors
        (samples,): the squared error of each sample, as a share of that of the best constant.
    mismatch
        That of the running averages of batch norms; 0 without any.
    """

    choice: Choice
    encoder: LayerList
    decoder: LayerList
    errors: NDArray[np.float64]
    mismatch: float = 0.0

    @property
    def mse(self) -> float:
        """The squared error as a share of that of the best constant; infinite if it overflows."""
        return float(self.errors.mean())

    @property
    def score(self) -> float:
        """The squared error, with more for what is unusual or does not fit the batch norms; the least is the best."""
        return self.mse * (1 + unusualness(self.choice)) * worse_by(self.mismatch)


def search(
    parts: NetworkParts,
    options: Options,
    x: Tensor,
    found: Mapping[str, Tensor],
    progress: Callable[[float], None] = lambda share: None,
) -> list[Measured]:
    """Return the choices that reconstruct samples best, the best first, and the most usual one.

    Parameters
    ----------
    x
        Samples in model values, (n, *shape); pictures are resized for networks that take another size.
    progress
        Called with the share that is done; it may raise to stop.
    """
    run = _Runs(parts, x, found)
    few = min(len(x), max(FEWEST, min(FEW, int(MAX_WORK / run.work(options.first)))))
    scores: dict[Choice, Measured] = {}

    def best() -> list[Measured]:
        return sorted(scores.values(), key=lambda each: each.score)

    def measure(choices: Iterable[Choice], begin: float, end: float, count: int = few) -> None:
        tried = [choice for choice in dict.fromkeys(choices) if choice not in scores]
        for done, measured in enumerate(run.measured(tried, count)):
            scores[measured.choice] = measured
            progress(begin + (end - begin) * done / len(tried))

    measure(_coarse(options), 0.0, 0.4, min(few, FEWEST))
    kept = [each.choice for each in best()[:KEPT]]
    scores.clear()
    measure([options.first, *kept], 0.4, 0.5)
    starts = _places(best())
    measure((each for start in starts for each in _by_values(start, options)), 0.5, 0.8)
    measure(_by_places(best()[0].choice, options, parts), 0.8, 0.9)
    measure(_by_values(best()[0].choice, options), 0.9, 1.0)
    ranked = _different(best(), RANKED)
    # Two activations that are hard to tell apart are both returned.
    wanted = [alike(ranked[0].choice), options.first]
    return ranked + [scores[each] for each in wanted if each in scores and scores[each] not in ranked]


def _coarse(options: Options) -> Iterator[Choice]:
    activations = [text for text in options.activations if text in COARSE] or options.activations[:1]
    tried = itertools.product(activations, options.orders, options.values, options.sizes, (True, False))
    for activation, order, values, sizes, maps in tried:
        yield replace(
            options.first, activation=activation, order=order, values=values, sizes=sizes, activates_maps=maps
        )


def _places(measured: Sequence[Measured]) -> list[Choice]:
    """Return the best choice for each of the best few sizes, orders and positions of activations."""
    first: dict[tuple[object, ...], Choice] = {}
    for each in measured:
        choice = each.choice
        first.setdefault((choice.sizes, choice.order, choice.activates_maps), choice)
    return list(first.values())[:STARTS]


def _by_values(start: Choice, options: Options) -> Iterator[Choice]:
    for activation, values in itertools.product(options.activations, options.values):
        yield replace(start, activation=activation, values=values)


def _by_places(best: Choice, options: Options, parts: NetworkParts) -> Iterator[Choice]:
    beside = [layer for block in (*parts.encoder, *parts.decoder) for layer, _ in block.beside]
    firsts = (True, False) if beside else (True,)
    groups = (8, 32, 16, 4, 2, 1) if any(layer.kind == "layer_norm" for layer in beside) else (8,)
    places = itertools.product(options.sizes, (True, False), options.activates_code, firsts, groups)
    for sizes, maps, code, first, group in places:
        yield replace(best, sizes=sizes, activates_maps=maps, activates_code=code, normalizes_first=first, groups=group)


class _Runs:
    """Builds and runs networks on the same samples; what an encoder returns is kept for all decoders."""

    def __init__(self, parts: NetworkParts, x: Tensor, found: Mapping[str, Tensor]) -> None:
        self._parts, self._found = parts, found
        self._x = {tuple(x.shape[1:]): x}
        self._codes: dict[tuple[object, ...], tuple[Tensor, list[Tensor]]] = {}

    def _samples(self, shape: Shape, count: int) -> Tensor:
        """Return the first samples, with pictures of the size that a network takes."""
        if shape not in self._x:
            first = next(iter(self._x.values()))
            self._x[shape] = functional.interpolate(first, shape[1:], mode="bilinear", antialias=True)
        return self._x[shape][:count]

    def work(self, choice: Choice) -> float:
        """Return about how many multiplications a network takes for one sample."""
        work = 0
        for sized, blocks in ((choice.sizes.encoder, self._parts.encoder), (choice.sizes.decoder, self._parts.decoder)):
            shapes = (*sized.inputs[1:], sized.output)
            for block, before, after in zip(blocks, sized.inputs, shapes, strict=False):
                places = max(math.prod(before[1:]), math.prod(after[1:]))
                work += math.prod(block.layer.shape) * places
        return max(float(work), 1.0)

    def measured(self, choices: Sequence[Choice], count: int) -> Iterator[Measured]:
        """Yield the choices with their errors on the first samples; those that cannot be built are left out."""
        # Choices that differ in the last activation alone come from one run of the network.
        alike: dict[tuple[object, ...], list[Choice]] = {}
        for choice in choices:
            key = (replace(choice, values=ValueRange("", choice.values.before)),)
            alike.setdefault(key, []).append(choice)
        for group in alike.values():
            encoder = encoder_list(self._parts, group[0], self._found)
            decoder = decoder_list(self._parts, group[0], self._found)
            returned, mismatch = self._returned(encoder, decoder, group[0], count)
            for choice in group:
                last = LayerList("decoder", decoder.shape, [*decoder.texts, *choice.values.after], decoder.tensors)
                yield Measured(choice, encoder, last, self._errors(returned, choice, count), mismatch)

    @torch.inference_mode()
    def _returned(self, encoder: LayerList, decoder: LayerList, choice: Choice, count: int) -> tuple[Tensor, float]:
        """Return what the decoder makes of the codes, without its last activation, and the mismatch of batch norms."""
        dim = choice.sizes.latent_dim
        key = (tuple(encoder.texts), choice.sizes.shape, choice.order, count)
        if key not in self._codes:
            network = _filled(encoder, choice.sizes.shape)
            with recorded_differences(network) as differences:
                outputs = network(self._samples(choice.sizes.shape, count))
            self._codes[key] = outputs[:, :dim], differences  # (count, latent_dim): the means
        codes, before = self._codes[key]
        network = _filled(decoder, (dim,))
        with recorded_differences(network) as after:
            returned: Tensor = network(codes)
        return returned, mismatch_of([*before, *after])

    @torch.inference_mode()
    def _errors(self, returned: Tensor, choice: Choice, count: int) -> NDArray[np.float64]:
        values, x = choice.values, self._samples(choice.sizes.shape, count)
        decoded = build_layers(values.after, tuple(returned.shape[1:]))(returned).reshape(x.shape)
        if values.likelihood == "bernoulli":
            decoded = decoded.sigmoid()
        # Relative to the variance: the errors of pictures of two sizes could not be compared.
        errors = (decoded - x).square().flatten(1).mean(1, dtype=torch.float64) / (x - x.mean()).square().mean()
        found: NDArray[np.float64] = np.nan_to_num(errors.numpy(), nan=math.inf)
        return found


def _filled(layers: LayerList, shape: tuple[int, ...]) -> nn.Sequential:
    """Build the layers of a list around the given tensors, in evaluation mode."""
    with torch.device("meta"):
        network = build_layers(layers.texts, shape)
    weights = {name.partition(".")[2]: each.tensor for name, each in layers.tensors.items()}
    wanted = network.state_dict()
    cast = {name: tensor.to(wanted[name].dtype) for name, tensor in weights.items() if name in wanted}
    network.load_state_dict(cast, assign=True)
    return network.eval()


def _different(measured: Sequence[Measured], most: int) -> list[Measured]:
    """Return the first choices, without those that compute the same as an earlier one."""
    kept: list[Measured] = []
    for each in measured:
        if len(kept) < most and not any(np.allclose(each.errors, other.errors, rtol=1e-6) for other in kept):
            kept.append(each)
    return kept
