"""Control of the active run's training: train, pause, stop, pace, progress, outcome, and what can follow.

1. ``run`` and ``control`` of the active pane decide everything; a control exists only while the run trains.
2. The buttons act on the control, or emit a signal if a new training is wanted; the panel starts it.
3. `set_waiting` bridges the time between the button and the first step (loading data, building the model).
4. Progress events arrive for every run and are kept by key; only the active run's are drawn.
5. After the end, outcome, reason and the buttons for what can follow are shown.
"""

from typing import cast

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from explorer.jobs.runs.open_run import OpenRun
from explorer.session import View
from explorer.training.control import Pace
from explorer.training.events import Progress
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.boxes import ChoiceBox
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity, set_style_property

_GAP = "\N{NO-BREAK SPACE}"


def progress_text(event: Progress, *, held: str = "") -> str:
    """Return ``"epoch 25 of 40 · 68,000 samples/s · 13 s left"``; lines break only between the parts.

    Parameters
    ----------
    held
        Reason why no step is taken, for example "paused"; speed and remaining time are then left out.
    """
    parts = [held] if held else []
    # event.epoch counts finished epochs; the one in progress is one more, but never more than planned.
    parts.append(f"epoch {min(int(event.epoch) + 1, event.epochs)} of {event.epochs}")
    if not held and event.samples_per_second > 0:
        parts.append(f"{_rounded(event.samples_per_second):,} samples/s")
    if not held and event.seconds_left is not None:
        parts.append(f"{duration(event.seconds_left)} left")
    return " · ".join(part.replace(" ", _GAP) for part in parts)


def outcome_text(run: OpenRun) -> str:
    """Return the state of a run that does not train."""
    epoch = run.history.metrics[-1].epoch if run.history.metrics else 0.0
    epochs = run.config.train.epochs
    if run.is_user_model:
        return f"{run.name} · your own model, in memory"
    if not run.trained_by_steps and run.status == "finished":
        return f"{run.name} · computed in closed form"
    if run.status == "finished" and not run.history.metrics:
        return f"{run.name} · not trained here"
    match run.status:
        case "finished":
            return f"{run.name} · {epochs} epoch{'s' if epochs != 1 else ''}, finished"
        case "stopped":
            return f"{run.name} · stopped after {epoch:.3g} of {epochs} epochs"
        case "failed":
            return f"{run.name} · failed after {epoch:.3g} of {epochs} epochs"
        case _:
            return f"{run.name} · unfinished, {epoch:.3g} of {epochs} epochs are saved"


