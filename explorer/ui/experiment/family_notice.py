"""What is to be known of a family on the present data before it is trained: that it does not suit, or may copy."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from explorer.config import ConfigError, DataConfig, ModelConfig, RunConfig, TrainConfig
from explorer.data.dataset import Description
from explorer.models import catalog
from explorer.ui.experiment.data_picker import data_title
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity


class FamilyNotice(QFrame):
    """One sentence beneath the family, and where its example data would suit, a button that takes it.

    Signals
    -------
    data_wanted : DataConfig
        The family's example data is wanted.
    """

    data_wanted = Signal(object)

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(self, "family_notice", accessible="About the model on this data").setProperty("panel", "raised")
        self._themes = themes
        self._offer: DataConfig | None = None
        self._title = ""
        self._icon = QLabel()
        self._words = set_identity(
            QLabel(wordWrap=True), "family_notice_text", accessible="About the model on this data"
        )
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._use = set_identity(QPushButton(), "use_example_data", "Load the example data of this model")
        self._use.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._use.clicked.connect(self._on_use)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self._words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(6)
        column.addLayout(line)
        column.addWidget(self._use)
        self.hide()
        themes.changed.connect(self._redress)
        self._redress()

    @property
    def text(self) -> str:
        """What is said, or ""."""
        return self._words.text()

    def check(self, data: DataConfig, model: ModelConfig, train: TrainConfig, description: Description | None) -> None:
        """Say what is wrong with these settings on this data, or what they may do; nothing without data."""
        if description is None:
            self._show_text("")
            return
        try:
            resolved = catalog.resolve(model, description)
        except ConfigError as error:
            self._show_text(_sentence(str(error)), _example_data(model, data, description))
            return
        self._show_text(" ".join(catalog.warnings(RunConfig(data=data, model=resolved, train=train), description)))

    def _show_text(self, text: str, offer: DataConfig | None = None) -> None:
        self._offer = offer
        self._words.setText(text)
        self._use.setVisible(offer is not None)
        if offer is not None:
            self._title = f"Use {data_title(offer)}"
            self._use.setAccessibleName(self._title)
            self._use.setToolTip(f"{self._title}: example data of this model")
            self._fit_title()
        self.setVisible(bool(text))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten the button's words where they do not fit."""
        super().resizeEvent(event)
        self._fit_title()

    def _fit_title(self) -> None:
        room = self.width() - round(4.5 * self.fontMetrics().height())
        self._use.setText(self._use.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideRight, max(0, room)))

    @Slot()
    def _on_use(self) -> None:
        if self._offer is not None:
            self.data_wanted.emit(self._offer)

    @Slot()
    def _redress(self) -> None:
        pixels = round(16 * self._themes.scale)
        theme = self._themes.theme
        self._icon.setPixmap(icon("warning", theme, theme.warning).pixmap(QSize(pixels, pixels)))


def _example_data(model: ModelConfig, data: DataConfig, description: Description) -> DataConfig | None:
    """Return the family's example data where the present data is at fault, whatever the settings are."""
    family = catalog.family(model.family)
    if family.data == data.source:
        return None
    try:
        catalog.resolve(family.defaults.model, description)
    except ConfigError:
        return DataConfig(source=family.data)
    return None


def _sentence(text: str) -> str:
    is_setting = not text.partition(" ")[0].isalpha()
    sentence = text if is_setting else text[:1].upper() + text[1:]
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
