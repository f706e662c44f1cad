"""Classes of the probe's decode: those that a conditional model offers, and the prediction of a user's classifier."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QButtonGroup, QComboBox, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from explorer.jobs.plane.scene import class_of_point, class_of_sample
from explorer.jobs.queries.decode_questions import DecodeEveryClass, Decodes
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.user_model.user_prediction import AskClassifier, Prediction
from explorer.jobs.workers.inference import Answer
from explorer.latent.evaluation.figure_text import percent
from explorer.ui.decode.decode_state import Decoded
from explorer.ui.pictures.renderers import render_sample
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.flow import FlowLayout
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import ElidingLabel


class PredictionLine(QLabel):
    """One line below the decode of the user's own model, "classified as 7 (83 %)"; hidden without a classifier.

    Each new decode of the probe's run is classified; the last prediction stays until the next one arrives.
    """

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_identity(
            self,
            "decode_prediction",
            "Class that your classifier predicts for this decode",
            "Prediction of your classifier",
        )
        self.setWordWrap(True)
        self.setProperty("role", "title")
        self._store = state.store
        self._asked: object = None  # the picture last classified
        self._run: OpenRun | None = None
        self._sample: int | None = None
        self._question = LiveQuestion(state.asker, self._on_answer, parent=self)
        self.hide()

    def show_decoded(self, decoded: Decoded) -> None:
        """Classify the decode of the probe's run."""
        probe = decoded.probe
        run = self._store.runs.get(probe.run) if probe is not None else None
        own = decoded.of(run.key) if run is not None else None
        # Only user models bring a classifier.
        if run is None or not run.is_user_model:
            self._run = self._asked = None
            self._question.drop()
            self.setText("")
            self.hide()
            return
        self._run, self._sample = run, None if probe is None else probe.sample
        # Identity: show_decoded also runs when another pane's answer arrives.
        if own is not None and own.picture is not self._asked:
            self._asked = own.picture
            self._question.ask(AskClassifier(run.key, own.picture), supersedes=False)

    def _on_answer(self, answer: Answer) -> None:
        # None after the probe moved to a run without a classifier.
        if self._run is not None:
            self.setText(prediction_text(answer.value, _class_of(self._run, self._sample)))
            self.setVisible(bool(self.text()))


def prediction_text(prediction: Prediction | None, label: str) -> str:
    """Return the prediction, and the sample's own class if it differs; "" without a classifier."""
    if prediction is None:
        return ""
    # share is None if the classifier returns only a class.
    share = "" if prediction.share is None else f" ({percent(prediction.share)})"
    other = f", but the sample is {label}" if label and label != prediction.class_name else ""
    return f"Classified as {prediction.class_name}{share}{other}"


def _class_of(run: OpenRun, sample: int | None) -> str:
    """Return the class name of a sample; "" if it is unknown, and for a point."""
    if run.plane is None or sample is None:
        return ""
    return run.description.class_name(run.plane.label_of(run.plane.row_of(sample)))


MAX_BUTTONS = 24
"""With more classes than this a list without pictures is shown."""
PICTURE_EMS = 2.2  # side of a picture, in text heights
OWN = 0
"""Button id of "the sample's own class"; class i has id i + 1, as Qt reserves -1."""