def duration(seconds: float) -> str:
    """Return a time in its one or two largest units: ``"13 s"``, ``"2 min 5 s"``, ``"1 h 20 min"``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    # From ten minutes on an estimate is not exact to the second.
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole < 600 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _rounded(value: float) -> int:
    """Round to two significant digits, as further ones would flicker."""
    return int(float(f"{value:.2g}"))


PACES: dict[Pace, str] = {"full": "Full speed", "epoch": "One epoch per second", "step": "One step at a time"}


class TrainingBar(QWidget):
    """Controls the active run's training.

    Signals
    -------
    train_wanted
        Train a new run with the settings of the form.
    further_wanted, again_wanted, cpu_wanted : str
        Key of a run: train it further, train another run with its settings, or resume it on the CPU.
    """

    train_wanted = Signal()
    further_wanted = Signal(str)
    again_wanted = Signal(str)
    cpu_wanted = Signal(str)

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._session, self._store, self._trainings = state.session, state.store, state.trainings
        self._live_planes = state.planes
        self._last: dict[str, Progress] = {}  # newest event of each run, by key
        self._waiting = ""
        self._verb = "Train"
        self._train = set_identity(QPushButton("Train"), "train_button", "Train a new run with these settings", "Train")
        self._train.setProperty("kind", "primary")
        self._stop = set_identity(QPushButton("Stop"), "stop_button", "Stop and save; training can continue later")
        self._bar = set_identity(QProgressBar(textVisible=False), "train_progress", accessible="Training progress")
        self._line = set_identity(QLabel(wordWrap=True), "train_status", accessible="Training progress")
        self._line.setProperty("role", "muted")
        self._reason = set_identity(QLabel(wordWrap=True), "train_reason", accessible="Reason why training ended")
        self._pace = set_identity(ChoiceBox(), "pace_combo", "Training pace; it does not change the weights", "Pace")
        for pace, text in PACES.items():
            self._pace.addItem(text, pace)
        self._step = set_identity(QPushButton("Step"), "step_button", "Take one step")
        self._further = set_identity(QPushButton("Train further"), "train_further", "Train this run for more epochs")
        self._again = set_identity(QPushButton("Run again"), "same_again", "Train another run with the same settings")
        self._other = set_identity(QPushButton("Train another"), "train_another", "Train a new run at the same time")
        self._cpu = set_identity(QPushButton("Train on the CPU"), "train_on_cpu", "Continue this run on the CPU")
        self._arrange()
        self._connect()
        self._apply_theme()

    def set_waiting(self, why: str) -> None:
        """Show that a training is about to begin, and why it waits; "" ends it."""
        self._waiting = why
        self._show()

    def set_verb(self, verb: str) -> None:
        """Set the text for a new run: "Train", or "Fit" for a closed form."""
        self._verb = verb
        self._show()

    @property
    def _run(self) -> OpenRun | None:
        key = self._session.view.active_run
        return self._store.runs.get(key) if key is not None else None

    @Slot()
    def toggle(self) -> None:
        """Train a new run, or pause or resume the active run if it trains."""
        run = self._run
        control = self._trainings.control(run.key) if run is not None else None
        if run is None or control is None:
            self.train_wanted.emit()
        elif control.paused:
            control.resume()
        else:
            control.pause()
            # While it trains, planes show a part of the samples; a pause leaves time for all of them.
            self._live_planes.ask_whole(run.key)
        self._show()

    @Slot()
    def stop(self) -> None:
        """Stop the active run's training; it saves a checkpoint."""
        run = self._run
        control = self._trainings.control(run.key) if run is not None else None
        if control is not None:
            control.stop()
            self._show()

    def _arrange(self) -> None:
        buttons, after = FlowLayout(stretch=True), FlowLayout()
        for button in (self._train, self._stop):
            buttons.addWidget(button)
        for button in (self._further, self._again, self._other, self._cpu):
            after.addWidget(button)
        pace = QHBoxLayout()
        pace.setSpacing(6)
        pace.addWidget(self._pace, 1)
        pace.addWidget(self._step)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(buttons)
        layout.addWidget(self._bar)
        layout.addWidget(self._line)
        layout.addWidget(self._reason)
        layout.addLayout(after)
        layout.addLayout(pace)

    def _connect(self) -> None:
        self._train.clicked.connect(self.toggle)
        self._stop.clicked.connect(self.stop)
        self._step.clicked.connect(self._on_step)
        self._pace.currentIndexChanged.connect(self._on_pace)
        self._further.clicked.connect(self._on_further)
        self._again.clicked.connect(self._on_again)
        self._other.clicked.connect(self.train_wanted)
        self._cpu.clicked.connect(self._on_cpu)
        self._trainings.progress.connect(self._on_progress)
        self._store.details_changed.connect(self._on_run)
        self._store.opened.connect(self._on_run)
        self._store.closed.connect(self._on_closed)
        self._session.listen(self.show_view)
        self._themes.changed.connect(self._apply_theme)

    def show_view(self, old: View, new: View) -> None:
        """Follow the active pane."""
        if old.active_run != new.active_run:
            self._show()

    @Slot(str, object)
    def _on_progress(self, key: str, event: Progress) -> None:
        self._last[key] = event
        if key == self._session.view.active_run:
            self._show()

    @Slot(str)
    def _on_run(self, key: str) -> None:
        if key == self._session.view.active_run:
            self._show()

    @Slot(str)
    def _on_closed(self, key: str) -> None:
        self._last.pop(key, None)
        self._show()

    @Slot()
    def _on_step(self) -> None:
        run = self._run
        control = self._trainings.control(run.key) if run is not None else None
        if control is not None:
            control.advance()

    @Slot()
    def _on_pace(self) -> None:
        pace = cast("Pace", self._pace.currentData())
        # The pace is the user's choice, kept for later runs, too.
        self._trainings.pace = pace
        run = self._run
        control = self._trainings.control(run.key) if run is not None else None
        # choose() in _show also emits the signal; without the test a pace would be set twice.
        if control is not None and control.pace != pace:
            control.set_pace(pace)
        self._show()

    @Slot()
    def _on_further(self) -> None:
        if (run := self._run) is not None:
            self.further_wanted.emit(run.key)

    @Slot()
    def _on_again(self) -> None:
        if (run := self._run) is not None:
            self.again_wanted.emit(run.key)

    @Slot()
    def _on_cpu(self) -> None:
        if (run := self._run) is not None:
            self.cpu_wanted.emit(run.key)

    def _show(self) -> None:
        run = self._run
        control = self._trainings.control(run.key) if run is not None else None
        # Another run may train at another pace than the box shows.
        if control is not None and control.pace != self._pace.currentData():
            self._pace.choose(control.pace)
        self._show_buttons(run, trains=control is not None, paused=control is not None and control.paused)
        self._show_after(run, trains=control is not None)
        self._show_progress(run)

    def _show_buttons(self, run: OpenRun | None, *, trains: bool, paused: bool) -> None:
        text = ("Resume" if paused else "Pause") if trains else self._verb
        # Tooltips, icons and visibility change only with the text; progress arrives many times per second.
        if text != self._train.text():
            tips = {
                "Train": "Train a new run with these settings",
                "Fit": "Compute a new run with these settings",
                "Pause": "Pause before the next step",
                "Resume": "Resume training",
            }
            self._train.setText(text)
            self._train.setToolTip(tips[text])
            self._train.setAccessibleName(text)
            self._draw_train_icon()
            # A closed form has no steps whose pace could be set.
            self._pace.setVisible(text != "Fit")
        control = self._trainings.control(run.key) if run is not None else None
        self._train.setEnabled(trains or not self._waiting)
        self._stop.setEnabled(control is not None and not control.stopping)
        by_step = self._pace.currentData() == "step"
        # isVisibleTo: the bar itself may be hidden while this is computed.
        self._step.setVisible(by_step and self._pace.isVisibleTo(self))
        self._step.setEnabled(trains and not paused)

    def _show_after(self, run: OpenRun | None, *, trains: bool) -> None:
        ended = run is not None and not trains and not self._waiting
        failed = run is not None and run.status == "failed"
        # Only the reason's text says that memory was the cause.
        out_of_memory = run is not None and failed and "out of memory" in run.reason
        writable = run is not None and not run.read_only
        by_steps = run is not None and run.trained_by_steps
        self._further.setVisible(ended and writable and not failed and by_steps)
        self._further.setText("Train further" if run is not None and run.status == "finished" else "Resume")
        self._again.setVisible(ended and run is not None and not run.is_user_model)
        self._other.setVisible(trains)
        on_accelerator = run is not None and run.machine.device != "cpu"
        self._cpu.setVisible(ended and writable and out_of_memory and on_accelerator)
        reason = run.reason if run is not None and not trains else ""
        set_style_property(self._reason, "role", "error" if failed else "muted")
        self._reason.setText(reason[:1].upper() + reason[1:])
        self._reason.setVisible(bool(reason))

    def _show_progress(self, run: OpenRun | None) -> None:
        control = self._trainings.control(run.key) if run is not None else None
        if control is None:
            self._line.setMinimumHeight(0)
        event = self._last.get(run.key) if run is not None else None
        busy = bool(self._waiting) and control is None
        # A range of 0 to 0 shows a busy indicator.
        self._bar.setRange(0, 0 if busy else 1000)
        if busy:
            self._line.setText(self._waiting)
        elif run is None:
            self._bar.setValue(0)
            self._line.setText("The settings are valid.")
        elif control is None:
            done = event is not None and run.status != "finished"
            self._bar.setValue(_thousandths(event) if done and event is not None else 0)
            self._line.setText(outcome_text(run))
        elif event is None:
            self._line.setText("starting")
        else:
            held = "stopping" if control.stopping else "paused" if control.paused else ""
            held = held or ("step by step" if control.pace == "step" else "")
            self._bar.setValue(_thousandths(event))
            self._line.setText(progress_text(event, held=held))
            # The height only grows while it trains: a text that wraps now and then would move everything below it.
            needed = self._line.heightForWidth(self._line.width())
            self._line.setMinimumHeight(max(self._line.minimumHeight(), needed))

    @Slot()
    def _apply_theme(self) -> None:
        pixels = round(14 * self._themes.scale)
        for button in (self._train, self._stop, self._step):
            button.setIconSize(QSize(pixels, pixels))
        self._stop.setIcon(icon("stop", self._themes.theme))
        self._step.setIcon(icon("step", self._themes.theme))
        self._draw_train_icon()
        self._show()

    def _draw_train_icon(self) -> None:
        theme = self._themes.theme
        name = "pause" if self._train.text() == "Pause" else "play"
        self._train.setIcon(icon(name, theme, theme.accent_text))


def _thousandths(event: Progress) -> int:
    return 1000 * event.step // event.steps if event.steps else 0
