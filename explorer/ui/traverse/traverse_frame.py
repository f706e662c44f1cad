"""Layout of the traversal panel: a head with the code in the middle of the rows and the settings, and the table.

The settings are lists beside the title. Those without room are left out, the least important first; the menu has all.
"""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QAction, QActionGroup, QContextMenuEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.session import Traversal
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.traverse.traverse_view import TraverseView
from explorer.ui.traverse.traverse_words import DIFFERENCES, ORDERS, SPANS
from explorer.ui.widgets.boxes import IntegerBox
from explorer.ui.widgets.buttons import compact_button
from explorer.ui.widgets.choices import choice_box, low_boxes, show_choice
from explorer.ui.widgets.flow import pad_panel
from explorer.ui.widgets.identity import enable, set_identity
from explorer.ui.widgets.labels import FittingLabel

SPAN_TIP = "Range of the latent dimensions"
NO_PRIOR = "The model has no standard normal prior, so rows span its codes"
MAX_STEPS = 41
STEP_COUNTS = (5, 9, 13, 21, 31, 41)
"""Numbers of steps that the menu offers."""
ROW, PICTURE, MIN_TITLE = 22, 36, 150
"""Height of the controls, side of the picture in a high panel, and least width of the title, at text scale 1."""
HIGH = 250
"""Height in pixels at text scale 1 from which the head has a picture and two lines of text."""


