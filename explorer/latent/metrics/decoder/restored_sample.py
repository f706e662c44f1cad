"""One sample, its corrupted version, and the reconstruction of that by a model."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explorer.data.corruption import Corruption, corrupt_and_mask
from explorer.data.dataset import DataError, Dataset
from explorer.data.painting import Layer, paint_over
from explorer.latent.inputs import inputs_of
from explorer.latent.metrics.decoder.restoration import psnr, why_no_psnr
from explorer.models.latent_model import LatentModel


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
