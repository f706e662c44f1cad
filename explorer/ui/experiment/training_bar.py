"""The training of the active run: train, pause, stop, pace, how far it is, why it ended, and what can be done then."""

from typing import cast

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from explorer.jobs.runs.open_run import OpenRun
from explorer.session import View
from explorer.training.control import Pace
from explorer.training.events import Progress
from explorer.ui.experiment.progress_text import outcome_text, progress_text
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.boxes import ChoiceBox
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity

PACES: dict[Pace, str] = {"full": "Full speed", "epoch": "One epoch per second", "step": "One step at a time"}


class TrainingBar(QWidget):
    """Steers the active run's training.

    Signals
    -------
    train_wanted
        A new run is wanted, with the settings of the form.
    further_wanted, again_wanted, cpu_wanted : str
        For the run of that key: train it further; train another one of the same settings; train it on the CPU.
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
        self._last: dict[str, Progress] = {}
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
        self._redress()

    def set_waiting(self, why: str) -> None:
        """Show that a training is about to begin; "" once it does, or does not."""
        self._waiting = why
        self._show()

    def set_verb(self, verb: str) -> None:
        """Name what makes a new run: "Train", or "Fit" for a closed form."""
        self._verb = verb
        self._show()

    @property
    def _run(self) -> OpenRun | None:
        key = self._session.view.active_run
        return self._store.runs.get(key) if key is not None else None

    @Slot()
    def toggle(self) -> None:
        """Train a new run; or hold the active run that trains, or let it go on."""
        run = self._run
        control = self._trainings.control(run.key) if run is not None else None
        if run is None or control is None:
            self.train_wanted.emit()
        elif control.paused:
            control.resume()
        else:
            control.pause()
            self._live_planes.ask_whole(run.key)
        self._show()

    @Slot()
    def stop(self) -> None:
        """Stop and save the training of the active run."""
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
        self._session.listen(self.render_view)
        self._themes.changed.connect(self._redress)

    def render_view(self, old: View, new: View) -> None:
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
        self._trainings.pace = pace
        run = self._run
        control = self._trainings.control(run.key) if run is not None else None
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
        if control is not None and control.pace != self._pace.currentData():
            self._pace.choose(control.pace)
        self._show_buttons(run, trains=control is not None, paused=control is not None and control.paused)
        self._show_after(run, trains=control is not None)
        self._show_progress(run)

    def _show_buttons(self, run: OpenRun | None, *, trains: bool, paused: bool) -> None:
        text = ("Resume" if paused else "Pause") if trains else self._verb
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
            self._pace.setVisible(text != "Fit")  # there are no steps to pace
        control = self._trainings.control(run.key) if run is not None else None
        self._train.setEnabled(trains or not self._waiting)
        self._stop.setEnabled(control is not None and not control.stopping)
        by_step = self._pace.currentData() == "step"
        self._step.setVisible(by_step and self._pace.isVisibleTo(self))
        self._step.setEnabled(trains and not paused)

    def _show_after(self, run: OpenRun | None, *, trains: bool) -> None:
        ended = run is not None and not trains and not self._waiting
        failed = run is not None and run.status == "failed"
        out_of_memory = run is not None and failed and "out of memory" in run.reason
        own = run is not None and not run.read_only
        by_steps = run is not None and run.trained_by_steps
        self._further.setVisible(ended and own and not failed and by_steps)
        self._further.setText("Train further" if run is not None and run.status == "finished" else "Resume")
        self._again.setVisible(ended and run is not None and not run.is_own)
        self._other.setVisible(trains)
        on_accelerator = run is not None and run.machine.device != "cpu"
        self._cpu.setVisible(ended and own and out_of_memory and on_accelerator)
        reason = run.reason if run is not None and not trains else ""
        role = "error" if failed else "muted"
        if self._reason.property("role") != role:
            self._reason.setProperty("role", role)
            self._reason.style().unpolish(self._reason)
            self._reason.style().polish(self._reason)
        self._reason.setText(reason[:1].upper() + reason[1:])
        self._reason.setVisible(bool(reason))

    def _show_progress(self, run: OpenRun | None) -> None:
        control = self._trainings.control(run.key) if run is not None else None
        if control is None:
            self._line.setMinimumHeight(0)
        event = self._last.get(run.key) if run is not None else None
        busy = bool(self._waiting) and control is None
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
            # What is beneath does not jump where the words now and then take a line more.
            needed = self._line.heightForWidth(self._line.width())
            self._line.setMinimumHeight(max(self._line.minimumHeight(), needed))

    @Slot()
    def _redress(self) -> None:
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
