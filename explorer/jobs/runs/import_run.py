"""Imports weights of another program as a finished run: the plan of `explorer.jobs.runs.import_plan`, saved."""

from contextlib import suppress
from pathlib import Path

from explorer.config import config_to_json
from explorer.jobs.runs.import_plan import ImportPlan
from explorer.jobs.runs.train_run import new_run, save_plane
from explorer.runs.checkpoint import Checkpoint
from explorer.runs.files import RunError
from explorer.runs.run_directory import RunDirectory
from explorer.runs.run_folders import remove_run


def import_run(plan: ImportPlan, out: Path, *, overwrite: bool = False) -> RunDirectory:
    """Save the planned weights as a finished run with its plane.

    Raises
    ------
    RunError
        If the folder exists or cannot be written.
    """
    # The same checks and files as for a new training.
    job = new_run(plan.config, out, dataset=plan.dataset, device="cpu", overwrite=overwrite)
    run = job.run
    try:
        with run.acquire():
            # Step 0: the program knows nothing about how long the weights were trained.
            run.save_checkpoint(Checkpoint(0, config_to_json(run.config), plan.weights.weights), final=True)
            save_plane(run, plan.dataset)
            run.set_status("finished", f"imported from {plan.file.name}: {plan.summary}")
    except BaseException:  # also an interruption: an incomplete run would block the next attempt
        with suppress(OSError, RunError):
            remove_run(run.path)
        raise
    return run