class TraverseMenu(QMenu):
    """All settings of a traversal, as lists of choices."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        set_identity(self, "traverse_menu", accessible="Traversal")
        self.setToolTipsVisible(True)
        self.choices: dict[str, dict[object, QAction]] = {}
        for field, title, texts in (
            ("span", "Range", SPANS),
            ("order", "Order", ORDERS),
            ("difference", "Difference", DIFFERENCES),
        ):
            # Entries below the heading "Order" need not begin with it, as those of the lists do.
            self._add(field, title, {key: (text.partition(": ")[2] or text, tip) for key, (text, tip) in texts.items()})
        steps = {count: (f"{count} steps", f"{count} decodes in each row") for count in STEP_COUNTS}
        self._add("steps", "Steps", steps)

    def _add(self, field: str, title: str, texts: dict) -> None:  # type: ignore[type-arg]
        menu = self.addMenu(title)
        menu.setToolTipsVisible(True)
        group = QActionGroup(self)
        self.choices[field] = {}
        for key, (text, tip) in texts.items():
            action = QAction(text, self, checkable=True)
            action.setObjectName(f"action_traverse_{field}_{key}")
            action.setToolTip(tip)
            action.setWhatsThis(tip)
            group.addAction(action)
            menu.addAction(action)
            self.choices[field][key] = action

    def show_traversal(self, traversal: Traversal) -> None:
        """Check the present choices."""
        for field, actions in self.choices.items():
            for key, action in actions.items():
                action.setChecked(getattr(traversal, field) == key)


class TraverseFrame(QFrame):
    """The widgets of the panel, without any session or model."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        set_identity(self, "traverse_panel", accessible="Directions through the probe")
        self.setProperty("panel", "true")
        self.table = TraverseView(themes)
        self.menu = TraverseMenu(self)
        self._make_head()
        self._make_empty_page()
        self._arrange()
        self._apply_theme()
        themes.changed.connect(self._apply_theme)

    @property
    def boxes(self) -> dict[str, QComboBox]:
        """The lists by the field of the traversal that they set."""
        return {"span": self.span, "order": self.order, "difference": self.difference}

    @property
    def picture_side(self) -> int:
        """The side of the picture in pixels; 0 where there is no room for it."""
        return round(PICTURE * self._themes.scale) if self.height() >= HIGH * self._themes.scale else 0

    def set_title(self, forms: Sequence[str], detail: str) -> None:
        """Show the title, the longest form first, and the details of the probe."""
        self._title_forms, self._detail_text = tuple(forms), detail
        self._fit()

    def set_picture(self, pixmap: QPixmap | None, tip: str = "") -> None:
        """Show the picture of the probe's sample, or none."""
        self.picture.setVisible(pixmap is not None and self.picture_side > 0)
        if pixmap is not None:
            self.picture.setPixmap(pixmap)
            self.picture.setToolTip(tip)
        self._fit()

    def show_traversal(self, traversal: Traversal, *, normal_prior: bool = True) -> None:
        """Show the present settings, as far as a model without a standard normal prior has them."""
        # Rows span the codes then, whatever the session says; the session keeps its choice for other runs.
        shown = traversal if normal_prior else replace(traversal, span="codes")
        for field, box in self.boxes.items():
            show_choice(box, getattr(shown, field))
        self.span.setEnabled(normal_prior)
        self.span.setToolTip(SPAN_TIP if normal_prior else NO_PRIOR)
        enable(self.menu.choices["span"]["prior"], "" if normal_prior else NO_PRIOR)
        # Showing a setting must not set it: that would be another step of undo.
        self.steps.blockSignals(True)
        self.steps.setValue(traversal.steps)
        self.steps.blockSignals(False)
        self.menu.show_traversal(shown)

    def show_order(self, measured: str) -> None:
        """Name the order by the measure of the rows: ``"KL"``, or ``"variance"`` without a posterior."""
        text = ORDERS["kl"][0].replace("KL", measured)
        if text != self.order.itemText(0):
            self.order.setItemText(0, text)
            self.menu.choices["order"]["kl"].setText(text.partition(": ")[2])

    def show_empty(self, text: str, *, offers_sample: bool) -> None:
        """Show why there is no table, with a button that probes a sample; "" shows the table."""
        self.stack.setCurrentIndex(1 if text else 0)
        self._settings.setVisible(not text)
        if text:
            self.empty_text.setText(text)
            self.probe_sample.setVisible(offers_sample)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide widgets that do not fit."""
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """Return the minimum at which a row is visible, in pixels."""
        em, row = self.fontMetrics().height(), round(ROW * self._themes.scale)
        return QSize(16 * em, 2 * row + 3 * em)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu of the settings at the mouse."""
        self.menu.popup(event.globalPos())

    def _make_head(self) -> None:
        self._title_forms, self._detail_text = (), ""
        self.picture = set_identity(QLabel(), "traverse_picture", accessible="The probe's sample")
        self.picture.hide()
        self.title = set_identity(FittingLabel(), "traverse_title", accessible="Run and probe")
        self.title.setProperty("role", "head")
        self.detail = set_identity(FittingLabel(), "traverse_detail", accessible="What is probed")
        self.detail.setProperty("role", "muted")
        self.span = choice_box("traverse_span", SPAN_TIP, SPANS)
        self.order = choice_box("traverse_order", "Order of the latent dimensions", ORDERS)
        self.difference = choice_box(
            "traverse_difference", "Which rows show the difference from the probe", DIFFERENCES
        )
        self.steps = set_identity(IntegerBox(), "traverse_steps", "Number of decodes in a row", "Steps")
        self.steps.setRange(3, MAX_STEPS)
        # The probe is in the middle, so the number is odd.
        self.steps.setSingleStep(2)
        # In place of a label beside the box, which has no room.
        self.steps.setSuffix(" steps")
        self.steps.setKeyboardTracking(False)
        self.more = set_identity(
            QToolButton(), "traverse_menu_button", "Range, steps, order, difference", "Traversal menu"
        )
        self.more.setText("⋯")
        self.more.setMenu(self.menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def _make_empty_page(self) -> None:
        self.empty_text = set_identity(QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter), "traverse_empty")
        self.empty_text.setProperty("role", "muted")
        tip = "Follow a random sample of the active run"
        self.probe_sample = set_identity(QPushButton("Probe a random sample"), "traverse_probe_sample", tip)
        self._empty = QWidget()
        column, row = QVBoxLayout(self._empty), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(self.probe_sample)
        row.addStretch(1)
        column.addStretch(1)
        column.addWidget(self.empty_text)
        column.addLayout(row)
        column.addStretch(1)

    def _arrange(self) -> None:
        self._settings = QWidget()
        self._controls = QHBoxLayout(self._settings)
        self._controls.setContentsMargins(0, 0, 0, 0)
        for widget in (self.span, self.steps, self.order, self.difference, self.more):
            self._controls.addWidget(widget)
        self._texts = QVBoxLayout()
        self._texts.setSpacing(0)
        self._texts.addWidget(self.title)
        self._texts.addWidget(self.detail)
        self._head = QHBoxLayout()
        self._head.addWidget(self.picture)
        self._head.addLayout(self._texts, 1)
        self._head.addWidget(self._settings)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self._empty)
        self._column = QVBoxLayout(self)
        self._column.addLayout(self._head)
        self._column.addWidget(self.stack, 1)

    def _fit(self) -> None:
        """Leave out settings, the picture and the second line where there is no room."""
        scale = self._themes.scale
        high = self.height() >= HIGH * scale
        self.detail.setVisible(high and bool(self._detail_text))
        self.detail.set_forms(self._detail_text)
        forms = self._title_forms
        # In a low panel the second line joins the first, as far as it fits there.
        if not high and self._detail_text and forms:
            forms = (f"{forms[0]} · {self._detail_text}", *forms)
        self.title.set_forms(*forms)
        gap = self._controls.spacing()
        # The title and the menu, which has all settings, keep their room; the lists share what is left.
        room = self.width() - round((MIN_TITLE + (PICTURE if high else 0) + 24) * scale) - self.more.sizeHint().width()
        for widget in (self.difference, self.span, self.order, self.steps):
            room -= widget.sizeHint().width() + gap
            widget.setVisible(room >= 0)

    @Slot()
    def _apply_theme(self) -> None:
        scale = self._themes.scale
        margin = pad_panel(self._column, scale)
        self._head.setSpacing(round(8 * scale))
        self._controls.setSpacing(round(6 * scale))
        self.picture.setContentsMargins(0, 0, 0, round(2 * scale))
        self._settings.setStyleSheet(low_boxes(ROW * scale))
        # Fixed, so that another number of digits does not move the lists beside it.
        width = self.steps.fontMetrics().horizontalAdvance(f"{MAX_STEPS} steps") + round(40 * scale)
        self.steps.setFixedWidth(width)
        self.more.setStyleSheet(compact_button(self._themes) + "QToolButton::menu-indicator { image: none; width: 0; }")
        self._column.setContentsMargins(margin, round(0.4 * margin), round(0.6 * margin), round(0.3 * margin))
        self._fit()
