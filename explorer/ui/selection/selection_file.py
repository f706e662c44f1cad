"""The selection as a table in a file: what is known of each sample, and its code by every run in view."""

from collections import Counter
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QWidget

from explorer.export.tables import save_selection
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.runs.latents import Latents
from explorer.ui.services.app_state import AppState
from explorer.ui.widgets.saving import ask_path

NO_CODES = "The selection cannot be saved yet: no open run has codes of these samples"


def ask_to_save_selection(parent: QWidget, state: AppState) -> None:
    """Ask for a file and write the selected samples to it; where no run has codes of them, that is told."""
    if not codes_in_view(state):
        state.messages.notify(NO_CODES)
        return
    path = ask_path(parent, "Save selection", "selection.csv", {"csv": "CSV table"})
    if path is not None:
        save_selection_in_view(state, path)


def save_selection_in_view(state: AppState, path: Path) -> None:
    """Write the selected samples to ``path`` as CSV, in the background; a fault is told."""
    view = state.session.view
    codes, active = codes_in_view(state), state.store.runs.get(view.active_run or "")
    if active is None or not codes:
        state.messages.notify(NO_CODES)
        return
    selection, about = np.array(view.selection, np.int64), active.description
    state.tasks.save(path, lambda _: save_selection(path, selection, codes, about.class_names, about.sample_names))


def codes_in_view(state: AppState) -> dict[str, Latents]:
    """Return the codes of the runs in view on the active run's data, the active one's first, by the runs' names.

    Selections are sample indices: they mean the same samples in runs of the same data alone.
    """
    view = state.session.view
    active = state.store.runs.get(view.active_run or "")
    if active is None:
        return {}
    keys = dict.fromkeys((active.key, *(pane.run for pane in view.panes)))
    shown = [state.store.runs[key] for key in keys if key in state.store.runs]
    same = [run for run in shown if run.description.fingerprint == active.description.fingerprint]
    names = Counter(run.name for run in same)
    return {
        run.name if names[run.name] == 1 else run.key: _latents(run.plane)
        for run in same
        if run.plane is not None and not run.plane.drawn
    }


def _latents(plane: PlaneCodes) -> Latents:
    split = np.full(len(plane.index), "") if plane.split is None else plane.split
    return Latents(plane.step, plane.mean, plane.log_variance, plane.index, split, plane.labels, columns=plane.columns)
