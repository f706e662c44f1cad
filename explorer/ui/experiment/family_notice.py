"""The list of model families, and the notice on the chosen one and the present data: whether they fit."""

from itertools import groupby

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from explorer.config import ConfigError, DataConfig, ModelConfig, RunConfig, TrainConfig
from explorer.data.catalog import source_title
from explorer.data.dataset import Description
from explorer.models import catalog
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.boxes import ChoiceBox
from explorer.ui.widgets.identity import set_identity


def fill_families(box: ChoiceBox) -> None:
    """List the model families under the headings of their groups, then the plug-ins that failed to load."""
    # The catalogue keeps the families of a group together, as `groupby` needs them.
    for group, families in groupby(catalog.families(), key=lambda family: family.group):
        box.add_heading(group)
        for family in families:
            box.add(family.title, family.name, family.summary)
            box.set_short_text(family.name, family.short_title)
    for name, problem in catalog.PLUGIN_PROBLEMS.items():
        box.add_unusable(name, problem)


class FamilyNotice(QFrame):
    """One sentence below the family and, if its example data would fit, a button that loads it.

    Signals
    -------
    data_wanted : DataConfig
        Load this example data.
    """

    data_wanted = Signal(object)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "family_notice", accessible="About the model on this data").setProperty("panel", "raised")
        self._themes = themes
        self._offer: DataConfig | None = None
        self._title = ""
        self._icon = QLabel()
        self._text = set_identity(
            QLabel(wordWrap=True), "family_notice_text", accessible="About the model on this data"
        )
        # Plain: a message may quote file names or settings with "<" in them.
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        # Ignored: the sentence wraps within the panel's width and must not widen it.
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._use = set_identity(QPushButton(), "use_example_data", "Load the example data of this model")
        self._use.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._use.clicked.connect(self._on_use)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self._text, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(6)
        column.addLayout(line)
        column.addWidget(self._use)
        self.hide()
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    @property
    def text(self) -> str:
        """The notice's text, or ""."""
        return self._text.text()

    def check(self, data: DataConfig, model: ModelConfig, train: TrainConfig, description: Description | None) -> None:
        """Show what is wrong with these settings on this data, or the family's warnings; nothing without data."""
        if description is None:
            self._show_text("")
            return
        # resolve() makes the checks that a training would make, without building the model.
        try:
            resolved = catalog.resolve(model, description)
        except ConfigError as error:
            self._show_text(_sentence(str(error)), _example_data(model, data, description))
            return
        self._show_text(" ".join(catalog.warnings(RunConfig(data=data, model=resolved, train=train), description)))

    def _show_text(self, text: str, offer: DataConfig | None = None) -> None:
        self._offer = offer
        self._text.setText(text)
        self._use.setVisible(offer is not None)
        if offer is not None:
            self._title = f"Use {source_title(offer.source)}"
            self._use.setAccessibleName(self._title)
            self._use.setToolTip(f"{self._title}: example data of this model")
            self._fit_title()
        self.setVisible(bool(text))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten the button's text to its width."""
        super().resizeEvent(event)
        self._fit_title()

    def _fit_title(self) -> None:
        # Padding of the button and of the frame.
        room = self.width() - round(4.5 * self.fontMetrics().height())
        self._use.setText(self._use.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideRight, max(0, room)))

    @Slot()
    def _on_use(self) -> None:
        if self._offer is not None:
            self.data_wanted.emit(self._offer)

    @Slot()
    def _apply_theme(self) -> None:
        pixels = round(16 * self._themes.scale)
        theme = self._themes.theme
        self._icon.setPixmap(icon("warning", theme, theme.warning).pixmap(QSize(pixels, pixels)))


def _example_data(model: ModelConfig, data: DataConfig, description: Description) -> DataConfig | None:
    """Return the family's example data if the data itself does not fit, whatever the settings are."""
    family = catalog.family(model.family)
    if family.data == data.source:
        return None
    # The defaults fail, too: no setting would help.
    try:
        catalog.resolve(family.defaults.model, description)
    except ConfigError:
        return DataConfig(source=family.data)
    return None


def _sentence(text: str) -> str:
    # A message that begins with a setting's name keeps its lower case.
    is_setting = not text.partition(" ")[0].isalpha()
    sentence = text if is_setting else text[:1].upper() + text[1:]
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
