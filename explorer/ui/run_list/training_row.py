"""The row of a run that trains: its progress, and buttons to pause and to stop it, whichever pane is framed."""

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from explorer.training.events import Progress
from explorer.ui.services.app_state import AppState
from explorer.ui.services.trainings import TrainingState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.run_mark import draw_mark
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import ElidingLabel


def progress_text(state: TrainingState) -> str:
    """Return ``"epoch 25 of 40, 13 s left"``, or why no step is taken, such as ``"paused, epoch 25 of 40"``."""
    event, held = state.progress, str(state.stage)
    if state.stage == "training":
        held = "step by step" if state.pace == "step" else ""
    if event is None:
        return held or "starting"
    # event.epoch counts finished epochs; the one in progress is one more, but never more than planned.
    epoch = f"epoch {min(int(event.epoch) + 1, event.epochs)} of {event.epochs}"
    most = "at most " if event.may_end_early else ""
    left = f"{most}{duration(event.seconds_left)} left" if not held and event.seconds_left is not None else ""
    return ", ".join(part for part in (held, epoch, left) if part)


def speed_text(event: Progress | None) -> str:
    """Return ``"68,000 samples per second"``; "" if the speed is unknown."""
    if event is None or event.samples_per_second <= 0:
        return ""
    # Two significant digits, as further ones would flicker.
    return f"{int(float(f'{event.samples_per_second:.2g}')):,} samples per second"


def duration(seconds: float) -> str:
    """Return a time in its one or two largest units: ``"13 s"``, ``"2 min 5 s"``, ``"1 h 20 min"``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    # From ten minutes on an estimate is not exact to the second.
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole < 600 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


class TrainingRow(QWidget):
    """Draws name, bar, progress and buttons over the run's row in the list; ``number`` is part of their names."""

    def __init__(self, state: AppState, themes: ThemeSource, key: str, title: str, number: int) -> None:
        super().__init__()
        self._trainings, self._marks, self._themes, self._key = state.trainings, state.marks, themes, key
        self.number = number
        set_identity(self, f"training_row_{number}", accessible=f"{title} trains")
        self._name = set_identity(ElidingLabel(title), f"training_name_{number}", accessible="Run")
        self._name.setElideMode(Qt.TextElideMode.ElideMiddle)
        self._name.setStyleSheet("font-weight: 600;")
        self._line = set_identity(ElidingLabel(), f"training_status_{number}", accessible="Training progress")
        self._bar = set_identity(
            QProgressBar(textVisible=False), f"training_progress_{number}", accessible=f"Progress of {title}"
        )
        self._pause = set_identity(QToolButton(), f"training_pause_{number}", accessible=f"Pause {title}")
        self._stop = set_identity(
            QToolButton(), f"training_stop_{number}", "Stop and save; training can continue later", f"Stop {title}"
        )
        self._title = title
        for label in (self._name, self._line):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            # A press selects the row below.
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._bar.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._bar.setRange(0, 1000)
        self._arrange()
        self._pause.clicked.connect(self._on_pause)
        self._stop.clicked.connect(self._on_stop)
        self.apply_theme()
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the newest state of the training."""
        state = self._trainings.state(self._key)
        if state is None:  # it has just ended; the list is about to remove this row
            return
        paused = state.stage == "paused"
        self._line.setText(progress_text(state))
        self._line.setToolTip(speed_text(state.progress))
        event = state.progress
        self._bar.setValue(1000 * event.step // event.steps if event is not None and event.steps else 0)
        word = "Resume" if paused else "Pause"
        if self._pause.toolTip() != f"{word} this training" or self._pause.icon().isNull():
            self._pause.setIcon(icon("play" if paused else "pause", self._themes.theme))
            self._pause.setToolTip(f"{word} this training")
            self._pause.setAccessibleName(f"{word} {self._title}")
        for button in (self._pause, self._stop):
            button.setEnabled(state.stage != "stopping")

    def apply_theme(self) -> None:
        """Set colours and sizes."""
        theme, scale = self._themes.theme, self._themes.scale
        side, pixels = round(20 * scale), round(12 * scale)
        for button in (self._pause, self._stop):
            button.setIconSize(QSize(pixels, pixels))
            button.setFixedSize(side, side)
            button.setStyleSheet("QToolButton { padding: 0; }")
        self._stop.setIcon(icon("stop", theme))
        self._pause.setToolTip("")  # so that refresh draws it again
        self._line.setStyleSheet(f"color: {theme.muted}; font-size: {round(11 * scale)}px;")
        self._column.setContentsMargins(round(32 * scale), round(2 * scale), round(8 * scale), round(2 * scale))
        self.refresh()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the run's mark."""
        scale = self._themes.scale
        with QPainter(self) as painter:
            centre = QRectF(0, 0, 36 * scale, self.height()).center()
            draw_mark(painter, centre, 12 * scale, self._marks.of(self._key), self._themes.theme)

    def _arrange(self) -> None:
        # The progress has the whole width: beside the buttons its end, the time left, would be cut.
        first = QHBoxLayout()
        first.setSpacing(2)
        first.addWidget(self._name, 1)
        first.addWidget(self._pause)
        first.addWidget(self._stop)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
        self._column.addLayout(first)
        self._column.addWidget(self._bar)
        self._column.addWidget(self._line)

    @Slot()
    def _on_pause(self) -> None:
        state = self._trainings.state(self._key)
        if state is not None:
            (self._trainings.resume if state.stage == "paused" else self._trainings.pause)(self._key)

    @Slot()
    def _on_stop(self) -> None:
        self._trainings.stop(self._key)
