"""Layout of the tab Vectors in its three forms, and its actions.

- ``compact``: the two groups and the vector in one row, strip and slider below. From `TALL` on it has the pictures of
  the groups, too: a narrow panel may be high, as with large text on a small screen.
- ``wide``, from `WIDE_HEIGHT` and `WIDE_WIDTH` on: the groups as cards, the certainty, the start of the vector,
  and the distance below the strip.
- ``enlarged``, from `ENLARGED_HEIGHT` on: also the two plots on the certainty.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from explorer.ui.state.tasks import Tasks
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.vectors.angles_plot import AnglesPlot
from explorer.ui.vectors.applied.analogy_view import AnalogyView
from explorer.ui.vectors.applied.apply_view import ApplyView, Form
from explorer.ui.vectors.certainty_view import CertaintyView
from explorer.ui.vectors.groups.group_card import GroupCard
from explorer.ui.vectors.groups.group_combo import ComboEntry
from explorer.ui.vectors.vector_plots import PositionsPlot
from explorer.ui.widgets.buttons import compact_button, tool_button
from explorer.ui.widgets.flow import NO_MAXIMUM, pad_panel
from explorer.ui.widgets.identity import set_identity

WIDE_HEIGHT, WIDE_WIDTH, ENLARGED_HEIGHT = 262, 760, 440
TALL = 340
"""Minimum sizes of the forms, and height of a narrow panel with pictures of the groups; in pixels at text scale 1."""
CERTAINTY_WIDTH, CARD_HEIGHT = 304, 132
"""Width of the certainty and of the plot below it; height of the cards."""
Choices = Callable[[], Sequence[ComboEntry]]


class VectorActions(QObject):
    """The actions of the tab, and its menu."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.analogy = self._action("vector_analogy", "Show a − b + c", "Subtract and add three samples or groups")
        self.swap = self._action("vector_swap", "Swap the groups", "Subtract the other way round")
        self.remake = self._action(
            "vector_remake", "Make again", "Make the vector again from its groups and these weights"
        )
        self.rename = self._action("vector_rename", "Rename…", "Rename the kept vector")
        self.delete = self._action("vector_delete", "Delete", "Delete the kept vector from the run")
        self.keep = self._action("vector_keep", "Keep…", "Keep the vector with the run, under a name")
        self.move_probe = self._action(
            "vector_probe_here", "Move the probe here", "Move the probe to the code at this strength"
        )
        self.take = self._action("vector_import", "Import…", "Read a vector that was exported as JSON, and keep it")
        self.export = self._action("vector_export", "Export as JSON…", "Write the vector with its groups as JSON")
        self.save_figure = self._action(
            "vector_save_figure", "Save figure…", "Save groups, plots and strip as a figure"
        )
        self.save_film = self._action("vector_save_film", "Save animation…", "Save the strip as a GIF or MP4 film")
        self.save_numbers = self._action(
            "vector_save_numbers", "Save numbers…", "Save vector, positions and strip as NPZ or CSV"
        )
        self.menu = set_identity(QMenu(parent), "vector_menu", accessible="Vectors")
        self.menu.setToolTipsVisible(True)
        self.menu.addActions(
            [self.analogy, self.keep, self.move_probe, self.swap, self.remake, self.rename, self.delete]
        )
        self.carry = self.menu.addMenu("Make in another run")
        self.carry.setToolTipsVisible(True)
        self.menu.addSeparator()
        self.menu.addActions([self.take, self.export])

    def _action(self, name: str, text: str, tip: str) -> QAction:
        action = QAction(text, self)
        action.setObjectName(f"action_{name}")
        action.setToolTip(tip)
        action.setWhatsThis(tip)
        return action


