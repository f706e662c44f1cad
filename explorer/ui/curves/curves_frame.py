"""Actions and layout of the curves panel: head, legend, tools and plots, and what is dropped if space is short."""

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

from explorer.models.terms import NATS
from explorer.session import CurvesAxis
from explorer.ui.curves.curve_axes import ENTRIES
from explorer.ui.curves.legend import CurveLegend
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.buttons import pressed_button
from explorer.ui.widgets.identity import set_identity

LEGEND_EMS = 9
"""Minimum width of the legend, in heights of text."""
LOG_TIP = "Logarithmic scale"


class CurvesActions(QObject):
    """The actions of the curves: the buttons show some, the menu has all. The panel connects and enables them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.loss = self._action("curves_loss", "Loss", "Show the loss that training minimizes", True)
        self.elbo = self._action("curves_elbo", "ELBO", "Show −(reconstruction + KL), a lower bound of log p(x)", True)
        self.log = self._action("curves_log", "Log", LOG_TIP, True)
        self.by_dimension = self._action(
            "curves_by_dimension", "KL by dimension", "Also show the KL of each latent dimension", True
        )
        self.whole = self._action("curves_whole", "Whole range", "Include the steep beginning (or double-click)", True)
        self.clear = self._action("curves_clear", "Clear", "Hide the curves so far; nothing is deleted")
        self.show_all = self._action("curves_show_all", "Show all", "Show curves that were cleared")
        self.save_picture = self._action(
            "curves_save_picture", "Save curves as picture…", "Save the curves as PNG, SVG or PDF"
        )
        self.save_csv = self._action(
            "curves_save_csv", "Save curves as CSV…", "Save the values of the active run, in nats per sample"
        )
        self.plots = set_identity(QMenu("Plots", parent), "curves_plots_menu", "Choose the plots to show", "Plots")
        self.plots.setToolTipsVisible(True)
        self.axes = QActionGroup(self)
        for axis, (text, tip) in ENTRIES.items():
            action = self._action(f"curves_axis_{axis}", text, tip, True)
            action.setData(axis)
            self.axes.addAction(action)
        self.axis_menu = set_identity(QMenu(parent), "curves_axis_menu", accessible="Horizontal axis")
        self.axis_menu.setToolTipsVisible(True)
        self.axis_menu.addActions(self.axes.actions())
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

    def show_axis(self, chosen: CurvesAxis, why_no_times: str) -> None:
        """Check the chosen horizontal axis; ``why_no_times`` says why time cannot be chosen."""
        for action in self.axes.actions():
            axis = action.data()
            action.setChecked(axis == chosen)
            if axis == "time":
                action.setEnabled(not why_no_times)
                action.setToolTip(why_no_times or ENTRIES[axis][1])

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


class CurvesFrame(QFrame):
    """The panel's widgets without any session or run; ``empty`` is the text shown if there is nothing to draw.

    ``tools`` are in the head. While the panel is slim it has no head, and another widget may take them.
    """

    def __init__(self, themes: ThemeSource, empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.curves_actions = CurvesActions(self)
        self._slim = False
        self._make_widgets(empty)
        self._make_tools()
        self._arrange()
        self._apply_theme()
        themes.changed.connect(self._apply_theme)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the panel's menu at the mouse."""
        self._menu.popup(event.globalPos())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide what does not fit into the head."""
        super().resizeEvent(event)
        self.fit_head()

    @property
    def needed_width(self) -> int:
        """The width in pixels at which the plots need not be scrolled."""
        margins = self._layout.contentsMargins()
        return self.plots.minimumSizeHint().width() + margins.left() + margins.right() + 2 * self.frameWidth()

    def set_slim(self, slim: bool) -> None:
        """Hide the head, or show it again with the tools in it."""
        self._slim = slim
        for widget in (self._head, self.legend):
            widget.setVisible(not slim)
        self._tools_unit.setVisible(slim)
        if not slim and self._top.indexOf(self.tools) < 0:
            self._top.addWidget(self.tools)
        self.tools.show()
        self._set_margins()
        self.fit_head()

    def fit_tools(self, room: int) -> None:
        """Show the tools of the slim panel in ``room`` pixels, if necessary without the unit; else hide them."""
        self._tools_unit.setVisible(self._slim)
        if self.tools.sizeHint().width() > room:
            self._tools_unit.hide()
        self.tools.setVisible(self.tools.sizeHint().width() <= room)

    def show_axis(self, text: str) -> None:
        """Show the choice of the horizontal axis on its button."""
        self._axis_button.setText(text)
        self._axis_button.setAccessibleName(f"Horizontal axis: {text}")

    def set_unit(self, unit: str, split: str = "validation") -> None:
        """Name the unit of the losses, and the split of the values at the ends of the lines; "" if it varies."""
        self.unit.setText(unit)
        self._tools_unit.setText(f"{unit}, {split}" if split else unit)

    def fit_head(self) -> None:
        """Hide the unit, then the legend, if the head is too narrow for them; their tooltips are on the plots."""
        margins = self._layout.contentsMargins()
        taken = self._head.sizeHint().width() + self.tools.sizeHint().width() + 4 * self._top.spacing()
        room = self.width() - margins.left() - margins.right() - taken
        legend = min(self.legend.wanted_width(), round(LEGEND_EMS * self.fontMetrics().height()))
        self.unit.setVisible(not self._slim and room >= legend + self.unit.sizeHint().width())
        self.legend.setVisible(not self._slim and room >= legend)

    def _make_widgets(self, empty: str) -> None:
        set_identity(self, "loss_curves", accessible="Training curves")
        self.setProperty("panel", "true")
        self._head = QLabel("Curves")
        self._head.setProperty("role", "head")
        self.unit = QLabel(NATS)
        self.unit.setProperty("role", "muted")
        self.legend = set_identity(CurveLegend(), "curves_legend", accessible="Lines")
        self.plots = QWidget()
        self.plots_layout = QHBoxLayout(self.plots)
        self.plots_layout.setContentsMargins(0, 0, 0, 0)
        self.empty = set_identity(QLabel(empty, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True), "curves_empty")
        self.empty.setProperty("role", "muted")

    def _make_tools(self) -> None:
        actions = self.curves_actions
        self.tools = set_identity(QWidget(), "curves_tools", accessible="Axes of the curves")
        self._tools_unit = QLabel(f"{NATS}, validation")
        self._tools_unit.setProperty("role", "muted")
        self._log_button = set_identity(QToolButton(), "curves_log_button", LOG_TIP)
        self._log_button.setDefaultAction(actions.log)
        self._axis_button = set_identity(
            QToolButton(), "curves_axis_button", "Choose the horizontal axis", "Horizontal axis"
        )
        self._axis_button.setMenu(actions.axis_menu)
        self._menu = set_identity(QMenu(self), "curves_menu", accessible="Curves")
        actions.fill(self._menu)
        self._menu_button = set_identity(
            QToolButton(), "curves_menu_button", "More: ELBO, plots, range, saving", "Curves menu"
        )
        self._menu_button.setText("⋯")
        self._menu_button.setMenu(self._menu)
        row = QHBoxLayout(self.tools)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (self._tools_unit, self._log_button, self._axis_button, self._menu_button):
            row.addWidget(widget)
        for button in (self._axis_button, self._menu_button):
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def _arrange(self) -> None:
        self._top = QHBoxLayout()
        for widget in (self._head, self.unit):
            self._top.addWidget(widget)
        self._top.addWidget(self.legend, 1)
        self._top.addStretch(0)
        self._top.addWidget(self.tools)
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
        self._tools_unit.hide()

    def _set_margins(self) -> None:
        scale = self._themes.scale
        top, bottom = (0, 0) if self._slim else (round(4 * scale), round(4 * scale))
        self._layout.setContentsMargins(round(12 * scale), top, round(8 * scale), bottom)
        self._layout.setSpacing(0 if self._slim else round(2 * scale))

    @Slot()
    def _apply_theme(self) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        self.legend.apply_theme(theme.muted, theme.muted)
        self._set_margins()
        self._top.setSpacing(round(10 * scale))
        self.plots_layout.setSpacing(round(12 * scale))
        # On a fill of their own, and flatter than in the toolbar: the head of a panel is 32 pixels high.
        filled = (
            f"QToolButton {{ background: {theme.raised}; padding: {round(3 * scale)}px {round(8 * scale)}px; }}"
            f"{pressed_button(theme)}"
        )
        self._log_button.setStyleSheet(filled)
        self._axis_button.setStyleSheet(f"{filled} QToolButton {{ padding-right: {round(22 * scale)}px; }}")
        self._menu_button.setStyleSheet(
            f"QToolButton {{ padding: {round(3 * scale)}px {round(6 * scale)}px; }}"
            "QToolButton::menu-indicator { image: none; width: 0; }"
        )
        self.fit_head()
