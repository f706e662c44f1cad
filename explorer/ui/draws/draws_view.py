"""The sheets of all runs in view, side by side, each with its head.

1. While a `DrawsView` is visible, it sends each run in view a `DrawSamples` question, answered by the newest weights.
   When hidden, it drops its questions.
2. Runs with the same prior and latent dimension decode the same codes.
3. Each answer is shown by a `DrawSheet`. A draw under the mouse is previewed in the decode column, and its card shows
   the nearest training sample. A click moves the probe to the draw, or to the real sample below it.
"""

from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from explorer.jobs.plane.projected_codes import code_source
from explorer.jobs.queries.sample_questions import DrawSamples
from explorer.jobs.questions import Question
from explorer.jobs.runs.open_run import OpenRun
from explorer.jobs.workers.inference import Answer
from explorer.latent.codes.draw_sheet import SheetDraws, SheetRequest, codes_of_source
from explorer.latent.steps import Absent
from explorer.session import Probe, View
from explorer.ui.curves.legend import run_names
from explorer.ui.decode.panel.run_block import RunHead
from explorer.ui.draws.draw_sheet import DrawSheet
from explorer.ui.draws.sheet_words import card_of, figure_of, note_of, request_of, waiting_text
from explorer.ui.plane.input.hover import HoverCard
from explorer.ui.services.app_state import AppState
from explorer.ui.services.probing import Preview
from explorer.ui.state.live_question import LiveQuestions
from explorer.ui.state.panes import shown_runs
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.identity import set_identity

NO_RUN = "Open a run to draw from it."
ABOUT = ("panes", "condition", "sheet", "probe")
"""Fields of the View that the draws depend on."""


