"""Layout of the path panel in its two forms.

The compact form has a title, the film strips in the whole width, and the slider. In the wide form, from `WIDE_HEIGHT`
and `WIDE_WIDTH` on, settings, strips, slider and measures share one axis of t; from `WITH_LIST` on, the list of
waypoints takes the place of the title. Both forms use the same widgets.
"""

from typing import Literal

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QFont, QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.ui.path.over_t.film_strip import OUTLINE, FilmStrip
from explorer.ui.path.over_t.path_axis import PathAxis
from explorer.ui.path.over_t.path_measures import MeasureView
from explorer.ui.path.over_t.path_slider import HANDLE, PathSlider
from explorer.ui.path.path_actions import PathActions
from explorer.ui.path.path_controls import ROW, PathSettings, PathTools, PlayControls, RowHead, t_box
from explorer.ui.path.waypoint_list import WaypointList
from explorer.ui.theme.icons import icon
from explorer.ui.theme.run_mark import mark_pixmap
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import compact_button, pressed_button
from explorer.ui.widgets.choices import low_boxes
from explorer.ui.widgets.flow import NO_MAXIMUM
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import ElidingLabel, FittingLabel

Form = Literal["compact", "wide"]

WIDE_HEIGHT, WIDE_WIDTH, WITH_LIST = 286, 480, 720
"""Minimum size for the wide form, and minimum width for its list of waypoints, in pixels at text scale 1."""
CELL, MAX_CELL = 54, 96
"""Minimum and maximum side of a frame in the wide form, in pixels at text scale 1."""
EMPTY_ROW = 2.1
"""Height of the list that chooses a second method, without a second row, in heights of the controls."""
LIST_WIDTH = 152
"""Width of the list of waypoints, in pixels at text scale 1."""
FOLLOW_EMS = 34
"""Minimum width, in heights of text, for "Probe follows" in the compact form; the menu has it, too."""
MARK = 14
"""Side of the run's mark, in pixels at text scale 1."""
MAY_CROSS = "A geodesic may cross holes here"
"""The short form of the advice on the metric."""
NAME, RANGE, MIDDLE, VALUES = range(4)
"""Columns of the grid."""


