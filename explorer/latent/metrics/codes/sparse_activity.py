"""The activity of the units of a sparse code: for which share of the samples each is active, and which never is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.config import ModelConfig
from explorer.latent.metrics.figure import Figure, StandardError
from explorer.latent.metrics.measure import Evaluated, Found, figure_of_samples, measures
from explorer.latent.steps import Steps
from explorer.models.latent_model import NotDefined
from explorer.models.sparse_code import SparseCode

NO_SPARSE_CODE = "the family has no sparse code"


@dataclass(frozen=True, eq=False)
class Activity:
    """The activity of each unit.

    Attributes
    ----------
    share
        Share of the samples for which each unit is active, ``(latent_dim,)``, in [0, 1].
    fractions
        Share of the units that are active for each sample, ``(n,)``, in [0, 1].
    """

    share: NDArray[np.float64]
    fractions: NDArray[np.float64]

    @property
    def samples(self) -> int:
        """The number of samples."""
        return len(self.fractions)

    @property
    def fraction(self) -> float:
        """The share of units that are active for a sample, averaged over the samples."""
        return float(self.share.mean())

    @property
    def dead(self) -> tuple[int, ...]:
        """The units, counted from 0, that are active for no sample."""
        return tuple(np.flatnonzero(self.share == 0).tolist())


def measure_activity(codes: NDArray[np.floating], active_above: float) -> Activity:
    """Return the activity of codes ``(n, latent_dim)``, n ≥ 1; active units exceed a limit in absolute value."""
    # Absolute values, as codes without a ReLU may be negative.
    active = np.abs(codes) > active_above
    return Activity(active.mean(axis=0), active.mean(axis=1))


def activity_of(config: ModelConfig, codes: NDArray[np.floating]) -> Activity | None:
    """Return the activity of the codes of a model with this config; None without a sparse code or without codes."""
    # The family defines active: not 0 after a ReLU, above ½ after a sigmoid.
    return measure_activity(codes, config.active_above) if isinstance(config, SparseCode) and len(codes) else None


@measures(
    Figure(
        "active_fraction",
        "active share of the code",
        "share of the units",
        "neither is better",
        "Share of the units of a sparse code that are active for a sample, averaged over the samples. Active means "
        "not zero, or above 0.5 after a sigmoid.",
        needs=("an encoder", "a sparse code"),
        errors=(StandardError("samples", "± of the active share", "Standard error over the samples."),),
    ),
    Figure(
        "dead_units",
        "dead units",
        "units",
        "lower is better",
        "Units of a sparse code that are active for no sample of the split.",
        needs=("an encoder", "a sparse code"),
        is_count=True,
    ),
)
def measure(evaluated: Evaluated, found: Found) -> Steps[Found]:
    """Compute the activity of the units of a sparse code."""
    yield from ()
    activity = activity_of(evaluated.model.config, evaluated.means)
    if activity is None:
        raise NotDefined(NO_SPARSE_CODE)
    return {
        **figure_of_samples("active_fraction", activity.fraction, activity.fractions),
        "dead_units": len(activity.dead),
    }
