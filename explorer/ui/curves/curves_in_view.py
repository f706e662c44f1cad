"""The curves of the runs in view, as arrays and as the lines of the plots.

1. `CurvesInView.read` takes the new metrics of every run in view; each run has its own `CurveHistory`.
2. Only runs with losses comparable to the active run's are drawn; ``not_comparable`` has the others with reasons.
3. ``charts`` chooses the plots from the curves that exist and from what the View asks for.
4. `curve` returns one term of one run, without the epochs that `clear` has hidden; a closed form gives a level line.
5. `epochs` and `reading` give the horizontal range and the table of values at the cursor.
6. `lines_of` makes the lines of one plot: each run's splits, or each latent dimension of the active run.
"""

from dataclasses import replace

from explorer.jobs.runs.open_run import OpenRun
from explorer.models.terms import NATS
from explorer.ui.curves.charts import Chart, charts_of, possible_charts
from explorer.ui.curves.curve_plot import Line
from explorer.ui.curves.legend import brief_names, dimension_stroke, run_stroke
from explorer.ui.curves.series import EMPTY, SPLITS, CurveHistory, TermCurve, span_while_training, whole_range
from explorer.ui.services.app_state import AppState
from explorer.ui.theme.theme import ThemeSource
from explorer.ui.widgets.readout import Row, number, readout_html

NOISE_NATS = 0.5
"""Nats: a loss farther below −log p(x) than this is not a bound of it, as no estimate of log p(x) is that wrong."""


def why_not_comparable(run: OpenRun, active: OpenRun) -> str:
    """Return why the losses of a run cannot be compared with the active one's; "" if they can."""
    if run.description.fingerprint != active.description.fingerprint:
        return "other samples"
    # None (a family without p(x|z)) matches either: only a density beside a probability is a problem.
    kinds = {run.costs_are_densities, active.costs_are_densities}
    return "another likelihood" if {True, False} <= kinds else ""


class CurvesInView:
    """Reads the histories of the open runs; `clear` hides the epochs so far and deletes nothing."""

    def __init__(self, state: AppState) -> None:
        self._session, self._trainings, self._store = state.session, state.trainings, state.store
        self._curves: dict[str, CurveHistory] = {}
        self._cleared: dict[str, float] = {}  # last hidden epoch, by run

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
        """Return a curve without its hidden part: empty if undefined, a level line for a closed form."""
        curve = self._read(run).curve(split, term)
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
            if at_end is None or at_end[1] < found.latest - NOISE_NATS:
                return EMPTY
        return found

    def dimensions(self, run: OpenRun) -> int:
        """Return the number of latent dimensions with their own KL curve."""
        return self._read(run).dimensions

    def epochs(self, runs: list[OpenRun]) -> tuple[float, float]:
        """Return the first and last epoch to draw: from 0 unless the beginning is hidden."""
        by_steps = [run for run in runs if run.trained_by_steps]
        curves = [self.curve(run, split, "total") for run in by_steps for split in SPLITS]
        ends = [(float(curve.epochs[0]), float(curve.epochs[-1])) for curve in curves if len(curve.epochs)]
        first = min((start for start, _ in ends), default=0.0)
        hidden = any(run.key in self._cleared for run in runs)
        last = max((end for _, end in ends), default=1.0)
        # A training run reserves room for epochs to come, so that the curve does not rescale at every report.
        if runs and runs[0].key in self._trainings.running:
            last = span_while_training(max(0.0, self._read(runs[0]).last_epoch), runs[0].config.train.epochs)
        return (first if hidden else min(0.0, first)), last

    def reading(self, epoch: float) -> str:
        """Return the HTML table of all values nearest to an epoch; "" if there are none."""
        charts = [chart for chart in self.charts if chart.curve]
        beside = [chart for chart in charts if any(len(self.beside(chart, run).epochs) for run in self.runs)]
        rows: list[Row] = []
        found = epoch
        for run in self.runs:
            for split in SPLITS:
                at = [
                    None if self.why_not(chart, run) else self.curve(run, split, chart.curve).at(epoch)
                    for chart in charts
                ]
                if not any(at):
                    continue
                # All rows use the epoch that the first one found, as the head of the table.
                if not rows:
                    found = next(point[0] for point in at if point)
                at += [self.beside(chart, run).at(epoch) if split == "validation" else None for chart in beside]
                rows.append(Row(run.name, split, tuple(point[1] if point else None for point in at)))
        columns = [(chart.title, chart.term.unit) for chart in charts]
        columns += [(chart.beside.heading, chart.beside.unit) for chart in beside if chart.beside is not None]
        return readout_html(found, columns, rows) if rows else ""

    def figures(self, run: OpenRun) -> str:
        """Return the validation figures of a run without curves; "" if nothing is known."""
        known = [(chart.name, self._read(run).curve("validation", chart.curve).latest) for chart in self.charts]
        values = [f"{name} {number(value)}" for name, value in known if value is not None]
        return f"On the validation samples: {', '.join(values)} {NATS}." if values else ""

    def why_no_log(self) -> str:
        """Return why loss and reconstruction cannot have a log scale; "" if they can."""
        if self._session.view.curves_as_elbo:
            return "No log scale: the ELBO is negative. Choose the loss"
        for chart in (chart for chart in self.charts if chart.name in ("loss", "reconstruction")):
            for run in (run for run in self.runs if not self.why_not(chart, run)):
                # Densities above 1 make a loss negative.
                span = whole_range([self.curve(run, split, chart.curve) for split in SPLITS])
                if span is not None and span[0] <= 0:
                    return f"No log scale: {chart.name} of {run.name} goes down to {number(span[0])} nats"
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


