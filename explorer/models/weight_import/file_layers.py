"""Groups the tensors of a file into layers: linear, convolutional, transposed, normalizing, or unknown.

1. Tensors of one name but for the last part (``fc1.weight``, ``fc1.bias``) are a layer.
2. The number of sides of its weight, and the tensors beside it, tell the kind.
3. A convolution and a transposed one have weights of the same shape in another order; the bias tells them apart, else
   the name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from torch import Tensor

from explorer.models.weight_import.layer_names import is_transposed

LayerKind = Literal["linear", "conv", "transposed_conv", "batch_norm", "layer_norm", "group_norm", "prelu", "unknown"]

WEIGHTED = ("linear", "conv", "transposed_conv")
"""The kinds that change the number of values or channels."""
_LEAVES = frozenset(("weight", "bias", "running_mean", "running_var", "num_batches_tracked"))


@dataclass(frozen=True)
class FileLayer:
    """A layer of a file.

    Attributes
    ----------
    name
        The part that the names of its tensors share.
    inputs, outputs
        Numbers of features or channels; of a normalizing layer both are those that it normalizes.
    kernel
        Height and width of the kernel of a convolution.
    tensors
        The names of its tensors in the file by those in a layer of torch.
    shape
        The shape of its weight.
    is_either
        Whether it may be a convolution or a transposed one, by its shapes.
    """

    name: str
    kind: LayerKind
    inputs: int
    outputs: int
    tensors: Mapping[str, str]
    shape: tuple[int, ...]
    kernel: tuple[int, int] = (1, 1)
    is_either: bool = False

    @property
    def has_bias(self) -> bool:
        """Whether the layer has a bias."""
        return "bias" in self.tensors

    @property
    def is_lone(self) -> bool:
        """Whether it is no layer but single rows of numbers, such as the mean of the data or of a prior."""
        return self.kind == "unknown" and len(self.shape) < 2 and not any("weight" in leaf for leaf in self.tensors)

    @property
    def title(self) -> str:
        """The name of the layer; that of its first tensor if it has none."""
        return self.name or next(iter(self.tensors.values()))

    @property
    def words(self) -> str:
        """The layer in words: ``fc1: linear 784 → 400``."""
        if self.kind == "unknown":
            leaves = ", ".join(sorted(self.tensors)[:2])
            return f"{self.title}: unknown ({leaves}; {' × '.join(map(str, self.shape)) or 'one number'})"
        kind = self.kind.replace("_", " ")
        if self.kind not in WEIGHTED:
            return f"{self.name}: {kind} {self.outputs}"
        kernel = f", {self.kernel[0]}×{self.kernel[1]}" if self.kind != "linear" else ""
        if self.is_either:
            # Without a bias of another size both kinds have such weights.
            back, forth = self.shape[:2]
            return f"{self.name}: conv {forth} → {back} or transposed conv {back} → {forth}{kernel}"
        return f"{self.name}: {kind} {self.inputs} → {self.outputs}{kernel}"

    def turned(self) -> "FileLayer":
        """Return a convolution as a transposed one, or the reverse."""
        kind: LayerKind = "conv" if self.kind == "transposed_conv" else "transposed_conv"
        return replace(self, kind=kind, inputs=self.outputs, outputs=self.inputs)


def file_layers(tensors: Mapping[str, Tensor]) -> list[FileLayer]:
    """Return the layers of a file in its order; single numbers such as counters are left out."""
    groups: dict[str, dict[str, str]] = {}
    for name in tensors:
        stem, _, leaf = name.rpartition(".")
        groups.setdefault(stem, {})[leaf] = name
    layers = []
    for stem, leaves in groups.items():
        shapes = {leaf: tuple(tensors[name].shape) for leaf, name in leaves.items()}
        # Metrics and step counters are no layers; a PReLU of one slope is called "weight".
        if all(shape in ((), (1,)) and leaf != "weight" for leaf, shape in shapes.items()):
            continue
        layers.append(_layer(stem, leaves, shapes))
    return layers


def _layer(name: str, tensors: Mapping[str, str], shapes: Mapping[str, tuple[int, ...]]) -> FileLayer:
    shape = shapes.get("weight", next(iter(shapes.values())))
    bias = shapes.get("bias")
    unknown = FileLayer(name, "unknown", 0, 0, tensors, shape)
    if "weight" not in shapes or not set(shapes) <= _LEAVES:
        return unknown
    if len(shape) == 2 and bias in (None, shape[:1]):
        return FileLayer(name, "linear", shape[1], shape[0], tensors, shape)
    if len(shape) == 4:
        return _convolution(name, tensors, shape, bias)
    if "running_mean" in shapes and len(shape) == 1 and bias == shape:
        return FileLayer(name, "batch_norm", shape[0], shape[0], tensors, shape)
    if bias == shape and len(shape) in (1, 3):
        # A group norm of a picture and a layer norm of a vector look alike: the place in the network decides.
        return FileLayer(name, "layer_norm", shape[0], shape[0], tensors, shape)
    if bias is None and len(shape) == 1:
        return FileLayer(name, "prelu", shape[0], shape[0], tensors, shape)
    return unknown


def _convolution(
    name: str, tensors: Mapping[str, str], shape: tuple[int, ...], bias: tuple[int, ...] | None
) -> FileLayer:
    kernel = (shape[2], shape[3])
    plain = FileLayer(name, "conv", shape[1], shape[0], tensors, shape, kernel)
    if bias is not None and shape[0] != shape[1]:
        return plain if bias == shape[:1] else plain.turned()
    either = replace(plain, is_either=True)
    return either.turned() if is_transposed(name) else either


def layer_list_text(layers: Sequence[FileLayer], most: int = 12) -> str:
    """Return the layers in words, the first and the last ones if there are many."""
    words = [layer.words for layer in layers]
    if len(words) > most:
        words = [*words[: most // 2], f"and {len(words) - most} more", *words[-(most // 2) :]]
    return "; ".join(words)
