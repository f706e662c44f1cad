"""Saving sheets of draws: all runs side by side as a figure, or the numbers of the active run."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.codes.draw_sheet import SheetDraws
from explorer.ui.curves.legend import run_names
from explorer.ui.draws.draws_view import DrawsView
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import enable
from explorer.ui.widgets.saving import FIGURE_KINDS, ask_path

PICTURE_SIDE = 96
"""Side in pixels of a picture of a saved sheet."""
NOTHING = "There are no draws to save yet"


class SheetSaver(QObject):
    """The actions that save the draws of a view."""

    def __init__(self, state: AppState, view: DrawsView, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._state, self._view, self._themes, self._parent = state, view, themes, parent
        self.figure = self._action("save_figure", "Save sheet…", "Save the sheets of all runs as PNG, SVG or PDF")
        self.numbers = self._action(
            "save_numbers",
            "Save numbers…",
            "Save codes, decodes, nearest samples and densities of the active run as NPZ or CSV",
        )
        self.figure.triggered.connect(self.save_figure)
        self.numbers.triggered.connect(self.save_numbers)

    def actions(self) -> list[QAction]:
        """Return the actions; without draws, they are disabled."""
        for action in (self.figure, self.numbers):
            enable(action, "" if self._view.shown else NOTHING)
        return [self.figure, self.numbers]

    @Slot()
    def save_figure(self) -> None:
        """Ask for a file and save the sheets of all runs side by side."""
        shown = self._view.shown
        if not shown:
            self._state.messages.notify(NOTHING)
            return
        name = "-".join(run.name for run, _ in shown)
        path = ask_path(self._parent, "Save sheet", f"{name}-samples.png", FIGURE_KINDS)
        if path is not None:
            self.save_figure_to(path)

    def save_figure_to(self, path: Path) -> None:
        """Save the sheets to ``path`` in the background."""
        shown, dark = self._view.shown, self._themes.theme.dark
        settings, names = self._state.session.view.sheet, run_names([run for run, _ in shown])
        runs = [
            (f"{name}: {sheet.words}", replace(sheet.draws, decodes=sheet.shown), run.description)
            for name, (run, sheet) in zip(names, shown, strict=True)
        ]
        # The columns of the command line; several runs get about as many columns as rows.
        columns, captions = (
            settings.columns if len(shown) == 1 else 0,
            _class_names(*shown[0]) if len(shown) == 1 else [],
        )

        def write(_: object) -> None:
            from explorer.plot.decodes.sheets import draws_sheet, new_sheet
            from explorer.plot.figures import save_figure  # not above: matplotlib takes long to import

            drawn = draws_sheet(runs, PICTURE_SIDE, columns=columns, captions=captions)
            save_figure(path, new_sheet(drawn, dark=dark))

        self._state.tasks.save(path, write)

    @Slot()
    def save_numbers(self) -> None:
        """Ask for a file and save the draws of the active run."""
        shown = {run.key: (run, sheet) for run, sheet in self._view.shown}
        active = self._state.session.view.active_run or ""
        # The active run may have no draws, for example while its model is still opened.
        found = shown.get(active) or next(iter(shown.values()), None)
        if found is None:
            self._state.messages.notify(NOTHING)
            return
        run, _ = found
        kinds = {"npz": "NumPy arrays", "csv": "CSV table"}
        path = ask_path(self._parent, "Save numbers of the draws", f"{run.name}-samples.npz", kinds)
        if path is not None:
            self.save_numbers_to(path, run.key)

    def save_numbers_to(self, path: Path, key: str) -> None:
        """Save the draws of a run to ``path`` in the background."""
        from explorer.export.draw_tables import save_sheet_arrays, save_sheet_table

        sheet, run = self._view.sheet_of(key), self._state.store.runs.get(key)
        if sheet is None or run is None:
            return
        description = run.description

        def write(_: object) -> None:
            if path.suffix.lower() == ".npz":
                save_sheet_arrays(path, sheet)
            else:
                save_sheet_table(path, description, sheet)

        self._state.tasks.save(path, write)

    def _action(self, name: str, text: str, tip: str) -> QAction:
        action = QAction(text, self)
        action.setObjectName(f"action_samples_{name}")
        action.setToolTip(tip)
        action.setWhatsThis(tip)
        return action


def _class_names(run: OpenRun, sheet: SheetDraws) -> list[str]:
    """Return the class of each draw of a conditional model; empty for other models."""
    classes = () if sheet.classes is None else sheet.classes.tolist()
    return [run.description.class_name(label) for label in classes]
