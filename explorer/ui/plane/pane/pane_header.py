"""The header of a pane: the run's mark, name, family, status and separability, and the menu."""

from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from explorer.jobs.experiments.loss_experiment import loss_title
from explorer.jobs.queries.plane_questions import Separability
from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.evaluation.figure_text import percent
from explorer.latent.metrics.codes.knn_accuracy import NEIGHBOURS
from explorer.ui.plane.pane.pane_menu import PaneMenu
from explorer.ui.services.app_state import AppState
from explorer.ui.services.weights_words import weights_forms, weights_words
from explorer.ui.theme.icons import icon
from explorer.ui.theme.run_mark import SHAPES, mark_pixmap
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import ElidingLabel, popup_text, sentence

NAME_SHARE = 0.75
"""Share of the header's width that a long name may take before other texts are shortened."""

STATUS = {
    "new": "not trained",
    "training": "training",
    "paused": "paused",
    "stopping": "stopping",
    "stopped": "stopped",
    "failed": "failed",
    "unfinished": "unfinished",
}
"""Texts of statuses; a finished run has none."""

DEFINITION = (
    "<b>Class separability</b><br>The share of {tested} samples that a kNN classifier classifies correctly: it "
    "predicts the class of most of the {neighbours} nearest neighbours among the codes of the training split "
    "(Euclidean, all latent dimensions, posterior means). Higher (↑) means that the classes are farther apart; "
    "it says nothing about holes between them.<br><br>Here: {value}, measured on {what}."
)


HANDLING = "Drag onto another pane to swap; double-click to maximize or restore"
ENLARGE, BACK = "Maximize pane (E)", "Restore panes (E, Esc)"
HEIGHT, MARK = 32, 14
"""Height of the header and side of the run's mark, in pixels at scale 1."""
MIN_FOR_ENLARGE = 260
"""Width in pixels at scale 1 below which the enlarge button is hidden; menu and double click do the same."""


