"""Saves the selected samples: a table of their columns and codes, arrays of the codes, or a sheet of their pictures."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from explorer.data.dataset import Dataset
from explorer.export.codes import CODE_FILES, save_codes
from explorer.export.tables import save_selection
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.runs.plane_codes import PlaneCodes
from explorer.latent.groups.members import rows_of
from explorer.runs.latents import Latents
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import enable
from explorer.ui.widgets.saving import FIGURE_KINDS, ask_path

NO_CODES = "The selection cannot be saved yet: no open run has codes of these samples"
NO_DATA = "The data of the run is not loaded"
NO_SELECTION = "Select samples first"
MAX_PICTURES, PICTURE_SIDE = 400, 96
"""Maximum number of pictures on a sheet, and the side of one in pixels."""


def save_selection_in_view(state: AppState, path: Path) -> None:
    """Save the selected samples to ``path`` as CSV in the background; an error is shown."""
    view = state.session.view
    codes, active = codes_in_view(state), state.store.runs.get(view.active_run or "")
    if active is None or not codes:
        state.messages.notify(NO_CODES)
        return
    # Copied now: the selection may change while the task waits.
    selection, about = np.array(view.selection, np.int64), active.description
    state.tasks.save(path, lambda _: save_selection(path, selection, codes, about.class_names, about.sample_names))


def codes_in_view(state: AppState) -> dict[str, Latents]:
    """Return the codes of the runs in view on the active run's data, by run name, the active run's first.

    Selections are sample indices, which mean the same samples only in runs on the same data.
    """
    view = state.session.view
    active = state.store.runs.get(view.active_run or "")
    if active is None:
        return {}
    keys = dict.fromkeys((active.key, *(pane.run for pane in view.panes)))
    shown = [state.store.runs[key] for key in keys if key in state.store.runs]
    same = [run for run in shown if run.description.fingerprint == active.description.fingerprint]
    # Two runs in different folders may share a name; then the keys (paths) are used.
    names = Counter(run.name for run in same)
    return {
        run.name if names[run.name] == 1 else run.key: _latents(run.plane)
        for run in same
        # The points of drawn planes are draws from the prior, not codes of samples.
        if run.plane is not None and not run.plane.drawn
    }


def _latents(plane: PlaneCodes) -> Latents:
    split = np.full(len(plane.index), "") if plane.split is None else plane.split
    return Latents(
        plane.step,
        plane.mean,
        plane.log_variance,
        plane.index,
        split,
        plane.labels,
        columns=plane.columns,
        scale_tril=plane.scale_tril,
    )


def latents_of(latents: Latents, samples: tuple[int, ...]) -> Latents:
    """Return the codes of some samples; samples without a code are left out."""
    rows = rows_of(latents.index, samples)
    parts: dict[str, Any] = {
        name: None if (values := getattr(latents, name)) is None else values[rows]
        for name in ("mean", "log_variance", "index", "split", "labels", "scale_tril")
    }
    columns = {name: replace(column, values=column.values[rows]) for name, column in latents.columns.items()}
    return replace(latents, **parts, columns=columns)


class SelectionSaver(QObject):
    """The actions that save the selection."""

    def __init__(self, state: AppState, themes: ThemeSource, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel, self._state, self._themes = panel, state, themes
        self.csv = self._action("csv", "Save selection as CSV…", "Save index, class, columns and codes as a table")
        self.codes = self._action("npz", "Save codes…", "Save codes of the active run as arrays, a table or AnnData")
        self.sheet = self._action("sheet", "Save sheet of pictures…", "Save the samples side by side as one picture")
        self.csv.triggered.connect(self.save_csv)
        self.codes.triggered.connect(self.save_codes)
        self.sheet.triggered.connect(self.save_sheet)

    @property
    def actions(self) -> list[QAction]:
        """Return the actions; those that are not possible now are disabled."""
        view, run = self._state.session.view, self._run
        nothing = "" if view.selection else NO_SELECTION
        enable(self.csv, nothing)
        enable(self.codes, nothing)
        enable(self.sheet, nothing or ("" if run is not None and run.dataset is not None else NO_DATA))
        return [self.csv, self.codes, self.sheet]

    @property
    def _run(self) -> OpenRun | None:
        return self._state.store.runs.get(self._state.session.view.active_run or "")

    @Slot()
    def save_csv(self) -> None:
        """Ask for a file, then save the selected samples with labels, columns and every run's z."""
        if not codes_in_view(self._state):
            self._state.messages.notify(NO_CODES)
            return
        path = ask_path(self._panel, "Save selection", "selection.csv", {"csv": "CSV table"})
        if path is not None:
            save_selection_in_view(self._state, path)

    @Slot()
    def save_codes(self) -> None:
        """Ask for a file, then save the codes of the selected samples by the active run."""
        codes, run, selection = codes_in_view(self._state), self._run, self._state.session.view.selection
        if run is None or run.plane is None or run.plane.drawn or not codes:
            self._state.messages.notify(NO_CODES)
            return
        path = ask_path(self._panel, "Save codes", f"{run.name}-selection.npz", CODE_FILES)
        if path is not None:
            found, about, name = latents_of(next(iter(codes.values())), selection), run.description, run.name
            self._state.tasks.save(path, lambda _: save_codes(path, found, about, name))

    @Slot()
    def save_sheet(self) -> None:
        """Ask for a file, then save pictures of the selected samples; of a large selection, a subset at equal steps."""
        run, selection = self._run, self._state.session.view.selection
        if run is None or run.dataset is None or not selection:
            self._state.messages.notify(NO_DATA)
            return
        dataset, dark = run.dataset, self._themes.theme.dark
        # The selection may come from other data with more samples.
        known = np.array([sample for sample in selection if sample < len(dataset)], np.int64)
        steps = np.linspace(0, len(known) - 1, min(len(known), MAX_PICTURES)).round().astype(np.int64)
        path = ask_path(self._panel, "Save sheet", f"{run.name}-selection.png", FIGURE_KINDS)
        if path is not None and len(known):
            self._state.tasks.save(path, lambda _: _save_sheet(path, dataset, known[steps], dark=dark))

    def _action(self, name: str, text: str, tip: str) -> QAction:
        action = QAction(text, self)
        action.setObjectName(f"action_selection_save_{name}")
        action.setToolTip(tip)
        action.setWhatsThis(tip)
        return action


def _save_sheet(
    path: Path, dataset: Dataset, samples: "np.ndarray[tuple[int], np.dtype[np.int64]]", dark: bool
) -> None:
    from explorer.plot.decodes.sheets import new_sheet, sheet_of
    from explorer.plot.figures import save_figure  # not above: matplotlib takes long to import

    about = dataset.description
    captions = [about.sample_title(sample) if about.sample_names else str(sample) for sample in samples.tolist()]
    sheet = sheet_of(dataset.rows(samples), about, PICTURE_SIDE, captions=captions)
    save_figure(path, new_sheet(sheet, dark=dark))
