"""The bar of messages to the user, which stay until they are dismissed."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from explorer.ui.state.tasks import Messages
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

MAX_NOTICES = 3
"""Maximum number of visible messages; more would push the planes out of a small window."""


class NoticeBar(QWidget):
    """Shows messages, the newest last, at most `MAX_NOTICES` at a time.

    Signals
    -------
    log_wanted
        The user wants to see the log.
    """

    log_wanted = Signal()

    def __init__(self, messages: Messages, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "notice", accessible="Notices")
        self._themes = themes
        self._notices: list[NoticeBanner] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()
        messages.notified.connect(self.notify)

    @property
    def texts(self) -> tuple[str, ...]:
        """The visible messages, the oldest first."""
        return tuple(notice.text for notice in self._notices)

    @Slot(str)
    def notify(self, text: str) -> None:
        """Show a message; one that is already visible moves to the end."""
        # A repeated failure must not fill the bar.
        for notice in [notice for notice in self._notices if notice.text == text]:
            self._drop(notice)
        while len(self._notices) >= MAX_NOTICES:
            self._drop(self._notices[0])
        notice = NoticeBanner(text, self._themes, self)
        notice.closed.connect(self._on_closed)
        notice.log_wanted.connect(self.log_wanted)
        self._notices.append(notice)
        self._layout.addWidget(notice)
        self.show()

    @Slot()
    def clear(self) -> None:
        """Dismiss all messages."""
        for notice in list(self._notices):
            self._drop(notice)

    @Slot(object)
    def _on_closed(self, notice: "NoticeBanner") -> None:
        self._drop(notice)

    def _drop(self, notice: "NoticeBanner") -> None:
        self._notices.remove(notice)
        # Hidden immediately, deleted later: its own button's signal may be running.
        self._layout.removeWidget(notice)
        notice.hide()
        notice.deleteLater()
        self.setVisible(bool(self._notices))


class NoticeBanner(QFrame):
    """One message, with buttons for the log and for dismissing it."""

    closed = Signal(object)
    log_wanted = Signal()

    def __init__(self, text: str, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", "raised")
        self.text, self._themes = text, themes
        self._icon = QLabel()
        words = set_identity(QLabel(text, wordWrap=True), "notice_text", accessible=text)
        # Messages contain file names and values of other programs, which Qt would read as HTML.
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._log = set_identity(QPushButton("Open log"), "notice_log", "Open the log at this error")
        self._log.setProperty("kind", "quiet")
        self._close = set_identity(QToolButton(), "notice_close", "Dismiss this notice")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 6, 6)
        layout.setSpacing(8)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(words, 1)
        layout.addWidget(self._log, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._log.clicked.connect(self.log_wanted)
        self._close.clicked.connect(self._on_close)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    @Slot()
    def _on_close(self) -> None:
        self.closed.emit(self)

    @Slot()
    def _apply_theme(self) -> None:
        pixels = round(16 * self._themes.scale)
        theme = self._themes.theme
        self._icon.setPixmap(icon("warning", theme, theme.warning).pixmap(QSize(pixels, pixels)))
        self._close.setIcon(icon("close", theme))
        self._close.setIconSize(QSize(pixels, pixels))