class PaneHeader(QWidget):
    """A header of one line. In a narrow pane it drops the texts beside the name, then leaves that to the line below it.

    Signals
    -------
    enlarge_wanted, close_wanted
        The button to enlarge (or restore) or to close the pane was pressed.
    fitted
        The texts were fitted to the width.
    """

    fitted = Signal()
    enlarge_wanted = Signal()
    close_wanted = Signal()

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes, self._marks = themes, state.marks
        self._key = ""
        self._run: OpenRun | None = None
        self._figure: Separability | None = None
        self.menu = PaneMenu(state, self)
        self._mark, self._name, self._family, self._status = QLabel(), ElidingLabel(), QLabel(), QLabel()
        self._alone, self._enlarged = True, False
        self._statuses: tuple[str, ...] = ("",)
        self._is_usual = False  # whether the status says nothing but that the final weights are used
        self._is_final = False  # whether it is about the final weights of a finished training
        self._said = ""  # the status apart from the weights
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
        self._row.addWidget(self._mark)
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
        state.marks.changed.connect(self._show_mark)
        self._apply_theme()

    @property
    def name(self) -> str:
        """The name of the run, and what it is called in its experiment."""
        return self._name.text()

    @property
    def lacks_room(self) -> bool:
        """Whether the pane is narrow and the name longer than the room beside the buttons."""
        return self.width() < MIN_FOR_ENLARGE * self._themes.scale and self._name_is_long

    def set_name_below(self, below: bool) -> None:
        """Leave the name to the line below."""
        self._name.setVisible(not below)

    def set_number(self, number: int) -> None:
        """Set the pane's number, counted from 1; it is part of the object names."""
        set_identity(self._mark, f"pane_mark_{number}", "The mark of this run, here, in the list and in the curves")
        set_identity(self._name, f"pane_name_{number}", accessible="Run")
        set_identity(self._family, f"pane_family_{number}", accessible="Model family")
        set_identity(self._status, f"pane_status_{number}", accessible="Status")
        tip = "How well the classes are separated; click for the definition"
        set_identity(self._figure_button, f"pane_figure_{number}", tip, "Class separability")
        set_identity(
            self._menu_button, f"pane_menu_{number}", "Another run, axes, training, renaming, saving", "This pane"
        )
        set_identity(self._enlarge_button, f"pane_enlarge_{number}", accessible="Maximize pane")
        set_identity(self._close_button, f"pane_close_{number}", "Close pane (Ctrl+W); its run stays in the list")
        self.menu.pane = number - 1
        self._show_words()

    def show_run(self, key: str, run: OpenRun | None, stage: str, replayed: str = "") -> None:
        """Show a run, None before it is open, and the stage of its training, if it trains.

        ``replayed``, the text of its replay, replaces its status, and so do weights other than the newest.
        """
        self._key, self._run = key, run
        status = "" if run is None else STATUS.get(stage or run.status, "")
        used = None if run is None or stage else run.used
        early = () if run is None or used is None or not used.is_newest else early_stop_forms(run)
        self._is_usual = not (replayed or status or early) and used is not None and used.is_final
        self._said, self._is_final = replayed or status, self._is_usual or bool(early)
        if replayed:
            # May be shortened or dropped: the replay bar shows the epoch, the list of runs the status.
            self._statuses = (replayed, replayed.partition(":")[0], "")
        elif used is not None and not used.is_newest:
            self._statuses = weights_forms(used)  # never dropped: no other part of the pane says so
        elif run is not None and used is not None and run.status == "unfinished":
            self._statuses = weights_forms(used)
        elif early or self._is_usual:
            self._statuses = (*(early or weights_forms(used)), "")
        else:
            self._statuses = (status, "")
        self._show_mark()
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

    @Slot()
    def _show_mark(self) -> None:
        mark, side = self._marks.of(self._key), round(MARK * self._themes.scale)
        self._mark.setPixmap(mark_pixmap(mark, self._themes.theme, side, self.devicePixelRatioF()))
        self._mark.setFixedWidth(side)
        self._mark.setAccessibleName("Not in view" if mark is None else f"Mark of this run: {SHAPES[mark]}")

    def _show_words(self) -> None:
        run = self._run
        self._name.setText(Path(self._key).name if run is None else shown_name(run))
        said = f" ({self._said})" if self._said else ""
        measured = f"Class separability: {figure_tip(self._figure)}"
        reason = "" if run is None or not run.reason else f"{sentence(run.reason)}\n"
        weights = "" if run is None or run.used is None else f"Weights in use: {weights_words(run.used)}\n"
        self._name.setToolTip(
            "" if run is None else f"{run.name}: {run.title}{said}\n{reason}{weights}{run.key}\n{measured}\n{HANDLING}"
        )
        for button in (self._enlarge_button, self._close_button):
            button.setVisible(not self._alone)
        # The name may be long only beside the buttons that are now in view.
        roomy = self.width() >= MIN_FOR_ENLARGE * self._themes.scale and not self._name_is_long
        self._enlarge_button.setVisible(not self._alone and (roomy or self._enlarged))
        # First the buttons, then the status, then the rest: each takes width from the next.
        self._fit_status()
        family, figure = self._fitting_words()
        self._family.setText(family)
        self._family.setVisible(bool(family))
        self._figure_button.setText(figure)
        self._figure_button.setVisible(bool(figure))
        self.fitted.emit()

    def _fit_status(self) -> None:
        """Show the longest status text that leaves room for the name, else the shortest.

        That the final weights are used is the rule, so it also leaves room for the whole name, family and figure.
        """
        room, metrics = self._room_beside_name() - self._row.spacing(), self._status.fontMetrics()
        if self._is_usual:
            room = 0 if self._name_is_long else room
            room -= self._width_of("" if self._run is None else self._run.short_title, figure_text(self._figure))
        # A pane that becomes narrower must not be stopped by a text that is dropped then.
        self._status.setMinimumWidth(1 if self._is_usual else 0)
        self._status.setStyleSheet(
            f"color: {self._themes.theme.muted if self._is_final else self._themes.theme.accent_ink};"
        )
        fitting = (words for words in self._statuses if metrics.horizontalAdvance(words) <= room)
        self._status.setText(next(fitting, self._statuses[-1]))
        self._status.setVisible(bool(self._status.text()))

    def _room_beside_name(self) -> int:
        """Return the width left by the name and the buttons, in pixels."""
        name = min(self._name.sizeHint().width(), round(NAME_SHARE * self.width()))
        return self.width() - name - self._buttons_width - self._row.spacing()

    @property
    def _name_is_long(self) -> bool:
        """Whether the name is longer than the room beside the buttons in view."""
        return self._name.sizeHint().width() > self.width() - self._buttons_width - self._row.spacing()

    @property
    def _buttons_width(self) -> int:
        """The width of mark and buttons, in pixels."""
        buttons = sum(button.sizeHint().width() for button in self._buttons if not button.isHidden())
        return buttons + self._mark.sizeHint().width() + self._row.spacing()

    def _fitting_words(self) -> tuple[str, str]:
        """Return the texts of family and figure that leave room for the name."""
        room = self._room_beside_name()
        room -= self._status.sizeHint().width() + self._row.spacing() if self._status.text() else 0
        family = "" if self._run is None else self._run.short_title
        figure = figure_text(self._figure)
        # The figure goes first: the comparison of the runs has it too.
        for words in ((family, figure), (family, "")):
            if self._width_of(*words) <= room:
                return words
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
        # Without a value the button is hidden, and the tooltip of the name says why.
        if figure is None or figure.accuracy is None:
            return
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
        self.setFixedHeight(round(HEIGHT * scale))
        self._row.setSpacing(round(8 * scale))
        self._draw_buttons()
        self._show_mark()
        padding = f"{round(2 * scale)}px {round(4 * scale)}px"
        # With a type selector, or the pop-up below the button would inherit the muted colour.
        small = f"color: {theme.muted}; font-size: {round(12 * scale)}px; padding: {padding};"
        self._figure_button.setStyleSheet(f"QToolButton {{ {small} }}")
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


def shown_name(run: OpenRun) -> str:
    """Return the name of a run on its pane: that of its member in an experiment, such as "only KL"."""
    return (loss_title(run.config.model, run.group) if run.group is not None else "") or run.name


def early_stop_forms(run: OpenRun) -> tuple[str, ...]:
    """Return words on a training that ended before its last epoch, the longest first; none for any other."""
    done, planned = run.history.last_epoch, run.config.train.epochs
    if run.status != "finished" or not run.trained_by_steps or not 0 < done < planned:
        return ()
    return f"stopped early at epoch {done:.4g} of {planned}", "stopped early"


def figure_text(figure: Separability | None) -> str:
    """Return the figure in words; "" if it is not defined, or not known yet."""
    return "" if figure is None or figure.accuracy is None else f"separability {percent(figure.accuracy)}"


def figure_tip(figure: Separability | None) -> str:
    """Return the figure, or why there is none, for the tooltip of the name, which a narrow header also has."""
    if figure is None:
        return "not measured yet"
    return percent(figure.accuracy, 1) if figure.accuracy is not None else f"not defined, {figure.reason}"
