"""The figures of a trained model on one split, and why one may be missing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

LIKELIHOOD_FIGURES = ("log_likelihood", "log_likelihood_error", "monte_carlo_error", "gap")
"""Those that cost importance samples."""

NOT_ASKED = "not asked for"
"""The reason for a figure's absence that is no fault of the model's."""


@dataclass(frozen=True)
class Figures:
    """A model's figures on one split; None where a figure is not defined, and ``not_defined`` says why.

    ``importance_samples`` is K of the estimate of log p(x), ``hole_codes`` the number of codes that holes are counted
    among; 0 where there is none. Losses are nats per sample: summed over one sample's features, averaged over samples.
    See `explorer.latent.figure_definitions`.
    """

    split: str
    samples: int
    reconstruction: float | None = None
    mse: float | None = None
    decode_difference: float | None = None
    psnr_corrupted: float | None = None
    psnr_restored: float | None = None
    kl: float | None = None
    elbo: float | None = None
    knn_accuracy: float | None = None
    overlap: float | None = None
    silhouette: float | None = None
    silhouette_error: float | None = None
    extent: float | None = None
    anisotropy: float | None = None
    posterior_sigma: float | None = None
    sigma_over_spread: float | None = None
    hull_holes: float | None = None
    hull_holes_error: float | None = None
    prior_holes: float | None = None
    prior_holes_error: float | None = None
    hole_codes: int = 0
    aggregate_mmd: float | None = None
    aggregate_mmd_error: float | None = None
    aggregate_kl: float | None = None
    aggregate_kl_error: float | None = None
    mutual_information: float | None = None
    mutual_information_error: float | None = None
    mutual_information_bound: float | None = None
    round_trip: float | None = None
    round_trip_error: float | None = None
    smoothness: float | None = None
    smoothness_error: float | None = None
    binary_entropy: float | None = None
    active_units: int | None = None
    active_fraction: float | None = None
    dead_units: int | None = None
    log_likelihood: float | None = None
    log_likelihood_error: float | None = None
    monte_carlo_error: float | None = None
    gap: float | None = None
    importance_samples: int = 0
    not_defined: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Give one flat object of plain JSON values; a figure that is not defined is null."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "not_defined"}
        return {**values, "not_defined": dict(self.not_defined)}


def absence_words(reason: str) -> str:
    """Say that a figure is not there, and why."""
    return reason if reason == NOT_ASKED else f"not defined: {reason}"
