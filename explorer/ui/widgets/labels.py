"""Texts with little room: elided, with a shorter form, cut to a number of characters, or in a pop-up."""

import re

from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QMenu, QSizePolicy, QVBoxLayout, QWidget, QWidgetAction
from superqt import QElidingLabel


def popup_text(beside: QWidget, text: str, width: int) -> QMenu:
    """Show a text below a widget until the next click or key; return the pop-up."""
    # A menu, since Qt closes it by itself at a click elsewhere or Esc.
    popup = QMenu(beside)
    popup.setObjectName("definition")
    label = QLabel(text, wordWrap=True)
    label.setFixedWidth(width)
    label.setContentsMargins(*[width // 30] * 4)
    action = QWidgetAction(popup)
    action.setDefaultWidget(label)
    popup.addAction(action)
    popup.aboutToHide.connect(popup.deleteLater)
    popup.popup(beside.mapToGlobal(QPoint(0, beside.height())))
    return popup


def sentence(reason: str) -> str:
    """Return a reason as a sentence: with a capital letter first and a full stop."""
    return f"{reason[:1].upper()}{reason[1:].rstrip('.')}."


def cut_text(text: str, max_characters: int) -> str:
    """Return a text of at most ``max_characters``, with an ellipsis where its end is cut off."""
    return text if len(text) <= max_characters else text[: max_characters - 1] + "…"


def cut_middle(text: str, max_characters: int) -> str:
    """Return a text of at most ``max_characters``, with an ellipsis in place of its middle."""
    if len(text) <= max_characters:
        return text
    # Related names often differ only in the last word, which a cut at the end would remove.
    tail = (max_characters - 1) // 2
    return f"{text[: max_characters - 1 - tail].rstrip()}…{text[-tail:].lstrip()}"


class ElidingLabel(QElidingLabel):
    """A QElidingLabel that grows again: superqt's own requests only the width of its last elided text."""

    def setText(self, txt: str) -> None:
        """Set the text and request its width."""
        super().setText(txt)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the size of the full text."""
        metrics = self.fontMetrics()
        # The extra space: without it rounding may elide a text that fits.
        return QSize(metrics.horizontalAdvance(self.text() + " "), metrics.height())


def short_forms(sentence: str) -> tuple[str, ...]:
    """Return a sentence and its shorter forms: without the clauses after each comma, all after the colon, brackets.

    "The posterior has collapsed: KL is 0 nats, so every z decodes alike." is also "The posterior has collapsed: KL is
    0 nats." and "The posterior has collapsed."
    """
    head, colon, rest = sentence.partition(":")
    stop = "." if sentence.endswith(".") else ""
    forms, clauses = [sentence], rest.rstrip(".").split(", ")
    for kept in range(len(clauses) - 1, 0, -1):
        forms.append(f"{head}:{', '.join(clauses[:kept])}{stop}")
    if colon:
        forms.append(f"{head}{stop}")
    brief = re.sub(r" \([^()]*\)", "", forms[-1])
    return (*forms, brief) if brief != forms[-1] else tuple(forms)


class FittingLabel(QLabel):
    """A label of one line that shows the longest of several forms of a text that fits.

    Only where even the shortest one does not fit is its end (or what ``elide`` says) cut: an empty line would say
    nothing. The tooltip is the longest form, unless another one is set.
    """

    def __init__(self, parent: QWidget | None = None, elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__(parent)
        self._forms: tuple[str, ...] = ()
        self._elide = elide
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def set_forms(self, *forms: str) -> None:
        """Set the forms, the longest first."""
        if forms != self._forms:
            self._forms = forms
            self.setToolTip(self.longest)
            self.setAccessibleDescription(self.longest)
            self.updateGeometry()
            self._fit()

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms, the longest first."""
        return self._forms

    @property
    def longest(self) -> str:
        """The longest form, which is the whole text."""
        return self._forms[0] if self._forms else ""

    def sizeHint(self) -> QSize:
        """Return the size of the longest form."""
        # The extra space: without it rounding may leave out a text that fits.
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(f"{self.longest} ") if self.longest else 0, metrics.height())

    def minimumSizeHint(self) -> QSize:
        """Return the size of the shortest form."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(f"{self._forms[-1]} ") if self._forms else 0, metrics.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the form that fits the new width."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Choose the form that fits in the new font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def _fit(self) -> None:
        metrics = self.fontMetrics()
        fitting = (form for form in self._forms if metrics.horizontalAdvance(form) <= self.width())
        shortest = self._forms[-1] if self._forms else ""
        self.setText(next(fitting, metrics.elidedText(shortest, self._elide, self.width())))


class FieldLabel(QLabel):
    """A muted label that shows ``text`` if it fits in one line, else ``short`` if that fits, else ``text`` wrapped."""

    def __init__(self, text: str, short: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._texts = (text, short) if short else (text,)
        self.setProperty("role", "muted")
        self.setWordWrap(True)
        # Of any width: the column decides, and the text follows.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAlignment(Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft)

    def height_for(self, width: int) -> int:
        """Return the height of the text that is shown at a width."""
        metrics = self.fontMetrics()
        flags = int(Qt.TextFlag.TextWordWrap)
        return metrics.boundingRect(0, 0, max(1, width), 10_000, flags, self._text_for(width)).height()

    def minimumSizeHint(self) -> QSize:
        """Return a height for one line, and no width."""
        return QSize(0, self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the text for the new width."""
        super().resizeEvent(event)
        text = self._text_for(event.size().width())
        if text != self.text():
            self.setText(text)

    def _text_for(self, width: int) -> str:
        fitting = (text for text in self._texts if self.fontMetrics().horizontalAdvance(text) <= width)
        return next(fitting, self._texts[0])


LABEL_GAP, ROW_GAP = 3, 6
"""Pixels between a label and the field below it, and between two rows of a form."""


def labelled(text: str, field: QWidget, *below: QWidget, block: QWidget | None = None) -> QWidget:
    """Return a field with its label above it and other widgets below it, in ``block`` or a new widget."""
    label = FieldLabel(text)
    label.setBuddy(field)
    block = QWidget() if block is None else block
    layout = QVBoxLayout(block)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(LABEL_GAP)
    for widget in (label, field, *below):
        layout.addWidget(widget)
    return block
