"""The controls of the sheet of draws: source, numbers, temperature, seed, classes, and what is shown."""

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import accumulate
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QWidget

from explorer.session import View
from explorer.ui.draws.sheet_words import SHOWS, SOURCES, SourceText
from explorer.ui.services.app_state import AppState
from explorer.ui.state.panes import shown_runs
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.boxes import DecimalBox, IntegerBox
from explorer.ui.widgets.buttons import compact_button, side_by_side, tool_button
from explorer.ui.widgets.choices import low_boxes
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity

MAX_ROWS, MAX_SEED, MAX_COMPONENTS = 20, 2**31 - 1, 100
CLASSES = {
    False: SourceText("One class", "Decode all draws as the class that is chosen beside the decode"),
    True: SourceText("Each class", "Decode the same draws as each class, one row per class"),
}
ROWS_ARE_CLASSES = "Each class is a row; choose the columns"
NO_TEMPERATURE = "Draws from a range of codes have no temperature"
HEIGHT = 22
"""Height of the controls in pixels at text scale 1."""


class SheetControls(QWidget):
    """Shows the settings of the sheet of the session; each change is one step of undo."""

    def __init__(self, name: str, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._store, self._themes = state.session, state.store, themes
        self._make_numbers(name)
        self._make_choices(name)
        self._lay_out()
        self._connect()
        state.store.opened.connect(self._refresh)
        state.session.listen(self.show_view)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()
        self._refresh()

    def show_view(self, old: View, new: View) -> None:
        """Show the settings."""
        if (old.sheet, old.panes) != (new.sheet, new.panes):
            self._refresh()

    def _make_numbers(self, name: str) -> None:
        self.rows = _number(f"{name}_rows", "Rows of the sheet", 1, MAX_ROWS, suffix=" rows")
        self.columns = _number(f"{name}_columns", "Columns of the sheet", 1, MAX_ROWS, suffix=" columns")
        self.temperature = set_identity(
            DecimalBox(),
            f"{name}_temperature",
            "Temperature: factor of the standard deviations; below 1, draws are more typical and less varied",
            "Temperature",
        )
        self.temperature.setRange(0.05, 4.0)
        self.temperature.setSingleStep(0.1)
        self.temperature.setPrefix("τ = ")
        self.temperature.setKeyboardTracking(False)
        self.temperature.setWhatsThis(self.temperature.toolTip())
        tip = "Number of Gaussians of the mixture; auto chooses it by BIC"
        self.components = _number(f"{name}_components", tip, 0, MAX_COMPONENTS, suffix=" Gaussians")
        self.components.setSpecialValueText("auto")
        self.seed = _number(f"{name}_seed", "Seed: the same seed gives the same draws", 0, MAX_SEED, prefix="seed ")

    def _make_choices(self, name: str) -> None:
        self.source = _choices(f"{name}_source", "Where the random codes come from", SOURCES)
        self.dice = tool_button(f"{name}_again", "", "Draw other random codes: the next seed")
        self.dice.setAccessibleName("Draw again")
        self.classes = _choices(f"{name}_classes", "Classes to decode", CLASSES)
        self.shows = _choices(f"{name}_shows", "Show the mean or a sample of p(x|z)", SHOWS)
        self.nearest = tool_button(
            f"{name}_nearest", "Nearest", "Show the nearest training sample below each draw", checkable=True
        )
        self._more = tool_button(f"{name}_more", "", "Show or hide more settings of the draws", checkable=True)
        self._more.setText("…")
        self._more.setAccessibleName("More settings")

    def _lay_out(self) -> None:
        # The most important first: if there is no room, the last ones move behind the button.
        self._settings: tuple[QWidget, ...] = (
            self.source,
            side_by_side(self.seed, self.dice),
            self.components,
            self.classes,
            self.temperature,
            side_by_side(self.rows, self.columns),
            self.shows,
            self.nearest,
        )
        self._unused: set[QWidget] = set()
        self._flow = FlowLayout(self, spacing=4)
        for widget in (*self._settings, self._more):
            self._flow.addWidget(widget)

    @Slot()
    def _refresh(self) -> None:
        view = self._session.view
        sheet = view.sheet
        conditional = any(run.capabilities.condition for run in shown_runs(view, self._store.runs))
        for field, box in self._numbers.items():
            with QSignalBlocker(box):
                # Do not overwrite a number that the user is typing.
                if box.value() != getattr(sheet, field):
                    box.setValue(getattr(sheet, field))
        for field, choices in self._lists.items():
            with QSignalBlocker(choices):
                choices.setCurrentIndex(choices.findData(getattr(sheet, field)))
        self.nearest.setChecked(sheet.nearest)
        uses = {self.components: sheet.source == "mixture", self.classes: conditional}
        self._unused = {widget for widget, used in uses.items() if not used}
        self._fit()
        _enable(self.rows, ROWS_ARE_CLASSES if conditional and sheet.each_class else "")
        _enable(self.temperature, NO_TEMPERATURE if sheet.source == "range" else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide the settings that do not fit in one line."""
        super().resizeEvent(event)
        self._fit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Hide the other settings, which take up much of a low tab."""
        super().hideEvent(event)
        self._more.setChecked(False)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        spacing, wanted = self._flow.spacing(), [one for one in self._settings if one not in self._unused]
        ends = list(accumulate(one.sizeHint().width() + spacing for one in wanted))  # right edges, each with its gap
        fits = ends[-1] - spacing <= self.width()
        # More settings wrap into further lines once the user asks for them.
        room = math.inf if fits or self._more.isChecked() else self.width() - self._more.sizeHint().width()
        shown = [one for one, end in zip(wanted, ends, strict=True) if end <= room]
        for one in self._settings:
            one.setVisible(one in shown)
        self._more.setVisible(not fits)

    @property
    def _numbers(self) -> dict[str, IntegerBox | DecimalBox]:
        return {
            "rows": self.rows,
            "columns": self.columns,
            "temperature": self.temperature,
            "components": self.components,
            "seed": self.seed,
        }

    @property
    def _lists(self) -> dict[str, QComboBox]:
        return {"source": self.source, "each_class": self.classes, "shows": self.shows}

    def _connect(self) -> None:
        for field, box in self._numbers.items():
            box.valueChanged.connect(lambda value, field=field: self._change(**{field: value}))
        for field, choices in self._lists.items():
            # Qt emits `activated` only for the user's choices, so showing the settings changes nothing.
            choices.activated.connect(lambda _, field=field, box=choices: self._change(**{field: box.currentData()}))
        self.nearest.clicked.connect(lambda checked: self._change(nearest=checked))
        self.dice.clicked.connect(self._draw_again)
        self._more.clicked.connect(self._fit)

    def _change(self, **fields: Any) -> None:
        self._session.set(sheet=replace(self._session.view.sheet, **fields))

    @Slot()
    def _draw_again(self) -> None:
        # Add 1 instead of choosing at random, so that the same number of presses gives the same sheet.
        self._change(seed=(self._session.view.sheet.seed + 1) % MAX_SEED)

    @Slot()
    def _apply_theme(self) -> None:
        self.setStyleSheet(low_boxes(HEIGHT * self._themes.scale))
        self.dice.setIcon(icon("random", self._themes.theme))
        for button in (self.dice, self.nearest, self._more):
            button.setStyleSheet(compact_button(self._themes))
        # Qt makes a box as wide as its longest possible number, which is rarely needed.
        em = self.fontMetrics().height()
        for box, ems in zip(self._numbers.values(), (5.2, 6.8, 6.2, 8.4, 6.8), strict=True):
            box.setFixedWidth(round(ems * em))
        self._fit()


def _choices(name: str, title: str, choices: Mapping[Any, SourceText]) -> QComboBox:
    box = set_identity(QComboBox(), name, title, title)
    for key, text in choices.items():
        box.addItem(text.name, key)
        box.setItemData(box.count() - 1, text.tip, Qt.ItemDataRole.ToolTipRole)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return box


def _number(name: str, tip: str, low: int, high: int, *, prefix: str = "", suffix: str = "") -> IntegerBox:
    box = set_identity(IntegerBox(), name, tip, tip.partition(":")[0])
    box.setRange(low, high)
    box.setPrefix(prefix)
    box.setSuffix(suffix)
    # Otherwise every digit typed would give new draws.
    box.setKeyboardTracking(False)
    box.setWhatsThis(tip)
    return box


def _enable(box: QAbstractSpinBox, why_not: str) -> None:
    box.setEnabled(not why_not)
    box.setToolTip(why_not or box.whatsThis())
