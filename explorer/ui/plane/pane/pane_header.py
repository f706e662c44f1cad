"""The header of a pane, with name, family, status, separability and menu; and the lines between it and the plane."""

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from explorer.jobs.queries.plane_questions import Separability
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.evaluation.figure_text import percent
from explorer.latent.metrics.codes.knn_accuracy import NEIGHBOURS
from explorer.ui.plane.pane.notice_line import NoticeLine
from explorer.ui.plane.pane.pane_menu import PaneMenu
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.icons import icon
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.eliding_label import ElidingLabel, popup_text
from explorer.ui.widgets.identity import set_identity

NAME_SHARE = 0.5
"""Share of the header's width that a long name may take before other texts are shortened."""

STATUS = {
    "new": "not trained",
    "training": "training",
    "paused": "paused",
    "stopping": "stopping",
    "stopped": "stopped",
    "failed": "failed",
}
"""Texts of statuses; a finished run has none."""

DEFINITION = (
    "<b>Class separability</b><br>The share of {tested} samples whose class is that of most of their "
    "{neighbours} nearest neighbours (Euclidean, all latent dimensions, posterior means) among the train samples' "
    "codes. Higher (↑) means that the classes lie apart; it says nothing about holes between them.<br><br>"
    "Here: {value}, measured on {what}."
)
NOT_DEFINED = "<b>Class separability</b> is not defined here: {reason}."


HANDLING = "Drag onto another pane to swap; double-click to maximize or restore"
ENLARGE, BACK = "Maximize this pane (E)", "Restore the other panes (E, Esc)"
MIN_FOR_ENLARGE = 260
"""Width in pixels at scale 1 below which the enlarge button is hidden; menu and double click do the same."""


