"""What the decode panel says in words."""

from explorer.export.drawing import number
from explorer.jobs.open_run import OpenRun
from explorer.ui.decode.decoded import Decoded, Nearest


def class_words(class_name: str) -> str:
    """Name a class, "class 5"; "" where it is unknown."""
    return f"class {class_name}" if class_name else ""


def joined(*parts: str) -> str:
    """Join what there is, with dots between."""
    return " · ".join(part for part in parts if part)


def nearest_words(nearest: Nearest) -> str:
    """Say which real sample is nearest, and how far it is."""
    known = joined(class_words(nearest.class_name), f"sample {nearest.sample}", nearest.split)
    return f"Nearest real: {known}, {number(nearest.distance, 3)} latent units away"


def data_words(nearest: Nearest) -> str:
    """Say whether there is data at a place; "" until it is known what is usual."""
    if nearest.typical is None:
        return ""
    usual = number(nearest.typical, 3)
    if nearest.far:
        return f"no data here: real samples lie within {usual} of their nearest"
    return f"near data (within {usual})"


def sample_words(run: OpenRun, sample: int) -> str:
    """Say what is known of a sample: its number, class and split."""
    row = run.plane.row_of(sample) if run.plane is not None else None
    names, plane = run.description.class_names, run.plane
    if plane is None or row is None:
        return f"sample {sample}"
    label = -1 if plane.labels is None else int(plane.labels[row])
    name = names[label] if 0 <= label < len(names) else ""
    return joined(f"sample {sample}", class_words(name), "" if plane.split is None else str(plane.split[row]))


def others_words(decoded: Decoded, runs: dict[str, OpenRun]) -> str:
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


def kl_absence(run: OpenRun) -> str:
    """Say why a run has no KL per dimension now."""
    if not run.capabilities.stochastic_posterior:
        family = run.title.lower()
        article = "an" if family[:1] in "aeiou" else "a"
        return f"not defined: {article} {family} has no posterior to compare"
    return "none yet: it comes with the first validation"
