"""Combo boxes and spin boxes for forms in a narrow, scrolling column.

They may be narrower than their contents, leave the wheel to the column unless focused, and accept wrong input while it
is typed. `JumpSlider` is a slider that jumps to where it is pressed.
"""

import math

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPalette, QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionComboBox,
    QStyleOptionSlider,
    QStyleOptionViewItem,
    QWidget,
)

from explorer.config import FieldDescription

# QDoubleSpinBox rounds its value to this number of decimals.
DECIMALS = 10
EDGE = 4
"""Pixels between a long list and the edge of the screen."""
_INT_LIMIT = 2**31 - 1
_FLOAT_LIMIT = 1e12


_FLAGS_ROLE = int(Qt.ItemDataRole.UserRole) - 1
"""Role of an entry's flags in Qt's model of a combo box; the value 0 disables the entry."""


_SHORT_ROLE = int(Qt.ItemDataRole.UserRole) + 7
"""Role of the text that is shown in a box too narrow for the entry's own."""


class JumpSlider(QSlider):
    """A horizontal slider. A press anywhere begins a drag there; press and drag are one undo step.

    Parameters
    ----------
    wheel_needs_focus
        Whether the wheel moves the slider only while it has the focus, so that scrolling a panel changes no value.
    """

    def __init__(self, parent: QWidget | None = None, *, wheel_needs_focus: bool = False) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._wheel_needs_focus = wheel_needs_focus

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the handle to the cursor and begin a drag."""
        handle = self._handle()
        if event.button() == Qt.MouseButton.LeftButton and not handle.contains(event.position().toPoint()):
            # Down before the move: listeners then treat the jump as a part of the drag.
            self.setSliderDown(True)
            span = self.width() - handle.width()
            across = round(event.position().x() - handle.width() / 2)
            self.setSliderPosition(QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), across, span))
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag."""
        super().mouseReleaseEvent(event)
        # Qt ends only drags that began on the handle; one that began above or below it is ended here.
        if self.isSliderDown() and event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Move the slider, or leave the wheel to the area that scrolls."""
        if self._wheel_needs_focus and not self.hasFocus():
            event.ignore()  # Qt then passes the event to the parent
        else:
            super().wheelEvent(event)

    def _handle(self) -> QRect:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        control = QStyle.ComplexControl.CC_Slider
        return self.style().subControlRect(control, option, QStyle.SubControl.SC_SliderHandle, self)


INDENT_EMS = 0.5
"""Indentation in text heights. A style sheet cannot set it: Qt ignores the left padding of a styled spin box."""


class IntegerBox(QSpinBox):
    """A spin box for integers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _indent(self)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        _follow(self, event)


class DecimalBox(QDoubleSpinBox):
    """A spin box for floats."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _indent(self)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        _follow(self, event)


def _follow(box: QAbstractSpinBox, event: QEvent) -> None:
    if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
        _indent(box)


def _indent(box: QAbstractSpinBox) -> None:
    box.lineEdit().setTextMargins(round(INDENT_EMS * box.fontMetrics().height()), 0, 0, 0)


class HeadingDelegate(QStyledItemDelegate):
    """Draws the headings in a combo box's list as legible text, not greyed out."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Style a heading as enabled. It is in fact disabled, so that the arrow keys skip it."""
        super().initStyleOption(option, index)
        if index.data(Qt.ItemDataRole.FontRole) is not None:
            option.state |= QStyle.StateFlag.State_Enabled


