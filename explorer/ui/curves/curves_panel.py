"""The curves panel: loss, reconstruction and KL of the runs in view, live.

1. A run's details change: every plot shown is marked as outdated, and a timer starts unless it runs.
2. Each time the timer fires, one outdated plot is drawn; the timer runs again until none is left.
3. After the last one, legend and actions are brought up to date.
4. If the plots themselves differ (a new term was logged), everything is drawn at once.
5. A change of the View that concerns the curves draws everything at once.
"""

from PySide6.QtCore import QPoint, QTimer, Slot
from PySide6.QtGui import QAction, QCursor, QShowEvent
from PySide6.QtWidgets import QToolTip, QVBoxLayout, QWidget

from explorer.export.tables import save_curves
from explorer.jobs.runs.open_run import OpenRun
from explorer.models.terms import NATS
from explorer.session import View
from explorer.ui.curves.charts import Chart, absent_terms
from explorer.ui.curves.curve_axes import BUTTONS
from explorer.ui.curves.curve_chart import NO_CURVES, CurveChart, draw_chart
from explorer.ui.curves.curves_frame import LOG_TIP, CurvesFrame
from explorer.ui.curves.curves_in_view import CurvesInView
from explorer.ui.curves.legend import LegendEntry, key_stroke
from explorer.ui.curves.series import SPLITS
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.saving import FIGURE_KINDS, ask_path, widgets_as_bytes, write_bytes

REDRAW_MILLISECONDS = 80
"""Interval of redraws: 12 per second. More would take time from training, as drawing holds the interpreter's lock."""
SHARES = {"reconstruction": 16}
"""Stretch factors of plots (15 for the others): the reconstruction has the longest title."""
NO_RUN = "No run is open. Train one with the form on the left, or open one (Ctrl+O)."
USER_MODEL = "No curves: your own program trains this model. With explorer.callbacks, its losses appear here."
USER_UNITS = "as your program logs them"
CLOSED_FORM = "{name} has no curves: it is computed in closed form, not step by step."
CLEARED = "Cleared. New steps are drawn from here on; Show all in the menu brings back the rest."


