"""The lines of one plot: train and validation of each run, or each latent dimension of the active run."""

from dataclasses import replace

from explorer.jobs.runs.open_run import OpenRun
from explorer.ui.curves.charts import Chart
from explorer.ui.curves.curve_plot import Line
from explorer.ui.curves.curves_in_view import CurvesInView
from explorer.ui.curves.run_names import brief_names
from explorer.ui.curves.series import SPLITS
from explorer.ui.curves.strokes import dimension_stroke, run_stroke
from explorer.ui.theme.theme import ThemeSource

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
