"""The widgets of the blend panel, and their layout in each of four forms.

- ``high``: pins and their weights at the left; blend, comparison and kept blends at the right.
- ``wide``: the same five blocks side by side, in little height.
- ``tall``: polygon, blend and comparison in a row, weights and kept blends below: a narrow panel that is high, as with
  large text on a small screen.
- ``brief``: polygon, blend and comparison only; all else is in the menu.
"""

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.ui.blend.blend_words import MAX_NAME
from explorer.ui.blend.comparison_view import WORDS, ComparisonView
from explorer.ui.blend.kept_view import KeptView
from explorer.ui.blend.pin_rows import PinRows
from explorer.ui.blend.polygon_view import PolygonView
from explorer.ui.pictures.sample_view import SampleView
from explorer.ui.state.pins import SAMPLE_MIME
from explorer.ui.state.tasks import Tasks
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.flow import NO_MAXIMUM, pad_panel
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import FittingLabel

BlendForm = Literal["high", "wide", "tall", "brief"]
HIGH, WIDE, LOW, TALL = 480, 860, 216, 360
"""Height from which the form is high; width and height from which it is wide; height from which a narrow one is tall.
Pixels at text scale 1, as all sizes."""
TOP = 190
"""Height of the row of pictures in the tall form."""
LEFT, ROWS = 408, 262
"""Width of pins and weights in the high form, and of the weights in the wide one."""
BLEND, COMPARED, GAP = 272, 128, 20
"""Largest sides of the pictures of the blend and of the comparison, and the gap between blocks."""
KEPT, WITH_WORDS = 168, 1080
"""Width of the kept blends in the wide form, and that of the panel from which it has texts beside the comparison."""
BLEND_SHARE, COMPARED_SHARE = 0.185, 0.085
"""Largest sides of the pictures in the wide form as shares of the width."""


