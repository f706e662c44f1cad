"""Reads data that must be fetched item by item or batch by batch, for a limited time.

1. `in_scattered_blocks` orders the indices of a data set so that whatever is read in the time is spread over all of it.
2. `collect` fetches items until all are there or a limit is reached, and says in `LiveData.note` how many it read.
3. An item is a sample, a pair (sample, label), or a dictionary with customary names.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.arrays.array_names import LABELS, SAMPLE_NAMES, first_named
from explorer.data.dataset import DataError
from explorer.data.live.live_data import LiveData, is_instance, plain_array, with_second_value

MAX_ITEMS = 100_000
"""Maximum number of samples that are fetched item by item."""
MAX_SECONDS = 30.0
"""Maximum time of fetching them."""
MAX_FETCHED_BYTES = 2 << 30
BLOCK = 64
"""Items that are fetched together; neighbours are often stored together."""
PICTURE = "PIL.Image.Image"


@dataclass(frozen=True)
class Fetched:
    """Some samples with their second values, or None, and their indices, or None if the order is that of fetching.

    ``pictures`` says whether they were pictures, and not arrays.
    """

    samples: NDArray[Any]
    second: NDArray[Any] | None
    index: NDArray[np.int64] | None = None
    pictures: bool = False


def in_scattered_blocks(count: int, seed: int = 0) -> Iterator[NDArray[np.int64]]:
    """Yield the indices 0 … count − 1 in blocks of neighbours, the blocks in a random but fixed order."""
    blocks = -(-count // BLOCK)
    # In order, a data set that is sorted by class and cut short would have its first classes alone.
    for block in np.random.default_rng(seed).permutation(blocks):
        yield np.arange(block * BLOCK, min((block + 1) * BLOCK, count))


def collect(parts: Iterable[Fetched], total: int | None, what: str) -> LiveData:
    """Return the data of parts, as many as the limits allow.

    Parameters
    ----------
    total
        The number of all samples; None if it is not known.
    what
        The source in messages: "the DataLoader".

    Raises
    ------
    DataError
        If there are no samples, or they have different shapes.
    """
    began, kept, count, size, complete = time.monotonic(), list[Fetched](), 0, 0, True
    for part in parts:
        kept.append(part)
        count, size = count + len(part.samples), size + part.samples.nbytes
        if count == total:
            break
        if count >= MAX_ITEMS or size >= MAX_FETCHED_BYTES or time.monotonic() - began > MAX_SECONDS:
            complete = False
            break
    if not count:
        raise DataError(f"{what} contains no samples")
    _check_shapes(kept, what)
    live = _joined(kept)
    if complete:
        return replace(live, index=None)
    of_all = "the first samples" if total is None else f"{total:,} samples"
    limits = f"at most {MAX_ITEMS:,} samples, {MAX_SECONDS:g} s and {MAX_FETCHED_BYTES >> 30} GiB"
    return replace(live, note=f"{count:,} of {of_all} were read ({limits}); pass arrays to show all")


def _joined(parts: Sequence[Fetched]) -> LiveData:
    indices = [part.index for part in parts if part.index is not None]
    index = np.concatenate(indices) if indices else None
    order = slice(None) if index is None else np.argsort(index)
    samples = np.concatenate([part.samples for part in parts])[order]
    live = LiveData(
        samples, index=None if index is None else index[order], pictures=all(part.pictures for part in parts)
    )
    second = [part.second for part in parts if part.second is not None]
    fits = len(second) == len(parts) and len({values.shape[1:] for values in second}) == 1
    return with_second_value(live, np.concatenate(second)[order]) if fits else live


def _check_shapes(parts: Sequence[Fetched], what: str) -> None:
    shapes = list(dict.fromkeys(part.samples.shape[1:] for part in parts))
    if len(shapes) > 1:
        raise unequal(shapes[0], shapes[1], what)


def unequal(first: tuple[int, ...], second: tuple[int, ...], what: str) -> DataError:
    """Return the error for samples of different shapes."""
    return DataError(f"{what} has samples of shapes {first} and {second}; resize them to one shape, for example 64×64")


def fetched_items(items: Sequence[Any], what: str, index: NDArray[np.int64] | None = None) -> Fetched:
    """Return items, each a sample or a pair, as arrays."""
    pairs = [split_item(item) for item in items]
    samples = [sample_array(sample, what) for sample, _ in pairs]
    shapes = list(dict.fromkeys(sample.shape for sample in samples))
    if len(shapes) > 1:
        raise unequal(shapes[0], shapes[1], what)
    second = [plain_array(value, what) for _, value in pairs if value is not None and not is_instance(value, PICTURE)]
    fits = len(second) == len(items) and len({value.shape for value in second}) == 1
    pictures = all(is_instance(sample, PICTURE) for sample, _ in pairs)
    return Fetched(np.stack(samples), np.stack(second) if fits else None, index, pictures)


def fetched_batch(batch: Any, what: str) -> Fetched:
    """Return one batch, of samples or of pairs of arrays."""
    samples, second = split_item(batch)
    array = sample_array(samples, what)
    values = None if second is None else plain_array(second, what)
    return Fetched(array, values if values is not None and values.shape[:1] == array.shape[:1] else None)


def split_item(item: Any) -> tuple[Any, Any]:
    """Return the sample of an item and its second value, or None."""
    if isinstance(item, Mapping):
        key = first_named(item, (*SAMPLE_NAMES, "pixel_values", "text")) or next(iter(item), None)
        label = first_named([name for name in item if name != key], LABELS)
        return (None if key is None else item[key]), (None if label is None else item[label])
    # A list of numbers is a sample; a pair begins with something larger.
    if isinstance(item, tuple | list) and item and not isinstance(item[0], int | float):
        return item[0], item[1] if len(item) > 1 else None
    return item, None


def sample_array(sample: Any, what: str) -> NDArray[Any]:
    """Return one sample, or a batch, as numbers or words.

    Raises
    ------
    DataError
        If it has none.
    """
    if is_instance(sample, PICTURE):
        return picture_array(sample)
    if sample is None or isinstance(sample, Mapping):
        raise DataError(f"{what} has items of type {type(sample).__name__}; make them arrays or pairs (sample, label)")
    array = plain_array(sample, what)
    if array.dtype.kind not in "buifU":
        raise DataError(f"{what} has samples of type {array.dtype}; make them numbers")
    return array


def picture_array(picture: Any) -> NDArray[Any]:
    """Return a PIL picture as (H, W) or (H, W, 3) uint8; other modes than grey become colours."""
    mode = picture.mode
    wanted = mode if mode in ("L", "RGB", "F", "I", "I;16") else "L" if mode in ("1", "LA") else "RGB"
    return np.asarray(picture if mode == wanted else picture.convert(wanted))
