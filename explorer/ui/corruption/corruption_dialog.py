"""The corruption dialog: a window beside the main one that follows the probe's sample."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QCloseEvent, QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from explorer.data.corruption import KINDS, kinds_for
from explorer.data.dataset import Description
from explorer.data.painting import brush_number
from explorer.latent.metrics.decoder.restoration import RestoredSample
from explorer.ui.corruption.corruption_controller import CorruptionController
from explorer.ui.corruption.corruption_pictures import CorruptionPictures
from explorer.ui.corruption.corruption_tools import CorruptionTools
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import SCREEN_SHARE, close_button
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.saving import ask_path
from explorer.ui.widgets.settings import settings

FIRST_SIZE_EMS = (74, 36)
"""Initial width and height, in heights of text."""
PICTURE_SIDE = 240
"""Maximum side of each saved picture, in pixels."""


class CorruptionDialog(QDialog):
    """Not modal: another point can be clicked on the planes, and its sample appears here."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "corruption_dialog", accessible="Corrupt a sample").setWindowTitle("Corrupt a sample")
        self._themes = themes
        self._store, self._probing, self._tasks = state.store, state.probing, state.tasks
        self.controller = CorruptionController(state, self)
        self.tools = CorruptionTools(self.controller, themes)
        self.pictures = CorruptionPictures(self._tasks, themes)
        self._scroll = set_identity(QScrollArea(widgetResizable=True), "corruption_scroll", accessible="Pictures")
        self._empty = set_identity(QLabel(wordWrap=True), "corruption_empty", accessible="What to do")
        self._empty.setProperty("role", "muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._random = set_identity(
            QPushButton("Random sample"), "corruption_random", "Take a random sample of the test split (R)"
        )
        self._probe = set_identity(
            QPushButton("Probe its code"), "corruption_probe", "Move the probe to the corrupted sample's code"
        )
        self._save = set_identity(
            QPushButton("Save picture…"), "corruption_save", "Save the four pictures side by side as PNG"
        )
        self._arrange()
        self._connect()
        self._draw()

    def showEvent(self, event: QShowEvent) -> None:
        """Start following the probe."""
        super().showEvent(event)
        self.controller.set_active(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop asking while the dialog is hidden."""
        self.controller.set_active(False)
        super().hideEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Store the size."""
        settings().setValue("corruption/size", self.size())
        super().closeEvent(event)

    def _arrange(self) -> None:
        panel = QFrame()
        panel.setProperty("panel", "true")
        inner = QVBoxLayout(panel)
        inner.addWidget(self._empty, 1)
        # Several models on a low screen: their rows are scrolled to.
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self.pictures)
        inner.addWidget(self._scroll, 1)
        buttons = QHBoxLayout()
        for button in (self._random, self._probe, self._save):
            # Otherwise Enter would press the first button.
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(close_button(self, "corruption"))
        column = QVBoxLayout(self)
        column.addWidget(self.tools)
        column.addWidget(panel, 1)
        column.addLayout(buttons)
        em = self.fontMetrics().height()
        room = self.screen().availableSize() * SCREEN_SHARE
        self.resize((QSize(*FIRST_SIZE_EMS) * em).boundedTo(room))
        size = settings().value("corruption/size")
        # The stored value is whatever the settings file holds.
        if size is not None and hasattr(size, "width"):
            self.resize(size)

    def _connect(self) -> None:
        self.controller.changed.connect(self._draw)
        self.tools.brush_changed.connect(self._on_brush)
        self.pictures.stroke_began.connect(self._on_stroke_began)
        self.pictures.stroked.connect(self._on_stroked)
        self._random.clicked.connect(self._on_random)
        self._probe.clicked.connect(self._on_probe)
        self._save.clicked.connect(self.save_picture)
        # Shortcuts of this window: undo here means strokes, not the session.
        for keys, slot in (
            ("Ctrl+Z", self.tools.undo),
            ("Ctrl+Shift+Z", self.tools.redo),
            ("Ctrl+Y", self.tools.redo),
            ("N", self._on_new_noise),
            ("R", self._on_random),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(slot)
        self._on_brush()

    @Slot()
    def _draw(self) -> None:
        controller = self.controller
        problem, run = controller.problem, controller.run
        self._empty.setText(problem)
        self._empty.setVisible(bool(problem))
        self._scroll.setVisible(not problem)
        self.tools.show_state(tuple(KINDS.values()) if run is None else kinds_for(run.description))
        self.pictures.paint.set_paintable(controller.can_paint)
        answer = self._own_answer()
        self._probe.setEnabled(answer is not None)
        self._save.setEnabled(answer is not None)
        self._random.setEnabled(bool(self._store.runs))
        if not problem:
            self.pictures.show_answers(controller.shown_runs, controller.answers, controller.request.sample)

    def _own_answer(self) -> RestoredSample | None:
        answer = self.controller.answers.get(self.controller.request.run)
        return answer if isinstance(answer, RestoredSample) and not self.controller.problem else None

    # Input from the user

    @Slot()
    def _on_brush(self) -> None:
        self.pictures.paint.set_brush_size(self.tools.brush_size)

    @Slot()
    def _on_stroke_began(self) -> None:
        if self.controller.painting is not None:
            self.controller.painting.begin()

    @Slot(object, object)
    def _on_stroked(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        if self.controller.painting is not None:
            self.controller.painting.paint(brush_number(self.tools.brush), start, end, self.tools.brush_size)
            self.controller.repaint()

    @Slot()
    def _on_new_noise(self) -> None:
        self.controller.new_noise()

    @Slot()
    def _on_random(self) -> None:
        self.controller.random_sample()

    @Slot()
    def _on_probe(self) -> None:
        answer = self._own_answer()
        if answer is not None:
            self._probing.probe_point(self.controller.request.run, tuple(map(float, answer.z)))

    @Slot()
    def save_picture(self) -> None:
        """Ask for a file and save the pictures of the sample's own run in the background."""
        answer, run = self._own_answer(), self.controller.run
        if answer is None or run is None:
            return
        name = f"{run.name}-sample-{answer.sample}-restored.png"
        path = ask_path(self, "Save picture", name, {"png": "PNG picture"})
        if path is not None:
            dark = self._themes.theme.dark
            self._tasks.save(path, lambda _: _write(path, answer, run.description, dark))


def _write(path: Path, restored: RestoredSample, description: Description, dark: bool) -> None:
    from explorer.plot.decodes.sheets import new_sheet, restoration_sheet
    from explorer.plot.figures import save_figure  # not above: matplotlib takes long to import

    save_figure(path, new_sheet(restoration_sheet(restored, description, PICTURE_SIDE, dark=dark), dark=dark))
