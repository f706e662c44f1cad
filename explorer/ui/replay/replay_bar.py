"""The replay bar in the status line: scrub through the epochs of the trainings in view, play them, save them.

1. The positions of the slider are the epochs of all replays in view, and at the right end "now".
2. A move of the slider previews ``View.replay_epoch``; the runs in view then show their state at that epoch.
3. A release, a pause of `SETTLED_MILLISECONDS` or the end of playing commits one step of undo.
4. `Playback` counts through the positions; `ReplaySaver` writes a film in the background.
"""

from bisect import bisect_right

from PySide6.QtCore import QEvent, QPointF, QSignalBlocker, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from explorer.latent.evaluation.comparison_text import listed
from explorer.session import View
from explorer.ui.curves.legend import run_names
from explorer.ui.replay.replay_saver import ReplaySaver
from explorer.ui.services.app_state import AppState
from explorer.ui.services.replay_state import epoch_text, shorter
from explorer.ui.theme.icons import icon
from explorer.ui.theme.run_mark import draw_mark
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.boxes import JumpSlider
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.playback import Playback

FRAMES_PER_SECOND = 12
SPEEDS = (0.25, 0.5, 1.0, 2.0)
"""Factors of `FRAMES_PER_SECOND`."""
SETTLED_MILLISECONDS = 600
"""Milliseconds within which key presses and wheel steps become one step of undo."""
SPEED_EMS, NOW_EMS = 26, 20
"""Minimum widths, in heights of text, for the speed button and for "Now", whose epoch is the slider's right end."""
EPOCH_EMS, SAVE_EMS = 14, 9
"""Minimum widths, in heights of text, for the epoch, which the slider describes, too; and for the button that saves."""
WORDS_EMS = 36
"""Minimum width, in heights of text, for the full text of the epoch."""
NAMES_EMS = 50
"""Minimum width, in heights of text, for the names of the runs; their marks are always there."""


