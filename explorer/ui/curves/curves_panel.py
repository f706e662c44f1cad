"""The curves panel: loss, reconstruction and KL of the runs in view, live, and what to do with them."""

from PySide6.QtCore import QPoint, Qt, QTimer, Slot
from PySide6.QtGui import QAction, QActionGroup, QContextMenuEvent, QCursor, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from explorer.export.tables import save_curves
from explorer.jobs.open_run import OpenRun
from explorer.session import View
from explorer.ui.curves.charts import Chart, charts_of
from explorer.ui.curves.curve_chart import CurveChart
from explorer.ui.curves.curve_plot import Line
from explorer.ui.curves.legend import CurveLegend, Entry
from explorer.ui.curves.readout import Row, number, readout_html
from explorer.ui.curves.series import SPLITS, Curve, RunCurves, readable_range, whole_range
from explorer.ui.curves.strokes import dimension_stroke, run_stroke
from explorer.ui.named import named
from explorer.ui.saving import PICTURE_KINDS, ask_path, widgets_as_bytes, write_bytes
from explorer.ui.theme import ThemeSource
from explorer.ui.workbench import Workbench

REDRAW_MILLISECONDS = 33
LEGEND_EMS = 12
NO_RUN = "No run is in view. Train one with the form at the left, or open one (Ctrl+O)."
NO_CURVES = "No curves yet: they begin with the first step of training."
CLEARED = "Cleared: only what is trained from now on is drawn. Menu, Show all brings the rest back."


