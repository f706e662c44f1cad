"""The share of a corruption that the model removes, as peak signal-to-noise ratios in dB: of a split, of one sample."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.data.corruption import Corruption, corrupt, corrupt_and_mask
from explorer.data.dataset import DataError, Dataset, Description
from explorer.data.painting import Layer, paint_over
from explorer.latent.inputs import inputs_of
from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import Evaluated, Found, all_absent, as_double, figure_of_samples, measures
from explorer.latent.steps import Steps
from explorer.models.latent_model import LatentModel

CHUNK = 1024
"""Samples corrupted at once; part of the definition of the figures, as the noise is drawn chunk by chunk."""
DATA_RANGE = 1.0
"""The peak of the ratio: the range of pictures in model units."""
DECIBELS = 10 / math.log(10)
"""Decibels per nat of a ratio."""
SEED = 0
OVER_SAMPLES = "Standard error over the samples and the corruption."
NO_CORRUPTION = "the run was trained without corruption"
NO_RANGE = "the samples are not pictures with a fixed range of values"


def psnr(clean: NDArray[Any], other: NDArray[Any], data_range: float = DATA_RANGE) -> float:
    """Return the peak signal-to-noise ratio 10·log₁₀(range² / mean squared error) in dB, infinite for equal arrays.

    The mean is over all values. For many samples this is the ratio for their mean error, not the mean of their ratios,
    one of which may be infinite. Values are not clipped to the range.
    """
    difference = np.asarray(clean, np.float64) - np.asarray(other, np.float64)
    return _decibels(float(np.mean(np.square(difference))), data_range)


def why_no_psnr(description: Description) -> str:
    """Return why a data set has no PSNR; "" if it has one."""
    return "" if description.kind == "image" and description.unit_range else NO_RANGE


def why_no_restoration(model: LatentModel, dataset: Dataset, corruption: Corruption) -> str:
    """Return why the restoration by a model is not defined; "" if it is."""
    if not model.capabilities.encoder:
        return "the model has no encoder"
    return why_no_psnr(dataset.description) or ("" if corruption.changes else NO_CORRUPTION)


@torch.inference_mode()
def restore_in_chunks(
    model: LatentModel, dataset: Dataset, index: NDArray[np.int64], corruption: Corruption, seed: int = 0
) -> Steps[NDArray[np.float64]]:
    """Return the mean squared errors of corrupted and of restored samples, ``(2, n)``; yield 1 after each chunk.

    The samples at ``index`` are corrupted, and the means of their posteriors decoded. The corruption is drawn in chunks
    of 1,024 samples, in their order, from ``torch.Generator().manual_seed(seed)``. Pictures are in [0, 1]; corrupted
    ones may exceed this range, as the inputs of the encoder do.

    Raises
    ------
    NotDefined
        If the decode of the model has no mean.
    """
    # One generator for all chunks, so the corruption depends on their size.
    noise = torch.Generator().manual_seed(seed)
    parts = []
    for start in range(0, len(index), CHUNK):
        given = inputs_of(model, dataset, index[start : start + CHUNK])
        corrupted = corrupt(given.x, corruption.kind, corruption.level, noise)
        posterior = model.encode(corrupted, given.condition)
        restored = model.decode(posterior.mean, given.condition).mean
        clean = as_double(given.x)
        parts.append([(as_double(x) - clean).square().flatten(1).mean(1).numpy() for x in (corrupted, restored)])
        yield 1
    return np.concatenate(parts, axis=1)


def _decibels(mean_square: float, data_range: float) -> float:
    return math.inf if mean_square == 0 else DECIBELS * math.log(data_range**2 / mean_square)


def _why_not(evaluated: Evaluated) -> str:
    return why_no_restoration(evaluated.model, evaluated.dataset, evaluated.corruption)


@measures(
    Figure(
        "psnr_corrupted",
        "PSNR of the corrupted",
        "dB",
        "neither is better",
        "Peak signal-to-noise ratio, 10·log₁₀(1 / mean squared error), between the samples in [0, 1] and the "
        "corrupted inputs of the encoder. The corruption is that of the training, with a fixed seed and "
        "without clipping; the mean is over all values of the split.",
        needs=("an encoder", "a training with corruption"),
        errors=(StandardError("samples", "± of the corrupted", OVER_SAMPLES),),
    ),
    Figure(
        "psnr_restored",
        "PSNR of the restored",
        "dB",
        "higher is better",
        "The same ratio between the clean samples and the decodes of the corrupted ones (at the posterior mean): how "
        "much of the corruption the model removes.",
        needs=("an encoder", "a training with corruption"),
        errors=(StandardError("samples", "± of the restored", OVER_SAMPLES),),
    ),
    passes=lambda evaluated: len(evaluated.chunks),
    why_not=_why_not,
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Compute both ratios under the corruption of the training."""
    seed = evaluated.seed_of(SEED)
    errors = yield from restore_in_chunks(
        evaluated.model, evaluated.dataset, evaluated.index, evaluated.corruption, seed
    )
    return {**_ratio("psnr_corrupted", errors[0]), **_ratio("psnr_restored", errors[1])}


