"""Made-up codes on a plane."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.codes.neighbours import Neighbours
from explorer.latent.plane.projection import default_projection


def codes_of(mean: ArrayLike, labels: NDArray[np.int64] | None = None, **more: Any) -> PlaneCodes:
    """Return codes with these means, points without a spread unless ``more`` says otherwise."""
    means = np.asarray(mean, np.float32)
    values = {
        "step": 1, "index": np.arange(len(means)), "mean": means, "log_variance": None, "labels": labels,
        "split": None, "reconstruction": None, "columns": {}, "neighbours": Neighbours(means),
        "projection": default_projection(means),
    }  # fmt: skip
    return PlaneCodes(**{**values, **more})
