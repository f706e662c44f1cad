"""The tab Samples: its controls and the sheets of all runs in view; and the window that shows them larger.

The tab and the window share the settings in `View.sheet`; each change is one undo step.
"""

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from explorer.ui.draws.draws_view import DrawsView
from explorer.ui.draws.sheet_command import sample_command
from explorer.ui.draws.sheet_controls import SheetControls
from explorer.ui.draws.sheet_saver import SheetSaver
from explorer.ui.services.app_state import AppState
from explorer.ui.services.weights_words import with_weights
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.why.card_places import beside
from explorer.ui.why.why_mark import WhyMark
from explorer.ui.widgets.buttons import SCREEN_SHARE, compact_button, tool_button
from explorer.ui.widgets.flow import pad_panel
from explorer.ui.widgets.identity import set_identity

RUN_WIDTH, WINDOW_HEIGHT = 440, 620
"""Width for each run and height of the window at first, in pixels at text scale 1."""


class DrawsPanel(QFrame):
    """The tab Samples.

    Signals
    -------
    enlarge_wanted
        The user wants the window of draws.
    """

    enlarge_wanted = Signal()

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", "true")
        set_identity(self, "draws_panel", accessible="Decodes of random codes")
        self._state, self._themes = state, themes
        self.view = DrawsView(state, themes)
        self.settings = SheetControls("samples", state, themes)
        self.saver = SheetSaver(state, self.view, themes, self)
        self._enlarge = tool_button("draws_enlarge", "", "Show the samples in a window (G)")
        self._enlarge.setAccessibleName("Show in a window")
        top = QHBoxLayout()
        top.addWidget(self.settings, 1)
        top.addWidget(WhyMark("draws_random_codes", "random_codes", themes, beside(self.view)))
        top.addWidget(self._enlarge)
        # In a row, so that a card opens beside the pictures.
        pictures = QWidget()
        row = QHBoxLayout(pictures)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.view, 1)
        self._column = QVBoxLayout(self)
        self._column.addLayout(top)
        self._column.addWidget(pictures, 1)
        self._enlarge.clicked.connect(self.enlarge_wanted)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def export_actions(self) -> list[QAction]:
        """Return the actions that save the draws."""
        return self.saver.actions()

    def copy_command(self) -> str:
        """Return the command that draws the sheet of the active run again; "" if there is none yet."""
        view = self._state.session.view
        run = self._state.store.runs.get(view.active_run or "")
        # Use the request of the draws shown: those for the current settings may still be computed.
        request = None if run is None else self.view.request_of(run.key)
        if run is None or request is None or run.is_user_model or self.view.sheet_of(run.key) is None:
            return ""
        return with_weights(sample_command(run, view.sheet, request), run)

    @Slot()
    def _apply_theme(self) -> None:
        pad_panel(self._column, self._themes.scale)
        self._enlarge.setStyleSheet(compact_button(self._themes))
        self._enlarge.setIcon(icon("enlarge", self._themes.theme))


class DrawsWindow(QDialog):
    """A separate window with the samples of all runs in view."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "draws_window", accessible="Samples")
        self.setWindowTitle("Samples")
        self.view = DrawsView(state, themes)
        self.settings = SheetControls("samples_window", state, themes)
        self.saver = SheetSaver(state, self.view, themes, self)
        save = set_identity(
            QToolButton(), "draws_window_save", "Save the sheets of all runs as a picture", "Save sheet"
        )
        save.setText("Save sheet…")
        save.clicked.connect(self.saver.save_figure)
        row = QHBoxLayout()
        row.addWidget(self.settings, 1)
        row.addWidget(save)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.view, 1)
        # The controls need the width of two runs.
        width = RUN_WIDTH * max(2, len(self.view.sheets))
        size = QSize(round(width * themes.scale), round(WINDOW_HEIGHT * themes.scale))
        self.resize(size.boundedTo(self.screen().availableSize() * SCREEN_SHARE))