class VectorTools(QWidget):
    """The choice between the vector and a − b + c, which is beside the tabs.

    Signals
    -------
    chosen : str
        ``"vector"`` or ``"analogy"``.
    """

    chosen = Signal(str)

    def __init__(self, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        # Until the row of tabs takes it.
        self.hide()
        self._themes = themes
        set_identity(self, "vector_tools", accessible="Vector or a − b + c")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        texts = {
            "vector": ("Group − group", "Subtract one group from another, and add the vector to a sample"),
            "analogy": ("a − b + c", "Subtract and add three samples or groups"),
        }
        self.buttons = {
            name: tool_button(f"vector_shows_{name}", text, tip, checkable=True) for name, (text, tip) in texts.items()
        }
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _, name=name: self._on_clicked(name))
            row.addWidget(button)
        self.show_choice("vector")
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def show_choice(self, name: str) -> None:
        """Show what is chosen."""
        self._name = name
        for key, button in self.buttons.items():
            button.setChecked(key == name)

    def _on_clicked(self, name: str) -> None:
        # A checkable button checks itself; the session may refuse, or undo the change.
        self.show_choice(self._name)  # until the session says so
        self.chosen.emit(name)

    @Slot()
    def _apply_theme(self) -> None:
        for button in self.buttons.values():
            button.setStyleSheet(compact_button(self._themes))


