"""What a run's notices mean and what to try, in a panel that lies over the plane until it is put away."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from explorer.jobs.diagnosis.notice import Cure, Notice
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

INTO_FORM = "Fill the form with the settings of this run and this change"


class NoticeDetails(QFrame):
    """Each notice with its meaning, since when, and its cures; those that are settings can be put into the form."""

    def __init__(
        self, state: AppState, themes: ThemeSource, key: str, notices: Sequence[Notice], parent: QWidget
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        set_identity(self, "notice_details", accessible="Explain this notice and what to try").setProperty(
            "panel", "raised"
        )
        self._key, self._scale = key, themes.scale
        self._diagnoses = state.diagnoses
        self._buttons: list[QPushButton] = []
        self._cures: list[Cure] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(*[round(14 * self._scale)] * 4)
        self._column.setSpacing(round(6 * self._scale))
        for place, notice in enumerate(notices):
            if place:
                self._column.addSpacing(round(10 * self._scale))
            self._add(notice)

    @property
    def least_width(self) -> int:
        """Pixels in which the words are read well."""
        return round(420 * self._scale)

    def show_below(self, place: QPoint, width: int) -> None:
        """Show it below a place of the screen, as wide as that; higher up where there is no room."""
        self.setFixedWidth(width)
        layout = self.layout()
        assert layout is not None
        height = layout.heightForWidth(width) if layout.hasHeightForWidth() else self.sizeHint().height()
        screen = QGuiApplication.screenAt(place) or QGuiApplication.primaryScreen()
        room = screen.availableGeometry()
        left = max(room.left(), min(place.x(), room.right() - width))
        top = max(room.top(), min(place.y(), room.bottom() - height))
        self.setGeometry(left, top, width, height)
        self.show()

    def _add(self, notice: Notice) -> None:
        self._column.addWidget(_words(notice.sentence, "notice_sentence"))
        since = "from the start" if notice.since <= 0 else f"since epoch {notice.since:.3g}"
        self._column.addWidget(_words(f"{notice.meaning} This has been so {since}.", "notice_meaning", "muted"))
        if notice.cures:
            self._column.addWidget(_words("What to try", "notice_head", "head"))
        for cure in notice.cures:
            self._add_cure(cure)

    def _add_cure(self, cure: Cure) -> None:
        row = QHBoxLayout()
        row.addWidget(_words(f"{cure.words[0].upper()}{cure.words[1:]}", "notice_cure"), 1)
        if cure.settings:
            button = set_identity(QPushButton("Use these settings"), f"notice_use_{len(self._buttons) + 1}", INTO_FORM)
            button.setAccessibleDescription(cure.words)
            button.clicked.connect(self._on_use)
            self._buttons.append(button)
            self._cures.append(cure)
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._column.addLayout(row)

    @Slot()
    def _on_use(self) -> None:
        cure = next(
            (cure for button, cure in zip(self._buttons, self._cures, strict=True) if button is self.sender()), None
        )
        self.close()
        if cure is not None:
            self._diagnoses.want(self._key, cure)


def _words(text: str, name: str, role: str = "") -> QLabel:
    label = set_identity(QLabel(text, wordWrap=True), name, accessible=text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    if role:
        label.setProperty("role", role)
    return label
