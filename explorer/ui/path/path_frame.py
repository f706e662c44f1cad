"""Layout of the path panel, and which widgets are dropped if space is short."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QContextMenuEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from superqt import QElidingLabel

from explorer.ui.path.decode_view import DecodeView
from explorer.ui.path.film_strip import FilmStrip
from explorer.ui.path.path_actions import PathActions, PathRow
from explorer.ui.theme.icons import icon
from explorer.ui.theme.run_mark import mark_pixmap
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.eliding_label import ElidingLabel
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.spin_boxes import DecimalBox, JumpSlider

DECODE_SHARE = 0.28
"""Maximum share of the panel's width for the decode at t."""
SPEED_EMS = 24
"""Minimum width, in heights of text, for the speed button; the menu has the speeds, too."""
ROW_EMS = 11.5
"""Minimum height of the panel, in heights of text, for the row of settings."""

T_STEPS = 1000
"""Number of positions of the slider of t, which runs from 0 to 1."""


class PathFrame(QFrame):
    """Head, settings, film strip, slider and decode at t, without any session or model."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.path_actions = PathActions(self)
        self._shows_pause = False
        self._run_mark: int | None = None
        self._make_widgets()
        self._apply_theme()
        themes.changed.connect(self._apply_theme)

    def show_playing(self, playing: bool) -> None:
        """Let the button offer the opposite of what happens now."""
        self._shows_pause = playing
        self.play_button.setIcon(icon("pause" if playing else "play", self._themes.theme))
        self.play_button.setToolTip("Pause" if playing else "Play: from A to B and back")
        self.play_button.setAccessibleName("Pause" if playing else "Play")

    def set_title(self, mark: int | None, run: str, ends: str) -> None:
        """Set the head: the run's mark and name, and more quietly from where to where the path leads."""
        self._run_mark = mark
        self._title.setText(run)
        self._title.setToolTip(run)
        self._ends.setText(ends)
        self._ends.setToolTip(ends)
        self._draw_mark()
        self._fit_title()

    def show_empty(self, empty: bool) -> None:
        """Show how to choose a path instead of one; a head would have nothing to say."""
        self.stack.setCurrentIndex(1 if empty else 0)
        for widget in (self._mark, self._title, self._ends, self.length, self._menu_button):
            widget.setVisible(not empty)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Move settings to the menu if the strip needs the space."""
        super().resizeEvent(event)
        self._fit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the panel's menu at the mouse."""
        self._menu.popup(event.globalPos())

    def _make_widgets(self) -> None:
        set_identity(self, "path_panel", accessible="Path between two points")
        self.setProperty("panel", "true")
        self._title = set_identity(QElidingLabel(), "path_title", accessible="Path")
        self._title.setProperty("role", "head")
        self._mark = set_identity(QLabel(), "path_mark", accessible="Mark of the run")
        self._ends = set_identity(ElidingLabel(), "path_ends", accessible="Ends of the path")
        self._ends.setProperty("role", "muted")
        self._ends.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.length = set_identity(ElidingLabel(), "path_length", accessible="Decoded length")
        self.length.setProperty("role", "figure")
        self.length.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._menu = set_identity(QMenu(self), "path_menu", accessible="Path")
        self.path_actions.fill(self._menu)
        self._menu_button = set_identity(
            QToolButton(), "path_menu_button", "More: end points, method, speed, saving", "Path menu"
        )
        self._menu_button.setText("⋯")
        self._menu_button.setMenu(self._menu)
        self._menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.row = PathRow(self.path_actions)
        self.strip = set_identity(
            FilmStrip(self._themes), "film_strip", "Decodes along the path; click one to move there", "Film strip"
        )
        self.decode = set_identity(DecodeView(self._themes), "path_decode", "The decode at t", "Decode at t")
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
            JumpSlider(), "path_slider", "t: where on the path, from A (0) to B (1)", "t, from A to B"
        )
        self.slider.setRange(0, T_STEPS)
        self.slider.setSingleStep(T_STEPS // 100)
        self.slider.setPageStep(T_STEPS // 10)
        self.t_box = set_identity(DecimalBox(), "path_t", "t: where on the path, from A (0) to B (1)", "t")
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

    def _arrange(self) -> None:
        self._top, self._bottom = QHBoxLayout(), QHBoxLayout()
        self._top.addWidget(self._mark)
        self._top.addWidget(self._title)
        self._top.addWidget(self._ends, 1)
        self._top.addWidget(self.length)
        self._top.addWidget(self._menu_button)
        for widget, stretch in ((self.play_button, 0), (self.slider, 1), (self.t_box, 0), (self.speed_button, 0)):
            self._bottom.addWidget(widget, stretch)
        left = QVBoxLayout()
        left.addWidget(self.strip, 1)
        left.addLayout(self._bottom)
        self._body = QHBoxLayout()
        self._body.addLayout(left, 1)
        self._body.addWidget(self.decode)
        page = QWidget()
        self._page_layout = QVBoxLayout(page)
        self._page_layout.setContentsMargins(0, 0, 0, 0)
        self._page_layout.addWidget(self.row)
        self._page_layout.addLayout(self._body, 1)
        empty = QWidget()
        centre = QVBoxLayout(empty)
        centre.setContentsMargins(0, 0, 0, 0)
        centre.addStretch(1)
        centre.addWidget(self.empty_text)
        buttons = QHBoxLayout()
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
        self._layout.setContentsMargins(round(12 * scale), gap, gap, gap)
        self._layout.setSpacing(round(4 * scale))
        self._page_layout.setSpacing(round(6 * scale))
        self._body.setSpacing(round(12 * scale))
        self._bottom.setSpacing(round(6 * scale))
        self.row.set_padding(scale)
        self._top.setSpacing(round(8 * scale))
        self._draw_mark()
        self.show_playing(self._shows_pause)
        self._fit()

    def _draw_mark(self) -> None:
        side = round(14 * self._themes.scale)
        self._mark.setPixmap(mark_pixmap(self._run_mark, self._themes.theme, side, self.devicePixelRatioF()))

    def _fit_title(self) -> None:
        wanted = self._title.fontMetrics().horizontalAdvance(self._title.text() + " ")
        # At most half of the width: the length must stay visible as well.
        self._title.setFixedWidth(min(wanted, self.width() // 2))

    def _fit(self) -> None:
        self._fit_title()
        em = self.fontMetrics().height()
        # The strip and the slider are what the panel is for; settings are also in the menu.
        self.row.setVisible(self.height() > ROW_EMS * em)
        self.decode.set_max_width(round(self.width() * DECODE_SHARE))
        self.slider.setMinimumWidth(3 * em)
        self.t_box.setFixedWidth(self.t_box.fontMetrics().horizontalAdvance("t = 0.000") + 3 * em)
        self.speed_button.setVisible(self.width() > SPEED_EMS * em)
