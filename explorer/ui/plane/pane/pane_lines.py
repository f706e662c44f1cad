"""The line between the header of a pane and its plane, with the one thing to know about its run, if there is one."""

from PySide6.QtCore import Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from explorer.jobs.runs.open_run import OpenRun
from explorer.ui.loss.loss_title import LossTitle
from explorer.ui.plane.pane.notice_line import FittingLabel, NoticeLine, short_forms
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

HEIGHT = 22
"""Height of the line, in pixels at scale 1."""


class PaneLines(QWidget):
    """One line: a notice, else what the points are, else the terms of the loss; takes no room if there is none."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._words = ""
        self._run: OpenRun | None = None
        self._note, self._loss = FittingLabel(), LossTitle()
        self._note.setProperty("role", "small")
        self._loss.setWordWrap(False)
        self.notice = NoticeLine(state, themes)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        for part in (self._note, self._loss, self.notice):
            self._row.addWidget(part)
        state.diagnoses.changed.connect(self._show_first)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def set_number(self, number: int) -> None:
        """Set the pane's number, counted from 1; it is part of the object names."""
        set_identity(self._note, f"pane_note_{number}", accessible="What the points are")
        self._loss.set_number(number)
        self.notice.set_number(number)
        self._show_first()

    def show_note(self, words: str) -> None:
        """Show a note on the points; none for ""."""
        self._words = words
        self._note.set_forms(short_forms(words))
        self._note.setToolTip(words)
        self._show_first()

    def show_run(self, key: str, run: OpenRun | None) -> None:
        """Show the notices and the loss of another run."""
        self._run = run
        self.notice.show_run(key)
        self._show_first()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the loss out if it would be cut."""
        super().resizeEvent(event)
        self._show_first()

    @Slot()
    def _show_first(self) -> None:
        """Show the first of the three that there is."""
        self._loss.show_run(self._run)
        has_notice, has_loss = bool(self.notice.notices), not self._loss.isHidden()
        self._note.setVisible(bool(self._words) and not has_notice)
        fits = self._loss.sizeHint().width() <= self.width() or not self.isVisible()
        self._loss.setVisible(has_loss and fits and not has_notice and not self._words)
        self.setVisible(has_notice or has_loss or bool(self._words))

    @Slot()
    def _apply_theme(self) -> None:
        self.setFixedHeight(round(HEIGHT * self._themes.scale))
