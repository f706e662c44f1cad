"""The experiment panel: the settings of the next run.

1. Data, model, settings, name and device are edited here; every change checks the family against the data.
2. `train` validates the form, and waits for the data if it is still loading.
3. The trainings service starts the run; its task's news are shown on the button of the `TrainingBar` until it trains.
4. `RunNameField` proposes a name that is free, unless the user has typed one.
"""

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from explorer.config import ConfigError, DataConfig, RunConfig
from explorer.jobs.runs.train_run import replay_estimate
from explorer.jobs.workers.background import Done, Working
from explorer.models import catalog
from explorer.models.weight_import.weight_files import is_weights
from explorer.training.batches import trained_samples
from explorer.training.devices import device_choices
from explorer.ui.data_import.data_dialog import DataDialog
from explorer.ui.experiment.config_form import ConfigForm
from explorer.ui.experiment.data_picker import DataPicker
from explorer.ui.experiment.family_notice import FamilyNotice, fill_families
from explorer.ui.experiment.run_name import RunNameField
from explorer.ui.experiment.training_bar import TrainingBar
from explorer.ui.loss.experiment_dialog import AblationDialog, LadderDialog
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.boxes import ChoiceBox
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import ROW_GAP, labelled

FIRST_LOOK = 0.1
"""Share of the training split used by "A tenth of the data"."""
_FIRST_FAMILY = "vae"
SIDE = 12
"""Pixels beside the fields."""
ROOMY, NAMED = 860, 760
"""Heights of the window below which learning rate and seed, and the run's name, are rarer settings."""
MIN_WIDTH = 208
"""Least width at which the fields stand in two columns; pixels at text scale 1, as the heights."""


