"""Matches the tensors of a file to those of a model.

1. Match the tensors that the user has named; ``a+b`` joins two of them by rows.
2. Match equal names.
3. Group what is left into layers, ``weight`` and ``bias`` of one name, and match layer by layer: if both sides have
   layers of the same shapes in the same order, or if every shape occurs once.
4. Check that every tensor of the model has a match, convert the dtypes, and check that the numbers are finite.

Nothing is transposed or reshaped. Matches by shape or order are guesses, which the user sees before they are used.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from explorer.config import ConfigError

How = Literal["name", "map", "shape", "order", "layer"]
NAMED = 5
"""Maximum number of tensors listed in a message."""


@dataclass(frozen=True)
class Pair:
    """A tensor of the file, the tensor of the model that it becomes, and how they were matched."""

    file: str
    model: str
    shape: tuple[int, ...]
    how: How


@dataclass(frozen=True, eq=False)
class WeightPlan:
    """The matches of a file's tensors with those of a model.

    Attributes
    ----------
    pairs
        The matches, in the order of the model.
    ignored
        Tensors of the file without a match.
    weights
        The tensors under the names of the model and in its dtypes.
    """

    pairs: tuple[Pair, ...]
    ignored: tuple[str, ...]
    weights: Mapping[str, Tensor]

    @property
    def guessed(self) -> tuple[Pair, ...]:
        """The pairs that were matched by shape or order."""
        return tuple(pair for pair in self.pairs if pair.how in ("shape", "order"))


def fit_weights(
    found: Mapping[str, Tensor], wanted: Mapping[str, Tensor], renamed: Mapping[str, str] | None = None
) -> WeightPlan:
    """Match a tensor of the file to each tensor of the model.

    Parameters
    ----------
    found
        The tensors of the file.
    wanted
        The tensors of the model, in order; they may be on the meta device.
    renamed
        Names in the file to names in the model, which take precedence.

    Raises
    ------
    ConfigError
        If a shape differs, or a tensor of the model has no match; the message lists tensors and shapes.
    """
    renamed = renamed or {}
    found = join_tensors(found, {old: tuple(old.split("+")) for old in renamed if "+" in old and old not in found})
    pairs = _by_map(found, wanted, renamed)
    taken = {pair.file for pair in pairs.values()}
    for name in wanted:
        if name not in pairs and name in found and name not in taken:
            pairs[name] = Pair(name, name, tuple(found[name].shape), "name")
    _check_shapes(pairs, found, wanted)
    taken = {pair.file for pair in pairs.values()}
    missing = [name for name in wanted if name not in pairs]
    left = [name for name in found if name not in taken]
    if missing:
        pairs |= _by_shape({name: found[name] for name in left}, {name: wanted[name] for name in missing})
        taken = {pair.file for pair in pairs.values()}
    weights = {name: _in_type(found[pairs[name].file], wanted[name], pairs[name].file) for name in wanted}
    ignored = tuple(name for name in found if name not in taken)
    return WeightPlan(tuple(pairs[name] for name in wanted), ignored, weights)


def join_tensors(found: Mapping[str, Tensor], joined: Mapping[str, Sequence[str]]) -> dict[str, Tensor]:
    """Return the tensors with some of them joined by rows, under a name of their own in the place of the first.

    Raises
    ------
    ConfigError
        If the file does not have one of them, or their shapes differ.
    """
    first = {names[0]: (name, names) for name, names in joined.items()}
    made: dict[str, Tensor] = {}
    for name, names in joined.items():
        if missing := [each for each in names if each not in found]:
            raise ConfigError(f"{name}: the file has no tensor {missing[0]}; it has {_names(found)}")
        if len({tuple(found[each].shape[1:]) for each in names}) > 1:
            raise ConfigError(f"{name}: the tensors have rows of different sizes and cannot be joined")
    taken = {each for names in joined.values() for each in names}
    for name, tensor in found.items():
        if name in first:
            new, names = first[name]
            made[new] = torch.cat([found[each] for each in names])
        elif name not in taken:
            made[name] = tensor
    return made


def read_map(texts: list[str]) -> dict[str, str]:
    """Return ``old=new`` texts as a dictionary.

    Raises
    ------
    ConfigError
        If a text is not of this form.
    """
    pairs = {}
    for text in texts:
        old, sign, new = text.partition("=")
        if not sign or not old.strip() or not new.strip():
            raise ConfigError(f"--map {text}: write OLD=NEW, the names of the tensor in the file and in the model")
        pairs[old.strip()] = new.strip()
    return pairs


def _by_map(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor], renamed: Mapping[str, str]) -> dict[str, Pair]:
    pairs: dict[str, Pair] = {}
    for old, new in renamed.items():
        if old not in found:
            raise ConfigError(f"--map {old}={new}: the file has no tensor {old}; it has {_names(found)}")
        if new not in wanted:
            raise ConfigError(f"--map {old}={new}: the model has no tensor {new}; it has {_names(wanted)}")
        if new in pairs:
            raise ConfigError(f"--map {old}={new}: {pairs[new].file} is already mapped to {new}")
        pairs[new] = Pair(old, new, tuple(found[old].shape), "map")
    return pairs


def _check_shapes(pairs: Mapping[str, Pair], found: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    wrong = [
        f"tensor {_named(pair)} has shape {pair.shape} in the file but {tuple(wanted[pair.model].shape)} in the model"
        for pair in pairs.values()
        if pair.shape != tuple(wanted[pair.model].shape)
    ]
    if wrong:
        more = f"; and {len(wrong) - NAMED} more" if len(wrong) > NAMED else ""
        raise ConfigError("; ".join(wrong[:NAMED]) + more)


def _by_shape(left: Mapping[str, Tensor], missing: Mapping[str, Tensor]) -> dict[str, Pair]:
    """Match tensors with different names, layer by layer.

    Raises
    ------
    ConfigError
        If there is more than one way.
    """
    have, want = _layers(left), _layers(missing)
    stems: dict[str, str] | None = None
    how: How = "shape" if len(set(want.values())) == len(want) else "order"
    # The same layers in the same order: networks of the same architecture under other names.
    if list(have.values()) == list(want.values()):
        stems = dict(zip(want, have, strict=True))
    # Every shape occurs once, so that the order does not matter.
    elif how == "shape" and all(Counter(have.values())[layer] == 1 for layer in want.values()):
        owners = {layer: stem for stem, layer in have.items()}
        stems = {stem: owners[layer] for stem, layer in want.items()}
    if stems is None:
        raise ConfigError(_why_not(_shapes(left), _shapes(missing)))
    pairs = {}
    for new, tensor in missing.items():
        stem, leaf = _stem_and_leaf(new)
        pairs[new] = Pair(_joined(stems[stem], leaf), new, tuple(tensor.shape), how)
    return pairs


Layer = frozenset[tuple[str, tuple[int, ...]]]
"""The tensors of one layer, ``weight`` and ``bias``, with their shapes."""


def _layers(tensors: Mapping[str, Tensor]) -> dict[str, Layer]:
    """Return the layers of tensors by the common part of their names."""
    found: dict[str, dict[str, tuple[int, ...]]] = {}
    for name, tensor in tensors.items():
        stem, leaf = _stem_and_leaf(name)
        found.setdefault(stem, {})[leaf] = tuple(tensor.shape)
    return {stem: frozenset(leaves.items()) for stem, leaves in found.items()}


def _stem_and_leaf(name: str) -> tuple[str, str]:
    stem, _, leaf = name.rpartition(".")
    return stem, leaf


def _joined(stem: str, leaf: str) -> str:
    return f"{stem}.{leaf}" if stem else leaf


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def _why_not(have: Mapping[str, tuple[int, ...]], want: Mapping[str, tuple[int, ...]]) -> str:
    """Return a sentence with the unmatched tensors of both sides, and the first shape that the file does not have."""
    absent = [name for name, shape in want.items() if shape not in have.values()]
    text = f"the file has no tensors named {_names(want, want)}"
    text += f"; its other tensors are {_names(have, have)}" if have else " and no other tensors"
    if absent:
        return f"{text}; none of them has the shape {want[absent[0]]} of {absent[0]}"
    return f"{text}; their shapes are ambiguous: match them by --map OLD=NEW"


def _names(tensors: Mapping[str, object], shapes: Mapping[str, tuple[int, ...]] | None = None) -> str:
    named = [name if shapes is None else f"{name} {shapes[name]}" for name in tensors]
    return ", ".join(named[:NAMED]) + (f" and {len(named) - NAMED} more" if len(named) > NAMED else "")


def _named(pair: Pair) -> str:
    return pair.file if pair.file == pair.model else f"{pair.file} (for {pair.model})"


def _in_type(tensor: Tensor, wanted: Tensor, name: str) -> Tensor:
    """Return a copy of a tensor in the dtype of the model.

    Raises
    ------
    ConfigError
        If one dtype is integer and the other floating, or the tensor contains NaN or infinity.
    """
    if tensor.dtype.is_complex or tensor.is_floating_point() != wanted.is_floating_point():
        kinds = [str(each.dtype).removeprefix("torch.") for each in (tensor, wanted)]
        raise ConfigError(f"tensor {name} is {kinds[0]} in the file but {kinds[1]} in the model")
    made = tensor.detach().to(wanted.dtype, copy=True).contiguous()
    if made.is_floating_point() and not bool(torch.isfinite(made).all()):
        raise ConfigError(f"tensor {name} contains NaN or infinity")
    return made
