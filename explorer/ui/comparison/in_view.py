"""The comparison of the runs in view, each run once."""

from dataclasses import replace

from explorer.export.comparison import Comparison
from explorer.jobs.runs.compare_runs import compare, compared_run
from explorer.ui.services.app_state import AppState


def keys_in_view(state: AppState) -> tuple[str, ...]:
    """Return the keys of the open runs in panes, from left to right, each once."""
    shown = dict.fromkeys(pane.run for pane in state.session.view.panes)
    return tuple(key for key in shown if key in state.store.runs)


def comparison_in_view(state: AppState) -> Comparison:
    """Compare the runs in view by the figures of their present weights."""
    runs = []
    for key in keys_in_view(state):
        run = state.store.runs[key]
        # After another training step the stored figures belong to older weights.
        run = run if state.figures.of(key) is not None else replace(run, figures=None)
        runs.append(compared_run(run, state.figures.waiting_words(key) or "not computed yet"))
    return compare(runs)