class ExperimentPanel(QFrame):
    """Data, model and settings of the next run, with the button that trains it always visible below."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "experiment_panel", accessible="New run")
        self.setAcceptDrops(True)
        self._themes = themes
        self._state, self._store, self._trainings = state, state.store, state.trainings
        self._session, self._opener, self._tasks = state.session, state.opener, state.tasks
        self._folders, self._run_data = state.folders, state.data
        self._train_when_loaded = False
        self._begun: set[str] = set()  # keys of runs that were started and have not taken a step yet
        self.data = DataPicker(state, themes)
        self._model = set_identity(ChoiceBox(), "model_combo", "Model family", "Model")
        fill_families(self._model)
        self.family_notice = FamilyNotice(themes)
        self.form = ConfigForm(themes, state.tasks)
        self._name = RunNameField(state)
        self._named = True  # whether the name is in view without "More settings"
        self._device = set_identity(ChoiceBox(), "device_combo", "Device that the next run is trained on", "Device")
        for device, title in device_choices():
            self._device.addItem(title, device)
            self._device.set_short_text(device, title.partition(" (")[0])
        self._first_look = set_identity(
            QCheckBox("A tenth of the data"),
            "first_look",
            "Train on a tenth of the training samples, for a first impression",
        )
        self._ablation = set_identity(
            QPushButton("Loss ablation…"), "ablation_button", "Train with only KL, only reconstruction, and both"
        )
        self._ladder = set_identity(
            QPushButton("β ladder…"), "ladder_button", "Train once for each of several values of β"
        )
        self._note = set_identity(QLabel("for the next run"), "next_run_note")
        self._note.setProperty("role", "muted")
        self.bar = TrainingBar(state, themes)
        self._arrange()
        self._connect()
        self._model.choose(_FIRST_FAMILY)
        # The form needs its family before the first signal; set_family reports the change itself.
        self.form.set_family(str(self._model.currentData()))
        self._device.choose(state.trainings.device)
        self._suggest_name()
        self._show_note()

    @property
    def config(self) -> RunConfig:
        """The settings of the next run.

        Raises
        ------
        ConfigError
            If a setting is invalid.
        """
        return RunConfig(data=self._chosen_data(), model=self.form.model, train=self.form.train)

    @property
    def name(self) -> str:
        """The name of the next run."""
        return self._name.name

    @Slot()
    def train(self) -> None:
        """Train a new run with these settings, at once or as soon as the chosen data is loaded."""
        # The first problem gets the focus; fixing one at a time is easier than reading three messages.
        if (field := self.form.wrong_field()) is not None:
            self.form.show_field(field)
        elif self._name.problem:
            if not self._named:
                self.form.show_more(True)
            self._name.show_problem()
        elif self.data.loading:
            self._train_when_loaded = True
            self.bar.set_waiting("starts when the data is loaded")
        else:
            self._start(self.config, self.name)

    @Slot(object)
    def take_settings(self, config: RunConfig) -> None:
        """Show the settings of a run in the form, and choose its data."""
        # The form first: choosing the family must not overwrite the run's settings by those of the family.
        self.form.take(config.model, config.train)
        self._model.choose(config.model.family)
        self.data.choose(config.data)

    @Slot()
    def begin_ablation(self) -> None:
        """Open the dialog of a loss ablation with these settings."""
        self._begin_experiment(AblationDialog)

    @Slot()
    def begin_ladder(self) -> None:
        """Open the dialog of a β ladder with these settings."""
        self._begin_experiment(LadderDialog)

    def _begin_experiment(self, kind: type[AblationDialog] | type[LadderDialog]) -> None:
        if (field := self.form.wrong_field()) is not None:
            self.form.show_field(field)
            return
        dialog = kind(self._state, self.config, self)
        # Otherwise every dialog stays in memory as a child of the panel.
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    @Slot()
    def pause_or_resume(self) -> None:
        """Pause or resume the training of the active run, or, if that does not train, the one begun first."""
        if (key := self._training_meant) is not None:
            state = self._trainings.state(key)
            paused = state is not None and state.stage == "paused"
            (self._trainings.resume if paused else self._trainings.pause)(key)

    @Slot()
    def stop(self) -> None:
        """Stop the training of the active run, or, if that does not train, the one begun first."""
        if (key := self._training_meant) is not None:
            self._trainings.stop(key)

    @property
    def _training_meant(self) -> str | None:
        active, running = self._session.view.active_run, self._trainings.running
        return active if active in running else next(iter(running), None)

    def show_setting(self, section: str, name: str) -> None:
        """Move the focus to a field of the form, if the chosen family has it."""
        if self.form.has_field(section, name):
            self.form.show_field(self.form.field(section, name))

    @Slot(object)
    def open_data(self, what: DataConfig | Path | None = None) -> None:
        """Open the data dialog: for a file or folder, for the options of data, or to choose a file first."""
        dialog = DataDialog(self._state, self._themes, what, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept a dragged file or folder, except for files of weights, which the window handles."""
        if any(url.isLocalFile() and not is_weights(Path(url.toLocalFile())) for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open a dropped run, or data."""
        path = next(Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())
        event.acceptProposedAction()
        # A folder with a run.json is a run; it may hold arrays, too, but not as data.
        if (path / "run.json").is_file():
            self._opener.open(path)
        else:
            self.open_data(path)

    def _arrange(self) -> None:
        self._page = QWidget()
        self._page.installEventFilter(self)
        self._column = QVBoxLayout(self._page)
        self._column.setSpacing(ROW_GAP)
        self._column.addWidget(self.data)
        self._column.addWidget(labelled("Model", self._model))
        self._column.addWidget(self.family_notice)
        self._column.addWidget(self.form)
        self._column.addWidget(self._name)
        self._column.addStretch(1)
        self._add_rare_settings()
        self._scroll = set_identity(
            QScrollArea(widgetResizable=True), "experiment_scroll", accessible="Settings of the next run"
        )
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._page)
        self._scroll.verticalScrollBar().rangeChanged.connect(self._keep_width)
        self._keep_width()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SIDE, 8, 0, 4)
        layout.setSpacing(ROW_GAP)
        layout.addLayout(self._head())
        layout.addWidget(self._scroll, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(0, 0, SIDE, 0)
        foot.addWidget(self.bar)
        layout.addLayout(foot)

    def _head(self) -> QHBoxLayout:
        title = QLabel("New run")
        title.setProperty("role", "head")
        # Beside the title, where it moves no field when it comes.
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, SIDE, 0)
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self._note)
        return head

    def _add_rare_settings(self) -> None:
        self.form.add_rare(labelled("Device", self._device))
        self.form.add_rare(self._first_look)
        several = QWidget()
        flow = FlowLayout(several, stretch=True)
        for button in (self._ablation, self._ladder):
            flow.addWidget(button)
        self.form.add_rare(several)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Move fields behind "More settings" in a low window, and back."""
        super().resizeEvent(event)
        height = self.window().height() / self._themes.scale
        self.form.set_roomy(height >= ROOMY)
        named = height >= NAMED
        if named != self._named:
            self._named = named
            self.form.remove_rare(self._name)
            if named:
                self._column.insertWidget(self._column.indexOf(self.form) + 1, self._name)
            else:
                self.form.add_rare(self._name)
            self._name.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask for another height when the fields do; a scroll area keeps that to itself."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return False

    def sizeHint(self) -> QSize:
        """Return the height of all fields, which a scroll area does not ask for."""
        hint, page = super().sizeHint(), self._page.sizeHint().height()
        return QSize(hint.width(), hint.height() - self._scroll.sizeHint().height() + page)

    def minimumSizeHint(self) -> QSize:
        """Return the width of two columns of fields."""
        return QSize(round(MIN_WIDTH * self._themes.scale), super().minimumSizeHint().height())

    @Slot()
    def _keep_width(self) -> None:
        """Keep the fields' width when the scroll bar comes: it takes the place of the margin."""
        bar = self._scroll.verticalScrollBar()
        margin, taken = max(SIDE, bar.sizeHint().width()), bar.sizeHint().width() if bar.maximum() else 0
        self._column.setContentsMargins(0, 0, margin - taken, 0)

    def _connect(self) -> None:
        self._model.currentIndexChanged.connect(self._on_model)
        self.form.changed.connect(self._on_form)
        self.family_notice.data_wanted.connect(self.data.choose)
        self._device.currentIndexChanged.connect(self._on_device)
        self._first_look.clicked.connect(self._on_first_look)
        self._ablation.clicked.connect(self.begin_ablation)
        self._ladder.clicked.connect(self.begin_ladder)
        self.data.open_wanted.connect(self.open_data)
        self.data.settled.connect(self._on_settled)
        self.data.combo.currentIndexChanged.connect(self._suggest_name)
        self.bar.train_wanted.connect(self.train)
        self._tasks.changed.connect(self._on_task)
        self._folders.listed_changed.connect(self._suggest_name)
        self._store.opened.connect(self._suggest_name)
        self._store.closed.connect(self._suggest_name)
        self._trainings.state_changed.connect(self._show_note)
        self._run_data.changed.connect(self._check_family)

    def _chosen_data(self) -> DataConfig:
        # While data is loading the box is ahead of the data in use; the next run is for what the box shows.
        chosen = self.data.combo.currentData()
        return chosen if isinstance(chosen, DataConfig) else self._run_data.config

    def _start(self, config: RunConfig, name: str) -> None:
        self._begun.add(str(self._folders.folder / name))
        self.bar.set_waiting("getting ready")
        self._name.forget_typed()
        self._trainings.train(config, name)

    @Slot(object)
    def _on_task(self, news: Working | Done) -> None:
        # Other tasks of the program arrive here as well.
        key = news.key.removeprefix("train ")
        if key == news.key:
            return
        if isinstance(news, Working):
            self.bar.set_waiting(news.text)
        else:
            self._begun.discard(key)
            if not self._begun:
                self.bar.set_waiting("")

    @Slot(bool)
    def _on_settled(self, loaded: bool) -> None:
        self._check_family()
        # Cleared before train() is called, which may set it again.
        wanted, self._train_when_loaded = self._train_when_loaded, False
        if not wanted:
            return
        self.bar.set_waiting("")
        if loaded:
            self.train()

    @Slot()
    def _on_model(self) -> None:
        self.form.set_family(str(self._model.currentData()))
        self._suggest_name()

    @Slot()
    def _on_form(self) -> None:
        self._first_look.setChecked(self.form.field("train", "fraction").value < 1)
        self.bar.set_verb("Train" if self.form.takes_steps else "Fit")
        self._check_family()
        self._suggest_name()

    @Slot()
    def _check_family(self) -> None:
        """Check the chosen family against the data, and update notice and estimate."""
        data = self._run_data.dataset if not self.data.loading else None
        if data is not None:
            share = self.form.field("train", "fraction").value
            self.form.set_samples(trained_samples(len(data.splits.train), share))
        try:
            config = self.config
        # The message is shown below the field when the run is to be trained.
        except ConfigError:
            data, config = None, catalog.family(self.form.family).defaults
        description = data.description if data is not None else None
        self.form.show_network(config.model, description)
        self.family_notice.check(config.data, config.model, config.train, description)
        self.form.set_estimate("" if data is None else replay_estimate(config, data))

    @Slot(bool)
    def _on_first_look(self, wanted: bool) -> None:
        self.form.field("train", "fraction").set_value(FIRST_LOOK if wanted else 1.0)

    @Slot()
    def _on_device(self) -> None:
        self._trainings.use_device(str(self._device.currentData()))

    @Slot()
    def _suggest_name(self) -> None:
        self._name.suggest(self._chosen_data(), self.form.family)

    @Slot()
    def _show_note(self) -> None:
        # While a run trains, changes in the form do not affect it; the note says so.
        self._note.setVisible(bool(self._trainings.running))
