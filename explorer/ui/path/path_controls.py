"""Controls of the path: methods and steps beside the tabs, the settings of the wide form, and playing."""

from collections.abc import Iterable

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from explorer.session import Path
from explorer.ui.path.path_actions import METHODS, PathActions
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.boxes import DecimalBox, IntegerBox
from explorer.ui.widgets.buttons import compact_button, pressed_button
from explorer.ui.widgets.choices import choice_box, low_boxes, show_choice
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import FittingLabel

MAX_STEPS = 1000
ROW = 24
"""Height of the controls in pixels at text scale 1."""
SPACINGS = {
    "latent": ("equal steps: latent", "Steps of equal length in latent space"),
    "decoded": ("equal steps: decoded", "Steps with equal changes of the decode; at sharp turns a few may differ"),
}
METRICS = {
    "decoder": ("metric: decoder", "A geodesic minimizes the decoded length"),
    "density": ("metric: density", "A geodesic minimizes the decoded length, but avoids holes between the codes"),
}
NO_GEODESIC = "Only a geodesic has a metric: choose the method Geodesic"
NO_SECOND = "No second path"


def method_box(name: str, *, optional: bool) -> QComboBox:
    """Return a list of methods with their names as data; with ``optional``, also none, whose data are None."""
    title = "Method of the second path" if optional else "Interpolation method"
    box = set_identity(QComboBox(), name, title, title)
    if optional:
        box.addItem(NO_SECOND, None)
    for method, text in METHODS.items():
        box.addItem(text.name, method)
        box.setItemData(box.count() - 1, text.tip, Qt.ItemDataRole.ToolTipRole)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    # The frames need the width more than this list.
    box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return box


class PathTools(QWidget):
    """The method of the first path, which the compact form shows beside the tabs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.method = method_box("path_method", optional=False)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.method)

    def apply_theme(self, scale: float) -> None:
        """Make the list as low as the tabs beside it."""
        self.setStyleSheet(low_boxes(22 * scale))


class PathSettings(QWidget):
    """Number of steps, spacing and metric, with the length of the straight line at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.steps = set_identity(IntegerBox(), "path_steps", "Number of equal steps along the path", "Steps")
        self.steps.setRange(1, MAX_STEPS)
        self.steps.setValue(Path.steps)
        # Wait until the number is complete: each change asks for new measures.
        self.steps.setKeyboardTracking(False)
        self.steps.setSuffix(" steps")
        self.spacing = choice_box("path_spacing", "Where steps have equal lengths", SPACINGS)
        self.metric_box = choice_box("path_metric", "Length that a geodesic minimizes", METRICS)
        self.lengths = set_identity(FittingLabel(), "path_lengths", accessible="Decoded length of the straight line")
        self.lengths.setProperty("role", "muted")
        self.lengths.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        for widget in (self.steps, self.spacing, self.metric_box):
            self.row.addWidget(widget)
        self.row.addWidget(self.lengths, 1)

    def show_path(self, path: Path) -> None:
        """Show the settings of a path."""
        self.steps.setValue(path.steps)
        show_choice(self.spacing, path.spacing)
        show_choice(self.metric_box, path.metric)
        # Disabled, not hidden: the other settings stay where they are.
        geodesic = "geodesic" in (path.method, path.second)
        self.metric_box.setEnabled(geodesic)
        self.metric_box.setToolTip(METRICS[path.metric][1] if geodesic else NO_GEODESIC)
        self.spacing.setToolTip(SPACINGS[path.spacing][1])

    def apply_theme(self, scale: float) -> None:
        """Set the heights."""
        self.row.setSpacing(round(8 * scale))
        self.steps.setFixedWidth(self.steps.fontMetrics().horizontalAdvance(f"{MAX_STEPS} steps") + round(40 * scale))
        self.setStyleSheet(low_boxes(ROW * scale))


