"""Frozen values that the decode panel draws; the decode controller builds them from the newest answers."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from explorer.jobs.queries.follow_sample import ForwardPass
from explorer.session import Probe


@dataclass(frozen=True, eq=False)
class PaneDecode:
    """The decode of the probe by one pane's run.

    Attributes
    ----------
    run, step
        Key of the run, and the training step of its weights.
    z
        The decoded code, ``(latent_dim,)`` floats.
    picture
        p(x|z), its mean or a draw of it, ``(*shape)`` in the units of the samples.
    sample
        Index of the sample that z encodes; None for a point chosen in latent space.
    forward_pass
        The sample's forward pass; None for a point, or if the data is missing.
    """

    run: str
    step: int
    z: tuple[float, ...]
    picture: NDArray[Any]
    sample: int | None = None
    forward_pass: ForwardPass | None = None


# eq=False: two values holding arrays cannot be compared with ==; identity says whether a value was replaced.
@dataclass(frozen=True, eq=False)
class Nearest:
    """The real sample nearest to a point of latent space.

    Attributes
    ----------
    distance, typical
        Distance from the point to the sample's code, and the typical distance between neighbouring codes (None
        until it
        is measured), in latent units.
    class_name, split
        Class and split of the sample, "" if unknown.
    picture
        The sample ``(*shape)`` in its own units; None if the data is missing.
    compared
        0 if the nearest code was searched. For a model without an encoder: the number of training samples that the
        decode
        was compared with; then ``distance`` is in the units of the samples.
    """

    sample: int
    distance: float
    typical: float | None
    class_name: str
    split: str
    picture: NDArray[Any] | None
    compared: int = 0

    @property
    def far(self) -> bool:
        """Whether the point is farther from all samples than samples are from each other."""
        return self.typical is not None and self.distance > self.typical


@dataclass(frozen=True, eq=False)
class Decoded:
    """The newest answers for the probe; the probe's own run comes first.

    ``absent`` holds (run key, reason) for each further pane without a decode.
    """

    probe: Probe | None = None
    panes: tuple[PaneDecode, ...] = ()
    nearest: Nearest | None = None
    absent: tuple[tuple[str, str], ...] = ()

    def of(self, run: str) -> PaneDecode | None:
        """Return a run's decode, if there is one."""
        return next((pane for pane in self.panes if pane.run == run), None)
