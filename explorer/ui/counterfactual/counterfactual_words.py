"""When a sample has a counterfactual, and the command line that finds it. No Qt."""

import shlex

from explorer.jobs.runs.open_run import OpenRun
from explorer.session import Probe

NO_SAMPLE = "Follow a sample first: click a point on a plane"


def why_not(run: OpenRun | None, probe: Probe | None) -> str:
    """Return why there is nothing to search for a probe, as far as the window knows; "" if there may be."""
    if probe is None or run is None or probe.sample is None:
        return NO_SAMPLE
    if not run.capabilities.encoder:
        return f"{run.name} has no encoder, so samples have no codes"
    if not run.capabilities.decoder:
        return f"{run.name} has no decoder, so codes cannot be decoded"
    return "" if run.description.class_names else "The data has no classes"


def counterfactual_command(run_folder: str, sample: int, wanted: str = "") -> str:
    """Return the command that finds the counterfactual of a sample; ``wanted`` is the name of a class, or ""."""
    words = ["latent-explorer", "counterfactual", run_folder, str(sample)]
    words += [f"--class={wanted}"] if wanted else []
    return shlex.join([*words, "--out=counterfactual.png"])