class CurvesPanel(QFrame):
    """Loss, reconstruction and KL over epochs; the active run in the accent, the other runs in view in quiet tones."""

    def __init__(self, bench: Workbench, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench, self._themes = bench, themes
        self._curves: dict[str, RunCurves] = {}
        self._cleared: dict[str, float] = {}
        self._whole = False
        self._charts: dict[str, CurveChart] = {}
        self._outdated: list[str] = []
        self._redraw_soon = QTimer(self, singleShot=True, interval=REDRAW_MILLISECONDS)
        self._redraw_soon.timeout.connect(self._redraw_next)
        self._make_actions()
        self._make_widgets()
        self._dress()
        themes.changed.connect(self._dress)
        for signal in (bench.run_opened, bench.run_changed, bench.run_closed):
            signal.connect(self._on_run)
        bench.session.listen(self.show_view)
        self._redraw()

    # What is shown

    def show_view(self, old: View, new: View) -> None:
        """Draw what differs."""
        names = ("panes", "active", "curves_log", "curves_as_elbo", "curves_by_dimension")
        if any(getattr(old, name) != getattr(new, name) for name in names):
            self._redraw()

    def chart(self, name: str) -> CurveChart:
        """Give a plot with its title: ``"loss"``, ``"reconstruction"``, ``"kl"``, ``"dimensions"``."""
        return self._charts[name]

    @property
    def empty_text(self) -> str:
        """What is written where there is nothing to draw; empty where there is."""
        return "" if self._stack.currentIndex() == 0 else self._empty.text()

    def reading(self, epoch: float) -> str:
        """Give the table of all values nearest to an epoch, as the cursor shows it."""
        charts = [chart for chart in charts_of(self._bench.session.view) if chart.term]
        rows, found = [], epoch
        for run in self._runs():
            for split in SPLITS:
                at = [self._curve(run, split, chart.term).at(epoch) for chart in charts]
                if any(point is not None for point in at):
                    rows.append(Row(run.name, split, tuple(point[1] if point else None for point in at)))
                    found = next(point[0] for point in at if point) if len(rows) == 1 else found
        return readout_html(found, [chart.title for chart in charts], rows) if rows else ""

    @Slot()
    def save_picture(self) -> None:
        """Ask for a file and save the curves as PNG or SVG."""
        path = ask_path(self, "Save curves", f"{self._file_name()}.png", PICTURE_KINDS)
        if path is not None:
            margin = self.fontMetrics().height() // 2
            data = widgets_as_bytes([self._legend, self._plots], path.suffix, margin, self._themes.theme.panel)
            self._bench.run_task(f"save {path}", lambda _: write_bytes(path, data), self._on_saved)

    @Slot()
    def save_csv(self) -> None:
        """Ask for a file and save the active run's curves as a table."""
        runs = self._runs()
        if not runs:
            return
        path = ask_path(self, "Save curves", f"{self._file_name()}.csv", {"csv": "CSV table"})
        if path is not None:
            history = runs[0].history
            self._bench.run_task(f"save {path}", lambda _: save_curves(path, history), self._on_saved)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer the panel's menu at the hand."""
        self._menu.popup(event.globalPos())

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what happened while nobody looked."""
        super().showEvent(event)
        self._redraw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave to the menu the buttons that do not fit."""
        super().resizeEvent(event)
        self._fit_buttons()

    # Making

    def _make_actions(self) -> None:
        view = self._bench.session.view
        choice = QActionGroup(self)
        self._loss = self._action("curves_loss", "loss ↓", "Show the loss: what training minimises", True)
        self._elbo = self._action("curves_elbo", "ELBO ↑", "Show −(reconstruction + KL), a bound on log p(x)", True)
        for action in (self._loss, self._elbo):
            choice.addAction(action)
        self._log = self._action("curves_log", "log", "Logarithmic scale", True)
        self._dimensions = self._action(
            "curves_by_dimension", "by dimension", "KL of each latent dimension, beside the others", True
        )
        self._tail = self._action("curves_whole", "Whole range", "Also its steep beginning (or double-click)", True)
        self._clear = self._action("curves_clear", "clear", "Draw only what is trained from now on; deletes nothing")
        self._show_all = self._action("curves_show_all", "Show all", "Draw again what clear has hidden")
        self._png = self._action("curves_save_picture", "Save as picture…", "Save the curves as PNG or SVG")
        self._csv = self._action("curves_save_csv", "Save as CSV…", "Save the active run's numbers, in nats per sample")
        (self._elbo if view.curves_as_elbo else self._loss).setChecked(True)
        for action, slot in (
            (self._loss, self._on_choice),
            (self._elbo, self._on_choice),
            (self._log, self._on_log),
            (self._dimensions, self._on_dimensions),
            (self._tail, self._on_whole),
            (self._clear, self._on_clear),
            (self._show_all, self._on_show_all),
            (self._png, self.save_picture),
            (self._csv, self.save_csv),
        ):
            action.triggered.connect(slot)

    def _action(self, name: str, text: str, tip: str, checkable: bool = False) -> QAction:
        action = QAction(text, self, checkable=checkable)
        action.setObjectName(f"action_{name}")
        action.setToolTip(tip)
        return action

    def _make_widgets(self) -> None:
        named(self, "loss_curves", accessible="Curves of training")
        self.setProperty("panel", "true")
        self._head = QLabel("CURVES")
        self._head.setProperty("role", "head")
        self._legend = named(CurveLegend(), "curves_legend", accessible="Lines")
        self._buttons = [self._button(action) for action in (self._loss, self._elbo, self._log, self._dimensions)]
        self._buttons.append(self._button(self._clear))
        self._menu = named(QMenu(self), "curves_menu", accessible="Curves")
        self._menu.setToolTipsVisible(True)
        self._menu.addActions([self._loss, self._elbo])
        self._menu.addSeparator()
        self._menu.addActions([self._log, self._dimensions, self._tail, self._clear, self._show_all])
        self._menu.addSeparator()
        self._menu.addActions([self._png, self._csv])
        self._menu_button = named(QToolButton(), "curves_menu_button", "More: clear, range, saving", "Curves menu")
        self._menu_button.setText("⋯")
        self._menu_button.setMenu(self._menu)
        self._menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._top = QHBoxLayout()
        self._top.addWidget(self._head)
        self._top.addWidget(self._legend, 1)
        for button in (*self._buttons, self._menu_button):
            self._top.addWidget(button)
        self._plots = QWidget()
        self._plots_layout = QHBoxLayout(self._plots)
        self._plots_layout.setContentsMargins(0, 0, 0, 0)
        self._empty = named(QLabel(NO_RUN, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True), "curves_empty")
        self._empty.setProperty("role", "muted")
        scroll = named(QScrollArea(widgetResizable=True), "curves_scroll", accessible="Plots")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self._plots)
        self._stack = QStackedWidget()
        self._stack.addWidget(scroll)
        self._stack.addWidget(self._empty)
        self._layout = QVBoxLayout(self)
        self._layout.addLayout(self._top)
        self._layout.addWidget(self._stack, 1)

    def _button(self, action: QAction) -> QToolButton:
        name = action.objectName().removeprefix("action_")
        button = named(QToolButton(), f"{name}_button", action.toolTip())
        button.setDefaultAction(action)
        return button

    def _chart_for(self, chart: Chart) -> CurveChart:
        widget = self._charts.get(chart.name)
        if widget is None:
            widget = self._charts[chart.name] = CurveChart(chart.name, chart.tip)
            widget.dress(self._themes.theme, self._themes.scale)
            widget.plot.hovered.connect(self._on_hovered)
            widget.plot.whole_asked.connect(self._on_whole_asked)
            self._plots_layout.addWidget(widget, 1)
        return widget

    @Slot()
    def _dress(self) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        self._legend.dress(theme.text, theme.muted)
        gap = round(8 * scale)
        self._layout.setContentsMargins(round(12 * scale), gap, gap, round(6 * scale))
        self._layout.setSpacing(round(4 * scale))
        self._top.setSpacing(round(4 * scale))
        self._plots_layout.setSpacing(round(12 * scale))
        # Quieter than the toolbar's: they share a line with the legend.
        small = f"QToolButton {{ padding: {round(2 * scale)}px {round(6 * scale)}px; }}"
        for button in self._buttons:
            button.setStyleSheet(small)
        for chart in self._charts.values():
            chart.dress(theme, scale)
        self._redraw()
        self._fit_buttons()

    def _fit_buttons(self) -> None:
        """Show as many buttons as leave the legend room, the first ones first; the menu has all of them."""
        gap = self._top.spacing()
        margins = self._layout.contentsMargins()
        taken = self._head.sizeHint().width() + self._menu_button.sizeHint().width() + 4 * gap
        room = self.width() - margins.left() - margins.right() - taken
        choice = sum(button.sizeHint().width() + gap for button in self._buttons[:2])
        room -= min(self._legend.wanted_width(), max(room - choice, self.fontMetrics().height() * LEGEND_EMS))
        # The choice between loss and ELBO is one thing: both of its buttons or none.
        for buttons in (self._buttons[:2], *([button] for button in self._buttons[2:])):
            room -= sum(button.sizeHint().width() + gap for button in buttons)
            for button in buttons:
                button.setVisible(room >= 0)

    # Drawing

    def _runs(self) -> list[OpenRun]:
        """Give the runs in view, the active one first."""
        view = self._bench.session.view
        keys = dict.fromkeys([view.active_run, *(pane.run for pane in view.panes)])
        return [self._bench.runs[key] for key in keys if key is not None and key in self._bench.runs]

    @Slot(str)
    def _on_run(self, key: str) -> None:
        if key not in self._bench.runs:
            self._curves.pop(key, None)
            self._cleared.pop(key, None)
        if self.isVisible():
            self._outdated += [name for name in self._shown_charts() if name not in self._outdated]
            self._start_redraw()

    def _start_redraw(self) -> None:
        if not self._redraw_soon.isActive():
            self._redraw_soon.start()

    @Slot()
    def _redraw_next(self) -> None:
        """Draw one plot that is out of date, then the next: all at once would hold the hand up."""
        runs = self._read_runs()
        if self._stack.currentIndex() != 0 or not self._is_drawn(runs) or not self._outdated:
            self._redraw()
            return
        name = self._outdated.pop(0)
        chart = next((chart for chart in charts_of(self._bench.session.view) if chart.name == name), None)
        if chart is not None:
            self._show_chart(chart, self._chart_for(chart), runs)
        if self._outdated:
            self._start_redraw()
        else:
            self._show_actions(runs)
            self._show_legend(runs)

    def _shown_charts(self) -> list[str]:
        return [chart.name for chart in charts_of(self._bench.session.view)]

    def _read_runs(self) -> list[OpenRun]:
        runs = self._runs()
        for run in runs:
            self._curves.setdefault(run.key, RunCurves()).read(run.history)
        return runs

    def _is_drawn(self, runs: list[OpenRun]) -> bool:
        return any(self._curves[run.key].last_epoch > self._cleared.get(run.key, -1.0) for run in runs)

    @Slot()
    def _redraw(self) -> None:
        runs = self._read_runs()
        self._outdated.clear()
        self._show_actions(runs)
        self._show_legend(runs)
        drawn = self._is_drawn(runs)
        hidden = any(run.key in self._cleared for run in runs)
        self._empty.setText(NO_RUN if not runs else CLEARED if hidden else NO_CURVES)
        self._stack.setCurrentIndex(0 if drawn else 1)
        if drawn:
            self._show_charts(runs)

    def _show_actions(self, runs: list[OpenRun]) -> None:
        view = self._bench.session.view
        (self._elbo if view.curves_as_elbo else self._loss).setChecked(True)
        self._dimensions.setChecked(view.curves_by_dimension)
        self._log.setChecked(view.curves_log)
        why = self._why_no_log(runs)
        self._log.setEnabled(not why)
        self._log.setToolTip(why or "Logarithmic scale")
        self._tail.setChecked(self._whole)
        self._clear.setEnabled(bool(runs))
        self._show_all.setEnabled(any(run.key in self._cleared for run in runs))
        self._csv.setEnabled(bool(runs))
        self._png.setEnabled(bool(runs))

    def _why_no_log(self, runs: list[OpenRun]) -> str:
        if self._bench.session.view.curves_as_elbo:
            return "No log scale: an ELBO is below 0. Choose the loss"
        for chart in charts_of(self._bench.session.view)[:2]:
            for run in runs:
                least = whole_range([self._curve(run, split, chart.term) for split in SPLITS])
                if least is not None and least[0] <= 0:
                    return f"No log scale: {chart.name} of {run.name} goes down to {number(least[0])} nats"
        return ""

    def _show_legend(self, runs: list[OpenRun]) -> None:
        theme, scale = self._themes.theme, self._themes.scale
        entries = [
            Entry(run.name, run_stroke(theme, scale, place, "train"), strong=place == 0)
            for place, run in enumerate(runs)
        ]
        if entries:
            entries.append(Entry("validation", run_stroke(theme, scale, 0, "validation")))
        self._legend.set_entries(tuple(entries))
        self._fit_buttons()

    def _show_charts(self, runs: list[OpenRun]) -> None:
        charts = charts_of(self._bench.session.view)
        shown = {chart.name for chart in charts}
        for name, widget in self._charts.items():
            widget.setVisible(name in shown)
        for chart in charts:
            widget = self._chart_for(chart)
            widget.setVisible(True)
            self._show_chart(chart, widget, runs)

    def _show_chart(self, chart: Chart, widget: CurveChart, runs: list[OpenRun]) -> None:
        lines = self._lines(chart, runs)
        curves = [line.curve for line in lines]
        values = whole_range(curves) if self._whole else readable_range(curves)
        least = whole_range(curves)
        widget.plot.set_log(self._bench.session.view.curves_log and least is not None and least[0] > 0)
        widget.plot.show_lines(lines)
        if values is not None:
            widget.plot.set_range(self._epochs(runs if chart.term else runs[:1]), values)
        why = chart.not_defined(runs[0])
        widget.plot.show_notice("" if lines else why or NO_CURVES)
        widget.set_title(*self._title(chart, runs[0], why))
        widget.setToolTip(f"{chart.tip}. Double-click: whole range" + (f". {runs[0].name}: {why}" if why else ""))

    def _lines(self, chart: Chart, runs: list[OpenRun]) -> list[Line]:
        theme, scale = self._themes.theme, self._themes.scale
        if chart.term:
            lines = [
                Line(
                    f"{run.key} {split}",
                    self._curve(run, split, chart.term),
                    run_stroke(theme, scale, place, split),
                )
                for place, run in enumerate(runs)
                for split in SPLITS[::-1]
            ]
            return [line for line in lines if len(line.curve.epochs)]
        count = self._curves[runs[0].key].dimensions
        return [
            Line(
                f"z{number}",
                self._curve(runs[0], "train", f"kl_z{number}"),
                dimension_stroke(theme, scale, number - 1, count),
                f"z{number}",
            )
            for number in range(1, count + 1)
        ]

    def _title(self, chart: Chart, run: OpenRun, why: str) -> tuple[str, str]:
        if why:
            return chart.title, f"not defined for {run.name}"
        if not chart.term:
            return chart.title, f"{run.name}, train"
        train, validation = (self._curve(run, split, chart.term).latest for split in SPLITS)
        value = f" {number(train)}" if train is not None else ""
        return chart.title + value, f"validation {number(validation)}" if validation is not None else ""

    def _curve(self, run: OpenRun, split: str, term: str) -> Curve:
        curve = self._curves[run.key].curve(split, term)
        return curve.after(self._cleared[run.key]) if run.key in self._cleared else curve

    def _epochs(self, runs: list[OpenRun]) -> tuple[float, float]:
        curves = [self._curve(run, split, "total") for run in runs for split in SPLITS]
        ends = [(float(curve.epochs[0]), float(curve.epochs[-1])) for curve in curves if len(curve.epochs)]
        first = min((start for start, _ in ends), default=0.0)
        # From the beginning, unless it is hidden.
        cleared = any(run.key in self._cleared for run in runs)
        return (first if cleared else min(0.0, first)), max((end for _, end in ends), default=1.0)

    def _file_name(self) -> str:
        runs = self._runs()
        return f"{runs[0].name}-curves" if runs else "curves"

    # The hand

    @Slot(bool)
    def _on_choice(self, checked: bool = True) -> None:
        self._bench.session.adjust(curves_as_elbo=self._elbo.isChecked())

    @Slot(bool)
    def _on_log(self, checked: bool) -> None:
        self._bench.session.adjust(curves_log=checked)

    @Slot(bool)
    def _on_dimensions(self, checked: bool) -> None:
        self._bench.session.adjust(curves_by_dimension=checked)

    @Slot(bool)
    def _on_whole(self, checked: bool) -> None:
        self._whole = checked
        self._redraw()

    @Slot()
    def _on_whole_asked(self) -> None:
        self._on_whole(not self._whole)

    @Slot()
    def _on_clear(self) -> None:
        for run in self._runs():
            self._cleared[run.key] = self._curves[run.key].last_epoch
        self._redraw()

    @Slot()
    def _on_show_all(self) -> None:
        self._cleared.clear()
        self._redraw()

    @Slot(object)
    def _on_hovered(self, epoch: float | None) -> None:
        for chart in self._charts.values():
            chart.plot.set_cursor(epoch)
        text = self.reading(epoch) if epoch is not None else ""
        if text:
            QToolTip.showText(QCursor.pos() + QPoint(self.fontMetrics().height(), 0), text, self)
        elif epoch is None:
            QToolTip.hideText()

    @Slot(object)
    def _on_saved(self, _: object) -> None:
        """Take a finished file; the workbench has told of one that failed."""
