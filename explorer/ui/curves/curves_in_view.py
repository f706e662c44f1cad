"""The curves of the runs in view, as arrays and as the lines of the plots.

1. `CurvesInView.read` takes the new metrics of every run in view; each run has its own `CurveHistory`.
2. Only runs with losses comparable to the active run's are drawn; ``not_comparable`` has the others with reasons.
3. ``charts`` chooses the plots from the curves that exist and from what the View asks for.
4. `curve` returns one term of one run in the unit that is shown, without the epochs that `clear` has hidden; a closed
   form gives a level line.
5. `axis_of` maps each run's epochs to the horizontal axis that the View asks for.
6. `across` and `reading` give the horizontal range and the table of values at the cursor.
7. `lines_of` makes the lines of one plot: each run's splits, or each latent dimension of the active run.
"""

from dataclasses import replace

from explorer.jobs.runs.open_run import OpenRun
from explorer.latent.information.discrete import Unit
from explorer.models.terms import NATS
from explorer.rendering.theme import Theme
from explorer.session import CurvesAxis
from explorer.ui.curves.charts import Chart, charts_of, possible_charts, term_for
from explorer.ui.curves.curve_axes import NO_TIMES, RunAxis, run_axis, unit_of_time
from explorer.ui.curves.curve_plot import Line, PlotMark
from explorer.ui.curves.legend import brief_names, dimension_stroke, run_names, run_stroke
from explorer.ui.curves.series import EMPTY, SPLITS, CurveHistory, TermCurve, span_while_training, whole_range
from explorer.ui.services.app_state import AppState
from explorer.ui.services.weights_words import mark_word
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.readout import Row, number, readout_html

NOISE_NATS = 0.5
"""Nats: a loss farther below −log p(x) than this is not a bound of it, as no estimate of log p(x) is that wrong."""


def why_not_comparable(run: OpenRun, active: OpenRun) -> str:
    """Return why the losses of a run cannot be compared with the active one's; "" if they can."""
    if run.is_user_model != active.is_user_model:
        return "logged by your program" if run.is_user_model else "losses in nats"
    if run.description.fingerprint != active.description.fingerprint:
        return "other samples"
    # A family without p(x|z) matches any: only a density beside a probability, or beside counts, is a problem.
    kinds = {run.cost_kind, active.cost_kind} - {""}
    return "another likelihood" if len(kinds) > 1 else ""