class ChoiceBox(QComboBox):
    """A combo box that may be narrower than its entries and elides the current one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(4)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def add(self, title: str, value: object, tip: str) -> None:
        """Add an entry with a tooltip of its own."""
        self.addItem(title, value)
        self.setItemData(self.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)

    def set_short_text(self, value: object, text: str) -> None:
        """Set the text of an entry for a box that is too narrow for its title; the list and the tooltip keep that."""
        self.setItemData(self.findData(value), text, _SHORT_ROLE)

    def add_heading(self, text: str) -> None:
        """Add a heading, which cannot be chosen."""
        if not isinstance(self.itemDelegate(), HeadingDelegate):
            self.setItemDelegate(HeadingDelegate(self))
        self.addItem(text, None)
        font = self.font()
        font.setBold(True)
        self.setItemData(self.count() - 1, font, Qt.ItemDataRole.FontRole)
        self.setItemData(self.count() - 1, 0, _FLAGS_ROLE)

    def add_unusable(self, name: str, problem: str) -> None:
        """Add a disabled entry, such as a plug-in that failed; its tooltip gives the reason."""
        self.add(f"{name} (cannot be used)", None, problem)
        self.setItemData(self.count() - 1, 0, _FLAGS_ROLE)

    def set_usable(self, value: object, tip: str, why_not: str = "") -> None:
        """Enable the entry whose data is ``value``, or disable it; its tooltip then gives the reason."""
        index = self.findData(value)
        if index >= 0:
            self.setItemData(index, f"{tip} Not available: {why_not}." if why_not else tip, Qt.ItemDataRole.ToolTipRole)
            # None restores Qt's own flags.
            self.setItemData(index, 0 if why_not else None, _FLAGS_ROLE)

    def choose(self, value: object) -> None:
        """Select the entry whose data is ``value``; do nothing if there is none."""
        index = self.findData(value)
        if index >= 0:
            self.setCurrentIndex(index)

    def minimumSizeHint(self) -> QSize:
        """Return a width for the arrow and a few letters."""
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), 4 * self.fontMetrics().height()), hint.height())

    def showPopup(self) -> None:
        """Open the list as wide as its longest entry, and high enough for all entries."""
        view = self.view()
        view.setMinimumWidth(max(self.width(), view.sizeHintForColumn(0) + 3 * self.fontMetrics().height()))
        super().showPopup()
        self._show_all_rows()

    def _show_all_rows(self) -> None:
        # Qt opens a list below or above its box, where a long one gets a scroll bar although the screen has room.
        view, popup, screen = self.view(), self.view().window(), self.screen().availableGeometry()
        screen.adjust(0, EDGE, 0, -EDGE)
        rows = sum(view.sizeHintForRow(row) for row in range(self.count()))
        if rows <= view.viewport().height():
            return
        height = min(rows + popup.height() - view.viewport().height(), screen.height())
        top = max(screen.top(), min(popup.y(), screen.bottom() + 1 - height))
        popup.setGeometry(popup.x(), top, popup.width(), height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the current entry elided; Qt would cut it off."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        control, room = QStyle.ComplexControl.CC_ComboBox, self.text_room()
        shown = self.fontMetrics().elidedText(self.text_for(room.width()), Qt.TextElideMode.ElideMiddle, room.width())
        group = QPalette.ColorGroup.Normal if self.isEnabled() else QPalette.ColorGroup.Disabled
        with QPainter(self) as painter:
            # No QStylePainter: its context manager is typed as a plain QPainter.
            self.style().drawComplexControl(control, option, painter, self)
            painter.setPen(option.palette.color(group, QPalette.ColorRole.Text))
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def text_room(self) -> QRect:
        """Return where the text is drawn."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        control = QStyle.ComplexControl.CC_ComboBox
        room = self.style().subControlRect(control, option, QStyle.SubControl.SC_ComboBoxEditField, self)
        arrow = self.style().subControlRect(control, option, QStyle.SubControl.SC_ComboBoxArrow, self)
        # The arrow's own area is wider than the arrow.
        room.setRight(arrow.left() + (arrow.width() - self.iconSize().width()) // 4)
        return room

    def text_for(self, width: int) -> str:
        """Return the text that is shown in a width: the current title, or its short form if only that fits."""
        text = self.currentText() if self.currentIndex() >= 0 else self.placeholderText()
        short = self.currentData(_SHORT_ROLE)
        return short if short and self.fontMetrics().horizontalAdvance(text) > width else text

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the column unless the box has the focus."""
        _wheel(self, event, super().wheelEvent)


class WholeNumberBox(QSpinBox):
    """A spin box for an integer config field. Wrong input can be typed but does not change the value."""

    def __init__(self, field: FieldDescription, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = field
        low, high = _limits(field, _INT_LIMIT)
        self.setRange(int(low), int(high))
        self.setAccelerated(True)
        _prepare(self)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        _follow(self, event)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Accept integers in range; anything else is intermediate, so that it can be typed and marked as wrong."""
        try:
            number = int(text.strip().replace(",", "").replace("\N{MINUS SIGN}", "-"))
        except ValueError:
            return QValidator.State.Intermediate, text, position
        return _state(self.minimum() <= number <= self.maximum()), text, position

    def valueFromText(self, text: str) -> int:
        """Read the number."""
        return int(text.strip().replace(",", "").replace("\N{MINUS SIGN}", "-"))

    def textFromValue(self, value: int) -> str:
        """Write the number without separators."""
        return str(value)

    def minimumSizeHint(self) -> QSize:
        """Return a width of at most nine digits; the column decides the actual one."""
        return _narrow(self, super().minimumSizeHint())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the column unless the box has the focus."""
        _wheel(self, event, super().wheelEvent)


class NumberBox(QDoubleSpinBox):
    """A spin box for a float config field, which shows 0.001 without trailing zeros and accepts 1e-3."""

    def __init__(self, field: FieldDescription, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = field
        low, high = _limits(field, _FLOAT_LIMIT)
        self.setDecimals(DECIMALS)
        self.setRange(low + 10.0**-DECIMALS if field.exclusive_minimum else low, high)
        self.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self.setAccelerated(True)
        _prepare(self)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        _follow(self, event)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Accept numbers in range; anything else is intermediate, so that it can be typed and marked as wrong."""
        number = _read(text)
        return _state(number is not None and self.minimum() <= number <= self.maximum()), text, position

    def valueFromText(self, text: str) -> float:
        """Return the number in a text, which may be in scientific notation."""
        number = _read(text)
        return self.value() if number is None else number

    def textFromValue(self, value: float) -> str:
        """Return a number with up to ten significant digits and no trailing zeros."""
        return f"{value:.10g}"

    def minimumSizeHint(self) -> QSize:
        """Return a width of at most nine digits; the column decides the actual one."""
        return _narrow(self, super().minimumSizeHint())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the column unless the box has the focus."""
        _wheel(self, event, super().wheelEvent)


def _limits(field: FieldDescription, limit: float) -> tuple[float, float]:
    low = -limit if field.minimum is None else field.minimum
    high = limit if field.maximum is None else field.maximum
    return low, high


def _prepare(box: QAbstractSpinBox) -> None:
    _indent(box)
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    box.setKeyboardTracking(False)  # otherwise the 9 of 900 would be applied while typing
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)


def _narrow(box: QAbstractSpinBox, hint: QSize) -> QSize:
    return QSize(min(hint.width(), box.fontMetrics().horizontalAdvance("0" * 9)), hint.height())


def _read(text: str) -> float | None:
    try:
        number = float(text.strip().replace(",", ".").replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _state(fits: bool) -> QValidator.State:
    return QValidator.State.Acceptable if fits else QValidator.State.Intermediate


def _wheel(box: QWidget, event: QWheelEvent, otherwise: object) -> None:
    # An ignored event goes to the parent, here the scrolling column.
    if not box.hasFocus():
        event.ignore()
    elif callable(otherwise):
        otherwise(event)
