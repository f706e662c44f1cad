"""Editors of config fields: label, box, tooltip with range, and a sentence below a wrong value."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from explorer.config import FieldDescription, items_text, range_text, read_items
from explorer.ui.widgets.boxes import ChoiceBox, NumberBox, WholeNumberBox
from explorer.ui.widgets.identity import set_identity, set_style_property
from explorer.ui.widgets.labels import LABEL_GAP, FieldLabel

SHORT_LABELS = {
    "Batch size, samples": "Batch size",
    "Latent dimensions": "Latent dim.",
    "Learning rate over time": "Rate over time",
}
"""Labels for a column that is too narrow for the full one, which the tooltip and screen readers give."""
CHOICE_TITLES = {
    "relu": "ReLU",
    "gelu": "GELU",
    "silu": "SiLU",
    "leaky_relu": "Leaky ReLU",
    "kl": "KL",
    "continuous bernoulli": "Continuous Bernoulli",
    "gaussian with learned sigma": "Gaussian, learned σ",
    "zero-inflated poisson": "Zero-inflated Poisson",
    "by column with learned sigma": "By column, learned σ",
}
"""Titles of choices that are more than the choice with a capital letter."""
SHORT_CHOICES = {
    "Convolutional": "Conv.",
    "Leaky ReLU": "Leaky",
    "Zero-inflated negative binomial": "Zero-infl. neg. binomial",
}
"""Titles of choices for a box that is too narrow for the full one."""


MAX_LETTERS = 9
"""Letters of a choice above which its box takes both columns of a form."""


def choice_title(choice: str) -> str:
    """Return the title of a choice in a drop-down: ``"Free bits"``."""
    # float32 and tanh are names.
    named = choice[-1:].isdigit() and choice != "l1"
    return choice if named or choice == "tanh" else CHOICE_TITLES.get(choice, choice[:1].upper() + choice[1:])


class Field(QWidget):
    """A config field in a form; the widget to edit it is ``editor``, named ``<section>_<name>``.

    Signals
    -------
    changed
        The value changed, by the user or by `set_value`.
    """

    changed = Signal()

    def __init__(self, section: str, description: FieldDescription, editor: QWidget, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.section, self.description, self.editor = section, description, editor
        self._problem = ""
        self._label = FieldLabel(_label(description), SHORT_LABELS.get(_label(description), ""))
        self._label.setBuddy(editor)
        self._fault = set_identity(
            QLabel(wordWrap=True), f"{section}_{description.name}_fault", accessible="What is wrong"
        )
        self._fault.setProperty("role", "error")
        self._fault.hide()
        set_identity(editor, f"{section}_{description.name}", _tip(description), _label(description))
        self._label.setToolTip(editor.toolTip())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(LABEL_GAP)
        # Whoever lays the fields out may add a mark at the end of the label.
        self.head = QHBoxLayout()
        self.head.addWidget(self._label, 1)
        layout.addLayout(self.head)
        layout.addWidget(editor)
        layout.addWidget(self._fault)

    def label_height(self, width: int) -> int:
        """Return the height that the label needs at a width."""
        return 0 if self._label.isHidden() else self._label.height_for(width)

    def set_label_height(self, height: int) -> None:
        """Set the label's height to that of its neighbour, so that the boxes of a row are level."""
        if self._label.minimumHeight() != height or self._label.maximumHeight() != height:
            self._label.setFixedHeight(height)

    @property
    def wide(self) -> bool:
        """Whether the field takes both columns of a form."""
        return False

    @property
    def name(self) -> str:
        """The config field's name."""
        return self.description.name

    @property
    def problem(self) -> str:
        """A sentence on what is wrong with the value, or ""."""
        return self._problem

    @property
    def value(self) -> Any:
        """The value; while the typed text is wrong, the last correct one."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Show a value."""
        raise NotImplementedError

    def show_problem(self, problem: str, *, blocks: bool = True) -> None:
        """Show what is wrong below the box; "" removes it. With ``blocks`` it keeps a run from training."""
        self._problem = problem if blocks else ""
        self._fault.setText(problem)
        self._fault.setVisible(bool(problem))
        set_style_property(self.editor, "invalid", bool(self._problem))


class NumberField(Field):
    """An integer or a real number."""

    editor: WholeNumberBox | NumberBox

    def __init__(self, section: str, description: FieldDescription, parent: QWidget | None = None) -> None:
        box = WholeNumberBox(description) if description.kind == "int" else NumberBox(description)
        super().__init__(section, description, box, parent)
        self.set_value(description.default)
        box.valueChanged.connect(self._on_value)
        box.lineEdit().textEdited.connect(self._on_text)
        box.editingFinished.connect(self._on_left)

    @property
    def value(self) -> int | float:
        """The number in the box."""
        # A spin box interprets its text only when it loses the focus; Train may be pressed by a shortcut before that.
        if self.editor.hasAcceptableInput():
            self.editor.interpretText()
        return self.editor.value()

    def set_value(self, value: float) -> None:
        """Show a number."""
        self.show_problem("")
        if isinstance(self.editor, WholeNumberBox):
            self.editor.setValue(int(value))
        else:
            self.editor.setValue(value)

    @Slot()
    def _on_value(self) -> None:
        self.show_problem("")
        self.changed.emit()

    @Slot(str)
    def _on_text(self, text: str) -> None:
        # For text that is not a number only textEdited is emitted, not valueChanged.
        self.show_problem("" if self.editor.hasAcceptableInput() else self._sentence())

    @Slot()
    def _on_left(self) -> None:
        # The box has returned to its last correct value by itself: a remark on that must not keep a run from training.
        if self.problem:
            self.show_problem(f"{self._sentence()} It stays {self.editor.text()}.", blocks=False)

    def _sentence(self) -> str:
        what = "a whole number" if self.description.kind == "int" else "a number"
        limits = range_text(self.description)
        return f"Must be {what}{f', {limits}' if limits else ''}."


