"""What the decode panel draws, as frozen values and texts; the controller builds it from the newest answers. No Qt."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.jobs.queries.follow_sample import ForwardPass
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.bound.sample_bound import SampleBound
from explorer.latent.codes.neighbours import Neighbour
from explorer.latent.information.rounding import number_text
from explorer.latent.steps import Absent
from explorer.rendering.drawing import number
from explorer.session import Probe, View

NO_DECODER = "it has no decoder, so its nearest real sample is shown"
"""Why a run in view has no decode: the words after its name."""
SHOWN_NUMBERS = 3
"""Maximum number of values of a code that are written out in a line of text."""


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
        until it is measured), in latent units.
    class_name, split
        Class and split of the sample, "" if unknown.
    picture
        The sample ``(*shape)`` in its own units; None if the data is missing.
    compared
        0 if the nearest code was searched. For a model without an encoder: the number of training samples that the
        decode was compared with; then ``distance`` is in the units of the samples.
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


def nearest_of(run: OpenRun, neighbour: Neighbour, before: float | None = None) -> Nearest:
    """Return the real sample nearest to a code; ``before`` is the typical distance to use if it is not known yet."""
    plane = run.plane
    assert plane is not None
    sample = int(plane.index[neighbour.row])
    known = plane.neighbours.known_typical_distance
    return Nearest(
        sample=sample,
        distance=neighbour.distance,
        typical=before if known is None else known,
        class_name=run.description.class_name(plane.label_of(neighbour.row)),
        split="" if plane.split is None else str(plane.split[neighbour.row]),
        # Without the data there is no picture, but class and split come from the plane.
        picture=real_sample(run, sample),
    )


def real_sample(run: OpenRun, sample: int | None) -> NDArray[Any] | None:
    """Return a sample ``(*shape)`` of a run's data in its own units; None without it."""
    data = run.dataset
    return None if data is None or sample is None or sample >= len(data) else data.rows(np.array([sample]))[0]


def class_text(class_name: str) -> str:
    """Return "class 5", or "" if the class is unknown."""
    return f"class {class_name}" if class_name else ""


def joined(*parts: str) -> str:
    """Join the non-empty parts with " · "."""
    return " · ".join(part for part in parts if part)


def nearest_text(nearest: Nearest, about: Description | None = None) -> str:
    """Return the caption of the nearest real sample: its class, title, split and distance."""
    named = about is not None and bool(about.sample_names)
    title = about.sample_title(nearest.sample) if about is not None and named else f"sample {nearest.sample}"
    known = joined(class_text(nearest.class_name), title, nearest.split)
    # The comparison of a model without an encoder measures pixels or features; all other distances are latent units.
    if nearest.compared:
        distance = number(nearest.distance, 3)
        features = "pixel values" if about is not None and about.kind == "image" else "features"
        return f"Nearest of {nearest.compared:,} real samples: {known}, at distance {distance} ({features})"
    return f"Nearest real: {known}, {number(nearest.distance, 3)} latent units away"


def data_text(nearest: Nearest) -> str:
    """Return whether real samples are near a point; "" until the typical distance is measured."""
    if nearest.typical is None:
        return ""
    usual = number(nearest.typical, 3)
    if nearest.far:
        return f"far from the data, where neighbouring samples are up to {usual} apart"
    return f"near the data, where neighbouring samples are up to {usual} apart"


def framed_run(view: View, runs: Mapping[str, OpenRun]) -> OpenRun | None:
    """Return the run that head, forward pass, bound and code are about: that of the framed pane.

    A point belongs to the latent space of its own run; a sample, to every run that was trained on its data.
    """
    probe = view.probe
    own = runs.get(probe.run) if probe is not None else None
    framed = runs.get(view.active_run or "")
    if probe is None or probe.sample is None or own is None or framed is None:
        return own
    is_same_data = framed.description.fingerprint == own.description.fingerprint
    return framed if is_same_data and framed.dataset is not None and framed.capabilities.encoder else own


def reconstruction_of(pane: PaneDecode, bound: SampleBound | Absent | None) -> float | None:
    """Return the reconstruction of a sample by a run, in nats; None until it is known, and for a point.

    It is the mean over q(z|x), the same that the bound has; for an encoder that returns points, that of its code.
    """
    if isinstance(bound, SampleBound) and bound.reconstruction is not None:
        return bound.reconstruction
    forward_pass = pane.forward_pass
    is_final = forward_pass is not None and (forward_pass.noise is None or bound is not None)
    return forward_pass.reconstruction if forward_pass is not None and is_final else None


def fixed(value: float, digits: int = 2) -> str:
    """Format a number with ``digits`` decimals and a true minus sign; a value that rounds to 0 has no sign."""
    return number_text(value, digits)


def code_text(z: tuple[float, ...]) -> str:
    """Return a code as a short text, such as "−1.53, 0.22"."""
    rest = ", …" if len(z) > SHOWN_NUMBERS else ""
    return ", ".join(map(fixed, z[:SHOWN_NUMBERS])) + rest


def head_texts(run: OpenRun, probe: Probe) -> tuple[str, str]:
    """Return what is decoded: a title, such as "Sample 9805", and a detail, such as "class 5, test"."""
    if probe.sample is None:
        return "Point", f"z = ({code_text(probe.z)})"
    title, *known = sample_parts(run, probe.sample)
    # A word or the title of a document is written as it is.
    return title if run.description.sample_names else title.capitalize(), ", ".join(known)


def sample_parts(run: OpenRun, sample: int) -> tuple[str, ...]:
    """Return the title, class and split of a sample, as far as they are known."""
    plane = run.plane
    row = plane.row_of(sample) if plane is not None else None
    title = run.description.sample_title(sample) if run.description.sample_names else f"sample {sample}"
    # The plane is built in the background; until then only the number is known.
    if plane is None or row is None:
        return (title,)
    name = class_text(run.description.class_name(plane.label_of(row)))
    split = "" if plane.split is None else str(plane.split[row])
    return tuple(part for part in (title, name, split) if part)


def sample_text(run: OpenRun, sample: int) -> str:
    """Return the title, class and split of a sample as one text."""
    return joined(*sample_parts(run, sample))


def others_text(decoded: Decoded, runs: Mapping[str, OpenRun]) -> str:
    """Return why runs in view have no decode; "" if all have one."""
    if len(decoded.absent) == 1 and not decoded.panes and decoded.absent[0][1] == NO_DECODER:
        return "This model has no decoder."
    return " ".join(f"{runs[key].name}: {why}." for key, why in decoded.absent if key in runs)


def why_no_decode(run: OpenRun | None) -> str:
    """Return a sentence on why a run decodes nothing; "" if it does."""
    return "" if run is None or run.capabilities.decoder else f"Not defined: {run.name} has no decoder."


def missing_text(run: OpenRun) -> str:
    """Return why a run's real samples are not shown; "" if they are."""
    if run.dataset is not None:
        return ""
    return f"Real samples are not shown: {run.missing_data}" if run.missing_data else ""


def caution_text(run: OpenRun) -> str:
    """Return the family's warnings about a run's settings; "" if there are none."""
    return " ".join(run.family.warnings(run.config, run.description))


def kl_absence(run: OpenRun) -> str:
    """Return why a run has no KL per dimension."""
    if run.is_user_model:
        return "not defined: your own program trains this model and logs no KL here"
    if not run.capabilities.stochastic_posterior:
        return f"not defined: {run.short_title} has no posterior to compare with a prior"
    if run.capabilities.learned_prior:
        return "not defined: the KL of a mixture prior does not split into dimensions"
    return "not yet: it appears with the first validation"