class PaneHeader(QWidget):
    """A header of one line. In a narrow pane it shortens, then drops the texts beside the name, then elides the name.

    Signals
    -------
    enlarge_wanted, close_wanted
        The button to enlarge (or restore) or to close the pane was pressed.
    """

    enlarge_wanted = Signal()
    close_wanted = Signal()

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._run: OpenRun | None = None
        self._figure: Separability | None = None
        self.menu = PaneMenu(state, self)
        self._name, self._family, self._status = ElidingLabel(), QLabel(), QLabel()
        self._alone, self._enlarged = True, False
        self._held: QWidget | None = None
        self._statuses: tuple[str, ...] = ("",)
        self._figure_button, self._menu_button = QToolButton(), QToolButton()
        self._enlarge_button, self._close_button = QToolButton(), QToolButton()
        for label, role in ((self._name, "title"), (self._family, "muted"), (self._status, "figure")):
            label.setProperty("role", role)
        # Names of runs often differ in their last characters.
        self._name.setElideMode(Qt.TextElideMode.ElideMiddle)
        self._name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._figure_button.clicked.connect(self._explain)
        self._menu_button.clicked.connect(self._open_menu)
        self._enlarge_button.clicked.connect(self.enlarge_wanted)
        self._close_button.clicked.connect(self.close_wanted)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(self._name)
        for widget in (self._family, self._status):
            self._row.addWidget(widget)
        self._row.addStretch(1)
        self._buttons = (self._menu_button, self._enlarge_button, self._close_button)
        self._row.addWidget(self._figure_button)
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        for button in self._buttons:
            buttons.addWidget(button)
        self._row.addLayout(buttons)
        themes.changed.connect(self._apply_theme)
        self._apply_theme()

    def hold(self, widget: QWidget) -> None:
        """Insert a widget before the buttons; adding it to another layout takes it away again."""
        self._held = widget
        self._row.insertWidget(self._row.count() - 2, widget)

    def set_number(self, number: int) -> None:
        """Set the pane's number, counted from 1; it is part of the object names."""
        set_identity(self._name, f"pane_name_{number}", accessible="Run")
        set_identity(self._family, f"pane_family_{number}", accessible="Model family")
        set_identity(self._status, f"pane_status_{number}", accessible="Status")
        tip = "How well the classes are separated; click for the definition"
        set_identity(self._figure_button, f"pane_figure_{number}", tip, "Class separability")
        set_identity(
            self._menu_button, f"pane_menu_{number}", "Another run, axes, training, renaming, saving", "This pane"
        )
        set_identity(self._enlarge_button, f"pane_enlarge_{number}", accessible="Maximize this pane")
        set_identity(self._close_button, f"pane_close_{number}", "Close this pane (Ctrl+W); its run stays in the list")
        self.menu.pane = number - 1
        self._show_words()

    def show_run(self, run: OpenRun | None, stage: str, replayed: str = "") -> None:
        """Show a run and the stage of its training, if it trains; ``replayed``, the text of its replay, replaces it."""
        self._run = run
        status = "" if run is None else STATUS.get(stage or run.status, "")
        # The replay's text may be shortened or dropped: the replay bar shows the epoch too.
        self._statuses = (replayed, replayed.partition(":")[0], "") if replayed else (status,)
        self._show_words()

    def set_alone(self, alone: bool) -> None:
        """Set whether this is the only pane, which needs no buttons to enlarge or close it."""
        if alone != self._alone:
            self._alone = alone
            self._show_words()

    def set_enlarged(self, enlarged: bool) -> None:
        """Set whether the pane is enlarged."""
        if enlarged != self._enlarged:
            self._enlarged = enlarged
            self._draw_buttons()
            self._show_words()

    def show_figure(self, figure: Separability | None) -> None:
        """Show the separability; None if it is not known yet."""
        self._figure = figure
        self._show_words()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten the texts to the new width."""
        super().resizeEvent(event)
        self._show_words()

    def _show_words(self) -> None:
        run = self._run
        self._name.setText(run.name if run is not None else "…")
        said = f" ({self._statuses[0]})" if self._statuses[0] else ""
        self._name.setToolTip("" if run is None else f"{run.name}: {run.title}{said}\n{run.key}\n{HANDLING}")
        roomy = self.width() >= MIN_FOR_ENLARGE * self._themes.scale
        self._enlarge_button.setVisible(not self._alone and (roomy or self._enlarged))
        self._close_button.setVisible(not self._alone)
        # First the buttons, then the status, then the rest: each takes width from the next.
        self._fit_status()
        family, figure = self._fitting_words()
        self._family.setText(family)
        self._family.setVisible(bool(family))
        self._figure_button.setText(figure)
        self._figure_button.setVisible(bool(figure))

    def _fit_status(self) -> None:
        """Show the longest status text that leaves room for the name, else the shortest."""
        room, metrics = self._room_beside_name() - self._row.spacing(), self._status.fontMetrics()
        fitting = (words for words in self._statuses if metrics.horizontalAdvance(words) <= room)
        self._status.setText(next(fitting, self._statuses[-1]))
        self._status.setVisible(bool(self._status.text()))

    def _room_beside_name(self) -> int:
        """Return the width left by the name and the buttons, in pixels."""
        name = min(self._name.sizeHint().width(), round(NAME_SHARE * self.width()))
        buttons = sum(button.sizeHint().width() for button in self._buttons if not button.isHidden())
        held = self._held if self._held is not None and self._held.parentWidget() is self else None
        if held is not None and not held.isHidden():
            buttons += held.sizeHint().width() + self._row.spacing()
        return self.width() - name - buttons - self._row.spacing()

    def _fitting_words(self) -> tuple[str, str]:
        """Return the longest texts of family and figure that leave room for the name."""
        room = self._room_beside_name()
        room -= self._status.sizeHint().width() + self._row.spacing() if self._status.text() else 0
        families = ("", "") if self._run is None else (self._run.title, self._run.short_title)
        figures = figure_texts(self._figure)
        # The family is shortened before the figure: the list of runs shows it too.
        wanted = [(families[0], figures[0]), *((families[1], figure) for figure in figures), ("", figures[-1])]
        for family, figure in wanted:
            if self._width_of(family, figure) <= room:
                return family, figure
        return "", ""

    def _width_of(self, family: str, figure: str) -> int:
        gap, metrics = self._row.spacing(), self._family.fontMetrics()
        wide = metrics.horizontalAdvance(family) + gap if family else 0
        if figure:
            self._figure_button.setText(figure)
            wide += self._figure_button.sizeHint().width() + gap
        return wide

    @Slot()
    def _explain(self) -> None:
        figure = self._figure
        if figure is None:
            return
        text = NOT_DEFINED.format(reason=figure.reason)
        if figure.accuracy is not None:
            value = percent(figure.accuracy, 1)
            what = f"all {figure.count:,} samples of the {figure.tested} split"
            if not figure.whole:
                what = f"{figure.count:,} {figure.tested} samples of the codes on this plane"
            text = DEFINITION.format(tested=figure.tested, neighbours=NEIGHBOURS, value=value, what=what)
        popup_text(self._figure_button, text, round(340 * self._themes.scale))

    @Slot()
    def _open_menu(self) -> None:
        self.menu.popup(self._menu_button.mapToGlobal(QPoint(0, self._menu_button.height())))

    @Slot()
    def _apply_theme(self) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        self._row.setSpacing(round(8 * scale))
        self._draw_buttons()
        self._status.setStyleSheet(f"color: {theme.accent};")
        padding = f"{round(2 * scale)}px {round(4 * scale)}px"
        # With a type selector, or the pop-up below the button would inherit the muted colour.
        self._figure_button.setStyleSheet(f"QToolButton {{ color: {theme.muted}; padding: {padding}; }}")
        pixels = round(14 * scale)
        for button in self._buttons:
            small = f"padding: {padding}; qproperty-iconSize: {pixels}px {pixels}px;"
            button.setStyleSheet(f"QToolButton {{ {small} }}")
        self._show_words()

    def _draw_buttons(self) -> None:
        names = ("chevron-down", "shrink" if self._enlarged else "enlarge", "close")
        for button, name in zip(self._buttons, names, strict=True):
            button.setIcon(icon(name, self._themes.theme))
        self._enlarge_button.setToolTip(BACK if self._enlarged else ENLARGE)


def figure_texts(figure: Separability | None) -> tuple[str, ...]:
    """Return texts of the figure, the longest first."""
    if figure is None:
        return ("",)
    if figure.accuracy is None:
        return ("class separability not defined", "separability not defined", "")
    value = percent(figure.accuracy)
    return (f"class separability {value} ↑", f"separability {value} ↑", f"{value} ↑")


class PaneLines(QWidget):
    """A note on the points and the notice line, below the header; takes no room if both are empty."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._note = ElidingLabel()
        self._note.setProperty("role", "muted")
        self._note.hide()
        self.notice = NoticeLine(state, themes)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._note)
        column.addWidget(self.notice)
        state.diagnoses.changed.connect(self._fit)
        self._fit()

    def set_number(self, number: int) -> None:
        """Set the pane's number, counted from 1; it is part of the object names."""
        set_identity(self._note, f"pane_note_{number}", accessible="What the points are")
        self.notice.set_number(number)

    def show_note(self, words: str) -> None:
        """Show a note on the points; hide it for ""."""
        self._note.setText(words)
        self._note.setToolTip(words)  # the line may be elided
        self._note.setVisible(bool(words))
        self._fit()

    def show_run(self, key: str) -> None:
        """Show the notices of another run."""
        self.notice.show_run(key)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        """Hide this widget if both lines are empty: the layout would leave its spacing."""
        has_notice = not self.notice.isHidden() and not self.notice.folded
        self.setVisible(has_notice or not self._note.isHidden())

    def take_back(self) -> None:
        """Take the notice line back from the header and unfold it."""
        self._column.addWidget(self.notice)
        self.notice.set_folded(False)
        self._fit()

    def lend_to(self, header: PaneHeader) -> None:
        """Fold the notice line into the header."""
        header.hold(self.notice)
        self.notice.set_folded(True)
        self._fit()
