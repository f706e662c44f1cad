"""One line that leads on: drag, then pick a sample, then train. It can be dismissed, and is remembered."""

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from explorer.session import View
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.settings import settings

KEY = "hint/step"
HINTS = (
    "Drag anywhere on a plane. The picture on the right is the decode of that point.",
    "Now click a point to follow its sample through the model (Alt+click: decode exactly there).",
    "Now train a model with the form on the left and watch its plane change.",
)
TRAIN = 2
"""The step whose hint asks for a training; it is left out where one has been seen."""


class HintLine(QFrame):
    """Shows the hint of the step that comes next; hidden once all are done, or dismissed."""

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
        themes.changed.connect(self._redress)
        self._redress()
        self._show()

    def show_view(self, old: View, new: View) -> None:
        """Go on when what the hint asked for was done."""
        if new.probe is None or new.probe == old.probe:
            return
        if self._step == 0 and new.probe.sample is None:
            self._go_to(1)
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
    def _redress(self) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        pad = round(3 * scale)
        self._row.setContentsMargins(4 * pad, pad, pad, pad)
        self._close.setStyleSheet(f"padding: {pad}px;")
        self._close.setIcon(icon("close", theme))
        self._close.setIconSize(QSize(round(12 * scale), round(12 * scale)))
        look = f"background: {theme.accent_quiet}; border: none; border-radius: {round(8 * scale)}px;"
        self.setStyleSheet(f"#hint_line {{ {look} }}")


def _remembered_step() -> int:
    value = settings().value(KEY, 0)
    return int(str(value)) if str(value).isdigit() else 0
