"""The steps that fitted an input to the data of a run, each with a switch and the picture after it."""

from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGraphicsOpacityEffect, QLabel, QVBoxLayout, QWidget

from explorer.data.dataset import Description
from explorer.data.own_input.fitting import FittedInput, FittingStep
from explorer.ui.pictures.sample_view import SampleView
from explorer.ui.state.tasks import Tasks
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity

SIDE = 64
"""Side of a picture in pixels at text scale 1."""
FADED = 0.35
"""Opacity of the picture after a step that is left out, which is that before it."""


class StepCell(QWidget):
    """The picture after a step, and its switch below."""

    def __init__(self, name: str, tasks: Tasks, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = SampleView(tasks, themes, f"own_input_after_{name}")
        # An effect, because a widget without a window of its own has no opacity.
        self._effect = QGraphicsOpacityEffect(self.view)
        self.view.setGraphicsEffect(self._effect)
        self.switch: QCheckBox | QLabel = QLabel("As given")
        self.switch.setProperty("role", "muted")
        if name != "given":
            self.switch = set_identity(QCheckBox(), f"own_input_step_{name}", "Do this step", name)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        # At the bottom: pictures of other proportions then stand on one line.
        column.addWidget(self.view, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
        column.addWidget(self.switch)

    def show_picture(self, picture: NDArray[np.float32], description: Description, side: int, words: str) -> None:
        """Show a picture ``(C, H, W)`` of any size."""
        self.view.fit(side)
        self.view.show_sample(picture, description)
        self.view.setAccessibleName(words)
        self.view.setToolTip(words)
        self._effect.setOpacity(1.0)

    def show_step(self, step: FittingStep, description: Description, side: int) -> None:
        """Show a step: its switch, its reason, and the picture after it."""
        height, width = step.after.shape[-2:]
        self.show_picture(step.after, description, side, f"{step.label}: {step.reason} ({width}×{height} pixels)")
        # Faded, not hidden: cells that come and go would move the results while the user draws.
        self._effect.setOpacity(1.0 if step.applied else FADED)
        assert isinstance(self.switch, QCheckBox)
        self.switch.setText(step.label)
        self.switch.setEnabled(step.can_change)
        self.switch.setToolTip(f"{step.label}: {step.reason}")
        # Showing the state of a step must not emit `switched`.
        with QSignalBlocker(self.switch):
            self.switch.setChecked(step.applied)


class FittingStrip(QWidget):
    """The input as given, and the steps in their order; only pictures have steps to show.

    Signals
    -------
    switched : str, bool
        The user wants to do a step, or to leave it out.
    """

    switched = Signal(str, bool)

    def __init__(self, tasks: Tasks, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks, self._themes = tasks, themes
        self._cells: dict[str, StepCell] = {}
        self._shown: tuple[FittedInput, Description] | None = None
        self._flow = FlowLayout(self, spacing=8)
        themes.changed.connect(self._draw)

    def show_fitting(self, fitted: FittedInput | None, description: Description | None) -> None:
        """Show the steps of an input, or none."""
        is_picture = description is not None and description.kind == "image"
        self._shown = (fitted, description) if fitted is not None and description is not None and is_picture else None
        self.setVisible(self._shown is not None)
        self._draw()

    @Slot()
    def _draw(self) -> None:
        if self._shown is None:
            return
        (fitted, description), side = self._shown, round(SIDE * self._themes.scale)
        if fitted.given is not None:
            # Shape is (C, H, W), and people say width × height.
            words = "The input as it was given: {}×{} pixels".format(*fitted.given.shape[:0:-1])
            self._cell("given").show_picture(fitted.given, description, side, words)
        for step in fitted.steps:
            self._cell(step.name).show_step(step, description, side)
        names = {"given", *(step.name for step in fitted.steps)}
        for name, cell in self._cells.items():
            cell.setVisible(name in names)

    def _cell(self, name: str) -> StepCell:
        # Cells are kept for the next input: while the user draws, a new strip arrives many times a second.
        if name not in self._cells:
            cell = StepCell(name, self._tasks, self._themes, self)
            if isinstance(cell.switch, QCheckBox):
                cell.switch.toggled.connect(partial(self.switched.emit, name))
            self._flow.addWidget(cell)
            self._cells[name] = cell
        return self._cells[name]
