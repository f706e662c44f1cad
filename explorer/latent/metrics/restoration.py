"""How much of what corruption takes away a model gives back: peak signal-to-noise ratios in dB."""

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.data.corruption import Corruption, corrupt
from explorer.data.dataset import Dataset, Description
from explorer.latent.inputs import inputs_of
from explorer.latent.measure import Absent, Evaluated, Found, Measure, all_absent
from explorer.latent.steps import Steps
from explorer.models.latent_model import LatentModel, NotDefined

CHUNK = 1024
DATA_RANGE = 1.0
"""Of pictures in model values: what the peak of the ratio is."""
NO_CORRUPTION = "the run was trained without corruption"
NO_RANGE = "the samples are no pictures in a fixed range of values"


@dataclass(frozen=True)
class Restoration:
    """PSNR in dB of the corrupted samples and of their reconstructions; infinite where nothing differs."""

    psnr_corrupted: float
    psnr_restored: float


def psnr(clean: NDArray[Any], other: NDArray[Any], data_range: float = DATA_RANGE) -> float:
    """Return the peak signal-to-noise ratio 10·log₁₀(range² / mean squared error) in dB, infinite for equal arrays.

    The mean is over all values given: over many samples it is the ratio of their mean error, not the mean of their
    ratios, one of which may be infinite. Nothing is clipped to the range.
    """
    difference = np.asarray(clean, np.float64) - np.asarray(other, np.float64)
    return _decibels(float(np.mean(np.square(difference))), data_range)


def why_no_psnr(description: Description) -> str:
    """Say why a data set has no PSNR; "" where it has one."""
    return "" if description.kind == "image" and description.unit_range else NO_RANGE


def why_no_restoration(model: LatentModel, dataset: Dataset, corruption: Corruption) -> str:
    """Say why a model's restoration is not defined; "" where it is."""
    if not model.capabilities.encoder:
        return "the model has no encoder"
    return why_no_psnr(dataset.description) or ("" if corruption.changes else NO_CORRUPTION)


@torch.inference_mode()
def restore_in_chunks(
    model: LatentModel, dataset: Dataset, index: NDArray[np.int64], corruption: Corruption
) -> Generator[int, None, Restoration]:
    """Corrupt the samples at ``index``, decode the mean of each one's posterior, compare; yields 1 after each chunk.

    The corruption is fixed: drawn chunk by chunk of 1,024 samples, in their order, from
    ``torch.Generator().manual_seed(0)``. Pictures are in [0, 1]; the corrupted ones are as the encoder sees them,
    beyond that range too.

    Raises
    ------
    NotDefined
        Where the model does not encode, or its decode has no mean.
    """
    noise = torch.Generator().manual_seed(0)
    squares = np.zeros(2)
    for start in range(0, len(index), CHUNK):
        given = inputs_of(model, dataset, index[start : start + CHUNK])
        corrupted = corrupt(given.x, corruption.kind, corruption.level, noise)
        posterior = model.encode(corrupted, given.condition)
        restored = model.decode(posterior.mean, given.condition).mean
        for place, other in enumerate((corrupted, restored)):
            squares[place] += (other.cpu().double() - given.x.cpu().double()).square().sum().item()
        yield 1
    values = len(index) * dataset.description.features
    return Restoration(*(_decibels(float(total) / values, DATA_RANGE) for total in squares))


def _decibels(mean_square: float, data_range: float) -> float:
    return math.inf if mean_square == 0 else 10 * math.log10(data_range**2 / mean_square)


_RATIOS = ("psnr_corrupted", "psnr_restored")


def _why_not_restored(about: Evaluated) -> str:
    return why_no_restoration(about.model, about.dataset, about.corruption)


def _restored(about: Evaluated, _: Found) -> Steps[Found]:
    """Return the signal-to-noise ratios under the run's corruption."""
    if why := _why_not_restored(about):
        return all_absent(_RATIOS, why)
    try:
        restored = yield from restore_in_chunks(about.model, about.dataset, about.index, about.corruption)
    except NotDefined as lack:
        return all_absent(_RATIOS, str(lack))
    endless = Absent("nothing differs from the samples: the ratio has no end")
    return {name: endless if math.isinf(value) else value for name, value in vars(restored).items()}


RESTORATION = Measure(lambda about: 0 if _why_not_restored(about) else len(about.parts), _restored)