def _ratio(name: str, errors: NDArray[np.float64]) -> Found:
    """Return the ratio for the mean of the squared errors ``(n,)`` of the samples."""
    mean = float(errors.mean())
    if mean == 0:
        # JSON has no infinity.
        return all_absent((name, f"{name}_error"), "the pictures are equal to the samples, so the ratio is infinite")
    value = _decibels(mean, DATA_RANGE)
    # The logarithm of the mean, linear around it.
    return figure_of_samples(name, value, value - DECIBELS * (errors / mean - 1))


@dataclass(frozen=True, eq=False)
class RestoredSample:
    """A sample before and after corruption, and its reconstruction.

    Attributes
    ----------
    clean, corrupted, restored
        Samples ``(*shape)`` in data units. Corrupted values may exceed the range of the data. ``restored`` is the
        decode of the mean of q(z|corrupted).
    difference
        ``restored − clean`` in model units, ``(*shape)``; in [−1, 1] for pictures.
    hidden
        Mask ``(*shape)`` of the hidden values; None if the corruption hides none.
    z
        Mean of q(z|corrupted), ``(latent_dim,)``.
    psnr_corrupted, psnr_restored
        PSNR in dB against the clean sample, infinite if nothing differs; None if it is not defined, for the reason
        ``no_psnr``.
    """

    sample: int
    clean: NDArray[Any]
    corrupted: NDArray[np.float32]
    restored: NDArray[np.float32]
    difference: NDArray[np.float32]
    hidden: NDArray[np.bool_] | None
    z: NDArray[np.float32]
    psnr_corrupted: float | None
    psnr_restored: float | None
    no_psnr: str = ""


@torch.inference_mode()
def restore_sample(
    model: LatentModel,
    dataset: Dataset,
    sample: int,
    corruption: Corruption,
    seed: int = 0,
    painted: Layer | None = None,
) -> RestoredSample:
    """Corrupt one sample, then encode and decode it.

    Parameters
    ----------
    seed
        Seed of the corruption: ``torch.Generator().manual_seed(seed)``.
    painted
        Strokes of the user over the corrupted picture.

    Raises
    ------
    DataError
        If the data has no such sample.
    NotDefined
        If the model has no encoder, or its decode has no mean.
    """
    if not 0 <= sample < len(dataset):
        raise DataError(f"{dataset.name} has no sample {sample}; its samples are 0 to {len(dataset) - 1}")
    index = np.array([sample])
    given = inputs_of(model, dataset, index)
    corrupted, hidden = _corrupted(given.x, corruption, seed, painted)
    mean = model.encode(corrupted, given.condition).mean
    restored = model.decode(mean, given.condition).mean
    clean, noisy, answer = (values[0].cpu().numpy() for values in (given.x, corrupted, restored))
    invert = dataset.description.transform.invert
    # The peak of the ratio is the range of the data, which only pictures have.
    no_psnr = why_no_psnr(dataset.description)
    return RestoredSample(
        sample=sample,
        clean=dataset.rows(index)[0],
        corrupted=invert(noisy),
        restored=invert(answer),
        difference=answer - clean,
        hidden=None if hidden is None else hidden[0].cpu().numpy(),
        z=mean[0].cpu().numpy(),
        psnr_corrupted=None if no_psnr else psnr(clean, noisy),
        psnr_restored=None if no_psnr else psnr(clean, answer),
        no_psnr=no_psnr,
    )


def _corrupted(x: Tensor, corruption: Corruption, seed: int, painted: Layer | None) -> tuple[Tensor, Tensor | None]:
    result, hidden = corrupt_and_mask(x, corruption.kind, corruption.level, torch.Generator().manual_seed(seed))
    if painted is None or not painted.any():
        return result, hidden
    # Noise of its own, so that a stroke does not change the noise elsewhere.
    picture, covered = paint_over(result[0], painted, torch.Generator().manual_seed(seed))
    return picture[None], covered[None] if hidden is None else hidden | covered[None]