MANY_RUNS = 3
"""From this number of runs on their names are written at the line ends, too."""


def lines_of(chart: Chart, runs: list[OpenRun], curves: CurvesInView, themes: ThemeSource) -> list[Line]:
    """Return the lines of a chart that have points."""
    theme, scale = themes.theme, themes.scale
    if chart.curve:
        lines = [
            Line(f"{run.key} {split}", curves.curve(run, split, chart.curve), run_stroke(theme, scale, index, split))
            for index, run in enumerate(runs)
            if not curves.why_not(chart, run)
            # Validation first, as earlier lines are drawn on top (see `CurvePlot.show_lines`).
            for split in SPLITS[::-1]
        ]
        lines += [_beside(chart, run, index, curves, themes) for index, run in enumerate(runs)]
        return _with_names([line for line in lines if len(line.curve.epochs)], runs)
    # No curve name: the chart of the KL by dimension.
    count = curves.dimensions(runs[0])
    return [
        Line(
            f"z{number}",
            curves.curve(runs[0], "train", f"kl_z{number}"),
            dimension_stroke(theme, scale, number - 1, count),
            f"z{number}",
        )
        for number in range(1, count + 1)
    ]


def _with_names(lines: list[Line], runs: list[OpenRun]) -> list[Line]:
    """Name each run at the end of its first line if there are too many runs to distinguish by tone."""
    if len(runs) < MANY_RUNS:
        return lines
    names = dict(zip([run.key for run in runs], brief_names(runs), strict=True))
    named = []
    for line in lines:
        # pop: only the first line of a run gets its name.
        name = next((names.pop(key) for key in list(names) if line.key.startswith(f"{key} ")), "")
        named.append(replace(line, label=name) if name else line)
    return named


def _beside(chart: Chart, run: OpenRun, index: int, curves: CurvesInView, themes: ThemeSource) -> Line:
    """Return the line drawn beside a run's own curves; for the active run with the band of the gap."""
    curve = curves.beside(chart, run)
    stroke = run_stroke(themes.theme, themes.scale, index, "log p(x)")
    if index:
        return Line(f"{run.key} beside", curve, stroke)
    bound = curves.curve(run, "validation", chart.curve)
    return Line(f"{run.key} beside", curve, stroke, band_to=bound, band=themes.theme.good)
