"""One slim line under a pane's head: what is wrong with its run; a click says what it means and what to try."""

from html import escape

from PySide6.QtCore import QPoint, QSize, Qt, Slot
from PySide6.QtGui import QIcon, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from explorer.jobs.diagnosis.notice import Notice
from explorer.ui.plane.pane.notice_details import NoticeDetails
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.eliding_label import ElidingLabel
from explorer.ui.widgets.identity import set_identity

WIDE = 460
"""Pixels of a line, at scale 1, that has room for the button's words beside the sentence."""
LONGEST = 28
"""Letters of such words; longer ones are left to the tooltip."""
TIP = "Explain this notice and what to try"
WIDE_HEAD = 330
"""Pixels of a pane's head, at scale 1, that has room for a few words of a folded notice."""


class NoticeLine(QFrame):
    """Shows the first notice of a run that was not put away, and how many more there are; hidden where there is none.

    In a small pane it folds: a button in the pane's head, with the sign and, where they fit, the first words.

    Object names end in the pane's number: ``pane_notice_1``, ``pane_notice_text_1``, ``pane_notice_try_1``,
    ``pane_notice_close_1``.
    """

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._state, self._diagnoses = state, state.diagnoses
        self._key = ""
        self._notices: tuple[Notice, ...] = ()
        self._folded = False
        self._icon, self._text, self._more = QLabel(), ElidingLabel(), QLabel()
        self._more.setProperty("role", "muted")
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._try, self._close = QToolButton(), QToolButton()
        self._try.clicked.connect(self._explain)
        self._close.clicked.connect(self._on_close)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._icon)
        self._row.addWidget(self._text, 1)
        self._row.addWidget(self._more)
        self._row.addWidget(self._try)
        self._row.addWidget(self._close)
        state.diagnoses.changed.connect(self._on_changed)
        themes.changed.connect(self._redress)
        self.set_number(1)
        self.hide()
        self._redress()

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What is said, the first in the line."""
        return self._notices

    @property
    def folded(self) -> bool:
        """Whether it stands in the pane's head."""
        return self._folded

    def set_folded(self, folded: bool) -> None:
        """Be one button, or a line."""
        self._folded = folded
        self.setSizePolicy(
            QSizePolicy.Policy.Maximum if folded else QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred
        )
        for part in (self._icon, self._text, self._close):
            part.setVisible(not folded)
        self._redress()
        self._say()

    def set_number(self, number: int) -> None:
        """Name the parts after their pane, counted from 1."""
        self._number = number
        set_identity(self, f"pane_notice_{number}", accessible="Problem of this run")
        set_identity(self._text, f"pane_notice_text_{number}", accessible="Problem of this run")
        set_identity(self._more, f"pane_notice_more_{number}", accessible="Further notices")
        set_identity(self._try, f"pane_notice_try_{number}", TIP, "What to try")
        set_identity(self._close, f"pane_notice_close_{number}", "Dismiss this notice for this run", "Dismiss")
        self._say()

    def show_run(self, key: str) -> None:
        """Speak of another run."""
        self._key = key
        self._on_changed(key)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Say what to try at a click on the words, too."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._explain()
            event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave a narrow line to the sentence."""
        super().resizeEvent(event)
        self._fit_button()

    @Slot(str)
    def _on_changed(self, key: str) -> None:
        shown = self._diagnoses.shown(self._key)
        if key == self._key and shown != self._notices:
            self._notices = shown
            self._say()

    def _say(self) -> None:
        self.setVisible(bool(self._notices))
        if not self._notices:
            return
        first, more = self._notices[0], len(self._notices) - 1
        self._text.setText(first.sentence)
        parts = (first.sentence, first.meaning, first.advice)
        self._text.setToolTip("".join(f"<p>{escape(part)}</p>" for part in parts if part))  # as HTML, it wraps
        self._text.setAccessibleDescription(first.sentence)
        self._more.setText(f"+{more}")
        self._more.setToolTip("\n".join(notice.sentence for notice in self._notices[1:]))
        self._more.setVisible(more > 0 and not self._folded)
        self._try.setToolTip(self._text.toolTip() if self._folded else TIP)
        self._fit_button()
        self._dress_words()

    @Slot()
    def _explain(self) -> None:
        if self._notices:
            details = NoticeDetails(self._state, self._themes, self._key, self._notices, self)
            details.show_below(self.mapToGlobal(QPoint(0, self.height())), max(self.width(), details.least_width))

    @Slot()
    def _on_close(self) -> None:
        if self._notices:
            self._diagnoses.dismiss(self._key, self._notices[0].kind)

    def _fit_button(self) -> None:
        if self._folded:
            self._fit_folded()
            return
        wide = self.width() >= round(WIDE * self._themes.scale)
        self._try.setToolButtonStyle(
            Qt.ToolButtonStyle.ToolButtonTextBesideIcon if wide else Qt.ToolButtonStyle.ToolButtonIconOnly
        )
        self._try.setText("What to try" if wide else "")
        self._try.setIcon(QIcon() if wide else icon("chevron-down", self._themes.theme))

    def _fit_folded(self) -> None:
        """Show the sign, and what comes before the sentence's colon where the head has room for it."""
        head = self.parentWidget()
        roomy = head is not None and head.width() >= round(WIDE_HEAD * self._themes.scale)
        words = self._notices[0].sentence.partition(":")[0].rstrip(".") if self._notices else ""
        self._try.setText(words if roomy and len(words) <= LONGEST else "")
        style = (
            Qt.ToolButtonStyle.ToolButtonTextBesideIcon if self._try.text() else Qt.ToolButtonStyle.ToolButtonIconOnly
        )
        self._try.setToolButtonStyle(style)
        warns, colour = self._looks
        self._try.setIcon(icon("warning" if warns else "info", self._themes.theme, colour))

    @property
    def _looks(self) -> tuple[bool, str]:
        """Whether the first notice is a warning, and its colour."""
        warns = bool(self._notices) and self._notices[0].severity == "warning"
        return warns, self._themes.theme.warning if warns else self._themes.theme.muted

    def _dress_words(self) -> None:
        """Let a remark look quieter than a warning."""
        theme, scale = self._themes.theme, self._themes.scale
        warns, colour = self._looks
        side = round(14 * scale)
        self._icon.setPixmap(icon("warning" if warns else "info", theme, colour).pixmap(QSize(side, side)))
        self._text.setStyleSheet(f"color: {colour}; font-size: {round(12 * scale)}px;")

    @Slot()
    def _redress(self) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        pad, side = round(3 * scale), round(14 * scale)
        self._row.setContentsMargins(0 if self._folded else 2 * pad, 0, 0, 0)
        self._row.setSpacing(2 * pad)
        self._close.setIcon(icon("close", theme))
        small = f"qproperty-iconSize: {side}px {side}px; font-size: {round(12 * scale)}px;"
        for button in (self._try, self._close):
            ink = self._looks[1] if self._folded else theme.muted
            button.setStyleSheet(f"QToolButton {{ padding: {pad}px; color: {ink}; {small} }}")
        self._dress_words()
        self._fit_button()
        self.setStyleSheet("NoticeLine { background: transparent; border: none; }")
