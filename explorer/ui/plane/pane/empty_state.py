"""What stands in place of the planes while no run is open."""

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFileDialog, QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

MAX_RUNS = 5


class NoRun(QFrame):
    """Says what to do: train, open a run, or drop its folder; with the newest runs at hand."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._folders, self._opener = state.folders, state.opener
        set_identity(self, "no_run", accessible="No run is open").setProperty("panel", "true")
        title = QLabel("No run is open", alignment=Qt.AlignmentFlag.AlignCenter)
        title.setProperty("role", "title")
        self._words = QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        self._words.setProperty("role", "muted")
        self._open = set_identity(QPushButton("Open a run…"), "open_run_button", "Open the folder of a run")
        self._open.clicked.connect(self._on_open)
        self._column = QVBoxLayout(self)
        self._column.addStretch(1)
        self._column.addWidget(title)
        self._column.addWidget(self._words)
        self._column.addWidget(self._open, 0, Qt.AlignmentFlag.AlignHCenter)
        self._recent: list[QPushButton] = []
        self._column.addStretch(1)
        state.folders.listed_changed.connect(self._show_recent)
        themes.changed.connect(self._redress)
        self.set_marked(False)
        self._redress()
        self._show_recent()

    def set_marked(self, marked: bool) -> None:
        """Say that what is dragged here will be opened."""
        self._words.setText(
            "Release to open this run."
            if marked
            else "Train one with the form on the left, open a run, or drop a run folder here."
        )

    @Slot()
    def _on_open(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Open run", str(self._folders.folder))
        if folder:
            self._opener.open(Path(folder))

    @Slot()
    def _on_recent(self) -> None:
        key = self.sender().property("run")
        if key:
            self._opener.open(Path(key))

    @Slot()
    def _show_recent(self) -> None:
        for button in self._recent:
            button.hide()
            button.deleteLater()
        self._recent = []
        for path in self._folders.listed_paths()[:MAX_RUNS]:
            button = QPushButton(path.name)
            button.setProperty("kind", "quiet")
            button.setProperty("run", str(path))
            set_identity(button, f"recent_run_{len(self._recent) + 1}", f"Open {path}", f"Open {path.name}")
            button.clicked.connect(self._on_recent)
            self._column.insertWidget(self._column.count() - 1, button, 0, Qt.AlignmentFlag.AlignHCenter)
            self._recent.append(button)

    @Slot()
    def _redress(self) -> None:
        self._column.setSpacing(round(10 * self._themes.scale))
