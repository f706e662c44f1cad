"""The runs in view as they are compared: each once, with what is known of its figures."""

from dataclasses import replace

from explorer.export.comparison import Comparison
from explorer.jobs.runs.compare_runs import compare, compared_run
from explorer.ui.services.app_state import AppState


def keys_in_view(state: AppState) -> tuple[str, ...]:
    """Return the keys of the open runs that panes show, from the left, each once."""
    shown = dict.fromkeys(pane.run for pane in state.session.view.panes)
    return tuple(key for key in shown if key in state.store.runs)


def comparison_in_view(state: AppState) -> Comparison:
    """Compare the runs in view by the figures of their present weights."""
    runs = []
    for key in keys_in_view(state):
        run = state.store.runs[key]
        # A model that trains is another one at each step: its figures are none yet.
        run = run if state.figures.of(key) is not None else replace(run, figures=None)
        runs.append(compared_run(run, state.figures.waiting_words(key) or "not computed yet"))
    return compare(runs)