class CurvesInView:
    """Reads the histories of the open runs; `clear` hides the epochs so far and deletes nothing."""

    def __init__(self, state: AppState) -> None:
        self._session, self._trainings, self._store = state.session, state.trainings, state.store
        self.marks, self._units = state.marks, state.units
        self._curves: dict[str, CurveHistory] = {}
        self._cleared: dict[str, float] = {}  # last hidden epoch, by run

    @property
    def unit(self) -> Unit:
        """The unit in which information is shown."""
        return self._units.unit

    @property
    def runs(self) -> list[OpenRun]:
        """The runs in view whose losses can be compared with the active run's, which comes first."""
        return [run for run in self._shown if not why_not_comparable(run, self._shown[0])]

    @property
    def not_comparable(self) -> list[tuple[OpenRun, str]]:
        """The runs in view whose losses cannot be compared with the active one's, with the reason in two words."""
        return [(run, why) for run in self._shown if (why := why_not_comparable(run, self._shown[0]))]

    def read(self) -> list[OpenRun]:
        """Read new metrics, and return the runs in view."""
        for run in self.runs:
            curves = self._read(run)
            if self._cleared.get(run.key, -1.0) > curves.last_epoch:
                del self._cleared[run.key]  # it was trained again from the beginning
        return self.runs

    def forget(self, key: str) -> None:
        """Drop the curves of a closed run."""
        self._curves.pop(key, None)
        self._cleared.pop(key, None)

    @property
    def any_drawn(self) -> bool:
        """Whether any run in view has a curve to draw."""
        by_steps = [run for run in self.runs if run.trained_by_steps]
        return any(self._read(run).last_epoch > self._cleared.get(run.key, -1.0) for run in by_steps)

    @property
    def any_hidden(self) -> bool:
        """Whether `clear` hides anything of the runs in view."""
        return any(run.key in self._cleared for run in self.runs)

    def clear(self) -> None:
        """Hide the epochs so far of the runs in view."""
        for run in self.runs:
            self._cleared[run.key] = self._read(run).last_epoch

    def show_all(self) -> None:
        """Show hidden epochs again."""
        self._cleared.clear()

    @property
    def possible_charts(self) -> tuple[Chart, ...]:
        """All plots that the runs in view have curves for."""
        known = [(run, self._read(run).names) for run in self.runs]
        return possible_charts(self._session.view, known)

    @property
    def charts(self) -> tuple[Chart, ...]:
        """The plots to show, from left to right."""
        return charts_of(self._session.view, self.possible_charts)

    def why_not(self, chart: Chart, run: OpenRun) -> str:
        """Return why a run has no curve in a plot; "" if it has one."""
        return chart.not_defined(run, self._read(run).names)

    def curve(self, run: OpenRun, split: str, term: str) -> TermCurve:
        """Return a curve in the unit shown, without its hidden part; empty if undefined, level for a closed form."""
        curve = self._read(run).curve(split, term).times(self.unit.factor(term_for(run, term).unit))
        if not run.trained_by_steps:
            return curve.level(self._last_step_epoch())
        return curve.after(self._cleared[run.key]) if run.key in self._cleared else curve

    def beside(self, chart: Chart, run: OpenRun) -> TermCurve:
        """Return the curve drawn beside a chart's own, on the validation split.

        −log p(x) is drawn beside a loss only while the loss is a bound of it; with a small weight of the KL it is
        none.
        """
        if chart.beside is None or self.why_not(chart, run):
            return EMPTY
        found = self.curve(run, "validation", chart.beside.name)
        above = self.curve(run, "validation", chart.curve)
        if chart.beside.direction == "lower is better" and found.latest is not None:
            # The comparison is made at the epoch where log p(x) was last estimated, which is rarer than the loss.
            at_end = above.at(float(found.epochs[-1]))
            if at_end is None or at_end[1] < found.latest - NOISE_NATS * self.unit.per_nat:
                return EMPTY
        return found

    def dimensions(self, run: OpenRun) -> int:
        """Return the number of latent dimensions with their own KL curve."""
        return self._read(run).dimensions

    @property
    def wants_log(self) -> bool:
        """Whether the View asks for a log scale."""
        return self._session.view.curves_log

    # The horizontal axis

    def axis_of(self, run: OpenRun) -> RunAxis:
        """Return where the epochs of a run lie on the horizontal axis."""
        curves = self._read(run)
        end = float(run.config.train.epochs) if run.key in self._trainings.running else curves.last_epoch
        # A closed form has no steps of its own: its level line spans the others.
        end = end if run.trained_by_steps else self._last_step_epoch()
        return run_axis(self.axis, curves, end, self._unit_of_time[1])

    @property
    def axis(self) -> CurvesAxis:
        """What the horizontal axis counts: as the view says, but steps instead of epochs for a user's own program."""
        chosen = self._session.view.curves_axis
        return "step" if chosen == "epoch" and any(run.is_user_model for run in self.runs) else chosen

    @property
    def axis_name(self) -> str:
        """The name of the horizontal axis: "epoch", "step", "%", or a unit of time."""
        axis = self.axis
        if axis == "time" and not self.why_no_times():
            return self._unit_of_time[0]
        return {"step": "step", "own": "%"}.get(axis, "epoch")

    def why_no_times(self) -> str:
        """Return why the curves cannot be drawn by time; "" if they can."""
        runs = [run for run in self.runs if run.trained_by_steps and self._read(run).last_epoch > 0]
        return next((NO_TIMES.format(name=run.name) for run in runs if self._read(run).times is None), "")

    def across(self, runs: list[OpenRun]) -> tuple[float, float]:
        """Return the part of the horizontal axis to draw: from 0 unless the beginning is hidden."""
        by_steps = [run for run in runs if run.trained_by_steps]
        found = [(self.axis_of(run), self._ends_of(run)) for run in by_steps]
        ends = [(axis.to_x(first), axis.to_x(last)) for axis, (first, last) in found if last >= first]
        first = min((start for start, _ in ends), default=0.0)
        hidden = any(run.key in self._cleared for run in runs)
        last = max((end for _, end in ends), default=1.0)
        return (first if hidden else min(0.0, first)), last

    def _ends_of(self, run: OpenRun) -> tuple[float, float]:
        """Return the first and last epoch to draw of a run."""
        names = self._read(run).names if run.is_user_model else ("total",)
        pairs = [(split, name) for split in SPLITS for name in names]
        curves = [curve for split, name in pairs if len((curve := self.curve(run, split, name)).epochs)]
        first = min((float(curve.epochs[0]) for curve in curves), default=0.0)
        last = max((float(curve.epochs[-1]) for curve in curves), default=-1.0)
        # A training run reserves room for epochs to come, so that the curve does not rescale at every report.
        if run.key in self._trainings.running and run.key == self._session.view.active_run:
            last = span_while_training(max(0.0, self._read(run).last_epoch), run.config.train.epochs)
        return first, last

    @property
    def _unit_of_time(self) -> tuple[str, float]:
        if self._session.view.curves_axis != "time":
            return "s", 1.0
        ends = [times.values[-1] for run in self.runs if (times := self._read(run).times) is not None]
        return unit_of_time(float(max(ends, default=0.0)))

    def reading(self, at: float) -> str:
        """Return the HTML table of all values nearest to a position on the axis; "" if there are none."""
        charts = [chart for chart in self.charts if chart.curve]
        beside = [chart for chart in charts if any(len(self.beside(chart, run).epochs) for run in self.runs)]
        rows: list[Row] = []
        found = at
        for run in self.runs:
            axis = self.axis_of(run)
            epoch = axis.to_epoch(at)
            for split in SPLITS:
                points = [
                    None if self.why_not(chart, run) else self.curve(run, split, chart.curve).at(epoch)
                    for chart in charts
                ]
                if not any(points):
                    continue
                # All rows use the position that the first one found, as the head of the table.
                if not rows:
                    found = axis.to_x(next(point[0] for point in points if point))
                points += [self.beside(chart, run).at(epoch) if split == "validation" else None for chart in beside]
                rows.append(Row(run.name, split, tuple(point[1] if point else None for point in points)))
        terms = [chart.term for chart in charts] + [chart.beside for chart in beside if chart.beside is not None]
        columns = [(term.heading, self.unit.label(term.unit)) for term in terms]
        return readout_html(self._place_text(found), columns, rows) if rows else ""

    def _place_text(self, at: float) -> str:
        name = self.axis_name
        return f"{name} {at:.4g}" if name in ("epoch", "step") else f"{at:.4g} {name}"

    def marked(self, theme: Theme) -> tuple[PlotMark, ...]:
        """Return marks for the epoch of the replay, else for each run whose weights in use are not the newest."""
        replayed, runs = self._session.view.replay_epoch, [run for run in self.runs if run.trained_by_steps]
        if replayed is not None:
            return tuple(PlotMark(self.axis_of(run).to_x(replayed), "", theme.accent) for run in runs[:1])
        marks = []
        for run in runs:
            if run.used is not None and not run.used.is_newest and run.used.epoch is not None:
                colour = run_stroke(theme, 1.0, self.marks.of(run.key), "validation").colour
                marks.append(PlotMark(self.axis_of(run).to_x(run.used.epoch), mark_word(run.used), colour))
        return tuple(marks)

    def figures(self, run: OpenRun) -> str:
        """Return the validation figures of a run without curves; "" if nothing is known."""
        known = [(chart.name, self.curve(run, "validation", chart.curve).latest) for chart in self.charts]
        values = [f"{name} {number(value)}" for name, value in known if value is not None]
        unit = self.unit.label(NATS)
        return f"On the validation samples: {', '.join(values)} {unit}." if values else ""

    def why_no_log(self) -> str:
        """Return why loss and reconstruction cannot have a log scale; "" if they can."""
        if self._session.view.curves_as_elbo:
            return "No log scale: the ELBO is negative. Choose the loss"
        for chart in (chart for chart in self.charts if chart.name in ("loss", "reconstruction")):
            for run in (run for run in self.runs if not self.why_not(chart, run)):
                # Densities above 1 make a loss negative.
                span = whole_range([self.curve(run, split, chart.curve) for split in SPLITS])
                if span is not None and span[0] <= 0:
                    return f"No log scale: {chart.name} of {run.name} goes down to {number(span[0])} {self.unit.name}"
        return ""

    @property
    def _shown(self) -> list[OpenRun]:
        view, runs = self._session.view, self._store.runs
        keys = dict.fromkeys([view.active_run, *(pane.run for pane in view.panes)])
        shown = [runs[key] for key in keys if key is not None and key in runs]
        ladder = shown[0].group if shown and shown[0].group is not None and shown[0].group.kind == "ladder" else None
        if ladder is None:
            return shown
        # A ladder can have more runs than there are panes; its curves show all of them.
        steps = [run for run in runs.values() if run.group is not None and run.group.identity == ladder.identity]
        return [*shown, *(run for run in steps if run.key not in keys)]

    def _last_step_epoch(self) -> float:
        return max((self._read(run).last_epoch for run in self.runs if run.trained_by_steps), default=0.0)

    def _read(self, run: OpenRun) -> CurveHistory:
        curves = self._curves.setdefault(run.key, CurveHistory())
        curves.read(run.history)
        return curves