class DrawsView(QWidget):
    """The sheets of all runs in view. It asks no questions while hidden.

    Signals
    -------
    changed
        The draws changed.
    """

    changed = Signal()

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._themes = state, themes
        # One question for each run; a newer one replaces it.
        self._questions = LiveQuestions(state.asker, self._on_answer, self._question_of, parent=self)
        self.sheets: dict[str, DrawSheet] = {}
        self._answers: dict[str, tuple[Question, SheetDraws | Absent]] = {}
        self._heads: dict[str, RunHead] = {}
        self._card = HoverCard(themes, self)
        inner = QWidget()
        # With a parent: it is in the layout only while there is no run.
        self._empty = QLabel(NO_RUN, inner, alignment=Qt.AlignmentFlag.AlignCenter)
        self._empty.setProperty("role", "muted")
        self._grid = QGridLayout(inner)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(4)
        self._scroll = set_identity(QScrollArea(widgetResizable=True), "draws_scroll", accessible="Draws")
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inner)
        self._scroll.viewport().installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._scroll)
        state.priors.changed.connect(self._ask)
        for signal in (state.store.opened, state.store.plane_changed, state.store.details_changed):
            signal.connect(self._on_run)
        state.store.closed.connect(self._forget)
        state.session.listen(self.show_view)
        self._arrange()

    def sheet_of(self, key: str) -> SheetDraws | None:
        """Return the draws of a run that are shown."""
        known = self._answers.get(key)
        return known[1] if known is not None and isinstance(known[1], SheetDraws) else None

    def request_of(self, key: str) -> SheetRequest | None:
        """Return the request that gave the draws shown for a run; None without draws."""
        question = self._answers[key][0] if key in self._answers else None
        return question.request if isinstance(question, DrawSamples) else None

    @property
    def shown(self) -> list[tuple[OpenRun, SheetDraws]]:
        """The runs in view that already have draws, with these draws."""
        runs = self._state.store.runs
        return [(runs[key], sheet) for key in self.sheets if key in runs and (sheet := self.sheet_of(key)) is not None]

    def show_view(self, old: View, new: View) -> None:
        """Arrange other runs; ask again if the settings, the probe or the class have changed."""
        if old.panes != new.panes:
            self._arrange()
        if any(getattr(old, name) != getattr(new, name) for name in ABOUT):
            self._show()
            self._ask()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask the questions that were not asked while the view was hidden."""
        super().showEvent(event)
        self._arrange()
        self._show()
        self._ask()

    def hideEvent(self, event: QHideEvent) -> None:
        """Drop the questions, so that all are asked again when the view is shown."""
        super().hideEvent(event)
        self._questions.drop()
        self._leave()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fit the sheets to the height in view."""
        if event.type() == QEvent.Type.Resize and isinstance(event, QResizeEvent):
            self._leave()
            self._set_room()
        return super().eventFilter(watched, event)

    def _set_room(self) -> None:
        heads = max((head.sizeHint().height() for head in self._heads.values()), default=0)
        for sheet in self.sheets.values():
            sheet.set_room(max(1, self._scroll.viewport().height() - heads - self._grid.verticalSpacing()))

    def _arrange(self) -> None:
        """Show a head and a sheet for each run in view."""
        runs = shown_runs(self._state.session.view, self._state.store.runs)
        # Probe and selection change the View as well, but no sheet.
        if [run.key for run in runs] == list(self.sheets):
            self._empty.setVisible(not runs)
            if not runs:
                self._grid.addWidget(self._empty, 1, 0)
            return
        while (item := self._grid.takeAt(0)) is not None:
            # Hidden at once, as deletion waits for the event loop.
            if (widget := item.widget()) is not None and widget is not self._empty:
                widget.hide()
                widget.deleteLater()
        # Runs out of view are not asked about newer weights; on return they are asked like new runs.
        for key in self.sheets.keys() - {run.key for run in runs}:
            self._questions.drop(key)
        self._heads, self.sheets = {}, {}
        for column, run in enumerate(runs):
            self._add(run, column)
        # QGridLayout keeps the columns of removed runs.
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 1 if column < len(runs) else 0)
        self._grid.setRowStretch(1, 1)
        self._empty.setVisible(not runs)
        if not runs:
            self._grid.addWidget(self._empty, 1, 0)
        self._leave()
        self._set_room()
        self._show()

    def _add(self, run: OpenRun, column: int) -> None:
        head = RunHead(f"draws_head_{column + 1}", self._state.marks, self._themes)
        sheet = DrawSheet(self._themes)
        sheet.setObjectName(f"draw_sheet_{column + 1}")
        sheet.setAccessibleName(f"Draws of {run.name} and the nearest real samples")
        sheet.chosen.connect(partial(self._probe_draw, run.key))
        sheet.sample_chosen.connect(partial(self._state.probing.probe_sample, run.key))
        sheet.pointed.connect(partial(self._on_pointed, run.key))
        self._grid.addWidget(head, 0, column)
        self._grid.addWidget(sheet, 1, column)
        self._heads[run.key], self.sheets[run.key] = head, sheet

    def _question_of(self, key: str) -> Question | None:
        run = self._state.store.runs.get(key)
        if run is None or key not in self.sheets or not self.isVisible():
            return None
        request = request_of(self._state.session.view, run)
        if isinstance(request, str):
            return None
        if request.source not in ("prior", "range"):
            return DrawSamples(key, request, has_data=run.dataset is not None)
        source = code_source(run, self._state.priors.of(key))
        # A learned prior is fetched from the model first, after which `priors.changed` asks again.
        needs_codes = request.source == "range" or not run.capabilities.prior
        if not source.is_known or (needs_codes and run.plane is None):
            return None
        # The same seed for every run, so that equal priors give equal codes.
        z, words = codes_of_source(source, request)
        codes = tuple(tuple(map(float, code)) for code in z)
        return DrawSamples(key, request, codes, words, run.dataset is not None)

    @Slot()
    def _ask(self) -> None:
        for key in self.sheets:
            question = self._question_of(key)
            if question is None:
                self._questions.drop(key)
            # Many signals of the store do not affect the draws.
            elif question != (asked := self._questions.asked(key)):
                # While the probe is dragged, draws around its earlier positions are shown.
                follows = isinstance(asked, DrawSamples) and asked.request.source == "around"
                self._questions.ask(question, supersedes=not follows)

    @Slot(str)
    def _on_run(self, key: str) -> None:
        if key in {pane.run for pane in self._state.session.view.panes}:
            self._arrange()
            self._ask()

    @Slot(str)
    def _forget(self, key: str) -> None:
        self._answers.pop(key, None)

    def _on_answer(self, answer: Answer) -> None:
        assert isinstance(answer.value, SheetDraws | Absent)
        # Kept for runs out of view, whose sheets can then be shown at once when they return.
        self._answers[answer.question.run] = answer.question, answer.value
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        view = self._state.session.view
        runs = [run for key in self.sheets if (run := self._state.store.runs.get(key)) is not None]
        for run, name in zip(runs, run_names(runs), strict=True):
            request = request_of(view, run)
            value = self._answers[run.key][1] if run.key in self._answers else None
            if isinstance(request, str):
                value = Absent(request)
            elif isinstance(value, Absent):
                # Drop a reason, which belongs to the former question; keep draws until new ones arrive.
                value = value if request == self.request_of(run.key) else None
            figure, brief = figure_of(run, value, view)
            self._heads[run.key].show_run(run.key, name, figure, brief)
            if isinstance(value, SheetDraws) and (note := note_of(value)):
                self._heads[run.key].setToolTip(f"{name}, {figure}\n{note}")
            self.sheets[run.key].show_draws(run, value, view.sheet, waiting_text(view))

    def _probe_draw(self, key: str, index: int) -> None:
        sheet = self.sheet_of(key)
        if sheet is not None:
            self._state.probing.probe_point(key, tuple(map(float, sheet.draws.z[index])))

    def _on_pointed(self, key: str, index: int) -> None:
        """Show a draw in the decode column, its card, and the nearest sample on the planes."""
        run, sheet = self._state.store.runs.get(key), self.sheet_of(key)
        if index < 0 or run is None or sheet is None:
            self._leave()
            return
        z, nearest = tuple(map(float, sheet.draws.z[index])), sheet.draws.nearest
        self._state.probing.show_preview(Preview(Probe(key, z), f"draw {index + 1}"))
        self._state.probing.hover_sample(key, None if nearest is None else int(nearest[index]))
        self._card.show_sample(card_of(run, sheet, index, self._state.units.unit), run)
        # Beside the draw: at the mouse, the card would cover the picture that it describes.
        area = self.sheets[key].grid.area(index)
        corner = self.sheets[key].mapTo(self, QPoint(round(area.right()), round(area.center().y())))
        self._card.show_beside(QPointF(corner))
        self._card.show()

    def _leave(self) -> None:
        if self._card.isVisible():
            self._card.hide()
            self._state.probing.show_preview(None)
            self._state.probing.hover_sample("", None)