class PathFrame(QFrame):
    """The widgets of the panel, without any session or model.

    ``tools`` holds the method; the row of tabs shows it beside the tabs while the compact form is in front.

    Signals
    -------
    form_changed
        The other form is shown.
    key_pressed : int
        A key that moves along the path.
    """

    form_changed = Signal()
    key_pressed = Signal(int)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.form: Form = "compact"
        self._with_list = False
        self.has_second = False
        self.path_actions = PathActions(self)
        self.axis, self._plain_axis = PathAxis(self), PathAxis(self)
        self._mark: int | None = None
        self._make_head()
        self._make_rows()
        self._make_waypoints()
        self._make_empty_page()
        self._arrange()
        self._apply_theme()
        themes.changed.connect(self._apply_theme)

    def set_title(self, mark: int | None, name: str, words: tuple[str, ...]) -> None:
        """Show the run with its mark, and the waypoints of the path as texts, the longest first."""
        self._mark = mark
        self._name.setText(name)
        self._name.setToolTip(name)
        self._words.set_forms(*words)
        self._draw_mark()
        self._fit()

    def set_length(self, text: str, tip: str = "") -> None:
        """Show the decoded length in the compact form, with an explanation as its tooltip."""
        self.length.setText(text)
        self.length.setToolTip(tip)

    def show_second(self, shown: bool) -> None:
        """Show the second row, or only the list that chooses its method."""
        if shown != self.has_second:
            self.has_second = shown
            self._apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the form, and hide what does not fit."""
        super().resizeEvent(event)
        scale = self._themes.scale
        wide = self.height() >= WIDE_HEIGHT * scale and self.width() >= WIDE_WIDTH * scale
        self._set_form("wide" if wide else "compact", with_list=wide and self.width() >= WITH_LIST * scale)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """Return the minimum of the compact form, so that the wide one can be made smaller again."""
        em, row = self.fontMetrics().height(), round((ROW + 4) * self._themes.scale)
        return QSize(16 * em, 2 * row + 3 * em)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the panel's menu at the mouse."""
        self.menu.popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Announce the keys that move along the path."""
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        keys = ("Left", "Right", "Home", "End", "Space", "Comma", "Period")
        if plain and event.key() in [getattr(Qt.Key, f"Key_{name}") for name in keys]:
            self.key_pressed.emit(event.key())
        else:
            super().keyPressEvent(event)

    # Widgets

    def _make_head(self) -> None:
        set_identity(self, "path_panel", accessible="Path through latent space")
        self.setProperty("panel", "true")
        self._mark_label = set_identity(QLabel(), "path_mark", accessible="Mark of the run")
        self._name = set_identity(ElidingLabel(), "path_title", accessible="Run of the path")
        self._name.setProperty("role", "head")
        self._name.setElideMode(Qt.TextElideMode.ElideMiddle)
        self._words = set_identity(FittingLabel(), "path_ends", accessible="Waypoints of the path")
        self._words.setProperty("role", "muted")
        self.length = set_identity(QLabel(), "path_length", accessible="Decoded length")
        self.length.setProperty("role", "figure")
        self.menu = set_identity(QMenu(self), "path_menu", accessible="Path")
        self.path_actions.fill(self.menu)
        self._menu_button = set_identity(
            QToolButton(), "path_menu_button", "More: waypoints, methods, playing, saving", "Path menu"
        )
        self._menu_button.setText("⋯")
        self._menu_button.setMenu(self.menu)
        self._menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.follow_button = set_identity(
            QToolButton(), "path_follow_button", "Move the probe along with t, and decode there", "Probe follows"
        )
        self.follow_button.setDefaultAction(self.path_actions.follow)
        self.follow_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)

    def _make_rows(self) -> None:
        # The tools are given to the row of tabs, which shows them beside the tabs.
        self.tools, self.settings = PathTools(), PathSettings()
        tip = "Decodes along the path; click one to move there"
        self.strips = [
            set_identity(FilmStrip(self._themes, self.axis, second=second), name, tip, "Film strip")
            for name, second in (("film_strip", False), ("second_strip", True))
        ]
        self.heads = [
            RowHead(name, self._themes, second=second)
            for name, second in (("path_row", False), ("path_second_row", True))
        ]
        self.row_lengths = [
            set_identity(QLabel(), name, accessible="Decoded length of this row")
            for name in ("path_row_length", "path_second_row_length")
        ]
        for label in self.row_lengths:
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.playing = PlayControls(self.path_actions, self._themes)
        self.slider = set_identity(
            PathSlider(self._themes, self._plain_axis), "path_slider", "t: position on the path (← →)", "t"
        )
        self.t_box = t_box()
        self.measures = MeasureView(self._themes, self.axis)
        self.advice = set_identity(FittingLabel(), "path_advice", accessible="About the metric")
        self.use_density = set_identity(
            QPushButton("Use density"), "path_use_density", "Compute the geodesic with the metric density"
        )

    def _make_waypoints(self) -> None:
        self.waypoints = WaypointList(self._themes)
        self.add_button = set_identity(QToolButton(), "path_add_probe", accessible="Add probe")
        self.add_button.setDefaultAction(self.path_actions.add_probe)
        self.random_button = set_identity(QToolButton(), "path_add_random", accessible="Add random sample")
        self.random_button.setDefaultAction(self.path_actions.add_random)
        for button in (self.add_button, self.random_button):
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.closed = set_identity(QCheckBox("Close into a loop"), "path_closed", "Return from the last waypoint to A")
        self._hint = QLabel("Path tool (4): click a plane to add one", wordWrap=True)
        self._hint.setProperty("role", "muted")
        self._list = QWidget()
        title = QLabel("Waypoints")
        title.setProperty("role", "head")
        head, column = QHBoxLayout(), QVBoxLayout(self._list)
        head.addWidget(title, 1)
        head.addWidget(self.random_button)
        head.addWidget(self.add_button)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(head)
        column.addWidget(self.waypoints, 1)
        column.addWidget(self.closed)
        column.addWidget(self._hint)

    def _make_empty_page(self) -> None:
        self.empty_text = set_identity(QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter), "path_empty")
        self.empty_text.setProperty("role", "muted")
        self.try_button = set_identity(
            QPushButton("Try it: two random samples"), "path_try", "A path between two samples of different classes"
        )
        self.take_probe = set_identity(QToolButton(), "path_take_probe", "Add the probe as a waypoint", "Add probe")
        self.take_probe.setDefaultAction(self.path_actions.add_probe)
        self.take_probe.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._empty = QWidget()
        centre, buttons = QVBoxLayout(self._empty), QHBoxLayout()
        centre.setContentsMargins(0, 0, 0, 0)
        centre.addStretch(1)
        centre.addWidget(self.empty_text)
        buttons.addStretch(1)
        buttons.addWidget(self.take_probe)
        buttons.addWidget(self.try_button)
        buttons.addStretch(1)
        centre.addLayout(buttons)
        centre.addStretch(1)

    # Layout

    def _arrange(self) -> None:
        self._head = QWidget()
        self._top = QHBoxLayout(self._head)
        self._top.setContentsMargins(0, 0, 0, 0)
        for widget, stretch in ((self._mark_label, 0), (self._name, 0), (self._words, 1), (self.length, 0)):
            self._top.addWidget(widget, stretch)
        # Shown here unless the row of tabs takes them.
        self._top.addWidget(self.tools)
        self._advice_row = QWidget()
        advice = QHBoxLayout(self._advice_row)
        advice.setContentsMargins(0, 0, 0, 0)
        advice.addWidget(self.advice, 1)
        advice.addWidget(self.use_density)
        self._advice_row.hide()
        page = QWidget()
        sides, right = QHBoxLayout(page), QWidget()
        self._sides = sides
        sides.setContentsMargins(0, 0, 0, 0)
        sides.addWidget(self._list)
        sides.addWidget(right, 1)
        self.grid = QGridLayout(right)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setColumnStretch(MIDDLE, 1)
        self.measures.add_to(self.grid, first_row=5)
        self._place()
        # Page 0 is the path, page 1 the hint how to begin one.
        self.stack = QStackedWidget()
        self.stack.addWidget(page)
        self.stack.addWidget(self._empty)
        self._layout = QVBoxLayout(self)
        self._layout.addWidget(self._head)
        self._layout.addWidget(self.stack, 1)
        self._fit()

    def _set_form(self, form: Form, *, with_list: bool) -> None:
        if (form, with_list) != (self.form, self._with_list):
            self.form, self._with_list = form, with_list
            self._place()
            self._apply_theme()
            self.form_changed.emit()

    def _place(self) -> None:
        """Put the widgets into the cells of the present form."""
        wide, grid = self.form == "wide", self.grid
        grid.addWidget(self.settings, 0, NAME, 1, 4)
        grid.addWidget(self._advice_row, 1, NAME, 1, 4)
        for row, (head, strip, length) in enumerate(zip(self.heads, self.strips, self.row_lengths, strict=True)):
            grid.addWidget(head, 2 + row, NAME, 1, 2)
            grid.addWidget(length, 2 + row, VALUES)
            # The compact form needs the whole width for the frames.
            grid.addWidget(strip, 2 + row, MIDDLE if wide else NAME, 1, 1 if wide else 4)
        grid.addWidget(self.playing, 4, NAME, 1, 2)
        grid.addWidget(self.slider, 4, MIDDLE)
        grid.addWidget(self.t_box, 4, VALUES)
        self.slider.set_axis(self.axis if wide else self._plain_axis)
        for button in (self.follow_button, self._menu_button):
            (self.settings.row if self._with_list else self._top).addWidget(button)

    def show_advice(self, text: str) -> None:
        """Show a sentence on the metric, with the button that takes the other one; "" hides both."""
        # The button replaces the second sentence.
        sentence = text.partition(". ")[0]
        self.advice.set_forms(*((text, sentence, MAY_CROSS) if text else ()))
        self._advice_row.setVisible(bool(text) and self.form == "wide")

    def _fit(self) -> None:
        wide, whole = self.form == "wide", self.stack.currentIndex() == 0 if hasattr(self, "stack") else False
        for widget in (self.settings, *self.heads, *self.row_lengths):
            widget.setVisible(wide)
        for widget in (self._list, self.settings.lengths):
            widget.setVisible(self._with_list)
        self._advice_row.setVisible(wide and bool(self.advice.forms))
        self.row_lengths[1].setVisible(wide and self.has_second)
        self.strips[1].setVisible(self.has_second)
        for row, strip in enumerate(self.strips):
            # A stretching row keeps its share of the height even if all its widgets are hidden.
            self.grid.setRowStretch(2 + row, 0 if strip.isHidden() else 3)
        # Without the list the settings have no room for the buttons, and the list does not say what the path is.
        self._head.setVisible(whole and not self._with_list)
        # Its content alone: whether the tools themselves are shown is for the row of tabs to say.
        self.tools.method.setVisible(not wide)
        self.follow_button.setVisible(wide or self.width() > FOLLOW_EMS * self.fontMetrics().height())
        self.measures.set_room(self._room_for_measures() if wide else 0, self._themes.scale)
        side = self.strips[0].side
        self.axis.set_inset(side / 2 + OUTLINE)

    def _room_for_measures(self) -> float:
        """Return the height that settings, strips and slider leave, in pixels."""
        scale = self._themes.scale
        rows = 2 if self.has_second else 1
        head = EMPTY_ROW * ROW * scale if not self.has_second else 0
        lines = 2 + self._head.isVisible() + self._advice_row.isVisible()
        return self.height() - (lines * (ROW + 6) + rows * (CELL + 8) + 12) * scale - head

    @Slot()
    def _apply_theme(self) -> None:
        scale = self._themes.scale
        gap = round(8 * scale)
        # Rows as low as their text: the film strips get the height.
        self._layout.setContentsMargins(round(12 * scale), round(4 * scale), gap, round(4 * scale))
        self._layout.setSpacing(0)
        self._top.setSpacing(gap)
        self._sides.setSpacing(2 * gap)
        self.grid.setHorizontalSpacing(gap)
        self.grid.setVerticalSpacing(round(4 * scale))
        self._list.setFixedWidth(round(LIST_WIDTH * scale))
        self._limit_rows()
        self._plain_axis.set_inset((HANDLE + 2) * scale)
        self.t_box.setFixedWidth(self.t_box.fontMetrics().horizontalAdvance("t 0.000") + round(36 * scale))
        self.t_box.setStyleSheet(low_boxes(ROW * scale))
        self.tools.apply_theme(scale)
        self.settings.apply_theme(scale)
        self._style_buttons()
        # Both lists of methods as wide as the wider one.
        for head in self.heads:
            head.method.setMinimumWidth(max(other.method.sizeHint().width() for other in self.heads))
        self._draw_mark()
        self._fit()

    def _limit_rows(self) -> None:
        """Limit the heights of strips and heads."""
        scale = self._themes.scale
        wide = self.form == "wide"
        for strip in self.strips:
            strip.setMinimumHeight(round((CELL + 6) * scale) if wide else 0)
        # Limit the whole row; otherwise the grid gives it more height than its strip can use.
        highest = round((MAX_CELL + 6) * scale) if wide else NO_MAXIMUM
        for widget in (*self.strips, *self.heads, *self.row_lengths):
            widget.setMaximumHeight(highest)
        if wide and not self.has_second:
            self.heads[1].setMaximumHeight(round(EMPTY_ROW * ROW * scale))

    def _style_buttons(self) -> None:
        scale, theme = self._themes.scale, self._themes.theme
        plain = compact_button(self._themes)
        raised = f"QToolButton {{ background: {theme.raised}; }} {pressed_button(theme)}"
        # The dots say that there is a menu.
        self._menu_button.setStyleSheet(plain + "QToolButton::menu-indicator { image: none; width: 0; }")
        self.follow_button.setStyleSheet(plain + raised)
        # The text is bolder when checked, and Qt leaves no room for that.
        text, font = self.path_actions.follow.text(), self.follow_button.font()
        lighter = QFontMetrics(font).horizontalAdvance(text)
        font.setWeight(QFont.Weight.DemiBold)
        heavier = QFontMetrics(font).horizontalAdvance(text) - lighter
        self.follow_button.setMinimumWidth(self.follow_button.sizeHint().width() + heavier)
        for button in (self._menu_button, self.follow_button, self.use_density):
            button.setFixedHeight(round(ROW * scale))
        self.use_density.setStyleSheet("QPushButton { padding-top: 0; padding-bottom: 0; }")
        self.path_actions.follow.setIcon(icon("probe", theme))
        self.path_actions.add_probe.setIcon(icon("plus", theme))
        self.path_actions.add_random.setIcon(icon("random", theme))
        for button in (self.add_button, self.random_button):
            button.setStyleSheet(plain)

    def _draw_mark(self) -> None:
        side = round(MARK * self._themes.scale)
        self._mark_label.setPixmap(mark_pixmap(self._mark, self._themes.theme, side, self.devicePixelRatioF()))
