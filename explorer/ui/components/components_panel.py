"""The components of the active run if it is linear: pictures, explained variance, and the angle to PCA's plane.

1. The active run changes: `_begin` clears the parts of another run and says whether there are components to offer.
2. While the panel is visible, `LiveQuestion` asks for the parts, and again at newer weights.
3. `_draw` fills table, bars and angle; `_fit` gives the table the space that the charts leave.
"""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QScrollArea, QVBoxLayout, QWidget

from explorer.jobs.queries.model_questions import FindLinearComponents
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.models.linear_parts import ANGLE, LinearParts
from explorer.session import View
from explorer.ui.components.component_charts import (
    NOT_LINEAR,
    NOT_YET,
    AngleCurve,
    VarianceBars,
    angle_title,
    bars_title,
    summaries,
)
from explorer.ui.components.component_table import ComponentTable, DirectionRow
from explorer.ui.services.app_state import AppState
from explorer.ui.state.live_question import LiveQuestion
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.flow import pad_panel
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.labels import ElidingLabel, FittingLabel, short_forms
from explorer.ui.widgets.saving import FIGURE_KINDS, ask_path, widgets_as_bytes, write_bytes


class ComponentsPanel(QFrame):
    """The components of a linear model, live while it trains.

    Signals
    -------
    offered_changed : bool
        Whether the active run has components.
    """

    offered_changed = Signal(bool)

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._tasks, self._store, self._session = state.tasks, state.store, state.session
        self._trainings = state.trainings
        self._question = LiveQuestion(state.asker, self._on_answer, self._current_question, parent=self)
        self._parts: LinearParts | None = None
        self._shown = ""  # key of the run shown
        self.offered = False
        self.setProperty("panel", "true")
        set_identity(self, "components_view", accessible="Components")
        self._build()
        self._connect()
        self._apply_theme()
        self._begin()

    @property
    def parts(self) -> LinearParts | None:
        """The parts shown, or None."""
        return self._parts

    @property
    def words(self) -> str:
        """The text below the head."""
        return self._text.longest

    def show_view(self, old: View, new: View) -> None:
        """Show another run's components."""
        if old.active_run != new.active_run:
            self._begin()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu that saves the picture."""
        self.menu.popup(event.globalPos())

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for the parts, which are not asked for while the panel is hidden."""
        super().showEvent(event)
        self._ask()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the pictures to the new size."""
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def save_picture(self) -> None:
        """Ask for a file and save the view as PNG, SVG or PDF."""
        run = self._run()
        if run is None or self._parts is None:
            return
        path = ask_path(self, "Save components", f"{run.name}-components.png", FIGURE_KINDS)
        if path is not None:
            margin = self.fontMetrics().height() // 2
            # Drawn now, on the main thread: only writing the bytes is left to the background task.
            data = widgets_as_bytes([self._body], path.suffix, margin, self._themes.theme.panel)
            self._tasks.save(path, lambda _: write_bytes(path, data))

    # Questions

    def _run(self) -> OpenRun | None:
        return self._store.runs.get(self._session.view.active_run or "")

    def _begin(self) -> None:
        """Show the active run."""
        run = self._run()
        # The same run's parts stay until the newer ones arrive, so that nothing flickers.
        if run is None or run.key != self._shown:
            self._parts = None
        self._shown = "" if run is None else run.key
        offered = run is not None and run.is_linear
        if offered != self.offered:
            self.offered = offered
            self.offered_changed.emit(offered)
        self._draw()
        self._ask()

    def _ask(self) -> None:
        if (question := self._current_question()) is not None:
            self._question.ask(question)

    def _current_question(self) -> FindLinearComponents | None:
        """Return the question for the active run; None while the panel is hidden or the run is not linear."""
        run = self._run()
        return FindLinearComponents(run.key) if run is not None and run.is_linear and self.isVisible() else None

    @Slot(str)
    def _on_run(self, key: str) -> None:
        if key == self._session.view.active_run:
            self._begin()

    @Slot(str)
    def _on_history(self, key: str) -> None:
        if key == self._shown and self.isVisible():
            self._draw_angle()
            if self._parts is None:  # an autoencoder that is linear by its settings needs its data, which came now
                self._ask()

    def _on_answer(self, answer: Answer) -> None:
        # The active run may have changed since the question.
        if answer.question.run == self._shown:
            self._parts = answer.value
            self._draw()

    # Drawing

    def _draw(self) -> None:
        run, parts = self._run(), self._parts
        self._head.setText("Components" if run is None else run.name)
        self._save.setEnabled(parts is not None)
        self._body.setVisible(parts is not None)
        if run is None or parts is None:
            why = NOT_YET if run is not None and run.is_linear else NOT_LINEAR
            self._text.set_forms(*(() if run is None else short_forms(why)))
            return
        self._text.set_forms(*summaries(parts))
        # The mean is in model values; samples are shown in their own units.
        mean = None if parts.mean is None else run.description.transform.invert(parts.mean)
        self.table.show_rows(_rows(parts), mean, run.description)
        self._bars_title.setText(bars_title(parts))
        self.bars.set_shares(parts.explained_variance_ratio, len(parts.components), parts.share_of)
        self._angle.setVisible(parts.angle is not None)
        self._draw_angle()
        self._fit()

    def _draw_angle(self) -> None:
        run, parts = self._run(), self._parts
        if run is None or parts is None or parts.angle is None:
            return
        epochs, degrees = run.history.figure_curve(ANGLE)
        # While it trains the axis covers all planned epochs, afterwards only those that were trained.
        epochs_shown = (
            run.config.train.epochs if run.key in self._trainings.running else float(epochs[-1]) if len(epochs) else 1.0
        )
        self._angle_title.setText(angle_title(parts.angle))
        self.angle_curve.set_curve(epochs, degrees, epochs_shown)

    # Construction and appearance

    def _fit(self) -> None:
        margins, gap = self._column.contentsMargins(), self._row.spacing()
        heads = max(self._head.sizeHint().height(), self._text.sizeHint().height()) + self._column.spacing()
        # isHidden, not isVisible: the sizes are needed before the panel is shown for the first time.
        beside = [widget for widget in (self._bars, self._angle) if not widget.isHidden()]
        taken = sum(widget.minimumSizeHint().width() + gap for widget in beside)
        width = self.width() - margins.left() - margins.right() - taken
        height = self.height() - heads - margins.top() - margins.bottom() - 2
        self.table.set_room(width, height, self._scroll.horizontalScrollBar().sizeHint().height())
        self._scroll.setMaximumWidth(self.table.sizeHint().width())
        self._scroll.updateGeometry()

    def _build(self) -> None:
        self._head = ElidingLabel()
        self._head.setProperty("role", "head")
        self._text = set_identity(FittingLabel(), "components_words", accessible="About the components")
        self._text.setProperty("role", "muted")
        self.table = ComponentTable(self._themes)
        self._scroll = set_identity(_Across(self.table), "components_scroll", accessible="Components as pictures")
        self.bars, self.angle_curve = VarianceBars(self._themes), AngleCurve(self._themes)
        self._bars_title, self._angle_title = ElidingLabel(), ElidingLabel()
        self._bars = _titled(self._bars_title, self.bars)
        self._angle = _titled(self._angle_title, self.angle_curve)
        self.menu = set_identity(QMenu(self), "components_menu", accessible="Components")
        self._save = self.menu.addAction("Save picture…")
        self._save.setObjectName("action_components_save")
        self._body = QWidget()
        self._row = QHBoxLayout(self._body)
        self._row.setContentsMargins(0, 0, 0, 0)
        for widget, grows in ((self._scroll, 0), (self._bars, 1), (self._angle, 1)):
            self._row.addWidget(widget, grows)
        top = QHBoxLayout()
        top.addWidget(self._head, 2)
        top.addWidget(self._text, 3)
        self._column = QVBoxLayout(self)
        self._column.addLayout(top)
        self._column.addWidget(self._body, 1)
        self._column.addStretch(0)

    def _connect(self) -> None:
        self._save.triggered.connect(self.save_picture)
        self._themes.changed.connect(self._apply_theme)
        self._store.opened.connect(self._on_run)
        self._store.closed.connect(self._on_run)
        self._store.details_changed.connect(self._on_history)
        self._session.listen(self.show_view)

    @Slot()
    def _apply_theme(self) -> None:
        margin = pad_panel(self._column, self._themes.scale)
        self._row.setSpacing(margin)
        self._fit()


class _Across(QScrollArea):
    """Scrolls horizontally, and always asks for its widget's current size; QScrollArea caches the first one."""

    def __init__(self, across: QWidget) -> None:
        super().__init__(widgetResizable=True)
        self._across = across
        self.setWidget(across)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # Rows always fit: set_room chooses their height.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def sizeHint(self) -> QSize:
        """Return the widget's preferred size."""
        return self._across.sizeHint()


def _titled(title: ElidingLabel, widget: QWidget) -> QWidget:
    title.setProperty("role", "small")
    titled = QWidget()
    column = QVBoxLayout(titled)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(title)
    column.addWidget(widget, 1)
    return titled


def _rows(parts: LinearParts) -> tuple[DirectionRow, ...]:
    if parts.reference is None:
        return (DirectionRow("", "what a unit step along it adds to the decode", parts.components),)
    return (
        DirectionRow("decoder", "a column of the decoder: what a unit step along it adds", parts.components),
        DirectionRow("PCA", "a principal component of the training samples", parts.reference),
    )
