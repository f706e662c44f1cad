"""Decides what one sample is: a picture, a signal or a vector, and in which range its values lie.

``data.sample_shape`` says it; "auto" follows these rules:

1. Arrays ``(N, H, W)`` and with channels are pictures; a dimension of length 1 makes them signals.
2. A file that declares an axis has signals.
3. Rows of numbers are pictures if the names of the features say so (pixel0 …), or if they have no names or names that
   say nothing (x0, column 1 …), all values are whole numbers of 0 to 255, and the number of features is a usual size of
   pictures (64, 784, 3,072, …).
4. Other rows are vectors. If their number would make a square picture, the report offers it.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.config import DataConfig
from explorer.data.dataset import Axis, DataError, Kind
from explorer.data.imports.found import Found
from explorer.data.report import Notes
from explorer.data.scaling import Scaling

# Of scikit-learn's digits, USPS, MNIST, CIFAR, FER2013 and common reductions of photos.
USUAL_SIDES = (8, 16, 28, 32, 48, 64, 96, 128)
"""Sides of square pictures that are recognized without names."""
MIN_PIXELS = 64
"""Rows with fewer features than this are never offered as pictures."""
MAX_OBLONG = 8
"""Pictures whose sides differ by more than this factor are pointed out."""
MAX_CHANNELS = 16
"""More channels than satellites usually have are pointed out: they may be frames or slices."""
_PIXEL = re.compile(r"(pixels?|pix|px)[ _.-]?\d+([x_,-]\d+)*|\d+x\d+", re.IGNORECASE)
_GENERIC = re.compile(r"(f|x|v|v_|x_|col|column|attr|att|attribute|feature|feat|unnamed:?)?[ _.]?\d+", re.IGNORECASE)
"""Names that say nothing; columns such as gene0, gene1 … are named, and are never taken for pixels unasked."""


@dataclass(frozen=True)
class Shaped:
    """Samples in the form that a data set keeps, ``(N, C, H, W)`` or ``(N, F)``, with what `assemble` needs."""

    kind: Kind
    samples: Any
    scaling: Scaling
    value_range: tuple[float, float] | None
    axis: Axis | None = None
    feature_names: tuple[str, ...] = ()


def shape_samples(found: Found, config: DataConfig, notes: Notes) -> Shaped:
    """Return the samples as pictures, signals or vectors, and say which.

    Raises
    ------
    DataError
        If the samples do not have the wanted shape.
    """
    found = replace(found, by_columns=are_by_columns(found.by_columns, config))
    shaped = _shaped(_without_single_dimensions(found, notes), config, notes)
    if shaped.kind != "image" or not found.by_columns:
        return shaped
    return replace(shaped, samples=read_by_columns(shaped.samples, config, notes))


def are_by_columns(known: bool, config: DataConfig) -> bool:
    """Return whether pixels are stored column by column: as the config says, or as is known of the data set."""
    return known if config.pixel_order == "auto" else config.pixel_order == "columns"


def read_by_columns(pictures: NDArray[Any], config: DataConfig, notes: Notes) -> NDArray[Any]:
    """Return pictures ``(N, C, H, W)`` whose columns were read as rows, and say it."""
    why = "" if config.pixel_order == "columns" else ", as usual in EMNIST; data.pixel_order chooses"
    notes.changed(f"the pixels of each picture were read column by column{why}")
    return np.ascontiguousarray(pictures.swapaxes(2, 3))


def _shaped(found: Found, config: DataConfig, notes: Notes) -> Shaped:
    wanted = config.sample_shape
    if found.samples.ndim > 4 and wanted == "auto":
        raise DataError(
            f"{found.where}: the samples have shape {found.samples.shape}; vectors have 2 dimensions, pictures 3 or 4, "
            "and the first counts the samples; save single slices or frames, or set data.sample_shape to vector"
        )
    if found.samples.ndim > 2 and wanted == "auto":
        return _pictures(found, found.samples, notes)
    if found.samples.ndim > 2 and wanted not in ("vector", "signal"):
        found = replace(found, samples=found.samples.reshape(len(found.samples), -1), layout="")
    if found.samples.ndim > 2:
        found = _flattened(found, wanted, notes)
    return _of_rows(found, wanted, notes)


def _flattened(found: Found, wanted: str, notes: Notes) -> Found:
    """Return samples of several dimensions as rows; the channels of signals ``(N, T, C)`` one after the other."""
    samples = found.samples
    order = ""
    if wanted == "signal" and samples.ndim == 3 and samples.shape[1] > samples.shape[2]:
        samples = samples.swapaxes(1, 2)  # otherwise neighbours in the row would be of different channels
        order = f", its {samples.shape[1]:,} channels one after the other"
    notes.changed(f"each sample of shape {_by(found.samples.shape[1:])} became one row of numbers{order}")
    return replace(found, samples=samples.reshape(len(samples), -1))


def _of_rows(found: Found, wanted: str, notes: Notes) -> Shaped:
    features = found.samples.shape[1]
    if wanted == "auto":
        wanted = "signal" if found.axis is not None or found.is_signal else _guess(found, notes)
    if wanted == "vector":
        return _vectors(found, None)
    if wanted == "signal":
        axis = found.axis or Axis("position", "", np.arange(features, dtype=np.float64))
        notes.understood(f"each sample is a signal of {features:,} values")
        return _vectors(found, axis)
    if hasattr(found.samples, "tocsr"):
        found = replace(found, samples=found.samples.toarray())
    sizes = tuple(int(size) for size in wanted.split("x"))
    if math.prod(sizes) != features:
        raise DataError(
            f"{found.where}: data.sample_shape = {wanted} needs {math.prod(sizes):,} numbers per sample, and there are "
            f"{features:,}"
        )
    stored = sizes
    if found.by_columns:
        last = len(sizes) == 3 and _layout_of_sizes(sizes) == "HWC"
        stored = (sizes[1], sizes[0], *sizes[2:]) if len(sizes) == 2 or last else (sizes[0], sizes[2], sizes[1])
    pictures = found.samples.reshape(len(found.samples), *stored)
    shaped = replace(found, layout=found.layout or _layout_of_sizes(sizes))
    return _pictures(shaped, _whole_bytes(pictures), notes, narrow=True)


def _guess(found: Found, notes: Notes) -> str:
    """Return the shape that names or values say, "vector" without one; offer what they suggest."""
    features = found.samples.shape[1]
    # Genes and words have sparse matrices; pictures do not.
    if features < MIN_PIXELS or not isinstance(found.samples, np.ndarray):
        return "vector"
    by_name = len(found.feature_names) == features and are_pixel_names(found.feature_names)
    unnamed = all(_GENERIC.fullmatch(name) for name in found.feature_names)
    shape = picture_shape(found.samples) or oblong_shape(found.samples)
    if not shape:
        if unnamed:
            notes.offer("sample_shape", "signal", f"show the {features:,} numbers of a row as a curve")
        return "vector"
    as_bytes = _are_bytes(found.samples)
    usual = math.prod(map(int, shape.split("x"))) == features and _side(shape) in USUAL_SIDES
    if by_name or (unnamed and as_bytes and usual):
        reason = "the names of the columns say so" if by_name else "whole numbers of 0 to 255"
        notes.changed(f"{features:,} numbers per row became pictures of {shape.replace('x', '×')} ({reason})")
        notes.offer(
            "sample_shape", "vector", f"read the {features:,} numbers of a row as separate features, not as a picture"
        )
        return shape
    if as_bytes or (found.samples.min() >= 0 and found.samples.max() <= 1):
        notes.offer("sample_shape", shape, f"show the {features:,} numbers of a row as a picture")
    if unnamed:
        notes.offer("sample_shape", "signal", f"show the {features:,} numbers of a row as a curve")
    return "vector"


def _side(shape: str) -> int:
    """Return the side of square pictures of a shape such as "28x28" or "3x32x32", 0 of others."""
    sides = sorted(map(int, shape.split("x")))[-2:]
    return sides[0] if sides[0] == sides[1] else 0


def are_pixel_names(names: Sequence[str]) -> bool:
    """Return whether features are named as pixels: pixel0, pix_1_2, 1x1."""
    return all(_PIXEL.fullmatch(str(name)) for name in names)


def picture_shape(samples: NDArray[Any]) -> str:
    """Return the shape of the pictures that rows of numbers can be, as "28x28" or "3x32x32", or "" if there is none."""
    features = samples.shape[1]
    side = math.isqrt(features)
    if side * side == features:
        return f"{side}x{side}"
    side = math.isqrt(features // 3)
    if 3 * side * side != features:
        return ""
    # Neighbours of a picture resemble each other: the order of colours that makes them smoother is the right one.
    few = samples[:64].astype(np.float64)
    planes = np.abs(np.diff(few.reshape(-1, 3, side, side), axis=3)).mean()
    pixels = np.abs(np.diff(few.reshape(-1, side, side, 3), axis=2)).mean()
    return f"3x{side}x{side}" if planes <= pixels else f"{side}x{side}x3"


def oblong_shape(samples: NDArray[Any]) -> str:
    """Return the height and width that make neighbouring pixels most alike, as "28x20", or "" if no size is likely.

    The sides are at most 2 to 1. The rows of a picture resemble each other only if its width is right.
    """
    features = samples.shape[1]
    # Not narrower than 8 pixels: the columns of a table have common divisors, too.
    widths = [width for width in range(8, math.isqrt(2 * features) + 1) if features % width == 0]
    widths = [width for width in widths if width * 2 >= features // width >= 8]
    few = samples[:: max(1, len(samples) // 64)][:64].astype(np.float64)
    spread = float(few.std())
    if not widths or not np.isfinite(few).all() or spread == 0:
        return ""
    steps = {width: float(np.abs(few[:, width:] - few[:, :-width]).mean()) for width in widths}
    best = min(steps, key=steps.__getitem__)
    # Without any likeness of rows, the numbers are no picture.
    # Independent values of a Gaussian differ by 1.1 standard deviations in the mean (2/√π), neighbouring pixels by far
    # less.
    return f"{features // best}x{best}" if steps[best] < 0.5 * spread else ""


def _layout_of_sizes(sizes: Sequence[int]) -> str:
    return "" if len(sizes) < 3 else ("CHW" if sizes[0] <= sizes[2] else "HWC")


def _are_bytes(samples: NDArray[Any]) -> bool:
    """Return whether all values are whole numbers of 0 to 255, and not just 0 and 1."""
    if samples.dtype.kind not in "uif" or not 1 < samples.max() <= 255 or samples.min() < 0:
        return False
    return samples.dtype.kind in "ui" or not np.any(samples % 1)


def _whole_bytes(pictures: NDArray[Any]) -> NDArray[Any]:
    """Return whole numbers of 0 to 255 as uint8, other values unchanged."""
    if pictures.dtype != np.uint8 and _are_bytes(pictures):
        return pictures.astype(np.uint8)
    return pictures


def _without_single_dimensions(found: Found, notes: Notes) -> Found:
    """Drop dimensions of length 1: ``(N, T, 1)`` and ``(N, 1, T)`` are signals; make ``(N,)`` one column."""
    samples = found.samples
    if samples.ndim == 1:
        return replace(found, samples=samples[:, np.newaxis])
    if samples.ndim > 4 and 1 in samples.shape[1:]:
        kept = [size for size in samples.shape[1:] if size > 1]
        notes.understood(f"samples of shape {_by(samples.shape[1:])} are read as {_by(kept) or '1'}")
        return _without_single_dimensions(replace(found, samples=samples.reshape(len(samples), *kept or [1])), notes)
    if samples.ndim == 3 and 1 in samples.shape[1:] and samples.shape[1] * samples.shape[2] > 1:
        notes.understood(f"samples of shape {_by(samples.shape[1:])} are signals")
        return replace(found, samples=samples.reshape(len(samples), -1), is_signal=True)
    return found


def _by(sizes: Sequence[int]) -> str:
    return "×".join(str(size) for size in sizes)


def _pictures(found: Found, samples: NDArray[Any], notes: Notes, *, narrow: bool = False) -> Shaped:
    """Return pictures ``(N, C, H, W)`` in the smallest dtype that keeps their values.

    Parameters
    ----------
    narrow
        Whether whole numbers of at most 16 have their own range instead of 0 to 255.
    """
    pictures = samples[:, np.newaxis] if samples.ndim == 3 else samples
    channels_last = samples.ndim == 4 and _layout(found, samples) == "HWC"
    if channels_last:
        pictures = pictures.transpose(0, 3, 1, 2)
    pictures = np.ascontiguousarray(_smallest_type(_whole_bytes(pictures)))
    value_range = found.value_range or picture_range(pictures)
    # Floats do not imply 8 bits: scikit-learn's digits go up to 16.
    narrow = narrow or samples.dtype.kind == "f"
    if narrow and found.value_range is None and pictures.dtype == np.uint8 and pictures.max() <= 16:
        value_range = 0.0, float(max(pictures.max(), 1))
    channels, height, width = pictures.shape[1:]
    colours = {1: "grey", 3: "in colour", 4: "with 4 channels"}.get(channels, f"with {channels} channels")
    order = "" if samples.ndim == 3 else ", channels last" if channels_last else ", channels first"
    notes.understood(f"each sample is a picture of {height}×{width} pixels, {colours}{order}")
    _point_out_odd_sizes(channels, height, width, notes)
    return Shaped("image", pictures, "range", value_range)


def _point_out_odd_sizes(channels: int, height: int, width: int, notes: Notes) -> None:
    """Warn of sizes that are more likely those of series, frames or slices than of pictures."""
    if max(height, width) > MAX_OBLONG * min(height, width) > MAX_OBLONG:
        notes.warn(
            f"pictures of {height:,}×{width:,} pixels are very oblong; if each sample is a series of {width:,} "
            "channels, set data.sample_shape to signal or vector"
        )
        notes.offer(
            "sample_shape", "signal", f"show each sample as curves instead of a picture of {height:,}×{width:,}"
        )
    if channels > MAX_CHANNELS:
        notes.warn(
            f"pictures have {channels:,} channels; if these are frames or slices, save them as samples of their own: "
            f"array.reshape(-1, {height}, {width})"
        )


def _layout(found: Found, samples: NDArray[Any]) -> str:
    if not found.layout:
        first, last = samples.shape[1], samples.shape[3]
        # One or three are channels, however small the pictures are.
        if (first in (1, 3)) != (last in (1, 3)):
            return "CHW" if first in (1, 3) else "HWC"
        return "HWC" if last < first else "CHW"
    if found.layout not in {"HWC", "CHW"}:
        raise DataError(f"{found.where}: layout is {found.layout!r}; use 'HWC' or 'CHW'")
    return found.layout


def _smallest_type(pictures: NDArray[Any]) -> NDArray[Any]:
    """Return pictures as uint8 or uint16 if they are integers that fit, else as float32."""
    if pictures.dtype.kind in "bui":
        low, high = int(pictures.min()), int(pictures.max())
        for dtype in (np.uint8, np.uint16):
            if pictures.dtype == dtype or (low >= 0 and high <= np.iinfo(dtype).max and pictures.dtype != np.uint16):
                return pictures.astype(dtype, copy=False)
    return to_float32(pictures)


def to_float32(values: NDArray[Any]) -> NDArray[np.float32]:
    """Return values as float32; those out of range become infinity, which counts as missing."""
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(values, dtype=np.float32)


def picture_range(pictures: NDArray[Any]) -> tuple[float, float] | None:
    """Return the range that the dtype of pictures implies, or None if it has to be fitted.

    It is 0 to 255 for 8 bits (0 to 1 if no value exceeds 1, as in masks); 0 to the highest value of the bits in use for
    16 bits (4095 for a 12-bit camera); and 0 to 1 or -1 to 1 for floats in these ranges.
    """
    low, high = float(pictures.min()), float(pictures.max())
    if pictures.dtype == np.uint8:
        return 0.0, 1.0 if high <= 1 else 255.0
    if pictures.dtype == np.uint16:
        # Not the highest value itself, which is that of one bright pixel and differs between parts of a data set.
        return 0.0, float(2 ** max(8, int(high).bit_length()) - 1)  # at least 8 bits, for dark pictures
    if low < -1 or high > 1:
        return None
    return (0.0, 1.0) if low >= 0 else (-1.0, 1.0)


def _vectors(found: Found, axis: Axis | None) -> Shaped:
    """Return vectors with their scaling: by range if it is declared, 8-bit or within [0, 1], else standardized."""
    samples, declared = found.samples, found.value_range
    names = tuple(found.feature_names)
    if not isinstance(samples, np.ndarray):
        return Shaped("vector", samples.astype(np.float32), "none", declared, axis, names)
    vectors = to_float32(samples)
    if declared is None and samples.dtype == np.uint8:
        declared = (0.0, 1.0 if samples.max() <= 1 else 255.0)
    if declared is None and not names and vectors.min() >= 0 and vectors.max() <= 1:
        declared = (0.0, 1.0)
    if declared is not None:
        return Shaped("vector", vectors, "range", declared, axis, names)
    return Shaped("vector", vectors, "standardize together" if axis else "standardize", None, axis, names)
