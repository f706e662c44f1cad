"""How wide the posteriors are, by themselves and beside the codes' own spread."""

import numpy as np
import torch

from explorer.latent.measure import (
    NOT_FINITE,
    POINT,
    Absent,
    Evaluated,
    Found,
    Measure,
    all_absent,
    as_double,
)
from explorer.latent.principal import rounding_of
from explorer.latent.steps import Steps

_FIGURES = ("posterior_sigma", "sigma_over_spread")


def _work(about: Evaluated, _: Found) -> Steps[Found]:
    yield from ()
    log_variances = [part.log_variance for part in about.posteriors if part.log_variance is not None]
    if not log_variances:
        return all_absent(_FIGURES, POINT)
    sigma = float((0.5 * as_double(torch.cat(log_variances))).exp().mean())
    if not (np.isfinite(about.means).all() and np.isfinite(sigma)):
        return all_absent(_FIGURES, NOT_FINITE)
    return {"posterior_sigma": sigma, "sigma_over_spread": _beside_spread(about, sigma)}


def _beside_spread(about: Evaluated, sigma: float) -> float | Absent:
    spread = float(about.means.astype(np.float64).std(axis=0).mean())
    if spread <= rounding_of(about.means):
        return Absent("the codes are all one place, which has no spread")
    return sigma / spread


POSTERIOR_WIDTH = Measure(lambda _: 0, _work)
