"""The classes that a conditional model may decode the probe's z as: what each looks like, and the choice."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QButtonGroup, QComboBox, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from explorer.jobs.plane.classes import class_of_place, class_of_sample
from explorer.jobs.queries.decode_questions import DecodeEveryClass, Decodes
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.ui.decode.decoded import Decoded
from explorer.ui.pictures.renderers import render_sample
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.eliding_label import ElidingLabel
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity

MAX_BUTTONS = 24
"""More classes than this are chosen from a list, without pictures."""
PICTURE_EMS = 2.2
OWN = 0
"""The button of a sample's own class; class i has i + 1."""


class ClassSection(QWidget):
    """Shows the same z as every class; a click decodes it as that class, everywhere. Hidden for all other models."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._store, self._session = state.store, state.session
        self._run: OpenRun | None = None
        self._asked: tuple[object, ...] = ()
        self._decodes: Decodes | None = None
        self._names: tuple[str, ...] = ()
        set_identity(self, "class_section", accessible="Decoded as class")
        self._head = ElidingLabel("DECODED AS CLASS")
        self._head.setProperty("role", "head")
        self._group = QButtonGroup(self)
        self._row = QWidget()
        self._flow = FlowLayout(self._row, spacing=2)
        policy = self._row.sizePolicy()
        policy.setHeightForWidth(True)
        policy.setVerticalPolicy(QSizePolicy.Policy.Minimum)
        self._row.setSizePolicy(policy)
        self._list = set_identity(QComboBox(), "class_list", "Class that this z is decoded as", "Decoded as class")
        self._note = set_identity(
            QLabel("The same z decoded as another class. The loss is that of its own class."), "class_note"
        )
        self._note.setProperty("role", "muted")
        self._note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for widget in (self._head, self._row, self._list, self._note):
            column.addWidget(widget)
        self._group.idClicked.connect(self._on_chosen)
        self._list.activated.connect(self._on_chosen)
        self._question = LiveQuestion(state.asker, self._on_answer, parent=self)
        themes.changed.connect(self._redress)
        self.hide()

    @property
    def buttons(self) -> tuple[QToolButton, ...]:
        """A sample's own class first, then every class."""
        return tuple(button for button in self._group.buttons() if isinstance(button, QToolButton))

    def show_decoded(self, decoded: Decoded) -> None:
        """Show the classes of the probe's run, and which one it is decoded as."""
        probe = decoded.probe
        run = self._store.runs.get(probe.run) if probe is not None else None
        if run is None or probe is None or not run.capabilities.condition:
            self._run = None
            self._question.drop()
            self.hide()
            return
        self._run = run
        self._take_names(run.description.class_names)
        self._check(run, probe.sample)
        own = decoded.of(run.key)
        if own is not None and len(self._names) <= MAX_BUTTONS:
            self._ask(run.key, own.z, own.step)
        self.show()

    def _take_names(self, names: tuple[str, ...]) -> None:
        if names == self._names:
            return
        self._names, self._decodes, self._asked = names, None, ()
        for button in self._group.buttons():
            self._group.removeButton(button)
            self._flow.removeWidget(button)
            button.deleteLater()
        self._list.clear()
        self._list.addItems(["its own class", *names])
        few = len(names) <= MAX_BUTTONS
        self._list.setVisible(not few)
        self._row.setVisible(few)
        for place, name in enumerate(("own", *names) if few else ()):
            self._flow.addWidget(self._button(place, name))
        self._redress()

    def _button(self, place: int, name: str) -> QToolButton:
        tip = "Decode as the sample's own class" if place == OWN else f"Decode this z as class {name}"
        button = set_identity(QToolButton(), "class_own" if place == OWN else f"class_{place - 1}", tip)
        button.setText(name)
        button.setCheckable(True)
        self._group.addButton(button, place)
        return button

    def _check(self, run: OpenRun, sample: int | None) -> None:
        """Check the class that is decoded; a place has none of its own."""
        chosen = self._session.view.condition
        shown = class_of_place(run, chosen) if sample is None else class_of_sample(run, chosen)
        place = OWN if shown is None else shown + 1
        self._list.setCurrentIndex(place)
        self._note.setVisible(sample is not None and shown is not None)
        if (button := self._group.button(place)) is not None:
            button.setChecked(True)
        if (own := self._group.button(OWN)) is not None:
            own.setVisible(sample is not None)

    def _ask(self, key: str, z: tuple[float, ...], step: int) -> None:
        if (key, z, step) != self._asked:
            self._asked = (key, z, step)
            self._question.ask(DecodeEveryClass(key, z), supersedes=False)

    def _on_answer(self, answer: Answer) -> None:
        if isinstance(answer.value, Decodes):
            self._decodes = answer.value
            self._show_pictures()

    @Slot(int)
    def _on_chosen(self, place: int) -> None:
        self._session.set(condition=None if place == OWN else place - 1)

    def _show_pictures(self) -> None:
        run, decodes = self._run, self._decodes
        if run is None or decodes is None or run.description.kind != "image":
            return
        side = round(PICTURE_EMS * self.fontMetrics().height())
        for place, picture in enumerate(decodes.pictures):
            button = self._group.button(place + 1)
            if button is not None:
                image = render_sample(picture, run.description, self._themes.theme, side, self.devicePixelRatioF())
                button.setIcon(QIcon(QPixmap.fromImage(image)))

    @Slot()
    def _redress(self) -> None:
        scale = self._themes.scale
        side = round(PICTURE_EMS * self.fontMetrics().height())
        pictures = self._run is not None and self._run.description.kind == "image"
        style = Qt.ToolButtonStyle.ToolButtonTextUnderIcon if pictures else Qt.ToolButtonStyle.ToolButtonTextOnly
        # In the style, as the theme's own size of icons would go before `setIconSize`.
        size = f"qproperty-iconSize: {side}px {side}px;"
        words = f"padding: {round(2 * scale)}px; font-size: {round(11 * scale)}px;"
        for place, button in enumerate(self.buttons):
            button.setStyleSheet(f"QToolButton {{ {words} {size} }}")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly if place == OWN else style)
        self._show_pictures()
