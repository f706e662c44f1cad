"""The form of a run's settings, built from the config classes: basic fields in view, advanced ones behind a button.

1. `ConfigForm.set_family` remembers the values that the user changed (`_keep`), then builds one `Field` for each
   config field of the new family and of the training (`_build`).
2. A remembered value is shown if the new field accepts it, else it waits for a family that does.
3. The fields are laid out in two `TwoColumns`: basic and advanced (`_place`). In a low window some basic ones are among
   the advanced ones.
4. Each change hides the fields that do not matter beside the other settings, and emits ``changed``.
5. ``model`` and ``train`` build validated configs from the fields; `wrong_field` finds the first invalid one.
"""

import dataclasses
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

from explorer.config import (
    ConfigError,
    ModelConfig,
    RunConfig,
    TrainConfig,
    describe_fields,
    replace,
)
from explorer.data.dataset import Description
from explorer.models import catalog
from explorer.models.architecture import architecture
from explorer.ui.fields.fields import Field, build_field, fits
from explorer.ui.fields.two_columns import TwoColumns
from explorer.ui.network.network_view import NetworkSection
from explorer.ui.state.tasks import Tasks
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import ROW_GAP
from explorer.ui.widgets.settings import settings

_OPEN = "form/more_settings"
Key = tuple[str, str]
"""Section and name of a field: ``("model", "beta")``."""
LAST = (("train", "learning_rate"), ("train", "seed"))
"""Fields that are basic in a high window alone."""
CORRUPTION = (("train", "corruption"), ("train", "corruption_level"))
"""Fields that are basic for families that corrupt their input."""
EPOCHS = ("train", "epochs")
CLOSED_FORM = "This model is computed in closed form from the training samples, so there are no training settings."


