"""Messages to the user in the status line: the newest in the line, all of them in a list above it.

1. `Messages.notified` adds a warning, which stays until it is dismissed; `Messages.remarked` and `Tasks.saved` add a
   note, which fades.
2. The newest message takes the place of the sentence; beside an open replay only a button with their number is left.
3. A click on the line or on the button opens `MessageList`, where the texts are whole.
"""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QDesktopServices, QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import compact_button
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import ElidingLabel

MAX_MESSAGES = 50
"""Maximum number of messages that are kept, the newest ones."""
SHOWN_MILLISECONDS = 8000
"""How long "Saved NAME" is shown: long enough to read a file name and to reach the link beside it."""
LIST_WIDTH, LIST_HEIGHT = 460, 320
"""Width and maximum height of the list, in pixels at text scale 1."""


@dataclass(frozen=True)
class Message:
    """A warning; with a ``path`` the note that this file was saved; or a remark on what has just been done."""

    text: str
    path: str = ""
    remark: bool = False

    @property
    def fades(self) -> bool:
        """Whether the message goes by itself."""
        return self.remark or bool(self.path)


class MessageLine(QWidget):
    """Shows the newest message; hidden without one.

    Signals
    -------
    changed
        A message came or went.
    log_wanted
        The user wants to see the log.
    """

    changed = Signal()
    log_wanted = Signal()

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "notice", accessible="Messages")
        self._themes = themes
        self._messages: list[Message] = []
        self._compact = False
        self.list = MessageList(themes, self)
        self._icon = QLabel()
        self._text = set_identity(ElidingLabel(), "notice_line", accessible="Newest message")
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._folder = set_identity(QPushButton("Open folder"), "saved_folder", "Open the folder of the saved file")
        self._folder.setProperty("kind", "link")
        self._all = set_identity(QToolButton(), "notice_all", "Show the whole text of all messages", "Show messages")
        self._all.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._close = set_identity(QToolButton(), "notice_dismiss", "Dismiss this message")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        for widget in (self._icon, self._text, self._folder, self._all, self._close):
            self._row.addWidget(widget)
        self._row.insertStretch(0, 1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.fade = QTimer(self, singleShot=True, interval=SHOWN_MILLISECONDS)
        self.fade.timeout.connect(self._drop_faded)
        state.messages.notified.connect(self.notify)
        state.messages.withdrawn.connect(self._withdraw)
        state.messages.remarked.connect(self._on_remark)
        state.tasks.saved.connect(self._on_saved)
        self._folder.clicked.connect(self._on_folder)
        self._all.clicked.connect(self._open_list)
        self._close.clicked.connect(self._on_close)
        self.list.dismissed.connect(self._drop)
        self.list.all_dismissed.connect(self.clear)
        self.list.log_wanted.connect(self.log_wanted)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    @property
    def texts(self) -> tuple[str, ...]:
        """All messages, the oldest first."""
        return tuple(message.text for message in self._messages)

    @property
    def warns(self) -> bool:
        """Whether the newest message stays until it is dismissed."""
        return bool(self._messages) and not self._messages[-1].fades

    def set_compact(self, compact: bool) -> None:
        """Show a button with the number of messages in place of the text."""
        if compact != self._compact:
            self._compact = compact
            # The text takes what is left; the button takes its own width.
            width = QSizePolicy.Policy.Maximum if compact else QSizePolicy.Policy.Ignored
            self.setSizePolicy(width, QSizePolicy.Policy.Preferred)
            self._show()

    @Slot(str)
    def notify(self, text: str) -> None:
        """Show a message; one that is already there moves to the end."""
        self._add(Message(text))

    @Slot(str)
    def _withdraw(self, text: str) -> None:
        self._keep([message for message in self._messages if message.text != text])

    @Slot()
    def clear(self) -> None:
        """Dismiss all messages."""
        self._keep([])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open the list of all messages."""
        self._open_list()

    def _add(self, message: Message) -> None:
        # A repeated failure must not fill the list.
        self._keep([*(other for other in self._messages if other.text != message.text), message])
        # A screen reader says it wherever the focus is.
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, message.text))

    def _keep(self, messages: list[Message]) -> None:
        self._messages = messages[-MAX_MESSAGES:]
        self._show()
        self.changed.emit()

    @Slot(str)
    def _on_saved(self, path: str) -> None:
        self._add(Message(f"Saved {Path(path).name}", path))
        # Restarted by each file.
        self.fade.start()

    @Slot(str)
    def _on_remark(self, text: str) -> None:
        # The next remark replaces the last: a row of undo steps is no list of messages.
        self._messages = [message for message in self._messages if not message.remark]
        self._add(Message(text, remark=True))
        self.fade.start()

    @Slot()
    def _drop_faded(self) -> None:
        # Not while the user reads it or is about to press its link.
        if self.list.isVisible() or self.underMouse() or self._folder.hasFocus():
            self.fade.start()
        else:
            self._keep([message for message in self._messages if not message.fades])

    @Slot(object)
    def _drop(self, message: Message) -> None:
        self._keep([other for other in self._messages if other is not message])

    @Slot()
    def _on_close(self) -> None:
        self._drop(self._messages[-1])

    @Slot()
    def _on_folder(self) -> None:
        open_folder(self._messages[-1].path)

    @Slot()
    def _open_list(self) -> None:
        if self._messages:
            self.list.open_above(self._all if self._compact else self, self._messages)

    def _show(self) -> None:
        if not self._messages:
            self.list.close()
            self.hide()
            return
        newest, count = self._messages[-1], len(self._messages)
        self._text.setAccessibleName(newest.text)
        self._text.setText(" ".join(newest.text.split()))
        self._text.setToolTip(f"{newest.path}\n" * bool(newest.path) + newest.text)
        self._all.setText(str(count) if count > 1 or self._compact else "")
        self._all.setAccessibleName(f"Show {count} messages" if count > 1 else "Show message")
        self._all.setAccessibleDescription(newest.text)
        for widget in (self._icon, self._text):
            widget.setVisible(not self._compact)
        # A note goes by itself, and its whole text is short.
        self._close.setVisible(not self._compact and not newest.fades)
        self._folder.setVisible(bool(newest.path) and not self._compact)
        self._all.setVisible(self._compact or count > 1 or not newest.fades)
        if self.parent() is not None:  # without a parent, show() would open a window of its own
            self.show()
        if self.list.isVisible():
            self.list.set_messages(self._messages)
        self._draw_icons()

    def _draw_icons(self) -> None:
        theme, pixels = self._themes.theme, round(14 * self._themes.scale)
        name, colour = symbol_of(self._messages[-1], self._themes) if self._messages else ("warning", theme.warning)
        self._icon.setPixmap(icon(name, theme, colour).pixmap(QSize(pixels, pixels)))
        self._all.setIcon(icon(name, theme, colour) if self._compact else icon("chevron-up", theme, theme.muted))
        self._close.setIcon(icon("close", theme, theme.muted))
        for button in (self._all, self._close):
            button.setIconSize(QSize(pixels, pixels))

    @Slot()
    def _apply_theme(self) -> None:
        self._row.setSpacing(round(6 * self._themes.scale))
        self._show()


class MessageList(QFrame):
    """A pop-up with the whole text of all messages, the newest first.

    Signals
    -------
    dismissed : Message
        One message is to be dismissed.
    all_dismissed, log_wanted
        The buttons at the foot.
    """

    dismissed = Signal(object)
    all_dismissed = Signal()
    log_wanted = Signal()

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        set_identity(self, "notice_list", accessible="Messages").setProperty("panel", "raised")
        self._themes = themes
        self._anchor: QWidget | None = None
        self._scroll = set_identity(QScrollArea(widgetResizable=True), "notice_scroll", accessible="Messages")
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        log = set_identity(QPushButton("Open log"), "notice_log", "Open the log at this error")
        clear = set_identity(QPushButton("Dismiss all"), "notice_clear", "Dismiss all messages")
        for button in (log, clear):
            button.setProperty("kind", "link")
        log.clicked.connect(self.close)
        log.clicked.connect(self.log_wanted)
        clear.clicked.connect(self.all_dismissed)
        foot = QHBoxLayout()
        foot.addWidget(log)
        foot.addStretch(1)
        foot.addWidget(clear)
        column = QVBoxLayout(self)
        column.addWidget(self._scroll, 1)
        column.addLayout(foot)

    def open_above(self, anchor: QWidget, messages: list[Message]) -> None:
        """Show the messages above a widget."""
        self._anchor = anchor
        self.set_messages(messages)
        self.show()
        self._place()

    def set_messages(self, messages: list[Message]) -> None:
        """Show these messages."""
        inside = QWidget()
        rows = QGridLayout(inside)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setColumnStretch(1, 1)
        for row, message in enumerate(reversed(messages)):
            self._fill(rows, row, message)
        rows.setRowStretch(len(messages), 1)
        inside.setFixedWidth(round(LIST_WIDTH * self._themes.scale))
        # Not deleted at once: the signal of its own button may be running.
        if (before := self._scroll.takeWidget()) is not None:
            before.hide()
            before.deleteLater()
        self._scroll.setWidget(inside)
        height = min(rows.heightForWidth(inside.width()), round(LIST_HEIGHT * self._themes.scale))
        self._scroll.setFixedSize(inside.width() + self._scroll.verticalScrollBar().sizeHint().width(), height)
        self.adjustSize()
        if self.isVisible():
            self._place()

    def _fill(self, rows: QGridLayout, row: int, message: Message) -> None:
        pixels, top = round(14 * self._themes.scale), Qt.AlignmentFlag.AlignTop
        symbol, colour = symbol_of(message, self._themes)
        sign = QLabel()
        sign.setPixmap(icon(symbol, self._themes.theme, colour).pixmap(QSize(pixels, pixels)))
        text = set_identity(QLabel(message.path or message.text, wordWrap=True), "notice_text", accessible=message.text)
        # Messages contain file names and values of other programs, which Qt would read as HTML.
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        rows.addWidget(sign, row, 0, top)
        rows.addWidget(text, row, 1, top)
        if message.path:
            folder = set_identity(QPushButton("Open folder"), "notice_folder", f"Open the folder of {message.path}")
            folder.setProperty("kind", "link")
            folder.clicked.connect(lambda: open_folder(message.path))
            rows.addWidget(folder, row, 2, top)
        close = set_identity(QToolButton(), "notice_close", "Dismiss this message")
        close.setIcon(icon("close", self._themes.theme, self._themes.theme.muted))
        close.setStyleSheet(compact_button(self._themes))
        close.clicked.connect(lambda: self.dismissed.emit(message))
        rows.addWidget(close, row, 3, top)

    def _place(self) -> None:
        if self._anchor is None:
            return
        window = self._anchor.window()
        corner = self._anchor.mapToGlobal(QPoint(0, 0))
        right = window.mapToGlobal(QPoint(window.width(), 0)).x()
        # Flush with the right end of the line, or with the left end of a button.
        indent = max(0, self._anchor.width() - self.width())
        self.move(min(corner.x() + indent, right - self.width()), corner.y() - self.height())


def symbol_of(message: Message, themes: ThemeSource) -> tuple[str, str]:
    """Return the icon of a message and its colour."""
    if message.remark:
        return "info", themes.theme.muted
    return ("check", themes.theme.good) if message.path else ("warning", themes.theme.warning)


def open_folder(path: str) -> None:
    """Open the folder of a file in the desktop's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(path).parent)))