class VectorsFrame(QFrame):
    """The widgets of the tab, without any session or model.

    Signals
    -------
    key_pressed : int
        A key that moves the strength.
    """

    key_pressed = Signal(int)

    def __init__(
        self, tasks: Tasks, themes: ThemeSource, groups: Choices, parts: Choices, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        set_identity(self, "vectors_panel", accessible="Vectors between groups of samples")
        self.setProperty("panel", "true")
        self._themes = themes
        self.form: Form = "enlarged"
        self._is_tall = True
        self.actions_, self.tools = VectorActions(self), VectorTools(themes, self)
        self.plus = GroupCard("plus", "Group that is added", groups, themes, accent=True)
        self.minus = GroupCard("minus", "Group that is subtracted", groups, themes, accent=False)
        self.certainty = CertaintyView(themes, self.actions_.menu)
        self.positions, self.angles = PositionsPlot(themes), AnglesPlot(themes)
        self.applied, self.analogy = ApplyView(tasks, themes), AnalogyView(tasks, themes, parts)
        self.empty = set_identity(
            QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter), "vectors_empty", accessible="What to do next"
        )
        self.why = set_identity(
            QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter),
            "vectors_why",
            accessible="Why there is nothing",
        )
        for label in (self.empty, self.why):
            label.setProperty("role", "muted")
        self.try_it = set_identity(
            QPushButton("Try it: two classes"), "vectors_try", "Subtract the second class from the first"
        )
        self._lay_out()
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def show_page(self, shows: str, empty: str, *, why: str = "") -> None:
        """Show the vector or a − b + c; ``empty`` takes the place of the strip, ``why`` that of everything."""
        self._pages.setCurrentIndex(1 if shows == "analogy" else 0)
        self.empty.setText(empty)
        self.why.setText(why)
        self._lower.setCurrentIndex(1 if empty else 0)
        self._whole.setCurrentIndex(1 if why else 0)
        self._limit_sum()

    def show_choice(self) -> None:
        """Show the sign before the choice of the vector only where there is such a choice."""
        compact, has_choice = self.form == "compact", self.certainty.has_choice
        self._signs[1].setVisible(not compact or has_choice)
        # Without a choice the vector has no list, and the groups share its width.
        self._inner[0].setStretch(4, 3 if compact and has_choice else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the form."""
        super().resizeEvent(event)
        scale = self._themes.scale
        wide = self.height() >= WIDE_HEIGHT * scale and self.width() >= WIDE_WIDTH * scale
        high = self.height() >= ENLARGED_HEIGHT * scale
        self._set_form("enlarged" if wide and high else "wide" if wide else "compact", self.height() >= TALL * scale)

    def minimumSizeHint(self) -> QSize:
        """Return the minimum of the compact form, so that the others can be made smaller again."""
        em = self.fontMetrics().height()
        return QSize(20 * em, 6 * em)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Announce the keys that move the strength."""
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        keys = ("Left", "Right", "Home", "End", "PageUp", "PageDown")
        if plain and event.key() in [getattr(Qt.Key, f"Key_{name}") for name in keys]:
            self.key_pressed.emit(event.key())
        else:
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
        page, lower_empty = QWidget(), QWidget()
        self._signs = [QLabel("−"), QLabel("=")]
        for sign in self._signs:
            sign.setProperty("role", "title")
        self._sum, self._plots = QWidget(), QWidget()
        row, plots, column = QHBoxLayout(self._sum), QHBoxLayout(self._plots), QVBoxLayout(page)
        for widget, stretch in (
            (self.plus, 1), (self._signs[0], 0), (self.minus, 1), (self._signs[1], 0), (self.certainty, 0),
        ):  # fmt: skip
            row.addWidget(widget, stretch)
        plots.addWidget(self.positions, 1)
        plots.addWidget(self.angles, 0)
        centre, buttons = QVBoxLayout(lower_empty), QHBoxLayout()
        centre.addStretch(1)
        centre.addWidget(self.empty)
        buttons.addStretch(1)
        buttons.addWidget(self.try_it)
        buttons.addStretch(1)
        centre.addLayout(buttons)
        centre.addStretch(1)
        self._lower = QStackedWidget()
        self._lower.addWidget(self.applied)
        self._lower.addWidget(lower_empty)
        column.addWidget(self._sum, 2)
        column.addWidget(self._plots, 2)
        column.addWidget(self._lower, 3)
        self._pages, self._whole = QStackedWidget(), QStackedWidget()
        self._pages.addWidget(page)
        self._pages.addWidget(self.analogy)
        self._whole.addWidget(self._pages)
        self._whole.addWidget(self.why)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self._whole)
        self._inner = (row, plots, column, centre)
        for layout in self._inner:
            layout.setContentsMargins(0, 0, 0, 0)

    def _set_form(self, form: Form, tall: bool) -> None:
        if (form, tall) != (self.form, self._is_tall):
            self.form, self._is_tall = form, tall
            self._apply_form()

    def _apply_form(self) -> None:
        compact, scale = self.form == "compact", self._themes.scale
        low_cards = compact and not self._is_tall
        self._plots.setVisible(self.form == "enlarged")
        for card in (self.plus, self.minus):
            card.set_compact(low_cards)
            card.setMinimumHeight(0 if low_cards else round(CARD_HEIGHT * scale))
        self.certainty.set_compact(compact, roomy=self.form == "enlarged")
        self.show_choice()
        wide = round(CERTAINTY_WIDTH * scale)
        self.certainty.setMinimumWidth(0 if compact else wide)
        self.certainty.setMaximumWidth(NO_MAXIMUM if compact else wide)
        self._limit_sum()
        self.applied.set_form(self.form)

    def _limit_sum(self) -> None:
        """Limit the height of the row of groups; again whenever the certainty shows more or fewer lines."""
        scale = self._themes.scale
        if self.form == "compact" and not self._is_tall:
            # As high as its lists: every pixel more would be taken from the strip.
            self._sum.setMaximumHeight(self.certainty.combo.sizeHint().height() + round(2 * scale))
            return
        high = round((CARD_HEIGHT + 24) * scale) if self.form == "enlarged" else round(CARD_HEIGHT * scale)
        self._sum.setMaximumHeight(max(high, self.certainty.minimumSizeHint().height()))

    @Slot()
    def _apply_theme(self) -> None:
        scale = self._themes.scale
        pad_panel(self._column, scale)
        gap = round(8 * scale)
        for layout in self._inner:
            layout.setSpacing(gap)
        self._inner[2].setSpacing(round(6 * scale))
        self.angles.setFixedWidth(round(CERTAINTY_WIDTH * scale))
        self._apply_form()
