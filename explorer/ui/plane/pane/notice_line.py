"""A line below a pane's header with the run's first notice; a click explains it and suggests cures."""

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QPoint, QSize, Qt, Slot
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from explorer.jobs.diagnosis.notice import Cure, Notice
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import FittingLabel, short_forms

INTO_FORM = "Fill the form with the settings of this run and this change"
FURTHER = "Continue the training of this run to this number of epochs"


class NoticeDetails(QFrame):
    """A pop-up that shows each notice with its meaning, its epoch and its cures; cures by settings have a button."""

    def __init__(
        self, state: AppState, themes: ThemeSource, key: str, notices: Sequence[Notice], parent: QWidget
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        # A popup closes at the next click outside; nobody keeps a reference to it.
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        set_identity(self, "notice_details", accessible="Explain this notice and what to try").setProperty(
            "panel", "raised"
        )
        self._key, self._scale = key, themes.scale
        self._diagnoses, self._trainings = state.diagnoses, state.trainings
        run = state.store.get(key)
        self._can_continue = run is not None and not run.read_only
        self._buttons: list[QPushButton] = []
        self._cures: list[Cure] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(*[round(14 * self._scale)] * 4)
        self._column.setSpacing(round(6 * self._scale))
        for index, notice in enumerate(notices):
            if index:
                self._column.addSpacing(round(10 * self._scale))
            self._add(notice)

    @property
    def preferred_width(self) -> int:
        """Width in pixels for lines of comfortable length."""
        return round(420 * self._scale)

    def show_below(self, index: QPoint, width: int) -> None:
        """Show the panel below a point of the screen, ``width`` pixels wide; moved up if there is no room below."""
        self.setFixedWidth(width)
        layout = self.layout()
        assert layout is not None
        # Labels wrap: their height depends on the width, and sizeHint assumes another one.
        height = layout.heightForWidth(width) if layout.hasHeightForWidth() else self.sizeHint().height()
        screen = QGuiApplication.screenAt(index) or QGuiApplication.primaryScreen()
        room = screen.availableGeometry()
        left = max(room.left(), min(index.x(), room.right() - width))
        top = max(room.top(), min(index.y(), room.bottom() - height))
        self.setGeometry(left, top, width, height)
        self.show()

    def _add(self, notice: Notice) -> None:
        self._column.addWidget(_words(notice.sentence, "notice_sentence"))
        since = f" This has been the case {notice.since_words}." if notice.since_words else ""
        self._column.addWidget(_words(f"{notice.meaning}{since}", "notice_meaning", "muted"))
        if notice.cures:
            self._column.addWidget(_words("What to try", "notice_head", "head"))
        for cure in notice.cures:
            self._add_cure(cure)

    def _add_cure(self, cure: Cure) -> None:
        row = QHBoxLayout()
        row.addWidget(_words(_sentence(cure.words), "notice_cure"), 1)
        if cure.settings:
            text, tip = ("Train further", FURTHER) if self._continues(cure) else ("Use these settings", INTO_FORM)
            button = set_identity(QPushButton(text), f"notice_use_{len(self._buttons) + 1}", tip)
            button.setAccessibleDescription(cure.words)
            button.clicked.connect(self._on_use)
            self._buttons.append(button)
            self._cures.append(cure)
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._column.addLayout(row)

    def _continues(self, cure: Cure) -> bool:
        """Return whether the run itself is trained further; an included run cannot be changed."""
        return cure.continues and self._can_continue

    @Slot()
    def _on_use(self) -> None:
        # Found by the sender, since one slot serves all buttons.
        cure = next(
            (cure for button, cure in zip(self._buttons, self._cures, strict=True) if button is self.sender()), None
        )
        self.close()
        if cure is not None and self._continues(cure):
            self._trainings.train_further(self._key, int(dict(cure.settings)["train.epochs"]))
        elif cure is not None:
            self._diagnoses.want(self._key, cure)


def _words(text: str, name: str, role: str = "") -> QLabel:
    label = set_identity(QLabel(text, wordWrap=True), name, accessible=text)
    # Names of runs may contain characters that Qt would read as HTML.
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    if role:
        label.setProperty("role", role)
    return label


TIP = "Explain this notice and what to try"


SAID_BY_FINDING = ("posterior collapse", "shrunk posterior")
"""Kinds of notices whose sentence the one about the codes contains."""


class NoticeLine(QFrame):
    """Shows a run's first notice that was not dismissed, and the number of further ones; hidden without any.

    Object names end in the pane's number: ``pane_notice_1``, ``pane_notice_text_1``, ``pane_notice_try_1``,
    ``pane_notice_close_1``.
    """

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._state, self._diagnoses = state, state.diagnoses
        self._key = ""
        self._notices: tuple[Notice, ...] = ()
        self._finding: tuple[str, ...] = ()
        self._icon, self._text, self._more = QLabel(), FittingLabel(), QLabel()
        self._text.setProperty("role", "small")
        self._more.setProperty("role", "muted")
        self._try, self._close = QToolButton(), QToolButton()
        self._try.clicked.connect(self._explain)
        self._close.clicked.connect(self._on_close)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(self._icon)
        self._row.addWidget(self._text, 1)
        self._row.addWidget(self._more)
        self._row.addWidget(self._try)
        self._row.addWidget(self._close)
        state.diagnoses.changed.connect(self._on_changed)
        themes.changed.connect(self._apply_theme)
        self.set_number(1)
        self.hide()
        self._apply_theme()

    @property
    def notices(self) -> tuple[Notice, ...]:
        """The notices that were not dismissed; the line shows the first."""
        return self._notices

    def set_number(self, number: int) -> None:
        """Set the pane's number, counted from 1; it is part of the object names."""
        self._number = number
        set_identity(self, f"pane_notice_{number}", accessible="Problem of this run")
        set_identity(self._icon, f"pane_notice_sign_{number}", accessible="Warning")
        set_identity(self._text, f"pane_notice_text_{number}", accessible="Problem of this run")
        set_identity(self._more, f"pane_notice_more_{number}", accessible="Further notices")
        set_identity(self._try, f"pane_notice_try_{number}", TIP, "What to try")
        set_identity(self._close, f"pane_notice_close_{number}", "Dismiss this notice for this run", "Dismiss")
        self._say()

    def show_run(self, key: str) -> None:
        """Show the notices of another run."""
        self._key = key
        self._on_changed(key)

    def set_finding(self, forms: tuple[str, ...]) -> None:
        """Set what the codes show, in several lengths, to take the place of a notice that says the same."""
        self._finding = forms
        self._say()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open the explanation on a click anywhere in the line."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._explain()
            event.accept()

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
        self._text.set_forms(*self._forms_with_finding(first))
        parts = (first.sentence, first.meaning, first.advice)
        self._text.setToolTip("".join(f"<p>{escape(part)}</p>" for part in parts if part))  # as HTML, it wraps
        self._text.setAccessibleDescription(first.sentence)
        self._more.setText(f"+{more}")
        self._more.setToolTip("\n".join(notice.sentence for notice in self._notices[1:]))
        self._more.setVisible(more > 0)
        self._show_icon()

    def _forms_with_finding(self, notice: Notice) -> tuple[str, ...]:
        """Return the finding in place of a notice that says the same, or behind the short form of another one."""
        forms = short_forms(notice.sentence)
        if self._finding and notice.kind in SAID_BY_FINDING:
            return self._finding
        return (*(f"{forms[-1]} {finding}" for finding in self._finding), *forms)

    @Slot()
    def _explain(self) -> None:
        if self._notices:
            details = NoticeDetails(self._state, self._themes, self._key, self._notices, self)
            details.show_below(self.mapToGlobal(QPoint(0, self.height())), max(self.width(), details.preferred_width))

    @Slot()
    def _on_close(self) -> None:
        if self._notices:
            self._diagnoses.dismiss(self._key, self._notices[0].kind)

    def _show_icon(self) -> None:
        """Show a warning sign where something went wrong; the result of an intended setting has none."""
        theme, side = self._themes.theme, round(14 * self._themes.scale)
        warns = bool(self._notices) and self._notices[0].severity == "warning"
        self._icon.setPixmap(icon("warning", theme, theme.warning).pixmap(QSize(side, side)))
        self._icon.setVisible(warns)

    @Slot()
    def _apply_theme(self) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        pad, side = round(3 * scale), round(14 * scale)
        self._row.setSpacing(2 * pad)
        self._try.setIcon(icon("chevron-down", theme))
        self._close.setIcon(icon("close", theme))
        # Set per kind of widget, or tooltips of the buttons would inherit the padding.
        for button in (self._try, self._close):
            button.setStyleSheet(f"QToolButton {{ padding: {pad}px; qproperty-iconSize: {side}px {side}px; }}")
        self._show_icon()


def _sentence(words: str) -> str:
    """Return words with a capital letter first; a symbol such as β stays as it is, as Β would read like B."""
    return words[:1].upper() + words[1:] if words[:1].isascii() else words
