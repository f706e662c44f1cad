"""The head of a pane: the run's name, family and status, its figure in words, and the menu."""

from PySide6.QtCore import QPoint, QSize, Qt, Slot
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QWidget, QWidgetAction
from superqt import QElidingLabel

from explorer.jobs.open_run import OpenRun
from explorer.jobs.separability import NEIGHBOURS, Separability
from explorer.ui.icons import icon
from explorer.ui.named import named
from explorer.ui.plane.pane_menu import PaneMenu
from explorer.ui.theme import ThemeSource
from explorer.ui.workbench import Workbench

WIDE = 430
"""From this width at scale 1 on there is room for the family's whole name and the figure's words."""

STATUS = {"new": "not trained", "training": "training", "stopped": "stopped", "failed": "failed"}
"""In words; a finished run needs none."""

DEFINITION = (
    "<b>Class separability</b><br>The share of {tested} samples whose class is that of most of their "
    "{neighbours} nearest neighbours (Euclidean, all latent dimensions, posterior means) among the train samples' "
    "codes. Higher (↑) means that the classes lie apart; it says nothing about holes between them.<br><br>"
    "Here: {value}, measured on {count:,} {tested} samples of the codes on this plane."
)
NOT_DEFINED = "<b>Class separability</b> is not defined here: {reason}."


class RunName(QElidingLabel):
    """A run's name, as wide as it is where there is room; superqt's label asks for no more than its last elision."""

    def sizeHint(self) -> QSize:
        """Give room for the whole name."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text() + " "), metrics.height())


class PaneHeader(QWidget):
    """One line; the name elides and words shorten before anything is cut."""

    def __init__(self, bench: Workbench, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._run: OpenRun | None = None
        self._figure: Separability | None = None
        self.menu = PaneMenu(bench, self)
        self._name, self._family, self._status = RunName(), QLabel(), QLabel()
        self._figure_button, self._menu_button = QToolButton(), QToolButton()
        for label, role in ((self._name, "title"), (self._family, "muted"), (self._status, "figure")):
            label.setProperty("role", role)
        self._name.setElideMode(Qt.TextElideMode.ElideMiddle)
        self._name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._figure_button.clicked.connect(self._explain)
        self._menu_button.clicked.connect(self._open_menu)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(self._name)
        for widget in (self._family, self._status):
            self._row.addWidget(widget)
        self._row.addStretch(1)
        self._row.addWidget(self._figure_button)
        self._row.addWidget(self._menu_button)
        themes.changed.connect(self._redress)
        self._redress()

    def set_number(self, number: int) -> None:
        """Name the parts after their pane, counted from 1."""
        named(self._name, f"pane_name_{number}", accessible="Run")
        named(self._family, f"pane_family_{number}", accessible="Model family")
        named(self._status, f"pane_status_{number}", accessible="Status")
        tip = "How well the classes lie apart; click for what it means"
        named(self._figure_button, f"pane_figure_{number}", tip, "Class separability")
        named(self._menu_button, f"pane_menu_{number}", "Another run, axes, training, renaming, saving", "This pane")
        self.menu.pane = number - 1
        self._show_words()

    def show_run(self, run: OpenRun | None, training: bool) -> None:
        """Name the run."""
        self._run = run
        self._status.setText("" if run is None else STATUS.get("training" if training else run.status, ""))
        self._status.setVisible(bool(self._status.text()))
        self._show_words()

    def show_figure(self, figure: Separability | None) -> None:
        """Say the figure, or that it is not known yet."""
        self._figure = figure
        self._show_words()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten words where there is little room."""
        super().resizeEvent(event)
        self._show_words()

    def _show_words(self) -> None:
        wide = self.width() >= WIDE * self._themes.scale
        run, figure = self._run, self._figure
        self._name.setText(run.name if run is not None else "…")
        self._name.updateGeometry()
        self._name.setToolTip("" if run is None else f"{run.name}: {run.title}\n{run.key}")
        self._family.setText("" if run is None else run.title if wide else run.short_title)
        words = ""
        if figure is not None and figure.accuracy is not None:
            words = f"{'class separability ' if wide else ''}{figure.accuracy:.0%} ↑".replace("%", " %")
        elif figure is not None and wide:
            words = "separability not defined"
        self._figure_button.setText(words)
        self._figure_button.setVisible(bool(words))

    @Slot()
    def _explain(self) -> None:
        figure = self._figure
        if figure is None:
            return
        text = NOT_DEFINED.format(reason=figure.reason)
        if figure.accuracy is not None:
            value = f"{figure.accuracy:.1%}".replace("%", " %")
            text = DEFINITION.format(tested=figure.tested, neighbours=NEIGHBOURS, value=value, count=figure.count)
        popup_words(self._figure_button, text, round(340 * self._themes.scale))

    @Slot()
    def _open_menu(self) -> None:
        self.menu.popup(self._menu_button.mapToGlobal(QPoint(0, self._menu_button.height())))

    @Slot()
    def _redress(self) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        self._row.setSpacing(round(8 * scale))
        self._menu_button.setIcon(icon("chevron-down", theme))
        self._menu_button.setIconSize(QSize(round(14 * scale), round(14 * scale)))
        self._status.setStyleSheet(f"color: {theme.accent};")
        self._figure_button.setStyleSheet(f"color: {theme.muted};")
        self._show_words()


def popup_words(beside: QWidget, text: str, width: int) -> QMenu:
    """Show a few lines under a widget until the next click or key."""
    popup = QMenu(beside)
    popup.setObjectName("definition")
    label = QLabel(text, wordWrap=True)
    label.setFixedWidth(width)
    label.setContentsMargins(*[width // 30] * 4)
    action: QAction = QWidgetAction(popup)
    action.setDefaultWidget(label)  # type: ignore[attr-defined]
    popup.addAction(action)
    popup.aboutToHide.connect(popup.deleteLater)
    popup.popup(beside.mapToGlobal(QPoint(0, beside.height())))
    return popup
