"""Actions and layout of the curves panel: head, legend, buttons and plots, and what is dropped if space is short."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QActionGroup, QContextMenuEvent, QResizeEvent
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

from explorer.ui.curves.legend import CurveLegend
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity


class CurvesActions(QObject):
    """The actions of the curves: the buttons show some, the menu has all. The panel connects and enables them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.loss = self._action("curves_loss", "loss ↓", "Show the loss that training minimizes", True)
        self.elbo = self._action(
            "curves_elbo", "ELBO ↑", "Show −(reconstruction + KL), a lower bound of log p(x)", True
        )
        self.log = self._action("curves_log", "log", "Logarithmic scale", True)
        self.by_dimension = self._action(
            "curves_by_dimension", "by dimension", "Also show the KL of each latent dimension", True
        )
        self.whole = self._action("curves_whole", "Whole range", "Include the steep beginning (or double-click)", True)
        self.clear = self._action("curves_clear", "clear", "Hide the curves so far; nothing is deleted")
        self.show_all = self._action("curves_show_all", "Show all", "Show curves that were cleared")
        self.save_picture = self._action("curves_save_picture", "Save as picture…", "Save the curves as PNG or SVG")
        self.save_csv = self._action(
            "curves_save_csv", "Save as CSV…", "Save the values of the active run, in nats per sample"
        )
        self.plots = set_identity(QMenu("Plots", parent), "curves_plots_menu", "Choose the curves", "Plots")
        self.plots.setToolTipsVisible(True)
        # Exclusive: exactly one of loss and ELBO is checked.
        choice = QActionGroup(self)
        for action in (self.loss, self.elbo):
            choice.addAction(action)

    def fill(self, menu: QMenu) -> None:
        """Add all actions to a menu."""
        menu.setToolTipsVisible(True)
        menu.addActions([self.loss, self.elbo])
        menu.addMenu(self.plots)
        menu.addSeparator()
        menu.addActions([self.log, self.by_dimension, self.whole, self.clear, self.show_all])
        menu.addSeparator()
        menu.addActions([self.save_picture, self.save_csv])

    def offer_plots(self, plots: Sequence[tuple[str, str, str]], absent: Sequence[tuple[str, str]] = ()) -> None:
        """List the plots in the menu (name, title, tip), and the undefined ones (title, reason)."""
        # The menu object stays, since the panel's menu and its tests hold it.
        self.plots.clear()
        for name, title, tip in plots:
            action = self.plots.addAction(title)
            action.setObjectName(f"action_curves_plot_{name}")
            action.setToolTip(tip)
            action.setCheckable(True)
            # The name tells the panel which plot was toggled.
            action.setData(name)
        for title, why in absent:
            action = self.plots.addAction(f"{title}: not defined, {why}")
            action.setObjectName(f"action_curves_absent_{title}")
            action.setToolTip(f"No open run has it: {why}")
            action.setEnabled(False)

    def _action(self, name: str, text: str, tip: str, checkable: bool = False) -> QAction:
        action = QAction(text, self, checkable=checkable)
        action.setObjectName(f"action_{name}")
        action.setToolTip(tip)
        return action


LEGEND_EMS = 12  # minimum width of the legend before buttons are hidden, in heights of text


class CurvesFrame(QFrame):
    """The panel's widgets without any session or run; ``empty`` is the text shown if there is nothing to draw."""

    def __init__(self, themes: ThemeSource, empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.curves_actions = CurvesActions(self)
        self._slim = False
        self._make_widgets(empty)
        self._apply_theme()
        themes.changed.connect(self._apply_theme)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the panel's menu at the mouse."""
        self._menu.popup(event.globalPos())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide the buttons that do not fit; the menu has them, too."""
        super().resizeEvent(event)
        self.fit_buttons()

    def set_slim(self, slim: bool) -> None:
        """Hide the head, or show it again."""
        for widget in (self._head, self.legend, self._menu_button):
            widget.setVisible(not slim)
        self._slim = slim
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
        # The plots share the height; only their row scrolls, sideways.
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
    def _apply_theme(self) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        self.legend.apply_theme(theme.text, theme.muted)
        gap = round(8 * scale)
        self._layout.setContentsMargins(round(12 * scale), gap, gap, round(6 * scale))
        self._layout.setSpacing(round(4 * scale))
        self._top.setSpacing(round(4 * scale))
        self.plots_layout.setSpacing(round(8 * scale))
        # Smaller than in the toolbar, as they share a line with the legend.
        small = f"QToolButton {{ padding: {round(2 * scale)}px {round(6 * scale)}px; }}"
        for button in self._buttons:
            button.setStyleSheet(small)
        self.fit_buttons()

    def fit_buttons(self) -> None:
        """Show as many buttons, from the first on, as fit beside the legend; the menu has all of them."""
        gap = self._top.spacing()
        margins = self._layout.contentsMargins()
        taken = self._head.sizeHint().width() + self._menu_button.sizeHint().width() + 4 * gap
        room = self.width() - margins.left() - margins.right() - taken
        choice = sum(button.sizeHint().width() + gap for button in self._buttons[:2])
        # The legend shrinks in favour of these two buttons, to LEGEND_EMS at least if possible.
        room -= min(self.legend.wanted_width(), max(room - choice, self.fontMetrics().height() * LEGEND_EMS))
        # Loss and ELBO are one choice: show both buttons or none.
        for buttons in (self._buttons[:2], *([button] for button in self._buttons[2:])):
            room -= sum(button.sizeHint().width() + gap for button in buttons)
            for button in buttons:
                button.setVisible(room >= 0 and not self._slim)