class ClassSection(QWidget):
    """The same z decoded as every class; a click chooses a class for all panes. Hidden for other models."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._store, self._session = state.store, state.session
        self._run: OpenRun | None = None
        self._asked: tuple[object, ...] = ()  # (run, z, step) of the newest question
        self._decodes: Decodes | None = None
        self._names: tuple[str, ...] = ()
        set_identity(self, "class_section", accessible="Decoded as class")
        self._head = ElidingLabel("Decoded as class")
        self._head.setProperty("role", "head")
        self._group = QButtonGroup(self)
        self._row = QWidget()
        # A flow layout wraps, so that its height depends on its width; the column's layout must know it.
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
        themes.changed.connect(self._apply_theme)
        self.hide()

    @property
    def buttons(self) -> tuple[QToolButton, ...]:
        """The buttons: a sample's own class first, then every class."""
        return tuple(button for button in self._group.buttons() if isinstance(button, QToolButton))

    def show_decoded(self, decoded: Decoded) -> None:
        """Show the classes of the probe's run, and check the chosen one."""
        probe = decoded.probe
        run = self._store.runs.get(probe.run) if probe is not None else None
        if run is None or probe is None or not run.capabilities.condition:
            # Without a run, pictures of an answer on its way are dropped in _show_pictures.
            self._run = None
            self._question.drop()
            self.hide()
            return
        self._run = run
        self._take_names(run.description.class_names)
        self._check(run, probe.sample)
        own = decoded.of(run.key)
        # With the z and weights of the decode that is shown, not of the probe, which may be ahead of it.
        if own is not None and len(self._names) <= MAX_BUTTONS:
            self._ask(run.key, own.z, own.step)
        self.show()

    def _take_names(self, names: tuple[str, ...]) -> None:
        # The same class names come with every answer; making the buttons again would lose the focus.
        if names == self._names:
            return
        # Pictures of other classes are of no use, and the question must be asked again: () equals no question.
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
        for index, name in enumerate(("own", *names) if few else ()):
            self._flow.addWidget(self._button(index, name))
        # New buttons have no style yet.
        self._apply_theme()

    def _button(self, index: int, name: str) -> QToolButton:
        tip = "Decode as the sample's own class" if index == OWN else f"Decode this z as class {name}"
        button = set_identity(QToolButton(), "class_own" if index == OWN else f"class_{index - 1}", tip)
        button.setText(name)
        button.setCheckable(True)
        self._group.addButton(button, index)
        return button

    def _check(self, run: OpenRun, sample: int | None) -> None:
        """Check the button of the class decoded; a point in latent space has no class of its own."""
        chosen = self._session.view.condition
        shown = class_of_point(run, chosen) if sample is None else class_of_sample(run, chosen)
        index = OWN if shown is None else shown + 1
        self._list.setCurrentIndex(index)
        self._note.setVisible(sample is not None and shown is not None)
        # With a list, there are no buttons.
        if (button := self._group.button(index)) is not None:
            button.setChecked(True)
        if (own := self._group.button(OWN)) is not None:
            # A point has no own class to go back to.
            own.setVisible(sample is not None)

    def _ask(self, key: str, z: tuple[float, ...], step: int) -> None:
        # Every answer of any pane arrives in show_decoded; only another z or other weights need new pictures.
        if (key, z, step) != self._asked:
            self._asked = (key, z, step)
            # False: answers to earlier questions still count, so that pictures follow the mouse during a drag.
            self._question.ask(DecodeEveryClass(key, z), supersedes=False)

    def _on_answer(self, answer: Answer) -> None:
        if isinstance(answer.value, Decodes):
            self._decodes = answer.value
            self._show_pictures()

    @Slot(int)
    def _on_chosen(self, index: int) -> None:
        self._session.set(condition=None if index == OWN else index - 1)

    def _show_pictures(self) -> None:
        run, decodes = self._run, self._decodes
        if run is None or decodes is None or run.description.kind != "image":
            return
        side = round(PICTURE_EMS * self.fontMetrics().height())
        for index, picture in enumerate(decodes.pictures):
            button = self._group.button(index + 1)
            if button is not None:
                image = render_sample(picture, run.description, self._themes.theme, side, self.devicePixelRatioF())
                button.setIcon(QIcon(QPixmap.fromImage(image)))

    @Slot()
    def _apply_theme(self) -> None:
        scale = self._themes.scale
        side = round(PICTURE_EMS * self.fontMetrics().height())
        pictures = self._run is not None and self._run.description.kind == "image"
        style = Qt.ToolButtonStyle.ToolButtonTextUnderIcon if pictures else Qt.ToolButtonStyle.ToolButtonTextOnly
        # In the style sheet: the theme's icon size there overrides `setIconSize`.
        size = f"qproperty-iconSize: {side}px {side}px;"
        words = f"padding: {round(2 * scale)}px; font-size: {round(11 * scale)}px;"
        for index, button in enumerate(self.buttons):
            button.setStyleSheet(f"QToolButton {{ {words} {size} }}")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly if index == OWN else style)
        self._show_pictures()
