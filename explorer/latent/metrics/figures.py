"""The figures of a trained model on one split, and why one may be missing."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Self

LIKELIHOOD_FIGURES = ("log_likelihood", "log_likelihood_error", "monte_carlo_error", "gap")
"""Those that cost importance samples."""

FIGURES_VERSION = 1
"""Raised when a definition changes so that a figure comes out otherwise: figures that were kept before are stale."""

NOT_ASKED = "not asked for"
"""The reason for a figure's absence that is no fault of the model's."""


@dataclass(frozen=True)
class Figures:
    """A model's figures on one split; None where a figure is not defined, and ``not_defined`` says why.

    ``importance_samples`` is K of the estimate of log p(x), ``hole_codes`` the number of codes that holes are counted
    among; 0 where there is none. Losses are nats per sample: summed over one sample's features, averaged over samples.
    ``overlap_matrix`` has a row per class, None where the split has no sample of it: the shares of its samples that
    lie among each class, see `explorer.latent.metrics.overlap`. See `explorer.latent.metrics.figure_definitions`.
    """

    split: str
    samples: int
    reconstruction: float | None = None
    reconstruction_error: float | None = None
    mse: float | None = None
    decode_difference: float | None = None
    psnr_corrupted: float | None = None
    psnr_restored: float | None = None
    kl: float | None = None
    kl_error: float | None = None
    elbo: float | None = None
    elbo_error: float | None = None
    knn_accuracy: float | None = None
    knn_accuracy_error: float | None = None
    overlap: float | None = None
    overlap_error: float | None = None
    overlap_matrix: tuple[tuple[float, ...] | None, ...] | None = None
    silhouette: float | None = None
    silhouette_error: float | None = None
    extent: float | None = None
    extent_error: float | None = None
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
        """Return one flat object of plain JSON values; a figure that is not defined is null."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "not_defined"}
        if self.overlap_matrix is not None:
            values["overlap_matrix"] = [None if row is None else list(row) for row in self.overlap_matrix]
        return {**values, "not_defined": dict(self.not_defined)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave.

        Raises
        ------
        ValueError
            Where a figure is missing, is no finite number, or anything else does not hold together.
        """
        numbers: dict[str, Any] = {}
        for name, about in cls.__dataclass_fields__.items():
            if name in _NO_NUMBERS:
                continue
            if name not in value:
                raise ValueError(f"it has no {name}")
            numbers[name] = _number(name, value[name], whole="int" in str(about.type))
        reasons = value.get("not_defined")
        if not isinstance(reasons, Mapping) or not all(isinstance(why, str) for why in reasons.values()):
            raise ValueError("not_defined has no reasons")
        return cls(
            split=str(value["split"]),
            overlap_matrix=_matrix(value.get("overlap_matrix")),
            not_defined=MappingProxyType({str(name): why for name, why in reasons.items()}),
            note=str(value.get("note", "")),
            **numbers,
        )


def absence_words(reason: str) -> str:
    """Say that a figure is not there, and why."""
    return reason if reason == NOT_ASKED else f"not defined: {reason}"


_NO_NUMBERS = {"split", "overlap_matrix", "not_defined", "note"}


def _number(name: str, value: Any, *, whole: bool) -> float | int | None:
    if value is None and name not in ("samples", "hole_codes", "importance_samples"):
        return None
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)) or not abs(value) < math.inf:
        raise ValueError(f"{name} is {value!r}")
    try:
        return int(value) if whole else float(value)
    except OverflowError as error:  # a whole number of hundreds of digits
        raise ValueError(f"{name} has no such value") from error


def _matrix(value: Any) -> tuple[tuple[float, ...] | None, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(
        row is None or (isinstance(row, list) and len(row) == len(value)) for row in value
    ):
        raise ValueError("overlap_matrix is no matrix")
    return tuple(None if row is None else tuple(_share(entry) for entry in row) for row in value)


def _share(value: Any) -> float:
    share = _number("overlap_matrix", 2.0 if value is None else value, whole=False)
    if share is None or not 0 <= share <= 1:
        raise ValueError(f"overlap_matrix has {value!r}")
    return share
