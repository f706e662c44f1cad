"""The button that trains a new run, and the pace of all trainings.

A run in training has a row in the list of runs (`explorer.ui.run_list`), with its progress and its buttons. "Train"
always means a new run.
"""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from explorer.training.control import Pace
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

PACES: dict[Pace, tuple[str, str]] = {
    "full": ("Full speed", "Train as fast as the machine can"),
    "epoch": ("One epoch per second", "Slow enough to watch"),
    "step": ("One step at a time", "Each press of Step takes one step of the optimizer"),
}
PACE_TIP = "Training pace: {}. It does not change the weights"
VERBS = {"Train": "Train a new run with these settings", "Fit": "Compute a new run with these settings"}


class TrainingBar(QWidget):
    """Train, the pace, and, at the pace of single steps, Step.

    Signals
    -------
    train_wanted
        Train a new run with the settings of the form.
    """

    train_wanted = Signal()

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes, self._trainings = themes, state.trainings
        self._waiting, self._verb = "", "Train"
        self._train = set_identity(QPushButton("Train"), "train_button", VERBS["Train"], "Train")
        self._train.setProperty("kind", "primary")
        # A long text, such as that of a download, is cut: it must not widen the form.
        self._train.setMinimumWidth(1)
        self._step = set_identity(QToolButton(), "step_button", "Take one step", "Step")
        self._pace = set_identity(QToolButton(), "pace_button", accessible="Training pace")
        self._pace.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._paces = QActionGroup(self)
        self._pace.setMenu(self._pace_menu())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self._train, 1)
        row.addWidget(self._step)
        row.addWidget(self._pace)
        self._train.clicked.connect(self.train_wanted)
        self._step.clicked.connect(state.trainings.advance)
        self._paces.triggered.connect(self._on_pace)
        state.trainings.state_changed.connect(self._show)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def set_waiting(self, why: str) -> None:
        """Show on the button that a training is about to begin, and why it waits; "" ends it."""
        self._waiting = why[:1].upper() + why[1:]
        self._show()

    def set_verb(self, verb: str) -> None:
        """Set the text for a new run: "Train", or "Fit" for a closed form."""
        self._verb = verb
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the text of a button that waits to its new width."""
        super().resizeEvent(event)
        self._show()

    def _pace_menu(self) -> QMenu:
        menu = set_identity(QMenu(self), "pace_menu", accessible="Training pace")
        menu.setToolTipsVisible(True)
        for pace, (text, tip) in PACES.items():
            action = QAction(text, self, checkable=True, toolTip=tip)
            action.setObjectName(f"action_pace_{pace}")
            action.setData(pace)
            self._paces.addAction(action)
            menu.addAction(action)
        return menu

    @Slot(QAction)
    def _on_pace(self, action: QAction) -> None:
        # The pace is the user's choice, kept for later runs, too.
        self._trainings.use_pace(action.data())
        self._show()

    @Slot()
    def _show(self) -> None:
        text = self._verb
        if self._waiting:
            room = self._train.width() - round(40 * self._themes.scale)
            text = self._train.fontMetrics().elidedText(self._waiting, Qt.TextElideMode.ElideRight, room)
        if text != self._train.text():
            self._train.setText(text)
        self._train.setToolTip(self._waiting or VERBS[self._verb])
        self._train.setAccessibleName(self._waiting or self._verb)
        self._train.setEnabled(not self._waiting)
        pace = self._trainings.pace
        for action in self._paces.actions():
            action.setChecked(action.data() == pace)
        self._pace.setToolTip(PACE_TIP.format(PACES[pace][0][:1].lower() + PACES[pace][0][1:]))
        # A closed form has no steps whose pace could be set.
        self._pace.setVisible(self._verb != "Fit")
        self._step.setVisible(pace == "step" and self._verb != "Fit")
        states = (self._trainings.state(key) for key in self._trainings.running)
        self._step.setEnabled(any(state is not None and state.stage == "training" for state in states))

    @Slot()
    def _apply_theme(self) -> None:
        theme, pixels = self._themes.theme, round(14 * self._themes.scale)
        self._train.setIcon(icon("play", theme, theme.accent_text))
        self._step.setIcon(icon("step", theme))
        self._pace.setIcon(icon("chevron-down", theme))
        for button in (self._train, self._step, self._pace):
            button.setIconSize(QSize(pixels, pixels))
        self._pace.setStyleSheet("QToolButton::menu-indicator { image: none; width: 0; }")
        self._show()
