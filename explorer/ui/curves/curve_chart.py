"""A plot with its title, and how the curves of the runs in view are drawn in it."""

from dataclasses import replace

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget
from superqt import QElidingLabel

from explorer.jobs.runs.open_run import OpenRun
from explorer.models.terms import NATS
from explorer.ui.curves.charts import Chart
from explorer.ui.curves.curve_plot import CurvePlot, Line
from explorer.ui.curves.curves_in_view import CurvesInView, lines_of
from explorer.ui.curves.series import range_of_runs, whole_range
from explorer.ui.theme.style_sheet import TEXT_PIXELS
from explorer.ui.theme.theme import Theme, ThemeSource
from explorer.ui.why.card_places import beside
from explorer.ui.why.why_mark import WhyMark
from explorer.ui.widgets.identity import set_identity
from explorer.ui.widgets.readout import number

MIN_EMS = (8.5, 4.0)
"""Minimum width and height of a plot, in heights of normal text."""
HEAD_MARGIN, HEAD_SPACING = 4, 8
HEAD_ROOM = 24
"""Pixels before and between the parts of the head; beside the title and its mark."""


NO_CURVES = "No curves yet. They start with the first training step."


class CurveChart(QWidget):
    """One plot with its title; ``plot`` is the plot itself."""

    def __init__(self, name: str, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._em, self._term = float(TEXT_PIXELS), ""
        self._mark = WhyMark(f"curve_{name}", "loss", themes, beside(self))
        self._mark.toggled.connect(self._fit_head)
        self.plot = set_identity(CurvePlot(self), f"curve_{name}", accessible="Curves")
        self._title = set_identity(QLabel(self), f"curve_title_{name}")
        self._note = set_identity(QElidingLabel(self), f"curve_note_{name}")
        self._title.setProperty("role", "small")
        self._title.setStyleSheet("font-weight: 600;")
        self._note.setProperty("role", "muted")
        self._note.setElideMode(Qt.TextElideMode.ElideRight)
        # Ignored: a long note must not widen the plot. It elides instead.
        self._note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head = QHBoxLayout()
        head.setContentsMargins(HEAD_MARGIN, 0, 0, 0)
        head.setSpacing(HEAD_SPACING)
        head.addWidget(self._title)
        head.addWidget(self._mark)
        head.addWidget(self._note, 1)
        head.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.plot, 1)

    def apply_theme(self, theme: Theme, scale: float) -> None:
        """Set colours and sizes."""
        self.plot.apply_theme(theme, scale)
        self._em = TEXT_PIXELS * scale
        self._fit_head()

    def set_title(self, title: str, note: str) -> None:
        """Set the title, and the quieter note beside it, which may elide."""
        if (title, note) != (self._title.text(), self._note.text()):
            self._title.setText(title)
            self._note.setText(note)
            # An empty label would still take the space before it.
            self._note.setVisible(bool(note))
            self._fit_head()
        self.plot.setAccessibleDescription(f"{title} {note}".strip())

    def set_tip(self, tip: str) -> None:
        """Set the definition of what is drawn, with its unit."""
        self.plot.setAccessibleName(tip)
        for label in (self._title, self._note):
            label.setToolTip(tip)

    def set_term(self, term: str) -> None:
        """Set the term that the mark beside the title explains; "" hides the mark."""
        self._term = term
        if term:
            self._mark.set_term(term)
        self._fit_head()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the mark if there is room beside the title."""
        super().resizeEvent(event)
        self._fit_head()

    @Slot()
    def _fit_head(self) -> None:
        """Show the mark beside the title if both fit; while its card is open, the plot keeps the room for them."""
        head, is_open = self._title.sizeHint().width() + self._mark.width() + HEAD_ROOM, self._mark.isChecked()
        self._mark.setVisible(bool(self._term) and (is_open or self.width() >= head))
        # Beside an open card in its row, a plot gets no more than its minimum.
        note = HEAD_SPACING if self._note.text() else 0
        min_width = max(round(MIN_EMS[0] * self._em), HEAD_MARGIN + self._title.sizeHint().width() + note)
        self.setMinimumSize(max(min_width, head) if is_open else min_width, round(MIN_EMS[1] * self._em))

    @property
    def title(self) -> str:
        """The title."""
        return str(self._title.text())

    @property
    def note(self) -> str:
        """The note beside the title."""
        return str(self._note.text())


def draw_chart(
    widget: CurveChart, chart: Chart, runs: list[OpenRun], curves: CurvesInView, themes: ThemeSource, *, whole: bool
) -> None:
    """Draw a chart of these runs, the active one first; ``whole`` shows every value instead of the readable range."""
    lines = lines_of(chart, runs, curves, themes)
    span = whole_range([line.curve for line in lines])
    plot = widget.plot
    # A log scale needs positive values in the whole range, also in the part that is not shown.
    plot.set_log(curves.wants_log and span is not None and span[0] > 0)
    plot.set_axis_name(curves.axis_name)
    plot.show_lines(_placed(lines, runs, curves))
    by_run = [[line.curve for line in lines if line.run == run] for run in {line.run for line in lines}]
    values = span if whole else range_of_runs(by_run)
    if values is not None:
        # The KL by dimension belongs to the active run alone.
        plot.set_range(curves.across(runs if chart.curve else runs[:1]), values)
    why = curves.why_not(chart, runs[0])
    plot.show_notice("" if lines else why or NO_CURVES)
    widget.set_title(chart.title, _note(chart, runs[0]))
    widget.set_tip(chart.tip(curves.unit))
    widget.set_term(chart.term.term)
    words = (
        f"{chart.tip(curves.unit)}. Double-click: whole range",
        _beside_words(chart, runs[0], curves),
        why and f"{runs[0].name}: {why}",
    )
    widget.setToolTip(". ".join(part for part in words if part))


def _placed(lines: list[Line], runs: list[OpenRun], curves: CurvesInView) -> list[Line]:
    """Return the lines with positions on the horizontal axis instead of epochs."""
    axes = {run.key: curves.axis_of(run) for run in runs}
    return [
        replace(line, curve=axes[line.run].place(line.curve), band_to=axes[line.run].place(line.band_to))
        for line in lines
    ]


def _beside_words(chart: Chart, run: OpenRun, curves: CurvesInView) -> str:
    """Return a sentence on the term drawn beside a run's own curves, with its newest value."""
    latest = curves.beside(chart, run).latest
    if chart.beside is None or latest is None:
        return ""
    return f"Dotted: {chart.beside.title} {number(latest)} (validation). {chart.beside.definition}"


def _note(chart: Chart, run: OpenRun) -> str:
    """Return what differs from the other plots: the only run that is drawn, or another unit."""
    if not chart.curve:
        return f"{run.name}, training"
    return chart.term.unit if chart.term.unit != NATS else ""
