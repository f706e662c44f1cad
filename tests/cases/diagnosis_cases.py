"""Constructed runs for the checks of a diagnosis: curves and codes with known problems."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from explorer.config import set_values
from explorer.jobs.diagnosis.evidence import Codes, Evidence
from explorer.models import catalog
from explorer.runs.history import History, Metric

STEPS_PER_EPOCH = 12


def evidence(
    family: str = "vae", history: History | None = None, codes: Codes | None = None, **settings: Any
) -> Evidence:
    """Return a finished run of a family with some of its settings: ``model_beta=4``."""
    entry = catalog.family(family)
    keys = {key.replace("_", ".", 1): str(value) for key, value in settings.items()}
    config = set_values(entry.defaults, {"train.epochs": str(entry.epochs)} | keys)
    return Evidence(config, entry, entry.model_type.capabilities, history or falling(), codes)


def with_history(given: Evidence, history: History) -> Evidence:
    return replace(given, history=history)


def metric(epoch: float, total: float, split: str = "validation", **terms: Any) -> Metric:
    kl = terms.pop("kl_per_dimension", None)
    if kl is not None:
        terms["kl"] = float(sum(kl))
    kl = None if kl is None else tuple(map(float, kl))
    return Metric(round(STEPS_PER_EPOCH * epoch), epoch, split, {"total": total, **terms}, kl)


def history(
    validation: Sequence[float], train: Sequence[float], kl: Sequence[Sequence[float]] | None = None
) -> History:
    """Return a history of one validation per epoch, epoch 0 first, and four train metrics in each epoch."""
    metrics = []
    for epoch, total in enumerate(validation):
        if epoch:
            metrics += [metric(epoch - 1 + part / 4, train[epoch - 1], "train") for part in (1, 2, 3, 4)]
        extra = {} if kl is None else {"kl_per_dimension": kl[epoch]}
        metrics.append(metric(epoch, total, **extra))
    return History(tuple(metrics))


def falling(epochs: int = 40, *, noise: float = 0.1, seed: int = 0, kl: Sequence[float] = (1.0, 1.2)) -> History:
    """Return curves as of a healthy run on digits: from 44 to 24 nats, with the noise of one epoch to the next."""
    dice = np.random.default_rng(seed)
    at = np.arange(epochs + 1)
    fall = 24 + 20 * np.exp(-at / 4)
    rising = [[1e-3 if epoch < 3 else value for value in kl] for epoch in at]
    return history(fall + noise * dice.normal(size=epochs + 1), fall[1:] + 0.05 * dice.normal(size=epochs), rising)


def codes(count: int = 400, latent_dim: int = 2, *, sigma: float | None = 0.3, step: int = 480, seed: int = 0) -> Codes:
    """Return codes as of a standard normal, with posteriors of that σ."""
    mean = np.random.default_rng(seed).normal(size=(count, latent_dim)).astype(np.float32)
    log_variance = None if sigma is None else np.full_like(mean, 2 * np.log(sigma))
    return Codes(step, mean, log_variance)
