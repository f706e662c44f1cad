"""The status line: one thin line below the planes that is always there and never grows.

1. At the left the legend, within a share of the width, so that it does not move when the rest changes.
2. Then one of three: the sentence on the runs in view, a message in its place, or the replay bar.
3. At the right end the button that opens the replay bar; there the bar has its own button that closes it.
"""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from explorer.ui.plane.points.legend import LegendBar
from explorer.ui.replay.replay_bar import ReplayBar
from explorer.ui.services.app_state import AppState
from explorer.ui.status.message_line import MessageLine
from explorer.ui.status.sentences import SentenceBar
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity, set_style_property
from explorer.ui.widgets.settings import settings

HEIGHT = 28
"""Height at text scale 1."""
LEGEND_SHARE, LEGEND_SHARE_AT_REPLAY = 0.64, 0.38
"""Maximum share of the legend in the width, also beside a warning or the open replay bar. It keeps at least the latter
beside a sentence that needs more room."""
WORDS_EMS = 50
"""Minimum width of the line, in heights of text, for the word beside the icon of the replay button."""
KEY = "replay/open"


class StatusLine(QWidget):
    """Holds the legend, the sentence, the messages and the replay bar.

    Signals
    -------
    table_wanted
        The user wants the table of the comparison.
    log_wanted
        The user wants to see the log.
    """

    table_wanted = Signal()
    log_wanted = Signal()

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        set_identity(self, "status_line", accessible="Status line")
        self.legend, self.sentence = LegendBar(state, themes), SentenceBar(state, themes)
        self.messages, self.replay = MessageLine(state, themes), ReplayBar(state, themes)
        self._alone = False  # one plane is shown, so that nothing is compared
        self._wanted = settings().value(KEY, False, type=bool) is True
        self._button = set_identity(
            QToolButton(), "replay_button", "Replay the training of the runs in view, epoch by epoch", "Replay"
        )
        self._arrange()
        self._button.clicked.connect(self.open_replay)
        self.replay.close_wanted.connect(self.close_replay)
        self.replay.offered_changed.connect(self._show)
        self.messages.changed.connect(self._show)
        self.messages.log_wanted.connect(self.log_wanted)
        self.sentence.table_wanted.connect(self.table_wanted)
        self.sentence.changed.connect(self._show)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    @property
    def replay_open(self) -> bool:
        """Whether the replay bar is open: wanted, and there is something to replay."""
        return self._wanted and self.replay.offered

    @Slot()
    def open_replay(self) -> None:
        """Show the replay bar in the place of the sentence."""
        self._want_replay(True)
        self.replay.start_at_slider()

    @Slot()
    def close_replay(self) -> None:
        """Show the sentence again; the planes keep the epoch, which the button then names."""
        self.replay.player.stop()
        self._want_replay(False)
        self._button.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_alone(self, alone: bool) -> None:
        """Leave out the sentence that compares the runs in view, while only one of their planes is shown."""
        if alone != self._alone:
            self._alone = alone
            self._show()
            # At once, or the planes could not be made narrower than with the sentence.
            for row in (self._middle, self._row):
                row.activate()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Limit the legend to its share of the new width, and show the word on the button if there is room."""
        super().resizeEvent(event)
        self._show()

    def _arrange(self) -> None:
        # The sentence and what takes its place may become as narrow as the legend leaves them.
        middle = QWidget()
        middle.setMinimumWidth(1)
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        for part in (self.sentence, self.messages, self.replay):
            row.addWidget(part, 1)
        self._middle = row
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.legend)
        self._row.addWidget(middle, 1)
        self._row.addWidget(self._button)

    def _want_replay(self, wanted: bool) -> None:
        self._wanted = wanted
        settings().setValue(KEY, wanted)
        self._show()

    @Slot()
    def _show(self) -> None:
        replaying, messages = self.replay_open, bool(self.messages.texts)
        self.replay.setVisible(replaying)
        self.messages.set_compact(replaying)
        self._middle.setStretchFactor(self.messages, 0 if replaying else 1)
        self.sentence.setVisible(not (replaying or messages or self._alone))
        words = self.replay.epoch_words
        self._button.setVisible(self.replay.offered and not replaying)
        roomy = self.width() > WORDS_EMS * self.fontMetrics().height()
        beside, alone = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
        self._button.setText(words or "Replay")
        self._button.setToolButtonStyle(beside if words or roomy else alone)
        # An old epoch must not be taken for the newest weights.
        set_style_property(self._button, "shows", "epoch" if words else "")
        lowest, highest = (round(share * self.width()) for share in (LEGEND_SHARE_AT_REPLAY, LEGEND_SHARE))
        if replaying or self.messages.warns:
            self.legend.set_limit(lowest)
            return
        button = 0 if self._button.isHidden() else self._button.sizeHint().width() + self._row.spacing()
        margins = self._row.contentsMargins()
        sentence = 0 if self._alone else self.sentence.min_width
        rest = sentence + self._row.spacing() + button + margins.left() + margins.right()
        if not sentence:  # of a single run nothing is compared
            highest = self.width()
        self.legend.set_limit(max(lowest, min(highest, self.width() - rest)))

    @Slot()
    def _apply_theme(self) -> None:
        scale, theme = self._themes.scale, self._themes.theme
        gap = round(8 * scale)
        self._row.setContentsMargins(gap // 2, 0, gap // 2, 0)
        self._row.setSpacing(gap)
        self._middle.setSpacing(gap)
        self.setFixedHeight(round(HEIGHT * scale))
        self._button.setIcon(icon("play", theme))
        self._button.setIconSize(QSize(round(12 * scale), round(12 * scale)))
        self._show()
