"""What the decode panel draws, as frozen values and texts; the controller builds it from the newest answers. No Qt."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from explorer.data.dataset import Description
from explorer.jobs.queries.follow_sample import ForwardPass
from explorer.jobs.runs.open_run import OpenRun
from explorer.rendering.drawing import number
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
        return f"Most similar real sample: {known}: {distance} away in {features}, of {nearest.compared:,} compared"
    return f"Nearest real: {known}, {number(nearest.distance, 3)} latent units away"


def data_text(nearest: Nearest) -> str:
    """Return whether real samples are near a point; "" until the typical distance is measured."""
    if nearest.typical is None:
        return ""
    usual = number(nearest.typical, 3)
    if nearest.far:
        return f"far from the data: real samples are within {usual} of their nearest neighbour"
    return f"near data (within {usual})"


def sample_text(run: OpenRun, sample: int) -> str:
    """Return the title, class and split of a sample."""
    plane = run.plane
    row = plane.row_of(sample) if plane is not None else None
    title = run.description.sample_title(sample) if run.description.sample_names else f"sample {sample}"
    # The plane is built in the background; until then only the number is known.
    if plane is None or row is None:
        return title
    name = run.description.class_name(plane.label_of(row))
    return joined(title, class_text(name), "" if plane.split is None else str(plane.split[row]))


def others_text(decoded: Decoded, runs: Mapping[str, OpenRun]) -> str:
    """Return what the other panes show for a point, and why a pane has no decode."""
    words = []
    probe = decoded.probe
    if probe is not None and probe.sample is None:
        # Only a point needs this sentence: for a sample every pane shows the same sample, and its captions say so.
        names = [runs[pane.run].name for pane in decoded.panes if pane.run != probe.run and pane.run in runs]
        if names:
            verb = "shows" if len(names) == 1 else "show"
            model = "its own model" if len(names) == 1 else "their own models"
            words.append(f"{' and '.join(names)} {verb} that nearest real sample through {model}.")
    for key, why in decoded.absent:
        if key in runs:
            words.append(f"{runs[key].name}: {why}.")
    return " ".join(words)


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
