"""The results of each run in view for an input: reconstruction, difference, nearest samples, and how unusual it is."""

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.codes.encode_input import EncodedInput
from explorer.latent.steps import Absent
from explorer.ui.decode.decode_state import sample_text
from explorer.ui.decode.panel.run_block import RunHead
from explorer.ui.own_input.input_words import error_text, kl_text, near_text, warnings_text
from explorer.ui.pictures.difference_view import DifferenceView
from explorer.ui.pictures.sample_view import PictureCell, SampleView
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import compact_button, tool_button
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity, set_style_property
from explorer.ui.widgets.labels import sentence

SIDE, WIDE_SIDE = 88, 116
"""Side of a picture, and of bars or words, in pixels at text scale 1."""
NEAREST = 3
"""Nearest samples that are shown."""
WAITING = "Encoding …"


class ResultRow(QFrame):
    """One run: its head, pictures, and sentences.

    Signals
    -------
    probe_wanted
        The probe is to be moved to the code.
    sample_chosen : int
        A nearest sample was clicked.
    """

    probe_wanted = Signal()
    sample_chosen = Signal(int)

    def __init__(self, number: int, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes, self._units = themes, state.units
        self._nearest: tuple[int, ...] = ()
        end = f"_{number}"
        self.head = RunHead(f"own_input_head{end}", state.marks, themes)
        self._probe = tool_button(f"own_input_probe{end}", "Probe its code", "Move the probe to the code of the input")
        self._probe.clicked.connect(self.probe_wanted)
        kinds: tuple[tuple[str, type[SampleView]], ...] = (
            *(("input", SampleView), ("decoded", SampleView), ("difference", DifferenceView)),
            *((f"near_{index + 1}", SampleView) for index in range(NEAREST)),
        )
        self._cells = {
            name: PictureCell(state.tasks, themes, f"own_input_{name}{end}", view=view) for name, view in kinds
        }
        for index in range(NEAREST):
            view = self._cells[f"near_{index + 1}"].view
            # The other pictures of the row cannot be clicked.
            view.setCursor(Qt.CursorShape.PointingHandCursor)
            view.clicked.connect(lambda index=index: self._on_near(index))
        self.words = set_identity(QLabel(wordWrap=True), f"own_input_words{end}", accessible="About the code")
        self.warning = set_identity(QLabel(wordWrap=True), f"own_input_warning{end}", accessible="Warnings")
        self.warning.setProperty("role", "warning")
        top = QHBoxLayout()
        top.addWidget(self.head, 1)
        top.addWidget(self._probe)
        self._pictures = QWidget()
        flow = FlowLayout(self._pictures, spacing=8)
        for cell in self._cells.values():
            flow.addWidget(cell)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 6)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self._pictures)
        column.addWidget(self.words)
        column.addWidget(self.warning)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def show_answer(self, run: OpenRun, name: str, answer: EncodedInput | Absent | None, why_not: str) -> None:
        """Show the answer of a run, or why there is none."""
        encoded = answer if isinstance(answer, EncodedInput) and not why_not else None
        # The head has the name of the data already.
        why_not = why_not.removeprefix(f"{run.description.name}: ")
        lack = why_not or (answer.why if isinstance(answer, Absent) else "" if encoded else WAITING)
        self.head.show_run(run.key, name, run.description.name, run.description.name)
        self._pictures.setVisible(encoded is not None)
        self._probe.setVisible(encoded is not None)
        # Muted as long as it says why there is nothing; the result itself has the usual colour.
        set_style_property(self.words, "role", "muted" if encoded is None else "")
        if encoded is None:
            self.words.setText(lack if lack == WAITING else sentence(lack))
            self.warning.hide()
            return
        self._show_pictures(run, encoded)
        unit = self._units.unit
        said = (error_text(encoded, unit), near_text(run, encoded), kl_text(encoded, unit))
        self.words.setText(" ".join(part for part in said if part))
        warning = warnings_text(encoded)
        self.warning.setText(warning)
        self.warning.setVisible(bool(warning))

    def _show_pictures(self, run: OpenRun, encoded: EncodedInput) -> None:
        about, side = run.description, self._side(run)
        z = tuple(map(float, encoded.mean))
        sample = encoded.fitted.sample
        pictures = {"input": (sample, "Input", "The input as the model gets it")}
        pictures["decoded"] = (encoded.reconstruction, "Decoded", f"Reconstruction by {run.name}")
        for name, (values, caption, words) in pictures.items():
            cell = self._cells[name]
            # Terms would have half the width each.
            over = sample if name == "decoded" and about.kind != "text" else None
            cell.view.show_sample(values, about, over=over, z=z, file_name=f"{run.name}-own-input-{name}")
            cell.set_words(caption, words)
        is_picture = about.kind == "image"
        self._cells["difference"].setVisible(is_picture)
        if is_picture:
            self._cells["difference"].view.show_sample(encoded.difference, about)
            self._cells["difference"].set_words("Difference", "Decoded − input. Blue: too dark. Orange: too bright")
        self._show_nearest(run, encoded)
        for cell in self._cells.values():
            cell.fit(side)

    def _show_nearest(self, run: OpenRun, encoded: EncodedInput) -> None:
        near = encoded.near
        # Without the data there is no picture of them, and an index alone says little.
        found = () if isinstance(near, Absent) else tuple(map(int, near.index[:NEAREST]))
        self._nearest = found if run.dataset is not None else ()
        for index in range(NEAREST):
            cell = self._cells[f"near_{index + 1}"]
            cell.setVisible(index < len(self._nearest))
            if index < len(self._nearest) and run.dataset is not None:
                sample = self._nearest[index]
                values = run.dataset.rows(np.array([sample]))[0]
                cell.view.show_sample(values, run.description, file_name=f"sample-{sample}")
                text = sample_text(run, sample)
                cell.set_words(f"#{sample}", f"{text[:1].upper()}{text[1:]}: click to follow it")

    def _side(self, run: OpenRun) -> int:
        return round((SIDE if run.description.kind == "image" else WIDE_SIDE) * self._themes.scale)

    def _on_near(self, index: int) -> None:
        if index < len(self._nearest):
            self.sample_chosen.emit(self._nearest[index])

    @Slot()
    def _apply_theme(self) -> None:
        self._probe.setStyleSheet(compact_button(self._themes))
