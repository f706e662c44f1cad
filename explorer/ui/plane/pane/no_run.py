"""The panel shown instead of planes while no pane is open: how to start, or what is being opened."""

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.saving import ask_folder

MAX_RUNS = 5
"""Number of recent runs offered."""
NOTHING = "No run is open"


class NoRun(QFrame):
    """Explains how to start: train, open a run, or drop its folder; offers the newest runs as buttons."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._folders, self._opener = state.folders, state.opener
        set_identity(self, "no_run", accessible=NOTHING).setProperty("panel", "true")
        self._title = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._title.setProperty("role", "title")
        self._words = QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        self._words.setProperty("role", "muted")
        self._open = set_identity(QPushButton("Open a run…"), "open_run_button", "Open the folder of a run")
        self._open.clicked.connect(self._on_open)
        self._column = QVBoxLayout(self)
        self._column.addStretch(1)
        self._column.addWidget(self._title)
        self._column.addWidget(self._words)
        self._column.addWidget(self._open, 0, Qt.AlignmentFlag.AlignHCenter)
        self._recent: list[QPushButton] = []
        self._column.addStretch(1)
        state.folders.listed_changed.connect(self._show_recent)
        state.opener.opening_changed.connect(self._show_state)
        themes.changed.connect(self._apply_theme)
        self.set_marked(False)
        self._apply_theme()
        self._show_recent()
        self._show_state()

    @Slot()
    def _show_state(self) -> None:
        """Show which runs are being opened; without any, show how to start."""
        opening = self._opener.opening
        self._title.setText(f"Opening {' and '.join(opening)} …" if opening else NOTHING)
        self._title.setProperty("role", "muted" if opening else "title")
        self._title.style().unpolish(self._title)
        self._title.style().polish(self._title)
        self.setAccessibleName(self._title.text())
        for widget in (self._words, self._open, *self._recent):
            widget.setVisible(not opening)

    def set_marked(self, marked: bool) -> None:
        """Show the text for a run that is dragged over the panel, or the usual one."""
        self._words.setText(
            "Release to open this run."
            if marked
            else "Train one with the form on the left, open a run, or drop a run folder here."
        )

    @Slot()
    def _on_open(self) -> None:
        folder = ask_folder(self, "Open run", "runs", str(self._folders.folder))
        if folder is not None:
            self._opener.open_by_user(folder)

    @Slot()
    def _on_recent(self) -> None:
        key = self.sender().property("run")
        if key:
            self._opener.open_by_user(Path(key))

    @Slot()
    def _show_recent(self) -> None:
        for button in self._recent:
            button.hide()  # deleteLater leaves it visible until the event loop runs
            button.deleteLater()
        self._recent = []
        for path in self._folders.listed_paths()[:MAX_RUNS]:
            button = QPushButton(path.name)
            button.setProperty("kind", "quiet")
            # The slot is shared; the property tells which button was clicked (a lambda would keep this panel alive).
            button.setProperty("run", str(path))
            set_identity(button, f"recent_run_{len(self._recent) + 1}", f"Open {path}", f"Open {path.name}")
            button.clicked.connect(self._on_recent)
            self._column.insertWidget(self._column.count() - 1, button, 0, Qt.AlignmentFlag.AlignHCenter)
            self._recent.append(button)
            button.setVisible(not self._opener.opening)

    @Slot()
    def _apply_theme(self) -> None:
        self._column.setSpacing(round(10 * self._themes.scale))
