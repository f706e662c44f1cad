"""Evaluating a model on a split, under fixed noise, so that anyone can recompute every figure.

The noise is ``rng = numpy.random.default_rng(0)`` and sixteen draws of ``rng.standard_normal((N, latent_dim))`` over
the split in its order. The model computes in its own precision; every sum over samples is in float64.
"""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.corruption import Corruption
from explorer.data.dataset import DataError, Dataset
from explorer.latent.measure import Absent, Evaluated, Found, all_absent
from explorer.latent.metrics.aggregate_mmd import AGGREGATE_MMD
from explorer.latent.metrics.code_figures import SEPARABILITY, USE_OF_THE_CODE
from explorer.latent.metrics.decode_difference import DECODE_DIFFERENCE
from explorer.latent.metrics.elbo import BOUND
from explorer.latent.metrics.extent import EXTENT
from explorer.latent.metrics.figure_definitions import FIGURES
from explorer.latent.metrics.figures import Figures
from explorer.latent.metrics.holes import HOLES
from explorer.latent.metrics.log_likelihood import LOG_LIKELIHOOD
from explorer.latent.metrics.mean_decodes import MEAN_DECODES
from explorer.latent.metrics.mutual_information import MUTUAL_INFORMATION
from explorer.latent.metrics.overlap import OVERLAP
from explorer.latent.metrics.posterior_width import POSTERIOR_WIDTH
from explorer.latent.metrics.restoration import RESTORATION
from explorer.latent.metrics.round_trip import ROUND_TRIP
from explorer.latent.metrics.silhouette import SILHOUETTE
from explorer.latent.metrics.smoothness import SMOOTHNESS
from explorer.latent.steps import Steps, at_once, counted
from explorer.models.latent_model import LatentModel

IMPORTANCE_SAMPLES = 64
"""Enough to see the gap of a small model; the estimate of log p(x) rises a little with more."""
CLEAN = Corruption()
MEASURES = (
    BOUND,
    MEAN_DECODES,
    DECODE_DIFFERENCE,
    RESTORATION,
    LOG_LIKELIHOOD,
    SEPARABILITY,
    OVERLAP,
    SILHOUETTE,
    EXTENT,
    POSTERIOR_WIDTH,
    HOLES,
    USE_OF_THE_CODE,
    AGGREGATE_MMD,
    MUTUAL_INFORMATION,
    ROUND_TRIP,
    SMOOTHNESS,
)
"""In their order; the estimate of log p(x) needs the ELBO."""


def evaluate(
    model: LatentModel,
    dataset: Dataset,
    split: str = "test",
    *,
    train_codes: NDArray[np.float32] | None = None,
    importance_samples: int = IMPORTANCE_SAMPLES,
    corruption: Corruption = CLEAN,
) -> Figures:
    """Evaluate at one go; see `evaluate_in_chunks`."""
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
        `explorer.latent.metrics.restoration`.

    Raises
    ------
    DataError
        For a split that is unknown or empty.
    """
    index = dataset.splits.named(split)
    if why := _why_nothing(model, dataset, len(index)):
        return _figures(split, len(index), all_absent((*(figure.name for figure in FIGURES), "overlap_matrix"), why))
    if len(index) == 0:
        raise DataError(f"{dataset.name}: its {split} split is empty; give it samples (data.{split}_fraction)")
    about = Evaluated(model, dataset, index, importance_samples, corruption, train_codes)
    done, planned = len(about.parts), [measure.passes(about) for measure in MEASURES]
    total = done + sum(planned)
    about = replace(about, posteriors=(yield from counted(about.encode(), 0, total)))
    found: dict[str, Any] = {}
    for measure, passes in zip(MEASURES, planned, strict=True):
        found |= yield from counted(measure.work(about, found), done, total)
        done += passes
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
    """Return a value, or why there is none: what is no number has no place in a file or a table."""
    if isinstance(value, float) and not math.isfinite(value):
        return Absent(f"it came out as {value}: the model's weights or the data are broken, or far too large")
    return value