class ReplayBar(QWidget):
    """Plays the runs in view that have a replay, which it names. The slider's last position is "now".

    Signals
    -------
    offered_changed
        A replay can be opened now, or no longer; or its epoch changed.
    close_wanted
        The user closes the bar. The epoch that is shown stays.
    """

    offered_changed = Signal()
    close_wanted = Signal()

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._replays, self._session, self._trainings = state.replays, state.session, state.trainings
        self._store, self._marks = state.store, state.marks
        self.offered = False
        self._epochs: list[float] = []
        # Every frame is shown, however long it takes.
        self.player = Playback(self._following, _interval(1.0), self)
        self._settled = QTimer(self, singleShot=True, interval=SETTLED_MILLISECONDS)
        self.saver = ReplaySaver(state, themes, self)
        self._saving = ""
        self._make_widgets()
        self._connect()
        self._apply_theme()
        self._refresh()

    @property
    def epochs(self) -> list[float]:
        """The epochs at the slider's positions, ascending; the position after them is now."""
        return self._epochs

    def show_view(self, old: View, new: View) -> None:
        """Draw what has changed."""
        if (old.replay_epoch, old.panes, old.active) != (new.replay_epoch, new.panes, new.active):
            self._refresh()

    @property
    def epoch_words(self) -> str:
        """The epoch that is shown, in a few words; "" for the newest weights."""
        view = self._session.view
        return "" if view.replay_epoch is None else shorter(self._texts()[0])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many texts as fit."""
        super().resizeEvent(event)
        self._show_epoch()

    def event(self, event: QEvent) -> bool:
        """Close on Esc, which elsewhere clears the probe; the slider and the buttons leave the key to the bar."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.KeyPress:
                self.close_wanted.emit()
            event.accept()
            return True
        return super().event(event)

    def start_at_slider(self) -> None:
        """Move the focus to the slider."""
        self._slider.setFocus(Qt.FocusReason.OtherFocusReason)

    def _has_room(self, ems: int) -> bool:
        return self.width() > ems * self.fontMetrics().height()

    def _make_widgets(self) -> None:
        set_identity(self, "replay_bar", accessible="Replay of the training")
        self._runs = set_identity(QLabel(), "replay_runs", accessible="Runs of the replay")
        self._head = QLabel()
        self._head.setProperty("role", "muted")
        self._play = set_identity(
            QToolButton(), "replay_play", "Play the training from here, or from the beginning", "Play"
        )
        self._slider = set_identity(
            JumpSlider(),
            "replay_slider",
            "Go to an epoch (arrows, Home, End); the right end is the newest",
            "Epoch",
        )
        self._slider.setSingleStep(1)
        self._epoch_label = set_identity(QLabel(), "replay_epoch", accessible="Epoch that is shown")
        self._epoch_label.setProperty("role", "figure")
        self._speed = set_identity(QToolButton(), "replay_speed", "Speed of playing", "Speed")
        self._speed.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._speed.setText("1×")
        self._now = set_identity(QToolButton(), "replay_now", "Back to the newest epoch", "Now")
        self._now.setText("Now")
        self._save = set_identity(
            QToolButton(), "replay_save", "Save the whole training as GIF, MP4 or arrays…", "Save replay"
        )
        self._cancel = set_identity(
            QToolButton(), "replay_cancel_saving", "Cancel saving and write no film", "Cancel saving"
        )
        self._cancel.hide()
        self._close = set_identity(QToolButton(), "replay_close", "Close the replay bar (Esc)", "Close replay")
        self._make_speeds()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        shown = (self._runs, self._head, self._play, self._slider, self._epoch_label, self._speed, self._now)
        for widget in (*shown, self._save, self._cancel, self._close):
            self._row.addWidget(widget, 1 if widget is self._slider else 0)

    def _make_speeds(self) -> None:
        speeds = set_identity(QMenu("Speed", self), "replay_speed_menu", accessible="Speed")
        self._speeds = QActionGroup(self)
        for speed in SPEEDS:
            action = QAction(f"{speed:g}×", self._speeds, checkable=True, checked=speed == 1.0)
            action.setData(speed)
            action.setToolTip(f"Play at {speed:g} times the speed")
        speeds.addActions(self._speeds.actions())
        self._speed.setMenu(speeds)

    def _connect(self) -> None:
        self._save.clicked.connect(self.saver.save)
        self._cancel.clicked.connect(self.saver.cancel)
        self._close.clicked.connect(self.close_wanted)
        self.saver.progress.connect(self._on_saving)
        self._play.clicked.connect(self._on_play)
        self._now.clicked.connect(self._on_now)
        self._slider.sliderPressed.connect(self.player.stop)
        self._slider.valueChanged.connect(self._on_slid)
        self._slider.sliderReleased.connect(self._on_settled)
        self._settled.timeout.connect(self._on_settled)
        self._speeds.triggered.connect(self._on_speed)
        self.player.moved.connect(self._on_played)
        self.player.changed.connect(self._on_playing)
        self._replays.changed.connect(self._refresh)
        self._marks.changed.connect(self._show_runs)
        self._session.listen(self.show_view)
        self._themes.changed.connect(self._apply_theme)

    # What is shown

    @Slot()
    def _refresh(self) -> None:
        view, runs = self._session.view, self._replays.runs
        # A run that trains has its first frames soon.
        self.offered = bool(runs) or any(pane.run in self._trainings.running for pane in view.panes)
        self._epochs = self._replays.epochs()
        # Blocked: new frames of a training run must not move the replay.
        with QSignalBlocker(self._slider):
            self._slider.setRange(0, len(self._epochs))
            self._slider.setPageStep(max(1, len(self._epochs) // 10))
            # The dragged slider is the source of the epoch.
            if not self._slider.isSliderDown():
                self._slider.setValue(self._index_of(view.replay_epoch))
        for widget in (self._play, self._slider):
            widget.setEnabled(bool(self._epochs))
        self._now.setEnabled(view.replay_epoch is not None)
        self._save.setEnabled(bool(runs))
        self._show_runs()
        self._show_epoch()
        self.offered_changed.emit()

    @Slot()
    def _show_runs(self) -> None:
        """Show the marks of the replayed runs, and their names if there is room."""
        runs, ratio = self._replays.runs, self.devicePixelRatioF()
        side = round(12 * self._themes.scale)
        marks = QPixmap(QSize(max(1, len(runs)) * (side + 2), side) * ratio)
        marks.setDevicePixelRatio(ratio)
        marks.fill(Qt.GlobalColor.transparent)
        with QPainter(marks) as painter:
            for place, run in enumerate(runs):
                centre = QPointF(place * (side + 2) + side / 2, side / 2)
                draw_mark(painter, centre, 0.86 * side, self._marks.of(run.key), self._themes.theme)
        self._runs.setPixmap(marks)
        self._runs.setVisible(bool(runs))
        names = f"Replay of {listed(run_names(runs))}" if runs else "Replay"
        self._runs.setToolTip(names)
        self._runs.setAccessibleName(names)
        self._head.setText(names)

    def _texts(self) -> tuple[str, str]:
        view = self._session.view
        return epoch_text(self._replays.runs, self._store.runs.get(view.active_run or ""), view.replay_epoch)

    def _show_epoch(self) -> None:
        text, tip = self._texts()
        roomy = self._has_room(WORDS_EMS)
        self._head.setVisible(self._has_room(NAMES_EMS))
        self._speed.setVisible(self._has_room(SPEED_EMS))
        self._now.setVisible(self._has_room(NOW_EMS))
        self._epoch_label.setVisible(self._has_room(EPOCH_EMS))
        self._save.setVisible(self._has_room(SAVE_EMS) and not self._saving)
        self._epoch_label.setText(self._saving or (text if roomy else shorter(text)))
        self._epoch_label.setToolTip(tip)
        self._slider.setAccessibleDescription(text)
        widest = self._epoch_label.fontMetrics().horizontalAdvance("the end, epoch 000.0" if roomy else "epoch 00.0")
        self._epoch_label.setMinimumWidth(widest)  # keeps the slider's width while it is dragged

    def _index_of(self, epoch: float | None) -> int:
        # The last frame that is not newer than the epoch.
        return len(self._epochs) if epoch is None else max(0, bisect_right(self._epochs, epoch) - 1)

    @Slot(str)
    def _on_saving(self, text: str) -> None:
        self._saving = text
        self._cancel.setVisible(bool(text))
        self._show_epoch()

    # Input from the user

    def _following(self, index: float, _: float) -> float | None:
        return index + 1 if index < len(self._epochs) else None

    @Slot(float)
    def _on_played(self, index: float) -> None:
        self._go_to(round(index))

    def _go_to(self, index: int) -> None:
        # Previewed: dragging makes one step of undo at its end.
        epoch = self._epochs[index] if index < len(self._epochs) else None
        self._session.preview(replay_epoch=epoch)

    @Slot(int)
    def _on_slid(self, index: int) -> None:
        # A click or key ends the playing.
        self.player.stop()
        self._go_to(index)
        # Keys and the wheel have no release: the step of undo waits for a pause.
        if not self._slider.isSliderDown():
            self._settled.start()

    @Slot()
    def _on_settled(self) -> None:
        self._settled.stop()
        self._session.commit()

    @Slot()
    def _on_play(self) -> None:
        if self.player.playing:
            self.player.stop()
        else:
            at = self._slider.value()
            self.player.start(at if at < len(self._epochs) else -1)  # from the end, again
            # At once: the first frame should not wait for the timer.
            self.player.advance()

    @Slot(bool)
    def _on_playing(self, playing: bool) -> None:
        if not playing:
            # One step of undo for the whole time of playing.
            self._session.commit()
        self._draw_play()

    @Slot()
    def _on_now(self) -> None:
        self.player.stop()
        self._session.set(replay_epoch=None)

    @Slot(QAction)
    def _on_speed(self, action: QAction) -> None:
        self.player.set_interval(_interval(action.data()))
        self._speed.setText(action.text())

    # Appearance

    @Slot()
    def _apply_theme(self) -> None:
        theme, pixels = self._themes.theme, round(14 * self._themes.scale)
        self._row.setSpacing(round(4 * self._themes.scale))
        for button, name in ((self._save, "save"), (self._cancel, "stop"), (self._close, "close")):
            button.setIcon(icon(name, theme))
            button.setIconSize(QSize(pixels, pixels))
        self._show_runs()
        self._draw_play()

    def _draw_play(self) -> None:
        playing, pixels = self.player.playing, round(14 * self._themes.scale)
        self._play.setIcon(icon("pause" if playing else "play", self._themes.theme))
        self._play.setIconSize(QSize(pixels, pixels))
        self._play.setAccessibleName("Pause" if playing else "Play")


def _interval(speed: float) -> int:
    """Return the time of a frame at a speed, in milliseconds."""
    return round(1000 / (FRAMES_PER_SECOND * speed))
