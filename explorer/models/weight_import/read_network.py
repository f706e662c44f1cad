"""Reads the networks of an autoencoder from the names and shapes in a file of weights; refuses what is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from explorer.config import ConfigError
from explorer.data.dataset import Description
from explorer.models.weight_import.file_layers import WEIGHTED, FileLayer, file_layers, layer_list_text
from explorer.models.weight_import.layer_names import is_other_network, spread_of, unknown_structure
from explorer.models.weight_import.network_parts import NetworkParts, network_parts
from explorer.models.weight_import.network_sizes import SizedParts, sized_parts


@dataclass(frozen=True)
class ReadNetwork:
    """What the names and shapes of a file tell: its networks, their possible sizes, and layers that are left out."""

    parts: NetworkParts
    sizes: tuple[SizedParts, ...]
    left_out: tuple[FileLayer, ...] = ()

    @property
    def family(self) -> str:
        """``"vae"`` or ``"ae"``."""
        return "vae" if self.parts.heads.has_variance else "ae"


def read_network(found: Mapping[str, Tensor], description: Description) -> ReadNetwork:
    """Return the networks that the tensors of a file describe.

    Raises
    ------
    ConfigError
        If they are no autoencoder that a list of layers describes; the message lists the layers and the problem.
    """
    layers = file_layers(found)
    left_out = tuple(layer for layer in layers if is_other_network(layer.name) or layer.is_lone)
    kept = [layer for layer in layers if layer not in left_out]
    if problem := _unknown(kept):
        raise ConfigError(f"{problem}. Layers: {layer_list_text(kept)}")
    has_parts = False
    for parts in network_parts(kept, description.shape):
        has_parts = True
        if sizes := sized_parts(parts, description.shape):
            return ReadNetwork(parts, tuple(sizes), left_out)
    raise ConfigError(f"{_misfit(kept, description, has_parts)}. Layers: {layer_list_text(kept)}")


def _unknown(layers: Sequence[FileLayer]) -> str:
    """Return why layers cannot be written as lists; "" if nothing is known against it."""
    if not layers:
        return "there are no layers in it"
    for layer in layers:
        if what := unknown_structure(".".join((layer.name, *layer.tensors))):
            return f"{layer.title} belongs to {what}, whose connections the file does not tell"
    for layer in layers:
        if layer.kind == "unknown":
            return f"{layer.title} is of a kind that is not known"
    return ""


def _misfit(layers: Sequence[FileLayer], description: Description, has_parts: bool) -> str:
    size = " × ".join(map(str, description.shape))
    has_convolutions = any(layer.kind in ("conv", "transposed_conv") for layer in layers)
    if has_parts and has_convolutions:
        return f"no strides and paddings of its convolutions lead from samples of {size} to z and back"
    weighted = [layer for layer in layers if layer.kind in WEIGHTED] or layers
    first, last = weighted[0], weighted[-1]
    takes = _count(first, first.inputs, first.outputs)
    returns = _count(last, last.outputs, last.inputs)
    return (
        f"its layers are no chain from the samples of {description.name} ({size}) to z and back, each taking what the "
        f"one before returns; the first of them, {first.name}, takes {takes}, and the last, "
        f"{last.name}, returns {returns}"
    )


def _count(layer: FileLayer, count: int, turned: int) -> str:
    """Return a number in words; ``turned`` is that of the layer as a transposed one, or the reverse."""
    unit = "number" if layer.kind == "linear" else "channel"
    either = f" or {turned}" if layer.is_either and turned != count else ""
    return f"{count}{either} {unit}{'' if count == 1 and not either else 's'}"


def heads_text(read: ReadNetwork) -> str:
    """Return a sentence on which layers return mean and log-variance by their names; "" if there are none such."""
    heads = read.parts.heads
    if heads.second is None or not heads.is_named:
        return ""
    spread = spread_of(heads.second.name)
    how = {"log variance": "the log-variance", "log σ": "log σ, doubled to the log-variance"}.get(
        spread, "log σ, doubled to the log-variance (whether it is log σ or σ itself, the file does not tell)"
    )
    return f"{heads.first.name} is the mean and {heads.second.name} {how}, by their names"
