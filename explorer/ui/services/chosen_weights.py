"""Which weights of each open run are used: the words, what may be chosen, and the choice, which is part of the View.

1. Opening a run lists the weights that it keeps (`OpenRun.kept_weights`) and loads those of its pane (`Pane.weights`).
2. `ChosenWeights.choose` sets other ones in the panes of the run, as one undo step.
3. `explorer.ui.services.run_opener` hears of it and reads the run again, with these weights, their codes and figures.
"""

from dataclasses import dataclass

from PySide6.QtCore import QObject

from explorer.jobs.runs.open_run import OpenRun
from explorer.runs.weights_choice import BEST, FINAL, RunWeights, WeightsChoice
from explorer.session import Session
from explorer.ui.services.trainings import Trainings
from explorer.ui.services.weights_words import epoch_words, validation_loss
from explorer.ui.state.run_store import RunStore

NOT_OPEN = "Open the run to choose its weights"
TRAINS = "While a run trains, its newest weights are used"


@dataclass(frozen=True)
class WeightsEntry:
    """One entry of the menu of weights."""

    choice: WeightsChoice
    text: str
    tip: str
    is_used: bool


class ChosenWeights(QObject):
    """Offers the weights of open runs and sets the choice."""

    def __init__(self, session: Session, store: RunStore, trainings: Trainings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._store, self._trainings = session, store, trainings

    def why_not(self, key: str) -> str:
        """Return why no other weights of a run can be chosen; "" if they can."""
        run = self._store.get(key)
        if run is None:
            return NOT_OPEN
        if run.is_user_model:
            return "A live model of your own program has only its present weights"
        if key in self._trainings.running:
            return TRAINS
        if run.used is None:
            return "The run has no weights yet"
        if run.used.is_only:
            return "The run has no other weights: it was not trained step by step here"
        return "" if len(run.kept_weights) > 1 else "The run keeps only these weights"

    def entries(self, key: str) -> tuple[WeightsEntry, ...]:
        """Return what may be chosen for a run: final and best weights, then each kept step, newest first."""
        run = self._store.get(key)
        if run is None or run.used is None or self.why_not(key):
            return ()
        newest = run.kept_weights[-1]
        best = next((one for one in run.kept_weights if one.is_best), None)
        found = [_entry(run, newest, FINAL, "Final" if newest.is_final else "Last saved")]
        if best is not None:
            found.append(_entry(run, best, BEST, "Best"))
        named = {newest.step} if best is None else {newest.step, best.step}
        steps = [one for one in reversed(run.kept_weights) if one.step not in named]
        return (*found, *(_entry(run, one, one.choice, f"Step {one.step:,}") for one in steps))

    def choose(self, key: str, choice: WeightsChoice) -> None:
        """Use other weights of a run, as an undo step that also leaves the replay."""
        view = self._session.view
        self._session.set(panes=view.with_weights(key, str(choice)), replay_epoch=None)


def _entry(run: OpenRun, weights: RunWeights, choice: WeightsChoice, name: str) -> WeightsEntry:
    loss = validation_loss(run, weights.step)
    tips = {"final": "The weights saved last", "best": "The weights with the lowest validation loss"}
    known = "" if loss is None else f"; validation loss {loss:.4g} nats per sample"
    tip = f"{tips.get(choice.kind, 'The weights saved at this step')}: step {weights.step:,}{known}"
    is_used = run.used is not None and run.used.choice == choice
    return WeightsEntry(choice, f"{name}{epoch_words(weights)}", tip, is_used)