class ConfigForm(QWidget):
    """Settings of a model family and of its training.

    A new family starts with its own settings, except for those that the user changed. Settings that have no effect
    beside the others are hidden.

    Signals
    -------
    changed
        A setting changed.
    """

    changed = Signal()

    def __init__(self, themes: ThemeSource, tasks: Tasks | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._family = ""
        self._defaults: dict[Key, Any] = {}  # defaults of the family
        self._kept: dict[Key, Any] = {}  # values changed by the user, also those of other families
        self._unfit: set[Key] = set()  # kept values that the current family does not accept
        self._fields: dict[Key, Field] = {}
        self._samples = catalog.REFERENCE_SAMPLES  # training samples of the chosen data
        self._has_epochs_of_run = False
        self._roomy = True
        self._basic, self._advanced = TwoColumns(themes), TwoColumns(themes)
        # Holds the advanced fields, and what the panel adds below them.
        self._network = None if tasks is None else NetworkSection("form_network", tasks, themes, starts_open=False)
        self._rest = set_identity(QWidget(), "rarer_settings", accessible="Less common settings")
        self._more = set_identity(QToolButton(), "more_settings", "Show or hide less common settings", "More settings")
        self._more.setProperty("kind", "inline")
        self._more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._more.clicked.connect(self._on_more)
        self._closed = set_identity(QLabel(CLOSED_FORM, wordWrap=True), "closed_form_note")
        self._closed.setProperty("role", "muted")
        self._closed.hide()
        self._estimate = set_identity(QLabel(wordWrap=True), "replay_estimate", accessible="Disk space for the replay")
        self._estimate.setProperty("role", "muted")
        self._estimate.hide()
        rest = QVBoxLayout(self._rest)
        layout = QVBoxLayout(self)
        for column in (rest, layout):
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(ROW_GAP)
        rest.addWidget(self._advanced)
        rest.addWidget(self._estimate)
        layout.addWidget(self._basic)
        layout.addWidget(self._closed)
        layout.addWidget(self._more, alignment=Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._rest)
        if self._network is not None:
            layout.addWidget(self._network)
            self._network.hide()
        self._rest.setVisible(str(settings().value(_OPEN)) == "true")
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    @property
    def family(self) -> str:
        """The catalogue name of the model family."""
        return self._family

    @property
    def model(self) -> ModelConfig:
        """The model's settings."""
        return replace(catalog.family(self._family).config_type(), **self._values("model"))

    @property
    def train(self) -> TrainConfig:
        """The training's settings."""
        return replace(TrainConfig(), **self._values("train"))

    @property
    def takes_steps(self) -> bool:
        """Whether the family is trained step by step instead of computed in closed form."""
        return catalog.family(self._family).model_type.trained_by_steps

    def add_rare(self, widget: QWidget) -> None:
        """Show a widget below the less common settings."""
        layout = self._rest.layout()
        assert layout is not None
        layout.addWidget(widget)

    def remove_rare(self, widget: QWidget) -> None:
        """Take a widget away that was added below the less common settings."""
        layout = self._rest.layout()
        assert layout is not None
        layout.removeWidget(widget)

    def show_network(self, model: ModelConfig, description: Description | None) -> None:
        """Draw the networks that these settings make for data of a description; without data there is none to draw."""
        if self._network is not None:
            found = None if description is None else architecture(model, description)
            self._network.show_network(found, f"{self._family}-network")

    def set_roomy(self, roomy: bool) -> None:
        """Show learning rate, seed and network among the basic settings, or among the less common ones."""
        if roomy != self._roomy:
            self._roomy = roomy
            if self._network is not None:
                is_shown = not self._network.isHidden()
                place = self.layout() if roomy else self._rest.layout()
                assert place is not None
                place.addWidget(self._network)
                self._network.setVisible(is_shown)
            self._place()

    def field(self, section: str, name: str) -> Field:
        """Return one of the form's fields."""
        return self._fields[section, name]

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the chosen family and of the training."""
        return tuple(self._fields.values())

    def has_field(self, section: str, name: str) -> bool:
        """Return whether the chosen family has a setting that has an effect, given the other settings."""
        return (section, name) in self._fields and self._matters(self._fields[section, name])

    def set_family(self, family: str) -> None:
        """Show the settings of a model family."""
        if family == self._family:
            return
        # Before the family changes: _keep compares with the old family's defaults.
        self._keep()
        self._family, self._has_epochs_of_run = family, False
        self._build()
        self.changed.emit()

    def take(self, model: ModelConfig, train: TrainConfig) -> None:
        """Show the settings of a run."""
        given, usual = (
            _values_of(RunConfig(model=model, train=train)),
            self._defaults_of(model.family),
        )
        # Values equal to the family's defaults are not kept, so that they do not follow into the next family.
        self._kept = {
            key: value for key, value in (self._kept | given).items() if key not in usual or value != usual[key]
        }
        self._has_epochs_of_run = True
        # Without fields _keep would have nothing to compare; it must not overwrite what was just set.
        self._discard_fields()
        self._family = model.family
        self._build()
        self.changed.emit()

    def set_samples(self, samples: int) -> None:
        """Show the default number of epochs for data with so many training samples, unless the user changed it."""
        if samples == self._samples:
            return
        shown, self._samples = self._defaults[EPOCHS], samples
        self._defaults = self._defaults_of(self._family)
        field = self._fields[EPOCHS]
        # The epochs of a run stay, even if they are the default for the data that was chosen before.
        if field.value == shown and not self._has_epochs_of_run:
            field.set_value(self._defaults[EPOCHS])

    def set_estimate(self, words: str) -> None:
        """Show the estimated disk size of the replay among the advanced settings; "" hides it."""
        self._estimate.setText(words)
        self._estimate.setVisible(bool(words) and not self._rest.isHidden())

    def wrong_field(self) -> Field | None:
        """Return the first field with an invalid value, or None."""
        try:
            _ = self.model, self.train
        except ConfigError as error:
            # The config checks combinations that no single field can: show its message at the field it names.
            self._show_field_problem(str(error))
        return next((field for field in self._fields.values() if field.problem and self._matters(field)), None)

    def _show_field_problem(self, problem: str) -> None:
        # Messages begin with "section.field = value".
        name = problem.partition(" = ")[0]
        for (section, field_name), field in self._fields.items():
            if name.startswith(f"{section}.{field_name}"):
                field.show_problem(problem)

    def show_field(self, field: Field) -> None:
        """Scroll a field into view and give it the focus."""
        # A hidden field cannot take the focus.
        if self._is_rare(field):
            self.show_more(True)
        field.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _keep(self) -> None:
        """Remember the values that the user changed, and those that could not be shown."""
        for key, field in self._fields.items():
            if field.value != self._defaults[key]:
                self._kept[key] = field.value
            # Back at the default by hand: forget it. An unfit value was never shown, so it stays.
            elif key not in self._unfit:
                self._kept.pop(key, None)

    def _defaults_of(self, family: str) -> dict[Key, Any]:
        """Return the default settings of a family, with the number of epochs for the chosen data."""
        entry = catalog.family(family)
        return _values_of(entry.defaults) | {EPOCHS: entry.epochs_for(self._samples)}

    def _build(self) -> None:
        family = catalog.family(self._family)
        sections = (("model", family.config_type), ("train", TrainConfig))
        self._defaults, self._unfit = self._defaults_of(self._family), set()
        fields: dict[Key, Field] = {}
        for section, config_type in sections:
            for description in describe_fields(config_type):
                key = section, description.name
                # The family's own default, which may differ from that of the config class.
                field = build_field(section, dataclasses.replace(description, default=self._defaults[key]), self)
                if key in self._kept and fits(self._kept[key], description):
                    field.set_value(self._kept[key])
                elif key in self._kept:
                    self._unfit.add(key)
                field.changed.connect(self._on_field)
                fields[key] = field
        self._discard_fields()
        self._fields = fields
        self._place()

    def _discard_fields(self) -> None:
        for columns in (self._basic, self._advanced):
            columns.clear()
        for field in self._fields.values():
            # Detached at once: deleteLater takes effect in the event loop, and the field would be drawn until then.
            field.setParent(None)
            field.deleteLater()
        self._fields = {}

    def _place(self) -> None:
        """Distribute the fields to the two halves of the form, with the sections as groups in them."""
        for columns in (self._basic, self._advanced):
            columns.clear()
        for columns, rare in ((self._basic, False), (self._advanced, True)):
            fields = [field for field in self._fields.values() if self._is_rare(field) == rare]
            columns.show_fields([[field for field in fields if field.section == one] for one in ("model", "train")])
        self._show_matching()

    def _is_rare(self, field: Field) -> bool:
        """Return whether a field is behind "More settings"."""
        key = field.section, field.name
        if key in LAST:
            return not self._roomy
        if key in CORRUPTION:
            return bool(self._defaults["train", "corruption"] == "none")
        return field.description.advanced

    @Slot()
    def _on_field(self) -> None:
        self._show_matching()
        self.changed.emit()

    def _matters(self, field: Field) -> bool:
        """Return whether a field is shown: it offers a choice, and the other settings give it an effect."""
        if len(field.description.choices) == 1 or (field.section == "train" and not self.takes_steps):
            return False
        return field.description.matters(self._values(field.section))

    def _show_matching(self) -> None:
        hidden = {field for field in self._fields.values() if not self._matters(field)}
        for columns in (self._basic, self._advanced):
            columns.hide_fields(hidden)
        self._closed.setVisible(not self.takes_steps)
        # A button that would reveal nothing is hidden.
        self._more.setVisible(any(self._is_rare(field) and field not in hidden for field in self._fields.values()))

    def _values(self, section: str) -> dict[str, Any]:
        return {name: field.value for (part, name), field in self._fields.items() if part == section}

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten the button's text if it does not fit."""
        super().resizeEvent(event)
        self._name_more()

    def _name_more(self) -> None:
        short = "More" if self._rest.isHidden() else "Fewer"
        words = f"{short} settings"
        room = self.width() - 3 * self._more.iconSize().width()
        self._more.setText(words if self._more.fontMetrics().horizontalAdvance(words) <= room else short)

    @Slot()
    def _on_more(self) -> None:
        self.show_more(self._rest.isHidden())
        # Only what the user does is remembered; a wrong field opens the settings for now.
        settings().setValue(_OPEN, "false" if self._rest.isHidden() else "true")

    def show_more(self, shown: bool) -> None:
        """Show or hide the less common settings."""
        self._rest.setVisible(shown)
        self._estimate.setVisible(shown and bool(self._estimate.text()))
        self._name_more()
        self._more.setIcon(icon("chevron-down" if shown else "chevron-right", self._themes.theme))

    @Slot()
    def _apply_theme(self) -> None:
        self.show_more(not self._rest.isHidden())


def _values_of(config: RunConfig) -> dict[Key, Any]:
    return {
        (section, description.name): getattr(part, description.name)
        for section, part in (("model", config.model), ("train", config.train))
        for description in describe_fields(type(part))
    }
