"""A card with the next hint for beginners, at the foot of the left column.

1. `HINTS` lists what a beginner tries: title, sentence, and how the program sees that it was done.
2. The card shows the first hint that was neither done nor passed over by *Next*; after the last one it hides itself.
3. *Hide hints* hides the card, and *Help → Hints* begins again.
4. What was done is kept in the settings, so that a hint is never given twice.
"""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.session import View
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.settings import settings

KEY = "hints/done"
"""Key in the settings file: the names of the hints that are done, separated by commas."""
FORMER_KEY, FORMER_END = "hint/step", 3
"""Key and final value of earlier versions, which had three hints."""


@dataclass(frozen=True)
class Hint:
    """One hint; ``is_done`` compares two Views, and is None for a hint that another part reports as done."""

    name: str
    title: str
    sentence: str
    is_done: Callable[[View, View], bool] | None = None


HINTS = (
    Hint(
        "decode",
        "Decode a point",
        "Drag on a plane: the column on the right shows the decode of that point.",
        lambda old, new: new.probe is not None and new.probe != old.probe and new.probe.sample is None,
    ),
    Hint(
        "sample",
        "Follow a sample",
        "Click a point: its sample is encoded and decoded on the right.",
        lambda old, new: new.probe is not None and new.probe != old.probe and new.probe.sample is not None,
    ),
    Hint(
        "path",
        "Walk along a path",
        "Choose Path, click two points or more. The decodes between them appear below.",
        lambda old, new: new.path is not None and new.path.is_whole and new.path != old.path,
    ),
    Hint(
        "overlay",
        "Try an overlay",
        "In Overlays, Decoded manifold shows what each part of a plane decodes to.",
        lambda old, new: bool(new.overlays - old.overlays),
    ),
    Hint("train", "Train a model", "Press Train. The plane and its curves move while the model learns."),
)


class HintCard(QFrame):
    """Shows the next hint with its number; hidden once all are done, or when the user hides the hints."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        set_identity(self, "hint_card", accessible="Hint")
        self._title = set_identity(QLabel(), "hint_title", accessible="Hint")
        self._title.setProperty("role", "title")
        self._number = set_identity(QLabel(), "hint_number", accessible="Number of the hint")
        self._number.setProperty("role", "muted")
        self._text = set_identity(QLabel(wordWrap=True), "hint_text", accessible="Hint")
        self._next = set_identity(QPushButton("Next"), "hint_next", "Show the next hint")
        self._hide = set_identity(QPushButton("Hide hints"), "hint_close", "Hide the hints; Help brings them back")
        for button in (self._next, self._hide):
            button.setProperty("kind", "link")
        self._next.clicked.connect(self._on_next)
        self._hide.clicked.connect(self._on_hidden)
        self._arrange()
        self._done = _remembered()
        self._session = state.session
        state.session.listen(self.show_view)
        state.trainings.began.connect(self._on_training)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()
        self._show()

    @property
    def current(self) -> Hint | None:
        """The hint to show: the first that is not done; None after the last one."""
        return next((hint for hint in HINTS if hint.name not in self._done), None)

    def show_view(self, old: View, new: View) -> None:
        """Note which hints the user has followed; one that was followed early is never shown."""
        # What the program shows by itself, at the first start or from a session, is not an undo step.
        if not self._session.undo_name:
            return
        done = {hint.name for hint in HINTS if hint.is_done is not None and hint.is_done(old, new)}
        # Whoever follows a sample needs no hint about dragging.
        self._note(done | {"decode"} if "sample" in done else done)

    def set_brief(self, brief: bool) -> None:
        """Leave the sentence to the tooltip, or show it."""
        # Keep the title: without it nobody would look for the tooltip.
        self._text.setVisible(not brief)

    @Slot()
    def begin_again(self) -> None:
        """Show the first hint."""
        self._done = set()
        self._keep()

    @Slot(str)
    def _on_training(self, key: str) -> None:
        self._note({"train"})

    @Slot()
    def _on_next(self) -> None:
        if self.current is not None:
            self._note({self.current.name})

    @Slot()
    def _on_hidden(self) -> None:
        self._note({hint.name for hint in HINTS})

    def _note(self, done: set[str]) -> None:
        if done - self._done:
            self._done |= done
            self._keep()

    def _keep(self) -> None:
        settings().setValue(KEY, ",".join(hint.name for hint in HINTS if hint.name in self._done))
        self._show()

    def _show(self) -> None:
        hint = self.current
        self.setVisible(hint is not None)
        if hint is not None:
            self._title.setText(hint.title)
            self._number.setText(f"{HINTS.index(hint) + 1} of {len(HINTS)}")
            self._text.setText(hint.sentence)
            self.setToolTip(hint.sentence)

    def _arrange(self) -> None:
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._number, 0, Qt.AlignmentFlag.AlignBottom)
        foot.addWidget(self._next)
        foot.addWidget(self._hide)
        foot.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.addLayout(head)
        self._column.addWidget(self._text)
        self._column.addLayout(foot)

    @Slot()
    def _apply_theme(self) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        pad = round(12 * scale)
        self._column.setContentsMargins(pad, round(0.6 * pad), pad, round(0.4 * pad))
        self._column.setSpacing(round(2 * scale))
        self.setStyleSheet(
            f"#hint_card {{ background: {theme.accent_quiet}; border: none; border-radius: {round(8 * scale)}px; }}"
        )


def _remembered() -> set[str]:
    """Return the names of the hints that are done; a damaged entry counts as none."""
    store = settings()
    former = str(store.value(FORMER_KEY, ""))
    if former.isdigit() and int(former) >= FORMER_END:
        return {hint.name for hint in HINTS}
    # Some formats of settings files return a list for a text with commas.
    value = store.value(KEY, "")
    names = value if isinstance(value, list) else str(value).split(",")
    return {hint.name for hint in HINTS} & {str(name) for name in names}