class CurvesPanel(QWidget):
    """Loss, reconstruction and KL, each run in the colour and with the mark that it has everywhere in the window."""

    def __init__(self, state: AppState, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.frame = CurvesFrame(themes, "")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.frame)
        self._tasks, self._session, self._store = state.tasks, state.session, state.store
        self._opener = state.opener
        self._curves = CurvesInView(state)
        self._whole = False
        self._charts: dict[str, CurveChart] = {}
        self._order: list[str] = []
        self._choices: object = None  # the plots of the menu, and the unit that their tips name
        self._outdated: list[str] = []  # names of plots waiting to be drawn
        self._redraw_soon = QTimer(self, singleShot=True, interval=REDRAW_MILLISECONDS)
        self._redraw_soon.timeout.connect(self._redraw_next)
        self._connect()
        self._apply_theme_to_charts()
        themes.changed.connect(self._apply_theme_to_charts)
        for signal in (state.store.opened, state.store.details_changed, state.store.closed):
            signal.connect(self._on_run)
        for signal in (state.opener.opening_changed, state.marks.changed, state.units.changed):
            signal.connect(self.redraw)
        state.session.listen(self.show_view)
        self.redraw()

    # What is shown

    def show_view(self, old: View, new: View) -> None:
        """Redraw if a part of the View that concerns the curves has changed."""
        names = (
            "panes",
            "active",
            "curves_log",
            "curves_as_elbo",
            "curves_axis",
            "curves_by_dimension",
            "curves_shown",
            "curves_hidden",
        )
        if any(getattr(old, name) != getattr(new, name) for name in names):
            self.redraw()
        # A replay moves through many epochs per second: move the marks alone.
        if old.replay_epoch != new.replay_epoch:
            self._show_marks()

    def set_slim(self, slim: bool) -> None:
        """Show the plots alone, without the head, in a row of little height; the frame's tools may then be taken."""
        self.frame.set_slim(slim)

    @Slot(str)
    def show_alone(self, name: str) -> None:
        """Hide all plots but one, so that it fills the panel."""
        names = {chart.name for chart in self._curves.possible_charts}
        if name in names:
            self._session.set_silent(
                curves_hidden=frozenset(names - {name}),
                curves_shown=self._session.view.curves_shown | {name},
                curves_by_dimension=False,
            )

    def chart(self, name: str) -> CurveChart:
        """Return a plot with its title: ``"loss"``, ``"kl"``, ``"dimensions"``, or the name of another term."""
        return self._charts[name]

    @property
    def empty_text(self) -> str:
        """The text shown if there is nothing to draw, else ""."""
        return "" if self.frame.stack.currentIndex() == 0 else self.frame.empty.text()

    def reading(self, at: float) -> str:
        """Return the table of all values nearest to a position on the horizontal axis, as shown at the cursor."""
        return self._curves.reading(at)

    @Slot()
    def save_picture(self) -> None:
        """Ask for a file and save the curves as PNG, SVG or PDF."""
        path = ask_path(self, "Save curves", f"{self._file_name()}.png", FIGURE_KINDS)
        if path is not None:
            margin = self.fontMetrics().height() // 2
            # Drawn now, on the main thread: only writing the bytes is left to the background task.
            data = widgets_as_bytes(
                [self.frame.unit, self.frame.legend, self.frame.plots], path.suffix, margin, self._themes.theme.panel
            )
            self._tasks.save(path, lambda _: write_bytes(path, data))

    @Slot()
    def save_csv(self) -> None:
        """Ask for a file and save the active run's curves as a table."""
        runs = self._curves.runs
        if not runs:
            return
        path = ask_path(self, "Save curves", f"{self._file_name()}.csv", {"csv": "CSV table"})
        if path is not None:
            # Taken now: by the time the background task runs, another run may be active.
            history = runs[0].history
            self._tasks.save(path, lambda _: save_curves(path, history))

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what has changed while the panel was hidden."""
        # Updates are skipped while it is not visible (see _on_run).
        super().showEvent(event)
        self.redraw()

    # Construction

    def _connect(self) -> None:
        actions = self.frame.curves_actions
        for action, slot in (
            (actions.loss, self._on_choice),
            (actions.elbo, self._on_choice),
            (actions.log, self._on_log),
            (actions.by_dimension, self._on_dimensions),
            (actions.axes, self._on_axis),
            (actions.whole, self._on_whole),
            (actions.clear, self._on_clear),
            (actions.show_all, self._on_show_all),
            (actions.save_picture, self.save_picture),
            (actions.save_csv, self.save_csv),
        ):
            action.triggered.connect(slot)
        actions.plots.triggered.connect(self._on_plot_chosen)

    def _chart_for(self, chart: Chart) -> CurveChart:
        widget = self._charts.get(chart.name)
        if widget is None:
            widget = self._charts[chart.name] = CurveChart(chart.name, self._themes)
            widget.apply_theme(self._themes.theme, self._themes.scale)
            widget.plot.hovered.connect(self._on_hovered)
            widget.plot.full_range_wanted.connect(self._on_full_range_wanted)
            self.frame.plots_layout.addWidget(widget, SHARES.get(chart.name, 15))
        return widget

    @Slot()
    def _apply_theme_to_charts(self) -> None:
        for chart in self._charts.values():
            chart.apply_theme(self._themes.theme, self._themes.scale)
        self.redraw()

    # Drawing

    @Slot(str)
    def _on_run(self, key: str) -> None:
        if key not in self._store.runs:
            self._curves.forget(key)
        if self.isVisible():
            self._outdated += [name for name in self.shown_charts() if name not in self._outdated]
            self._start_redraw()

    def _start_redraw(self) -> None:
        if not self._redraw_soon.isActive():
            self._redraw_soon.start()

    @Slot()
    def _redraw_next(self) -> None:
        """Draw one outdated plot per call: drawing all of them at once would delay mouse events."""
        runs = self._curves.read()
        if self.frame.stack.currentIndex() != 0 or not self._curves.any_drawn or not self._outdated:
            self.redraw()
            return
        name = self._outdated.pop(0)
        chart = next((chart for chart in self._curves.charts if chart.name == name), None)
        if self.shown_charts() != self._drawn_charts():
            self.redraw()  # the run has logged a new term, which needs a plot
            return
        if chart is not None:
            self._draw(chart, runs)
        if self._outdated:
            self._start_redraw()
        else:
            self._show_actions(runs)
            self._show_legend(runs)
            self._show_marks()

    def shown_charts(self) -> list[str]:
        """Return the names of the plots in view, in their order."""
        return [chart.name for chart in self._curves.charts]

    def _drawn_charts(self) -> list[str]:
        return [name for name in self._order if not self._charts[name].isHidden()]

    @Slot()
    def redraw(self) -> None:
        """Draw the plots of the runs in view now, instead of one by one when the event loop is idle."""
        runs = self._curves.read()
        if runs and runs[0].is_user_model:
            self.frame.set_unit(USER_UNITS, "")
        else:
            self.frame.set_unit(self._curves.unit.label(NATS))
        self._outdated.clear()
        self._show_actions(runs)
        self._show_legend(runs)
        drawn = self._curves.any_drawn
        self.frame.empty.setText(self._why_empty(runs))
        self.frame.stack.setCurrentIndex(0 if drawn else 1)
        if drawn:
            self._show_charts(runs)

    def _why_empty(self, runs: list[OpenRun]) -> str:
        if not runs:
            return "" if self._opener.opening else NO_RUN
        if all(run.is_user_model for run in runs):
            return USER_MODEL
        if not any(run.trained_by_steps for run in runs):
            return f"{CLOSED_FORM.format(name=runs[0].name)} {self._curves.figures(runs[0])}".strip()
        return CLEARED if self._curves.any_hidden else NO_CURVES

    def _show_actions(self, runs: list[OpenRun]) -> None:
        view = self._session.view
        actions = self.frame.curves_actions
        (actions.elbo if view.curves_as_elbo else actions.loss).setChecked(True)
        has_loss = not runs or any(run.has_validation_loss and not run.is_user_model for run in runs)
        actions.loss.setEnabled(has_loss)
        actions.elbo.setEnabled(has_loss)
        actions.by_dimension.setChecked(view.curves_by_dimension)
        actions.show_axis(self._curves.axis, self._curves.why_no_times())
        self.frame.show_axis(BUTTONS[self._curves.axis])
        actions.log.setChecked(view.curves_log)
        why = self._curves.why_no_log()
        actions.log.setEnabled(not why)
        actions.log.setToolTip(why or LOG_TIP)
        actions.whole.setChecked(self._whole)
        self._show_choices()
        actions.show_all.setEnabled(self._curves.any_hidden)
        for action in (actions.clear, actions.save_picture, actions.save_csv):
            action.setEnabled(bool(runs))

    def _show_choices(self) -> None:
        """List every plot that the runs in view have curves for, with those that are not defined."""
        possible, shown = self._curves.possible_charts, self.shown_charts()
        # The menu may be open: it is filled again only if the choice has changed.
        if (possible, self._curves.unit) != self._choices:
            self._choices = possible, self._curves.unit
            absent = [(term.title, term.absence) for term in absent_terms(possible)] if self._curves.runs else []
            plots = [(chart.name, chart.title, chart.tip(self._curves.unit)) for chart in possible]
            self.frame.curves_actions.offer_plots(plots, absent)
        for action in self.frame.curves_actions.plots.actions():
            action.setChecked(action.data() in shown)

    def _show_legend(self, runs: list[OpenRun]) -> None:
        """Explain thick and thin lines; the runs have their names at the ends of their lines."""
        theme, scale, charts = self._themes.theme, self._themes.scale, self._curves.charts
        words = {"validation": "validation", "train": "training"}
        entries = [
            LegendEntry(words[split], key_stroke(theme, scale, split))
            for split in SPLITS[::-1]
            if any(len(self._curves.curve(run, split, chart.curve).epochs) for run in runs for chart in charts)
        ]
        for chart in charts:
            if runs and chart.beside is not None and len(self._curves.beside(chart, runs[0]).epochs):
                entries.append(LegendEntry(chart.beside.title, key_stroke(theme, scale, "log p(x)")))
        # Without a stroke: the legend names what is not drawn, and why.
        entries += [LegendEntry(f"{run.name}: {why}, not drawn", None) for run, why in self._curves.not_comparable]
        self.frame.legend.set_entries(tuple(entries))
        self.frame.fit_head()

    def _show_charts(self, runs: list[OpenRun]) -> None:
        charts = self._curves.charts
        shown = {chart.name for chart in charts}
        for name, widget in self._charts.items():
            widget.setVisible(name in shown)
        for chart in charts:
            self._chart_for(chart).setVisible(True)
            self._draw(chart, runs)
        self._put_in_order([chart.name for chart in charts])
        self._show_marks()

    def _put_in_order(self, names: list[str]) -> None:
        """Put the plots in their order, which follows the active run."""
        # Removing and inserting every plot lays them all out: only if the order has changed.
        if names != self._order:
            self._order = names
            for index, name in enumerate(names):
                self.frame.plots_layout.removeWidget(self._charts[name])
                self.frame.plots_layout.insertWidget(index, self._charts[name], SHARES.get(name, 15))

    def _draw(self, chart: Chart, runs: list[OpenRun]) -> None:
        draw_chart(self._chart_for(chart), chart, runs, self._curves, self._themes, whole=self._whole)

    def _show_marks(self) -> None:
        """Mark the epochs that the planes show: that of the replay, or of weights that are not the newest."""
        marks = self._curves.marked(self._themes.theme)
        for chart in self._charts.values():
            chart.plot.set_marks(marks)

    def _file_name(self) -> str:
        runs = self._curves.runs
        return f"{runs[0].name}-curves" if runs else "curves"

    # Input from the user

    @Slot(bool)
    def _on_choice(self, checked: bool = True) -> None:
        # Silent: how curves are shown is no step of undo.
        self._session.set_silent(curves_as_elbo=self.frame.curves_actions.elbo.isChecked())

    @Slot(bool)
    def _on_log(self, checked: bool) -> None:
        self._session.set_silent(curves_log=checked)

    @Slot(bool)
    def _on_dimensions(self, checked: bool) -> None:
        self._session.set_silent(curves_by_dimension=checked)

    @Slot(QAction)
    def _on_axis(self, action: QAction) -> None:
        self._session.set_silent(curves_axis=action.data())

    @Slot(bool)
    def _on_whole(self, checked: bool) -> None:
        self._whole = checked
        self.redraw()

    @Slot(QAction)
    def _on_plot_chosen(self, action: QAction) -> None:
        """Show or hide a plot; plots that the user never touched keep their default."""
        # Two sets: a plot beyond `MAX_CHARTS` has to be asked for, one shown by default has to be hidden.
        name, view = str(action.data()), self._session.view
        wanted, unwanted = view.curves_shown - {name}, view.curves_hidden - {name}
        if action.isChecked():
            wanted |= {name}
        else:
            unwanted |= {name}
        self._session.set_silent(curves_shown=wanted, curves_hidden=unwanted)

    @Slot()
    def _on_full_range_wanted(self) -> None:
        self._on_whole(not self._whole)

    @Slot()
    def _on_clear(self) -> None:
        self._curves.clear()
        self.redraw()

    @Slot()
    def _on_show_all(self) -> None:
        self._curves.show_all()
        self.redraw()

    @Slot(object)
    def _on_hovered(self, at: float | None) -> None:
        # All plots share the cursor, so that one epoch can be read in each of them.
        for chart in self._charts.values():
            chart.plot.set_cursor(at)
        text = self.reading(at) if at is not None else ""
        if text:
            QToolTip.showText(QCursor.pos() + QPoint(self.fontMetrics().height(), 0), text, self)
        elif at is None:
            QToolTip.hideText()
