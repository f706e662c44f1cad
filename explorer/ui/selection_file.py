"""The selection as a table in a file: what is known of each sample, and its code by every run in view."""

from pathlib import Path

import numpy as np

from explorer.data.context import LoadContext
from explorer.export.tables import save_selection
from explorer.jobs.plane_codes import PlaneCodes
from explorer.runs.latents import Latents
from explorer.ui.workbench import Workbench


def save_selection_in_view(bench: Workbench, path: Path) -> None:
    """Write the selected samples to ``path`` as CSV, in the background; a fault is told."""
    view = bench.session.view
    shown = [bench.runs[pane.run] for pane in view.panes if pane.run in bench.runs]
    active = bench.runs.get(view.active_run or "")
    if active is None:
        return
    # Selections are sample indices: they mean the same samples in runs of the same data alone.
    same = [run for run in shown if run.description.fingerprint == active.description.fingerprint]
    codes = {run.name: _latents(run.plane) for run in (active, *same) if run.plane is not None}
    selection = np.array(view.selection, np.int64)
    names = active.description.class_names

    def work(_: LoadContext) -> None:
        save_selection(path, selection, codes, names)

    if codes:
        bench.run_task(f"save {path}", work, _nothing)


def _latents(plane: PlaneCodes) -> Latents:
    split = np.full(len(plane.index), "") if plane.split is None else plane.split
    return Latents(plane.step, plane.mean, plane.log_variance, plane.index, split, plane.labels, columns=plane.columns)


def _nothing(_: object) -> None:
    """Leave the screen as it is: the file is there."""
