"""Editors of the code z: `CodeBarsSection` for many dimensions, and `CodeEditor`, which chooses it or the sliders."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from explorer.data.dataset import Description
from explorer.jobs.queries.decode_questions import DecodePoints, Decodes
from explorer.jobs.questions import Question
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.latent.evaluation.figure_text import percent
from explorer.latent.metrics.codes.sparse_activity import NO_SPARSE_CODE, Activity, activity_of
from explorer.latent.plane.projection import dimension_name
from explorer.models.sparse_code import SparseCode
from explorer.ui.decode.code.code_bars import CodeBars
from explorer.ui.decode.code.code_maps import CodeMaps, maps_text
from explorer.ui.decode.code.code_sliders import CodeInput, CodeSliders, read_numbers
from explorer.ui.decode.decode_state import fixed
from explorer.ui.pictures.sample_view import PictureCell
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import compact_button, side_by_side, tool_button
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity

GAP = 8
MAX_EMS = 9.0
"""Maximum side of a picture, in text heights."""

WHAT_IT_ADDS = {
    False: "Change that this unit makes to the decode of z = 0",
    True: "Change that this unit makes to the decode of z = 0: mid-grey is none, brighter is more",
}


class UnitPictures(QWidget):
    """Two pictures of one unit: its decode with all others at zero, and the difference from the decode of zeros.

    For a decoder of one linear layer the difference is the unit's own column of weights, passed through the
    likelihood.
    """

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        # Asked again for each new set of weights through _again.
        self._question = LiveQuestion(state.asker, self._on_answer, self._again, parent=self)
        self._run: OpenRun | None = None
        self._caption = ("", "")
        self.alone = PictureCell(state.tasks, themes, "unit_alone")
        self.adds = PictureCell(state.tasks, themes, "unit_adds")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self.alone, 1)
        row.addWidget(self.adds, 1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_unit(self, run: OpenRun, unit: int, value: float, otherwise: float) -> None:
        """Ask for the decode of one unit at ``value``, or at ``otherwise`` if the value is zero."""
        self._run = run
        at = value if value else otherwise
        alone = np.zeros(run.latent_dim)  # (latent_dim,)
        alone[unit] = at
        # One question with two codes: both pictures then come from the same weights.
        question = DecodePoints(run.key, (tuple(alone.tolist()), (0.0,) * run.latent_dim))
        name = dimension_name(unit)
        self._caption = (f"{name} = {fixed(at)} alone", f"what {name} adds")
        if question != self._question.asked:
            self._question.ask(question)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width between the two pictures."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        side = min((self.width() - GAP) // 2, round(MAX_EMS * self.fontMetrics().height()))
        sizes = [cell.fit(max(1, side)) for cell in (self.alone, self.adds)]
        self.setFixedHeight(max(size.height() for size in sizes))

    def _on_answer(self, answer: Answer) -> None:
        run = self._run
        assert run is not None and isinstance(answer.question, DecodePoints) and isinstance(answer.value, Decodes)
        alone, nothing = answer.value.pictures
        self.alone.set_words(self._caption[0], "Decode of this unit with all others at zero")
        self.alone.view.show_sample(alone, run.description, z=answer.question.z[0])
        self.adds.set_words(self._caption[1], WHAT_IT_ADDS[run.description.kind == "image"])
        self.adds.view.show_sample(difference(alone, nothing, run.description), run.description)
        self.setVisible(True)
        self._fit()

    def _again(self) -> Question | None:
        """Return the question for newer weights; None while the pictures are hidden."""
        return self._question.asked if self.isVisible() else None


def difference(values: NDArray[Any], base: NDArray[Any], description: Description) -> NDArray[np.float32]:
    """Return ``values`` − ``base`` ``(*shape)``; images are centred on the middle of their value range."""
    change = values.astype(np.float32) - base.astype(np.float32)
    if description.kind != "image":
        return change
    low, high = description.value_range
    # At least a millionth of the range: otherwise mere rounding errors would be amplified to full contrast.
    largest = max(float(np.abs(change).max()), 1e-6 * (high - low))
    # Images are drawn within the value range of their data, so that signed differences need its middle as zero.
    middle = np.float32((low + high) / 2)
    return middle + change * np.float32((high - low) / 2 / largest)


MEASURED_VALUES = 2_000_000
"""Upper limit of code values read to count active units; above it every k-th sample is used."""
NAMED_UNITS = 6
"""Maximum number of dead units that are listed by name."""


class CodeBarsSection(CodeInput):
    """Bars of a code, a field for the selected unit's value, activity counts, and pictures of the selected unit."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._run: OpenRun | None = None
        self._codes: NDArray[np.float32] | None = None  # (n, latent_dim), of the plane
        self._activity: Activity | None = None
        self.bars, self.maps = CodeBars(themes), CodeMaps("code_maps", themes)
        self.maps.hide()
        self._sort = tool_button("code_sort", "Sort", "Show the largest units first", checkable=True)
        self._name = set_identity(QLabel(), "code_unit", accessible="The chosen unit")
        self._name.setContentsMargins(0, 0, 6, 0)
        self._value = set_identity(
            QLineEdit(), "code_unit_value", "Type a value for this unit, or paste a whole code separated by commas"
        )
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._activity_label = set_identity(QLabel(wordWrap=True), "code_words", accessible="How many units are active")
        self._activity_label.setProperty("role", "muted")
        self.pictures = UnitPictures(state, themes)
        self._lay_out()
        self._connect()
        self._apply_theme()

    def show_run(self, run: OpenRun) -> None:
        """Show the run that the code belongs to, and on how many samples of the plane its units are active."""
        codes = None if run.plane is None else run.plane.mean
        # Identity, not equality: comparing the values costs more than counting the active units again.
        if codes is not self._codes:
            self._codes = codes
            self._activity = None if codes is None else activity_of(run.config.model, _some(codes))
        self._run = run
        self._show_all()

    def set_range(self, value_range: NDArray[np.float64]) -> None:
        """Set the value ranges ``(latent_dim, 2)``."""
        self.bars.set_range(value_range)

    def set_code(self, z: tuple[float, ...]) -> None:
        """Show a code ``(latent_dim,)``."""
        self.bars.set_code(z)
        self._show_all()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for the pictures of the unit, which are not kept current while the section is folded."""
        super().showEvent(event)
        self._show_all()

    def _lay_out(self) -> None:
        head = FlowLayout(stretch=True)
        head.addWidget(side_by_side(self._name, self._value))
        head.addWidget(self._sort)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.bars)
        column.addWidget(self.maps)
        column.addLayout(head)
        column.addWidget(self._activity_label)
        column.addWidget(self.pictures)

    def _connect(self) -> None:
        self._sort.toggled.connect(self.bars.set_sorted)
        self.bars.chosen.connect(self._on_chosen)
        self.maps.chosen.connect(self.bars.choose)
        self.bars.moved.connect(self.moved)
        self.bars.released.connect(self.released)
        self._value.textEdited.connect(self._on_typed)
        self._value.editingFinished.connect(self._on_entered)
        self._themes.changed.connect(self._apply_theme)

    def _show_all(self) -> None:
        run, z = self._run, self.bars.z
        # The run is shown before its ranges arrive; drawing the old code with the new run would index out of bounds.
        if run is None or len(z) != run.latent_dim:
            return
        sparse = run.config.model if isinstance(run.config.model, SparseCode) else None
        share = self._activity.share if self._activity is not None else None
        # Only families of sparse codes define a threshold above which a unit counts as active.
        self.bars.set_activity(share, 0.0 if sparse is None else sparse.active_above)
        shape = run.latent_shape
        self._activity_label.setText(
            activity_text(z, sparse, self._activity) if shape is None else f"{maps_text(shape)}: {len(z):,} numbers"
        )
        # The bars keep the code and the chosen unit, and show them unless the code consists of maps.
        for widget in (self.bars, self._sort):
            widget.setVisible(shape is None)
        self.maps.setVisible(shape is not None)
        self._show_unit()

    def _show_unit(self) -> None:
        unit, z = self.bars.unit, self.bars.z
        self._name.setText(dimension_name(unit))
        if self._run is not None and self._run.latent_shape is not None:
            self.maps.show_code(z, self._run.latent_shape, unit)
        # Do not overwrite what the user types while training moves the code.
        if not (self._value.hasFocus() and self._value.isModified()):
            self._value.setText(fixed(z[unit], 3))
        # Hidden pictures would ask the model at every training step for nothing.
        has_decoder = self._run is not None and self._run.capabilities.decoder
        self.pictures.setHidden(not has_decoder or self.pictures.isHidden())
        if self._run is not None and has_decoder and self.isVisible():
            self.pictures.show_unit(self._run, unit, z[unit], float(self.bars.range[unit, 1]))

    @Slot(int)
    def _on_chosen(self, unit: int) -> None:
        # Another unit was selected, so that a half-typed value belongs to nothing any more.
        self._value.setModified(False)
        self._show_unit()

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        """Take a pasted code as soon as it is complete, without Enter."""
        numbers = read_numbers(text)
        if numbers is not None and len(numbers) == len(self.bars.z):
            self._take(numbers)

    @Slot()
    def _on_entered(self) -> None:
        numbers = read_numbers(self._value.text())
        # editingFinished also fires when the field loses focus, with a text that nobody changed.
        if self._value.isModified() and numbers is not None and len(numbers) == 1:
            unit, z = self.bars.unit, self.bars.z
            # (latent_dim,) with one value replaced
            self._take((*z[:unit], numbers[0], *z[unit + 1 :]))
        elif self._value.isModified():
            self._value.setModified(False)
            self._show_unit()

    def _take(self, z: tuple[float, ...]) -> None:
        self._value.setModified(False)
        # False: a typed value is one step of undo, not part of a drag.
        self.moved.emit(z, False)
        self._show_unit()

    @Slot()
    def _apply_theme(self) -> None:
        self._sort.setStyleSheet(compact_button(self._themes))
        wide = self._value.fontMetrics().horizontalAdvance("−00.000") + round(22 * self._themes.scale)
        self._value.setFixedWidth(wide)


def activity_text(z: tuple[float, ...], sparse: SparseCode | None, activity: Activity | None) -> str:
    """Return how many units are active in a code, and over the samples of the plane."""
    if sparse is None:
        return f"{len(z)} units · active and dead units are not defined: {NO_SPARSE_CODE}"
    active = int((np.abs(z) > sparse.active_above).sum())
    parts = [f"{active} of {len(z)} units active here ({_percent(active / len(z))})"]
    if activity is not None and len(activity.share) == len(z):
        parts.append(
            f"over {activity.samples:,} samples of the plane {_percent(activity.fraction)} on average, "
            f"{_dead_text(activity.dead)}"
        )
    return " · ".join(parts)


def _dead_text(dead: tuple[int, ...]) -> str:
    if not dead:
        return "no dead unit"
    names = ", ".join(dimension_name(unit) for unit in dead[:NAMED_UNITS])
    more = " …" if len(dead) > NAMED_UNITS else ""
    return f"{len(dead)} dead unit{'s' if len(dead) > 1 else ''} (marked below), active on none: {names}{more}"


def _percent(share: float) -> str:
    # The shares of sparse codes are a few per cent, so the first decimal matters.
    return percent(share, 0 if share >= 0.1 or not share else 1)


def _some(codes: NDArray[np.float32]) -> NDArray[np.float32]:
    return codes[:: max(1, -(-codes.size // MEASURED_VALUES))]


MAX_SLIDERS = 16
"""Codes with more dimensions are shown as bars."""


class CodeEditor(CodeInput):
    """Shows and edits a code with the widget that suits its number of dimensions."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sliders = CodeSliders(themes)
        self.section = CodeBarsSection(state, themes)
        self._by_bars = False
        self.section.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.sliders, self.section):
            # Both editors exist from the start; another run only decides which of them is visible.
            column.addWidget(part)
            part.moved.connect(self.moved)
            part.released.connect(self.released)

    @property
    def z(self) -> tuple[float, ...]:
        """The code shown, ``(latent_dim,)``."""
        return self.section.bars.z if self._by_bars else self.sliders.z

    def show_run(self, run: OpenRun) -> None:
        """Show the run that the code belongs to."""
        # Sliders show nothing of the run itself; the bars show how active its units are.
        if self._by_bars:
            self.section.show_run(run)

    def set_range(self, value_range: NDArray[np.float64]) -> None:
        """Set the value ranges ``(latent_dim, 2)``; their number chooses sliders or bars."""
        self._by_bars = len(value_range) > MAX_SLIDERS
        # Hide before set_range, which lays the visible editor out for its new number of rows.
        self.sliders.setVisible(not self._by_bars)
        self.section.setVisible(self._by_bars)
        (self.section if self._by_bars else self.sliders).set_range(value_range)

    def set_code(self, z: tuple[float, ...]) -> None:
        """Show a code ``(latent_dim,)``."""
        (self.section if self._by_bars else self.sliders).set_code(z)
