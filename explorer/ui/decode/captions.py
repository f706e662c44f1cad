"""Texts of the decode panel, built from frozen values. No Qt."""

from collections.abc import Mapping

from explorer.data.dataset import Description
from explorer.jobs.runs.open_run import OpenRun
from explorer.rendering.drawing import number
from explorer.ui.decode.decoded import Decoded, Nearest


def class_text(class_name: str) -> str:
    """Return "class 5", or "" if the class is unknown."""
    return f"class {class_name}" if class_name else ""


def joined(*parts: str) -> str:
    """Join the non-empty parts with " · "."""
    return " · ".join(part for part in parts if part)


def nearest_text(nearest: Nearest, about: Description | None = None) -> str:
    """Return the caption of the nearest real sample: its class, title, split and distance."""
    own = about is not None and bool(about.sample_names)
    title = about.sample_title(nearest.sample) if about is not None and own else f"sample {nearest.sample}"
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
    row = run.plane.row_of(sample) if run.plane is not None else None
    names, plane = run.description.class_names, run.plane
    title = run.description.sample_title(sample) if run.description.sample_names else f"sample {sample}"
    # The plane is built in the background; until then only the number is known.
    if plane is None or row is None:
        return title
    # -1 means "no label", for data without classes and for single unlabelled samples.
    label = -1 if plane.labels is None else int(plane.labels[row])
    name = names[label] if 0 <= label < len(names) else ""
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
    if run.is_own:
        return "not defined: your own program trains this model and logs no KL here"
    if not run.capabilities.stochastic_posterior:
        return f"not defined: {run.short_title} has no posterior to compare with a prior"
    if run.capabilities.learned_prior:
        return "not defined: the KL of a mixture prior does not split into dimensions"
    return "not yet: it appears with the first validation"
