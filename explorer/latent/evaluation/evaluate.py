"""Evaluating a model on a split, under fixed noise, so that anyone can recompute every figure.

1. The samples are encoded once, chunk by chunk.
2. Each measure of the `catalog` in turn computes its figures from the posteriors, the model and the data.
3. A measure that raises `NotDefined` leaves its figures undefined, with the reason; so does a value that is not finite.
4. `Figures` holds the values and the reasons.

The noise of the reconstruction is ``rng = numpy.random.default_rng(0)`` and sixteen draws of ``rng.standard_normal((N,
latent_dim))`` over the split in its order; each other measure names its own. The model computes in its own precision;
every sum over samples is in float64.
"""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.corruption import Corruption
from explorer.data.dataset import DataError, Dataset
from explorer.latent.absent import Absent
from explorer.latent.evaluation.catalog import MEASURES
from explorer.latent.evaluation.figures import Figures
from explorer.latent.metrics.measure import Evaluated, Found
from explorer.latent.steps import Steps, at_once, counted
from explorer.models.latent_model import LatentModel

IMPORTANCE_SAMPLES = 64
"""Enough to see the gap of a small model; the estimate of log p(x) rises a little with more."""
CLEAN = Corruption()


def evaluate(
    model: LatentModel,
    dataset: Dataset,
    split: str = "test",
    *,
    train_codes: NDArray[np.float32] | None = None,
    importance_samples: int = IMPORTANCE_SAMPLES,
    corruption: Corruption = CLEAN,
) -> Figures:
    """Evaluate a model at one go; see `evaluate_in_chunks`."""
    return at_once(
        evaluate_in_chunks(
            model,
            dataset,
            split,
            train_codes=train_codes,
            importance_samples=importance_samples,
            corruption=corruption,
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
) -> Steps[Figures]:
    """Evaluate a model on a split; yields ``(done, total)`` passes over chunks, so that its runner may stop it.

    Parameters
    ----------
    train_codes
        Posterior means of the training split in its order, (n, latent_dim), where they are known already; they are
        the neighbours of `knn_accuracy`.
    importance_samples
        Draws for each sample's estimate of log p(x) (`explorer.latent.density.likelihood_estimate`); 0 leaves it out.
    corruption
        What the run was trained with; the figures of restoration are measured under it. See
        `explorer.latent.metrics.decoder.restoration`.

    Raises
    ------
    DataError
        For a split that is unknown or empty.
    """
    index = dataset.splits.named(split)
    # Said of every figure, not raised: a generator without an encoder is a model like any other.
    if why := _why_nothing(model, dataset, len(index)):
        absent: dict[str, Any] = {}
        for measure in MEASURES:
            absent |= measure.absent(why)
        return _figures(split, len(index), absent)
    if len(index) == 0:
        raise DataError(f"{dataset.name}: its {split} split is empty; give it samples (data.{split}_fraction)")
    # How many passes there are is known before the first one, so that progress is a share of all.
    evaluated = Evaluated(model, dataset, index, importance_samples, corruption, train_codes)
    done, planned = len(evaluated.chunks), [measure.planned(evaluated) for measure in MEASURES]
    total = done + sum(planned)
    evaluated = replace(evaluated, posteriors=(yield from counted(evaluated.encode(), 0, total)))
    found: dict[str, Any] = {}
    for measure, passes in zip(MEASURES, planned, strict=True):
        found |= yield from counted(measure.run(evaluated, found), done, total)
        done += passes  # as planned: a measure may end early, and the bar must not stop short
    return _figures(split, len(index), found)


def _why_nothing(model: LatentModel, dataset: Dataset, samples: int) -> str:
    """Say why no figure is defined at all; "" where some are."""
    if samples == 0 and dataset.description.of_words:
        return "every word is trained on, as one that is held out has no vector; ask for the train split"
    return "" if model.capabilities.encoder or samples == 0 else "the model has no encoder"


def _figures(split: str, samples: int, found: Found) -> Figures:
    found = {name: _finite(value) for name, value in found.items()}
    known: dict[str, Any] = {name: value for name, value in found.items() if not isinstance(value, Absent)}
    reasons = {name: value.why for name, value in found.items() if isinstance(value, Absent)}
    return Figures(split, samples, not_defined=reasons, **known)


def _finite(value: Any) -> Any:
    """Return a value, or why there is none: JSON has no NaN and no infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        return Absent(f"it came out as {value}: the model's weights or the data are broken, or far too large")
    return value
