"""A wide code by hand: its bars, what is known of them in words, and what the chosen unit draws."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.metrics.codes.sparse_activity import NO_SPARSE_CODE, Activity, activity_of
from explorer.models.sparse_code import SparseCode
from explorer.ui.decode.code.code_bars import CodeBars
from explorer.ui.decode.code.code_input import CodeInput
from explorer.ui.decode.code.code_sliders import read_numbers
from explorer.ui.decode.code.unit_pictures import UnitPictures
from explorer.ui.decode.forward_pass.code_rows import dimension_name, fixed
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import compact_button, side_by_side
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity

MEASURED_VALUES = 2_000_000
"""How many numbers of the plane's codes are looked at, at most; of more, every so many samples."""
NAMED_UNITS = 6
"""How many dead units are named."""


class CodeBarsSection(CodeInput):
    """The bars of a code, a field for the chosen unit's value, figures in words, and pictures of the chosen unit."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._run: OpenRun | None = None
        self._codes: NDArray[np.float32] | None = None
        self._activity: Activity | None = None
        self.bars = CodeBars(themes)
        self._sort = set_identity(QToolButton(), "code_sort", "Show the largest units first")
        self._sort.setText("Sort")
        self._sort.setCheckable(True)
        self._sort.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._name = set_identity(QLabel(), "code_unit", accessible="The chosen unit")
        self._name.setContentsMargins(0, 0, 6, 0)
        self._value = set_identity(
            QLineEdit(), "code_unit_value", "Type a value for this unit, or paste a whole code separated by commas"
        )
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._words = set_identity(QLabel(wordWrap=True), "code_words", accessible="How many units are active")
        self._words.setProperty("role", "muted")
        self.pictures = UnitPictures(state, themes)
        self._lay_out()
        self._connect()
        self._redress()

    def show_run(self, run: OpenRun) -> None:
        """Show whose code it is, and how active its units are on the samples of the plane."""
        codes = None if run.plane is None else run.plane.mean
        if codes is not self._codes:
            self._codes = codes
            self._activity = None if codes is None else activity_of(run.config.model, _some(codes))
        self._run = run
        self._show_all()

    def set_range(self, value_range: NDArray[np.float64]) -> None:
        """Let the bars run over ``(latent_dim, 2)``."""
        self.bars.set_range(value_range)

    def set_code(self, z: tuple[float, ...]) -> None:
        """Show a code ``(latent_dim,)``."""
        self.bars.set_code(z)
        self._show_all()

    def _lay_out(self) -> None:
        head = FlowLayout(stretch=True)
        head.addWidget(side_by_side(self._name, self._value))
        head.addWidget(self._sort)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.bars)
        column.addLayout(head)
        column.addWidget(self._words)
        column.addWidget(self.pictures)

    def _connect(self) -> None:
        self._sort.toggled.connect(self.bars.set_sorted)
        self.bars.chosen.connect(self._on_chosen)
        self.bars.moved.connect(self.moved)
        self.bars.released.connect(self.released)
        self._value.textEdited.connect(self._on_typed)
        self._value.editingFinished.connect(self._on_entered)
        self._themes.changed.connect(self._redress)

    def _show_all(self) -> None:
        run, z = self._run, self.bars.z
        if run is None or len(z) != run.latent_dim:
            return
        sparse = run.config.model if isinstance(run.config.model, SparseCode) else None
        share = self._activity.share if self._activity is not None else None
        self.bars.set_activity(share, 0.0 if sparse is None else sparse.active_above)
        self._words.setText(code_words(z, sparse, self._activity))
        self._show_unit()

    def _show_unit(self) -> None:
        unit, z = self.bars.unit, self.bars.z
        self._name.setText(dimension_name(unit))
        if not (self._value.hasFocus() and self._value.isModified()):
            self._value.setText(fixed(z[unit], 3))
        if self._run is not None and self.isVisible():
            self.pictures.show_unit(self._run, unit, z[unit], float(self.bars.range[unit, 1]))

    @Slot(int)
    def _on_chosen(self, unit: int) -> None:
        self._value.setModified(False)
        self._show_unit()

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        """Take a whole code as soon as it is there, so that pasting is enough."""
        numbers = read_numbers(text)
        if numbers is not None and len(numbers) == len(self.bars.z):
            self._take(numbers)

    @Slot()
    def _on_entered(self) -> None:
        numbers = read_numbers(self._value.text())
        if self._value.isModified() and numbers is not None and len(numbers) == 1:
            unit, z = self.bars.unit, self.bars.z
            self._take((*z[:unit], numbers[0], *z[unit + 1 :]))
        elif self._value.isModified():
            self._value.setModified(False)
            self._show_unit()

    def _take(self, z: tuple[float, ...]) -> None:
        self._value.setModified(False)
        self.moved.emit(z, False)
        self._show_unit()

    @Slot()
    def _redress(self) -> None:
        self._sort.setStyleSheet(compact_button(self._themes))
        wide = self._value.fontMetrics().horizontalAdvance("−00.000") + round(22 * self._themes.scale)
        self._value.setFixedWidth(wide)


def code_words(z: tuple[float, ...], sparse: SparseCode | None, activity: Activity | None) -> str:
    """Say how many units of a code are active, and how many are over the samples of the plane."""
    if sparse is None:
        return f"{len(z)} units · active and dead units are not defined: {NO_SPARSE_CODE}"
    active = int((np.abs(z) > sparse.active_above).sum())
    words = [f"{active} of {len(z)} units active here ({_percent(active / len(z))})"]
    if activity is not None and len(activity.share) == len(z):
        words.append(
            f"over {activity.samples:,} samples of the plane {_percent(activity.fraction)} on average, "
            f"{_dead_words(activity.dead)}"
        )
    return " · ".join(words)


def _dead_words(dead: tuple[int, ...]) -> str:
    if not dead:
        return "no dead unit"
    names = ", ".join(dimension_name(unit) for unit in dead[:NAMED_UNITS])
    more = " …" if len(dead) > NAMED_UNITS else ""
    return f"{len(dead)} dead unit{'s' if len(dead) > 1 else ''} (marked below), active on none: {names}{more}"


def _percent(share: float) -> str:
    return f"{100 * share:.{0 if share >= 0.1 or not share else 1}f} %"


def _some(codes: NDArray[np.float32]) -> NDArray[np.float32]:
    return codes[:: max(1, -(-codes.size // MEASURED_VALUES))]