ZERO = 0.0005
"""Values smaller than this are written as 0 at the end of a line."""


def lines_of(chart: Chart, runs: list[OpenRun], curves: CurvesInView, themes: ThemeSource) -> list[Line]:
    """Return the lines of a chart that have points, over epochs."""
    theme, scale = themes.theme, themes.scale
    if not chart.curve:  # the chart of the KL by dimension
        return _lines_of_dimensions(runs[0], curves, themes)
    lines = []
    for run, name, brief in zip(runs, run_names(runs), brief_names(runs), strict=True):
        if curves.why_not(chart, run):
            continue
        mark = curves.marks.of(run.key)
        validation, train = (curves.curve(run, split, chart.curve) for split in SPLITS[::-1])
        named = validation if len(validation.epochs) else train
        # Validation first, as earlier lines are drawn on top (see `CurvePlot.show_lines`).
        for split, curve in (("validation", validation), ("train", train)):
            line = Line(f"{run.key} {split}", curve, run_stroke(theme, scale, mark, split), run.key)
            lines.append(_with_end(line, name, brief, mark) if curve is named else line)
    lines += [_beside(chart, run, curves, themes) for run in runs]
    return [line for line in lines if len(line.curve.epochs)]


def _with_end(line: Line, name: str, brief: str, mark: int | None) -> Line:
    latest = line.curve.latest
    # In a plot of losses a collapsed KL of 2.6e−06 is 0.
    value = "0.00" if latest is not None and abs(latest) < ZERO else number(latest)
    return replace(line, name=name, brief=brief, value=value, mark=mark, has_mark=True)


def _lines_of_dimensions(run: OpenRun, curves: CurvesInView, themes: ThemeSource) -> list[Line]:
    count = curves.dimensions(run)
    return [
        Line(
            f"z{number}",
            curves.curve(run, "train", f"kl_z{number}"),
            dimension_stroke(themes.theme, themes.scale, number - 1, count),
            run.key,
            f"z{number}",
        )
        for number in range(1, count + 1)
    ]


def _beside(chart: Chart, run: OpenRun, curves: CurvesInView, themes: ThemeSource) -> Line:
    """Return the line drawn beside a run's own curves; for the active run with the band of the gap."""
    curve = curves.beside(chart, run)
    stroke = run_stroke(themes.theme, themes.scale, curves.marks.of(run.key), "log p(x)")
    key = f"{run.key} beside"
    if run is not curves.runs[0]:
        return Line(key, curve, stroke, run.key)
    return Line(key, curve, stroke, run.key, band_to=curves.curve(run, "validation", chart.curve), band=stroke.colour)
