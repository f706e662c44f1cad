"""Help for beginners: a panel while no run is open, and a line with the next hint (drag, pick a sample, train)."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.session import View
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.settings import settings

MAX_RUNS = 5
"""Maximum number of recent runs offered."""


class NoRun(QFrame):
    """Shown instead of planes while no run is open: says how to start, and offers the newest runs as buttons."""

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
        themes.changed.connect(self._apply_theme)
        self.set_marked(False)
        self._apply_theme()
        self._show_recent()

    def set_marked(self, marked: bool) -> None:
        """Show the text for a run that is dragged over the panel, or the usual one."""
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

    @Slot()
    def _apply_theme(self) -> None:
        self._column.setSpacing(round(10 * self._themes.scale))


KEY = "hint/step"
"""Key in the settings file of the number of the next hint."""
HINTS = (
    "Drag anywhere on a plane. The picture on the right is the decode of that point.",
    "Now click a point to follow its sample through the model (Alt+click: decode exactly there).",
    "Now train a model with the form on the left and watch its plane change.",
)
TRAIN = 2
"""Index of the hint about training, which is skipped if a training has been seen."""


class HintLine(QFrame):
    """Shows the hint for the next step; hidden after the last one, or once dismissed."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        set_identity(self, "hint_line", accessible="Hint")
        self._text = set_identity(QLabel(wordWrap=True), "hint_text", accessible="Hint")
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._close = set_identity(QToolButton(), "hint_close", "Do not show hints again", "Dismiss hints")
        self._close.clicked.connect(self._on_dismissed)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._text, 1)
        self._row.addWidget(self._close)
        self._step = _remembered_step()
        self._trained = False
        state.session.listen(self.show_view)
        state.trainings.began.connect(self._on_training)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()
        self._show()

    def show_view(self, old: View, new: View) -> None:
        """Show the next hint once the user has done what the current one suggests."""
        if new.probe is None or new.probe == old.probe:
            return
        if self._step == 0 and new.probe.sample is None:
            self._go_to(1)
        # Whoever picks a sample first needs no hint about dragging.
        elif self._step < TRAIN and new.probe.sample is not None:
            self._go_to(len(HINTS) if self._trained else TRAIN)

    @Slot(str)
    def _on_training(self, key: str) -> None:
        self._trained = True
        if self._step == TRAIN:
            self._go_to(len(HINTS))

    @Slot()
    def _on_dismissed(self) -> None:
        self._go_to(len(HINTS))

    def _go_to(self, step: int) -> None:
        self._step = step
        settings().setValue(KEY, step)
        self._show()

    def _show(self) -> None:
        if self._step < len(HINTS):
            self._text.setText(HINTS[self._step])
        else:
            self.hide()

    @Slot()
    def _apply_theme(self) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        pad = round(3 * scale)
        self._row.setContentsMargins(4 * pad, pad, pad, pad)
        self._close.setStyleSheet(f"padding: {pad}px;")
        self._close.setIcon(icon("close", theme))
        self._close.setIconSize(QSize(round(12 * scale), round(12 * scale)))
        style = f"background: {theme.accent_quiet}; border: none; border-radius: {round(8 * scale)}px;"
        self.setStyleSheet(f"#hint_line {{ {style} }}")


def _remembered_step() -> int:
    value = settings().value(KEY, 0)
    return int(str(value)) if str(value).isdigit() else 0  # INI files store text, and users edit them
