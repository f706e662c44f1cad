"""The scrubber under the planes: drag through the epochs of the trainings in view, play them, save them."""

from bisect import bisect_right

from PySide6.QtCore import QSignalBlocker, QSize, QTimer, Slot
from PySide6.QtGui import QAction, QActionGroup, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from explorer.jobs.runs.open_run import OpenRun
from explorer.session import View
from explorer.ui.replay.replay_player import SPEEDS, ReplayPlayer
from explorer.ui.replay.replay_saver import ReplaySaver
from explorer.ui.replay.replay_words import place_words, shorter
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.jump_slider import JumpSlider

SETTLED_MILLISECONDS = 600
"""Keys and wheel that come closer to each other are one step for undo."""
SPEED_EMS = 34
"""The least width, in heights of text, that has room for the choice of speed; the menu has it too."""
WORDS_EMS = 30
"""The least width, in heights of text, that has room for all the words beside the slider."""


class ReplayBar(QFrame):
    """Shown while a run in view has a replay or trains. The last place of the slider is what is newest: "now"."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._replays, self._session, self._trainings = state.replays, state.session, state.trainings
        self._store = state.store
        self._epochs: list[float] = []
        self.player = ReplayPlayer(self)
        self._settled = QTimer(self, singleShot=True, interval=SETTLED_MILLISECONDS)
        self.saver = ReplaySaver(state, themes, self)
        self._saving = ""
        self._make_widgets()
        self._connect()
        self._redress()
        self._refresh()

    @property
    def epochs(self) -> list[float]:
        """What each place of the slider stands for, ascending; the last place, after these, is now."""
        return self._epochs

    def show_view(self, old: View, new: View) -> None:
        """Draw what differs."""
        if (old.replay_epoch, old.panes, old.active) != (new.replay_epoch, new.panes, new.active):
            self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the speed to the menu where room is short, then words to the slider."""
        super().resizeEvent(event)
        self._speed.setVisible(self._has_room(SPEED_EMS))
        self._head.setVisible(self._has_room(WORDS_EMS))
        self._say_place(self._replays.runs)

    def _has_room(self, ems: int) -> bool:
        return self.width() > ems * self.fontMetrics().height()

    def _make_widgets(self) -> None:
        set_identity(self, "replay_bar", accessible="Replay of the training")
        self.setProperty("panel", "true")
        self._head = QLabel("REPLAY")
        self._head.setProperty("role", "head")
        self._play = set_identity(
            QToolButton(), "replay_play", "Play the training from here, or from the beginning", "Play"
        )
        self._slider = set_identity(
            JumpSlider(),
            "replay_slider",
            "Scrub through the epochs (arrows, Home, End); the right end is the newest",
            "Epoch",
        )
        self._slider.setSingleStep(1)
        self._place = set_identity(QLabel(), "replay_place", accessible="Epoch that is shown")
        self._place.setProperty("role", "figure")
        self._speed = set_identity(QToolButton(), "replay_speed", "Speed of playing", "Speed")
        self._speed.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._speed.setText("1×")
        self._now = set_identity(QToolButton(), "replay_now", "Back to the newest epoch", "Now")
        self._now.setText("Now")
        self._menu_button = set_identity(QToolButton(), "replay_menu_button", "More: speed, saving", "Replay menu")
        self._menu_button.setText("⋯")
        self._menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._make_menus()
        self._row = QHBoxLayout(self)
        widgets = (self._head, self._play, self._slider, self._place, self._speed, self._now, self._menu_button)
        for widget in widgets:
            self._row.addWidget(widget, 1 if widget is self._slider else 0)

    def _make_menus(self) -> None:
        self.menu = set_identity(QMenu(self), "replay_menu", accessible="Replay")
        speeds = set_identity(QMenu("Speed", self), "replay_speed_menu", accessible="Speed")
        self._speeds = QActionGroup(self)
        for speed in SPEEDS:
            action = QAction(f"{speed:g}×", self._speeds, checkable=True, checked=speed == 1.0)
            action.setData(speed)
            action.setToolTip(f"Play at {speed:g} times the speed")
        speeds.addActions(self._speeds.actions())
        self._speed.setMenu(speeds)
        self._save = self._action("replay_save", "Save as GIF, MP4 or arrays…", "Save the whole training as a film")
        self._cancel = self._action("replay_cancel_saving", "Cancel saving", "Stop and write no film")
        self._cancel.setVisible(False)
        self.menu.addActions([self._save, self._cancel])
        self.menu.addMenu(speeds)
        self._menu_button.setMenu(self.menu)

    def _action(self, name: str, text: str, tip: str) -> QAction:
        action = QAction(text, self)
        action.setObjectName(name)
        action.setToolTip(tip)
        return action

    def _connect(self) -> None:
        self._save.triggered.connect(self.saver.save)
        self._cancel.triggered.connect(self.saver.cancel)
        self.saver.progress.connect(self._on_saving)
        self._play.clicked.connect(self._on_play)
        self._now.clicked.connect(self._on_now)
        self._slider.sliderPressed.connect(self.player.stop)
        self._slider.valueChanged.connect(self._on_slid)
        self._slider.sliderReleased.connect(self._on_settled)
        self._settled.timeout.connect(self._on_settled)
        self._speeds.triggered.connect(self._on_speed)
        self.player.moved.connect(self._go_to)
        self.player.changed.connect(self._on_playing)
        self._replays.changed.connect(self._refresh)
        self._session.listen(self.show_view)
        self._themes.changed.connect(self._redress)

    # What is shown

    @Slot()
    def _refresh(self) -> None:
        view, runs = self._session.view, self._replays.runs
        trains = any(pane.run in self._trainings.running for pane in view.panes)
        self.setVisible(bool(runs) or trains)
        self._epochs = self._replays.epochs()
        with QSignalBlocker(self._slider):
            self._slider.setRange(0, len(self._epochs))
            self._slider.setPageStep(max(1, len(self._epochs) // 10))
            if not self._slider.isSliderDown():
                self._slider.setValue(self._place_of(view.replay_epoch))
        for widget in (self._play, self._slider):
            widget.setEnabled(bool(self._epochs))
        self._now.setEnabled(view.replay_epoch is not None)
        self._say_place(runs)

    def _say_place(self, runs: list[OpenRun]) -> None:
        view = self._session.view
        words, more = place_words(runs, self._store.runs.get(view.active_run or ""), view.replay_epoch)
        roomy = self._has_room(WORDS_EMS)
        self._place.setText(self._saving or (words if roomy else shorter(words)))
        self._place.setToolTip(more)
        self._slider.setAccessibleDescription(words)
        widest = self._place.fontMetrics().horizontalAdvance("the end, epoch 000.0" if roomy else "epoch 00.0")
        self._place.setMinimumWidth(widest)  # or the slider would change its width under the hand

    def _place_of(self, epoch: float | None) -> int:
        return len(self._epochs) if epoch is None else max(0, bisect_right(self._epochs, epoch) - 1)

    @Slot(str)
    def _on_saving(self, words: str) -> None:
        self._saving = words
        self._save.setVisible(not words)
        self._cancel.setVisible(bool(words))
        self._say_place(self._replays.runs)

    # The hand

    @Slot(int)
    def _go_to(self, place: int) -> None:
        epoch = self._epochs[place] if place < len(self._epochs) else None
        self._session.preview(replay_epoch=epoch)

    @Slot(int)
    def _on_slid(self, place: int) -> None:
        self.player.stop()
        self._go_to(place)
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
            self.player.start(self._slider.value(), len(self._epochs))

    @Slot(bool)
    def _on_playing(self, playing: bool) -> None:
        if not playing:
            self._session.commit()
        self._draw_play()

    @Slot()
    def _on_now(self) -> None:
        self.player.stop()
        self._session.set(replay_epoch=None)

    @Slot(QAction)
    def _on_speed(self, action: QAction) -> None:
        self.player.set_speed(action.data())
        self._speed.setText(action.text())

    # Looks

    @Slot()
    def _redress(self) -> None:
        scale = self._themes.scale
        pad = round(8 * scale)
        self._row.setContentsMargins(pad, round(pad / 2), pad, round(pad / 2))
        self._row.setSpacing(pad)
        self._draw_play()

    def _draw_play(self) -> None:
        playing, pixels = self.player.playing, round(14 * self._themes.scale)
        self._play.setIcon(icon("pause" if playing else "play", self._themes.theme))
        self._play.setIconSize(QSize(pixels, pixels))
        self._play.setAccessibleName("Pause" if playing else "Play")
