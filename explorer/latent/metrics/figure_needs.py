"""What a model and its data must have for a figure to be defined; where it is missing, the figure says so."""

from collections.abc import Mapping
from typing import Literal

Need = Literal[
    "an encoder",
    "a prior",
    "a stochastic posterior",
    "a density p(x|z)",
    "a differentiable decoder",
    "labels",
    "two latent dimensions",
    "a Bernoulli likelihood",
    "a training with corruption",
    "a sparse code",
]

_BOUND: tuple[Need, ...] = ("an encoder", "a density p(x|z)", "a stochastic posterior", "a prior")
_NEEDS: Mapping[str, tuple[Need, ...]] = {
    "reconstruction": ("an encoder", "a density p(x|z)"),
    "kl": ("an encoder", "a stochastic posterior", "a prior"),
    "elbo": _BOUND,
    "log_likelihood": _BOUND,
    "gap": _BOUND,
    "psnr_corrupted": ("an encoder", "a training with corruption"),
    "psnr_restored": ("an encoder", "a training with corruption"),
    "knn_accuracy": ("an encoder", "labels"),
    "overlap": ("an encoder", "labels"),
    "silhouette": ("an encoder", "labels"),
    "anisotropy": ("an encoder", "two latent dimensions"),
    "posterior_sigma": ("an encoder", "a stochastic posterior"),
    "sigma_over_spread": ("an encoder", "a stochastic posterior"),
    "hull_holes": ("an encoder", "two latent dimensions"),
    "prior_holes": ("an encoder", "a prior"),
    "aggregate_mmd": ("an encoder", "a prior"),
    "aggregate_kl": ("an encoder", "a stochastic posterior", "a prior"),
    "mutual_information": ("an encoder", "a stochastic posterior"),
    "mutual_information_bound": ("an encoder", "a stochastic posterior"),
    "round_trip": ("an encoder", "a prior"),
    "smoothness": ("an encoder", "a differentiable decoder"),
    "binary_entropy": ("an encoder", "a Bernoulli likelihood"),
    "active_units": ("an encoder", "a stochastic posterior"),
    "active_fraction": ("an encoder", "a sparse code"),
    "dead_units": ("an encoder", "a sparse code"),
}


def needs_of(figure: str) -> tuple[Need, ...]:
    """Return what a figure needs, by its name; each needs an encoder."""
    return _NEEDS.get(figure, ("an encoder",))
