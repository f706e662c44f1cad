"""Layout of the path panel: title, film strip and slider, what is dropped if space is short, and the motion of t."""

import re

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QContextMenuEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.ui.path.film_strip import FilmStrip
from explorer.ui.path.path_actions import PathActions, PathTools
from explorer.ui.theme.icons import icon
from explorer.ui.theme.run_mark import mark_pixmap
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.boxes import DecimalBox, JumpSlider
from explorer.ui.widgets.buttons import compact_button, pressed_button
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import ElidingLabel, FittingLabel

SPEED_EMS, FOLLOW_EMS = 26, 34
"""Minimum widths, in heights of text, for the speed button and "Probe follows"; the menu has both."""
ROW = 24
"""Height of the buttons in pixels at text scale 1."""
MARK = 14
"""Side of the run's mark, in pixels at text scale 1."""
T_STEPS = 1000
"""Number of positions of the slider of t, which runs from 0 to 1."""


class PathFrame(QFrame):
    """Title, film strip and slider, without any session or model.

    ``tools`` holds method and number of steps; the lower row shows it beside the tabs while the panel is in front.
    """

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.path_actions = PathActions(self)
        self._shows_pause = False
        self._mark: int | None = None
        self._make_widgets()
        self._apply_theme()
        themes.changed.connect(self._apply_theme)

    def show_playing(self, playing: bool) -> None:
        """Let the button offer the opposite of what happens now."""
        self._shows_pause = playing
        self.play_button.setIcon(icon("pause" if playing else "play", self._themes.theme))
        self.play_button.setToolTip("Pause" if playing else "Play: from A to B and back")
        self.play_button.setAccessibleName("Pause" if playing else "Play")

    def set_title(self, mark: int | None, name: str, words: str) -> None:
        """Show the run with its mark and what the path leads from and to; nothing for an empty ``name``."""
        self._mark = mark
        self._name.setText(name)
        self._name.setToolTip(name)
        self._words.set_forms(*(forms_of_ends(words) if words else ()))
        for widget in (self._mark_label, self._name, self._words, self.length, self._menu_button):
            widget.setVisible(bool(name))
        self._draw_mark()
        self._fit()

    def set_length(self, text: str, tip: str = "") -> None:
        """Show the decoded length, with an explanation as its tooltip."""
        self.length.setText(text)
        self.length.setToolTip(tip)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what has no room beside the slider; the menu has it, too."""
        super().resizeEvent(event)
        self._fit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the panel's menu at the mouse."""
        self._menu.popup(event.globalPos())

    def _make_widgets(self) -> None:
        set_identity(self, "path_panel", accessible="Path between two points")
        self.setProperty("panel", "true")
        self._mark_label = set_identity(QLabel(), "path_mark", accessible="Mark of the run")
        self._name = set_identity(ElidingLabel(), "path_title", accessible="Run of the path")
        self._name.setProperty("role", "head")
        self._name.setElideMode(Qt.TextElideMode.ElideMiddle)
        self._words = set_identity(FittingLabel(), "path_ends", accessible="Ends of the path")
        self._words.setProperty("role", "muted")
        self.length = set_identity(QLabel(), "path_length", accessible="Decoded length")
        self.length.setProperty("role", "figure")
        self._menu = set_identity(QMenu(self), "path_menu", accessible="Path")
        self.path_actions.fill(self._menu)
        self._menu_button = set_identity(
            QToolButton(), "path_menu_button", "More: end points, method, speed, saving", "Path menu"
        )
        self._menu_button.setText("⋯")
        self._menu_button.setMenu(self._menu)
        self._menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.tools = PathTools()
        self.strip = set_identity(
            FilmStrip(self._themes), "film_strip", "Decodes along the path; click one to move there", "Film strip"
        )
        self._make_slider_row()
        self.empty_text = set_identity(QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter), "path_empty")
        self.empty_text.setProperty("role", "muted")
        self.try_button = set_identity(
            QPushButton("Try it: two random samples"), "path_try", "A path between two samples of different classes"
        )
        self.take_probe = set_identity(QToolButton(), "path_take_probe", "Set B to the probe", "B = probe")
        self.take_probe.setDefaultAction(self.path_actions.end_at_probe)
        self._arrange()

    def _make_slider_row(self) -> None:
        self.play_button = set_identity(QToolButton(), "path_play", "Play: from A to B and back", "Play")
        self.slider = set_identity(
            JumpSlider(), "path_slider", "t: position on the path, from A (0) to B (1)", "t, from A to B"
        )
        self.slider.setRange(0, T_STEPS)
        self.slider.setSingleStep(T_STEPS // 100)
        self.slider.setPageStep(T_STEPS // 10)
        self.t_box = set_identity(DecimalBox(), "path_t", "t: position on the path, from A (0) to B (1)", "t")
        self.t_box.setRange(0.0, 1.0)
        self.t_box.setDecimals(3)
        self.t_box.setSingleStep(0.01)
        self.t_box.setPrefix("t = ")
        # Without keyboard tracking a typed value counts when it is complete, not after each digit.
        self.t_box.setKeyboardTracking(False)
        self.speed_button = set_identity(QToolButton(), "path_speed", "Speed of playing", "Speed")
        speeds = set_identity(QMenu(self.speed_button), "path_speed_menu", accessible="Speed")
        speeds.addActions(list(self.path_actions.speeds.values()))
        self.speed_button.setMenu(speeds)
        self.speed_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.speed_button.setText("1×")
        self.follow_button = set_identity(
            QToolButton(), "path_follow_button", "Move the probe along with t, and decode there", "Probe follows"
        )
        self.follow_button.setDefaultAction(self.path_actions.follow)
        self.follow_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)

    def _arrange(self) -> None:
        self._top, self._bottom = QHBoxLayout(), QHBoxLayout()
        for widget, stretch in ((self._mark_label, 0), (self._name, 0), (self._words, 1), (self.length, 0)):
            self._top.addWidget(widget, stretch)
        self._top.addStretch(0)
        # Unless another part of the window takes them.
        self._top.addWidget(self.tools)
        self._top.addWidget(self._menu_button)
        for part in (self.play_button, self.slider, self.t_box, self.speed_button, self.follow_button):
            self._bottom.addWidget(part, 1 if part is self.slider else 0)
        page, empty = QWidget(), QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.strip, 1)
        column.addLayout(self._bottom)
        centre, buttons = QVBoxLayout(empty), QHBoxLayout()
        centre.setContentsMargins(0, 0, 0, 0)
        centre.addStretch(1)
        centre.addWidget(self.empty_text)
        buttons.addStretch(1)
        buttons.addWidget(self.take_probe)
        buttons.addWidget(self.try_button)
        buttons.addStretch(1)
        centre.addLayout(buttons)
        centre.addStretch(1)
        # Page 0 is the path, page 1 the hint how to choose one.
        self.stack = QStackedWidget()
        self.stack.addWidget(page)
        self.stack.addWidget(empty)
        self._layout = QVBoxLayout(self)
        self._layout.addLayout(self._top)
        self._layout.addWidget(self.stack, 1)

    @Slot()
    def _apply_theme(self) -> None:
        scale = self._themes.scale
        gap = round(8 * scale)
        # Rows as low as their text: the film strip gets the height.
        self._layout.setContentsMargins(round(12 * scale), round(4 * scale), gap, round(4 * scale))
        self._layout.setSpacing(0)
        self._top.setSpacing(gap)
        self._bottom.setSpacing(round(6 * scale))
        self.show_playing(self._shows_pause)
        self.tools.apply_theme(scale)
        self._style_rows()
        self._draw_mark()
        self._fit()

    def _style_rows(self) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        low = round(ROW * scale)
        for button in (self._menu_button, self.play_button, self.speed_button, self.follow_button):
            button.setFixedHeight(low)
        raised = f"QToolButton {{ background: {theme.raised}; }} {pressed_button(theme)}"
        self.play_button.setStyleSheet(compact_button(self._themes))
        # The dots say that there is a menu.
        self._menu_button.setStyleSheet(
            compact_button(self._themes) + "QToolButton::menu-indicator { image: none; width: 0; }"
        )
        self.follow_button.setStyleSheet(compact_button(self._themes) + raised)
        # Room for the arrow of the menu.
        arrow = f"QToolButton {{ padding-right: {round(18 * scale)}px; }}"
        self.speed_button.setStyleSheet(compact_button(self._themes) + raised + arrow)
        self.follow_button.setIcon(icon("probe", theme))
        self.t_box.setStyleSheet(
            f"QAbstractSpinBox, QAbstractSpinBox:focus {{ padding-top: 0; padding-bottom: 0; min-height: {low - 2}px; "
            f"max-height: {low - 2}px; }}"
        )

    def _draw_mark(self) -> None:
        side = round(MARK * self._themes.scale)
        self._mark_label.setPixmap(mark_pixmap(self._mark, self._themes.theme, side, self.devicePixelRatioF()))

    def _fit(self) -> None:
        em = self.fontMetrics().height()
        self.slider.setMinimumWidth(3 * em)
        self.t_box.setFixedWidth(self.t_box.fontMetrics().horizontalAdvance("t = 0.000") + 3 * em)
        self.speed_button.setVisible(self.width() > SPEED_EMS * em)
        self.follow_button.setVisible(self.width() > FOLLOW_EMS * em)


FRAME_MILLISECONDS = 33  # 30 frames per second
ONE_WAY_SECONDS = 4.0
"""Seconds from A to B at speed 1."""


def t_of(phase: float) -> float:
    """Return t at a phase, which runs on a circle of length 2: 0 to 1 is from A to B, 1 to 2 is back."""
    return phase if phase <= 1.0 else 2.0 - phase


def phase_after(phase: float, seconds: float) -> float:
    """Return the phase after some seconds of playing at speed 1."""
    return (phase + seconds / ONE_WAY_SECONDS) % 2.0


def forms_of_ends(words: str) -> tuple[str, ...]:
    """Return "from class 1 (A) to class 0 (B)" and shorter forms, ending with "A to B"."""
    brief = words.removeprefix("from ")
    # The letters are on the pictures.
    return words, brief, brief.replace("class ", ""), re.sub(r" \([AB]\)", "", brief.replace("class ", "")), "A to B"
