"""What the decode panel shows: frozen values, made by the controller from the newest answers."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from explorer.jobs.queries.follow_sample import ForwardPass
from explorer.session import Probe


@dataclass(frozen=True, eq=False)
class PaneDecode:
    """What one pane's run makes of the probe.

    Attributes
    ----------
    run, step
        Whose decode it is, and after how many training steps.
    z
        The code that was decoded.
    picture
        p(x|z), its mean or a draw of it, ``(*shape)`` in the samples' own units.
    sample
        The sample that z comes from; None for a place chosen by hand.
    way
        That sample's way through the model; None for a place, or where the data is not at hand.
    """

    run: str
    step: int
    z: tuple[float, ...]
    picture: NDArray[Any]
    sample: int | None = None
    way: ForwardPass | None = None


@dataclass(frozen=True, eq=False)
class Nearest:
    """The real sample nearest to a place.

    Attributes
    ----------
    distance, typical
        Of the place to its code, and what is usual between samples (None until measured), in latent units.
    class_name, split
        What is known of it, or "".
    picture
        The sample ``(*shape)`` in its own units; None where the data is not at hand.
    compared
        0 where it is the nearest code; else the decode was compared with so many training samples, as the model has no
        encoder, and the distance is in model values.
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
        """Whether there is no data near the place."""
        return self.typical is not None and self.distance > self.typical


@dataclass(frozen=True, eq=False)
class Decoded:
    """The newest answers to where the probe is; the probe's own run comes first.

    ``absent`` says for each further pane without a decode why there is none.
    """

    probe: Probe | None = None
    panes: tuple[PaneDecode, ...] = ()
    nearest: Nearest | None = None
    absent: tuple[tuple[str, str], ...] = ()

    def of(self, run: str) -> PaneDecode | None:
        """Return a run's decode, if there is one."""
        return next((pane for pane in self.panes if pane.run == run), None)
