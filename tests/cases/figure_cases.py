"""Made-up figures and bases for comparisons."""

from dataclasses import replace
from typing import Any

from explorer.latent.evaluation.comparability import ComparisonBasis
from explorer.latent.evaluation.comparison_text import DescribedRun
from explorer.latent.evaluation.figures import Figures

BASIS = ComparisonBasis("digits", "test", "0 to 1", "bernoulli")
NO_PRIOR = {"prior_holes": "the model has no prior", "aggregate_kl": "the encoder returns a point, not a distribution"}
AE = Figures(
    "test",
    10_000,
    reconstruction=20.0,
    mse=2.0,
    mse_error=0.01,
    overlap=0.30,
    overlap_error=0.01,
    extent=15.0,
    extent_error=0.5,
    hull_holes=0.58,
    hull_holes_error=0.01,
    hole_codes=2000,
    smoothness=5.0,
    smoothness_error=0.1,
    anisotropy=1.2,
    anisotropy_error=0.05,
    not_defined=NO_PRIOR,
)
VAE = Figures(
    "test",
    10_000,
    reconstruction=21.0,
    reconstruction_error=0.02,
    mse=2.5,
    mse_error=0.01,
    elbo=-24.0,
    elbo_error=0.02,
    overlap=0.40,
    overlap_error=0.01,
    extent=2.5,
    extent_error=0.1,
    hull_holes=0.40,
    hull_holes_error=0.01,
    hole_codes=2000,
    prior_holes=0.2,
    prior_holes_error=0.002,
    aggregate_kl=0.17,
    aggregate_kl_error=0.05,
    smoothness=2.0,
    smoothness_error=0.1,
    anisotropy=1.1,
    anisotropy_error=0.05,
)


def described(name: str, figures: Figures | None, basis: ComparisonBasis = BASIS, **changes: Any) -> DescribedRun:
    return DescribedRun(name, basis, None if figures is None else replace(figures, **changes))
