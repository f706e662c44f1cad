"""Opens tensors of torch.save (.pt, .pth): a tensor, a tuple of samples and labels, or a dictionary of tensors."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.config import DataConfig
from explorer.data.arrays.array_columns import note_left_out
from explorer.data.arrays.arrays import dataset_from_arrays
from explorer.data.arrays.torch_archive import check_shape, check_tensor, load_archive
from explorer.data.context import LoadContext
from explorer.data.dataset import DataError, Dataset
from explorer.data.formats import opens
from explorer.data.report import Notes

if TYPE_CHECKING:
    from torch import Tensor

_TUPLE = ("data", "targets", "extra")
_WEIGHT_NAMES = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


@opens("PyTorch tensors (.pt, .pth)", recognizes=lambda path: path.suffix.lower() in {".pt", ".pth"} and path.is_file())
def open_torch(path: Path, config: DataConfig, context: LoadContext) -> Dataset:
    """Open a file of tensors; one of weights is refused with advice."""
    context.report(0, 1, f"reading {path.name}")
    return dataset_from_arrays(torch_arrays(path, config, context), config, context, name=path.stem, where=str(path))


def torch_arrays(path: Path, config: DataConfig, context: LoadContext) -> dict[str, Any]:
    """Return the tensors of a file as arrays.

    Raises
    ------
    DataError
        If the file is damaged, has weights of a model, or contains anything that could run code.
    """
    wanted = "plain tensors, as torch.save({'samples': x, 'labels': y}, FILE)"
    content = load_archive(path, wanted, mapped=context.limit is not None)
    tensors = dict(_arrays(content, "", path, context.notes, 0))
    if all(isinstance(each, np.ndarray) for each in tensors.values()):
        raise DataError(f"{path} contains no tensors; save them as torch.save({{'samples': x, 'labels': y}}, FILE)")
    if _are_weights(list(tensors)):
        raise DataError(
            f"{path}: these are the weights of a model, not samples; open them with Import weights (import)"
        )
    for name, tensor in tensors.items():
        if not isinstance(tensor, np.ndarray):
            check_tensor(path, name, tensor)
    return {name: each if isinstance(each, np.ndarray) else _array(each) for name, each in tensors.items()}


def _arrays(value: Any, name: str, path: Path, notes: Notes, depth: int) -> Iterator[tuple[str, Any]]:
    """Yield the tensors, and lists of words, in nested dictionaries and lists, named by the path to them."""
    from torch import Tensor

    if isinstance(value, Tensor):
        yield name or "samples", value
    elif isinstance(value, Mapping) and depth < 4:
        for key, each in value.items():
            yield from _arrays(each, f"{name}.{key}" if name else str(key), path, notes, depth + 1)
    elif isinstance(value, Sequence) and not isinstance(value, str) and value and depth < 4:
        yield from _of_sequence(value, name, path, notes, depth)
    elif name:
        note_left_out([(name, "it is no tensor")], notes)


def _of_sequence(values: Sequence[Any], name: str, path: Path, notes: Notes, depth: int) -> Iterator[tuple[str, Any]]:
    """Yield a list of equal tensors or of numbers as one tensor, a list of pairs as two, and a tuple by its parts."""
    import torch

    tensors = [each for each in values if isinstance(each, torch.Tensor)]
    if len(tensors) == len(values) > len(_TUPLE) and len({tensor.shape for tensor in tensors}) == 1:
        for tensor in tensors:
            check_tensor(path, name or "samples", tensor)
        check_shape(path, name or "samples", (len(tensors), *tensors[0].shape))
        yield name or "samples", torch.stack(tensors)
    elif len(values) > len(_TUPLE) and all(isinstance(each, int | float) for each in values):
        yield name or "samples", torch.tensor(values)
    elif all(isinstance(each, str) for each in values):
        yield name or "names", np.array(values, dtype=np.str_)
    elif _are_tuples(values):
        # A data set that was saved sample by sample: (picture, class), (picture, class), …
        for key, each in zip(_TUPLE, zip(*values, strict=True), strict=False):
            yield from _arrays(list(each), f"{name}.{key}" if name else key, path, notes, depth + 1)
    elif len(values) > len(_TUPLE):
        note_left_out([(name or "a list", f"its {len(values):,} items are no tensors of one shape")], notes)
    else:
        for key, each in zip(_TUPLE, values, strict=False):
            yield from _arrays(each, f"{name}.{key}" if name else key, path, notes, depth + 1)


def _are_tuples(values: Sequence[Any]) -> bool:
    """Return whether values are more than a few tuples of equal length, for example a picture and its class each."""
    lengths = {len(each) if isinstance(each, tuple | list) else 0 for each in values}
    return len(values) > len(_TUPLE) and len(lengths) == 1 and lengths <= {2, len(_TUPLE)}


def _are_weights(names: Sequence[str]) -> bool:
    """Return whether most tensors have the names that modules give to their weights."""
    return sum(name.rpartition(".")[2] in _WEIGHT_NAMES for name in names) > len(names) / 2


def _array(tensor: "Tensor") -> Any:
    tensor = tensor.detach()
    # NumPy has no bfloat16.
    return (
        (tensor.float() if tensor.dtype.is_floating_point and tensor.element_size() == 2 else tensor)
        .contiguous()
        .numpy()
    )
