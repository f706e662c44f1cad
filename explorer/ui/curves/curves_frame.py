"""The curves panel's face: head, legend, buttons and plots in their places, and what gives way where room is short."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction, QContextMenuEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.ui.curves.curves_actions import CurvesActions
from explorer.ui.curves.legend import CurveLegend
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

LEGEND_EMS = 12


class CurvesFrame(QFrame):
    """Knows nothing of sessions and runs; ``empty`` is written where there is nothing to draw."""

    def __init__(self, themes: ThemeSource, empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.curves_actions = CurvesActions(self)
        self._make_widgets(empty)
        self._dress()
        themes.changed.connect(self._dress)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer the panel's menu at the hand."""
        self._menu.popup(event.globalPos())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave to the menu the buttons that do not fit."""
        super().resizeEvent(event)
        self.fit_buttons()

    def _make_widgets(self, empty: str) -> None:
        set_identity(self, "loss_curves", accessible="Training curves")
        self.setProperty("panel", "true")
        self._head = QLabel("CURVES")
        self._head.setProperty("role", "head")
        self.legend = set_identity(CurveLegend(), "curves_legend", accessible="Lines")
        actions = self.curves_actions
        shown = (actions.loss, actions.elbo, actions.log, actions.by_dimension, actions.clear)
        self._buttons = [self._button(action) for action in shown]
        self._menu = set_identity(QMenu(self), "curves_menu", accessible="Curves")
        self.curves_actions.fill(self._menu)
        self._menu_button = set_identity(
            QToolButton(), "curves_menu_button", "More: clear, range, saving", "Curves menu"
        )
        self._menu_button.setText("⋯")
        self._menu_button.setMenu(self._menu)
        self._menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._top = QHBoxLayout()
        self._top.addWidget(self._head)
        self._top.addWidget(self.legend, 1)
        for button in (*self._buttons, self._menu_button):
            self._top.addWidget(button)
        self.plots = QWidget()
        self.plots_layout = QHBoxLayout(self.plots)
        self.plots_layout.setContentsMargins(0, 0, 0, 0)
        self.empty = set_identity(QLabel(empty, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True), "curves_empty")
        self.empty.setProperty("role", "muted")
        scroll = set_identity(QScrollArea(widgetResizable=True), "curves_scroll", accessible="Plots")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self.plots)
        self.stack = QStackedWidget()
        self.stack.addWidget(scroll)
        self.stack.addWidget(self.empty)
        self._layout = QVBoxLayout(self)
        self._layout.addLayout(self._top)
        self._layout.addWidget(self.stack, 1)

    def _button(self, action: QAction) -> QToolButton:
        name = action.objectName().removeprefix("action_")
        button = set_identity(QToolButton(), f"{name}_button", action.toolTip())
        button.setDefaultAction(action)
        return button

    @Slot()
    def _dress(self) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        self.legend.dress(theme.text, theme.muted)
        gap = round(8 * scale)
        self._layout.setContentsMargins(round(12 * scale), gap, gap, round(6 * scale))
        self._layout.setSpacing(round(4 * scale))
        self._top.setSpacing(round(4 * scale))
        self.plots_layout.setSpacing(round(8 * scale))
        # Quieter than the toolbar's: they share a line with the legend.
        small = f"QToolButton {{ padding: {round(2 * scale)}px {round(6 * scale)}px; }}"
        for button in self._buttons:
            button.setStyleSheet(small)
        self.fit_buttons()

    def fit_buttons(self) -> None:
        """Show as many buttons as leave the legend room, the first ones first; the menu has all of them."""
        gap = self._top.spacing()
        margins = self._layout.contentsMargins()
        taken = self._head.sizeHint().width() + self._menu_button.sizeHint().width() + 4 * gap
        room = self.width() - margins.left() - margins.right() - taken
        choice = sum(button.sizeHint().width() + gap for button in self._buttons[:2])
        room -= min(self.legend.wanted_width(), max(room - choice, self.fontMetrics().height() * LEGEND_EMS))
        # The choice between loss and ELBO is one thing: both of its buttons or none.
        for buttons in (self._buttons[:2], *([button] for button in self._buttons[2:])):
            room -= sum(button.sizeHint().width() + gap for button in buttons)
            for button in buttons:
                button.setVisible(room >= 0)
