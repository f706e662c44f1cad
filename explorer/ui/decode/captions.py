"""What the decode panel says in words."""

from collections.abc import Mapping

from explorer.data.dataset import Description
from explorer.jobs.runs.open_run import OpenRun
from explorer.rendering.drawing import number
from explorer.ui.decode.decoded import Decoded, Nearest


def class_words(class_name: str) -> str:
    """Name a class, "class 5"; "" where it is unknown."""
    return f"class {class_name}" if class_name else ""


def joined(*parts: str) -> str:
    """Join what there is, with dots between."""
    return " · ".join(part for part in parts if part)


def nearest_words(nearest: Nearest, about: Description | None = None) -> str:
    """Say which real sample is nearest, by its own name where the data has names, and how far it is."""
    own = about is not None and bool(about.sample_names)
    title = about.sample_title(nearest.sample) if about is not None and own else f"sample {nearest.sample}"
    known = joined(class_words(nearest.class_name), title, nearest.split)
    if nearest.compared:
        distance = number(nearest.distance, 3)
        features = "pixel values" if about is not None and about.kind == "image" else "features"
        return f"Most similar real sample: {known}: {distance} away in {features}, of {nearest.compared:,} compared"
    return f"Nearest real: {known}, {number(nearest.distance, 3)} latent units away"


def data_words(nearest: Nearest) -> str:
    """Say whether there is data at a place; "" until it is known what is usual."""
    if nearest.typical is None:
        return ""
    usual = number(nearest.typical, 3)
    if nearest.far:
        return f"far from the data: real samples are within {usual} of their nearest neighbour"
    return f"near data (within {usual})"


def sample_words(run: OpenRun, sample: int) -> str:
    """Say what is known of a sample: its number, class and split."""
    row = run.plane.row_of(sample) if run.plane is not None else None
    names, plane = run.description.class_names, run.plane
    title = run.description.sample_title(sample) if run.description.sample_names else f"sample {sample}"
    if plane is None or row is None:
        return title
    label = -1 if plane.labels is None else int(plane.labels[row])
    name = names[label] if 0 <= label < len(names) else ""
    return joined(title, class_words(name), "" if plane.split is None else str(plane.split[row]))


def others_words(decoded: Decoded, runs: Mapping[str, OpenRun]) -> str:
    """Say what the other panes show, or why they show nothing."""
    words = []
    probe = decoded.probe
    if probe is not None and probe.sample is None:
        names = [runs[pane.run].name for pane in decoded.panes if pane.run != probe.run and pane.run in runs]
        if names:
            verb = "shows" if len(names) == 1 else "show"
            model = "its own model" if len(names) == 1 else "their own models"
            words.append(f"{' and '.join(names)} {verb} that nearest real sample through {model}.")
    for key, why in decoded.absent:
        if key in runs:
            words.append(f"{runs[key].name}: {why}.")
    return " ".join(words)


def missing_words(run: OpenRun) -> str:
    """Say why a run's real samples are not shown; "" where they are."""
    if run.dataset is not None:
        return ""
    return f"Real samples are not shown: {run.missing_data}" if run.missing_data else ""


def caution_words(run: OpenRun) -> str:
    """Say what a run's settings let it do that its user should know of; "" where there is nothing."""
    return " ".join(run.family.warnings(run.config, run.description))


def kl_absence(run: OpenRun) -> str:
    """Say why a run has no KL per dimension now."""
    if run.is_own:
        return "not defined: your own program trains this model and logs no KL here"
    if not run.capabilities.stochastic_posterior:
        return f"not defined: {run.short_title} has no posterior to compare with a prior"
    if run.capabilities.learned_prior:
        return "not defined: the KL of a mixture prior does not split into dimensions"
    return "not yet: it appears with the first validation"