class ChoiceField(Field):
    """One of a fixed set of words; others, such as a file's columns, can be given."""

    editor: ChoiceBox

    def __init__(
        self,
        section: str,
        description: FieldDescription,
        parent: QWidget | None = None,
        choices: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(section, description, ChoiceBox(), parent)
        for value, text in choices or [(choice, choice_title(choice)) for choice in description.choices]:
            self.editor.addItem(text, value)
            self.editor.set_short_text(value, SHORT_CHOICES.get(text, ""))
        self.set_value(description.default)
        self.editor.currentIndexChanged.connect(self.changed)

    @property
    def wide(self) -> bool:
        """Whether a choice is too long for one column."""
        titles = map(self.editor.itemText, range(self.editor.count()))
        return any(len(SHORT_CHOICES.get(title, title)) > MAX_LETTERS for title in titles)

    @property
    def value(self) -> str:
        """The chosen word."""
        return str(self.editor.currentData())

    def set_value(self, value: str) -> None:
        """Select a word; one that is not among the choices is added."""
        # A run's settings may name a column that this file lacks. Showing another choice would change them.
        if self.editor.findData(value) < 0:
            self.editor.addItem(value, value)
        self.editor.choose(value)


class TextField(Field):
    """A line of text, or a list of items separated by commas; quotes protect a comma."""

    editor: QLineEdit

    def __init__(self, section: str, description: FieldDescription, parent: QWidget | None = None) -> None:
        super().__init__(section, description, QLineEdit(), parent)
        self._value: Any = description.default
        if description.is_list and not description.default:
            self.editor.setPlaceholderText("empty")  # an empty list is a choice; the tooltip explains it
        self.set_value(description.default)
        self.editor.textEdited.connect(self._on_text)

    @property
    def wide(self) -> bool:
        """Whether it is a list of texts, which are longer than numbers."""
        return self.description.item_kind == "text"

    @property
    def value(self) -> Any:
        """The text, or a tuple of the list's items; while the text is wrong, the last correct one."""
        return self._value

    def set_value(self, value: Any) -> None:
        """Show a text or a list."""
        self.show_problem("")
        if value == self._value and self.editor.text():
            return
        self._value = value
        self.editor.setText(items_text(value, ", ") if self.description.is_list else str(value))
        self.editor.setCursorPosition(0)
        self.changed.emit()

    @Slot(str)
    def _on_text(self, text: str) -> None:
        try:
            value = self._read(text)
        except ValueError:
            self.show_problem(self._sentence())
            return
        self.show_problem("")
        if value != self._value:
            self._value = value
            self.changed.emit()

    def _sentence(self) -> str:
        if not self.description.is_list:
            return self.description.help
        kind = {"int": "whole numbers from 1 up", "float": "numbers"}[self.description.item_kind]
        example = ", ".join(map(str, self.description.default))
        return f"Must be {kind}{example and f', such as {example}'}."

    def _read(self, text: str) -> Any:
        if not self.description.is_list:
            if not re.fullmatch(self.description.pattern or ".*", text.strip()):
                raise ValueError(text)
            return text.strip()
        read = _ITEMS[self.description.item_kind]
        # A comma at the end is allowed, as it is typed before the next item.
        return tuple(read(item) for item in read_items(text))


class CheckField(Field):
    """Yes or no."""

    editor: QCheckBox

    def __init__(self, section: str, description: FieldDescription, parent: QWidget | None = None) -> None:
        super().__init__(section, description, QCheckBox(description.label), parent)
        self._label.hide()  # the box has its own
        self.set_value(description.default)
        self.editor.toggled.connect(self.changed)

    @property
    def wide(self) -> bool:
        """True: the text is beside the box."""
        return True

    @property
    def value(self) -> bool:
        """Whether the box is checked."""
        return self.editor.isChecked()

    def set_value(self, value: bool) -> None:
        """Check or uncheck the box."""
        self.editor.setChecked(value)


_KINDS: dict[str, Callable[[str, FieldDescription, QWidget | None], Field]] = {
    "int": NumberField,
    "float": NumberField,
    "choice": ChoiceField,
    "list": TextField,
    "text": TextField,
    "bool": CheckField,
}


def build_field(section: str, description: FieldDescription, parent: QWidget | None = None) -> Field:
    """Return the editor for a config field."""
    return _KINDS[description.kind](section, description, parent)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


# Integers in lists are widths and channels, and must be positive.
_ITEMS: dict[str, Callable[[str], Any]] = {"int": _positive, "float": float, "text": str}


def _label(description: FieldDescription) -> str:
    known = not description.unit or description.unit in description.label.lower()
    return description.label if known else f"{description.label}, {description.unit}"


def _tip(description: FieldDescription) -> str:
    limits = range_text(description)
    unit = f" {description.unit}" if description.unit and limits else ""
    return f"{description.help} ({limits}{unit})" if limits else description.help


def fits(value: Any, description: FieldDescription) -> bool:
    """Return whether a field accepts a value, which may come from another family's field of the same name."""
    if description.kind == "choice":
        return value in description.choices
    if description.kind == "list":
        return isinstance(value, tuple)
    if description.kind not in ("int", "float"):
        return isinstance(value, type(description.default))
    low, high = description.minimum, description.maximum
    # bool is a subclass of int in Python.
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and (low is None or value >= low) and (high is None or value <= high)
