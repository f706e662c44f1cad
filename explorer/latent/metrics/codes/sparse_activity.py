"""The activity of the units of a sparse code: for which share of the samples each is active, and which never is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.config import ModelConfig
from explorer.latent.metrics.figure import Figure
from explorer.latent.metrics.measure import Evaluated, Found, measures
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
    samples
        Number of samples.
    """

    share: NDArray[np.float64]
    samples: int

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
    return Activity((np.abs(codes) > active_above).mean(axis=0), len(codes))


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
    return {"active_fraction": activity.fraction, "dead_units": len(activity.dead)}
