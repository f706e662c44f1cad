"""Saving own input: the input as a picture, all inputs of the active run as a figure or as numbers, and the command."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from explorer.data.own_input.sources import PictureSource
from explorer.export.own_inputs import save_input_picture, save_inputs_arrays, save_inputs_table
from explorer.jobs.plane.scene import class_of_sample
from explorer.latent.codes.encode_input import EncodedInput
from explorer.latent.steps import Absent
from explorer.ui.own_input.input_command import NO_FILE, encode_command
from explorer.ui.own_input.own_inputs import OwnInputs
from explorer.ui.services.app_state import AppState
from explorer.ui.services.weights_words import with_weights
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import enable
from explorer.ui.widgets.saving import FIGURE_KINDS, ask_path

PICTURE_SIDE = 140
"""Side in pixels of a picture of a saved figure."""
NO_INPUT = "There is no input to save yet"
NOT_ENCODED = "The run of the active pane has encoded no input yet"


class InputSaver(QObject):
    """The actions that save own input, and copy the command that encodes it."""

    def __init__(self, state: AppState, inputs: OwnInputs, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._state, self._inputs, self._themes, self._parent = state, inputs, themes, parent
        self.picture = self._action("picture", "Save input as picture…", "Save the chosen input as PNG")
        self.figure = self._action(
            "figure",
            "Save figure…",
            "Save all inputs with steps and reconstructions by the active run as PNG, SVG or PDF",
        )
        self.numbers = self._action(
            "numbers", "Save numbers…", "Save codes, errors and nearest samples of all inputs as NPZ or CSV"
        )
        self.command = self._action("command", "Copy as command", "Copy the command that encodes the chosen input")
        self.picture.triggered.connect(self.save_picture)
        self.figure.triggered.connect(self.save_figure)
        self.numbers.triggered.connect(self.save_numbers)
        self.command.triggered.connect(self.copy_command)

    def actions(self) -> list[QAction]:
        """Return the actions; the tooltip of a disabled action gives the reason."""
        chosen = self._inputs.chosen
        is_picture = chosen is not None and isinstance(chosen.source, PictureSource)
        none = "" if self._encoded else NOT_ENCODED
        enable(self.picture, NO_INPUT if chosen is None else "" if is_picture else "The input is not a picture")
        enable(self.figure, none)
        enable(self.numbers, none)
        why = NO_INPUT if chosen is None else "" if self._command() else f"First {NO_FILE}"
        enable(self.command, why)
        return [self.picture, self.figure, self.numbers, self.command]

    @property
    def _encoded(self) -> tuple[tuple[str, EncodedInput], ...]:
        run = self._inputs.active_run
        return () if run is None else self._inputs.encoded(run.key)

    @Slot()
    def save_picture(self) -> None:
        """Ask for a file and save the chosen input at its own size."""
        chosen = self._inputs.chosen
        if chosen is not None and isinstance(chosen.source, PictureSource):
            path = ask_path(self._parent, "Save input", f"{chosen.name}.png", {"png": "PNG picture"})
            if path is not None:
                self.save_picture_to(path)

    def save_picture_to(self, path: Path) -> None:
        """Save the chosen input in the background; the copied command then reads this file."""
        chosen = self._inputs.chosen
        if chosen is None or not isinstance(source := chosen.source, PictureSource):
            return
        self._state.tasks.save(path, lambda _: save_input_picture(path, source))
        # Noted at once: the command that is copied next reads this file.
        self._inputs.set_path(chosen.number, path)

    @Slot()
    def save_figure(self) -> None:
        """Ask for a file and save the results of the active run for all inputs as a figure."""
        run = self._inputs.active_run
        if run is not None and self._encoded:
            path = ask_path(self._parent, "Save figure", f"{run.name}-own-input.png", FIGURE_KINDS)
            if path is not None:
                self.save_figure_to(path)

    def save_figure_to(self, path: Path) -> None:
        """Save the figure in the background."""
        run, encoded, dark = self._inputs.active_run, self._encoded, self._themes.theme.dark
        if run is None or not encoded:
            return
        # Taken here: the task runs in another thread, and the run may be closed by then.
        description, dataset = run.description, run.dataset

        def write(_: object) -> None:
            from explorer.plot.decodes.input_figure import NEAREST, ShownInput, input_sheet
            from explorer.plot.decodes.sheets import new_sheet
            from explorer.plot.figures import save_figure  # not above: matplotlib takes long to import

            shown = []
            for name, one in encoded:
                # An input without neighbours keeps its row, with empty cells.
                near = np.empty(0, np.int64) if isinstance(one.near, Absent) else one.near.index[:NEAREST]
                real = np.empty((0, *description.shape)) if dataset is None else dataset.rows(near)
                shown.append(ShownInput(name, one, real))
            save_figure(path, new_sheet(input_sheet(shown, description, PICTURE_SIDE, dark=dark), dark=dark))

        self._state.tasks.save(path, write)

    @Slot()
    def save_numbers(self) -> None:
        """Ask for a file and save the results of the active run for all inputs as numbers."""
        run = self._inputs.active_run
        if run is not None and self._encoded:
            kinds = {"npz": "NumPy arrays", "csv": "CSV table"}
            path = ask_path(self._parent, "Save numbers", f"{run.name}-own-input.npz", kinds)
            if path is not None:
                self.save_numbers_to(path)

    def save_numbers_to(self, path: Path) -> None:
        """Save the numbers in the background."""
        run, encoded = self._inputs.active_run, self._encoded
        if run is None or not encoded:
            return
        description = run.description

        def write(_: object) -> None:
            if path.suffix.lower() == ".npz":
                save_inputs_arrays(path, encoded)
            else:
                save_inputs_table(path, description, encoded)

        self._state.tasks.save(path, write)

    @Slot()
    def copy_command(self) -> None:
        """Copy the command that encodes the chosen input by the active run."""
        self._state.messages.copy_command(self._command())

    def _command(self) -> str:
        run, chosen = self._inputs.active_run, self._inputs.chosen
        # A live model is in the user's own program, which the command line cannot load.
        if run is None or chosen is None or run.is_user_model:
            return ""
        label = class_of_sample(run, self._state.session.view.condition)
        condition = "" if label is None else run.description.class_name(label)
        # Choices belong to the data: another data set has other steps.
        choices = chosen.choices.get(run.description.fingerprint, {})
        return with_weights(encode_command(run.key, chosen.source, chosen.path, choices, condition), run)

    def _action(self, name: str, text: str, tip: str) -> QAction:
        action = QAction(text, self)
        action.setObjectName(f"action_own_input_{name}")
        action.setToolTip(tip)
        action.setWhatsThis(tip)
        return action