class PlayControls(QWidget):
    """Play button, play mode and speed."""

    def __init__(self, actions: PathActions, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions, self._themes = actions, themes
        self._playing = False
        self.play = set_identity(QToolButton(), "path_play", "Play (Space)", "Play")
        self.mode = self._with_menu("path_play_mode", "Play mode at the end of the path", actions.play_modes.values())
        self.speed = self._with_menu("path_speed", "Speed of playing", actions.speeds.values())
        self.speed.setText("1×")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        for button in (self.play, self.mode, self.speed):
            self._row.addWidget(button)
        actions.play_group.triggered.connect(self._draw)
        themes.changed.connect(self._draw)
        self._draw()

    @property
    def play_mode(self) -> str:
        """The name of the chosen play mode."""
        return next(name for name, action in self._actions.play_modes.items() if action.isChecked())

    def show_playing(self, playing: bool) -> None:
        """Show *Pause* on the button while the path plays, else *Play*."""
        self._playing = playing
        self._draw()

    def _with_menu(self, name: str, tip: str, actions: Iterable[QAction]) -> QToolButton:
        button = set_identity(QToolButton(), name, tip, tip)
        menu = set_identity(QMenu(button), f"{name}_menu", accessible=tip)
        menu.setToolTipsVisible(True)
        menu.addActions(list(actions))
        button.setMenu(menu)
        # Open the menu at once: the button itself has no action.
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return button

    @Slot()
    def _draw(self) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        self._row.setSpacing(round(4 * scale))
        self.play.setIcon(icon("pause" if self._playing else "play", theme))
        self.play.setToolTip("Pause (Space)" if self._playing else "Play (Space)")
        self.play.setAccessibleName("Pause" if self._playing else "Play")
        mode = self.play_mode
        self.mode.setIcon(icon(mode, theme))
        self.mode.setToolTip(self._actions.play_modes[mode].toolTip())
        plain = compact_button(self._themes)
        self.play.setStyleSheet(plain)
        raised = f"QToolButton {{ background: {theme.raised}; }} {pressed_button(theme)}"
        self.mode.setStyleSheet(plain + "QToolButton::menu-indicator { image: none; width: 0; }")
        # Room for the arrow of the menu.
        self.speed.setStyleSheet(plain + raised + f"QToolButton {{ padding-right: {round(18 * scale)}px; }}")
        for button in (self.play, self.mode, self.speed):
            button.setFixedHeight(round(ROW * scale))


def t_box() -> DecimalBox:
    """Return the number box of t."""
    box = set_identity(DecimalBox(), "path_t", "t: position on the path, from A (0) to its end (1)", "t")
    box.setRange(0.0, 1.0)
    box.setDecimals(3)
    box.setSingleStep(0.01)
    box.setPrefix("t ")
    # Without keyboard tracking, a typed value takes effect when it is complete, not after each digit.
    box.setKeyboardTracking(False)
    return box


class RowHead(QWidget):
    """The head of a row of the path: its colour, its method, and a few words on it."""

    def __init__(self, name: str, themes: ThemeSource, *, second: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes, self._second = themes, second
        self.bar = QWidget()
        self.method = method_box(name, optional=second)
        self.words = set_identity(QLabel(), f"{name}_words", accessible="About this row")
        self.words.setProperty("role", "muted")
        self.cancel = set_identity(QToolButton(), f"{name}_cancel", "Stop computing the shortest curve", "Cancel")
        self.cancel.hide()
        texts, line = QWidget(), QHBoxLayout()
        column = QVBoxLayout(texts)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addStretch(1)
        column.addWidget(self.method)
        line.addWidget(self.words, 1)
        line.addWidget(self.cancel)
        column.addLayout(line)
        column.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.bar)
        row.addWidget(texts, 1)
        themes.changed.connect(self.apply_theme)
        self.apply_theme()

    def show_words(self, words: str, tip: str, *, computing: bool) -> None:
        """Show the description of the row, and a Cancel button while it is computed."""
        self.words.setText(words)
        self.words.setToolTip(tip)
        self.cancel.setVisible(computing)

    @Slot()
    def apply_theme(self) -> None:
        """Take the theme's colours and sizes."""
        theme, scale = self._themes.theme, self._themes.scale
        self.bar.setFixedWidth(round(3 * scale))
        # The colours of the two curves on the planes, also used for the lengths.
        self.bar.setStyleSheet(f"background: {theme.text if self._second else theme.accent}; border-radius: 1px;")
        self.cancel.setIcon(icon("close", theme))
        self.cancel.setStyleSheet(compact_button(self._themes))
        self.setStyleSheet(low_boxes(ROW * scale))
