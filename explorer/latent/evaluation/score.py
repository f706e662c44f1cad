"""The mean ELBO of given samples, by which a model is chosen."""

from dataclasses import replace
from typing import Any

import numpy as np

from explorer.data.corruption import Corruption
from explorer.data.dataset import Dataset, Description, Splits
from explorer.latent.metrics.likelihood import elbo
from explorer.latent.metrics.measure import Evaluated
from explorer.latent.steps import Absent, at_once
from explorer.models.latent_model import LatentModel, NotDefined


def mean_elbo(model: LatentModel, description: Description, samples: Any) -> float:
    """Return the mean ELBO of samples in nats, or minus their reconstruction loss if the model has no ELBO.

    Parameters
    ----------
    samples
        ``(n, *description.shape)`` in their own units, not necessarily of the run's data. The noise is that of
        `explorer.latent.evaluation.evaluate`.

    Raises
    ------
    NotDefined
        If the model has neither.
    """
    index, none = np.arange(samples.shape[0]), np.empty(0, np.int64)
    dataset = Dataset(description, samples, Splits(none, none, index))
    # No importance samples: they are for the log-likelihood, which is not needed, and take most of the time.
    evaluated = Evaluated(model, dataset, index, importance_samples=0, corruption=Corruption())
    evaluated = replace(evaluated, posteriors=at_once(evaluated.encode()))
    found = at_once(elbo.measure.run(evaluated, {}))
    bound, cost = found["elbo"], found["reconstruction"]
    if isinstance(cost, Absent):
        raise NotDefined(cost.why)
    return -float(cost) if isinstance(bound, Absent) else float(bound)  # type: ignore[arg-type]
