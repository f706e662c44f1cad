"""The runs in view as they are compared: each once, with what is known of its figures."""

from dataclasses import replace

from explorer.export.comparison import Comparison
from explorer.jobs.runs.compare_runs import compare, compared_run
from explorer.ui.state.workbench import Workbench


def keys_in_view(bench: Workbench) -> tuple[str, ...]:
    """Return the keys of the open runs that panes show, from the left, each once."""
    shown = dict.fromkeys(pane.run for pane in bench.session.view.panes)
    return tuple(key for key in shown if key in bench.runs)


def comparison_in_view(bench: Workbench) -> Comparison:
    """Compare the runs in view by the figures of their present weights."""
    runs = []
    for key in keys_in_view(bench):
        run = bench.runs[key]
        # A model that trains is another one at each step: its figures are none yet.
        run = run if bench.figures.of(key) is not None else replace(run, figures=None)
        runs.append(compared_run(run, bench.figures.waiting_words(key) or "not measured yet"))
    return compare(runs)