class BlendFrame(QFrame):
    """The widgets of the panel, without any session or model.

    Signals
    -------
    form_changed
        Pictures have other sizes.
    samples_dropped : tuple
        Samples were dropped, anywhere in the panel.
    """

    form_changed = Signal()
    samples_dropped = Signal(tuple)

    def __init__(self, tasks: Tasks, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.form: BlendForm = "high"
        set_identity(self, "blend_panel", accessible="Blend of pinned samples")
        self.setProperty("panel", "true")
        self.setAcceptDrops(True)
        self._make_pins()
        self._make_blend(tasks)
        self._make_kept()
        self._make_empty()
        self._arrange()
        self._apply_theme()
        themes.changed.connect(self._apply_theme)

    @property
    def is_brief(self) -> bool:
        """Whether only polygon, blend and comparison have room."""
        return self.form == "brief"

    def show_empty(self, text: str, *, offers_samples: bool) -> None:
        """Show why there is no blend, with a button that pins samples; "" shows the blend."""
        self.stack.setCurrentIndex(1 if text else 0)
        self.empty_text.setText(text)
        self.pin_three.setVisible(offers_samples)
        self.find_first.setVisible(offers_samples)

    def set_kept_actions(self, actions: Sequence[QAction]) -> None:
        """Set the entries of the menu of the button *Export*."""
        self.export.addActions(list(actions))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the form, and fit the pictures."""
        super().resizeEvent(event)
        self._fit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept samples of the selection."""
        if event.mimeData().hasFormat(SAMPLE_MIME):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Report the samples that were dropped."""
        # Read defensively: another program can offer data under the same name.
        text = bytes(event.mimeData().data(SAMPLE_MIME).data()).decode("ascii", "ignore")
        samples = tuple(int(part) for part in text.split(",") if part.isdecimal())
        if samples:
            event.acceptProposedAction()
            self.samples_dropped.emit(samples)

    def minimumSizeHint(self) -> QSize:
        """Return the minimum at which polygon and blend are visible, in pixels."""
        scale = self._themes.scale
        return QSize(round(330 * scale), round(140 * scale))

    # Construction

    def _make_pins(self) -> None:
        self.title = _head("Pinned samples", "blend_pins_title")
        self.count = _muted("blend_pins_count", "Number of pins")
        self.add = set_identity(
            QPushButton("Add samples…"), "blend_add", "Find samples by number or name, and pin them"
        )
        self.polygon = PolygonView(self._themes)
        self.rows = PinRows(self._themes)
        self.equal = set_identity(QPushButton("Equal weights"), "blend_equal", "Give all pins the same weight")
        self.clear = set_identity(QPushButton("Remove all"), "blend_clear", "Remove all pins")
        self.sum_note = _muted("blend_sum_note", "Sum of the weights")
        # The sum is always 1: the note says so, because moving one slider moves the others.
        self.sum_note.set_forms("weights add up to 1", "sum is 1", "")
        # Right-aligned below the number fields whose sum it states.
        self.sum_note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._pins, column = _block()
        column.addLayout(_row(self.title, (self.count, 1), self.add))
        column.addWidget(self.polygon, 1)
        self._weights, column = _block()
        column.addWidget(self.rows)
        column.addLayout(_row(self.equal, self.clear, (self.sum_note, 1)))
        column.addStretch(1)

    def _make_blend(self, tasks: Tasks) -> None:
        self.blend_title = _head("Blend", "blend_title")
        self.terms = _muted("blend_terms", "Weighted mean of the pins")
        self.picture = SampleView(tasks, self._themes, "blend_picture")
        self.picture.setToolTip("The decode of the blend; right-click to copy or save it")
        self.error = set_identity(FittingLabel(), "blend_error", accessible="Off-manifold error")
        self.code = _muted("blend_code", "Nearest code")
        self.near = set_identity(QLabel(), "blend_near", "Near: as 95 % of the codes are to their nearest neighbour")
        self.error.setProperty("role", "small")
        # The picture has its size from `_fit`; the stretch below keeps the texts next to it.
        self._blend, column = _block()
        column.addLayout(_row(self.blend_title, (self.terms, 1)))
        column.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.error)
        column.addLayout(_row((self.code, 1), self.near))
        column.addStretch(1)
        self.comparison_title = _head("For comparison", "blend_comparison_title")
        self.average = ComparisonView(tasks, self._themes, "blend_average", "Pixel average")
        self.nearest = ComparisonView(tasks, self._themes, "blend_nearest", "Nearest real")
        self._comparison, self._compared = _block()
        for widget in (self.comparison_title, self.average, self.nearest):
            self._compared.addWidget(widget)
        self._compared.addStretch(1)

    def _make_kept(self) -> None:
        self.kept_title = _head("Kept blends", "blend_kept_title")
        self.kept_count = _muted("blend_kept_count", "Number of kept blends")
        self.kept_note = _muted("blend_kept_note", "About kept blends")
        self.kept_note.set_forms("Keep a blend to compare it with others; a click restores it.", "none yet", "")
        self.kept = KeptView(self._themes)
        self._name_label = QLabel("Name")
        self._name_label.setProperty("role", "muted")
        self.name = set_identity(
            QLineEdit(maxLength=MAX_NAME), "blend_name", "Name of the blend that is kept next", "Name"
        )
        # For screen readers, as the field has no label.
        self._name_label.setBuddy(self.name)
        self.keep = set_identity(QPushButton("Keep blend"), "blend_keep", "Keep this blend with the session")
        self.keep.setProperty("kind", "primary")
        self.export = set_identity(QToolButton(), "blend_export", "Save the blend, or copy its command", "Export")
        self.export.setText("Export…")
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._kept, column = _block()
        column.addLayout(_row(self.kept_title, (self.kept_count, 1)))
        column.addWidget(self.kept_note)
        column.addWidget(self.kept, 1)
        self._name_row, self._keep_row = _row(self._name_label, (self.name, 1)), _row(self.keep, self.export)
        self._ends = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._ends.addLayout(self._name_row, 1)
        self._ends.addLayout(self._keep_row)
        column.addLayout(self._ends)

    def _make_empty(self) -> None:
        self.empty_text = set_identity(QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter), "blend_empty")
        self.empty_text.setProperty("role", "muted")
        # For a first blend without knowing any sample; three pins are the fewest that make a polygon.
        tip = "Pin three random samples of different classes"
        self.pin_three = set_identity(QPushButton("Pin three samples"), "blend_pin_three", tip)
        self.find_first = set_identity(QPushButton("Find samples…"), "blend_find", "Find samples by number or name")
        self._empty = QWidget()
        column = QVBoxLayout(self._empty)
        column.setContentsMargins(0, 0, 0, 0)
        column.addStretch(1)
        column.addWidget(self.empty_text)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.pin_three)
        row.addWidget(self.find_first)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(1)

    def _arrange(self) -> None:
        self._left, self._right, self._result = (QBoxLayout(QBoxLayout.Direction.TopToBottom) for _ in range(3))
        self._result.setDirection(QBoxLayout.Direction.LeftToRight)
        self._left.addWidget(self._pins, 1)
        self._left.addWidget(self._weights)
        self._result.addWidget(self._blend)
        self._result.addWidget(self._comparison)
        self._result.addStretch(1)
        self._rule, self._upright = QFrame(), QFrame()
        self._rule.setProperty("rule", "true")
        self._right.addLayout(self._result)
        self._right.addWidget(self._rule)
        self._right.addWidget(self._kept, 1)
        shown = QWidget()
        rows = QVBoxLayout(shown)
        rows.setContentsMargins(0, 0, 0, 0)
        self._outer, self._below, self._is_tall = QHBoxLayout(), QHBoxLayout(), False
        rows.addLayout(self._outer, 1)
        rows.addLayout(self._below)
        self._outer.addLayout(self._left)
        self._outer.addWidget(self._upright)
        self._outer.addLayout(self._right, 1)
        self.stack = QStackedWidget()
        self.stack.addWidget(shown)
        self.stack.addWidget(self._empty)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self.stack)

    # Sizes

    def _form_for(self, width: int, height: int) -> BlendForm:
        scale = self._themes.scale
        if height >= HIGH * scale and width >= WIDE * scale:
            return "high"
        if width >= WIDE * scale and height >= LOW * scale:
            return "wide"
        return "tall" if height >= TALL * scale else "brief"

    @Slot()
    def _fit(self) -> None:
        """Choose the form for the size, and give the pictures the room that is left."""
        self.form = self._form_for(self.width(), self.height())
        self._show_parts()
        self._fit_pictures()
        self._fit_blocks()
        self.form_changed.emit()

    def _show_parts(self) -> None:
        """Show the widgets that fit the form, and set the directions of its rows."""
        form, is_narrow = self.form, self.form in ("tall", "brief")
        if (form == "tall") != self._is_tall:
            self._is_tall = form == "tall"
            for block, usual, stretch in ((self._weights, self._left, 0), (self._kept, self._right, 1)):
                # A layout takes a widget from the one that had it.
                (self._below if self._is_tall else usual).addWidget(block, stretch)
        along, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._left.setDirection(down if form == "high" else along)
        self._right.setDirection(down if form == "high" else along)
        self._ends.setDirection(along if form == "high" else down)
        for block in (self._weights, self._kept):
            block.setVisible(form != "brief")
        self._rule.setVisible(form == "high")
        self._name_label.setVisible(form == "high")
        self.rows.set_brief(brief=form in ("wide", "tall"))
        self._upright.setVisible(not is_narrow)
        self.add.setVisible(form != "brief")
        # Only one of the two fits beside the button.
        self.title.setVisible(form != "tall")
        self.comparison_title.setVisible(not is_narrow)
        self.export.setVisible(form == "high")  # the same is beside the tabs
        self.kept_note.setVisible(form == "high" and self._has_no_kept)
        for label in (self.error, self.code, self.near):
            label.setVisible(form != "brief" or self.height() >= LOW * self._themes.scale)

    def _picture_sides(self) -> tuple[int, int]:
        """Return the sides of the pictures of the blend and of the comparison, in pixels."""
        scale, form = self._themes.scale, self.form
        high = TOP * scale if form == "tall" else self.contentsRect().height()
        # Without the padding of the panel, at both ends.
        room = high - 2 * round(9 * scale)
        line = self.fontMetrics().height() + self._column.spacing()
        # Not by isVisible(), which is False for all widgets until the window is shown.
        lines = 3 if self.error.isVisibleTo(self) else 1
        sides = {
            "high": (min(BLEND * scale, self.width() - (LEFT + COMPARED + WORDS + 4 * GAP) * scale), COMPARED * scale),
            "wide": (
                min(BLEND * scale, room - 3.6 * line, BLEND_SHARE * self.width()),
                min(COMPARED * scale, (room - 2 * line) / 2, COMPARED_SHARE * self.width()),
            ),
        }
        sides["tall"] = sides["brief"] = room - lines * line - 4 * scale, (room - 2 * line) / 2
        blend, compared = (max(round(side), 24) for side in sides[form])
        if form in ("tall", "brief"):
            blend = min(blend, round(0.36 * self.width()))
            compared = min(compared, max(24, round(0.2 * self.width())))
        return blend, compared

    def _fit_pictures(self) -> None:
        scale, form = self._themes.scale, self.form
        blend, compared = self._picture_sides()
        self.picture.fit(blend)
        self._blend.setFixedWidth(max(blend, round((170 if form == "wide" else 60) * scale)))
        beside = self.width() >= {"high": 0, "wide": WITH_WORDS}.get(form, 560) * scale
        for view in (self.average, self.nearest):
            # Texts are hidden before pictures shrink: the tooltips repeat them.
            view.fit(compared, words=beside)

    def _fit_blocks(self) -> None:
        """Set the widths of pins, weights and kept blends."""
        scale, form = self._themes.scale, self.form
        self._pins.setMinimumWidth(0)
        self._weights.setFixedWidth(round(ROWS * scale) if form in ("wide", "tall") else NO_MAXIMUM)
        if form == "high":
            self._pins.setFixedWidth(round(LEFT * scale))
            self._weights.setFixedWidth(round(LEFT * scale))
        else:
            self._weights.setMinimumWidth(0)
            self._pins.setMinimumWidth(0)
            self._pins.setMaximumWidth(NO_MAXIMUM)
        self._kept.setMaximumWidth(round(KEPT * scale) if form == "wide" else NO_MAXIMUM)
        self._outer.setStretch(0, 0 if form == "high" else 1)
        self._outer.setStretch(2, 1 if form == "high" else 0)

    @property
    def _has_no_kept(self) -> bool:
        return self.kept_count.longest in ("", "0")

    @Slot()
    def _apply_theme(self) -> None:
        scale = self._themes.scale
        pad_panel(self._column, scale)
        for layout in (self._left, self._right, self._result, self._outer):
            layout.setSpacing(round(GAP / 2 * scale))
        self._result.setSpacing(round(GAP * scale))
        self._outer.setSpacing(round(GAP * scale))
        self._compared.setSpacing(round(10 * scale))
        # A frame of one pixel, whatever the scale of the text.
        self._upright.setFixedWidth(1)
        self._upright.setStyleSheet(f"background: {self._themes.theme.line};")
        padding = f"{round(5 * scale)}px {round(12 * scale)}px"
        self.export.setStyleSheet(
            f"QToolButton {{ background: {self._themes.theme.raised}; padding: {padding}; }}"
            "QToolButton::menu-indicator { image: none; width: 0; }"
        )
        self._fit()


def _head(text: str, name: str) -> QLabel:
    label = set_identity(QLabel(text), name, accessible=text)
    label.setProperty("role", "head")
    return label


def _muted(name: str, accessible: str) -> FittingLabel:
    label = set_identity(FittingLabel(), name, accessible=accessible)
    label.setProperty("role", "muted")
    return label


def _row(*widgets: QWidget | tuple[QWidget, int]) -> QHBoxLayout:
    """Return a row of widgets; a tuple gives a widget's stretch."""
    row = QHBoxLayout()
    for one in widgets:
        widget, stretch = one if isinstance(one, tuple) else (one, 0)
        row.addWidget(widget, stretch)
    return row


def _block() -> tuple[QWidget, QVBoxLayout]:
    """Return a part of the panel with its column."""
    block = QWidget()
    column = QVBoxLayout(block)
    column.setContentsMargins(0, 0, 0, 0)
    return block, column
