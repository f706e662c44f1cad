"""Evaluate a model on a split with fixed noise, so that anyone can recompute every figure.

1. Encode the samples once, chunk by chunk.
2. Run each measure of the `catalog`; it computes its figures from the posteriors, the model and the data.
3. If a measure raises `NotDefined`, or a value is not finite, record the reason instead of the value.
4. Return the values and the reasons as `Figures`.

The noise of the reconstruction is sixteen draws of ``rng.standard_normal((N, latent_dim))`` with ``rng =
numpy.random.default_rng(0)``, for the N samples of the split in order; every other measure documents its own noise. An
evaluation with another seed has other noise (`Evaluated.seed_of`). The model computes in its own precision; all sums
over samples are in float64.
"""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.corruption import Corruption
from explorer.data.dataset import DataError, Dataset
from explorer.latent.evaluation.catalog import MEASURES
from explorer.latent.evaluation.figures import Figures
from explorer.latent.metrics.measure import Evaluated, Found
from explorer.latent.metrics.sample_values import SUFFIX, SampleValues
from explorer.latent.steps import Absent, Steps, at_once, counted
from explorer.models.latent_model import LatentModel

IMPORTANCE_SAMPLES = 64
"""More draws make log p(x) more accurate, and take longer in proportion."""
CLEAN = Corruption()


def evaluate(
    model: LatentModel,
    dataset: Dataset,
    split: str = "test",
    *,
    train_codes: NDArray[np.float32] | None = None,
    importance_samples: int = IMPORTANCE_SAMPLES,
    corruption: Corruption = CLEAN,
    seed: int = 0,
) -> Figures:
    """Evaluate a model and return its figures; see `evaluate_in_chunks`."""
    return at_once(
        evaluate_in_chunks(
            model,
            dataset,
            split,
            train_codes=train_codes,
            importance_samples=importance_samples,
            corruption=corruption,
            seed=seed,
        )
    )


def evaluate_in_chunks(
    model: LatentModel,
    dataset: Dataset,
    split: str = "test",
    *,
    train_codes: NDArray[np.float32] | None = None,
    importance_samples: int = IMPORTANCE_SAMPLES,
    corruption: Corruption = CLEAN,
    seed: int = 0,
) -> Steps[Figures]:
    """Evaluate a model on a split; yield ``(done, total)`` passes over chunks, so that the caller can stop it.

    Parameters
    ----------
    train_codes
        Posterior means of the training split, ``(n, latent_dim)``, in its order; the neighbours for `knn_accuracy`.
        Computed if not given.
    importance_samples
        Number of draws per sample in each of two rounds for the estimate of log p(x)
        (`explorer.latent.density.likelihood_estimate`); 0 for no estimate.
    corruption
        Corruption that the run was trained with, for the figures of
        `explorer.latent.metrics.decoder.restoration`.
    seed
        Seed of the evaluation's noise; saved figures are those of seed 0.

    Raises
    ------
    DataError
        If the split is unknown or empty.
    """
    index = dataset.splits.named(split)
    # The reason of every figure, not an error: a model without an encoder is valid.
    if why := _why_undefined(model, dataset, len(index)):
        absent: dict[str, Any] = {}
        for measure in MEASURES:
            absent |= measure.absent(why)
        return _figures(split, len(index), absent)
    if len(index) == 0:
        raise DataError(f"{dataset.name}: the {split} split is empty; set data.{split}_fraction above 0")
    # The total is known before the first pass, so that progress can be shown as a share.
    evaluated = Evaluated(model, dataset, index, importance_samples, corruption, train_codes, seed=seed)
    done, planned = len(evaluated.chunks), [measure.planned(evaluated) for measure in MEASURES]
    total = done + sum(planned)
    evaluated = replace(evaluated, posteriors=(yield from counted(evaluated.encode(), 0, total)))
    found: dict[str, Any] = {}
    for measure, passes in zip(MEASURES, planned, strict=True):
        found |= yield from counted(measure.run(evaluated, found), done, total)
        done += passes  # the planned number: a measure may end early, and progress must still reach the total
    return _figures(split, len(index), found)


def _why_undefined(model: LatentModel, dataset: Dataset, samples: int) -> str:
    """Return why no figure is defined; "" if some may be."""
    if samples == 0 and dataset.description.of_words:
        return "all words are in the train split, because a word left out of training has no vector; use that split"
    return "" if model.capabilities.encoder or samples == 0 else "the model has no encoder"


def _figures(split: str, samples: int, found: Found) -> Figures:
    found = {name: _finite(value) for name, value in found.items()}
    reasons = {name: value.why for name, value in found.items() if isinstance(value, Absent)}
    by_sample = {name.removesuffix(SUFFIX): value for name, value in found.items() if isinstance(value, SampleValues)}
    known: dict[str, Any] = {
        name: value for name, value in found.items() if not isinstance(value, Absent | SampleValues)
    }
    return Figures(split, samples, not_defined=reasons, by_sample=by_sample, **known)


def _finite(value: Any) -> Any:
    """Return a value, or a reason if it is not finite: JSON has no NaN and no infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        return Absent(f"the result is {value}: weights or data are invalid or far too large")
    return value
