"""The curves of the runs in view, as arrays: what is drawn, from which epoch on, and what is read off them. No Qt."""

from explorer.jobs.runs.open_run import OpenRun
from explorer.models.terms import NATS
from explorer.ui.curves.charts import Chart, charts_of, possible_charts
from explorer.ui.curves.series import EMPTY, SPLITS, Curve, RunCurves, span_while_training, whole_range
from explorer.ui.services.app_state import AppState
from explorer.ui.widgets.readout import Row, number, readout_html

NOISE_NATS = 0.5
"""A loss that lies lower than −log p(x) by more is no bound of it: an estimate is never that far off."""


def why_apart(run: OpenRun, active: OpenRun) -> str:
    """Say why the losses of a run do not compare with the active one's; "" where they do."""
    if run.description.fingerprint != active.description.fingerprint:
        return "other samples"
    kinds = {run.costs_are_densities, active.costs_are_densities}
    return "another likelihood" if {True, False} <= kinds else ""


class CurvesInView:
    """Reads the histories of the open runs; `clear` hides what is there by now and deletes nothing."""

    def __init__(self, state: AppState) -> None:
        self._session, self._trainings, self._store = state.session, state.trainings, state.store
        self._curves: dict[str, RunCurves] = {}
        self._cleared: dict[str, float] = {}

    @property
    def runs(self) -> list[OpenRun]:
        """The runs in view whose losses compare with the active run's, which comes first."""
        return [run for run in self._shown if not why_apart(run, self._shown[0])]

    @property
    def apart(self) -> list[tuple[OpenRun, str]]:
        """The runs in view whose losses cannot be compared with the active one's, and why, in two words."""
        return [(run, why) for run in self._shown if (why := why_apart(run, self._shown[0]))]

    def read(self) -> list[OpenRun]:
        """Read what is new, and give the runs in view."""
        for run in self.runs:
            curves = self._read(run)
            if self._cleared.get(run.key, -1.0) > curves.last_epoch:
                del self._cleared[run.key]  # it was trained anew
        return self.runs

    def forget(self, key: str) -> None:
        """Drop a run that is closed."""
        self._curves.pop(key, None)
        self._cleared.pop(key, None)

    @property
    def any_drawn(self) -> bool:
        """Whether there is anything to draw."""
        by_steps = [run for run in self.runs if run.trained_by_steps]
        return any(self._read(run).last_epoch > self._cleared.get(run.key, -1.0) for run in by_steps)

    @property
    def any_hidden(self) -> bool:
        """Whether `clear` hides anything."""
        return any(run.key in self._cleared for run in self.runs)

    def clear(self) -> None:
        """Hide what the runs in view have by now."""
        for run in self.runs:
            self._cleared[run.key] = self._read(run).last_epoch

    def show_all(self) -> None:
        """Hide nothing."""
        self._cleared.clear()

    @property
    def possible_charts(self) -> tuple[Chart, ...]:
        """All plots that the runs in view have curves for."""
        known = [(run, self._read(run).names) for run in self.runs]
        return possible_charts(self._session.view, known)

    @property
    def charts(self) -> tuple[Chart, ...]:
        """The plots to show, left to right."""
        return charts_of(self._session.view, self.possible_charts)

    def why_not(self, chart: Chart, run: OpenRun) -> str:
        """Say why a run has no curve on a plot; empty where it has one."""
        return chart.not_defined(run, self._read(run).names)

    def curve(self, run: OpenRun, split: str, term: str) -> Curve:
        """Return a curve without hidden parts: empty where not defined, a level line for a closed form."""
        curve = self._read(run).curve(split, term)
        if not run.trained_by_steps:
            return curve.level(self._last_step_epoch())
        return curve.after(self._cleared[run.key]) if run.key in self._cleared else curve

    def beside(self, chart: Chart, run: OpenRun) -> Curve:
        """Return what is drawn beside a chart's own curves, on the validation split.

        −log p(x) stands beside the loss while the loss is a bound of it: it is none where its KL counts for little.
        """
        if chart.beside is None or self.why_not(chart, run):
            return EMPTY
        found = self.curve(run, "validation", chart.beside.name)
        above = self.curve(run, "validation", chart.curve)
        if chart.beside.direction == "lower is better" and found.latest is not None:
            at_end = above.at(float(found.epochs[-1]))
            if at_end is None or at_end[1] < found.latest - NOISE_NATS:
                return EMPTY
        return found

    def dimensions(self, run: OpenRun) -> int:
        """Return how many latent dimensions have a KL of their own."""
        return self._read(run).dimensions

    def epochs(self, runs: list[OpenRun]) -> tuple[float, float]:
        """Return the first and last epoch to draw: from the beginning, unless it is hidden; of a training its own."""
        by_steps = [run for run in runs if run.trained_by_steps]
        curves = [self.curve(run, split, "total") for run in by_steps for split in SPLITS]
        ends = [(float(curve.epochs[0]), float(curve.epochs[-1])) for curve in curves if len(curve.epochs)]
        first = min((start for start, _ in ends), default=0.0)
        hidden = any(run.key in self._cleared for run in runs)
        last = max((end for _, end in ends), default=1.0)
        if runs and runs[0].key in self._trainings.running:
            last = span_while_training(max(0.0, self._read(runs[0]).last_epoch), runs[0].config.train.epochs)
        return (first if hidden else min(0.0, first)), last

    def reading(self, epoch: float) -> str:
        """Return the table of all values nearest to an epoch; empty where there are none."""
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
                if not rows:
                    found = next(point[0] for point in at if point)
                at += [self.beside(chart, run).at(epoch) if split == "validation" else None for chart in beside]
                rows.append(Row(run.name, split, tuple(point[1] if point else None for point in at)))
        columns = [(chart.title, chart.term.unit) for chart in charts]
        columns += [(chart.beside.heading, chart.beside.unit) for chart in beside if chart.beside is not None]
        return readout_html(found, columns, rows) if rows else ""

    def figures(self, run: OpenRun) -> str:
        """Say what a run without curves came to on the validation samples; empty where nothing is known."""
        known = [(chart.name, self._read(run).curve("validation", chart.curve).latest) for chart in self.charts]
        values = [f"{name} {number(value)}" for name, value in known if value is not None]
        return f"On the validation samples: {', '.join(values)} {NATS}." if values else ""

    def why_no_log(self) -> str:
        """Say why loss and reconstruction cannot have a log scale; empty where they can."""
        if self._session.view.curves_as_elbo:
            return "No log scale: the ELBO is negative. Choose the loss"
        for chart in (chart for chart in self.charts if chart.name in ("loss", "reconstruction")):
            for run in (run for run in self.runs if not self.why_not(chart, run)):
                least = whole_range([self.curve(run, split, chart.curve) for split in SPLITS])
                if least is not None and least[0] <= 0:
                    return f"No log scale: {chart.name} of {run.name} goes down to {number(least[0])} nats"
        return ""

    @property
    def _shown(self) -> list[OpenRun]:
        view, runs = self._session.view, self._store.runs
        keys = dict.fromkeys([view.active_run, *(pane.run for pane in view.panes)])
        shown = [runs[key] for key in keys if key is not None and key in runs]
        ladder = shown[0].group if shown and shown[0].group is not None and shown[0].group.kind == "ladder" else None
        if ladder is None:
            return shown
        # A ladder may have more runs than there are panes.
        steps = [run for run in runs.values() if run.group is not None and run.group.identity == ladder.identity]
        return [*shown, *(run for run in steps if run.key not in keys)]

    def _last_step_epoch(self) -> float:
        return max((self._read(run).last_epoch for run in self.runs if run.trained_by_steps), default=0.0)

    def _read(self, run: OpenRun) -> RunCurves:
        curves = self._curves.setdefault(run.key, RunCurves())
        curves.read(run.history)
        return curves
